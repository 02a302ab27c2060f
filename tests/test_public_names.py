"""Plugins use public names alone, as a stranger's must; and what seqgen offers is what it says it offers."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

import seqgen
from tests.trees import Module, core, imports, parse, plugins

NAMED_TUPLES = {"_replace", "_asdict", "_fields"}
"""Public names, written so that the fields of a named tuple may be called anything else."""


def private_imports(module: Module) -> Iterator[str]:
    for each in imports(module):
        private = any(part.startswith("_") for part in [*each.module.split("."), each.name])
        if each.module.partition(".")[0] == "seqgen" and private:
            yield f"{module.name}, line {each.line}: {each.module} {each.name}"


def private_attributes(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
            owner = ast.unparse(node.value)
            if owner not in ("self", "cls") and node.attr not in NAMED_TUPLES:
                yield f"{module.name}, line {node.lineno}: {owner}.{node.attr}"


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [private_imports, private_attributes]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_plugins_keep_to_public_names(rule: Rule) -> None:
    assert [fault for module in plugins() for fault in rule(module)] == []


@pytest.mark.parametrize(
    "source",
    ["from seqgen.text import _decode", "from seqgen._hidden import name", "import seqgen._hidden"],
)
def test_a_private_import_is_caught(source: str) -> None:
    assert list(private_imports(parse("seqgen_bad", source)))


def test_a_private_attribute_is_caught() -> None:
    assert list(private_attributes(parse("seqgen_bad", "def f(vocabulary):\n    return vocabulary._ids")))
    assert not list(private_attributes(parse("seqgen_good", "def f(self):\n    return self._ids")))


def documented() -> list[str]:
    """The names in the list of seqgen's own docstring: each line of it begins with one."""
    return re.findall(r"^    (\w+)\b.*  ", seqgen.__doc__ or "", re.MULTILINE)


def test_what_seqgen_offers_is_what_it_documents() -> None:
    assert sorted(seqgen.__all__) == seqgen.__all__
    assert sorted(documented()) == seqgen.__all__


def test_every_name_that_seqgen_offers_is_there_and_says_what_it_is() -> None:
    assert dir(seqgen) == sorted({*vars(seqgen), *seqgen.__all__})
    for name in seqgen.__all__:
        assert (getattr(seqgen, name).__doc__ or "").strip(), name


def test_no_name_hides_behind_a_room() -> None:
    assert not {module.room for module in core()} & set(seqgen.__all__)


def test_a_name_that_seqgen_does_not_offer_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="seqgen has no attribute 'trian'"):
        _ = seqgen.trian
