"""What a sample is to be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Self

from seqgen.errors import UsageError
from seqgen.records import flag, from_flat, option, within

LIMIT = 100_000
"""Symbols drawn at most where no length is asked for: a model may never end its document."""
BEAM_LIMIT = 1000
"""The same of a beam, whose likeliest text may repeat itself for ever, and shows nothing before its end."""


def _bound(record: Any, **bounds: tuple[float, float]) -> None:
    """Raise UsageError for a field of the record beyond its bounds."""
    for name, (low, high) in bounds.items():
        within(flag(name), getattr(record, name), low, high)


def _require_use(record: Any, name: str, *, of: tuple[str, ...]) -> None:
    """Raise UsageError for a field of the record that says how to do what none of those others asks for."""
    asked = {each.name for each in fields(record) if getattr(record, each.name) != each.default}
    if name in asked and asked.isdisjoint(of):
        there = f"{flag(of[0])} is not given" if len(of) == 1 else f"none of {', '.join(map(flag, of))} is given"
        raise UsageError(flag(name), there, "Give it too, or leave this out")


@dataclass(frozen=True)
class Penalties:
    """What symbols have to bear that have occurred, in the prompt or since; boundaries never bear any."""

    repetition_penalty: float = option(1.0, "Make symbols that have occurred less likely (above 1) or more (below)")
    presence_penalty: float = option(0.0, "Take this from the logit of each symbol that has occurred")
    frequency_penalty: float = option(0.0, "Take this from the logit of a symbol for each time that it has occurred")
    penalty_window: int = option(0, "Let the penalties look at this many of the last symbols; 0 at all so far")
    no_repeat: int = option(0, "Write no run of this many symbols again if anything else may come; 0 allows it")

    def __post_init__(self) -> None:
        _bound(
            self,
            repetition_penalty=(0.01, 100),
            presence_penalty=(-100, 100),
            frequency_penalty=(-100, 100),
            penalty_window=(0, 10**9),
            no_repeat=(0, 1000),
        )
        _require_use(self, "penalty_window", of=("repetition_penalty", "presence_penalty", "frequency_penalty"))


@dataclass(frozen=True)
class Samplers:
    """What is done to the model's distribution before a symbol is drawn, in the order of the fields."""

    penalties: Penalties = field(default_factory=Penalties)
    """What symbols have to bear that have occurred."""
    temperature: float = option(1.0, "Below 1 more cautious, above 1 more daring; 0 always takes the likeliest")
    temperature_end: float | None = option(
        None,
        "Let the temperature change evenly from the first symbol, to this at the last of --length",
        unset="it stays as it is",
    )
    top_k: int = option(0, "Draw among this many likeliest symbols; 0 among all")
    typical: float = option(
        1.0,
        "Draw among the symbols whose -log p is nearest to its mean, the fewest that hold this share of probability",
    )
    top_p: float = option(1.0, "Draw among the fewest likeliest symbols that hold this share of probability")
    min_p: float = option(0.0, "Draw among symbols at least this share as likely as the likeliest")
    eta: float = option(0.0, "Draw among symbols at least this likely, or less where much can come; try 0.002")
    mirostat: float = option(0.0, "Hold the surprise near this many bits a symbol; 0 lets it be")
    mirostat_rate: float = option(
        0.1, "Move the limit of --mirostat by this share of the bits by which the symbol drawn missed it"
    )

    def __post_init__(self) -> None:
        _bound(
            self,
            top_k=(0, 10**9),
            typical=(1e-9, 1),
            top_p=(1e-9, 1),
            min_p=(0, 1),
            eta=(0, 1),
            mirostat=(0, 100),
            mirostat_rate=(0, 10),
        )
        for name, value in (("temperature", self.temperature), ("temperature_end", self.temperature_end)):
            within(flag(name), value, 1e-3, 1e3, or_zero=True)
        _require_use(self, "mirostat_rate", of=("mirostat",))

    @property
    def look_back(self) -> bool:
        """Whether what they do depends on what was drawn before."""
        return self.penalties != Penalties() or self.temperature_end is not None or self.mirostat > 0


@dataclass(frozen=True)
class Search:
    """How to look for a likely sample, where not the first that is drawn will do."""

    best_of: int = option(
        1, "Draw this many candidates for each sample, and keep that of the highest mean log-probability a symbol"
    )
    beam: int = option(1, "Draw nothing: look for the likeliest sample along this many at once; sample k is the k-th")
    length_penalty: float = option(
        0.0,
        "A beam ranks a sample of n symbols by its log-probability / ((5 + n) / 6) ** this; 0 favours short ones",
    )

    def __post_init__(self) -> None:
        _bound(self, best_of=(1, 10**4), beam=(1, 10**4), length_penalty=(0, 10))
        if self.beam > 1 and self.best_of > 1:
            raise UsageError("a beam", f"--best-of {self.best_of} is asked for too", "Choose one way of searching")
        _require_use(self, "length_penalty", of=("beam",))

    @property
    def wanted(self) -> bool:
        """Whether anything is looked for."""
        return self.beam > 1 or self.best_of > 1

    def told(self, sample: int) -> int:
        """The sample as which labels that are left out are drawn: those of a beam are the ranks of one search."""
        return 0 if self.beam > 1 else sample

    def require(self, samplers: Samplers) -> None:
        """Raise UsageError for samplers that have no say in such a search, or leave it nothing to choose from."""
        asked = list(_changed(samplers))
        if self.beam > 1 and asked:
            there = f"{asked[0]} is given too, and a beam draws nothing"
            raise UsageError("a beam", there, f"Leave {' and '.join(asked)} out")
        if self.best_of > 1 and not (samplers.temperature or samplers.temperature_end):
            there = "at the temperature 0 all candidates are the same"
            raise UsageError(f"the best of {self.best_of}", there, "Choose a higher temperature, or a beam")

    def require_room(self, count: int) -> None:
        """Raise UsageError if so many samples are more than the beam has."""
        if 1 < self.beam < count:
            there = f"{count} samples are asked for"
            raise UsageError(f"a beam of {self.beam}", there, f"Ask for {self.beam} at most, or for a wider beam")


def _changed(record: Any) -> Iterator[str]:
    """The options of a record, and of the records in it, that are not as they are by default."""
    plain = type(record)()
    for name in (each.name for each in fields(record)):
        value = getattr(record, name)
        if is_dataclass(value):
            yield from _changed(value)
        elif value != getattr(plain, name):
            yield flag(name)


@dataclass(frozen=True)
class GenerateSettings:
    """How a sample is drawn and where it ends.

    It ends after `length` symbols (boundaries are not counted, but as many at most are drawn), with a boundary of level
    `until` or a stronger one, or before a `stop`, which is looked for in the text. A constraint may end it somewhat
    earlier or later; one whose promise holds for a document alone ends it with its document. With neither length nor
    level it ends with its document; without a length, after `LIMIT` symbols at the latest,
    of a beam after `BEAM_LIMIT`.
    """

    length: int = option(
        0,
        "Symbols to generate, past the ends of documents unless a constraint keeps to one; 0 goes on to the end of one,"
        " or to 100,000 symbols, with --beam to 1,000",
    )
    until: str = option("", "End with a unit of this level, such as paragraph")
    stop: tuple[str, ...] = option((), "End before this text, which is left out")
    ban: tuple[str, ...] = option((), "Never write this word or phrase, in whatever case")
    samplers: Samplers = field(default_factory=Samplers)
    """What is done to the distribution before a symbol is drawn."""
    search: Search = field(default_factory=Search)
    """How to look for a likely sample."""
    seed: int = option(0, "The same seed gives the same samples")

    def __post_init__(self) -> None:
        _bound(self, length=(0, 10**9), seed=(0, 2**64 - 1))
        self.search.require(self.samplers)
        if "" in self.stop:
            raise UsageError("a stop", "it is an empty text, which stands everywhere", "Give at least one character")
        if self.samplers.temperature_end is not None and not self.length:
            there = "no length is given, so nobody knows which symbol will be the last"
            raise UsageError("--temperature-end", there, "Give the length too, or leave it out")

    @classmethod
    def of(cls, *, where: str = "generate", **options: Any) -> Self:
        """The settings that these options make, those of the samplers by name alone like all others.

        Raises InputError for one that nobody has.
        """
        return from_flat(cls, options, where=where)
