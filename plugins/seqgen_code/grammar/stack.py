"""The stack of the machine, as linked nodes."""

from __future__ import annotations


class Node:
    """The top of a stack that nobody changes: what is pushed later shares it. Two are equal if they are the same one.

    `depth` counts the nodes below it; `flags` are those of `compile`, as bits.
    """

    __slots__ = ("depth", "flags", "parent", "state")

    def __init__(self, state: int, parent: Node | None, depth: int, flags: int) -> None:
        self.state = state
        self.parent = parent
        self.depth = depth
        self.flags = flags


def ancestor(node: Node | None, steps: int) -> Node:
    """The node that is so many below this one; there must be one."""
    for _ in range(steps):
        node = node.parent  # type: ignore[union-attr]
    return node  # type: ignore[return-value]
