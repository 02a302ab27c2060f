"""What a sample is to be."""

from dataclasses import dataclass, field
from typing import Any, Self

from seqgen.errors import UsageError
from seqgen.records import from_flat, option, within

LIMIT = 100_000
"""Symbols drawn at most where no length is asked for: a model may never end its document."""


@dataclass(frozen=True)
class Samplers:
    """What is done to the model's distribution before a symbol is drawn, in the order of the fields."""

    repetition_penalty: float = option(1.0, "Make symbols that have occurred less likely (above 1) or more (below)")
    temperature: float = option(1.0, "Below 1 more cautious, above 1 more daring; 0 always takes the likeliest")
    top_k: int = option(0, "Draw among this many likeliest symbols; 0 among all")
    top_p: float = option(1.0, "Draw among the fewest likeliest symbols that hold this share of probability")
    min_p: float = option(0.0, "Draw among symbols at least this share as likely as the likeliest")

    def __post_init__(self) -> None:
        within("repetition_penalty", self.repetition_penalty, 0.01, 100)
        within("top_k", self.top_k, 0, 10**9)
        within("top_p", self.top_p, 1e-9, 1)
        within("min_p", self.min_p, 0, 1)
        if self.temperature:
            within("temperature, unless it is 0,", self.temperature, 1e-3, 1e3)


@dataclass(frozen=True)
class GenerateSettings:
    """How a sample is drawn and where it ends.

    It ends after `length` symbols (boundaries are not counted, but as many at most are drawn), with a boundary of level
    `until` or a stronger one, or before a `stop`, which is looked for in the text. A constraint may end it somewhat
    earlier or later; one whose promise holds for a document alone ends it with its document. With neither length nor
    level it ends with its document; without a length, after `LIMIT` symbols at the latest.
    """

    length: int = option(
        0,
        "Symbols to generate, past the ends of documents unless a constraint keeps to one; 0 goes on to the end of one,"
        " or to 100,000 symbols",
    )
    until: str = option("", "End with a unit of this level, such as paragraph")
    stop: tuple[str, ...] = option((), "End before this text, which is left out")
    ban: tuple[str, ...] = option((), "Never write this word or phrase, in whatever case")
    samplers: Samplers = field(default_factory=Samplers)
    seed: int = option(0, "The same seed gives the same samples")

    def __post_init__(self) -> None:
        within("length", self.length, 0, 10**9)
        within("seed", self.seed, 0, 2**64 - 1)
        if "" in self.stop:
            raise UsageError("a stop", "it is an empty text, which stands everywhere", "Give at least one character")

    @classmethod
    def of(cls, *, where: str = "generate", **options: Any) -> Self:
        """The settings that these options make, those of the samplers by name alone like all others.

        Raises InputError for one that nobody has.
        """
        return from_flat(cls, options, where=where)
