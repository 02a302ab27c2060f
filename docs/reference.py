"""The reference of the names that Python programs and plugins may use, written from their docstrings for the site."""

import ast
import dataclasses
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from typing import Any

MODULES = (
    "seqgen",
    "seqgen.hookspecs",
    "seqgen.domain",
    "seqgen.tokenizer",
    "seqgen.constraint",
    "seqgen.metric",
    "seqgen.cells",
    "seqgen.command",
    "seqgen.specimens",
    "seqgen.testing",
    "seqgen.records",
    "seqgen.errors",
    "seqgen.arrays",
    "seqgen.text",
    "seqgen.vocabulary",
    "seqgen.codec",
    "seqgen.lanes",
    "seqgen.generation",
    "seqgen.checkpoint",
    "seqgen.copying",
    "seqgen.pictures",
    "seqgen.files",
    "seqgen.plugins",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
FENCE = 8
"""Signs around a name of a module; around a part of one there are fewer, and it is not listed at the side."""
LONG = 60
"""Characters of a value beyond which it is not shown."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A public name: what it is, how it is written, what is said about it, and what belongs to it."""

    kind: str
    name: str
    signature: str
    doc: str
    parts: tuple["Entry", ...] = ()


def page() -> str:
    """The whole reference as Markdown with directives."""
    return "\n\n".join(section(name) for name in MODULES) + "\n"


def section(module: str) -> str:
    """What a module offers."""
    opening = inspect.cleandoc(import_module(module).__doc__ or "")
    head = [f"## {module}", "~~~{py:module} " + module + "\n~~~", opening]
    return "\n\n".join([*head, *map(written, entries(module))])


def written(entry: Entry, fence: int = FENCE) -> str:
    """An entry and its parts as one directive; fences of parts are shorter."""
    marks = "~" * fence
    parts = [written(part, fence - 2) for part in entry.parts]
    head = f"{marks}{{py:{entry.kind}}} {entry.name}{entry.signature}"
    aside = [":no-contents-entry:"] if fence < FENCE else []
    return "\n".join([head, *aside, "", "\n\n".join([entry.doc, *parts]), marks])


def entries(module: str) -> Iterator[Entry]:
    """The public names of a module: those of its `__all__`, or else what it defines, in order."""
    there = import_module(module)
    names = getattr(there, "__all__", None) or [name for name in defined(module) if not name.startswith("_")]
    for name in names:
        yield entry(module, name, getattr(there, name))


def entry(module: str, name: str, value: Any) -> Entry:
    """One public name."""
    if inspect.isclass(value) and value.__name__ == name:
        kind = "exception" if issubclass(value, Exception) else "class"
        return Entry(kind, name, _of_class(value), inspect.getdoc(value) or "", tuple(members(value)))
    if inspect.isfunction(value):
        node = _node(value.__module__, value.__name__)
        return Entry("function", name, _of_function(node), inspect.getdoc(value) or "")
    shown = repr(value)
    signature = f"\n:value: {shown}" if len(shown) < LONG and " at 0x" not in shown else ""
    return Entry("data", name, signature, _said(module).get(name, ""))


def members(kind: type) -> Iterator[Entry]:
    """The fields and constants of a class that have words of their own, and all its public methods and properties."""
    said, node = _said_in(kind), _node(kind.__module__, kind.__name__)
    for line in node.body:
        for name in _targets(line) if isinstance(line, ast.AnnAssign) else []:
            if name in said:
                yield Entry("attribute", name, f"\n:type: {_plain(line.annotation)}", said[name])
    for each in node.body:
        if isinstance(each, Function) and not each.name.startswith("_"):
            yield _method(kind, each)


def fields(kind: type) -> dict[str, str]:
    """What is said about each field and constant of a class: below it, as its help, in the docstring, or by a base."""
    doc, said = inspect.getdoc(kind) or "", _said_in(kind)
    body = _node(kind.__module__, kind.__name__).body
    names = [name for line in body if isinstance(line, ast.AnnAssign) for name in _targets(line) if name[0] != "_"]
    told = {name: doc for name in names if re.search(rf"\b{name.replace('_', '[_ ]')}\b", doc)}
    bases = [base for base in kind.__bases__ if base.__module__.startswith("seqgen")]
    inherited = {name: words for base in bases for name, words in fields(base).items()}
    return inherited | {name: said.get(name) or told.get(name) or inherited.get(name, "") for name in names}


def _method(kind: type, node: Function) -> Entry:
    value = inspect.getattr_static(kind, node.name)
    doc = inspect.getdoc(getattr(kind, node.name) if not isinstance(value, cached_property) else value.func) or ""
    if isinstance(value, (property, cached_property)):
        return Entry("property", node.name, f"\n:type: {_plain(node.returns)}" if node.returns else "", doc)
    what = {classmethod: "classmethod", staticmethod: "staticmethod"}.get(type(value), "method")
    return Entry(what, node.name, _of_function(node, bound=what != "staticmethod"), doc)


def _of_function(node: Any, *, bound: bool = False) -> str:
    given = ast.parse(ast.unparse(node)).body[0].args  # type: ignore[attr-defined]
    for each in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if each is not None and each.annotation is not None:
            each.annotation = ast.parse(_plain(each.annotation), mode="eval").body
    if bound:
        del (given.posonlyargs or given.args)[0]
    return f"({ast.unparse(given)})" + (f" -> {_plain(node.returns)}" if node.returns else "")


def _of_class(kind: type) -> str:
    types = _types(kind)
    if dataclasses.is_dataclass(kind):
        given = [f"{each.name}: {types[each.name]}{_default(each)}" for each in dataclasses.fields(kind) if each.init]
        return f"({', '.join(given)})"
    if hasattr(kind, "_fields"):
        return f"({', '.join(f'{name}: {types[name]}' for name in kind._fields)})"
    body = _node(kind.__module__, kind.__name__).body if "__init__" in vars(kind) else []
    makers = [each for each in body if isinstance(each, Function) and each.name == "__init__"]
    return _of_function(makers[0], bound=True).removesuffix(" -> None") if makers else ""


def _types(kind: type) -> dict[str, str]:
    """The types of the fields of a class and of its bases, as they are written."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if dataclasses.is_dataclass(base) or hasattr(base, "_fields"):
            body = _node(base.__module__, base.__name__).body
            lines = [line for line in body if isinstance(line, ast.AnnAssign)]
            found |= {name: _plain(line.annotation) for line in lines for name in _targets(line)}
    return found


def _default(each: dataclasses.Field[Any]) -> str:
    if each.default is dataclasses.MISSING:
        return "" if each.default_factory is dataclasses.MISSING else " = ..."
    shown = repr(each.default)
    return f" = {shown}" if len(shown) < LONG and shown.isascii() and "<" not in shown else " = ..."


def _plain(annotation: ast.expr) -> str:
    """A type as it is written, without the quotes of one that is imported late."""
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    return annotation.value if quoted else ast.unparse(annotation)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _node(module: str, name: str) -> Any:
    return next(node for node in _tree(module).body if getattr(node, "name", "") == name)


def defined(module: str) -> list[str]:
    """The names that a module itself defines, in order."""
    found = []
    for node in _tree(module).body:
        if isinstance(node, (Function, ast.ClassDef)):
            found.append(node.name)
        found += _targets(node)
    return found


def _targets(node: ast.stmt) -> list[str]:
    """The names that an assignment gives a value to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


@cache
def _said(module: str) -> dict[str, str]:
    """What stands below each constant of a module and of the modules in it."""
    there = import_module(module)
    inside = [f"{module}.{each.name}" for each in pkgutil.iter_modules(getattr(there, "__path__", []))]
    said: dict[str, str] = {}
    for name in [*inside, module]:
        said |= _below(_tree(name).body)
    return said


def _said_in(kind: type) -> dict[str, str]:
    """What stands below each field of a class, or is its help."""
    options = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    helps = {each.name: each.metadata["help"].rstrip(".") + "." for each in options if "help" in each.metadata}
    return helps | _below(_node(kind.__module__, kind.__name__).body)


def _below(body: list[ast.stmt]) -> dict[str, str]:
    said: dict[str, str] = {}
    names: list[str] = []
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said |= dict.fromkeys(names, inspect.cleandoc(node.value.value))
        names = _targets(node)
    return said


if __name__ == "__main__":
    print(page())
