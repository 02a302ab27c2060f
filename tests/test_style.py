"""The house style, counted: short functions and files, small classes, few parameters, words for what is public."""

import ast
import statistics
from collections.abc import Callable, Iterator

import pytest

from tests.trees import Function, Module, classes, core, functions, parse, plugins

MEDIAN, LONGEST, FILE, METHODS, PARAMETERS, POSITIONAL = 10, 40, 300, 12, 7, 2
FORBIDDEN = {"pickle", "dill", "marshal", "shelve", "cloudpickle", "joblib"}

Rule = Callable[[Module], Iterator[str]]

PRODUCT = core() + plugins()
BASES: dict[str, list[ast.ClassDef]] = {}
"""The classes of the product by their names, of which there may be two alike."""
for _module in PRODUCT:
    for _class in classes(_module):
        BASES.setdefault(_class.name, []).append(_class)
AUTOGRAD = ("forward", "backward")
"""What torch explains."""


def lines(function: Function) -> int:
    """From the signature to the end, the docstring left out."""
    docstring = 0 if ast.get_docstring(function) is None else _height(function.body[0])
    return _height(function) - docstring


def _height(node: ast.stmt) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def long_functions(module: Module) -> Iterator[str]:
    for each in functions(module):
        if lines(each) > LONGEST:
            yield f"{module.name}.{each.name}: {lines(each)} lines, at most {LONGEST}"


def long_files(module: Module) -> Iterator[str]:
    count = len(module.source.splitlines())
    if count > FILE:
        yield f"{module.name}: {count} lines, at most {FILE}"


def large_classes(module: Module) -> Iterator[str]:
    for each in classes(module):
        count = sum(isinstance(node, Function) for node in each.body)
        if count > METHODS:
            yield f"{module.name}.{each.name}: {count} methods, at most {METHODS}"


def crowded_signatures(module: Module) -> Iterator[str]:
    if module.name.startswith("seqgen.cli"):
        return  # a command has as many parameters as it has options
    for each in functions(module):
        count = len(_positional(each)) + len(each.args.kwonlyargs)
        if count > PARAMETERS:
            yield f"{module.name}.{each.name}: {count} parameters, at most {PARAMETERS}"


def unnamed_choices(module: Module) -> Iterator[str]:
    """A parameter with a default is a choice; after the second parameter a reader should see its name at the call."""
    for each in functions(module):
        if each.args.defaults and len(_positional(each)) > POSITIONAL:
            yield f"{module.name}.{each.name}: write * before the parameters after the second that have a default"


def _positional(function: Function) -> list[ast.arg]:
    given = function.args.posonlyargs + function.args.args
    return given[1:] if given and given[0].arg in ("self", "cls") else given


def missing_docstrings(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield f"{module.name}: no docstring"
    for node in module.tree.body:
        if isinstance(node, (Function, ast.ClassDef)) and _speaks_to_others(node) and not ast.get_docstring(node):
            yield f"{module.name}.{node.name}: no docstring"


def silent_methods(module: Module) -> Iterator[str]:
    """A method says itself what it does, unless it is one of a base that says so."""
    for each in module.tree.body:
        if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            for node in each.body:
                if isinstance(node, Function) and not (node.name.startswith("_") or _is_explained(each, node.name)):
                    yield f"{module.name}.{each.name}.{node.name}: no docstring"


def _is_explained(kind: ast.ClassDef, method: str) -> bool:
    own = [node for node in kind.body if isinstance(node, Function) and node.name == method]
    if any(map(ast.get_docstring, own)):
        return True
    bases = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in kind.bases}
    known = [base for name in bases - {kind.name} for base in BASES.get(name, [])]
    return any(_is_explained(base, method) for base in known) or (method in AUTOGRAD and "Function" in bases)


def _speaks_to_others(node: Function | ast.ClassDef) -> bool:
    """Public, and not the answer to a hook, which is explained where the hook is."""
    answers = any(ast.unparse(each) == "hookimpl" for each in node.decorator_list)
    return not node.name.startswith("_") and not answers


def unsafe_calls(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        words = _words(node)
        if words & FORBIDDEN or words & {"eval", "exec", "torch.load", "torch.save", "numpy.load"}:
            yield f"{module.name}, line {node.lineno}: {', '.join(sorted(words))}"  # type: ignore[attr-defined]


def _words(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0], *(f"{node.module}.{alias.name}" for alias in node.names)}
    if isinstance(node, ast.Call):
        return {ast.unparse(node.func).replace("np.", "numpy.")}
    return set()


RULES: list[Rule] = [
    long_functions,
    long_files,
    large_classes,
    crowded_signatures,
    unnamed_choices,
    missing_docstrings,
    silent_methods,
    unsafe_calls,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps(rule: Rule) -> None:
    assert [fault for module in PRODUCT for fault in rule(module)] == []


def test_the_median_function_is_short() -> None:
    assert statistics.median(lines(each) for module in PRODUCT for each in functions(module)) < MEDIAN


BAD: dict[Rule, str] = {
    long_functions: "def f():\n" + "    x = 1\n" * LONGEST,
    long_files: "x = 1\n" * (FILE + 1),
    large_classes: "class A:\n" + "".join(f"    def f{i}(self): ...\n" for i in range(METHODS + 1)),
    crowded_signatures: "def f(a, b, *, c, d, e, f, g, h): ...",
    unnamed_choices: "def f(a, b, c=1): ...",
    missing_docstrings: '"""A module."""\ndef f(): ...',
    silent_methods: "class A:\n    def f(self): ...\n\nclass Bad(A):\n    def f(self): ...",
    unsafe_calls: "import numpy as np\nnp.load('x')",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_bad_module_is_caught_by(rule: Rule) -> None:
    assert list(rule(parse("seqgen.bad", BAD[rule])))


@pytest.mark.parametrize("source", ["import pickle", "from torch import load", "eval('1')", "torch.load(x)"])
def test_every_door_to_foreign_code_is_known(source: str) -> None:
    assert list(unsafe_calls(parse("seqgen.bad", source)))


def test_a_docstring_costs_nothing() -> None:
    spoken = 'def f():\n    """' + "words\n    " * 60 + '"""\n    return 1\n'
    assert lines(functions(parse("seqgen.good", spoken))[0]) == 2
