"""Named corpora, and the ways to name one's own files."""

import io
import os
import platform
import re
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqgen import corpus
from seqgen.corpus import builders, catalogue, places
from seqgen.errors import CheckFailed, CorpusError, InputError, UnknownName, UsageError
from tests.catalogue import FILES, make, toml, write


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make(tmp_path, monkeypatch)


def test_catalogue_pins_what_the_house_knows() -> None:
    assert corpus.names() == [
        "alice",
        "blues",
        "fantasy-names",
        "irish-melodies",
        "names",
        "nottingham",
        "python-reference",
        "sherlock",
        "stdlib",
        "tinyshakespeare",
        "tunes",
    ]
    kinds = {name: corpus.describe(name).kind for name in corpus.names()}
    assert [name for name, kind in kinds.items() if kind == "fetched"] == [
        "alice",
        "irish-melodies",
        "names",
        "nottingham",
        "sherlock",
        "tinyshakespeare",
    ]
    for name in corpus.names():
        entry = corpus.describe(name)
        assert entry.title and entry.licence and entry.source
        assert sum(entry.split) == pytest.approx(1)
    assert corpus.describe("tinyshakespeare").split == (0.9, 0.1, 0.0)


def test_fantasy_names_are_worth_imitating() -> None:
    found = corpus.find("fantasy-names")
    lists = [file.read_text("ascii").splitlines() for file in found.files]
    names = [name for each in lists for name in each]
    assert len(lists) == 10 and min(map(len, lists)) >= 180
    assert len({name.lower() for name in names}) == len(names) >= 1900
    for each in lists:
        assert each == sorted(each)
    for name in names:
        assert re.fullmatch(r"[A-Z][a-z]+(['-]?[A-Za-z]+| [A-Z][a-z]+)?", name), name
        assert 4 <= sum(letter.isalpha() for letter in name) <= 14, name
    assert all(any(sign in name for name in names) for sign in " '-")
    assert found.documents == "line" and found.domain == "text"
    assert f"{len(names):,}" in corpus.describe("fantasy-names").title


def test_python_reference_is_built_and_mended() -> None:
    from pydoc_data.topics import topics

    found = corpus.find("python-reference")
    assert {file.stem: file.read_text("utf-8") for file in found.files} == topics
    assert found.files[0].parent.name == platform.python_version()
    found.files[0].write_bytes(b"damaged")
    written = found.files[1].stat().st_mtime_ns
    corpus.verify("python-reference")
    assert found.files[0].read_text("utf-8") == topics[found.files[0].stem]
    assert found.files[1].stat().st_mtime_ns == written


def test_python_without_topics_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(CorpusError, match=r"pydoc_data\.topics"):
        corpus.find("python-reference")


def test_stdlib_is_read_in_place() -> None:
    found = corpus.find("stdlib")
    root = Path(sysconfig.get_path("stdlib"))
    parts = {part for file in found.files for part in file.relative_to(root).parts}
    assert len(found.files) > 400 and {"json", "argparse.py"} <= parts
    assert not parts & {"site-packages", "test", "tests", "idle_test"}
    assert "json/decoder.py" in found.hashes()


def test_stdlib_that_is_not_there_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builders, "sysconfig", SimpleNamespace(get_path=lambda _: str(tmp_path)))
    with pytest.raises(CorpusError, match="library"):
        corpus.find("stdlib")


def test_find_takes_a_name_before_a_file(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "poem", b"mine")
    monkeypatch.chdir(tmp_path)
    named = corpus.find("poem")
    assert [file.read_bytes() for file in named.files] == [b"roses\n"]
    assert (named.domain, named.documents, named.split, named.licence) == ("text", "line", (0.8, 0.2, 0.0), "L")
    assert corpus.find("./poem").files[0].read_bytes() == b"mine"


def test_find_takes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.txt", b"a")
    monkeypatch.chdir(tmp_path)
    found = corpus.find("a.txt")
    assert (found.name, found.files, found.documents, found.domain) == ("a.txt", (tmp_path / "a.txt",), None, None)
    assert list(found.hashes()) == ["a.txt"]
    monkeypatch.chdir("/")
    assert corpus.find(found.spec) == found


def test_find_takes_a_folder(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/y/x", ".hidden", ".git/config", "a/.DS_Store"):
        write(tmp_path / "mine" / name, name.encode())
    found = corpus.find(str(tmp_path / "mine"))
    assert list(found.hashes()) == ["a/y/x", "a/z.txt", "b.txt"]
    assert (found.name, found.documents) == ("mine", "file")
    assert corpus.find(found.spec) == found


def test_find_takes_a_glob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "with [brackets]"
    for name in ("b.txt", "a.txt", "c.md", "d.txt/e", "f/g.txt"):
        write(place / name, b"x")
    monkeypatch.chdir(place)
    found = corpus.find("*.txt")
    assert [file.name for file in found.files] == ["a.txt", "b.txt"]
    assert [file.name for file in corpus.find("**/*.txt").files] == ["a.txt", "b.txt", "g.txt"]
    monkeypatch.chdir("/")
    assert corpus.find(found.spec).files == found.files
    with pytest.raises(UsageError, match="matches no file"):
        corpus.find(str(place / "*.xml"))


def test_find_takes_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"from a pipe")))
    found = corpus.find("-")
    assert found.files[0].read_bytes() == b"from a pipe" and found.name == "-"
    assert corpus.find(found.spec).files == found.files
    assert len(list(found.files[0].parent.iterdir())) == 1
    with pytest.raises(CorpusError, match="nothing came"):
        corpus.find("-")
    assert len(list(found.files[0].parent.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names here")
def test_find_takes_a_pipe_of_the_shell() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    found = corpus.find(f"/dev/fd/{reading}")
    os.close(reading)
    assert found.files[0].read_bytes() == b"piped"


def test_what_cannot_be_found_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'sherlock'"):
        corpus.find("sherlok")
    with pytest.raises(UsageError, match="no such file or folder"):
        corpus.find(str(tmp_path / "missing.txt"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="no visible files"):
        corpus.find(str(tmp_path / "empty"))


def test_an_embedded_file_that_changed_is_reported(mirror: Path, tmp_path: Path) -> None:
    write(tmp_path / "corpora" / "poem" / "poem.txt", b"rosez\n")
    with pytest.raises(CorpusError, match="poem"):
        corpus.find("poem")
    with pytest.raises(CheckFailed, match="sha256"):
        corpus.verify("poem")


def test_an_installed_catalogue_goes_before_a_checkout(mirror: Path, tmp_path: Path) -> None:
    write(tmp_path / "seqgen" / "_corpora" / "only" / "corpus.toml", toml(FILES, fetched=True).encode())
    assert corpus.names() == ["only"]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('name = "one.txt"', 'name = "../one.txt"', "plain"),
        ("https://", "http://", "https"),
        ("bytes = 84000", "bytes = 0", "size"),
        ('sha256 = "', 'sha256 = "x', "sha256"),
        ('title = "T"', 'titel = "T"', "title"),
        ('documents = "line"', 'documents = "lines"', "documents"),
        ("[[files]]", 'builder = "stdlib"\n[[files]]', "files or a builder"),
        ('title = "T"', "title = ", "Correct it"),
        ('url = "https://example.org/one.txt"', "", "all or none"),
    ],
)
def test_a_broken_catalogue_file_is_refused(mirror: Path, tmp_path: Path, old: str, new: str, word: str) -> None:
    text = toml(FILES, fetched=True)
    assert old in text
    write(tmp_path / "corpora" / "tiny" / "corpus.toml", text.replace(old, new, 1).encode())
    with pytest.raises(InputError, match=word):
        corpus.describe("tiny")


def test_a_builder_that_is_unknown_is_named(mirror: Path, tmp_path: Path) -> None:
    text = toml({}, fetched=False) + 'builder = "stdlibb"\n'
    write(tmp_path / "corpora" / "made" / "corpus.toml", text.encode())
    with pytest.raises(UnknownName, match="Did you mean 'stdlib'"):
        corpus.find("made")


@pytest.mark.parametrize(
    ("builder", "word"),
    [("seqgen_absent.blues:build", "No module named 'seqgen_absent'"), ("json:built", "no attribute 'built'")],
)
def test_a_plugin_that_cannot_build_is_explained(mirror: Path, tmp_path: Path, builder: str, word: str) -> None:
    text = toml({}, fetched=False) + f'builder = "{builder}"\n'
    write(tmp_path / "corpora" / "made" / "corpus.toml", text.encode())
    with pytest.raises(CorpusError, match=f"{word}.*Install seqgen anew"):
        corpus.find("made")


def test_a_plugin_builds(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "of_a_plugin.py", b"from pathlib import Path\ndef build(): return (Path(__file__),)\n")
    monkeypatch.syspath_prepend(tmp_path)
    text = toml({}, fetched=False) + 'builder = "of_a_plugin:build"\n'
    write(tmp_path / "corpora" / "made" / "corpus.toml", text.encode())
    assert corpus.describe("made").kind == "built" and "of_a_plugin" not in sys.modules
    assert corpus.find("made").files == (tmp_path / "of_a_plugin.py",)


LISTED = toml({}, fetched=False) + 'base = "https://example.org/many/"\n'
PIN = "0" * 64


def listed(folder: Path, *, files: str | None, text: str = LISTED) -> None:
    """Put a corpus into the catalogue whose files stand in a list."""
    write(folder / "corpora" / "many" / "corpus.toml", text.encode())
    if files is not None:
        write(folder / "corpora" / "many" / "files.tsv", files.encode())


def test_many_files_stand_in_a_list(mirror: Path, tmp_path: Path) -> None:
    listed(tmp_path, files=f"a.mid\t12\t{PIN}\nb.mid\t7\t{PIN}\n")
    entry = corpus.describe("many")
    assert entry.kind == "fetched" and entry.files == (
        corpus.CorpusFile("a.mid", 12, PIN, "https://example.org/many/a.mid"),
        corpus.CorpusFile("b.mid", 7, PIN, "https://example.org/many/b.mid"),
    )


@pytest.mark.parametrize(
    ("files", "word"),
    [
        (None, "files.tsv"),
        ("", "files or a builder"),
        (f"a.mid\t12\t{PIN}\na.mid\t12\n", "line 2 of files.tsv"),
        (f"a.mid\ttwelve\t{PIN}\n", "line 1 of files.tsv"),
        (f"../a.mid\t12\t{PIN}\n", "plain"),
        (f"a.mid\t12\t{PIN[1:]}\n", "sha256"),
        (f"a.mid\t12\t{PIN}\nA.mid\t12\t{PIN}\n", "one name"),
    ],
)
def test_a_broken_list_is_refused(mirror: Path, tmp_path: Path, files: str | None, word: str) -> None:
    listed(tmp_path, files=files)
    with pytest.raises(InputError, match=word):
        corpus.describe("many")


def test_a_list_and_tables_do_not_go_together(mirror: Path, tmp_path: Path) -> None:
    listed(tmp_path, files=f"a.mid\t12\t{PIN}\n", text=LISTED + toml(FILES, fetched=True).partition("0]\n")[2])
    with pytest.raises(InputError, match="base"):
        corpus.describe("many")


def test_a_list_of_plain_http_is_refused(mirror: Path, tmp_path: Path) -> None:
    listed(tmp_path, files=f"a.mid\t12\t{PIN}\n", text=LISTED.replace("https", "http"))
    with pytest.raises(InputError, match="https"):
        corpus.describe("many")


def test_another_corpus_is_found_without_the_list(mirror: Path, tmp_path: Path) -> None:
    listed(tmp_path, files="broken")
    assert corpus.find("poem").name == "poem" and "many" in corpus.names()
    with pytest.raises(InputError):
        corpus.describe("many")


@pytest.mark.parametrize(
    ("name", "count", "size"), [("irish-melodies", 1195, 2_390_354), ("nottingham", 1034, 3_184_644)]
)
def test_tunes_are_pinned_one_by_one(name: str, count: int, size: int) -> None:
    entry = corpus.describe(name)
    assert (len(entry.files), sum(file.bytes for file in entry.files)) == (count, size)
    assert entry.domain == "midi" and f"{count:,}" in entry.title
    assert all(re.search(r"/[0-9a-f]{40}/", file.url) and file.url.endswith(f"/{file.name}") for file in entry.files)


def test_a_cache_that_cannot_be_made_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "file", b"")
    monkeypatch.setenv(places.CACHE, str(tmp_path / "file"))
    with pytest.raises(InputError, match=places.CACHE):
        corpus.find("python-reference")


def test_the_cache_has_its_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(places.CACHE)
    file = catalogue.describe("alice").files[0]
    assert catalogue.describe("alice").place(file).parts[-4:] == ("seqgen", "corpora", "alice", "11-0.txt")
