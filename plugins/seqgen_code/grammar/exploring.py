"""What may follow a stack, found by going through all reductions, and as little of the stack as they touch."""

from heapq import heappop, heappush
from itertools import count
from typing import Any

from seqgen_code.grammar.stack import Node, ancestor
from seqgen_code.grammar.tables import Tables

Terminals = frozenset[int]
Above = tuple[int, ...]
"""States on top of a node, of nodes that were never made."""


class Explorer:
    """Answers for one grammar; what a state alone says it keeps."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._all = frozenset(range(len(tables.terminals)))
        self._split: dict[int, tuple[Terminals, dict[int, Terminals]]] = {}

    def explore(self, node: Node) -> tuple[Terminals, list[int]]:
        """The terminals that can be shifted when their reductions are done, and the ancestors that decided it.

        The ancestors are said by their distance, ascending, 0 first. Which is the next one depends on nothing but the
        states and flags of those before it: `Machine` remembers answers in a tree of them.
        """
        accepted: set[int] = set()
        looked = [0]
        order = count()
        waiting: list[Any] = [(0, next(order), (), None, self._all)]
        while waiting:
            distance, _, above, rule, terminals = heappop(waiting)
            if distance > looked[-1]:
                looked.append(distance)
            base = ancestor(node, distance)
            if rule is not None:
                left, _ = self._tables.rules[rule]
                above = (*above, self._tables.gotos[above[-1] if above else base.state][left])
            state, flags = self._top(base, above)
            shifts, reduces = self._split_of(state)
            accepted.update(each for each in shifts & terminals if not self._lacks(state, each, flags=flags))
            for rule, ends in reduces.items():
                if both := ends & terminals:
                    deeper, kept = self._popped(above, rule)
                    heappush(waiting, (distance + deeper, next(order), kept, rule, both))
        return frozenset(accepted), looked

    def _popped(self, above: Above, rule: int) -> tuple[int, Above]:
        """How far down a reduction goes, and what is left above it."""
        length = len(self._tables.rules[rule][1])
        return max(length - len(above), 0), above[: max(len(above) - length, 0)]

    def _top(self, base: Node, above: Above) -> tuple[int, int]:
        """The state on top, and the flags there."""
        flags = base.flags
        for state in above:
            effect = self._tables.effects[state]
            flags = flags if effect is None else effect[flags]
        return above[-1] if above else base.state, flags

    def _lacks(self, state: int, terminal: int, *, flags: int) -> int:
        return self._tables.needs[self._tables.actions[state][terminal]] & ~flags

    def _split_of(self, state: int) -> tuple[Terminals, dict[int, Terminals]]:
        """What a state shifts, and by which rules it reduces before which terminals."""
        if state not in self._split:
            row = self._tables.actions[state]
            rules = {-1 - action for action in row.values() if action < 0}
            ends = {rule: frozenset(t for t, action in row.items() if action == -1 - rule) for rule in sorted(rules)}
            self._split[state] = frozenset(t for t, action in row.items() if action >= 0), ends
        return self._split[state]
