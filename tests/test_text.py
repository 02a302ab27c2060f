"""Text files: encodings, line ends, documents."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqgen.domain import Notes
from seqgen.errors import InputError, TextError, UnknownName, UsageError
from seqgen.text import TextOptions, read_documents, read_text, write_text
from seqgen.text import reading as text

# A text that begins with a byte order mark loses it, and NUL makes the mark of UTF-16 that of UTF-32.
texts = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda t: not t.startswith(("\ufeff", "\0")))
whole = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.txt"


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 5)


def read(path: Path, notes: Notes | None = None, **options: str) -> str:
    return "".join(read_text(path, TextOptions(**options), Notes() if notes is None else notes))  # type: ignore[arg-type]


def documents(path: Path, notes: Notes | None = None, **options: str) -> list[tuple[str, str]]:
    found = read_documents(path, TextOptions(**options), Notes() if notes is None else notes)  # type: ignore[arg-type]
    return [(d.name, "".join(d.content)) for d in found]


@whole
@given(texts)
def test_what_is_written_is_read(path: Path, content: str) -> None:
    write_text(iter(content), path)
    assert read(path, newlines="keep") == content
    assert path.read_bytes() == content.encode()


@whole
@given(texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]))
def test_encodings_by_mark_and_by_name(small_pieces: None, path: Path, content: str, encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-be": codecs.BOM_UTF32_BE}
    path.write_bytes(marks.get(encoding, b"") + content.encode(encoding))
    assert read(path, newlines="keep") == content
    assert read(path, newlines="keep", encoding=encoding) == content


def test_an_encoding_by_name_needs_no_mark(path: Path) -> None:
    path.write_bytes("né".encode("utf-16-le"))
    assert read(path, encoding="UTF-16LE") == "né"
    path.write_bytes(b"n\xe9")
    assert read(path, encoding="latin-1") == "né"
    path.write_bytes("né".encode("cp1252"))
    assert read(path, encoding="cp1252") == "né"


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "hex", "", "a\0b"])
def test_an_unknown_encoding_is_refused_at_once(encoding: str) -> None:
    with pytest.raises(UnknownName, match="encoding"):
        TextOptions(encoding=encoding)


def test_the_other_options_are_held_to_their_choices() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'line'"):
        TextOptions(documents="lines")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="normalise"):
        TextOptions(newlines="normalize")  # type: ignore[arg-type]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("before", range(9))
def test_a_byte_that_is_not_text_is_found_wherever_the_pieces_end(
    small_pieces: None, path: Path, before: int, mark: bytes
) -> None:
    good = mark + ("é" * 4 + "a").encode()[:before] if before % 2 == 0 else mark + b"a" * before
    path.write_bytes(good + b"\xff" + b"rest")
    with pytest.raises(TextError) as caught:
        read(path)
    assert f"the byte 0xFF at offset {len(good)} does not fit" in str(caught.value)
    assert str(path) in str(caught.value) and "latin-1" in str(caught.value) and caught.value.exit_code == 4


def test_text_that_breaks_off_is_refused(small_pieces: None, path: Path) -> None:
    path.write_bytes(b"abcd\xe2\x82")
    with pytest.raises(TextError, match="0xE2 at offset 4"):
        read(path)
    path.write_bytes(codecs.BOM_UTF16_BE + b"\0a\0b\0")
    with pytest.raises(TextError, match="as utf-16-be: the byte 0x00 at offset 6"):
        read(path)
    path.write_bytes(b"no mark")
    with pytest.raises(TextError, match="utf-16"):
        read(path, encoding="utf-16")


@pytest.mark.parametrize("content", ["a\r\nb\rc\nd\r", "\r\r\n\r\n\n\r", "ab\r\n\r\nc\r\n"])
def test_line_ends_become_line_feeds_wherever_the_pieces_end(
    monkeypatch: pytest.MonkeyPatch, path: Path, content: str
) -> None:
    path.write_bytes(content.encode())
    for size in range(1, 8):
        monkeypatch.setattr(text, "PIECE", size)
        notes = Notes()
        assert read(path, notes) == content.replace("\r\n", "\n").replace("\r", "\n")
        assert notes[text.RETURNS] == content.count("\r")
        assert read(path, newlines="keep") == content


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for bad, error, said in ((tmp_path / "absent.txt", UsageError, "no such file"), (tmp_path, InputError, "a folder")):
        with pytest.raises(error, match=said) as caught:
            read(bad)
        assert str(bad) in str(caught.value)
    with pytest.raises(InputError, match="folder exists"):
        write_text(["a"], tmp_path / "absent" / "a.txt")


def test_the_notes_tell_what_was_met(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_LE + "a\0\r\n".encode("utf-16-le"))
    notes = Notes()
    assert documents(path, notes) == [("book.txt", "a\0\n")]
    assert notes == {"files in utf-16-le": 1, text.RETURNS: 1, text.NULS: 1}


def test_a_file_is_a_document(path: Path) -> None:
    path.write_text("one\n\ntwo\n")
    assert documents(path) == [("book.txt", "one\n\ntwo\n")]


@pytest.mark.parametrize("content", ["", "\n", "\r\n", "\r", "\ufeff", "\ufeff\n"])
@pytest.mark.parametrize("unit", ["file", "line"])
def test_a_document_of_line_ends_alone_is_dropped_and_counted(path: Path, content: str, unit: str) -> None:
    path.write_bytes(content.encode())
    notes = Notes()
    assert documents(path, notes, documents=unit) == []
    assert notes[text.EMPTY] == (1 if unit == "file" else content.count("\n") or content.count("\r"))


@pytest.mark.parametrize("newlines", ["normalise", "keep"])
def test_a_line_is_a_document_named_by_its_number(small_pieces: None, path: Path, newlines: str) -> None:
    path.write_bytes("Anna\r\n\r\nJosé\x0b\u2028\x85\r\n \r\nlast".encode())
    notes = Notes()
    found = documents(path, notes, documents="line", newlines=newlines)
    kept = {1: "Anna", 3: "José\x0b\u2028\x85", 4: " ", 5: "last"}
    assert found == [(f"book.txt:{number}", line) for number, line in kept.items()]
    assert notes[text.EMPTY] == 1


@whole
@given(st.lists(st.text("ab \n"), max_size=8).map("".join))
def test_lines_are_those_of_splitting_at_line_feeds(small_pieces: None, path: Path, content: str) -> None:
    path.write_text(content)
    notes = Notes()
    assert [d for _, d in documents(path, notes, documents="line")] == [line for line in content.split("\n") if line]
    kept = content.removesuffix("\n").split("\n") if content else []
    assert notes[text.EMPTY] == kept.count("")


@pytest.mark.parametrize("newlines", ["normalise", "keep"])
def test_blank_lines_separate_documents(small_pieces: None, path: Path, newlines: str) -> None:
    path.write_bytes(b"\r\none\r\n  two\r\n \t\r\n\r\nthree\r\n\r\n")
    line_end = "\n" if newlines == "normalise" else "\r\n"
    found = documents(path, documents="blank-line", newlines=newlines)
    assert found == [("book.txt:2", f"one{line_end}  two"), ("book.txt:6", "three")]


def test_a_long_file_is_read_in_pieces_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(text, "PIECE", 8)
    path.write_bytes(b"line\r\n" * 10)
    notes = Notes()
    [document] = read_documents(path, TextOptions(), notes)
    assert not isinstance(document.content, str)
    for _ in range(3):
        pieces = list(document.content)
        assert "".join(pieces) == "line\n" * 10 and max(map(len, pieces)) <= 9
    assert notes == {"files in utf-8": 1, text.RETURNS: 10}


def test_a_long_file_is_read_no_further_than_asked(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(text, "PIECE", 8)
    path.write_bytes(b"line\n" * 100 + b"\xff")
    [document] = read_documents(path, TextOptions(), Notes())
    pieces: Iterator[str] = iter(document.content)
    assert next(pieces) == "line\nlin"
    first = read_documents(path, TextOptions(documents="line"), Notes())
    assert next(first).name == "book.txt:1"
    with pytest.raises(TextError, match="offset 500"):
        list(pieces)
