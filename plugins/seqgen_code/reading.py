"""Source files to documents and back: whatever bytes a file holds, its text is read, and can be written again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from seqgen.domain import Document, Notes, Selection
from seqgen.errors import UnknownName
from seqgen.files import unread, write_atomically
from seqgen.records import option
from seqgen.text import EMPTY, MARKS, Newlines, encoding_named, normalised, noting_nuls
from seqgen_code.stripping import stripped

KEPT = "bytes that do not fit their encoding, kept as they are"
UNSTRIPPED = "files that could not be stripped, kept as they are"

_COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_NO_CODE = re.compile(r"[ \t\f]*(#.*)?")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPED = re.compile("[\udc80-\udcff]")
_UNWRITABLE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_PLAIN = bytes({*range(32, 127)} - {*b"\\"}) + rb"\u0041\x41"


@dataclass(frozen=True)
class CodeOptions(Selection):
    """How source files are read. Raises UnknownName for a word that is not one of the choices."""

    encoding: str = option(
        "auto", "Auto (a byte order mark decides, else a line such as `# coding: latin-1`, else UTF-8), or a name"
    )
    newlines: Newlines = option("normalise", "Normalise CRLF and CR to LF, or keep them")
    strip_comments: bool = option(False, "Leave comments out")
    strip_docstrings: bool = option(False, "Leave docstrings out")

    def __post_init__(self) -> None:
        """Check the choices."""
        super().__post_init__()
        encoding_named(self.encoding)
        if self.newlines not in get_args(Newlines):
            raise UnknownName("the line ends", self.newlines, get_args(Newlines))


def read_code(path: Path, options: CodeOptions, notes: Notes) -> Iterator[Document]:
    """The file as a document, unless it has nothing but line ends.

    A byte order mark is no part of it. A byte that does not fit the encoding becomes a lone surrogate (PEP 383). Raises
    UsageError if there is no such file, InputError if it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unread(error, f"reading {path}") from error
    pieces = noting_nuls([_decoded(data, options.encoding, notes)], notes)
    text = "".join(pieces if options.newlines == "keep" else normalised(pieces, notes))
    if options.strip_comments or options.strip_docstrings:
        less = stripped(text, comments=options.strip_comments, docstrings=options.strip_docstrings)
        notes[UNSTRIPPED] += less is None
        text = text if less is None else less
    if text.strip("\r\n"):
        yield Document(path.name, text)
    else:
        notes[EMPTY] += 1


def write_code(pieces: Iterable[str], path: Path) -> None:
    """Write source in the encoding that it declares, or in UTF-8, whole or not at all. The reverse of `read_code`.

    Raises InputError, LimitError.
    """
    text = "".join(pieces)
    data = _fitting(text, declared(text))
    if data is None:
        data = _UNWRITABLE.sub("?", text).encode("utf-8", "surrogateescape")
    write_atomically(path, data)


def declared(text: str) -> str:
    """The encoding that one of the first two lines declares (PEP 263), as far as it is one of source; else UTF-8."""
    for line in _LINE_END.split(text, maxsplit=2)[:2]:
        if found := _COOKIE.match(line):
            return _of_source(found[1])
        if not _NO_CODE.fullmatch(line):
            break
    return "utf-8"


def _of_source(encoding: str) -> str:
    """Python's name of an encoding that has ASCII in its place, as PEP 263 wants it; else UTF-8."""
    try:
        name = encoding_named(encoding)
        return name if _PLAIN.decode(name) == _PLAIN.decode("ascii") else "utf-8"
    except (UnknownName, LookupError, ValueError):
        return "utf-8"


def _decoded(data: bytes, encoding: str, notes: Notes) -> str:
    """The text of a file: in that encoding, or in UTF-8 where it does not fit."""
    name = encoding_named(encoding)
    if name == "auto":
        marked = next((name for name, mark in MARKS.items() if data.startswith(mark)), None)
        name = marked or declared(data.decode("latin-1"))
    body = data.removeprefix(MARKS.get(name, b""))
    text = _strictly(body, name)
    if text is None:
        name = "utf-8"
        text = body.decode(name, "surrogateescape")
        notes[KEPT] += len(_ESCAPED.findall(text))
    notes[f"files in {name}"] += 1
    return text


def _strictly(data: bytes, encoding: str) -> str | None:
    """The text that these bytes are in that encoding, None if they do not fit it."""
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):
        return None


def _fitting(text: str, encoding: str) -> bytes | None:
    """The bytes of a text, None if that encoding does not have them all."""
    try:
        data = text.encode(encoding)
        return data if data.decode(encoding) == text else None
    except (LookupError, ValueError):
        return None
