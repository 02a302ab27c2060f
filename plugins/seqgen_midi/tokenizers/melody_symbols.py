"""What the symbols of melodies say."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

from seqgen_midi.bars import COMMON, bar_length, beat_length
from seqgen_midi.score import MOST_SHARPS, PITCHES, Metre
from seqgen_midi.tokenizers.grid import LONGEST_BAR, UNITS, metres_of
from seqgen_midi.tokenizers.lines import TEMPOS
from seqgen_midi.tokenizers.sums import Sums

REST, TIE = -1, -2
"""Stand where a pitch does: silence, and the note before, which goes on."""
FOUR = (COMMON.beats, COMMON.unit)

Pair = tuple[int, int]


class Action(NamedTuple):
    """What a symbol says: a `value` (a pitch, REST or TIE), `back` (so many bars), a `key`, a `metre`, or the `unit` of
    one; or a number, whole or, with `more`, a part of it: a `duration`, a `tempo`, or the `beats` of a metre."""

    kind: str
    what: Any
    more: bool = False


class Symbols:
    """The symbols of melodies on a grid of so many steps, which are said for the durations, metres and tempos that are
    known, and for others.

    `durations`, `tempos` and `beats` are the symbols of numbers; `metres` those of each metre asked for so far;
    `actions` has what each symbol of the alphabet says; `legal` are the metres that the grid has.
    """

    def __init__(
        self,
        steps: int,
        lookback: Iterable[int],
        *,
        durations: Iterable[int],
        metres: Iterable[str],
        tempos: Iterable[int],
    ) -> None:
        self.steps, self.lookback = steps, tuple(bars for bars in lookback if bars)
        self.legal = frozenset(metres_of(steps))
        self.durations = Sums("d", durations, LONGEST_BAR * steps)
        self.tempos = Sums("q", tempos, TEMPOS[1])
        self.beats = Sums("m", (), max(beats for beats, _ in self.legal))
        pairs = {text: pair_of(text) for text in metres}
        self.known = {pair: f"m{text}" for text, pair in pairs.items() if pair in self.legal}
        self.units = {unit: f"/{unit}" for unit in UNITS if any(unit == each for _, each in self.legal)}
        self.metres: dict[Pair, tuple[str, ...]] = {pair: (symbol,) for pair, symbol in self.known.items()}
        self._lengths: dict[Pair, Pair] = {}

    def metre(self, pair: Pair) -> tuple[str, ...]:
        """The symbols of a metre."""
        if pair not in self.metres:
            self.metres[pair] = (*self.beats[pair[0]], self.units[pair[1]])
        return self.metres[pair]

    def lengths(self, pair: Pair) -> Pair:
        """The steps of a bar of that metre, and of a beat."""
        if pair not in self._lengths:
            metre = Metre(0, *pair)
            self._lengths[pair] = bar_length(self.steps, metre), beat_length(self.steps, metre)
        return self._lengths[pair]

    @cached_property
    def actions(self) -> dict[str, Action]:
        """What each symbol says."""
        found = {f"p{pitch}": Action("value", pitch) for pitch in range(PITCHES)}
        found |= {"r": Action("value", REST), "~": Action("value", TIE)}
        found |= {f"<{bars}": Action("back", bars) for bars in self.lookback}
        found |= _numbers("duration", self.durations) | _numbers("tempo", self.tempos) | _numbers("beats", self.beats)
        found |= {symbol: Action("unit", unit) for unit, symbol in self.units.items()}
        found |= {symbol: Action("metre", pair) for pair, symbol in self.known.items()}
        keys = ((sharps, minor) for sharps in range(-MOST_SHARPS, MOST_SHARPS + 1) for minor in (False, True))
        return found | {key_symbol(*each): Action("key", each) for each in keys}


def key_symbol(sharps: int, minor: bool) -> str:
    """The symbol of a key signature."""
    return f"s{sharps}m" if minor else f"s{sharps}"


def pair_of(text: str) -> Pair:
    """The metre of a text such as 6/8. Raises ValueError for any other."""
    beats, unit = map(int, text.split("/"))
    if text != f"{beats}/{unit}":
        raise ValueError(text)
    return beats, unit


def _numbers(kind: str, sums: Sums) -> dict[str, Action]:
    whole = {symbol: Action(kind, number) for number, symbol in sums.whole.items()}
    return whole | {symbol: Action(kind, part, True) for part, symbol in sums.parts.items()}
