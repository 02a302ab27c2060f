"""The machine that reads terminals by the tables of a grammar, and says at every place what may follow."""

from itertools import pairwise
from typing import Any

from seqgen.errors import UnknownName
from seqgen_code.grammar.completing import Completer
from seqgen_code.grammar.exploring import Explorer
from seqgen_code.grammar.stack import Node, ancestor
from seqgen_code.grammar.tables import Tables

Way = tuple[int, int | None]
"""A state, and its action for the terminal in question."""


class Machine:
    """Reads terminals by the tables of a grammar; what it finds out on the way it keeps."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.start = Node(0, None, 0, tables.start)
        self._complete = Completer(tables).completion
        self._explore = Explorer(tables).explore
        self._codes = {name: code for code, name in enumerate(tables.terminals)}
        self._rules = tuple((left, len(right)) for left, right in tables.rules)
        self._actions, self._gotos = tables.actions, tables.gotos
        self._needs, self._effects = tables.needs, tables.effects
        self._ways: dict[tuple[int, int, int], Way] = {}
        self._seen: dict[int, Any] = {}
        self._sets: dict[frozenset[int], frozenset[int]] = {}

    def terminal(self, name: str) -> int:
        """The number of a terminal. Raises UnknownName if the grammar has none of that name."""
        if name not in self._codes:
            raise UnknownName("terminal", name, self._codes)
        return self._codes[name]

    def feed(self, node: Node, terminal: int) -> Node | None:
        """The stack behind one more terminal, or None if it cannot stand here."""
        action = self._actions[node.state].get(terminal)
        if action is None:
            return None
        if action < 0:
            found = self._reduced(node, terminal, action)
            if found is None:
                return None
            node, action = found
        flags = node.flags
        if self._needs[action] & ~flags:
            return None
        effect = self._effects[action]
        return Node(action, node, node.depth + 1, flags if effect is None else effect[flags])

    def accepts(self, node: Node) -> frozenset[int]:
        """The terminals that `feed` takes here: one object for each set."""
        found = self._seen.get(node.state << 8 | node.flags)
        at = node
        while found.__class__ is tuple:
            steps, further = found
            at = ancestor(at, steps)
            found = further.get(at.state << 8 | at.flags)
        return self._explored(node) if found is None else found

    def completion(self, node: Node) -> list[int]:
        """A shortest sequence of terminals behind which `END` is accepted, among those that need no flags.

        Raises UsageError behind `END`.
        """
        return self._complete(node)

    def _reduced(self, node: Node, terminal: int, action: int) -> tuple[Node, int] | None:
        """The stack when all is reduced that this terminal ends, and the state to enter then."""
        state, below = node.state, node.parent
        while action < 0:
            left, length = self._rules[-1 - action]
            base = self._pushed(state, below) if length == 0 else ancestor(below, length - 1)
            key = base.state, left, terminal
            way = self._ways.get(key)
            if way is None:
                way = self._ways[key] = self._way(*key)
            state, found = way
            if found is None:
                return None
            action, below = found, base
        return self._pushed(state, below), action

    def _way(self, base: int, left: int, terminal: int) -> Way:
        """Where a nonterminal leads, when those that only rename it are passed over."""
        while True:
            state = self._gotos[base][left]
            action = self._actions[state].get(terminal)
            if action is None or action >= 0:
                return state, action
            left, length = self._rules[-1 - action]
            if length != 1:
                return state, action

    def _pushed(self, state: int, below: Node | None) -> Node:
        if below is None:
            return self.start
        effect = self._effects[state]
        return Node(state, below, below.depth + 1, below.flags if effect is None else effect[below.flags])

    def _explored(self, node: Node) -> frozenset[int]:
        """What `accepts` finds from now on, for all stacks that are alike as far as it matters."""
        found, looked = self._explore(node)
        found = self._sets.setdefault(found, found)
        table, at = self._seen, node
        for shallower, deeper in pairwise(looked):
            steps = deeper - shallower
            _, table = table.setdefault(at.state << 8 | at.flags, (steps, {}))
            at = ancestor(at, steps)
        table[at.state << 8 | at.flags] = found
        return found
