"""What the checks say: the cause that a newcomer can mend, and where it is."""

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Spoken
from seqgen.errors import UsageError
from seqgen.plugins import Plugins
from seqgen.testing import QUICK, Result, checks, examine
from seqgen.tokenizer import Boundary
from tests.testing import toy
from tests.testing.broken import Quiet
from tests.testing.toy import OneDog, Toy


def found(plugin: Any, plugins: Plugins | None = None) -> dict[str, Result]:
    """What came of each check, by its name."""
    return {each.name: each for each in examine(plugin, plugins=plugins or Plugins(), effort=QUICK)}


def of_one_dog(make: Callable[[Codec], Constraint]) -> dict[str, Result]:
    """What came of the checks of a constraint, by the names of their laws."""
    results = found(toy.constraint(make)).items()
    return {name.partition(": ")[2]: each for name, each in results if name.startswith("constraint")}


class Masked(OneDog):
    """Gives that as its mask."""

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def allowed(self, state: int) -> Any:
        """The same everywhere."""
        return self.mask


class Hopeless(OneDog):
    """Knows no way to an end."""

    def complete(self, state: int) -> Iterable[Spoken] | None:
        """None."""
        return None


def by_symbols(codec: Codec) -> Constraint:
    """A mask made of the letters of every symbol, as if there were none but text and boundaries."""
    spoken = [codec.vocabulary.symbol_of(id) for id in range(codec.vocabulary.size)]
    return Masked(np.array([len(getattr(each, "level", each or "")) > 0 for each in spoken]))  # type: ignore[arg-type]


def test_a_mask_of_another_shape_is_told_in_places() -> None:
    """In every law that looks at masks."""
    results = of_one_dog(lambda codec: Masked(np.ones(3, np.bool_)))
    for law in ("mask is step", "sound", "can always end"):
        assert results[law].message.startswith("the mask has 3 places, the vocabulary ")


def test_a_constraint_meets_a_vocabulary_with_labels() -> None:
    assert "object of type 'Label' has no len()" in of_one_dog(by_symbols)["mask is step"].message


def test_a_constraint_that_never_completes_cannot_always_end() -> None:
    assert "complete gave None wherever it was asked" in of_one_dog(lambda codec: Hopeless())["can always end"].message


def test_what_has_one_cause_fails_once() -> None:
    """Specimens that raise are told of as such, and what needs them is skipped."""
    results = found(toy.plugin(specimens=toy.specimens_with(contents=lambda: 1 / 0)))
    (failed,) = [each for each in results.values() if each.outcome == "failed"]
    assert failed.name == "specimens toy: can be had" and "ZeroDivisionError" in failed.message
    skipped = [each for each in results.values() if each.outcome == "skipped"]
    assert len(skipped) > 15 and not any(each.good for each in skipped)
    assert all("See the check `specimens toy: can be had` first" in each.message for each in skipped)


def test_a_domain_that_names_no_tokenizer_is_told_of_itself() -> None:
    results = found(toy.domain(tokenizer="nobody"))
    failed = [each for each in results.values() if not each.good and each.outcome == "failed"]
    assert [each.name for each in failed] == ["domain toy: plain words"] and "'nobody'" in failed[0].message
    assert results["metric length: edges"].outcome == "skipped"


class Capital(Toy):
    """Writes capitals, without a writer of its own."""

    def split(self, content: str) -> Iterator[str | Boundary]:
        """Small letters, marked where they were capitals."""
        for symbol in super().split(content):
            for each in symbol if isinstance(symbol, str) else (symbol,):
                yield f"^{each.lower()}" if isinstance(each, str) and "A" <= each <= "Z" else each

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The reverse."""
        for symbol in symbols:
            yield symbol[1:].upper() if symbol[:1] == "^" and symbol[1:] else symbol


class Late(Toy):
    """Joins all at the end, and not of many symbols."""

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """At once."""
        yield "".join(list(symbols))


def test_a_missing_writer_is_said_to_be_missing() -> None:
    specimens = toy.specimens_with(contents=lambda: ["The Cat sat by the Door\n"])
    results = found(toy.plugin(tokenizer=Capital, specimens=specimens))
    for law in ("heal", "writer is join"):
        assert "Override `writer`" in results[f"tokenizer toy: {law}"].message


def test_of_a_loss_the_round_trip_is_told_first() -> None:
    assert "See `round trip` first" in found(toy.plugin(tokenizer=Quiet))["tokenizer toy: heal"].message


def test_text_that_comes_at_the_end_is_seen_with_short_samples() -> None:
    short = toy.specimens_with(contents=lambda: ["the cat sat by the door\n"])
    message = found(toy.plugin(tokenizer=Late, specimens=short))["tokenizer toy: join never changes"].message
    assert "nothing had come out after 400" in message


def test_of_a_module_at_hand_its_own_domain_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a plugin of the domain's name, with an older one, is installed."""
    given = "{k: v for k, v in vars(toy.plugin()).items() if k[0] != '_'}"
    source = f"from tests.testing import toy\nglobals().update({given})\n"
    (tmp_path / "older_toy_for_test.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "older_toy_for_test", raising=False)
    plugin = toy.domain(levels=("line", "document"))
    plugin.__name__ = "newer"
    results = found(plugin, Plugins([EntryPoint("toy", "older_toy_for_test", "seqgen")]))
    assert "begin with 'document'" in results["domain toy: plain words"].message


@pytest.mark.parametrize(
    ("source", "line"), [("import os\n1 / 0", 2), ("import json\njson.loads('x')", 2), ("def (", 1)]
)
def test_a_broken_plugin_is_told_with_its_place(
    source: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crash_for_test.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=rf"crash_for_test\.py:{line}\)\. .*python -c 'import crash_for_test'"):
        checks("crash", plugins=Plugins([EntryPoint("crash", "crash_for_test", "seqgen")]))
