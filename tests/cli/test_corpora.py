"""The commands `seqgen corpora`: data on stdout, all else on stderr."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from seqgen.cli.corpora import app
from seqgen.corpus import places
from seqgen.errors import CheckFailed, UnknownName
from tests.catalogue import FILES, make, toml, write


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make(tmp_path, monkeypatch)


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_list_shows_each_corpus(mirror: Path) -> None:
    poem, tiny = call("list").stdout.splitlines()
    assert poem.split() == ["poem", "embedded", "6", "text", "T"]
    assert tiny.split() == ["tiny", "to", "fetch", "84,022", "text", "T"]
    assert "text are for `seqgen chars` and `seqgen words`" in call("list").stderr
    call("fetch", "tiny", "--mirror", mirror)
    assert "fetched" in call("list").stdout


def test_list_prints_json(mirror: Path) -> None:
    poem, tiny = json.loads(call("list", "--json").stdout)["corpora"]
    assert (poem["name"], poem["kind"], poem["here"], poem["licence"]) == ("poem", "embedded", True, "L")
    assert (tiny["kind"], tiny["here"], tiny["bytes"]) == ("fetched", False, sum(map(len, FILES.values())))
    assert tiny["files"][0].keys() == {"name", "bytes", "sha256", "url"}


def test_fetch_prints_where(mirror: Path, tmp_path: Path) -> None:
    result = call("fetch", "tiny", "poem", "--mirror", mirror)
    assert result.stdout.splitlines() == [
        str(places.cached("tiny", "one.txt").parent),
        str(tmp_path / "corpora" / "poem" / "poem.txt"),
    ]
    assert result.stderr.splitlines() == ["tiny: here, as pinned", "poem: here, as pinned"]


def test_a_long_fetch_says_how_far_it_is(mirror: Path, tmp_path: Path) -> None:
    files = {f"{number:03}.txt": b"%d" % number for number in range(205)}
    write(tmp_path / "corpora" / "tiny" / "corpus.toml", toml(files, fetched=True).encode())
    for name, data in files.items():
        write(mirror / "tiny" / name, data)
    said = ["tiny: 100 of 205 files", "tiny: 200 of 205 files", "tiny: here, as pinned"]
    assert call("fetch", "tiny", "--mirror", mirror).stderr.splitlines() == said
    assert call("fetch", "tiny", "--mirror", mirror).stderr.splitlines() == said[2:]


def test_path_is_all_that_path_prints(mirror: Path, tmp_path: Path) -> None:
    result = call("path", "poem")
    assert (result.stdout, result.stderr) == (f"{tmp_path / 'corpora' / 'poem' / 'poem.txt'}\n", "")
    assert isinstance(call("path", "pome").exception, UnknownName)


def test_verify_tells_what_failed(mirror: Path) -> None:
    assert call("verify").stdout == "poem ok\n"
    assert isinstance(call("verify", "tiny").exception, CheckFailed)
    assert call("verify", "--mirror", mirror).stdout == "poem ok\ntiny ok\n"
    call("fetch", "tiny", "--mirror", mirror)
    assert call("verify").stdout == "poem ok\ntiny ok\n"
    write(places.cached("tiny", "two.txt"), b"other")
    result = call("verify", "tiny", "poem")
    assert result.stdout == "tiny failed\npoem ok\n"
    assert isinstance(result.exception, CheckFailed) and "two.txt" in str(result.exception)


def test_help_is_plain() -> None:
    assert typer.main.get_command(app).rich_markup_mode is None  # type: ignore[attr-defined]
    for command in ("list", "fetch", "path", "verify"):
        assert call(command, "--help").exit_code == 0
