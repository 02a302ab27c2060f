"""Which reader reads a file: installing one changes nothing about what the domain itself reads."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seqgen.api.asking import Kinds, Request
from seqgen.api.preparing import Documents, Prepared, prepare_request
from seqgen.api.readers import Readers
from seqgen.domain import Document, Domain, Notes, Reader, Selection
from seqgen.errors import UnknownName, UsageError
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins
from seqgen.testing import QUICK, examine
from seqgen.tokenizer import Tokenizer
from tests.tiny import Tiny


def reading(word: str) -> Callable[[Path, Any, Notes], Iterator[Document]]:
    """What reads every file as that word, a letter a symbol."""

    def read(path: Path, options: Any, notes: Notes) -> Iterator[Document]:
        yield from (Document(f"{path.name}:{number}", word) for number in range(4))

    return read


def write(pieces: Iterable[str], path: Path) -> None:
    path.write_text("".join(pieces), "utf-8")


LETTERS = Domain("letters", "letters", (".let",), ("document",), "tiny", Selection, reading("own"), write, str)


def plugin(**hooks: list[Any]) -> ModuleType:
    """A plugin that gives these records."""
    module = ModuleType("made")
    for name, records in hooks.items():

        def answer(records: list[Any] = records) -> list[Any]:
            return records

        setattr(module, name, hookimpl(answer))
    return module


def installed(*readers: Reader) -> Plugins:
    """A domain of letters, and a plugin for each of the readers."""
    found = Plugins(())
    found.add(plugin(seqgen_domains=[LETTERS], seqgen_tokenizers=[Tiny]), "letters")
    for number, reader in enumerate(readers):
        found.add(plugin(seqgen_readers=[reader]), f"plugin-{number}")
    assert not found.broken
    return found


class Alphabet(Tiny):
    """A tokenizer for files that the domain alone does not read."""

    name = "alphabet"
    suffix = ".abc"


ABC = Reader("abc", "letters", (".let", ".abc"), reading("abc"))
CAB = Reader("cab", "letters", (".abc",), reading("cab"))


def words(plugins: Plugins, path: Path, asked: str = "") -> set[str]:
    kinds = Kinds(LETTERS, Tiny, plugins)
    choices = {"reader": asked} if asked else {}
    return {document.content for document in Documents.of(Request(str(path), "letters", choices), kinds)()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("one.let", "two.abc", "three.ABC", "four.odd"):
        (tmp_path / "all" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "all" / name).write_text(name, "utf-8")
    return tmp_path / "all"


@pytest.mark.parametrize(
    ("readers", "name", "asked", "word"),
    [
        ((), "one.let", "", "own"),
        ((ABC, CAB), "one.let", "", "own"),
        ((ABC, CAB), "one.let", "abc", "abc"),
        ((CAB,), "two.abc", "", "cab"),
        ((CAB,), "three.ABC", "", "cab"),
        ((ABC, CAB), "two.abc", "abc", "abc"),
        ((ABC, CAB), "four.odd", "", "own"),
        ((ABC, CAB), "one.let", "cab", "own"),
    ],
)
def test_who_reads_a_file(files: Path, readers: tuple[Reader, ...], name: str, asked: str, word: str) -> None:
    assert words(installed(*readers), files / name, asked) == {word}


@pytest.mark.parametrize(("tokenizer", "word"), [(Tiny, "abc"), (Alphabet, "own")])
def test_what_the_tokenizer_is_made_for_is_of_the_domain(files: Path, tokenizer: type[Tokenizer], word: str) -> None:
    kinds = Kinds(LETTERS, tokenizer, installed(ABC))
    documents = Documents.of(Request(str(files / "two.abc"), "letters"), kinds)
    assert {each.content for each in documents()} == {word}
    assert documents.read_by() == ([("abc", 1)] if word == "abc" else [])


def test_two_strangers_for_one_suffix_are_named_with_the_way_out(files: Path) -> None:
    with pytest.raises(UsageError, match=r"files in .abc are read by abc and by cab. Choose one with --reader NAME"):
        words(installed(ABC, CAB), files / "two.abc")


def test_a_name_that_nobody_has_is_refused(files: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'abc'"):
        words(installed(ABC), files / "one.let", "abd")


def test_other_plugins_are_not_loaded_for_files_of_the_domain(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = installed(ABC)
    monkeypatch.setattr(Plugins, "of_domain", None)
    assert Readers.of(LETTERS, plugins).of_file(files / "one.let").name == ""
    assert Readers.of(LETTERS, plugins, suffix=".abc").of_file(files / "two.abc").name == ""


def test_a_folder_has_the_files_of_the_reader_asked_for_as_well(files: Path) -> None:
    assert words(installed(ABC, CAB), files) == {"own"}
    assert words(installed(ABC, CAB), files, "cab") == {"own", "cab"}


def prepared(plugins: Plugins, path: Path, asked: str = "") -> Prepared:
    choices = {"split": "50,50,0"} | ({"reader": asked} if asked else {})
    request = Request(str(path), "letters", choices, {"duplicates": "keep"})
    return prepare_request(request, plugins=plugins)


def test_a_run_knows_what_read_its_corpus_and_each_reader_has_a_store(files: Path) -> None:
    newer = Reader("abc", "letters", (".let",), reading("bca"), version=2)
    stores = [
        prepared(installed(ABC), files / "one.let"),
        prepared(installed(ABC), files / "one.let", "abc"),
        prepared(installed(newer), files / "one.let", "abc"),
    ]
    assert [each.request.choices.get("reader") for each in stores] == [None, "abc", "abc"]
    assert len({(each.store.codec.vocabulary.symbols, each.store.ids("train").tobytes()) for each in stores}) == 3


def test_the_only_reader_of_a_suffix_is_written_down(files: Path) -> None:
    assert prepared(installed(CAB), files / "two.abc").request.choices["reader"] == "cab"


def test_a_reader_of_none_of_the_files_is_refused(files: Path) -> None:
    with pytest.raises(UsageError, match=r"it reads files in .abc, and one.let has none. Leave --reader out"):
        prepared(installed(CAB), files / "one.let", "cab")


@pytest.mark.parametrize(("name", "suffixes"), [("", (".x",)), ("A b", (".x",)), ("x", ".x"), ("x", ())])
def test_a_reader_that_cannot_be_asked_for_is_left_out(name: str, suffixes: Any) -> None:
    found = Plugins(())
    found.add(plugin(seqgen_readers=[Reader(name, "letters", suffixes, reading("x"))]), "broken")
    assert "broken" in found.broken


def test_the_checks_of_plugins_try_readers(files: Path) -> None:
    def fragile(path: Path, options: Any, notes: Notes) -> Iterator[Document]:
        yield Document(path.name, path.read_bytes().decode())

    for read, outcome in ((reading("abc"), "passed"), (fragile, "failed")):
        plugins = installed(Reader("abc", "letters", (".abc",), read))
        found = examine("plugin-0", plugins=plugins, effort=QUICK)
        outcomes = {each.name: each.outcome for each in found}
        assert outcomes == {"reader abc: files": "passed", "reader abc: foreign bytes": outcome}
