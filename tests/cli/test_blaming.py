"""An error that nobody expected is told as that of the plugin whose code ran last, with its place."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seqgen.cli import main
from tests.test_plugins import example

Install = Callable[[str], Path]
MODULE = "splitter_for_test"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a plugin `spaced`: a domain and its tokenizer, whose `split` does this."""
    site = tmp_path / "site"

    def made(body: str) -> Path:
        info = site / "seqgen_spaced-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: seqgen-spaced\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[seqgen]\nspaced = {MODULE}\n", "utf-8")
        text = f"{example('seqgen_domains')}\n{example('seqgen_tokenizers')}"
        (site / f"{MODULE}.py").write_text(text.replace('return iter(re.findall(r" ?[^ ]+| ", content))', body))
        monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, MODULE, raising=False)
        (tmp_path / "some.txt").write_text("to be or not to be\n" * 200, "utf-8")
        return tmp_path / "some.txt"

    return made


@pytest.mark.parametrize("body", ["return 1 + content", "import json; return json.loads('x')", "return int(content)"])
def test_what_a_plugin_raises_is_its_own(body: str, install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """In its own code, and in what it calls."""
    text = install(body)
    assert main(["spaced", "inspect", str(text)]) == 4
    said = capsys.readouterr().err
    line = (text.parent / "site" / f"{MODULE}.py").read_text().splitlines().index(f"        {body}") + 1
    kinds = ("TypeError: ", "JSONDecodeError: ", "ValueError: ")
    assert any(f"the plugin 'spaced': in split, it raised {kind}" in said for kind in kinds)
    assert f"{MODULE}.py:{line})" in said and "did not expect" not in said and "seqgen plugin check spaced" in said


def test_what_seqgen_raises_is_its_own(
    install: Install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what it raises for a plugin, and what a plugin of its own does."""
    text = install('return iter(re.findall(r" ?[^ ]+| ", content))')
    assert main(["spaced", "inspect", str(text)]) == 0
    text.write_text("other words\n" * 200, "utf-8")
    monkeypatch.setattr("seqgen.vocabulary.Vocabulary.build", lambda *args, **options: 1 / 0)
    monkeypatch.setattr("seqgen_chars.Chars.count", lambda *args, **options: 1 / 0)
    for domain in ("spaced", "chars"):
        capsys.readouterr()
        assert main([domain, "inspect", str(text)]) == 1
        assert "did not expect: ZeroDivisionError" in capsys.readouterr().err
