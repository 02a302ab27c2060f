"""The tokenizer of melodies: one line of notes on a grid, in bars that fill exactly, that may repeat bars before."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self, TypeVar

from seqgen.domain import Document
from seqgen.errors import InputError, UsageError
from seqgen.records import flag, option, within
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_midi.marks import checked
from seqgen_midi.score import Score
from seqgen_midi.tokenizers.lines import Line, line_of, score_of
from seqgen_midi.tokenizers.melody_joining import joined
from seqgen_midi.tokenizers.melody_splitting import Marks, spoken
from seqgen_midi.tokenizers.melody_symbols import Symbols, pair_of

LEARNT = ("durations", "metres", "tempos")
FARTHEST = 64
"""Bars to look back, at most."""


@dataclass(frozen=True)
class Melody(Tokenizer):
    """One line of notes: `p60` `d6` is middle C for six steps, `r` a rest, `~` the note before goes on.

    `<1` stands for the note, with its duration, that began at this place one bar ago; it is always said where it is
    true, of several with the nearest bar. Bars always fill exactly: what goes on over a bar line is said again behind
    it, and the last bar is filled with a rest. `q120` is the tempo at the start, in quarters a minute, `s-2` the key
    signature, with m behind it if minor, `m6/8` a metre, before the first bar that has it; at the start it is 4/4.

    Law: join(split(x)) is `quantised(x)`.
    """

    name = "melody"
    domain = "midi"
    version = 1

    levels: tuple[str, ...] = ("bar",)
    resolution: int = option(12, "Steps of a quarter note; 12 have sixteenths and triplets")
    lookback: tuple[int, ...] = option(
        (1, 2), "From how many bars back notes are repeated, the nearest first; 0 for none"
    )
    section_bars: int = option(4, "Bars of a section")
    tempo: bool = option(True, "Say the tempo at the start")
    key: bool = option(True, "Say the key signature at the start")
    durations: tuple[int, ...] = field(default=(), init=False)
    metres: tuple[str, ...] = field(default=(), init=False)
    tempos: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        """Check the options."""
        within(flag("resolution"), self.resolution, 1, 96)
        checked(self.levels, self.section_bars)
        for bars in self.lookback:
            within(flag("lookback"), bars, 0, FARTHEST)
        if list(self.lookback) != sorted(set(self.lookback)):
            there = "they do not rise"
            raise UsageError("the distances of lookback", there, "Write each once, the nearest first")

    def quantised(self, score: Score) -> Score:
        """What is kept of a score: the melody, on the grid, with the metres and what the options say."""
        return score_of(_line(self, score), self.resolution)

    def split(self, content: Score) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the bar, beat or section that begins there."""
        return spoken(_line(self, content), self.symbols, self.marks)

    def join(self, symbols: Iterable[str]) -> Iterator[Score]:
        """The score of these symbols, whatever they are."""
        yield score_of(joined(symbols, self.symbols, beats=self.marks.beats), self.resolution)

    def heal(self, prompt: Score) -> tuple[list[str | Boundary], str]:
        """All symbols but the rest that fills the last bar: what is drawn may go on in that bar."""
        said = list(self.split(prompt))
        rest = next((at for at in range(len(said) - 1, -1, -1) if not str(said[at]).startswith("d")), 0)
        return said[:rest] if said[rest:] and said[rest] == "r" else said, ""

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn which durations, metres and tempos are symbols: those that occur."""
        fresh = replace(self)
        for document in documents:
            for _ in fresh.split(document.content):
                pass
        said = fresh.symbols
        metres = sorted(f"{beats}/{unit}" for beats, unit in said.metres)
        return _taught(self, {"durations": sorted(said.durations), "metres": metres, "tempos": sorted(said.tempos)})

    def learnt(self) -> Any:
        """Those durations, metres and tempos, as a JSON value."""
        return {name: list(getattr(self, name)) for name in LEARNT}

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with them. Raises InputError for what `learnt` cannot have given."""
        try:
            made = _taught(self, value)
            numbers = (*made.durations, *made.tempos, *(number for text in made.metres for number in pair_of(text)))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError("what melody has learnt", "it is broken", "Prepare the corpus anew") from error
        if not all(type(number) is int and number > 0 for number in numbers):
            raise InputError("what melody has learnt", "not all are numbers above 0", "Prepare the corpus anew")
        return made

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        without = {name for name, said in (("tempo", self.tempo), ("key", self.key)) if not said}
        return tuple(symbol for symbol, action in self.symbols.actions.items() if action.kind not in without)

    def length(self, symbol: str) -> int:
        """How many notes begin with the symbol."""
        return int(symbol[:1] in ("p", "<"))

    @cached_property
    def symbols(self) -> Symbols:
        """What is said for the durations, metres and tempos."""
        return Symbols(self.resolution, self.lookback, durations=self.durations, metres=self.metres, tempos=self.tempos)

    @cached_property
    def marks(self) -> Marks:
        """Where boundaries stand."""
        return Marks(self.levels, self.section_bars)


Kind = TypeVar("Kind", bound=Melody)


def _taught(tokenizer: Kind, value: Mapping[str, Iterable[Any]]) -> Kind:
    """The tokenizer with what `learnt` gives."""
    made = replace(tokenizer)
    for name in LEARNT:
        object.__setattr__(made, name, tuple(value[name]))
    return made


def _line(said: Melody, score: Score) -> Line:
    """The line of a score, with what the options say."""
    line = line_of(score, said.resolution)
    return line._replace(tempo=line.tempo if said.tempo else 0, key=line.key if said.key else None)
