"""What the records of a plugin are tried on: its specimens, those of the domain's own plugin, or the kit's text."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from seqgen.domain import Content, Document, Domain, Reader
from seqgen.errors import CheckFailed
from seqgen.plugins import Plugins
from seqgen.plugins.blaming import told
from seqgen.plugins.shelf import plain_name
from seqgen.specimens import Specimens
from seqgen.testing import texts
from seqgen.testing.law import Effort, Unmet
from seqgen.tokenizer import Tokenizer

LONG = 1 << 14
"""Characters of a text by which it is seen whether text comes while symbols do, and how fast."""


@dataclass(frozen=True)
class Search:
    """Where specimens are looked for: with the plugin that is checked, and these files."""

    plugins: Plugins
    plugin: str
    effort: Effort
    files: tuple[Path, ...] = ()

    def domain(self, name: str) -> Domain:
        """The domain of that name: the plugin's own, whatever else is installed. Raises UsageError as `Plugins` do."""
        own = (each for each in of_plugin(self.plugins, "seqgen_domains", self.plugin) if each.name == name)
        return next(own, None) or self.plugins.domain(name)

    def tokenizer(self, name: str, domain: str) -> type[Tokenizer]:
        """The tokenizer of that name of a domain: the plugin's own, whatever else is installed."""
        offered = of_plugin(self.plugins, "seqgen_tokenizers", self.plugin)
        own = (each for each in offered if (each.name, each.domain) == (name, domain))
        return next(own, None) or self.plugins.tokenizer(name, domain=domain)

    def stock(self, domain: Domain, kind: type[Tokenizer] | None = None) -> "Stock":
        """What a domain, or that tokenizer of it, is tried on."""
        self.plugins.load(domain.name)
        homes = {plain_name(holder) for holder, each in self.plugins.records["seqgen_tokenizers"] if each is kind}
        own, home, others = list[Specimens](), list[Specimens](), list[Specimens]()
        for holder, each in self.plugins.records["seqgen_specimens"]:
            if each.domain != domain.name or (each.tokenizers and kind and kind.name not in each.tokenizers):
                continue
            if plain_name(holder) == self.plugin:
                own.append(each)
            elif plain_name(holder) in homes:
                home.append(each)
            else:
                others.append(_lent(each))
        readers = tuple(
            each for each in of_plugin(self.plugins, "seqgen_readers", self.plugin) if each.domain == domain.name
        )
        return Stock(domain, (own, home, others), self.effort, self._files(domain, kind, readers=readers), readers)

    def _files(self, domain: Domain, kind: type[Tokenizer] | None, *, readers: Iterable[Reader]) -> tuple[Path, ...]:
        """Those files that end as the tokenizer's do; all for the domain, and none for one that reads other files."""
        wanted = (kind.suffix,) if kind and kind.suffix else (*domain.suffixes, *chain(*(r.suffixes for r in readers)))
        return tuple(file for file in self.files if kind is None or file.suffix in wanted)


def of_plugin(plugins: Plugins, hook: str, name: str) -> list[Any]:
    """What the plugin of that name gives for a hook, whatever distribution brings it."""
    return [record for holder, record in plugins.records[hook] if plain_name(holder) == name]


def _lent(specimens: Specimens) -> Specimens:
    """What they are to a tokenizer of another plugin: content. Its losses, options and symbols are its own affair."""
    return replace(specimens, symbols=(), options={}, lossy="", expected={})


@dataclass(frozen=True)
class Stock:
    """What a domain, or one of its tokenizers, is tried on.

    `held` are the specimens of the plugin that is checked, of the plugin that the tokenizer is of, and of others;
    `readers` are those of the plugin that is checked.
    """

    domain: Domain
    held: tuple[Sequence[Specimens], ...]
    effort: Effort
    files: tuple[Path, ...] = ()
    readers: tuple[Reader, ...] = ()

    @property
    def specimens(self) -> list[Specimens]:
        """All of them."""
        return list(chain(*self.held))

    @cached_property
    def given(self) -> Sequence[Content]:
        """Samples of real content that were handed over; text is whole."""
        held = list(chain(*_nearest(self.held, lambda each: _had(each, lambda: list(each.contents())))))
        read = [document.content for file in self.files for document in self._read(file)]
        return ["".join(each) for each in held + read] if self.domain.form.text else held + read

    @cached_property
    def contents(self) -> Sequence[Content]:
        """Samples, the kit's own where none of a text were given. Raises CheckFailed if there are none."""
        own = texts.SAMPLES if self.domain.form.text else ()
        found = self.given or own
        if not found:
            there = f"no plugin gives specimens of the domain {self.domain.name!r}"
            raise CheckFailed("a law", there, "Give some by the hook seqgen_specimens")
        return found

    @property
    def documents(self) -> list[Document]:
        """The samples as a corpus."""
        return [Document(f"sample {number}", content) for number, content in enumerate(self.contents)]

    @cached_property
    def made_up(self) -> Any:
        """A Hypothesis strategy of content."""
        from hypothesis import strategies as st

        given = _nearest(self.held, lambda each: each.strategy and (each, each.strategy))
        if given:
            return st.one_of([_had(*pair) for pair in given])
        return texts.hostile() if self.domain.form.text else st.sampled_from(self.contents)

    @property
    def families(self) -> Mapping[str, Callable[[int], Content]]:
        """Content of about a size, by which growth is seen; nothing for content that none is given of."""
        given = {f"growing content {n}": grow for n, grow in enumerate(_nearest(self.held, lambda each: each.grow))}
        return given or (texts.FAMILIES if self.domain.form.text else {})

    @property
    def symbols(self) -> list[str]:
        """Symbols that `join` is tried on beside those met."""
        return [symbol for each in self.specimens for symbol in each.symbols]

    @property
    def options(self) -> dict[str, Any]:
        """What tokenizers are made with."""
        return {name: value for each in reversed(self.specimens) for name, value in each.options.items()}

    @property
    def lossy(self) -> str:
        """What is not kept, if anything."""
        return "; ".join(each.lossy for each in self.specimens if each.lossy)

    def whole(self, pieces: Any) -> Content:
        """The content of what `join` gave."""
        return self.domain.form.whole(pieces)

    def sound(self, suffixes: Iterable[str]) -> list[tuple[str, bytes]]:
        """The names and the bytes of the files that were given and end like that."""
        ends = tuple(suffixes)
        given = [(path.name, path.read_bytes()) for path in self.files if path.suffix.lower() in ends]
        held = chain(*_nearest(self.held, lambda each: [pair for pair in each.files.items() if pair[0].endswith(ends)]))
        return [*given, *held]

    def _read(self, file: Path) -> Sequence[Document]:
        own = (each.read for each in self.readers if file.suffix.lower() in each.suffixes)
        read = next(own, self.domain.read)
        return list(read(file, self.domain.options(), Counter()))


def lengthened(contents: Iterable[str]) -> str:
    """A text of `LONG` characters like those of these."""
    given = "\n".join(contents)
    return (given * (LONG // max(len(given), 1) + 1))[:LONG]


def _had(specimens: Specimens, make: Callable[[], Any]) -> Any:
    """What they give. Raises Unmet if that fails."""
    try:
        return make()
    except Exception as why:
        there = f"the specimens {specimens.name!r} raised {told(why)}"
        raise Unmet("a law", there, f"See the check `specimens {specimens.name}: can be had` first") from why


def _nearest(held: Iterable[Sequence[Specimens]], give: Callable[[Specimens], Any]) -> list[Any]:
    """What the nearest ones give that give any."""
    found = ([given for each in specimens if (given := give(each))] for specimens in held)
    return next(filter(None, found), [])
