"""The pages about plugins: the reference has every hook, and the guide ends with the package in docs/examples."""

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from seqgen import hookspecs
from seqgen.cells import Cell
from seqgen.codec import Codec
from seqgen.command import Command
from seqgen.constraint import Constraint, Rule
from seqgen.domain import Domain, Reader
from seqgen.metric import Metric
from seqgen.plugins.accepted import ACCEPTS
from seqgen.specimens import Specimens
from seqgen.tokenizer import Tokenizer
from seqgen.vocabulary import Vocabulary
from tests.docs import page as pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("seqgen_")}
RECORDS: dict[str, type[Any]] = {
    "seqgen_domains": Domain,
    "seqgen_tokenizers": Tokenizer,
    "seqgen_constraints": Rule,
    "seqgen_metrics": Metric,
    "seqgen_readers": Reader,
    "seqgen_commands": Command,
    "seqgen_specimens": Specimens,
    "seqgen_cells": Cell,
}
CLASSES = (Tokenizer, Cell, Constraint)
"""Those that a plugin inherits: what counts is their methods."""


def sections(page: str) -> dict[str, str]:
    """The text under each heading of the second rank."""
    return dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))


REFERENCE = sections((DOCS / "plugin-reference.md").read_text("utf-8"))


def named(kind: type[Any]) -> list[str]:
    """What may be said in such a record."""
    if kind in CLASSES:
        return [name for name, value in vars(kind).items() if inspect.isfunction(value) and name[0] != "_"]
    return [field.name for field in fields(kind)]


def test_the_reference_has_every_hook_and_no_other() -> None:
    assert set(REFERENCE) == set(HOOKS) == set(ACCEPTS) == set(RECORDS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_its_signature(name: str) -> None:
    signature = f"{name}{inspect.signature(HOOKS[name])}".replace("'", "")
    assert f"```text\n{signature}\n```" in REFERENCE[name]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_all_that_may_be_said_in_its_records(name: str) -> None:
    missing = [each for each in named(RECORDS[name]) if f"| `{each}` |" not in REFERENCE[name]]
    assert not [each for each in missing if f"`{each}`" not in REFERENCE[name]]
    assert RECORDS[name] in CLASSES or not missing


def test_a_constraint_has_all_its_methods() -> None:
    missing = [each for each in named(Constraint) if f"| `{each}` |" not in REFERENCE["seqgen_constraints"]]
    assert missing == ["said"], "only how a symbol is named to a person goes without saying"


@pytest.mark.parametrize("thing", [Codec, Vocabulary(("document",), ())], ids=["codec", "vocabulary"])
def test_what_a_constraint_is_made_with_is_told(thing: object) -> None:
    """All that is there but what the core alone has a use for."""
    page = (DOCS / "plugin-reference.md").read_text("utf-8")
    told = set(re.findall(r"`(\w+)", page.partition("## Codec and vocabulary")[2].partition("\n## ")[0]))
    inner = {"build", "from_json", "to_json", "ids_of_prompt", "measure", "lengths", "labelled"}
    assert {name for name in dir(thing) if name[0] != "_"} - inner <= told


def test_what_may_be_said_is_found() -> None:
    assert "step" in named(Constraint) and "begin" in named(Constraint)
    assert "measure" in named(Metric) and "split" in named(Tokenizer) and "size" not in named(Cell)


def test_the_guide_ends_with_the_example() -> None:
    written = {block.said: block.text for block in pages.blocks((DOCS / "plugin.md").read_text("utf-8")) if block.said}
    example = DOCS / "examples" / "seqgen-pgn"
    modules = {f"seqgen-pgn/seqgen_pgn/{path.name}" for path in (example / "seqgen_pgn").glob("*.py")}
    assert modules | {"seqgen-pgn/pyproject.toml"} <= written.keys()
    for name in (*modules, "seqgen-pgn/pyproject.toml"):
        assert written[name] == (example.parent / name).read_text("utf-8"), f"{name}: the page has other lines"
