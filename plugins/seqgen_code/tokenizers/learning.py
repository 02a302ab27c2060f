"""How a lexicon is learnt from texts: what is counted in them, and what is worth knowing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from seqgen.text import pieces as spelling
from seqgen.text.pieces import BEGIN, PIECE
from seqgen_code.language import CLOSING, END, LINE, NAME, NOTE, NUMBER, OPENING, TEXT, Language
from seqgen_code.tokenizers.layout import UNIT
from seqgen_code.tokenizers.lexicon import ASCII, PLAIN_GAPS, PLAIN_UNITS, SYLLABLES, WORDS, Lexicon
from seqgen_code.tokenizers.spacing import usual

MOST_GAPS = 96
LONGEST_GAP = 80
LONGEST_LITERAL = 16
"""Characters of a string that may be known whole."""
TELLING = 4
"""How often two kinds must have met before the corpus says what stands between them."""
SHARE, FEWEST, MOST = 100, 200, 2000
"""Lexemes of a corpus for each that is known whole, and the bounds of their number."""
SAMPLE = 4000


def learn(texts: Iterable[str], language: Language, *, size: int, pieces: int) -> Lexicon:
    """The lexicon of these texts, with at most `size` lexemes known whole, and `pieces` to spell others with.

    A size or a number of pieces of 0 is one that suits the texts.
    """
    tally = Tally(language)
    for text in texts:
        tally.read(text)
    whole, letters = tally.whole(size or tally.suggested()), tally.letters()
    merges = spelling.train(tally.spelled(whole, letters), pieces or tally.suggested_pieces())
    return Lexicon(
        whole=tuple(whole),
        letters=letters,
        merges=tuple(merges),
        gaps=tuple(tally.known_gaps()),
        between=tuple(tally.spaces.between()),
        unit=tally.spaces.unit(),
    )


class Tally:
    """What was counted in texts: lexemes with their gaps."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.spaces = Spaces(language)

    def read(self, text: str) -> None:
        """Count a text."""
        pairs = self._language.lexemes(text)
        self.pairs.update(pairs)
        self.spaces.read(pairs[:SAMPLE])

    def suggested(self) -> int:
        """How many lexemes are worth knowing whole."""
        return min(MOST, max(FEWEST, self.pairs.total() // SHARE))

    def suggested_pieces(self) -> int:
        """How many pieces are worth having to spell with."""
        return min(2500, max(300, self.pairs.total() // 50))

    def whole(self, size: int) -> list[str]:
        """The commonest names, numbers and short strings that occur twice, at most `size`."""
        found = self._lexemes(lambda group, lexeme: group in (NAME, NUMBER) or (group == TEXT and self._short(lexeme)))
        fixed = {*self._language.keywords, *self._language.operators}
        common = (lexeme for lexeme, count in found.most_common() if count > 1 and lexeme not in fixed)
        return [lexeme for lexeme, _ in zip(common, range(size), strict=False)]

    def letters(self) -> str:
        """The characters that occur more than once in what is spelled, and all of printable ASCII."""
        found: Counter[str] = Counter()
        for (_, lexeme), count in self.pairs.items():
            for letter in set(lexeme):
                found[letter] += count
        plain = {letter for letter, count in found.items() if count > 1 and not "\ud800" <= letter <= "\udfff"}
        return "".join(sorted(plain - {"\r", "\0"} | set(ASCII)))

    def spelled(self, whole: Iterable[str], letters: str) -> Iterator[tuple[list[str], int]]:
        """What to learn spelling from: names that are not known, each but once, and the words of strings and comments
        as often as they occur."""
        known, plain = frozenset(whole), frozenset(letters)
        names = self._lexemes(lambda group, lexeme: group == NAME and lexeme not in known)
        for name in sorted(names):
            for place, part in enumerate(SYLLABLES.findall(name)):
                if plain.issuperset(part):
                    yield spelling.letters(part, PIECE if place else BEGIN), 1
        words: Counter[str] = Counter()
        for text, count in self._lexemes(lambda group, lexeme: group in (TEXT, NOTE) and lexeme not in known).items():
            body = self._body(text)
            for word in WORDS.findall(body):
                words[word] += count
        yield from (
            (spelling.letters(word, PIECE), count) for word, count in sorted(words.items()) if plain.issuperset(word)
        )

    def known_gaps(self) -> list[str]:
        """The gaps that can be said at once."""
        counts: Counter[str] = Counter()
        for (gap, _), count in self.pairs.items():
            counts[gap] += count
        common = (gap for gap, count in counts.most_common() if count > 1 and len(gap) <= LONGEST_GAP)
        return list(dict.fromkeys([*PLAIN_GAPS, *(gap for gap, _ in zip(common, range(MOST_GAPS), strict=False))]))

    def _lexemes(self, wanted: Callable[[str, str], bool]) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_, lexeme), count in self.pairs.items():
            group = self._language.class_of(lexeme)
            if group != END and wanted(group, lexeme):
                found[lexeme] += count
        return found

    def _short(self, lexeme: str) -> bool:
        literal = self._language.literal(lexeme)
        short = literal is not None and len(lexeme) <= LONGEST_LITERAL and literal.closed and "\n" not in lexeme
        return (
            short
            and literal is not None
            and not literal.fields
            and literal.prefix + literal.quote in self._language.strings
        )

    def _body(self, lexeme: str) -> str:
        literal = self._language.literal(lexeme)
        return literal.body if literal else lexeme[len(self._language.comment) :]


class Spaces:
    """What was counted of gaps between kinds of lexemes, and of how blocks are indented."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.meetings: Counter[tuple[str, str, str]] = Counter()
        self.deeper: Counter[str] = Counter()

    def read(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Count what stands between neighbours on a line, and how far lines are indented behind a colon, or a bracket
        where blocks are no matter of indentation."""
        language, signs, before, margin = self._language, list[str](), "", ""
        fresh, opens, inner = True, False, language.inner
        for gap, lexeme in pairs:
            kind = language.kind_of(lexeme, before, signs[-1] if signs else "")
            if kind == LINE:
                fresh, before = True, before if signs else ""
                continue
            if fresh and (inner or not signs) and kind != NOTE:
                if opens and gap.startswith(margin):
                    self.deeper[gap[len(margin) :]] += 1
                margin, opens = gap, False
            elif not fresh:
                self.meetings[before, kind, gap] += 1
            fresh = False
            if kind == NOTE:
                continue
            opens = lexeme in OPENING if inner else lexeme == ":"
            before = kind
            if lexeme in OPENING:
                signs.append(lexeme)
            elif lexeme in CLOSING and signs:
                signs.pop()

    def between(self) -> Iterator[tuple[str, str, str]]:
        """The kinds that met often enough, with the gap that was commonest between them where it is not the usual."""
        seen: set[tuple[str, str]] = set()
        for (before, kind, gap), count in self.meetings.most_common():
            if (
                (before, kind) not in seen
                and count >= TELLING
                and gap in ("", " ", "  ")
                and gap != usual(before, kind)
            ):
                yield before, kind, gap
            seen.add((before, kind))

    def unit(self) -> str:
        """What blocks are mostly indented by."""
        return next((unit for unit, _ in self.deeper.most_common() if unit in PLAIN_UNITS), UNIT)
