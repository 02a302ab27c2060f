"""What mido says is in a file, as a score; and random files that are well formed, made by mido."""

import io
from collections import defaultdict, deque
from collections.abc import Iterator
from random import Random
from typing import Any

import mido

from seqgen_midi.score import Bend, Control, Key, Metre, Note, Program, Score, Tempo, Text, Track

KEYS = {name: sharps for sharps, name in enumerate("Cb Gb Db Ab Eb Bb F C G D A E B F# C#".split(), -7)}
MINOR = {name: sharps for sharps, name in enumerate("Abm Ebm Bbm Fm Cm Gm Dm Am Em Bm F#m C#m G#m D#m A#m".split(), -7)}
TEXTS = {
    "text": "text",
    "copyright": "copyright",
    "track_name": "name",
    "instrument_name": "instrument",
    "lyrics": "lyric",
    "marker": "marker",
    "cue_marker": "cue",
}
WORDS = ("", "la", "Ärger", "♫")


def notes_of(data: bytes) -> list[list[Note]]:
    """The notes of each track of the file, sorted: the least that a program does with mido to have them."""
    file = mido.MidiFile(file=io.BytesIO(data))
    return [sorted(note for notes in _notes(track).values() for note in notes) for track in file.tracks]


def score_of(data: bytes, charset: str = "utf-8") -> Score:
    """The score of a well-formed file of type 0 or 1."""
    file = mido.MidiFile(file=io.BytesIO(data), charset=charset)
    marks: defaultdict[type, dict[int, Any]] = defaultdict(dict)
    tracks, texts = list[Track](), list[Text]()
    for track in file.tracks:
        played, said = _track(track, marks)
        tracks += played
        texts += said
    tempos, metres, keys = (tuple(value for _, value in sorted(marks[kind].items())) for kind in (Tempo, Metre, Key))
    ordered = tuple(sorted(texts, key=lambda each: each.start))
    return Score(file.ticks_per_beat, tuple(tracks), tempos, metres, keys, ordered)


def _track(track: mido.MidiTrack, marks: defaultdict[type, dict[int, Any]]) -> tuple[list[Track], list[Text]]:
    now, texts = 0, list[Text]()
    events: defaultdict[int, defaultdict[type, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for message in track:
        now += message.time
        match message.type:
            case "set_tempo":
                marks[Tempo][now] = Tempo(now, message.tempo)
            case "time_signature":
                marks[Metre][now] = Metre(now, message.numerator, message.denominator)
            case "key_signature":
                minor = message.key.endswith("m")
                marks[Key][now] = Key(now, (MINOR if minor else KEYS)[message.key], minor)
            case "program_change":
                events[message.channel][Program].append(Program(now, message.program))
            case "control_change":
                events[message.channel][Control].append(Control(now, message.control, message.value))
            case "pitchwheel":
                events[message.channel][Bend].append(Bend(now, message.pitch))
            case kind if kind in TEXTS:
                texts.append(Text(now, TEXTS[kind], message.name if "name" in kind else message.text))
    for channel, notes in _notes(track).items():
        events[channel][Note] = sorted(notes)
    channels = [channel for channel in sorted(events) if any(events[channel].values())]
    name = next((each for each in texts if channels and each.start == 0 and each.kind == "name"), None)
    if name:
        texts.remove(name)
    return [_track_of(channel, events[channel], name.text if name else "") for channel in channels], texts


def _track_of(channel: int, events: Any, name: str) -> Track:
    notes, programs, controls, bends = (tuple(events[kind]) for kind in (Note, Program, Control, Bend))
    return Track(channel, notes, name, programs, controls, bends)


def _notes(track: mido.MidiTrack) -> dict[int, list[Note]]:
    """The notes by channel; one that is not ended ends with the track, and the first end is that of the first note."""
    now, notes = 0, defaultdict[int, list[Note]](list)
    held: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            held[message.channel, message.note].append((now, message.velocity))
        elif message.type in ("note_on", "note_off") and (queue := held[message.channel, message.note]):
            start, velocity = queue.popleft()
            notes[message.channel].append(Note(start, message.note, velocity, now - start))
    for (channel, pitch), queue in held.items():
        notes[channel] += [Note(start, pitch, velocity, now - start) for start, velocity in queue]
    return notes


def random_file(random: Random) -> bytes:
    """A well-formed file with all that may stand in one, in bytes that mido wrote."""
    kind = random.choice((0, 1, 1))
    file = mido.MidiFile(type=kind, ticks_per_beat=random.choice((1, 96, 480, 32767)), charset="utf-8")
    for _ in range(random.choice((1, 2, 5)) if kind else 1):
        file.tracks.append(mido.MidiTrack(_messages(random)))
    into = io.BytesIO()
    file.save(file=into)
    return into.getvalue()


def _messages(random: Random) -> Iterator[mido.Message | mido.MetaMessage]:
    channels = random.sample(range(16), random.choice((1, 1, 3)))
    for _ in range(random.randrange(120)):
        message = _meta(random) if random.random() < 0.1 else _played(random, random.choice(channels))
        message.time = random.choice((0, 0, 1, 100, random.randrange(1 << random.choice((7, 14, 21, 24)))))
        yield message


def _played(random: Random, channel: int) -> mido.Message:
    seven = random.randrange(128)
    kind = random.choice("note_on note_on note_off note_off control_change program_change pitchwheel other".split())
    given: dict[str, int] = {
        "note_on": {"note": random.choice((60, 62, 64)), "velocity": seven},
        "note_off": {"note": random.choice((60, 62, 64)), "velocity": random.choice((0, 64, seven))},
        "control_change": {"control": random.choice((0, 64, 119, 121)), "value": seven},
        "program_change": {"program": seven},
        "pitchwheel": {"pitch": random.randrange(-8192, 8192)},
        "other": {},
    }[kind]
    if kind == "other":
        kind, given = random.choice((("polytouch", {"value": seven}), ("aftertouch", {"value": seven})))
    return mido.Message(kind, channel=channel, **given)


def _meta(random: Random) -> mido.Message | mido.MetaMessage:
    kind = random.choice(("set_tempo", "time_signature", "key_signature", "sysex", "smpte_offset", *TEXTS))
    if kind == "sysex":
        return mido.Message("sysex", data=[random.randrange(128) for _ in range(random.randrange(9))])
    known: dict[str, dict[str, Any]] = {
        "set_tempo": {"tempo": random.randrange(1, 1 << 24)},
        "time_signature": {"numerator": random.randrange(1, 256), "denominator": 1 << random.randrange(8)},
        "key_signature": {"key": random.choice([*KEYS, *MINOR])},
        "smpte_offset": {},
    }
    given = known.get(kind, {"name" if "name" in kind else "text": random.choice(WORDS)})
    return mido.MetaMessage(kind, **given)
