"""How checks are asked for: expected failures, versions, files, hypothesis missing; on the command line too."""

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seqgen.cli import main
from seqgen.errors import CheckFailed, UnknownName, UsageError
from seqgen.plugins import Plugins
from seqgen.testing import CHECKS_VERSION, LAWS, QUICK, checks, examine
from seqgen.testing.timing import MOST, growth
from seqgen.tokenizer import Boundary
from tests.test_plugins import example
from tests.testing import toy
from tests.testing.broken import Miscounting, Quiet
from tests.testing.toy import Toy

COUNT = "tokenizer toy: count is split"


class Listing(Toy):
    """Splits to a list."""

    def split(self, content: str) -> list[str | Boundary]:  # type: ignore[override]
        """The same symbols."""
        return list(super().split(content))


def asked(plugin: Any, **options: Any) -> dict[str, Any]:
    """The checks of a plugin, by their names."""
    return {check.name: check for check in checks(plugin, plugins=Plugins(), effort=QUICK, **options)}


def expecting(name: str, **changes: Any) -> Any:
    """The plugin, with a failure that it expects."""
    return toy.plugin(**changes, specimens=toy.specimens_with(expected={name: "it counts words"}))


def test_a_failure_that_is_expected_is_none() -> None:
    plugin = expecting(COUNT, tokenizer=Miscounting)
    asked(plugin)[COUNT].run()
    (found,) = [each for each in examine(plugin, plugins=Plugins(), effort=QUICK) if each.name == COUNT]
    assert (found.outcome, found.message, found.good) == ("failed as expected", "it counts words", True)


def test_a_check_that_passes_and_should_not_fails() -> None:
    plugin = expecting(COUNT)
    with pytest.raises(CheckFailed, match=r"it holds, and was expected to fail: it counts words. Take it out"):
        asked(plugin)[COUNT].run()
    (found,) = [each for each in examine(plugin, plugins=Plugins(), effort=QUICK) if each.name == COUNT]
    assert found.outcome == "passed unexpectedly" and not found.good


def test_what_is_expected_must_be_a_check() -> None:
    with pytest.raises(UnknownName, match=r"'tokenizer toy: count': .* Did you mean 'tokenizer toy: "):
        asked(expecting("tokenizer toy: count"))


def test_split_may_give_a_list() -> None:
    found = examine(toy.plugin(tokenizer=Listing), plugins=Plugins(), effort=QUICK)
    assert [each.name for each in found if not each.good] == []


def test_versions_are_those_there_are() -> None:
    assert asked(toy.plugin(), version=CHECKS_VERSION).keys() == asked(toy.plugin()).keys()
    for version in (0, CHECKS_VERSION + 1):
        with pytest.raises(UsageError, match=f"version {version} of the checks: the versions are 1 to"):
            asked(toy.plugin(), version=version)


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(UsageError, match=r"hypothesis is missing. pip install 'seqgen\[testing\]'"):
        asked(toy.plugin())


def test_plugins_that_cannot_be_checked_are_refused() -> None:
    broken = Plugins([EntryPoint("gone", "no_such_module_anywhere", "seqgen")])
    with pytest.raises(UsageError, match="the plugin 'gone': it is broken: ModuleNotFoundError"):
        checks("gone", plugins=broken)
    with pytest.raises(UnknownName, match="Did you mean 'gone'"):
        checks("gon", plugins=broken)


def test_files_are_tried_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one dog and\nanother dog\n", "utf-8")
    (tmp_path / "b.txt").write_text("a dog bites a dog\n", "utf-8")
    name = "constraint one-dog of toy: takes real content"
    asked(toy.plugin(), files=(tmp_path / "a.txt",))[name].run()
    with pytest.raises(CheckFailed, match=r"given 'a dog bites a dog.*'dog' is forbidden"):
        asked(toy.plugin(), files=(tmp_path / "a.txt", tmp_path / "b.txt"))[name].run()
    with pytest.raises(
        UsageError, match=r"is for files that end in '\.mid'\. Give one that ends in one of these: \.toy, \.txt"
    ):
        asked(toy.plugin(), files=(tmp_path / "a.mid",))


def test_content_that_is_no_text_must_be_given() -> None:
    from seqgen.domain import Form

    plugin = toy.plugin(domain=toy.domain_with(form=Form(text=False)), specimens=toy.specimens_with(domain="other"))
    with pytest.raises(CheckFailed, match=r"no plugin gives specimens of the domain 'toy'. .*seqgen_specimens"):
        asked(plugin)["tokenizer toy: round trip"].run()


@pytest.mark.parametrize(("power", "fast"), [(1, True), (2, False)])
def test_growth_is_told_from_linear(power: int, fast: bool) -> None:
    def work(content: str) -> None:
        for _ in range(len(content) ** power // 256 ** (power - 1)):
            pass

    assert (growth(work, lambda size: "a" * size, 0.001)[1] < MOST) is fast


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where the plugin `toy` is installed, with an option that has no help."""
    info = tmp_path / "toy_for_check-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-for-check\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[seqgen]\ntoy = toy_for_check\n", "utf-8")
    source = "from tests.testing import toy\nfrom tests.testing.broken import Unhelpful\n"
    source += "globals().update(vars(toy.plugin(tokenizer=Unhelpful)) | {'__name__': 'toy_for_check'})\n"
    (tmp_path / "toy_for_check.py").write_text(source, "utf-8")
    monkeypatch.delitem(sys.modules, "toy_for_check", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_command_reports_and_leaves_with_3(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "check", "toy", "--quick"]) == 3
    said = capsys.readouterr()
    lines = said.out.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("FAILED")]
    assert lines[at].endswith("tokenizer toy: options") and "size has no help" in lines[at + 1] and "ok " in lines[0]
    assert f"the plugin 'toy': 1 of {len(LAWS)} checks failed" in said.err
    assert main(["plugin", "check", "toy", "--quick", "--sample", "nothing"]) == 2


def test_the_command_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "check", "mogrifier", "--quick"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "7 checks of the plugin 'mogrifier': all is well"


def test_the_page_has_every_law_and_a_message_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text("utf-8")
    rows = [f"| {law.kind} | {law.name} | {law.about} | {law.since} |" for law in LAWS]
    assert [line for line in page.splitlines() if line.startswith("| ") and line in rows] == rows
    assert sum(line.startswith("| ") for line in page.splitlines()) == len(rows) + 1
    with pytest.raises(CheckFailed) as found:
        asked(toy.plugin(tokenizer=Quiet))["tokenizer toy: round trip"].run()
    (shown,) = re.findall(r"given 'A'.*?as `lossy`\.", page, re.DOTALL)
    assert " ".join(shown.split()) in str(found.value)


HOOKS = ("domains", "tokenizers", "metrics", "constraints", "cells", "specimens")


def test_the_examples_of_the_hooks_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = Plugins()
    for hook in HOOKS:
        module = ModuleType(hook)
        monkeypatch.setitem(sys.modules, hook, module)  # dataclasses look their module up
        exec(example(f"seqgen_{hook}"), vars(module))
        plugins.add(module, hook)
    found = [result for hook in HOOKS[:-1] for result in examine(hook, plugins=plugins, effort=QUICK)]
    assert [result for result in found if not result.good] == [] and len(found) > 30
