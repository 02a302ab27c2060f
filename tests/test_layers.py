"""The import order is the data order: a room imports only rooms before it, and torch stays in its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.trees import Import, Module, core, imports, parse

ORDER = (
    "errors",
    "environment",
    "records",
    "files",
    "domain",
    "metric",
    "command",
    "text",
    "tokenizer",
    "vocabulary",
    "codec",
    "labels",
    "corpus",
    "store",
    "arrays",
    "lanes",
    "cells",
    "model",
    "plan",
    "playing",
    "nn",
    "optimisers",
    "training",
    "checkpoint",
    "constraint",
    "generation",
    "copying",
    "evaluation",
    "adapting",
    "specimens",
    "hookspecs",
    "plugins",
    "pictures",
    "api",
    "seqgen",  # the package itself, which offers what `api` holds
    "testing",
    "scaffold",
    "cli",
    "__main__",
)
TORCH = ("nn", "optimisers", "training", "evaluation", "adapting")
"""The rooms that are imported only when something is to be learnt or measured."""
HOMES = {
    "torch": (*TORCH, "api", "testing"),
    "hypothesis": ("testing",),
    "typer": ("cli",),
    "rich": ("cli",),
    "pluggy": ("hookspecs", "plugins"),
    "platformdirs": ("corpus",),
    "pooch": ("corpus",),
    "requests": ("corpus",),
    "numba": ("playing",),
    "matplotlib": ("pictures",),
}


def room_of(each: Import) -> str:
    """The room of the core that this import reaches, or nothing."""
    parts = [*each.module.split("."), each.name]
    if parts[0] != "seqgen" or parts[1] in ("", "__version__"):
        return ""
    return parts[1] if parts[1] in ORDER else "seqgen"


def against_the_order(module: Module) -> Iterator[str]:
    for each in imports(module):
        room = room_of(each)
        if room and room != module.room and ORDER.index(room) >= ORDER.index(module.room):
            yield f"{module.name}, line {each.line}: {module.room} stands before {room}"


def strangers_at_home(module: Module) -> Iterator[str]:
    for each in imports(module):
        package = each.module.partition(".")[0]
        if package in HOMES and module.room not in HOMES[package]:
            yield f"{module.name}, line {each.line}: {package} is for {', '.join(HOMES[package])}"


def known_domains(module: Module) -> Iterator[str]:
    for each in imports(module):
        if each.module.startswith("seqgen_") or each.module == "":
            yield f"{module.name}, line {each.line}: the core knows no plugin, and imports by full names"


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [against_the_order, strangers_at_home, known_domains]


def test_every_room_has_its_place() -> None:
    assert {module.room for module in core()} <= set(ORDER)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_core_keeps(rule: Rule) -> None:
    assert [fault for module in core() for fault in rule(module)] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("seqgen.errors", "from seqgen.records import option"),
        ("seqgen.codec", "import seqgen.store"),
        ("seqgen.store.split", "from seqgen import api"),
        ("seqgen.model", "def f():\n    from seqgen.nn import Stack"),
        ("seqgen.api.running", "from seqgen import train"),
    ],
)
def test_a_step_back_is_caught(name: str, source: str) -> None:
    assert list(against_the_order(parse(name, source)))


def test_a_step_back_for_the_type_checker_is_none() -> None:
    source = "if TYPE_CHECKING:\n    from seqgen.vocabulary import Vocabulary"
    assert not list(against_the_order(parse("seqgen.tokenizer", source)))


@pytest.mark.parametrize("source", ["import torch", "def f():\n    from torch import nn", "import rich.progress"])
def test_a_stranger_is_caught(source: str) -> None:
    assert list(strangers_at_home(parse("seqgen.generation", source)))


def test_a_domain_in_the_core_is_caught() -> None:
    assert list(known_domains(parse("seqgen.api", "import seqgen_chars")))


LIGHT = [f"seqgen.{room}" for room in ORDER if room not in (*TORCH, "seqgen", "__main__")]


def loaded(statement: str, checkout: Path) -> set[str]:
    """The top-level modules that are there after a statement, run in a fresh interpreter."""
    program = f"import sys\n{statement}\nprint(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_no_room_outside_its_home_brings_torch(checkout: Path) -> None:
    assert "torch" not in loaded(f"import {', '.join(LIGHT)}", checkout)


def test_a_room_of_torch_brings_torch(checkout: Path) -> None:
    assert "torch" in loaded("import seqgen.nn", checkout)


@pytest.mark.parametrize("arguments", ["['--help']", "['--version']", "[]"])
def test_help_brings_neither_torch_nor_numpy(arguments: str, checkout: Path) -> None:
    there = loaded(f"import seqgen, seqgen.cli; seqgen.cli.main({arguments})", checkout)
    assert not there & {"torch", "numpy", "rich", "pooch", "safetensors"}
    assert not [name for name in there if name.startswith("seqgen_")]
