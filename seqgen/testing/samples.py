"""The law of specimens: what a plugin gives to be tried on can be had, so that what needs it says something."""

from collections.abc import Iterator
from dataclasses import dataclass

from seqgen.domain import Content, Domain
from seqgen.errors import shown
from seqgen.specimens import Specimens
from seqgen.testing.law import law, require

SIZES = (1, 100)
"""Units of growing content that is looked at."""


@dataclass(frozen=True)
class SpecimensCase:
    """Specimens, and the domain that they are of."""

    specimens: Specimens
    domain: Domain


@law("specimens", "can be had")
def had(case: SpecimensCase) -> None:
    """Contents and growing content are made without an error and are of the domain's kind; a strategy is one."""
    from hypothesis.strategies import SearchStrategy

    strategy = case.specimens.strategy and case.specimens.strategy()
    there = f"`strategy` gave {shown(strategy)}"
    require(isinstance(strategy, SearchStrategy | None), there, "Give a strategy of Hypothesis")
    for what, content in _contents(case.specimens):
        kind = case.domain.form.kind
        fine = _is_text(content) if case.domain.form.text else isinstance(content, kind)
        named = "text, or pieces of it" if case.domain.form.text else kind.__name__
        require(fine, f"`{what}` gave {shown(content)}", f"Give content that is {named}")


def _contents(specimens: Specimens) -> Iterator[tuple[str, Content]]:
    yield from (("contents", each) for each in specimens.contents())
    if specimens.grow:
        yield from (("grow", specimens.grow(size)) for size in SIZES)


def _is_text(content: Content) -> bool:
    try:
        "".join(content)
    except TypeError:
        return False
    return True
