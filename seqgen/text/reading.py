"""Text files to documents and back: encodings, line ends, and what a document is."""

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import IncrementalNewlineDecoder
from itertools import chain, groupby, islice, pairwise
from pathlib import Path
from typing import Literal, get_args

from seqgen.domain import Document, Notes
from seqgen.errors import InputError, TextError, UnknownName, UsageError
from seqgen.files import unread, write_atomically
from seqgen.records import option
from seqgen.text.tables import columns, is_table, read_table

Newlines = Literal["normalise", "keep"]
"""What becomes of the line ends of other systems."""
Documents = Literal["file", "line", "blank-line"]

PIECE = 1 << 20
"""Bytes read at a time."""
RETURNS = "carriage returns normalised"
EMPTY = "empty documents dropped"
"""The note about documents that hold nothing."""
NULS = "NUL characters (perhaps UTF-16 without a byte order mark)"

_WRITTEN = 1 << 12
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-32-le": codecs.BOM_UTF32_LE,  # before UTF-16, whose mark it begins with
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
"""The byte order mark of each encoding that has one."""


@dataclass(frozen=True)
class TextOptions:
    """How text is read. Raises UnknownName for a word that is not one of the choices."""

    encoding: str = option("auto", "Auto (a byte order mark decides, else UTF-8), latin-1, or any other name of one")
    newlines: Newlines = option("normalise", "Normalise CRLF and CR to LF, or keep them")
    documents: Documents = option("file", "What a document is: a file, a line, or what blank-line separates")
    text_column: str = option("", "The column of a .csv or .tsv file that holds the documents, one a row")
    label_columns: tuple[str, ...] = option((), "A column that says what is known about a document, such as author")
    label_prefix: str = option("", "What the word before `: ` at the start of a line says, such as author")

    def __post_init__(self) -> None:
        if self.label_prefix and self.text_column:
            raise UsageError("a label prefix", "labels of tables are columns", "Use --label-columns with --text-column")
        encoding_named(self.encoding)
        _one_of("the line ends", self.newlines, get_args(Newlines))
        _one_of("the documents", self.documents, get_args(Documents))


def read_documents(path: Path, options: TextOptions, notes: Notes) -> Iterator[Document]:
    """The documents of a file; empty ones, of line ends alone, are dropped and counted.

    The content is a `str`, or for a long file an iterable of `str` pieces, which may be walked any number of times.
    A document that begins on line 17 is named `file:17`. Raises InputError, TextError; UsageError for a column that is
    not there.
    """
    if is_table(path) and (options.text_column or options.label_columns):
        return _by_row(path, options, notes)
    _note_form(path, options, notes)
    if options.label_prefix and options.documents != "line":
        there = f"a document is a {options.documents}, and prefixes are those of lines"
        raise UsageError("a label prefix", there, "Use --documents line with --label-prefix")
    if options.documents == "file":
        return _file(path, options, notes)
    return (_by_line if options.documents == "line" else _by_blank_line)(path, options, notes)


def read_text(path: Path, options: TextOptions, notes: Notes) -> Iterator[str]:
    """The text of a file in pieces of about a million characters, each time read anew.

    A byte order mark is no part of it. Raises UsageError if there is no such file, InputError if it cannot be read,
    TextError if it is not text in that encoding.
    """
    pieces = noting_nuls(_decode(path, options.encoding, notes), notes)
    return pieces if options.newlines == "keep" else normalised(pieces, notes)


def write_text(pieces: Iterable[str], path: Path) -> None:
    """Write text as UTF-8, whole or not at all. Raises InputError, LimitError."""
    write_atomically(path, (piece.encode("utf-8", "replace") for piece in _joined(iter(pieces))))


class _LongText:
    """The pieces of a file, read anew at each walk; the first whole walk adds to the notes."""

    def __init__(self, path: Path, options: TextOptions, *, notes: Notes) -> None:
        self._path, self._options, self._notes = path, options, notes

    def __iter__(self) -> Iterator[str]:
        met = Notes()
        yield from read_text(self._path, self._options, met)
        self._notes.update(met)
        self._notes = Notes()


def _file(path: Path, options: TextOptions, notes: Notes) -> Iterator[Document]:
    met = Notes()
    start = list(islice(read_text(path, options, met), 2))
    if len(start) == 2:
        yield Document(path.name, _LongText(path, options, notes=notes))
        return
    notes.update(met)
    text = "".join(start)
    if text.strip("\r\n"):
        yield Document(path.name, text)
    else:
        notes[EMPTY] += 1


def _by_row(path: Path, options: TextOptions, notes: Notes) -> Iterator[Document]:
    lines = (f"{line}\n" for line in _lines(read_text(path, options, notes)))
    for row in read_table(lines, path, text=options.text_column, labels=options.label_columns):
        if row.text.strip("\r\n"):
            yield Document(f"{path.name}:{row.line}", row.text, row.labels)
        else:
            notes[EMPTY] += 1


def _note_form(path: Path, options: TextOptions, notes: Notes) -> None:
    """Note a table that is read as plain text, with its columns, or a file that was to be a table."""
    if not is_table(path):
        if options.text_column or options.label_columns:
            notes["files that are no tables (.csv or .tsv), read as plain text"] += 1
        return
    with suppress(InputError):
        names = columns(_lines(read_text(path, options, Notes())), path)
        notes[f"tables read as plain text, for want of a text column: {', '.join(names)}"] += 1


def _by_line(path: Path, options: TextOptions, notes: Notes) -> Iterator[Document]:
    name = path.name
    for number, line in enumerate(_lines(read_text(path, options, notes)), start=1):
        text, labels = _without_prefix(line.removesuffix("\r"), options.label_prefix)
        if text:
            yield Document(f"{name}:{number}", text, labels)
        else:
            notes[EMPTY] += 1


def _without_prefix(line: str, key: str) -> tuple[str, dict[str, str]]:
    """A line and what stands before its first colon with a blank, as the label of that key."""
    value, colon, text = line.partition(": ") if key else ("", "", "")
    return (text, {key: value.strip()}) if value.strip() and colon and text else (line, {})


def _by_blank_line(path: Path, options: TextOptions, notes: Notes) -> Iterator[Document]:
    numbered = enumerate(_lines(read_text(path, options, notes)), start=1)
    for visible, group in groupby(numbered, key=lambda item: bool(item[1].strip())):
        if visible:
            numbers, lines = zip(*group, strict=True)
            yield Document(f"{path.name}:{numbers[0]}", "\n".join(lines).removesuffix("\r"))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a text without their line feeds. A line ends in nothing but a line feed, unlike `str.splitlines`."""
    return regrouped(pieces, lambda piece: piece.split("\n"))


def regrouped(pieces: Iterable[str], split: Callable[[str], Sequence[str]]) -> Iterator[str]:
    """A text in pieces, cut where `split` cuts each piece and nowhere else; an empty last part is left out."""
    held: list[str] = []
    for piece in pieces:
        first, *others = split(piece)
        held.append(first)
        if others:
            yield "".join(held)
            yield from others[:-1]
            held = others[-1:]
    if last := "".join(held):
        yield last


def _decode(path: Path, encoding: str, notes: Notes) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            chunks = iter(partial(file.read, PIECE), b"")
            head = next(chunks, b"")
            name = _sniffed(head) if encoding == "auto" else encoding_named(encoding)
            notes[f"files in {name}"] += 1
            body = head.removeprefix(MARKS.get(name, b""))
            skipped = len(head) - len(body)
            yield from _decode_chunks(chain([body], chunks, [b""]), name, path=path, skipped=skipped)
    except OSError as error:
        raise unread(error, f"reading {path}") from error


def _decode_chunks(chunks: Iterable[bytes], encoding: str, *, path: Path, skipped: int) -> Iterator[str]:
    """The text of the chunks, of which the last is empty and `skipped` bytes came before the first."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = skipped
    for chunk in chunks:
        read += len(chunk)
        try:
            yield decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            there = f"the byte 0x{error.object[error.start]:02X} at offset {read - len(error.object) + error.start}"
            raise _not_text(path, encoding, f"{there} does not fit: {error.reason}") from error
        except UnicodeError as error:
            raise _not_text(path, encoding, str(error)) from error


def _not_text(path: Path, encoding: str, there: str) -> TextError:
    remedy = "Name the encoding of the file (latin-1 takes any byte), or convert it to UTF-8"
    return TextError(f"reading {path} as {encoding}", there, remedy)


def _sniffed(head: bytes) -> str:
    return next((name for name, mark in MARKS.items() if head.startswith(mark)), "utf-8")


def encoding_named(encoding: str) -> str:
    """Python's name of an encoding; `auto` stays. Raises UnknownName if there is none, or if it is not one of text."""
    if encoding == "auto":
        return encoding
    try:
        " ".encode(encoding)  # refuses the codecs that are not of text, unlike `codecs.lookup`
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise UnknownName("the encoding", encoding, ["auto", "cp1252", "latin-1", *MARKS, "utf-16"]) from error


def _one_of(kind: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UnknownName(kind, given, known)


def normalised(pieces: Iterable[str], notes: Notes) -> Iterator[str]:
    """A text whose lines end in line feeds alone, with a note of what was changed."""
    decoder = IncrementalNewlineDecoder(None, translate=True)
    for piece in pieces:
        if returns := piece.count("\r"):
            notes[RETURNS] += returns
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode("", final=True):
        yield text


def noting_nuls(pieces: Iterable[str], notes: Notes) -> Iterator[str]:
    """A text as it is, with a note of the NUL characters in it, without empty pieces."""
    for piece in pieces:
        if nuls := piece.count("\0"):
            notes[NULS] += nuls
        if piece:
            yield piece


def _joined(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces by the thousand: a generator yields a character at a time."""
    while batch := list(islice(pieces, _WRITTEN)):
        yield "".join(batch)


def cut_text(content: str | Iterable[str], ends: Callable[[int], Sequence[int]]) -> list[str]:
    """A text in pieces that end where `ends`, given its length, says; for `Tokenizer.cut`."""
    text = content if isinstance(content, str) else "".join(content)
    return [text[start:stop] for start, stop in pairwise([0, *ends(len(text))])]
