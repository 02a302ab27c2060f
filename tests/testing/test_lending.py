"""What a plugin is tried on: its own specimens first, and of others' content alone."""

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seqgen.errors import CheckFailed
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins, find
from seqgen.specimens import Specimens
from seqgen.testing import QUICK, checks
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_midi.score import Score


class Emptied(Tokenizer):
    """Music of which nothing comes back."""

    name = "emptied"
    domain = "midi"
    version = 1

    def split(self, content: Score) -> Iterator[str | Boundary]:
        """Nothing."""
        return iter(())

    def join(self, symbols: Iterable[str]) -> Iterator[Score]:
        """A piece without notes, whatever is said."""
        yield Score()


def module(name: str, **records: Any) -> ModuleType:
    """A plugin with a record for each of these hooks."""
    made = ModuleType(name)
    for hook, record in records.items():

        def give(record: Any = record) -> list[Any]:
            return [record]

        setattr(made, f"seqgen_{hook}", hookimpl(give))
    return made


def installed(folder: Path, patch: pytest.MonkeyPatch, **records: Any) -> Plugins:
    """The built-in plugins and, brought by a distribution, one that is called `strq`."""
    info = folder / "strq_for_check-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strq-for-check\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[seqgen]\nstrq = strq_for_check\n", "utf-8")
    made = module("strq_for_check", **records)
    patch.setitem(__import__("sys").modules, "strq_for_check", made)
    patch.syspath_prepend(folder)
    plugins = find()
    entry = next(each for each in plugins.entries if each.name == "strq")
    assert isinstance(entry, EntryPoint) and entry.dist is not None
    plugins.load("strq")
    assert [holder for holder, _ in plugins.records["seqgen_tokenizers"]] == ["strq (strq-for-check)"]
    return plugins


def round_trip(plugins: Plugins) -> Any:
    """That check of it."""
    (found,) = [
        each for each in checks("strq", plugins=plugins, effort=QUICK) if each.name == "tokenizer emptied: round trip"
    ]
    return found


def test_what_loses_everything_is_caught_when_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = installed(tmp_path, monkeypatch, tokenizers=Emptied)
    with pytest.raises(CheckFailed, match=r"given Score\(.*, Score\(.* came back"):
        round_trip(plugins).run()


def test_a_loss_is_the_plugins_own_to_declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = installed(tmp_path, monkeypatch, tokenizers=Emptied, specimens=Specimens("midi", lossy="everything"))
    stock = round_trip(plugins).case().stock
    assert stock.lossy == "everything" and len(stock.contents) == 2 and stock.made_up is not None
    assert list(stock.families) == ["growing content 0"]
    round_trip(plugins).run()


def test_of_others_no_options_symbols_and_failures_are_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = Specimens("midi", contents=lambda: [Score()], symbols=("x",), options={"whole": 3}, lossy="much")
    plugins = installed(tmp_path, monkeypatch, tokenizers=Emptied)
    plugins.add(module("other", specimens=lent), "other")
    stock = round_trip(plugins).case().stock
    assert stock.options == {} and stock.symbols == [] and stock.lossy == ""
    assert Score() in stock.contents


def test_events_comes_back_exactly() -> None:
    named = {check.name: check for check in checks("midi", plugins=find(own_only=True), effort=QUICK)}
    assert named["tokenizer events: round trip"].case().stock.lossy == ""
    assert "velocities" in named["tokenizer melody: round trip"].case().stock.lossy
