"""What a domain is: a kind of content, how its files are read and written, and its levels of structure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Domain:
    """A kind of content.

    `levels` runs from the strongest to the weakest and begins with `document`. `options` is a frozen dataclass;
    an instance of it is handed to `read`, and its fields become options of the domain's commands.
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
