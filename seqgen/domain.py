"""What a domain is: a kind of content, how its files are read and written, and its levels of structure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from seqgen.errors import UnknownName
from seqgen.records import option

Content = Any
"""A document's content: the domain's own type. For text, a `str` or an iterable of `str` pieces."""

Notes = Counter[str]
"""What a reader met and did about it, counted: `notes["carriage returns normalised"] += 1`."""


@dataclass(frozen=True)
class Document:
    """One unit of a corpus: what begins and ends on its own.

    `labels` says what is known about it, such as its author: a value for each key, none where it is not known.
    """

    name: str
    content: Content
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


Duplicates = Literal["drop", "keep"]


@dataclass(frozen=True)
class Selection:
    """Which files of a corpus are read, and what becomes of documents that repeat others; the core itself sees to both.

    For domains of text whose corpora are folders with all kinds of files: their own options inherit these. A pattern
    with a slash is for the whole path below the folder, one without for the name of a file or of a folder on the way;
    `*` stands for any characters. Raises UnknownName for a word that is not one of the choices.
    """

    include: tuple[str, ...] = option(
        (), "Read only files that match, such as src/*; from a folder, by default, those with the domain's suffixes"
    )
    exclude: tuple[str, ...] = option((), "Leave out files that match, such as tests or docs/*.py")
    duplicates: Duplicates = option("drop", "Documents that repeat another, line ends aside: drop them, or keep them")

    def __post_init__(self) -> None:
        if self.duplicates not in get_args(Duplicates):
            raise UnknownName("what is done about duplicates,", self.duplicates, get_args(Duplicates))


@dataclass(frozen=True)
class Domain:
    """A kind of content.

    `levels` runs from the strongest to the weakest and begins with `document`. `options` is a frozen dataclass;
    an instance of it is handed to `read`, and its fields become options of the domain's commands. If it inherits
    `Selection`, the core reads only the files selected. `corpus` names what its commands learn from by default, if
    anything.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...]
    levels: tuple[str, ...]
    tokenizer: str
    options: type
    read: Callable[[Path, Any, Notes], Iterator[Document]]
    write: Callable[[Iterable[Content], Path], None]
    show: Callable[[str], str]
    corpus: str = ""
