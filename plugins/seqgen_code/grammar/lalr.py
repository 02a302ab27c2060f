"""From a grammar in lark's notation to the states of its LALR(1) machine; at build time only.

`lark` reads the grammar and finds the look-ahead sets (DeRemer and Pennello, TOPLAS 4(4), 1982). It resolves a conflict
of shift and reduce silently as a shift, so conflicts are looked for here. States are numbered breadth first over the
sorted symbols: the same grammar always gives the same numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seqgen.errors import CheckFailed

END, ROOT = "END", "$root"

Item = tuple[int, int]
"""A rule, and how many of its symbols have been read."""


@dataclass(frozen=True)
class Rules:
    """A grammar without its notation. Symbols are integers: first the terminals, then the nonterminals."""

    terminals: tuple[str, ...]
    free: frozenset[int]
    """Terminals whose text the grammar does not say."""
    nonterminals: tuple[str, ...]
    rules: tuple[tuple[int, tuple[int, ...]], ...]

    def next(self, item: Item) -> int | None:
        """The symbol behind the dot."""
        right = self.rules[item[0]][1]
        return right[item[1]] if item[1] < len(right) else None

    def terminal(self, name: str) -> int:
        """Raises CheckFailed if there is none of that name."""
        return _index(self.terminals, name)

    def nonterminal(self, name: str) -> int:
        """Raises CheckFailed if there is none of that name."""
        return len(self.terminals) + _index(self.nonterminals, name)

    def named(self, name: str) -> frozenset[int]:
        """The rules of that name."""
        left = self.nonterminal(name)
        return frozenset(i for i, rule in enumerate(self.rules) if rule[0] == left)

    def shown(self, rule: int) -> str:
        """A rule as text."""
        left, right = self.rules[rule]
        names = self.terminals + self.nonterminals
        return f"<{names[left]}: {' '.join(names[symbol] for symbol in right)}>"


@dataclass
class State:
    """One state: its items, what it shifts, where it goes behind a nonterminal, and by which rule it reduces."""

    kernel: frozenset[Item]
    closure: frozenset[Item]
    shifts: dict[int, int] = field(default_factory=dict)
    gotos: dict[int, int] = field(default_factory=dict)
    reduces: dict[int, int] = field(default_factory=dict)


def broken(there: str, remedy: str) -> CheckFailed:
    """What is raised for a grammar that cannot be compiled."""
    return CheckFailed("compiling a grammar", there, remedy)


def read(grammar: str) -> tuple[Rules, list[State]]:
    """The rules and the states of a grammar whose first rule is `start`; the last state is the one behind the end.

    Raises CheckFailed where the machine would have to choose.
    """
    from lark.common import ParserConf
    from lark.lexer import PatternStr
    from lark.load_grammar import GrammarBuilder
    from lark.parsers.lalr_analysis import LALR_Analyzer

    builder = GrammarBuilder()
    builder.load_grammar(grammar)
    defined, found, _ = builder.build().compile(["start"], "*")
    analysis: Any = LALR_Analyzer(ParserConf(found, {}, ["start"]))
    analysis.compute_lr0_states()
    analysis.compute_reads_relations()
    analysis.compute_includes_lookback()
    analysis.compute_lookaheads()
    (first,) = analysis.lr0_start_states.values()
    (root,) = {pointer.rule for pointer in first.kernel}
    texts = {each.name: each.pattern.value for each in defined if isinstance(each.pattern, PatternStr)}
    plain = _Plain([root, *found], texts)
    return plain.rules, _numbered(plain, first)


class _Plain:
    """lark's rules and symbols as numbers."""

    def __init__(self, found: list[Any], texts: Mapping[str, str]) -> None:
        self._texts = {"$END": END, **texts}
        used = {symbol.name for rule in found for symbol in rule.expansion if symbol.is_term} | {"$END"}
        self._terminals = tuple(sorted(self._texts.get(name, str(name)) for name in used))
        names = {rule.origin.name for rule in found}
        self._nonterminals = tuple(sorted(str(name).replace("$root_start", ROOT) for name in names))
        ordered = sorted(found, key=self._as_numbers)
        self._rules = {rule: number for number, rule in enumerate(ordered)}
        free = frozenset(self._terminals.index(self._texts.get(n, str(n))) for n in used if n not in texts)
        self.rules = Rules(self._terminals, free, self._nonterminals, tuple(map(self._as_numbers, ordered)))

    def symbol(self, each: Any) -> int:
        if each.is_term:
            return self._terminals.index(self._texts.get(each.name, str(each.name)))
        return len(self._terminals) + self._nonterminals.index(str(each.name).replace("$root_start", ROOT))

    def rule(self, each: Any) -> int:
        return self._rules[each]

    def items(self, pointers: Iterable[Any]) -> frozenset[Item]:
        return frozenset((self._rules[each.rule], each.index) for each in pointers)

    def _as_numbers(self, rule: Any) -> tuple[int, tuple[int, ...]]:
        return self.symbol(rule.origin), tuple(map(self.symbol, rule.expansion))


def _numbered(plain: _Plain, first: Any) -> list[State]:
    sets = [first]
    number = {first.kernel: 0}
    states = []
    for each in sets:
        state = State(plain.items(each.kernel), plain.items(each.closure))
        for symbol, target in _transitions(plain, each):
            if target.kernel not in number:
                number[target.kernel] = len(sets)
                sets.append(target)
            kind = state.shifts if symbol < len(plain.rules.terminals) else state.gotos
            kind[symbol] = number[target.kernel]
        states.append(state)
    for state, each in zip(states, sets, strict=True):
        _look_ahead(plain, state, each)
    return _with_the_end(plain.rules, states)


def _transitions(plain: _Plain, each: Any) -> Iterator[tuple[int, Any]]:
    named = ((plain.symbol(symbol), target) for symbol, target in each.transitions.items())
    yield from sorted(named, key=lambda pair: pair[0])


def _look_ahead(plain: _Plain, state: State, each: Any) -> None:
    """Writes down what the state reduces by; an error if that is not one thing for each terminal."""
    for terminal, found in each.lookaheads.items():
        code = plain.symbol(terminal)
        numbers = sorted(map(plain.rule, found))
        if len(numbers) > 1 or code in state.shifts:
            shown = ", ".join(map(plain.rules.shown, numbers)) + (" or a shift" if code in state.shifts else "")
            there = f"before {plain.rules.terminals[code]!r} the machine would have to choose: {shown}"
            raise broken(there, "Rewrite the rules so that one symbol decides")
        state.reduces[code] = numbers[0]


def _with_the_end(rules: Rules, states: list[State]) -> list[State]:
    (root,) = rules.named(ROOT)
    (last,) = (state for state in states if (root, 1) in state.kernel)
    last.shifts[rules.terminal(END)] = len(states)
    return [*states, State(frozenset(), frozenset())]


def _index(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise broken(f"the grammar has no symbol {name!r}", "Write the name as the grammar does")
    return names.index(name)
