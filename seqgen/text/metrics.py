"""The metrics of text, for every plugin whose content it is.

A word is what lies between two word boundaries of Unicode (UAX #29) and begins with a letter or a digit: `can't` and
`3.14` are one each, and so is a letter with its combining marks, or a Chinese character. Words are compared without
case. One at an edge of an excerpt where its document goes on may be cut, and is not counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING

from seqgen.metric import Excerpt, Material, Metric

if TYPE_CHECKING:
    import regex

Words = list[str]

BATCH = 1 << 16
"""Pieces of a training document taken at a time: for some tokenizers a piece is a character."""


def text_metrics(domain: str) -> tuple[Metric, ...]:
    """The metrics of text, for the domain of that name."""
    real = Metric(
        "real_words", domain, "share", better="higher", measure=real_words, summary="words that training holds"
    )
    apart = [
        Metric(
            f"distinct_{n}",
            domain,
            "share",
            better="like held-out",
            measure=partial(distinct, n=n),
            summary=f"different {words} among as many on each side",
        )
        for n, words in ((1, "words"), (2, "pairs of words"), (3, "triples of words"))
    ]
    again = Metric(
        "repetition_4",
        domain,
        "share",
        better="like held-out",
        measure=partial(repetition, n=4),
        summary="runs of 4 words that came before in the same sample",
    )
    return real, *apart, again


def real_words(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """The share of words without digits and underscores that occur in the training content; None without such words."""
    lexicon = material.once("the words of training", lambda: _lexicon(material))
    counts = Counter(word for words in map(words_of, excerpts) for word in words)
    spelt = {word: count for word, count in counts.items() if not _patterns()[1].search(word)}
    return _share(sum(count for word, count in spelt.items() if word in lexicon), sum(spelt.values()))


def distinct(excerpts: Sequence[Excerpt], material: Material, *, n: int) -> float | None:
    """The share of different n-grams of words among all of them; None where there are none.

    distinct-n of Li et al. (2016, arXiv 1510.03055), who divide by words rather than by n-grams. The more text, the
    lower it is; so only so many words are read, from the first on, as all sides of the material have. No n-gram goes
    from one excerpt into the next.
    """
    limit = material.once("words on all sides", lambda: min(map(_size, material.sides)))
    found = [gram for words in _first(excerpts, limit) for gram in _grams(words, n)]
    return _share(len(set(found)), len(found))


def repetition(excerpts: Sequence[Excerpt], material: Material, *, n: int) -> float | None:
    """The share of n-grams of words that occurred before in the same excerpt; None where there are none.

    seq-rep-n of Welleck et al. (2019, arXiv 1908.04319), taken over the n-grams of all excerpts together.
    """
    found = [_grams(words_of(excerpt), n) for excerpt in excerpts]
    total = sum(map(len, found))
    return _share(total - sum(len(set(grams)) for grams in found), total)


def words_of(excerpt: Excerpt) -> Words:
    """The words of an excerpt, in order and without case, but for those that may be cut."""
    text = "".join(excerpt.pieces)
    found = list(_patterns()[0].finditer(text))
    if found and found[0].start() == 0 and not excerpt.begins:
        del found[0]
    if found and found[-1].end() == len(text) and not excerpt.ends:
        del found[-1]
    return [match[0].casefold() for match in found]


def _lexicon(material: Material) -> frozenset[str]:
    word, _ = _patterns()
    found: set[str] = set()
    for document in material.training():
        for text in _unbroken(document):
            found.update(word.findall(text))
    return frozenset(map(str.casefold, found))


def _unbroken(pieces: Iterable[str]) -> Iterator[str]:
    """A text in pieces that end with a blank or a line feed, but for the last."""
    held, rest = "", iter(pieces)
    while batch := list(islice(rest, BATCH)):
        held += "".join(batch)
        end = 1 + max(held.rfind(" "), held.rfind("\n"))
        yield held[:end]
        held = held[end:]
    yield held


def _first(excerpts: Iterable[Excerpt], limit: int) -> Iterator[Words]:
    """The words of each excerpt until there are so many in all."""
    for excerpt in excerpts:
        words = words_of(excerpt)[:limit]
        yield words
        limit -= len(words)


def _size(excerpts: Iterable[Excerpt]) -> int:
    return sum(len(words_of(excerpt)) for excerpt in excerpts)


def _grams(words: Words, n: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@cache
def _patterns() -> "tuple[regex.Pattern[str], regex.Pattern[str]]":
    """A word, and what is in no word that is spelt with letters. Importing `regex` takes longer than most commands."""
    import regex

    return regex.compile(r"(?V1w)\b[\p{L}\p{N}]\S*?\b"), regex.compile(r"^\P{L}|[\p{N}_]")
