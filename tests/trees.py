"""Syntax trees of the product's modules, for the tests that read code instead of running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its text and its tree."""

    name: str
    source: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def room(self) -> str:
        """The part of the core it belongs to: `nn` for `seqgen.nn.stack`; `seqgen` itself for the package."""
        return self.name.split(".")[1] if "." in self.name else self.name


@dataclass(frozen=True)
class Import:
    """One name that a module imports: `module` and, for `from module import name`, the name."""

    module: str
    name: str
    line: int
    lazy: bool


def core() -> list[Module]:
    return _modules(ROOT, ROOT / "seqgen")


def plugins() -> list[Module]:
    return _modules(ROOT / "plugins", ROOT / "plugins")


def parse(name: str, source: str) -> Module:
    return Module(name, source, ast.parse(source))


def functions(module: Module) -> list[Function]:
    return [node for node in ast.walk(module.tree) if isinstance(node, Function)]


def classes(module: Module) -> list[ast.ClassDef]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]


def imports(module: Module) -> Iterator[Import]:
    """Every import that happens when code runs; those for the type checker alone are left out."""
    yield from _imports(module.tree, lazy=False)


def _imports(tree: ast.AST, *, lazy: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(node.module or "", alias.name, node.lineno, lazy) for alias in node.names)
        elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield from _imports(node, lazy=lazy or isinstance(node, Function))


def _modules(base: Path, folder: Path) -> list[Module]:
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(base).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(parse(name, path.read_text("utf-8")))
    assert found, f"no modules in {folder}"
    return found
