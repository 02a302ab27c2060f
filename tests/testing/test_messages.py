"""What the checks say: the cause that a newcomer can mend, and where it is."""

import sys
from collections.abc import Callable, Iterable
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
from tests.testing import toy
from tests.testing.toy import OneDog


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
