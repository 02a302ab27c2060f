"""What becomes of a piece on its way through a tokenizer, against the original, counted.

Shapes: K notes of the longer list that may be left out, and 1; N notes of the shorter list.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from seqgen_midi.bars import COMMON
from seqgen_midi.clock import Clock
from seqgen_midi.score import TEMPO, Score


@dataclass(frozen=True)
class Losses:
    """What was counted, and the greatest movement of an onset, in quarters or in seconds; of several pieces by `+`.

    Each note of the original is `lost` or paired, and if it is paired, it is `kept exactly` or one or more of
    `onset moved`, `duration changed`, `velocity changed` and `channels changed`. `added` are notes that the original
    lacks. What stands beside notes is `dropped` if its value, such as that of a tempo, is no longer there; how far it
    moved is not looked at, nor is it counted where it says what holds already.
    """

    counts: Counter[str] = field(default_factory=Counter)
    greatest: float = 0.0

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(self.counts + other.counts, max(self.greatest, other.greatest))


class _Heard(NamedTuple):
    """A note in a measure of time that both pieces have, whole numbers of some unit."""

    start: int
    duration: int
    velocity: int
    channel: int


Pair = tuple[_Heard, _Heard]


def losses(original: Score, again: Score, *, seconds: bool = False) -> Losses:
    """What `again` has lost of the original: notes by their times in quarters or, if asked, in seconds by the tempos.

    Notes of one pitch are paired in the order of time, as many as there are, so that the sum of the movements of their
    onsets is least: among those of one channel, if as many are paired so, else among all. A pitch that changed is a
    note lost and another added.
    """
    unit, (before, after) = _heard(original, again, seconds=seconds)
    counts: Counter[str] = Counter()
    greatest = 0
    for pitch in sorted(before.keys() | after.keys()):
        one, other = before[pitch], after[pitch]
        pairs = list(_pairs_of_channels(one, other))
        counts.update({"notes": len(one), "lost": len(one) - len(pairs), "added": len(other) - len(pairs)})
        counts.update(change for pair in pairs for change in _changes(*pair))
        greatest = max([greatest, *(abs(old.start - new.start) for old, new in pairs)])
    counts.update(_dropped(original, again))
    return Losses(+counts, greatest / unit)


def _changes(old: _Heard, new: _Heard) -> list[str]:
    named = {
        "onset moved": old.start != new.start,
        "duration changed": old.duration != new.duration,
        "velocity changed": old.velocity != new.velocity,
        "channels changed": old.channel != new.channel,
    }
    return [name for name, holds in named.items() if holds] or ["kept exactly"]


def _heard(original: Score, again: Score, *, seconds: bool) -> tuple[int, list[dict[int, list[_Heard]]]]:
    """How many units of time make a quarter, or a second, and the notes of both pieces by their pitch, in order."""
    scores, clocks = (original, again), (Clock.of(original), Clock.of(again))
    parts = [clock.parts if seconds else score.division for score, clock in zip(scores, clocks, strict=True)]
    found = []
    for score, clock, scale in zip(scores, clocks, reversed(parts), strict=True):
        at = clock.at if seconds else int
        notes: dict[int, list[_Heard]] = defaultdict(list)
        for track in score.tracks:
            for note in track.notes:
                start, end = at(note.start) * scale, at(note.end) * scale
                notes[note.pitch].append(_Heard(start, end - start, note.velocity, track.channel))
        for each in notes.values():
            each.sort()
        found.append(notes)
    return parts[0] * parts[1], found


def _pairs_of_channels(one: Sequence[_Heard], other: Sequence[_Heard]) -> Iterator[Pair]:
    """Pairs of the notes of a pitch, channel by channel if that leaves no more of them alone."""
    count, count_other = (Counter(note.channel for note in notes) for notes in (one, other))
    if (count & count_other).total() < min(len(one), len(other)):
        yield from _pairs(one, other)
        return
    for channel in sorted(count & count_other):
        sides = ([note for note in notes if note.channel == channel] for notes in (one, other))
        yield from _pairs(*sides)


def _pairs(one: Sequence[_Heard], other: Sequence[_Heard]) -> Iterator[Pair]:
    """Pairs in the order of time, as many as there are, with the least sum of movements."""
    if len(one) > len(other):
        yield from ((old, new) for new, old in _pairs(other, one))
        return
    starts, others = (np.array([note.start for note in notes], np.float64) for notes in (one, other))
    for index, skipped in enumerate(_skipped(starts, others)):
        yield one[index], other[index + skipped]


def _skipped(short_N: np.ndarray[Any, Any], long: np.ndarray[Any, Any]) -> list[int]:
    """How many notes of the longer list are left out before the partner of each note of the shorter one, N."""
    spare = len(long) - len(short_N)
    if not spare:
        return [0] * len(short_N)
    least_K, cheaper_NK = np.zeros(spare + 1), np.zeros((len(short_N), spare + 1), np.bool_)
    for index, start in enumerate(short_N):
        best_K = np.minimum.accumulate(least_K)
        cheaper_NK[index, 1:] = least_K[1:] < best_K[:-1]
        least_K = best_K + abs(long[index : index + spare + 1] - start)
    skipped, at = [], int(np.argmin(least_K))
    for cheaper_K in cheaper_NK[::-1]:
        skipped.append(at)
        at = int(np.flatnonzero(cheaper_K[: at + 1]).max(initial=0))
    return skipped[::-1]


def _dropped(original: Score, again: Score) -> Counter[str]:
    """What stood beside the notes and is not there any more, by kind."""
    before, after = _beside(original), _beside(again)
    return Counter({f"{kind} dropped": (values - after[kind]).total() for kind, values in before.items()})


def _beside(score: Score) -> dict[str, Counter[Hashable]]:
    """What stands beside the notes of a piece and says anything new: the values of each kind."""
    tracks = score.tracks
    programs = [(each.start, track.channel, each.program) for track in tracks for each in track.programs]
    bends = [(each.start, track.channel, each.value) for track in tracks for each in track.bends]
    controls = [
        (each.start, (track.channel, each.controller), (each.controller, each.value))
        for track in tracks
        for each in track.controls
    ]
    texts = [(each.kind, each.text) for each in score.texts] + [("name", track.name) for track in tracks if track.name]
    return {
        "tempos": _news([(each.start, None, each.micros) for each in score.tempos], TEMPO),
        "metres": _news([(each.start, None, each[1:]) for each in score.metres], COMMON[1:]),
        "keys": _news([(each.start, None, each[1:]) for each in score.keys]),
        "programs": _news(programs, 0),
        "controls": _news(controls),
        "pitch bends": _news(bends, 0),
        "texts": Counter(texts),
    }


def _news(said: Iterable[tuple[int, Hashable, Hashable]], silent: Hashable = None) -> Counter[Hashable]:
    """The values said at a time of a place, but for those that hold there already; `silent` holds before any is."""
    holds: dict[Hashable, Hashable] = {}
    found: Counter[Hashable] = Counter()
    for _, place, value in sorted(said, key=lambda each: each[0]):
        found[value] += value != holds.get(place, silent)
        holds[place] = value
    return found
