"""The kinds of findings: what can be wrong with a MIDI file, and what is done about it."""

from seqgen_midi.reading.report import Kind

# The file and its chunks
RIFF = Kind("wrapped in RIFF", "the MIDI file within was read")
LEADING = Kind("bytes before the header", "left out")
NO_HEADER = Kind("no header", "read as type 1 with 480 ticks a quarter")
HEADER_LENGTH = Kind("header of another length than six bytes", "its first six bytes were read")
HEADER_SHORT = Kind("header cut short", "what is missing was taken to be type 1 with 480 ticks a quarter")
TYPE = Kind("type of file that is not known", "read as type 1")
TYPE_0 = Kind("several tracks in a file of type 0", "read as type 1")
DIVISION = Kind("division that is no number of ticks", "read as 480 ticks a quarter")
FRAMES = Kind("time counted in frames", "read with half a second a quarter, and its tempos were dropped")
COUNT = Kind("another number of tracks than the header says", "all tracks were read")
NO_TRACKS = Kind("no tracks", "read as an empty piece")
ALIEN = Kind("chunk that is no track", "left out")
SECOND = Kind("second header", "all from there on was left out")
BETWEEN = Kind("bytes between chunks", "left out")
TRAILING = Kind("bytes behind the last chunk", "left out")

# Tracks
LENGTH = Kind("wrong length of a track", "read to where it ends")
CUT = Kind("track cut off", "the events before were kept")
NO_END = Kind("no end of track", "read to where the chunk ends")
EARLY_END = Kind("end of track before the end", "read on")
PADDED = Kind("zeros behind the end of track", "left out")

# Events
DELTA = Kind("delta time of more than four bytes", "read in full")
STRAY = Kind("data bytes without a status", "left out up to the next status byte")
RUNNING = Kind("running status behind a meta or system event", "the last status was kept")
DATA = Kind("data byte above 127", "read as 127")
REALTIME = Kind("realtime message in a track", "left out")
SYSTEM = Kind("system common message in a track", "left out")
UNDEFINED = Kind("undefined status byte", "left out")
SYSEX_LENGTH = Kind("system exclusive event longer than its track", "left out up to its end byte")
META_LENGTH = Kind("meta event longer than its track", "read at its usual length")

# Meta events
SHORT = Kind("meta event with too few bytes", "left out")
LONG = Kind("meta event with too many bytes", "the first ones were read")
TEMPO = Kind("tempo of zero", "left out")
METRE = Kind("impossible metre", "left out")
KEY = Kind("impossible key", "left out")

# Notes
NO_NOTE = Kind("note end without a note", "left out")
NEVER_ENDED = Kind("note never ended", "ended with its track")
SILENCED = {
    120: Kind("note ended by all sound off", "ended there"),
    123: Kind("note ended by all notes off", "ended there"),
}
"""By controller."""

# Noted, or dropped; no findings
OVERLAP = "notes of a pitch that sounded already"
NO_LENGTH = "notes without length"
LATIN = "texts read as latin-1"
RELEASE = "velocities of note ends"
