"""The tokenizer that keeps every tick: notes with all that they last sounded with, and exact numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import dropwhile
from typing import Any, Self

from seqgen.domain import Document
from seqgen.errors import InputError, UnknownName
from seqgen.records import flag, option, within
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_midi.marks import checked, marks
from seqgen_midi.score import LAST_TICK, Bend, Metre, Note, Score, Tempo, Track
from seqgen_midi.tokenizers.events_joining import KEYS, PITCHES, UNITS, Joining, key_symbol
from seqgen_midi.tokenizers.numbers import BITS, Bare, Numerals, Ways, part_of

KEEPABLE = ("controls", "bends")
"""What is kept only if it is asked for."""
SPARED = {"controls": "ou", "bends": "bf"}
"""The kinds of numbers that it is said with."""
NOTE = 3
"""Where notes come among the events of a track at a tick: behind controls, the program, and the bend."""
TRACKS = 1 << BITS["k"]
NEVER = (1 << 62, "")

Event = tuple[Any, ...]
"""Tick, track or -1, place in the order of a tick; of a note pitch, velocity and duration; of all else symbols."""


@dataclass(frozen=True)
class Events(Tokenizer):
    """Everything at its tick: `x480 q500000 m6 /8 s0 k0 c0 i24 v80 d240 p60 t240 p62`.

    First comes the division `x`, the ticks of a quarter. `t` goes on by so many ticks. `q` is the tempo in microseconds
    per quarter, `m6 /8` the metre, `s-2` or `s-2m` the key with two flats, major or minor. `k` chooses a track; the
    first time, lower ones that are new come before it, and each says its channel `c`. What follows is of this track:
    controllers `o64 u127` (only if kept), program `i`, bend `b` up or `f` down (only if kept), velocity `v` and
    duration `d` of the notes that follow on it, and notes `p60`, which sound at once.

    At a tick come boundary, tempo, metre, key, then the tracks in turn, each with controllers, program, bend, and notes
    by rising pitch. Numbers are said as in `numbers`. Law: what `join` gives of `split` is `kept`. Raises UsageError or
    UnknownName for options that make no sense.
    """

    name = "events"
    domain = "midi"
    version = 1

    levels: tuple[str, ...] = ("bar",)
    keep: tuple[str, ...] = option((), "What else to keep: controls, bends")
    whole: int = option(64, "Numbers of each kind, such as durations, that may have a symbol of their own")
    section_bars: int = option(4, "Bars of a section, where sections are marked")
    numerals: tuple[Numerals, ...] = field(default=tuple(map(Numerals.plain, BITS)), init=False)

    def __post_init__(self) -> None:
        """Check the options."""
        checked(self.levels, self.section_bars)
        within(flag("whole"), self.whole, 0, 1 << 16)
        for name in self.keep:
            if name not in KEEPABLE:
                raise UnknownName("what to keep,", name, KEEPABLE)

    def split(self, content: Score) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary where something of that level begins, up to where the last event does."""
        score, ways, pitches = self.kept(content), self.ways, PITCHES
        loud, long = [0] * len(score.tracks), [-1] * len(score.tracks)
        events, times, velocities, durations = _events(score, ways), ways["t"], ways["v"], ways["d"]
        lines = marks(score, self.levels, section_bars=self.section_bars, until=events[-1][0] if events else 0)
        now, track, known = 0, -1, 0
        line, level = next(lines, NEVER)
        yield from ways["x"][score.division]
        for event in events:
            tick, voice, order = event[:3]
            while line <= tick:
                yield from times[line - now]
                yield Boundary(level)
                now = line
                line, level = next(lines, NEVER)
            if now < tick:
                yield from times[tick - now]
                now = tick
            if track != voice >= 0:
                if voice < known:
                    yield from ways["k"][voice]
                for new in range(known, voice + 1):
                    yield from (*ways["k"][new], *ways["c"][score.tracks[new].channel])
                track, known = voice, max(known, voice + 1)
            if voice < 0 or order != NOTE:
                yield from event[-1]
                continue
            _, _, _, pitch, velocity, duration = event
            if velocity != loud[voice]:
                yield from velocities[velocity]
                loud[voice] = velocity
            if duration != long[voice]:
                yield from durations[duration]
                long[voice] = duration
            yield pitches[pitch]

    def join(self, symbols: Iterable[str]) -> Iterator[Score]:
        """One piece, of all that makes sense; what is said twice at a tick is what was said last.

        A note has what was said of its track before: of velocity 64, a quarter long and on channel 0 where nothing was.
        Notes that overlap and notes without duration are written as they are said. A piece ends at tick 2^28 - 1.
        """
        joining = Joining()
        for symbol in symbols:
            joining.say(symbol)
        yield joining.score()

    def kept(self, score: Score) -> Score:
        """What comes back of a piece: one without names, texts, tracks without notes, and what is not to be kept.

        Of several tempos, metres, keys, programs or bends at one tick the last counts. What cannot be said in MIDI
        goes, and what lies behind tick 2^28 - 1. Bends are left out before the first that
        is not 0.
        """
        tracks = (_kept(track, self.keep) for track in score.tracks)
        return Score(
            min(score.division, (1 << BITS["x"]) - 1),
            tuple(track for track in tracks if track.notes)[:TRACKS],
            _last(each for each in score.tempos if _sayable(each)),
            _last(each for each in score.metres if _measurable(each)),
            _last(score.keys),
        )

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn which numbers to say whole and which digits to know, from how often they occur."""
        bare, counts = self._with(tuple(Bare.plain(kind) for kind in BITS)), Counter[str | Boundary]()
        for document in documents:
            counts.update(bare.count(document.content))
        found: dict[str, dict[int, int]] = {kind: {} for kind in BITS}
        for symbol, count in counts.items():
            if isinstance(symbol, str) and (part := part_of(symbol)):
                found[part.kind][part.value] = count
        learnt = (Numerals.learn(kind, found[kind], self.whole) for kind in BITS if kind != "x")
        return self._with((Numerals.commonest("x", found["x"], self.whole), *learnt))

    def learnt(self) -> Any:
        """The numbers that are whole and the digits that are known, as a JSON value; None if nothing was learnt."""
        if self.numerals == Events.numerals:
            return None
        return {each.kind: each.to_json() for each in self.numerals}

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with those numbers. Raises InputError for what are none."""
        if value is None:
            return self
        if not isinstance(value, dict) or sorted(value) != sorted(BITS):
            raise InputError("the numbers of 'events'", "some kind is missing or unknown", "Learn them anew")
        return self._with(tuple(Numerals.from_json(kind, value[kind]) for kind in BITS))

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        spared = {kind for name in KEEPABLE if name not in self.keep for kind in SPARED[name]}
        numbers = (each.symbols() for each in self.numerals if each.kind not in spared)
        return (*PITCHES, *KEYS, *UNITS, *(symbol for symbols in numbers for symbol in symbols))

    def length(self, symbol: str) -> int:
        """1 for a note, so that figures are per note."""
        return int(symbol in KNOWN)

    @cached_property
    def ways(self) -> dict[str, Ways]:
        """How the numbers of each kind are said."""
        return {each.kind: Ways(each) for each in self.numerals}

    def _with(self, numerals: tuple[Numerals, ...]) -> Self:
        made = replace(self)
        object.__setattr__(made, "numerals", numerals)
        return made


KNOWN = frozenset(PITCHES)


def _kept(track: Track, keep: tuple[str, ...]) -> Track:
    notes = sorted(note if note.end <= LAST_TICK else _cut(note) for note in track.notes if note.start <= LAST_TICK)
    controls = sorted((each for each in track.controls if each.start <= LAST_TICK), key=_start)
    bends = dropwhile(_at_rest, _last(track.bends)) if "bends" in keep else ()
    kept = tuple(controls) if "controls" in keep else ()
    return Track(track.channel, tuple(notes), "", _last(track.programs), kept, tuple(bends))


def _events(score: Score, ways: dict[str, Ways]) -> list[Event]:
    """All events in order."""
    found = list[Event]()
    found += ((each.start, -1, 0, ways["q"][each.micros]) for each in score.tempos)
    found += ((each.start, -1, 1, (*ways["m"][each.beats], f"/{each.unit}")) for each in score.metres)
    found += ((each.start, -1, 2, (key_symbol(each.sharps, each.minor),)) for each in score.keys)
    for number, track in enumerate(score.tracks):
        found += ((start, number, NOTE, *rest) for start, *rest in track.notes)
        found += ((each.start, number, 1, ways["i"][each.program]) for each in track.programs)
        found += ((each.start, number, 2, _bend(each, ways)) for each in track.bends)
        for place, each in enumerate(track.controls):
            found.append((each.start, number, 0, place, (*ways["o"][each.controller], *ways["u"][each.value])))
    return sorted(found)


def _bend(bend: Bend, ways: dict[str, Ways]) -> tuple[str, ...]:
    return ways["b"][bend.value] if bend.value >= 0 else ways["f"][-bend.value]


def _cut(note: Note) -> Note:
    return note._replace(duration=LAST_TICK - note.start)


def _start(event: Any) -> int:
    start: int = event.start
    return start


def _last(events: Iterable[Any]) -> tuple[Any, ...]:
    """The last event at each tick that can be said, in order."""
    last = {each.start: each for each in sorted(events, key=_start) if each.start <= LAST_TICK}
    return tuple(last.values())


def _sayable(tempo: Tempo) -> bool:
    return 0 < tempo.micros < 1 << BITS["q"]


def _measurable(metre: Metre) -> bool:
    return 0 < metre.beats < 1 << BITS["m"] and f"/{metre.unit}" in UNITS


def _at_rest(bend: Bend) -> bool:
    return bend.value == 0
