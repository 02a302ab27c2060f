"""Tables: rows of a file whose first row names its columns, with commas or tabs between fields (RFC 4180)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqgen.errors import TextError, UnknownName, UsageError

DELIMITERS = {".csv": ",", ".tsv": "\t"}
"""What stands between fields, by the suffix of the file."""
LONGEST = (1 << 31) - 1
"""Characters in a field: a book may be one."""


class Row(NamedTuple):
    """One row: the line on which it begins, its text, and the labels that it has a value for."""

    line: int
    text: str
    labels: dict[str, str]


def is_table(path: Path) -> bool:
    """Whether the file is one by its suffix."""
    return path.suffix.lower() in DELIMITERS


def columns(lines: Iterable[str], path: Path) -> list[str]:
    """The names in the first row. Raises TextError if it is broken."""
    return next(_rows(lines, path), (1, []))[1]


def read_table(lines: Iterable[str], path: Path, *, text: str, labels: Sequence[str]) -> Iterator[Row]:
    """The rows with the text of one column, and labels from others; blanks around a label are no part of it.

    Raises UsageError or UnknownName, with the columns that there are, for one that is not named in the first row;
    TextError for a row with more fields than columns, or one whose quotes are not paired.
    """
    rows = _rows(lines, path)
    names = next(rows, (1, []))[1]
    if not names:
        return
    at, places = _place(names, text), {name: _place(names, name) for name in labels}
    for line, fields in rows:
        if len(fields) > len(names):
            raise _broken(path, f"the row on line {line} has {len(fields)} fields, and there are {len(names)} columns")
        fields += [""] * (len(names) - len(fields))
        found = {name: fields[place].strip() for name, place in places.items()}
        yield Row(line, fields[at], {name: value for name, value in found.items() if value})


def _rows(lines: Iterable[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins."""
    csv.field_size_limit(LONGEST)
    reader, line = csv.reader(lines, delimiter=DELIMITERS[path.suffix.lower()], strict=True), 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise _broken(path, f"the row on line {line} is broken: {error}") from error


def _place(names: list[str], name: str) -> int:
    if not name:
        there = f"its columns are {', '.join(names)}"
        raise UsageError("a table without a text column", there, "Name one of them with --text-column")
    if name not in names:
        raise UnknownName("the column", name, names)
    if names.count(name) > 1:
        raise UsageError(f"the column {name!r}", "several have that name", "Give each column its own")
    return names.index(name)


def _broken(path: Path, there: str) -> TextError:
    remedy = 'Put fields that hold commas or quotes between ", and double those within'
    return TextError(f"reading {path} as a table", there, remedy)
