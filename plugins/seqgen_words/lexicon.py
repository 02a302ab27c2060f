"""What `Words` learns from a corpus: which segments to know whole, how words are mostly cased, and the usual gaps."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from seqgen.text import pieces as spelling
from seqgen.text.pieces import BEGIN, BYTE, PIECE, Memo, Merge, merged
from seqgen_words.layout import (
    CASES,
    CLOSES,
    GAP,
    OPENS,
    RECENT,
    RECENTS,
    TWINS,
    Before,
    Layout,
    behind,
    blank,
    column,
    kind_of,
    twin,
    usual,
)
from seqgen_words.segments import pairs

PLAIN_GAPS = ("", " ", "\n", "\t", "\r", "\f", "\v")
"""Gaps that can always be said; every other one that may occur is made of these."""
MOST_GAPS = 64
TELLING = 4
"""How often two kinds must have met before the corpus says what stands between them."""
SHARE, FEWEST_WORDS, MOST_WORDS = 50, 500, 8000
"""Segments of a text for each word that is known whole, and the bounds of their number."""
NARROWEST, WIDEST = 30, 200
"""Lines, in characters, within which text may be wrapped."""
WRAPPED = 0.7
"""The share of line ends that a width must foretell for a text to be taken as wrapped."""


@dataclass(frozen=True)
class Lexicon:
    """What was learnt: `words` in the case that they mostly have, whole `gaps`, the `letters` that other words are
    spelled with and how they are merged, the kinds of segments `between` which the gap is not the usual one, and the
    `wrap` of lines."""

    words: tuple[str, ...] = ()
    gaps: tuple[str, ...] = PLAIN_GAPS
    letters: str = ""
    merges: tuple[Merge, ...] = ()
    between: tuple[tuple[str, str, str], ...] = ()
    wrap: int = 0

    @cached_property
    def layout(self) -> Layout:
        """The writer of texts like these."""
        return Layout({(before, kind): gap for before, kind, gap in self.between}, self.wrap)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """All symbols that a text may need."""
        single = [kind + letter for kind in (BEGIN, PIECE) for letter in self.letters]
        pieces = dict.fromkeys([BEGIN, *single, *(merged(*pair) for pair in self.merges)])
        bytes = (f"{BYTE}{byte:02x}" for byte in range(256))
        recent = (f"{RECENT}{number}" for number in range(RECENTS))
        words = [word for word in self.words if word not in TWINS]
        twins = [side + sign for sign in sorted(TWINS) for side in (OPENS, CLOSES)]
        return (*words, *twins, *CASES, *(GAP + gap for gap in self.gaps), *pieces, *bytes, *recent)

    def spelled(self, segment: str) -> list[str]:
        """A segment in pieces, and by the bytes of characters that are none of the letters."""
        return self._spellings[segment]

    @cached_property
    def _spellings(self) -> Memo[list[str]]:
        return Memo(self._spell)

    def _spell(self, segment: str) -> list[str]:
        known = all(letter in self.letters for letter in segment)
        return spelling.spell(segment, self._ranks) if known else in_bytes(segment)

    @cached_property
    def _ranks(self) -> dict[Merge, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def known(self) -> dict[str, str]:
        """Each word by itself in small letters, and every segment that has no case by itself."""
        return {word.lower(): word for word in (*self.words, *TWINS)}


def in_bytes(segment: str) -> list[str]:
    """Any segment at all, lone surrogates and all, in bytes of UTF-8."""
    return [BEGIN, *spelling.in_bytes(segment)]


def learn(texts: Iterable[Iterable[str]], *, size: int, pieces: int) -> Lexicon:
    """The lexicon of these texts, each in pieces, with at most `size` words, and `pieces` to spell others with.

    A size of 0 is one that suits the texts.
    """
    tally = Tally()
    for text in texts:
        tally.read(text)
    known, letters = tally.known(size or tally.suggested()), tally.letters()
    gaps = [gap for gap, count in tally.gaps.most_common(MOST_GAPS) if count > 1 and gap not in PLAIN_GAPS]
    spaces = {space for gap in tally.gaps for space in gap} - set(PLAIN_GAPS)
    return Lexicon(
        words=tuple(known),
        gaps=(*PLAIN_GAPS, *sorted(spaces), *(gap for gap in gaps if len(gap) > 1)),
        letters=letters,
        merges=tuple(spelling.train(tally.spelled(known, letters), pieces)),
        between=tuple(tally.between()),
        wrap=tally.wrap(),
    )


class Tally:
    """What was counted in texts: segments as they stand within a sentence and at its beginning, gaps between kinds, and
    where words before line ends and spaces ended."""

    def __init__(self) -> None:
        self.within: Counter[str] = Counter()
        self.beginning: Counter[str] = Counter()
        self.gaps: Counter[str] = Counter()
        self.meetings: Counter[tuple[str, str, str]] = Counter()
        self.broken: Counter[int] = Counter()
        self.unbroken: Counter[int] = Counter()

    def read(self, text: Iterable[str]) -> None:
        """Count a text, in pieces between which no segment is broken."""
        before, at, rest = Before(), 0, ""
        for piece in text:
            found, after = pairs(piece)
            for gap, segment, _ in found:
                gap, rest = rest + gap, ""
                self._count(before, at, gap, segment)
                begun = Before() if blank(gap) else before
                (self.beginning if begun.begins else self.within)[segment] += 1
                before, at = behind(begun, _kind(segment, gap, before)), column(at, gap) + len(segment)
            rest += after

    def _count(self, before: Before, at: int, gap: str, segment: str) -> None:
        self.gaps[gap] += 1
        if not blank(gap):
            self.meetings[before.kind, _kind(segment, gap, before), " " if gap == "\n" else gap] += 1
        if gap in (" ", "\n"):
            (self.broken if gap == "\n" else self.unbroken)[min(WIDEST, at + 1 + len(segment))] += 1

    def suggested(self) -> int:
        """How many words are worth knowing whole: one for every `SHARE` segments, as was found on sherlock."""
        segments = sum(self.within.values()) + sum(self.beginning.values())
        return min(MOST_WORDS, max(FEWEST_WORDS, segments // SHARE))

    def known(self, size: int) -> list[str]:
        """The commonest segments that occur twice, at most `size`, each in the case that it has within sentences."""
        counts: Counter[str] = Counter()
        for segment, count in (self.within + self.beginning).items():
            counts[segment.lower()] += count
        common = [key for key, count in counts.most_common(size) if count > 1]
        best = {key: (self.within[key], key) for key in common}
        for form, count in self.within.items():
            if form.lower() in best:
                best[form.lower()] = max(best[form.lower()], (count, form))
        return [best[key][1] for key in common]

    def letters(self) -> str:
        """The characters that occur more than once."""
        found: Counter[str] = Counter()
        for segment, count in (self.within + self.beginning).items():
            for letter in segment:
                found[letter] += count
        return "".join(sorted(letter for letter, count in found.items() if count > 1))

    def spelled(self, known: Iterable[str], letters: str) -> Iterator[tuple[list[str], int]]:
        """The words to learn spelling from, in letters, each but once: those that are not known, and of the known ones
        the rarer half."""
        known = list(known)
        common = {word.lower() for word in known[: len(known) // 2]}
        words = sorted(word for word in self.within + self.beginning if word.lower() not in common)
        plain = (word for word in words if word.isalpha() and all(letter in letters for letter in word))
        return ((spelling.letters(word), 1) for word in plain)

    def between(self) -> Iterator[tuple[str, str, str]]:
        """The kinds that met often enough, with the gap that was commonest between them where it is not the usual."""
        seen: set[tuple[str, str]] = set()
        for (before, kind, gap), count in self.meetings.most_common():
            if (before, kind) not in seen and count >= TELLING and gap in PLAIN_GAPS[:2] and gap != usual(before, kind):
                yield before, kind, gap
            seen.add((before, kind))

    def wrap(self) -> int:
        """The longest line, if most line ends stand where the next word would have gone beyond it; else 0."""
        ends = right = sum(self.broken.values())
        best = (0, 0)
        for width in range(WIDEST):
            right += self.unbroken[width] - self.broken[width]
            if width >= NARROWEST:
                best = max(best, (right, width))
        beyond = sum(count for end, count in self.broken.items() if end > best[1])
        return best[1] if ends and beyond >= WRAPPED * ends else 0


def _kind(segment: str, gap: str, before: Before) -> str:
    return kind_of(twin(segment, gap, before) if segment in TWINS else segment)


def parts(gap: str, gaps: Iterable[str]) -> list[str] | None:
    """A gap as a sum of `gaps`, the longest that fits first; None if it cannot be."""
    if not gap:
        return [""]
    found, known, at = [], sorted(filter(None, gaps), key=len, reverse=True), 0
    while at < len(gap):
        fit = next((each for each in known if gap.startswith(each, at)), None)
        if fit is None:
            return None
        found.append(fit)
        at += len(fit)
    return found
