"""The shortest way from a stack to the end."""

from heapq import heappop, heappush
from itertools import count
from typing import Any

from seqgen.errors import UsageError
from seqgen_code.grammar.stack import Node, ancestor
from seqgen_code.grammar.tables import Tables

Terminals = tuple[int, ...]
Rest = tuple[int, int, Terminals]
"""Of an item: the left side of its rule, the symbols read, and shortest terminals for the others."""


class Completer:
    """Answers for one grammar; what a state alone says it keeps."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rests: dict[int, list[Rest]] = {}

    def completion(self, node: Node) -> list[int]:
        """A shortest sequence of terminals behind which the end is accepted, among those that need no flags.

        Dijkstra's algorithm over the state on top and the node below it. Each item of the kernel of a state that a
        stack ends with is valid there (Aho and Ullman), so it is a way on, at the price of the rest of its rule.
        Raises UsageError behind the end.
        """
        order = count()
        waiting: list[Any] = [(0, next(order), node.state, node.parent, None)]
        done = set()
        while waiting:
            price, _, state, below, path = heappop(waiting)
            if (state, below) in done:
                continue
            done.add((state, below))
            for left, read, rest in self._rests_of(state):
                if left == self._tables.rules[0][0]:
                    return _unwound((path, rest))
                base = ancestor(below, read - 1)
                goto = self._tables.gotos[base.state][left]
                heappush(waiting, (price + len(rest), next(order), goto, base, (path, rest)))
        raise UsageError("completing a text", "nothing can follow its end", "Ask for a place before the end")

    def _rests_of(self, state: int) -> list[Rest]:
        if state not in self._rests:
            flat = self._tables.kernels[state]
            self._rests[state] = [self._rest(rule, read) for rule, read in zip(flat[::2], flat[1::2], strict=True)]
        return self._rests[state]

    def _rest(self, rule: int, read: int) -> Rest:
        left, right = self._tables.rules[rule]
        return left, read, tuple(terminal for symbol in right[read:] for terminal in self._shortest(symbol))

    def _shortest(self, symbol: int) -> Terminals:
        terminals = len(self._tables.terminals)
        return (symbol,) if symbol < terminals else self._tables.yields[symbol - terminals]


def _unwound(path: Any) -> list[int]:
    parts = []
    while path is not None:
        path, rest = path
        parts.append(rest)
    return [terminal for part in reversed(parts) for terminal in part]
