"""From a request to a store: find the corpus, read it, split it into symbols; done once and kept in the cache."""

import hashlib
import shutil
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from seqgen import __version__, records, store
from seqgen import corpus as corpora
from seqgen.api.asking import Kinds, Request
from seqgen.api.mistaken import mistaken
from seqgen.api.readers import Readers
from seqgen.corpus import Corpus
from seqgen.domain import Document, Domain, Notes, Selection
from seqgen.errors import CorpusError, InputError, UsageError
from seqgen.lanes import WINDOW
from seqgen.plugins import Plugins
from seqgen.store import Split, Store
from seqgen.tokenizer import options_of

REFUSED = "files refused, as inspect tells one by one"
"""What the notes say of files that cannot be read."""
DEAL = 0
"""What the held-out documents are drawn with: the same for every seed of training, so that seeds can be compared."""


@dataclass(frozen=True)
class Prepared:
    """A corpus ready for training, and where it came from; `request` says in full how it was read and split."""

    request: Request
    corpus: Corpus
    domain: Domain
    """What read it."""
    store: Store
    """Its ids on disk."""
    hashes: dict[str, str]
    """The sha256 of each file, by its name."""


def prepare(corpus: str | Path, *, domain: str = "chars", mirror: Path | None = None, **options: Any) -> Prepared:
    """The corpus as ids on disk, split into training, validation and test; from the cache if it is there.

    `corpus` is a name, a file, a folder, a glob, or `-`; the options are those of reading, of the tokenizer, and
    `split`.
    """
    return prepare_request(Request.sort(corpus, domain, options), mirror=mirror)


def prepare_request(request: Request, *, mirror: Path | None = None, plugins: Plugins | None = None) -> Prepared:
    """As `prepare`, for options already sorted."""
    kinds = Kinds.of(request.domain, request.tokenizer, plugins=plugins)
    documents = Documents.of(request, kinds, mirror=mirror)
    found, options, notes = documents.corpus, documents.options, documents.notes
    tokenizer, split = kinds.made(request), _split(request, found)
    hashes = found.hashes()
    made_by = [__version__, store.FORMAT, kinds.domain.name, tokenizer.name, tokenizer.version, options_of(tokenizer)]
    again = request.reset if request.reset in kinds.domain.levels else "document"
    labelling = store.Labelling(again, request.missing)
    read_by = documents.read_by()
    key = [made_by, list(hashes.items()), options, split, labelling, read_by]
    folder = corpora.working_folder("stores") / hashlib.sha256(records.canonical(key)).hexdigest()[:32]
    try:
        opened = Store.open(folder, {tokenizer.name: kinds.tokenizer})
    except CorpusError:  # not there, or damaged
        shutil.rmtree(folder, ignore_errors=True)
        given: dict[str, Any] = {"split": split, "seed": DEAL, "notes": notes, "labelling": labelling}
        opened = store.prepare(documents, tokenizer, folder, **given)
    if opened.codec.vocabulary.labels and request.reset == WINDOW:
        there = f"the documents of {found.name} have labels, which every window would forget"
        raise UsageError("the reset 'window'", there, "Reset at a level such as document, or read no labels")
    settled = request.choices | {"split": str(split)} | ({"reader": read_by[0][0]} if len(read_by) == 1 else {})
    settled_request = replace(request, corpus=found.spec, choices=settled, reading=records.to_json(options))
    return Prepared(settled_request, found, kinds.domain, opened, hashes)


def documents_of(request: Request, *, mirror: Path | None = None, plugins: Plugins | None = None) -> "Documents":
    """The documents of a request's corpus, unprepared."""
    return Documents.of(request, Kinds.of(request.domain, request.tokenizer, plugins=plugins), mirror=mirror)


@dataclass(frozen=True)
class Documents:
    """The documents of a corpus, as often as they are asked for; `corpus` has those files alone that are read."""

    corpus: Corpus
    domain: Domain
    options: Any
    notes: Notes
    readers: Readers

    @classmethod
    def of(cls, request: Request, kinds: Kinds, *, mirror: Path | None = None) -> Self:
        """Those of a request. Raises CorpusError if it selects none of the files."""
        found, notes = corpora.find(request.corpus, mirror=mirror), Notes()
        options = _reading(request, kinds.domain, found)
        readers = Readers.of(kinds.domain, kinds.plugins, asked=request.reader, suffix=kinds.tokenizer.suffix)
        chosen = _selected(found, options, kinds, readers) if isinstance(options, Selection) else found
        if left_out := len(found.files) - len(chosen.files):
            notes["files left out by their names"] = left_out
        return cls(chosen, kinds.domain, options, notes, readers)

    def __call__(self) -> Iterator[Document]:
        drop = isinstance(self.options, Selection) and self.options.duplicates == "drop"
        return self._distinct(self._read()) if drop else self._read()

    def _read(self) -> Iterator[Document]:
        """The documents of all files; of several, in a domain that can say why, those that cannot be read are left out.

        Raises InputError if none can be read, CorpusError if there is nothing in those that can.
        """
        refused, count = list[InputError](), 0
        for path in self.corpus.files:
            try:
                for document in self.readers.of_file(path).read(path, self.options, self.notes):
                    count += 1
                    yield document
            except InputError as why:
                refused.append(why)
                if self.domain.form.audit is None or len(self.corpus.files) == 1:
                    raise mistaken(path, why, self.domain.name) from why
                self.notes[REFUSED] += 1
        if not count:
            raise self._nothing(refused)

    def read_by(self) -> list[tuple[str, int]]:
        """The readers of its files, by name and version, but for the domain's own.

        Raises UsageError if the one that was asked for reads none of them.
        """
        found = {(each.name, each.version) for each in map(self.readers.of_file, self.corpus.files) if each.name}
        asked = self.readers.asked
        if asked and (asked.name, asked.version) not in found:
            there = f"it reads files in {', '.join(asked.suffixes)}, and {self.corpus.name} has none"
            raise UsageError(f"the reader {asked.name!r}", there, "Leave --reader out")
        return sorted(found)

    def _nothing(self, refused: Sequence[InputError]) -> CorpusError:
        """The error for a corpus in which nothing is to be learnt."""
        if self.domain.form.text:
            empty = not any(path.stat().st_size for path in self.corpus.files)
            there = "it is empty" if empty else "it holds nothing but line ends"
        elif len(refused) == len(self.corpus.files):
            there = f"none of its {len(refused)} files can be read; {refused[-1].asked}: {refused[-1].there}"
        else:
            there = "; ".join(f"{note}: {count}" for note, count in self.notes.items()) or "there is nothing in it"
        return CorpusError(f"the corpus {self.corpus.name!r}", there, "Name other files, or choose more of them")

    def _distinct(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The first of documents with one content, each with its variants."""
        met, kept = set[Hashable](), True
        for document in documents:
            if not document.variant:
                digest = self.domain.form.digest(document.content)
                kept = digest not in met
                met.add(digest)
                self.notes["documents that repeat another dropped"] += not kept
            if kept:
                yield document


def _selected(corpus: Corpus, options: Selection, kinds: Kinds, readers: Readers) -> Corpus:
    own = (kinds.tokenizer.suffix,) if kinds.tokenizer.suffix else kinds.domain.suffixes
    more = readers.asked.suffixes if readers.asked else ()
    suffixes = [f"*{_in_any_case(suffix)}" for suffix in (*own, *more)] if corpus.folder else []
    return corpus.matching(options.include or suffixes, options.exclude)


def _in_any_case(suffix: str) -> str:
    """A pattern for that suffix in small or large letters."""
    return "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in suffix)


def _reading(request: Request, domain: Domain, corpus: Corpus) -> Any:
    """The reading options: as asked, with the corpus's own word on what a document is."""
    given = dict(request.reading)
    if corpus.documents and hasattr(domain.options, "documents"):
        given.setdefault("documents", corpus.documents)
    return records.from_json(domain.options, given, where="reading")


def _split(request: Request, corpus: Corpus) -> Split:
    if request.choices.get("split"):
        return Split.parse(request.choices["split"])
    return Split(*corpus.split) if corpus.split else Split()
