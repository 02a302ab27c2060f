"""What a domain is: a kind of content, how its files are read and written, and its levels of structure."""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
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

    `labels` says what is known about it, such as its author: a value for each key, none where it is not known. A
    `variant` is made from the document before it that is none, by transposing a tune, say. It goes into training with
    that document and nowhere else, so that no part of a corpus holds what another was made from.
    """

    name: str
    """Where it stands, such as `book.txt:17`, for messages."""
    content: Content
    """Of the domain's own type."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    variant: bool = False


Duplicates = Literal["drop", "keep"]
"""What becomes of documents that repeat another."""


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


def plural(word: str) -> str:
    """Several of what an English noun names, by the rule: stitches, melodies, letters."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word[-1:] == "y" and word[-2:-1] not in "aeiou" else f"{word}s"


def _text_digest(content: Content) -> bytes:
    """What two texts share if they are one, line ends aside."""
    text = "".join(content).replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True)
class Asking:
    """Options of a domain's own for a command, as a dataclass, and what is made of an instance of it."""

    options: type
    """The dataclass: each field made by `option` becomes an option of the command."""
    make: Callable[..., Any]
    """Called with an instance of it."""


@dataclass(frozen=True)
class Finish:
    """What becomes of a sample: `change` gives the content that it is to have; `accompany`, given its number, from 0,
    and that content, writes what was asked for beside it, and says where."""

    change: Callable[[Content], Content] = lambda content: content
    accompany: Callable[[int, Content], Iterable[Path]] = lambda number, content: ()


@dataclass(frozen=True)
class Form:
    """What the content of a domain is like, where it is no text; as it stands, this is the form of text.

    `kind` is the class of a content that is no text. `unit` is what figures are told per, and `document` what a
    document is called: options take that name too. `whole` makes a content of the pieces of one
    document that a tokenizer's `join` gave; `picture` shows it to a person, `glimpse` in a line. Contents with equal
    `digest` repeat each other. `audit` tells what reading a file with the domain's options met, a line each, and
    `losses` what a tokenizer did to a content, counted: given the content, what came back, and the tokenizer's name.
    `prompt.make`, given its options, a codec and what else was asked for, gives the content that a sample begins with,
    or None. `finish.make`, given its options, a number of samples and what else
    was asked for, checks it, and gives a `Finish`. `written` are the suffixes of files that samples can be written to;
    any, if there are none.
    """

    text: bool = True
    kind: type = object
    unit: str = "character"
    document: str = "document"
    whole: Callable[[Iterable[Content]], Content] = "".join
    picture: Callable[[Content], str] = str
    glimpse: Callable[[Content], str] = str
    digest: Callable[[Content], Hashable] = _text_digest
    audit: Callable[[Path, Any], Iterable[str]] | None = None
    losses: Callable[[Content, Content, str], Counter[str]] | None = None
    prompt: Asking | None = None
    finish: Asking | None = None
    written: tuple[str, ...] = ()


TEXT = Form()
"""The form of every domain whose content is text."""


@dataclass(frozen=True)
class Domain:
    """A kind of content.

    `levels` runs from the strongest to the weakest and begins with `document`. `options` is a frozen dataclass;
    an instance of it is handed to `read`, and its fields become options of the domain's commands. If it inherits
    `Selection`, the core reads only the files selected. `corpus` names what its commands learn from by default, if
    anything. `form` is for content that is no text.
    """

    name: str
    """What its commands are called: `seqgen NAME train`."""
    summary: str
    """What the content is, in a line of help."""
    suffixes: tuple[str, ...]
    """Of the files that are read from a folder, such as `.txt`."""
    levels: tuple[str, ...]
    tokenizer: str
    """The name of the one that is used unless another is asked for."""
    options: type
    read: Callable[[Path, Any, Notes], Iterator[Document]]
    write: Callable[[Iterable[Content], Path], None]
    """Writes contents to a file. The reverse of `read`."""
    show: Callable[[str], str]
    """Shows a symbol to a person."""
    corpus: str = ""
    form: Form = TEXT


@dataclass(frozen=True)
class Reader:
    """Another way to read files of a domain, or files that the domain itself does not read.

    `read` is given the options of the domain, as its own is, and gives the same kind of content; `audit` is like that
    of `Form`. `suffixes` are in small letters. Files that the domain reads are read by another only where it is asked
    for by name. Raise `version` when it begins to read differently: what was prepared before is then made anew.
    """

    name: str
    domain: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Any, Notes], Iterator[Document]]
    summary: str = ""
    """What it reads, in a line of help."""
    version: int = 1
    audit: Callable[[Path, Any], Iterable[str]] | None = None
