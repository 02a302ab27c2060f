"""Which files of a corpus are read, and what becomes of documents that repeat others: for domains that ask for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import seqgen
from seqgen import corpus
from seqgen.api.asking import Kinds, Request
from seqgen.api.evaluating import find_source
from seqgen.api.preparing import Documents, prepare_request
from seqgen.domain import Document, Domain, Notes, Selection
from seqgen.errors import CorpusError, UnknownName
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins
from tests.runs import SMALL, one_thread
from tests.tiny import Tiny

FILES = {"a.let": "abc", "b.txt": "no", "src/c.let": "cab", "src/deep/d.let": "bca", "tests/e.let": "abc", "x.LET": "c"}


def read(path: Path, options: Selection, notes: Notes) -> Iterator[Document]:
    notes["files read"] += 1
    text = path.read_bytes().decode()
    yield Document(path.name, (text[:2], text[2:]) if path.name == "c.let" else text)


LETTERS = Domain(
    "letters", "letters", (".let",), ("document",), "tiny", Selection, read, lambda pieces, path: None, str
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "all" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "all" / name).write_bytes(text.encode())
    return tmp_path / "all"


def names(folder: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> str:
    found = corpus.find(str(folder)).matching(include, exclude)
    return " ".join(path.relative_to(folder).as_posix() for path in found.files)


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        ((), (), " ".join(FILES)),
        (("*.let",), (), "a.let src/c.let src/deep/d.let tests/e.let"),
        (("*.let",), ("tests",), "a.let src/c.let src/deep/d.let"),
        (("src",), (), "src/c.let src/deep/d.let"),
        (("src/*",), ("deep",), "src/c.let"),
        (("*/deep/*", "b.*"), (), "b.txt src/deep/d.let"),
        (("**/src/*",), (), "src/c.let src/deep/d.let"),
        ((), ("*.let", "*.LET"), "b.txt"),
        (("sr",), ("zz",), None),
        ((), ("*",), None),
    ],
)
def test_patterns_choose_files(
    folder: Path, include: tuple[str, ...], exclude: tuple[str, ...], left: str | None
) -> None:
    if left is None:
        with pytest.raises(CorpusError, match=r"none of its 6 files matches: .*Change --include or --exclude"):
            names(folder, include, exclude)
    else:
        assert names(folder, include, exclude) == left


def test_the_folders_above_a_corpus_do_not_count(folder: Path) -> None:
    assert names(folder, exclude=("all",)) == " ".join(FILES) == names(folder, exclude=("*/all/*",))


def texts(spec: Path, **reading: object) -> tuple[list[str], dict[str, int]]:
    """The documents of a corpus of letters, read twice, and the notes of the first time."""
    documents = Documents.of(Request(str(spec), "letters", reading=dict(reading)), Kinds(LETTERS, Tiny))
    found = ["".join(each.content) for each in documents()]
    notes = dict(documents.notes)
    assert ["".join(each.content) for each in documents()] == found
    return found, notes


def test_a_folder_is_read_for_its_domain_and_what_repeats_is_dropped(folder: Path) -> None:
    said = {"files left out by their names": 1, "files read": 5, "documents that repeat another dropped": 1}
    assert texts(folder) == (["abc", "cab", "bca", "c"], said)
    kept, notes = texts(folder, duplicates="keep")
    assert kept == ["abc", "cab", "bca", "abc", "c"] and "documents that repeat another dropped" not in notes
    assert texts(folder, include=("b.txt", "x.LET"))[0] == ["no", "c"]
    assert texts(folder / "b.txt")[0] == ["no"], "a file that is named is read, whatever its name"
    assert texts(folder / "*")[0] == ["abc", "no", "c"]


def test_line_ends_do_not_make_another_text(folder: Path) -> None:
    for name, text in {"a.let": b"a\nb\n", "src/c.let": b"a\r\nb\r\n", "tests/e.let": b"a\rb\r"}.items():
        (folder / name).write_bytes(text)
    assert texts(folder)[0] == ["a\nb\n", "bca", "c"]


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"what is done about duplicates, 'hide'.*Known: drop, keep"):
        Selection(duplicates="hide")  # type: ignore[arg-type]


class Letters:
    """A plugin of letters."""

    @hookimpl
    def seqgen_domains(self) -> list[Domain]:
        return [LETTERS]

    @hookimpl
    def seqgen_tokenizers(self) -> list[type[Tiny]]:
        return [Tiny]


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plugins:
    found = Plugins()
    found.add(Letters(), "letters")
    assert found.broken == {}
    for room in ("asking", "models", "evaluating", "running"):
        monkeypatch.setattr(f"seqgen.api.{room}.find", lambda: found)
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path / "cache"))
    return found


def test_a_store_has_the_notes_of_one_pass_and_does_not_change_with_other_files(folder: Path, plugins: Plugins) -> None:
    request = Request(str(folder), "letters", {"split": "100,0,0"})
    first = prepare_request(request, plugins=plugins)
    assert first.store.header.notes == {
        "files left out by their names": 1, "files read": 5, "documents that repeat another dropped": 1,
    }  # fmt: skip
    assert set(first.hashes) == {"a.let", "src/c.let", "src/deep/d.let", "tests/e.let", "x.LET"}
    (folder / "b.txt").write_text("changed", "utf-8")
    assert prepare_request(request, plugins=plugins).store.folder == first.store.folder


def test_a_model_knows_its_corpus_again_among_other_files(folder: Path, plugins: Plugins, tmp_path: Path) -> None:
    options = SMALL | {"split": "50,50,0", "exclude": ("tests",), "steps": 2, "validations": 1}
    with one_thread():
        model = seqgen.train(folder, domain="letters", out=tmp_path / "run", **options)
    folder.rename(tmp_path / "moved")
    (tmp_path / "moved" / "more.txt").write_text("more", "utf-8")
    found = find_source(model, tmp_path / "run", corpus=str(tmp_path / "moved"))
    assert (found.part, found.training is None) == ("validation", False)
    other = tmp_path / "tests"
    other.mkdir()
    (other / "f.let").write_text("bbb", "utf-8")
    assert find_source(model, tmp_path / "run", corpus=str(other)).part == "all"
    assert replace(LETTERS, name="x").options is Selection
