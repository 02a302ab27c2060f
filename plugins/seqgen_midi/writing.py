"""Scores to MIDI files.

What is read of a file that is written here is the same score again, if the score is well formed: everything is sorted
by its start, with one tempo, metre and key at a tick, and notes sorted altogether; no track is empty; and no note
sounds through a controller 120 or 123 of its track, which ends it for whoever reads the file.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import mido

from seqgen.files import write_atomically
from seqgen_midi.bars import Bars, beat_length
from seqgen_midi.checking import cannot, check, check_delta, check_pairs
from seqgen_midi.score import KEYS, LAST_TICK, Key, Metre, Note, Score, Text, Track

CLOCKS = 24
"""MIDI clocks in a quarter; how often a metronome clicks is counted in them."""
PATTERNS = 2
"""The type of a file whose tracks are pieces of their own."""
TEXTS = {
    "text": ("text", "text"),
    "copyright": ("copyright", "text"),
    "name": ("track_name", "name"),
    "instrument": ("instrument_name", "name"),
    "lyric": ("lyrics", "text"),
    "marker": ("marker", "text"),
    "cue": ("cue_marker", "text"),
}
"""By the kind of a text: how mido calls its event, and the field that holds it."""

Timed = tuple[int, int, mido.Message | mido.MetaMessage]
"""An event, where it stands, and the rank that orders events of one tick."""
META, OFF, CONTROL, PROGRAM, BEND, ON, END = range(7)


def to_midi(score: Score) -> mido.MidiFile:
    """A file of type 1: one track for what holds for all, then one for each Track that is not empty.

    Raises InputError for a score that cannot be written: values out of range, a pause of more than 2^28 - 1 ticks, or
    a note that ends within an earlier one of its pitch, as the ends of the two could not be told apart.
    """
    check(score)
    played = [_track([*_name(track.name), *_played(track)]) for track in score.tracks if _is_used(track) or track.name]
    return _file(1, score.division, [_track([*_marks(score), *_end(score)]), *played])


def to_midi_many(scores: Sequence[Score]) -> mido.MidiFile:
    """A file of type 2: each score is one of its tracks, and a piece of its own.

    A track of a file has one name, and what it holds on a channel is one Track: several on one channel cannot be told
    apart, and all take the name of the first. Raises InputError as `to_midi` does, and for scores with different
    divisions, or none at all.
    """
    divisions = sorted({score.division for score in scores})
    if len(divisions) != 1:
        there = f"their divisions are {', '.join(map(str, divisions))}" if divisions else "there are none"
        raise cannot(f"{len(scores)} scores", there, "Give one or more, and bring them to one division with Score.at")
    for score in scores:
        check(score)
        check_pairs(score.tracks)
    return _file(PATTERNS, divisions[0], [_track(_pattern(score)) for score in scores])


def to_bytes(score: Score) -> bytes:
    """The file that `to_midi` gives, as bytes."""
    return _bytes(to_midi(score))


def to_bytes_many(scores: Sequence[Score]) -> bytes:
    """The file that `to_midi_many` gives, as bytes."""
    return _bytes(to_midi_many(scores))


def write(score: Score, path: Path) -> None:
    """Write a file of type 1, whole or not at all. Raises InputError, LimitError."""
    write_atomically(path, to_bytes(score))


def write_many(scores: Sequence[Score], path: Path) -> None:
    """Write a file of type 2, whole or not at all. Raises InputError, LimitError."""
    write_atomically(path, to_bytes_many(scores))


def _file(kind: int, division: int, tracks: list[mido.MidiTrack]) -> mido.MidiFile:
    return mido.MidiFile(type=kind, ticks_per_beat=division, charset="utf-8", tracks=tracks)


def _bytes(file: mido.MidiFile) -> bytes:
    into = io.BytesIO()
    file.save(file=into)
    return into.getvalue()


def _pattern(score: Score) -> Iterator[Timed]:
    """A whole score. The name stands first even if it is empty, so that no text is taken for it."""
    used = [track for track in score.tracks if _is_used(track)]
    if used:
        yield 0, META, mido.MetaMessage("track_name", name=used[0].name)
    yield from _marks(score)
    for track in used:
        yield from _played(track)


def _track(events: Iterable[Timed]) -> mido.MidiTrack:
    """Events in the order of their ticks; of one tick by rank, and then as they come."""
    track, now = mido.MidiTrack(), 0
    for tick, _, event in sorted(events, key=lambda each: each[:2]):
        check_delta(tick - now)
        event.time, now = tick - now, tick
        track.append(event)
    return track


def _is_used(track: Track) -> bool:
    return bool(track.notes or track.programs or track.controls or track.bends)


def _name(name: str) -> Iterator[Timed]:
    if name:
        yield 0, META, mido.MetaMessage("track_name", name=name)


def _marks(score: Score) -> Iterator[Timed]:
    """What holds for the whole piece."""
    for tempo in score.tempos:
        yield tempo.start, META, mido.MetaMessage("set_tempo", tempo=tempo.micros)
    for metre in score.metres:
        yield metre.start, META, _metre(metre)
    for key in score.keys:
        yield key.start, META, _key(key)
    for text in score.texts:
        yield text.start, META, _text(text)


def _end(score: Score) -> Iterator[Timed]:
    """The end of the last bar, so that who plays a piece again and again keeps the beat."""
    if score.end:
        yield min(Bars.of(score).at(score.end - 1).stop, LAST_TICK), END, mido.MetaMessage("end_of_track")


def _metre(metre: Metre) -> mido.MetaMessage:
    clicks = beat_length(CLOCKS, metre)
    return mido.MetaMessage("time_signature", numerator=metre.beats, denominator=metre.unit, clocks_per_click=clicks)


def _key(key: Key) -> mido.MetaMessage:
    name = KEYS[key.sharps + 10] + "m" if key.minor else KEYS[key.sharps + 7]
    return mido.MetaMessage("key_signature", key=name)


def _text(text: Text) -> mido.MetaMessage:
    kind, field = TEXTS[text.kind]
    return mido.MetaMessage(kind, **{field: text.text})


def _played(track: Track) -> Iterator[Timed]:
    """What a track plays; a bank, which is a controller, before the program that is in it."""
    channel = track.channel
    for start, number, value in track.controls:
        yield start, CONTROL, mido.Message("control_change", channel=channel, control=number, value=value)
    for start, program in track.programs:
        yield start, PROGRAM, mido.Message("program_change", channel=channel, program=program)
    for start, value in track.bends:
        yield start, BEND, mido.Message("pitchwheel", channel=channel, pitch=value)
    for note in sorted(track.notes, key=lambda each: (each.start, each.pitch, each.end)):
        yield from _note(note, channel)


def _note(note: Note, channel: int) -> Iterator[Timed]:
    """Its beginning and its end, which comes before all that begins there unless the note has no length."""
    yield note.start, ON, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
    end = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
    yield note.end, OFF if note.duration else ON, end
