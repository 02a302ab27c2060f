"""What a lexeme changes in what is around it, for the constraint of Python: brackets, and the names that are taken.

Each function gives the frame behind a lexeme, or None if it must not stand here; `node` is before it, and `name` the
name before it.
"""

from collections.abc import Callable
from typing import Final

from seqgen_code.constraints.python.acts import Act
from seqgen_code.constraints.python.parts import LINKS, Parts
from seqgen_code.constraints.python.states import NOTHING, Frame, Scope
from seqgen_code.grammar.stack import Node


def taken(frame: Frame, name: str) -> Frame:
    """The frame when a name is taken in its innermost scope."""
    scope = frame.scopes
    return frame if scope is None else frame._replace(scopes=scope._replace(names=scope.names | {name}))


def scope_of(frame: Frame, *, function: bool = False) -> Scope:
    """A scope within the innermost one."""
    return Scope(NOTHING, function, frame.scopes, frame.links)


def _named(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    if node.state not in parts.names.banning:
        return frame
    if act.text in parts.names.banned(node, frame):
        return None
    return taken(frame, act.text) if node.state in parts.names.parameters else frame


def _literal(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    return None if frame.inside and (not act.marks.isdisjoint(frame.inside) or "\\" in act.marks) else frame


def _opened(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    linked = frame if act.terminal == "{" else _linked(parts, node, frame, act, name)
    return linked and parts.sorted(linked._replace(brackets=frame.brackets + 1, scopes=scope_of(linked)))


def _closed(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    scope = frame.scopes
    return scope and parts.sorted(frame._replace(brackets=frame.brackets - 1, scopes=scope.below, links=scope.links))


def _lambda(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    return frame._replace(scopes=scope_of(frame, function=True))


def _colon(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    scope = frame.scopes
    return frame._replace(scopes=scope.below) if scope and scope.function else frame


def _linked(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    """What makes the expression longer."""
    if act.terminal in parts.names.refused(node, frame, name):
        return None
    return frame._replace(links=frame.links + 1)


def _comma(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    links = frame.scopes.links if frame.scopes else 0
    return frame if links == frame.links else frame._replace(links=links)


def _elif(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    full = frame.elifs >= parts.grammar.limits.links
    return None if full else parts.sorted(frame._replace(elifs=frame.elifs + 1))


def _equals(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    if "=" in parts.names.refused(node, frame, name):
        return None
    return taken(frame, name) if node.state in parts.names.keywords else frame


def _match(parts: Parts, node: Node, frame: Frame, act: Act, name: str) -> Frame | None:
    return None if frame.blocks >= parts.grammar.limits.blocks else frame


AROUND: Final[dict[str, Callable[[Parts, Node, Frame, Act, str], Frame | None]]] = {
    "NAME": _named,
    **dict.fromkeys(LINKS, _linked),
    **dict.fromkeys(("STRING", "BYTES"), _literal),
    **dict.fromkeys("([{", _opened),
    **dict.fromkeys(")]}", _closed),
    "lambda": _lambda,
    ":": _colon,
    **dict.fromkeys(",;", _comma),
    "elif": _elif,
    "=": _equals,
    "match": _match,
}
"""By terminal."""
