"""Stripped source means the same: its syntax tree is as it was, docstrings apart, and nothing else has moved."""

import ast
import io
import textwrap
import tokenize
import warnings
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen import corpus
from seqgen_code.reading import CodeOptions, read_code
from seqgen_code.stripping import stripped

BODIES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
CASES = {
    "a comment behind code": ("x = 1  # one\n", "x = 1\n"),
    "a comment alone": ("  # one\nx = 1\n\t# two\ny = 2\n", "x = 1\ny = 2\n"),
    "a comment at the end": ("x = 1\n# end", "x = 1\n"),
    "a sign in a string": ("x = '# no'  # yes\n", "x = '# no'\n"),
    "a comment in brackets": ("x = [  # one\n    1,\n    # two\n]\n", "x = [\n    1,\n]\n"),
    "a comment behind a backslash": ("x = 1 \\\n# kept\ny = 2  # gone\n", "x = 1 \\\n# kept\ny = 2\n"),
    "a comment with a backslash": ("# one \\\n# two \\\nx = 1\n", "x = 1\n"),
    "empty lines stay": ("\n# one\n\nx = 1\n", "\n\nx = 1\n"),
    "line ends stay": ("x = 1  # one\r\n# two\r\ny = 2\r# three\rz = 3\r", "x = 1\r\ny = 2\rz = 3\r"),
    "a form feed": ("\f# one\nx = 1\n", "x = 1\n"),
    "the docstring of a module": ('"""One."""\n\nx = 1\n', "\nx = 1\n"),
    "a docstring of many lines": (
        "def f():\n    '''One\n    two.\n    '''\n    return 1\n",
        "def f():\n    return 1\n",
    ),
    "all that a body has": ('class A:\n    """One."""  # two\n\nx = 1\n', "class A:\n    pass\n\nx = 1\n"),
    "a body in a line": ('def f(): "One."\n', "def f(): pass\n"),
    "strings that would take its place": ('"One."\n"Two."\nx = "three"\n', 'x = "three"\n'),
    "nothing but strings": ('def f():\n    "One."\n    "Two."\n', "def f():\n    pass\n"),
    "beside other code": ('def f():\n    "One."; return 1\n', 'def f():\n    "One."; return 1\n'),
    "in brackets": ('def f():\n    ("One."\n     "Two.")\n    return 1\n', "def f():\n    return 1\n"),
    "behind letters of several bytes": ('def é(): "ééé"\nx = 1\n', "def é(): pass\nx = 1\n"),
    "in what is nested": (
        'if x:\n    class A:\n        "One."\n        async def f():\n            "Two."\n            return 1\n',
        "if x:\n    class A:\n        async def f():\n            return 1\n",
    ),
    "what is no docstring": ("def f():\n    f'{x}'\n    b'y'\n    x\n", "def f():\n    f'{x}'\n    b'y'\n    x\n"),
    "nothing": ("", ""),
}


def meaning(text: str) -> str:
    """The syntax tree without docstrings; a body of nothing else is one that passes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, BODIES):
            while node.body and is_string(node.body[0]):
                del node.body[0]
            node.body = node.body or [ast.Pass()]
    return ast.dump(tree)


def is_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def assert_stripped(text: str) -> None:
    found = stripped(text, comments=True, docstrings=True)
    assert found is not None and meaning(found) == meaning(text)
    assert stripped(found, comments=True, docstrings=True) == found


def code(text: str) -> list[tuple[int, str]]:
    """The tokens, but for comments and the ends of lines without code."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(each.type, each.string) for each in tokens if each.type not in (tokenize.COMMENT, tokenize.NL)]


@pytest.mark.parametrize(("text", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_goes_and_what_stays(text: str, wanted: str) -> None:
    assert stripped(text, comments=True, docstrings=True) == wanted
    assert meaning(wanted) == meaning(text) and stripped(text, comments=False, docstrings=False) == text
    assert stripped(wanted, comments=True, docstrings=True) == wanted


def test_the_law_can_fail() -> None:
    assert meaning("x = 1\n") != meaning("x = 2\n") and meaning('"a"\nx = 1\n') == meaning("x = 1\n")


@pytest.mark.parametrize(
    "text", ["x = (1  # one\n", "if x:\n  y\n z  # one\n", "'one\nx = 1  # two\n", "x = $  # one\n"]
)
def test_what_is_no_python_is_left_alone(text: str) -> None:
    assert stripped(text, comments=True, docstrings=False) is None


@pytest.mark.parametrize("text", ["print 'one'\n", "\0\n", "(" * 3000, "x = '\udcff'\n"])
def test_what_has_no_syntax_tree_keeps_its_docstrings(text: str) -> None:
    assert stripped(text, comments=False, docstrings=True) is None


def sample(*, every: int) -> list[str]:
    notes = Counter[str]()
    files = corpus.find("stdlib").files[::every]
    return [each.content for path in files for each in read_code(Path(path), CodeOptions(), notes)]


def test_the_library_means_what_it_meant() -> None:
    for text in sample(every=40):
        assert_stripped(text)
        found = stripped(text, comments=True, docstrings=False) or ""
        assert code(found) == code(text)
        tokens = tokenize.generate_tokens(io.StringIO(found).readline)
        assert not [token for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.slow
def test_all_of_the_library_means_what_it_meant() -> None:
    for text in sample(every=1):
        assert_stripped(text)


LINES = [
    "x = 1",
    '"a"',
    "'''b\n  c'''",
    "# d",
    '"e"  # f',
    "x = [\n# g\n1]",
    '"h"; x',
    "",
    "x = 1 \\\n",
    "pass",
    "f(x)  #",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=5), st.lists(st.sampled_from(LINES), max_size=4))
def test_any_lines_mean_what_they_meant(outer: list[str], inner: list[str]) -> None:
    body = textwrap.indent("\n".join(["", *inner]), "    ")
    text = "\n".join([*outer, f"def f():{body}", *outer, ""])
    try:
        meaning(text)
    except SyntaxError:
        return
    assert_stripped(text)
