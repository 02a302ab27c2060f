"""From gaps and segments to symbols: `Reader` is the definition, `Coder` its fast twin.

Both ask the layout what it would write, and say no more than that leaves open; so what they say is right by
construction: each segment's symbols are checked against the layout itself, once for each state of it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from seqgen_words.layout import (
    BEGIN,
    CASES,
    GAP,
    MARGIN,
    RECENT,
    RECENTS,
    START,
    TWINS,
    At,
    Before,
    bare,
    behind,
    blank,
    kind_of,
    settle,
    twin,
)
from seqgen_words.layout import column as behind_gap
from seqgen_words.lexicon import Lexicon, in_bytes, parts
from seqgen_words.segments import pairs


class Reader:
    """One document, a segment at a time."""

    def __init__(self, lexicon: Lexicon, at: At | None = None) -> None:
        self._lexicon, self._layout, self.at = lexicon, lexicon.layout, at or At()

    def symbols(self, gap: str, segment: str) -> list[str]:
        """The symbols of a gap and the segment behind it."""
        sums = parts(gap, self._lexicon.gaps)
        if sums is None:
            known, odd, rest = self._odd(gap)
            return [*self.symbols(known, odd), *self.symbols(rest, segment)]
        self.at = settle(self.at)
        for said in self._ways(gap, segment):
            for override in ([], [GAP + part for part in sums]):
                at, text = self.at, ""
                for symbol in [*override, *said]:
                    more, at = cast(tuple[str, At], self._layout.write(at, symbol))
                    text += more
                if text == gap + segment:
                    self.at = at
                    return [*override, *said]
        raise AssertionError("a segment can always be spelled in bytes")

    def end(self, gap: str) -> list[str]:
        """The symbols of the whitespace at the end of the document."""
        sums = parts(gap, self._lexicon.gaps) if gap else []
        if sums is None:
            known, odd, rest = self._odd(gap)
            return [*self.symbols(known, odd), *self.end(rest)]
        return [GAP + part for part in sums]

    def _odd(self, gap: str) -> tuple[str, str, str]:
        """A gap around its first character that no known gap has."""
        at = next(i for i, space in enumerate(gap) if space not in self._lexicon.gaps)
        return gap[:at], gap[at], gap[at + 1 :]

    def _ways(self, gap: str, segment: str) -> Iterator[list[str]]:
        """How the segment can be said, the best way first; not every one may come true."""
        word = self._lexicon.known.get(segment.lower())
        if segment in TWINS:
            yield [twin(segment, gap, self.at.before)]
        elif word is not None:
            yield [word]
            yield from ([case, word] for case in CASES)
        if segment in self.at.recent:
            yield [f"{RECENT}{self.at.recent.index(segment)}"]
        yield self._lexicon.spelled(segment)
        yield in_bytes(segment)


class Hit(NamedTuple):
    """A segment of the lexicon: its symbols, what it is as text, its kind (none for a twin), and its length."""

    symbols: tuple[str, ...]
    text: str
    kind: str
    length: int


class Words:
    """The segments of the lexicon as they stand within sentences, or where sentences begin; filled as they are met."""

    def __init__(self, lexicon: Lexicon, *, begin: bool) -> None:
        self.met, self.said = dict[str, Hit | None](), dict[str, Hit]()
        self._lexicon, self._at = lexicon, At(Before(START, begin), gap="")

    def meet(self, segment: str) -> Hit | None:
        """What a segment is, if the lexicon has it."""
        word = self._lexicon.known.get(segment.lower())
        found = Hit((), segment, "", len(segment)) if segment in TWINS else None
        for symbols in () if word is None or found else ((word,), *((case, word) for case in CASES)):
            hit = self._hit(symbols)
            if hit.text == segment and len(segment) == len(symbols[-1]):
                found = hit
                break
        self.met[segment] = found
        return found

    def say(self, word: str) -> Hit:
        """What a word of the lexicon stands for."""
        self.said[word] = self._hit((word,))
        return self.said[word]

    def _hit(self, symbols: tuple[str, ...]) -> Hit:
        at, text = self._at, ""
        for symbol in symbols:
            text, at = cast(tuple[str, At], self._lexicon.layout.write(at, symbol))
        return Hit(symbols, text, kind_of(symbols[-1]), len(bare(symbols[-1])))


class Known:
    """A state, with the words as they stand there, and for each kind of segment the gap before it and what follows."""

    def __init__(self, before: Before, others: "States") -> None:
        self.before, self.next = before, dict[str, tuple[str, Known]]()
        self.words = others.words[before.begins]
        self._layout, self._others = others.lexicon.layout, others

    def of(self, before: Before) -> "Known":
        """What is known of another state."""
        return self._others.of(before)

    def follow(self, kind: str) -> tuple[str, "Known"]:
        """The gap before a segment of that kind, for a line without end, and the state behind it."""
        gap = self._layout.expected(self.before, kind, 0)
        self.next[kind] = gap, self.of(behind(self.before, kind))
        return self.next[kind]


class States:
    """The states met so far, of a lexicon whose documents all share them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.words = [Words(lexicon, begin=begin) for begin in (False, True)]
        self._met = dict[Before, Known]()

    def of(self, before: Before) -> Known:
        if before not in self._met:
            self._met[before] = Known(before, self)
        return self._met[before]


class Coder:
    """One document, a text at a time: the fast twin of `Reader`."""

    def __init__(self, states: States) -> None:
        self._lexicon = lexicon = states.lexicon
        self._wrap = lexicon.wrap or FAR
        self._fresh = states.of(Before())
        self._known, self._column, self._recent, self._rest = self._fresh, 0, tuple[str, ...](), ""
        self._sums = {gap: [GAP + gap] for gap in lexicon.gaps}

    def read(self, text: str) -> list[str]:
        """The symbols of a text, but for the whitespace at its end."""
        found, rest = pairs(text)
        if found and self._rest:
            found[0] = (self._rest + found[0][0], *found[0][1:])
        self._rest = rest if found else self._rest + rest
        said: list[str] = []
        known, column, wrap, sums = self._known, self._column, self._wrap, self._sums
        for gap, segment, _ in found:
            plain = gap in PLAIN
            here = known if plain or not blank(gap) else self._fresh
            words = here.words
            hit = words.met[segment] if segment in words.met else words.meet(segment)
            if hit is None or gap not in sums:
                known, column = self._rare(said, known, column, (gap, segment))
                continue
            symbols, _, kind, length = hit
            if not kind:
                kind = twin(segment, gap, known.before)
                symbols = (kind,)
            expected, known = here.next.get(kind) or here.follow(kind)
            if expected == " " and column + 1 + length > wrap:
                expected = "\n"
            if gap != expected:
                said += sums[gap]
            said += symbols
            column = (column + len(gap) if plain and gap != "\n" else behind_gap(column, gap)) + length
        self._known, self._column = known, column
        return said

    def end(self) -> list[str]:
        """The symbols of the whitespace at the end of the document."""
        return Reader(self._lexicon, At(self._known.before, self._column, recent=self._recent)).end(self._rest)

    def _rare(self, said: list[str], known: Known, column: int, pair: tuple[str, str]) -> tuple[Known, int]:
        """Say a segment that the lexicon lacks; gives the state behind it and the column."""
        gap, segment = pair
        if gap not in self._sums:
            return self._slowly(said, known, column, pair)
        recent = segment in self._recent
        pieces = [f"{RECENT}{self._recent.index(segment)}"] if recent else self._lexicon.spelled(segment)
        first, length = (segment, len(segment)) if recent else (pieces[0][len(BEGIN) :] or "x", MARGIN)
        kind = kind_of(first)
        if gap != self._lexicon.layout.expected(known.before, kind, column + 1 + length):
            said += self._sums[gap]
        said += pieces
        self._recent = (segment, *(s for s in self._recent if s != segment))[:RECENTS]
        before = Before() if blank(gap) else known.before
        return known.of(behind(before, kind_of(segment))), behind_gap(column, gap) + len(segment)

    def _slowly(self, said: list[str], known: Known, column: int, pair: tuple[str, str]) -> tuple[Known, int]:
        reader = Reader(self._lexicon, At(known.before, column, recent=self._recent))
        said += reader.symbols(*pair)
        at = settle(reader.at)
        self._recent = at.recent
        return known.of(at.before), at.column


PLAIN = {"", " ", "\n"}
FAR = 1 << 60
"""A line that never ends."""


def join(states: States, symbols: Iterable[str]) -> Iterator[str]:
    """The text of these symbols, as it becomes certain: the fast twin of the layout."""
    layout, wrap = states.lexicon.layout, states.lexicon.wrap or FAR
    fresh = known = states.of(Before())
    column, gap, recent = 0, cast(str | None, None), tuple[str, ...]()
    slow: At | None = None
    for symbol in symbols:
        said = symbol[0] != " " or symbol[1] in "()"
        if slow is None and not said and symbol[1] == "g":
            gap = (gap or "") + symbol[2:]
        elif slow is not None or not said:
            slow = slow or At(known.before, column, gap, recent=recent)
            text, slow = cast(tuple[str, At], layout.write(slow, symbol))
            yield text
            if slow.spelt is None and not slow.case:
                known, column, gap, recent, slow = known.of(slow.before), slow.column, slow.gap, slow.recent, None
        else:
            known = fresh if gap and blank(gap) else known
            words = known.words
            hit = words.said[symbol] if symbol in words.said else words.say(symbol)
            _, text, kind, length = hit
            expected, known = known.next.get(kind) or known.follow(kind)
            if gap is None:
                gap = "\n" if expected == " " and column + 1 + length > wrap else expected
            yield gap + text
            column = (column + len(gap) if "\n" not in gap else behind_gap(column, gap)) + len(text)
            gap = None
    yield (slow.gap if slow else gap) or ""
