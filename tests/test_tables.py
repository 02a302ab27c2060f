"""Tables and prefixes: documents with what is known about them, read a row or a line at a time."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seqgen.text.reading
from seqgen.domain import Document, Notes
from seqgen.errors import TextError, UnknownName, UsageError
from seqgen.text import TextOptions, read_documents
from seqgen.text.tables import Row, read_table

POEMS = 'id,author,text\n1, Austen ,"a, ""b""\nc"\n2,,d\n\n3,Bronte,\n4,Bronte,e: f\n'


def documents(path: Path, text: str | bytes, notes: Notes | None = None, **options: Any) -> list[Document]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_documents(path, TextOptions(**options), Notes() if notes is None else notes))


def test_each_row_is_a_document_with_its_labels(tmp_path: Path) -> None:
    notes = Notes()
    found = documents(tmp_path / "poems.CSV", POEMS, notes, text_column="text", label_columns=("author", "id"))
    assert found == [
        Document("poems.CSV:2", 'a, "b"\nc', {"author": "Austen", "id": "1"}),
        Document("poems.CSV:4", "d", {"id": "2"}),
        Document("poems.CSV:7", "e: f", {"author": "Bronte", "id": "4"}),
    ]
    assert notes == {"files in utf-8": 1, "empty documents dropped": 1}
    (plain, *_) = documents(tmp_path / "poems.csv", POEMS, text_column="text")
    assert plain == Document("poems.csv:2", 'a, "b"\nc') and plain.labels == {}


@pytest.mark.parametrize(("newlines", "text"), [("normalise", "a\nb"), ("keep", "a\r\nb")])
def test_a_table_of_tabs_in_utf_16(newlines: str, text: str, tmp_path: Path) -> None:
    table = 'author\ttext\r\nAustén\t"a\r\nb"\r\nshort\r\n'
    options: dict[str, Any] = {"text_column": "text", "label_columns": ("author",), "newlines": newlines}
    notes = Notes()
    assert documents(tmp_path / "poems.tsv", table.encode("utf-16"), notes, **options) == [
        Document("poems.tsv:2", text, {"author": "Austén"})
    ]
    assert notes["empty documents dropped"] == 1


fields = st.text('ab,;" \n\té', max_size=6)


@given(st.lists(st.tuples(fields, fields), max_size=6), st.sampled_from([".csv", ".tsv"]))
def test_what_a_writer_of_tables_wrote_comes_back(rows: list[tuple[str, str]], suffix: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("kind", "text"), *rows])
    lines = out.getvalue().splitlines(keepends=True) if "\r" in out.getvalue() else out.getvalue().split("\n")
    found = read_table((f"{line}\n" for line in lines[:-1]), Path(f"x{suffix}"), text="text", labels=("kind",))
    wanted = [(text, {"kind": kind.strip()} if kind.strip() else {}) for kind, text in rows]
    assert [(row.text, row.labels) for row in found] == wanted


def test_a_table_is_read_as_it_comes(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield "text\n"
        for number in range(10**9):
            yield f"{number}\n"

    found = read_table(lines(), tmp_path / "long.csv", text="text", labels=())
    assert list(islice(found, 2)) == [Row(2, "0", {}), Row(3, "1", {})]


def test_a_field_may_be_a_book(tmp_path: Path) -> None:
    (book,) = documents(tmp_path / "books.csv", "text\n" + "a" * 200_000, text_column="text")
    assert len(book.content) == 200_000


def test_an_empty_table_holds_nothing(tmp_path: Path) -> None:
    assert documents(tmp_path / "none.csv", "", text_column="text") == []
    assert documents(tmp_path / "none.csv", "\n\ntext,author\n", text_column="text") == []


@pytest.mark.parametrize(
    ("text", "options", "error", "says"),
    [
        (POEMS, {"text_column": "txt"}, UnknownName, "the column 'txt'.*Did you mean 'text'.*author, id, text"),
        (POEMS, {"text_column": "text", "label_columns": ("by",)}, UnknownName, "the column 'by'.*author, id, text"),
        (POEMS, {"label_columns": ("author",)}, UsageError, "its columns are id, author, text"),
        ("text,text\na,b\n", {"text_column": "text"}, UsageError, "several have that name"),
        ("text,author\na\nb\nc,d,e\n", {"text_column": "text"}, TextError, "line 4 has 3 fields, and there are 2"),
        ('text\nfine\n"never ended\nx\n', {"text_column": "text"}, TextError, "the row on line 3 is broken"),
        ('text\n"a"b\n', {"text_column": "text"}, TextError, "the row on line 2 is broken"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, options: Any, error: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=f"(?s){says}"):
        documents(tmp_path / "poems.csv", text, **options)


def test_a_table_without_a_text_column_is_text_and_says_so(tmp_path: Path) -> None:
    notes = Notes()
    (whole,) = documents(tmp_path / "poems.csv", POEMS, notes)
    assert whole.content == POEMS
    assert notes == {
        "files in utf-8": 1, "tables read as plain text, for want of a text column: id, author, text": 1,
    }  # fmt: skip
    odd, poems = Notes(), Notes()
    assert documents(tmp_path / "odd.csv", '"never ended', odd) and odd == {"files in utf-8": 1}
    (other,) = documents(tmp_path / "poems.txt", POEMS, poems, text_column="text")
    assert other.content == POEMS and poems["files that are no tables (.csv or .tsv), read as plain text"] == 1


LINES = "Austen: a: b\nno prefix\n: c\nBronte: \nBronte:d\n Bronte : e\r\n\n"


@pytest.mark.parametrize("newlines", ["normalise", "keep"])
def test_a_prefix_is_a_label(newlines: Any, tmp_path: Path) -> None:
    found = documents(tmp_path / "l.txt", LINES, documents="line", label_prefix="author", newlines=newlines)
    assert [(each.content, dict(each.labels)) for each in found] == [
        ("a: b", {"author": "Austen"}),
        ("no prefix", {}),
        (": c", {}),
        ("Bronte: ", {}),
        ("Bronte:d", {}),
        ("e", {"author": "Bronte"}),
    ]
    plain = documents(tmp_path / "l.txt", LINES, documents="line")
    assert plain[0].content == "Austen: a: b" and not any(each.labels for each in plain)


@pytest.mark.parametrize("kind", ["file", "blank-line"])
def test_a_prefix_is_that_of_a_line(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--documents line"):
        documents(tmp_path / "l.txt", LINES, documents=kind, label_prefix="author")
    with pytest.raises(UsageError, match="labels of tables are columns"):
        TextOptions(text_column="text", label_prefix="author")


def test_a_long_table_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seqgen.text.reading, "PIECE", 3)
    options: dict[str, Any] = {"text_column": "text", "label_columns": ("author", "id")}
    assert len(documents(tmp_path / "poems.csv", POEMS, **options)) == 3
