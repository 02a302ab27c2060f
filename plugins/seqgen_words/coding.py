"""From gaps and segments to symbols: `Reader` is the definition, `Coder` its fast twin.

Both ask the layout what it would write, and say no more than that leaves open; so what they say is right by
construction: each segment's symbols are checked against the layout itself, once for each state of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from seqgen.vocabulary import Vocabulary
from seqgen_words.layout import (
    BEGIN,
    CASES,
    GAP,
    MARGIN,
    RECENT,
    RECENTS,
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
from seqgen_words.segments import Pair, pairs

Code = Callable[[Sequence[str]], tuple[Any, ...]]
"""What stands for symbols: they themselves, or their ids."""


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
    """A segment of the lexicon: its symbols, what it is as text, and its length behind a gap."""

    symbols: tuple[str, ...]
    text: str
    length: int


class Said(NamedTuple):
    """A gap with a segment of the lexicon: its codes, and those where the line would be too long, the state behind it,
    how far it moves the column (below 0: to where, in a new line), and the column that decides, counted from here."""

    codes: tuple[Any, ...]
    wrapped: tuple[Any, ...]
    after: "Known"
    move: int
    end: int


class Written(NamedTuple):
    """A symbol of a segment: its text with the gap expected, and with a line end, the text alone, the state behind it,
    how far it moves the column, and the column that decides."""

    text: str
    wrapped: str
    alone: str
    after: "Known"
    move: int
    end: int


class Known:
    """A state of the layout, with what was said and written in it so far."""

    def __init__(self, before: Before) -> None:
        self.before = before
        self.said, self.written = dict[Pair, Said](), dict[str, Written]()
        self.find, self.show = self.said.get, self.written.get


class States:
    """The states met so far, of a lexicon whose documents all share them; `code` gives what stands for symbols."""

    def __init__(self, lexicon: Lexicon, code: Code) -> None:
        self.lexicon, self.code = lexicon, code
        self.wrap = lexicon.wrap or FAR
        self.sums = {gap: [GAP + gap] for gap in lexicon.gaps}
        self._met = dict[Before, Known]()
        self._numbered = dict[Vocabulary, States]()
        self.fresh = self.of(Before())

    def numbered(self, vocabulary: Vocabulary) -> "States":
        """The same states with ids for codes; those of the last vocabulary are kept."""
        if vocabulary not in self._numbered:
            id_of = {symbol: vocabulary.id_of(symbol) for symbol in self.lexicon.symbols}
            made = States(self.lexicon, lambda symbols: tuple(id_of[symbol] for symbol in symbols))
            self._numbered = {vocabulary: made}
        return self._numbered[vocabulary]

    def of(self, before: Before) -> Known:
        """What is known of a state."""
        if before not in self._met:
            self._met[before] = Known(before)
        return self._met[before]

    def say(self, known: Known, pair: Pair) -> Said | None:
        """What a pair becomes in a state, met for the first time; None if the lexicon lacks the gap or the segment."""
        gap, segment, _ = pair
        begun = Before() if blank(gap) else known.before
        hit = self._hit(begun, gap, known.before, segment) if gap in self.sums else None
        if hit is None:
            return None
        plain, full = self.code(hit.symbols), self.code([*self.sums[gap], *hit.symbols])
        kind = kind_of(hit.symbols[-1])
        expected = self.lexicon.layout.expected(known.before, kind, 0)
        codes, wrapped, end = (plain if gap == expected else full), full, 0
        if expected == " ":
            wrapped, end = (plain if gap == "\n" else full), 1 + hit.length
        line = behind_gap(0, gap) + len(segment)
        found = Said(codes, wrapped, self.of(behind(begun, kind)), -line if "\n" in gap else line, end or NEAR)
        if len(known.said) >= MOST:
            known.said.clear()
        known.said[pair] = found
        return found

    def write(self, known: Known, symbol: str) -> Written:
        """What the symbol of a segment becomes in a state, met for the first time."""
        kind, length = kind_of(symbol), len(bare(symbol))
        text = self._text(known.before, (symbol,))
        gap = self.lexicon.layout.expected(known.before, kind, 0)
        end = 1 + length if gap == " " else NEAR
        after = self.of(behind(known.before, kind))
        known.written[symbol] = Written(gap + text, "\n" + text, text, after, len(gap + text), end)
        return known.written[symbol]

    def _hit(self, begun: Before, gap: str, before: Before, segment: str) -> Hit | None:
        if segment in TWINS:
            return Hit((twin(segment, gap, before),), segment, len(segment))
        word = self.lexicon.known.get(segment.lower())
        for symbols in () if word is None else ((word,), *((case, word) for case in CASES)):
            if self._text(begun, symbols) == segment:
                return Hit(symbols, segment, len(symbols[-1]))
        return None

    def _text(self, before: Before, symbols: tuple[str, ...]) -> str:
        at, text = At(before, gap=""), ""
        for symbol in symbols:
            more, at = cast(tuple[str, At], self.lexicon.layout.write(at, symbol))
            text += more
        return text


class Coder:
    """One document, a text at a time: the fast twin of `Reader`, in codes."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._known, self._column, self._recent, self._rest = states.fresh, 0, tuple[str, ...](), ""

    def read(self, text: str) -> list[Any]:
        """The codes of a text, but for the whitespace at its end."""
        found, rest = pairs(text)
        if found and self._rest:
            found[0] = (self._rest + found[0][0], *found[0][1:])
        self._rest = rest if found else self._rest + rest
        codes: list[Any] = []
        known, column, wrap, say = self._known, self._column, self._states.wrap, self._states.say
        for pair in found:
            said = known.find(pair) or say(known, pair)
            if said is None:
                known, column = self._rare(codes, known, column, pair)
                continue
            plain, wrapped, known, move, end = said
            codes += wrapped if column + end > wrap else plain
            column = column + move if move > 0 else -move
        self._known, self._column = known, column
        return codes

    def end(self) -> list[Any]:
        """The codes of the whitespace at the end of the document."""
        reader = Reader(self._states.lexicon, At(self._known.before, self._column, recent=self._recent))
        return list(self._states.code(reader.end(self._rest)))

    def _rare(self, codes: list[Any], known: Known, column: int, pair: Pair) -> tuple[Known, int]:
        """Say a segment that the lexicon lacks; gives the state behind it and the column."""
        (gap, segment, _), states = pair, self._states
        if gap not in states.sums:
            return self._slowly(codes, known, column, pair)
        recent = segment in self._recent
        pieces = [f"{RECENT}{self._recent.index(segment)}"] if recent else states.lexicon.spelled(segment)
        first, length = (segment, len(segment)) if recent else (pieces[0][len(BEGIN) :] or "x", MARGIN)
        expected = states.lexicon.layout.expected(known.before, kind_of(first), column + 1 + length)
        codes += states.code([*(states.sums[gap] if gap != expected else ()), *pieces])
        self._recent = (segment, *(s for s in self._recent if s != segment))[:RECENTS]
        begun = Before() if blank(gap) else known.before
        return states.of(behind(begun, kind_of(segment))), behind_gap(column, gap) + len(segment)

    def _slowly(self, codes: list[Any], known: Known, column: int, pair: Pair) -> tuple[Known, int]:
        reader = Reader(self._states.lexicon, At(known.before, column, recent=self._recent))
        codes += self._states.code(reader.symbols(*pair[:2]))
        at = settle(reader.at)
        self._recent = at.recent
        return self._states.of(at.before), at.column


def read(states: States, units: Iterable[tuple[str | None, str]]) -> Iterator[tuple[str | None, list[Any]]]:
    """The codes of one document in units, each with its level if it begins one."""
    coder = Coder(states)
    for level, text in units:
        yield level, coder.read(text)
    yield None, coder.end()


FAR, NEAR = 1 << 60, -(1 << 60)
"""A column that no line reaches, and one that every line has passed."""
MOST = 1 << 16
"""Pairs remembered for a state."""


def join(states: States, symbols: Iterable[str]) -> Iterator[str]:
    """The text of these symbols, as it becomes certain: the fast twin of the layout."""
    layout, wrap, known = states.lexicon.layout, states.wrap, states.fresh
    column, gap, recent = 0, cast(str | None, None), tuple[str, ...]()
    slow: At | None = None
    for symbol in symbols:
        written = known.show(symbol)
        if written and gap is None and slow is None:
            text, wrapped, _, known, move, end = written
            if column + end > wrap:
                text, column, move = wrapped, -1, len(wrapped)
            yield text
            column += move
            continue
        whole = symbol[0] != " " or symbol[1] in "()"
        if slow is None and whole:
            known = states.fresh if gap and blank(gap) else known
            written = known.show(symbol) or states.write(known, symbol)
            if gap is None:
                gap = "\n" if column + written.end > wrap else written.text[: -len(written.alone)]
            yield gap + written.alone
            column = behind_gap(column, gap) + len(written.alone)
            known, gap = written.after, None
        elif slow is None and symbol[1] == "g":
            gap = (gap or "") + symbol[2:]
        else:
            slow = slow or At(known.before, column, gap, recent=recent)
            text, slow = cast(tuple[str, At], layout.write(slow, symbol))
            yield text
            if slow.spelt is None and not slow.case:
                known, column, gap, recent, slow = states.of(slow.before), slow.column, slow.gap, slow.recent, None
    yield (slow.gap if slow else gap) or ""
