"""The highest notes of a piece, one after the other."""

from collections.abc import Iterable
from heapq import heappop, heappush

from seqgen_midi.score import DRUMS, Note, Score


def pitched(score: Score) -> list[Note]:
    """The notes that have a pitch, which is all but percussion, of all tracks: by start, then by pitch."""
    return sorted(note for track in score.tracks if track.channel != DRUMS for note in track.notes)


def top_line(notes: Iterable[Note]) -> list[Note]:
    """At each start the highest note that begins there, unless a higher one sounds on: a skyline after Uitdenbogerd and
    Zobel (1998, doi:10.1145/290747.290776). The notes are sorted by start."""
    line, sounding = list[Note](), list[tuple[int, int]]()
    for note in sorted(notes, key=lambda note: (note.start, -note.pitch)):
        while sounding and sounding[0][1] <= note.start:
            heappop(sounding)
        covered = bool(sounding) and -sounding[0][0] > note.pitch
        if not covered and not (line and line[-1].start == note.start):
            line.append(note)
        heappush(sounding, (-note.pitch, note.end))
    return line
