"""Every name of the reference is documented, and what the reference says of it is what the code says."""

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

import seqgen
from tests.trees import ROOT


@pytest.fixture(scope="module")
def reference() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "docs"))
    yield import_module("reference")
    sys.path.remove(str(ROOT / "docs"))


def silent(reference: ModuleType, module: str) -> list[str]:
    """The names of a module, and of the parts and fields of its classes, of which nothing is said."""
    found = []
    for entry in reference.entries(module):
        said = {entry.name: entry.doc} | {f"{entry.name}.{part.name}": part.doc for part in entry.parts}
        value = getattr(import_module(module), entry.name)
        if inspect.isclass(value) and value.__name__ == entry.name:
            said |= {f"{entry.name}.{name}": words for name, words in reference.fields(value).items()}
        found += [f"{module}.{name}" for name, words in said.items() if not words.strip()]
    return found


def test_every_public_name_is_documented(reference: ModuleType) -> None:
    assert [name for module in reference.MODULES for name in silent(reference, module)] == []


def test_what_is_offered_stands_in_the_reference(reference: ModuleType) -> None:
    assert [entry.name for entry in reference.entries("seqgen")] == sorted(seqgen.__all__)
    page = reference.page()
    assert page.count("{py:module}") == len(reference.MODULES)
    assert "{py:function} train(" in page and "{py:method} generate(" in page


SILENT = """
from dataclasses import dataclass

LIMIT = 3

def f(): ...

@dataclass
class A:
    "About a step."
    step: int
    held: bool

    def g(self): ...

    @property
    def h(self): ...
"""


def test_silence_is_heard(reference: ModuleType, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "silent_names.py").write_text(SILENT, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    said = ("LIMIT", "f", "A.g", "A.h", "A.held")
    assert silent(reference, "silent_names") == [f"silent_names.{name}" for name in said]


def test_a_signature_is_what_the_code_takes(reference: ModuleType) -> None:
    for entry in reference.entries("seqgen"):
        value: Any = getattr(seqgen, entry.name)
        described = inspect.isfunction(value) or dataclasses.is_dataclass(value)
        if described:
            names = [name for name in inspect.signature(value).parameters]
            assert all(name in entry.signature for name in names), entry.name
