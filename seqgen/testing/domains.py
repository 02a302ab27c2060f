"""The laws of domains: files and back, bytes of any kind, and what is shown to people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from seqgen.domain import Content, Document
from seqgen.errors import CheckFailed, SeqgenError, shown
from seqgen.testing.law import law, require
from seqgen.testing.stock import Stock
from seqgen.testing.trying import apart, on_each, on_made_up

ODD = ("", " ", "\n", "a\nb", "\x00", "\ud800", "\u202e", "e\u0301", "x" * 300)
"""Symbols that are hard to show."""


@dataclass(frozen=True)
class DomainCase:
    """A domain, and what it is tried on."""

    stock: Stock
    lacking: str = field(default="", kw_only=True)
    """What is wrong with the tokenizer that it names, if anything."""

    @property
    def suffix(self) -> str:
        """What a file of its content may end in."""
        domain = self.stock.domain
        return next(iter((*domain.form.written, *domain.suffixes)), "")

    def write(self, content: Content, path: Path) -> None:
        """The file of a content."""
        self.stock.domain.write([content], path)

    def read(self, path: Path) -> list[Document]:
        """Its documents, as they are read by default."""
        return list(self.stock.domain.read(path, self.stock.domain.options(), Counter()))

    def sound(self) -> list[bytes]:
        """Files as they should be: what was given, and what the domain writes."""
        with TemporaryDirectory() as folder:
            path = Path(folder, f"one{self.suffix}")
            self.write(self.stock.contents[0], path)
            return [path.read_bytes(), *(data for _, data in self.stock.sound(self.stock.domain.suffixes))]


@law("domain", "files")
def files(case: DomainCase) -> None:
    """What is written to a file is read back from it."""
    text = case.stock.domain.form.text

    def hold(content: Content) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder, f"one{case.suffix}")
            case.write(content, path)
            found = [each.content for each in case.read(path)]
            back = ["".join(each) for each in found] if text else found
            there = apart(content, back[0]) if len(back) == 1 else f"given {shown(content)}, {len(back)} documents came"
            require(back == [content], there, "Let write and read be each other's reverse")

    on_each(case.stock.contents, hold)


@law("domain", "foreign bytes")
def foreign(case: DomainCase) -> None:
    """Any bytes are read, or refused with an error of seqgen's: it never breaks."""
    from hypothesis import strategies as st

    sound, examples = case.sound(), case.stock.effort.examples
    with TemporaryDirectory() as folder:
        path = Path(folder, f"one{case.suffix}")

        def hold(data: bytes) -> None:
            path.write_bytes(data)
            try:
                require_content(case, case.read(path))
            except CheckFailed:
                raise
            except SeqgenError:
                pass

        on_made_up(st.binary(max_size=200), examples, hold)
        on_each((_damaged(sound[seed % len(sound)], Random(seed)) for seed in range(examples)), hold)


def require_content(case: DomainCase, documents: Iterable[Document]) -> None:
    """Raise CheckFailed for what is no document of the domain."""
    form = case.stock.domain.form
    for each in documents:
        require(isinstance(each, Document), f"it gave {shown(each)}", "Give documents")
        if form.text:
            "".join(each.content)
        else:
            there = f"it gave {shown(each.content)}"
            require(isinstance(each.content, form.kind), there, f"Give content that is {form.kind.__name__}")


def _damaged(data: bytes, random: Random) -> bytes:
    """The bytes with a few of them changed, cut or said twice."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(damaged) + 1)
        damaged[at : at + random.choice((0, 1, 1, 30))] = random.randbytes(random.choice((0, 1, 1, 4)))
    return bytes(damaged)


@law("domain", "shown")
def shows(case: DomainCase) -> None:
    """Any symbol is shown as one line that is not empty; so is a content's glimpse."""
    form = case.stock.domain.form

    def hold(symbol: str) -> None:
        found = case.stock.domain.show(symbol)
        fine = isinstance(found, str) and len(found.splitlines()) == (1 if form.text or symbol.strip() else 0)
        require(fine, f"given {symbol!r}, it gave {shown(found)}", "Show it as repr does where it is odd")

    on_each((*ODD, *case.stock.symbols) if form.text else case.stock.symbols, hold)
    for content in case.stock.contents if not form.text else ():
        whole = isinstance(form.picture(content), str) and len(form.glimpse(content).splitlines()) <= 1
        require(whole, f"given {shown(content)}, it gave {shown(form.glimpse(content))}", "Give a line of text")
        require(form.digest(content) == form.digest(content), "a digest changes", "Make it of the content alone")


@law("domain", "plain words")
def stated(case: DomainCase) -> None:
    """Its levels begin with document; tokenizer, suffixes, options and summary are as they must be."""
    domain = case.stock.domain
    require(not case.lacking, case.lacking, "Name a tokenizer that the plugin gives, and give it")
    require(domain.levels[:1] == ("document",), f"its levels are {domain.levels}", "Let them begin with 'document'")
    require(len(set(domain.levels)) == len(domain.levels), f"its levels are {domain.levels}", "Name each once")
    dots = all(suffix.startswith(".") for suffix in domain.suffixes)
    require(dots and bool(domain.suffixes), f"its suffixes are {domain.suffixes}", "Let each begin with a dot")
    there = f"its summary is {shown(domain.summary)}"
    require(len(domain.summary.splitlines()) == 1, there, "Say it in one line")
    domain.options()
    bare = [each.name for each in fields(domain.options) if each.init and not each.metadata.get("help")]
    require(not bare, f"{', '.join(bare)} has no help", "Make fields with seqgen.records.option")
