"""From gaps and segments to symbols: `Reader` is the definition, `Coder` its fast twin.

Both ask the layout what it would write, and say no more than that leaves open; so what they say is right by
construction.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from seqgen_words.layout import CASES, GAP, MARGIN, RECENT, TWINS, At, Before, behind, blank, settle, twin
from seqgen_words.layout import column as behind_gap
from seqgen_words.lexicon import Lexicon, in_bytes, parts
from seqgen_words.segments import Pair, pairs
from seqgen_words.states import Known, States, spelled_last


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


class Coder:
    """One document, a text at a time: the fast twin of `Reader`, in codes."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._known, self._column, self._recent, self._rest = states.fresh, 0, list[str](), ""

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
        reader = Reader(self._states.lexicon, At(self._known.before, self._column, recent=tuple(self._recent)))
        return list(self._states.code(reader.end(self._rest)))

    def _rare(self, codes: list[Any], known: Known, column: int, pair: Pair) -> tuple[Known, int]:
        """Say a segment that the lexicon lacks; gives the state behind it and the column."""
        (gap, segment, _), states, recent = pair, self._states, self._recent
        if gap not in states.sums:
            return self._slowly(codes, known, column, pair)
        spelt, first, kind = states.spell(segment)
        length = MARGIN
        if segment in recent:
            spelt, first, length = states.code([f"{RECENT}{recent.index(segment)}"]), kind, len(segment)
        if gap != states.gap(known, first, column + 1 + length):
            codes += states.code(states.sums[gap])
        codes += spelt
        spelled_last(recent, segment)
        begun = Before() if blank(gap) else known.before
        return states.of(behind(begun, kind)), behind_gap(column, gap) + len(segment)

    def _slowly(self, codes: list[Any], known: Known, column: int, pair: Pair) -> tuple[Known, int]:
        reader = Reader(self._states.lexicon, At(known.before, column, recent=tuple(self._recent)))
        codes += self._states.code(reader.symbols(*pair[:2]))
        at = settle(reader.at)
        self._recent = list(at.recent)
        return self._states.of(at.before), at.column


def read(states: States, units: Iterable[tuple[str | None, str]]) -> Iterator[tuple[str | None, list[Any]]]:
    """The codes of one document in units, each with its level if it begins one."""
    coder = Coder(states)
    for level, text in units:
        yield level, coder.read(text)
    yield None, coder.end()
