"""What an installation brings: few packages beside torch."""

import sys
import tomllib
from importlib.metadata import distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.trees import ROOT, core, imports, plugins

MOST = 26
LEFT_OUT = {"torch"}
BROUGHT = {"triton"}
"""What a CUDA build of torch brings with it, imported only where such a build is."""
BUILDS = {"lark"}
"""What makes the files that are shipped, imported where they are made."""


def tree(name: str) -> set[str]:
    """The distributions that this one resolves to here, itself included, torch and what only torch needs left out."""
    found: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name)
        if key not in found | LEFT_OUT:
            found.add(key)
            waiting += needed(key, wanted.extras)
    return found


def needed(name: str, extras: set[str]) -> list[Requirement]:
    """What a distribution requires on this machine, without those of its extras that nobody asked for."""
    declared = [Requirement(line) for line in distribution(name).requires or []]
    chosen = [{"extra": extra} for extra in extras or {""}]
    return [each for each in declared if each.marker is None or any(map(each.marker.evaluate, chosen))]


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared, extra = ({Requirement(line).name for line in lines} for lines in groups(project))
    product = [*core(), *plugins()]
    imported = {(each.module.partition(".")[0], each.lazy) for module in product for each in imports(module)}
    own = {module.package for module in product}
    foreign = {(name, lazy) for name, lazy in imported if name not in own | sys.stdlib_module_names | BROUGHT | BUILDS}
    assert {name for name, lazy in foreign if not (lazy and name in extra)} == declared


def groups(project: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What the product requires, and what its own extras bring for some function of it alone."""
    extras = project["optional-dependencies"]
    return project["dependencies"], [line for name, lines in extras.items() if name != "dev" for line in lines]


def test_the_core_without_torch_is_small() -> None:
    found = tree("seqgen")
    assert {"seqgen", "numpy", "typer", "pluggy", "certifi"} <= found
    assert len(found) <= MOST, sorted(found)


def test_development_tools_are_not_among_them() -> None:
    assert "pytest" not in tree("seqgen")
    assert "pytest" in tree("seqgen[dev]")


def test_a_larger_tree_would_be_noticed() -> None:
    assert len(tree("seqgen[dev]")) > MOST
