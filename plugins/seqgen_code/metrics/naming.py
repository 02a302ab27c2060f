"""Which names of a program are loaded though nothing binds them: a small reading of its scopes.

A name is bound if its scope binds it anywhere, or a function around it, or the module, or the language itself. Where a
name is bound later than it is loaded, or never in fact, is not looked at, nor which attributes there are.
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

GIVEN = frozenset(dir(builtins)) | frozenset(
    "__annotations__ __builtins__ __class__ __file__ __module__ __path__ __qualname__ WindowsError".split()
)
"""The names that are bound without any program."""
_BINDS: dict[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
    **{getattr(ast, kind): "name" for kind in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, kind)},
}
"""Where each kind of node holds a name that it binds in the scope it stands in."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Names(NamedTuple):
    """How often names are loaded, and how often ones that are bound nowhere."""

    loads: int
    undefined: int


def count_names(tree: ast.Module) -> Names | None:
    """The names of a program; None if it imports names without saying which."""
    if any(isinstance(node, ast.alias) and node.name == "*" for node in ast.walk(tree)):
        return None
    seen = [scope.sees(name) for scope in _scopes(tree) for name in scope.loads]
    return Names(len(seen), seen.count(False))


@dataclass(eq=False)
class _Scope:
    """What a module, class, function or comprehension binds and loads, and which names it says to be the module's."""

    node: ast.AST
    parent: "_Scope | None" = None
    bound: set[str] = field(default_factory=set)
    loads: list[str] = field(default_factory=list)
    of_module: set[str] = field(default_factory=set)

    def around(self) -> "Iterator[_Scope]":
        """The scopes around it, from the nearest to the module."""
        scope = self.parent
        while scope:
            yield scope
            scope = scope.parent

    def sees(self, name: str) -> bool:
        """Whether a name that is loaded here is bound."""
        if name in GIVEN or name in self.bound:
            return True
        return any(name in scope.bound for scope in self.around() if not isinstance(scope.node, ast.ClassDef))


def _scopes(tree: ast.Module) -> Sequence[_Scope]:
    """The scopes of a program, that of the module first, each with its names."""
    scopes, waiting = [_Scope(tree)], list[tuple[ast.AST, _Scope]]()
    waiting += [(node, scopes[0]) for node in tree.body]
    while waiting:
        node, scope = waiting.pop()
        _note(node, scope)
        here, inside = _parts(node)
        waiting += [(part, scope) for part in here]
        if inside:
            scopes.append(_Scope(node, scope, bound=_parameters(node)))
            waiting += [(part, scopes[-1]) for part in inside]
    for scope in scopes:
        scopes[0].bound |= scope.bound & scope.of_module
    return scopes


def _note(node: ast.AST, scope: _Scope) -> None:
    """Bring the names of this very node to its scope."""
    match node:
        case ast.Name(id=name):
            if isinstance(node.ctx, ast.Load):
                scope.loads.append(name)
            else:
                scope.bound.add(name)
        case ast.NamedExpr(target=ast.Name(id=name)):
            others = (one for one in (scope, *scope.around()) if not isinstance(one.node, _COMPREHENSIONS))
            next(others).bound.add(name)
        case ast.alias(name=name, asname=other):
            scope.bound.add(other or name.partition(".")[0])
        case ast.Global(names=names):
            scope.of_module.update(names)
        case _ if found := getattr(node, _BINDS.get(type(node), ""), None):
            scope.bound.add(found)


def _parts(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """The nodes below one that stand in its own scope, and those that stand in a scope that it opens."""
    below = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        inside: list[ast.AST] = [*node.body]
    elif isinstance(node, ast.Lambda):
        inside = [node.body]
    elif isinstance(node, _COMPREHENSIONS):
        first = node.generators[0].iter
        return [first], [part for part in _flat(below) if part is not first]
    else:
        return below, []
    kept = set(map(id, inside))
    return [part for part in below if id(part) not in kept], inside


def _flat(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """The nodes, with the parts of a `for` in place of it."""
    for node in nodes:
        yield from ast.iter_child_nodes(node) if isinstance(node, ast.comprehension) else [node]


def _parameters(node: ast.AST) -> set[str]:
    """The parameters of a function; their annotations and defaults stand in the scope around it."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return set()
    given = node.args
    found = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return {each.arg for each in found if each}
