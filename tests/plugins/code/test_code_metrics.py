"""The metrics of code, on examples worked by hand and beside what the library says."""

import os
import symtable
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from seqgen.metric import Excerpt, Material, compare
from seqgen_code.lexers.python import PYTHON
from seqgen_code.metrics import METRICS, judging
from seqgen_code.metrics.clones import EDGE, SIGNS, Normaliser
from seqgen_code.metrics.naming import GIVEN, Names, _scopes, count_names

MEASURES = {metric.name: metric.measure for metric in METRICS}
LIBRARY = Path(os.__file__).parent


def whole(*texts: str) -> list[Excerpt]:
    return [Excerpt((text[:3], text[3:])) for text in texts]


def cut(*texts: str) -> list[Excerpt]:
    return [Excerpt((text,), ends=False) for text in texts]


def measured(name: str, excerpts: Sequence[Excerpt], *training: str) -> float | None:
    return MEASURES[name](
        excerpts, Material(excerpts, training=lambda: iter([text[:2], text[2:]] for text in training))
    )


GOOD = ("x = 1\n", "def f():\n    return '\\d'", "", "\ufeffx = 1\n", "# only this")
BAD = ("x = \n", "if x:\n", "print 'x'\n", "x\x00", "(" * 5000, "x = '\udc80'\n", "  x\n", "x = 1 is 1 is\n")


@pytest.mark.filterwarnings("error")
def test_the_share_that_parses() -> None:
    assert [judging.parses(each) for each in whole(*GOOD)] == [True] * len(GOOD)
    assert [judging.parses(each) for each in whole(*BAD)] == [False] * len(BAD)
    assert measured("parses", whole(*GOOD[:3], BAD[0])) == 3 / 4
    assert measured("parses", []) is None
    middle = Excerpt(("x = 1\n",), begins=False)
    assert measured("parses", [middle]) is None and measured("parses", [middle, *whole("x =")]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\ny = (",
        "x = (1,\n",
        "def f():\n",
        "def f():\n    '''a\n",
        "@f\n",
        "try:\n    x\n",
        "x = \\\n",
        "x = 1\nde",
        "if",
    ],
)
def test_what_is_cut_parses_if_it_could_go_on(text: str) -> None:
    assert judging.parses(*cut(text)) and not (text.endswith("\n") and judging.parses(*whole(text)))


@pytest.mark.parametrize(
    "text", ["x = = 1\n", "x = (1\ndef f(): pass\n", "try:\n    x\ny\n", "x = )\nx", "x = 'a\ny\n"]
)
def test_what_is_cut_is_not_forgiven_what_nothing_can_mend(text: str) -> None:
    assert not judging.parses(*cut(text))


def test_every_beginning_of_a_program_is_one() -> None:
    text = (LIBRARY / "bisect.py").read_text("utf-8")
    assert all(judging.parses(*cut(text[:size])) for size in range(0, len(text), 7))


@pytest.mark.filterwarnings("error")
def test_the_share_that_compiles_is_of_whole_samples() -> None:
    assert measured("compiles", whole("x = 1\n", "return\n", "def f(a, a): pass\n", "x = '\\d'\n")) == 2 / 4
    assert measured("parses", whole("return\n", "def f(a, a): pass\n")) == 1, "both are within the grammar"
    assert measured("compiles", cut("x = 1\n")) is None
    assert measured("compiles", whole("raise SystemExit(print('run'))\n")) == 1, "nothing is run"


def test_lines_are_good_up_to_the_first_that_cannot_go_on() -> None:
    assert judging.good_lines(*whole("a = 1\nb = (\n2)\nc = = 3\nd = 4\n")) == (3, 5)
    assert judging.good_lines(*whole("a = 1\nb = (\n")) == (2, 2), "the lines are good, the end is not"
    assert judging.good_lines(*cut("a = 1\nb = = 2\nc")) == (1, 2)
    assert measured("good_lines", whole("a = 1\n", "a b\nc\n")) == 1 / 3
    assert measured("good_lines", whole("")) is None


NAMED = {
    "x = y\n": (1, 1),
    "import os.path as p, sys\np, sys, os\n": (3, 1),
    "def f(a, *b, c=d, **e):\n    return a, b, c, e, f, z\n": (7, 2),
    "class A:\n    x = 1\n    y = x\n    def f(self):\n        return x, self, A, __class__\n": (5, 1),
    "[i for i in j if i]\ni\n": (4, 2),
    "def f():\n    [(k := i) for i in ()]\n    return k, i\n": (3, 1),
    "try:\n    1\nexcept ValueError as e:\n    e\n": (2, 0),
    "def f():\n    global g\n    g = 1\ng\nh\n": (2, 1),
    "def f():\n    g = 1\ng\n": (1, 1),
    "def f():\n    def g():\n        return h\n    h = 1\n": (1, 0),
    "[i for i in i]\n": (2, 1),
    "match 1:\n    case {'a': b, **c}:\n        b, c\n    case [*d]:\n        d\n": (3, 0),
    "match 1:\n    case {'a': b, **c} | [b, *c]:\n        b, c\n    case A(d=e) as f:\n        e, f\n": (5, 1),
    "lambda a, b=c: (a, b, c)\n": (4, 2),
    "for x in range(3): print(x)\nprint(__name__)\n": (5, 0),
    "with open('') as f: f\ndel g\ng\n": (3, 0),
    "f'{a} {1:{b}}'\n": (2, 2),
    "def f(a: T) -> U: ...\n": (2, 2),
}


@pytest.mark.parametrize("text", NAMED)
def test_names_that_nothing_binds(text: str) -> None:
    tree = judging.tree_of(text)
    assert tree and count_names(tree) == Names(*NAMED[text])


def test_undefined_names_are_counted_per_hundred_loads_of_what_parses() -> None:
    assert measured("undefined_names", whole("x = y\n", "x = 1\nx, x, x\n", "z = = z\n")) == 100 / 4
    assert measured("undefined_names", whole("from a import *\nb\n")) is None, "it may bind anything"
    assert measured("undefined_names", cut("x = y\nz = (y,\nx")) == 100, "the statement that is cut is left out"
    assert measured("undefined_names", whole("")) is None


def nowhere_bound(text: str) -> set[str]:
    """The names that the symbol tables of the compiler show to be loaded and bound nowhere."""
    waiting = [top := symtable.symtable(text, "", "exec")]
    bound = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()}
    loaded = set[str]()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        for each in table.get_symbols():
            bound |= {each.get_name()} if each.is_declared_global() and each.is_assigned() else set()
            far = each.is_global() or table is top
            loaded |= {each.get_name()} if each.is_referenced() and far and not each.is_local() else set()
    return loaded - bound - GIVEN


@pytest.mark.parametrize("name", ["turtle", "ssl", "inspect", "argparse", "typing", "functools", "asyncio/base_events"])
def test_the_names_are_those_of_the_symbol_tables(name: str) -> None:
    text = (LIBRARY / f"{name}.py").read_text("utf-8")
    tree = judging.tree_of(text)
    assert tree
    ours = {load for scope in _scopes(tree) for load in scope.loads if not scope.sees(load)}
    assert ours == nowhere_bound(text)
    assert nowhere_bound(text + "\ndef g(): return unheard_of\n") == ours | {"unheard_of"}


def normal(text: str) -> list[int]:
    return Normaliser(PYTHON).read(text).tolist()


def test_names_and_values_are_told_apart_no_more() -> None:
    assert normal("a = a + b  # c\n") == normal("x=x+y\n") == normal("\n\nlong = long + n")
    assert normal("a = 1.5 + 'x'") == normal("b = 0xff + f'''y'''")
    different = ["a = a + b", "a = b + b", "a = b + a", "a = b + c", "a = a - b", "a = 1 + 'x'", "a = 'x' + 1", "def a"]
    assert len({tuple(normal(text)) for text in different}) == len(different)
    one, other = normal("f(a, b)\ng(b)"), normal("f(a, b)\ng(a)")
    assert one == other and normal("f(a, b); g(b)") != normal("f(a, b); g(a)"), "each line counts anew"
    assert normal("") == [] and min(normal("a $ 'x' 1 def")) > EDGE and SIGNS > EDGE


def test_slots_are_those_of_the_definition() -> None:
    """Every name of a line by how many others came before it there."""
    text = (LIBRARY / "heapq.py").read_text("utf-8")
    normaliser, wanted, seen = Normaliser(PYTHON), list[int](), list[str]()
    for _, lexeme in PYTHON.lexemes(text):
        kind = PYTHON.class_of(lexeme)
        if kind == "\n":
            seen = []
        elif kind == "name" and lexeme not in PYTHON.keywords:
            seen += [] if lexeme in seen else [lexeme]
            wanted.append(seen.index(lexeme))
    codes = normaliser.read(text)
    np.testing.assert_array_equal(codes[codes >= normaliser._names] - normaliser._names, wanted)


def test_a_copy_under_other_names_is_found() -> None:
    training = ("import a\n\ndef add(a, b):\n    total = a + b\n    return total\n", "x = 1\n")
    copied = "y = []\ndef plus(p, q):\n    s = p + q  # sum\n    return s\n"
    assert measured("longest_copy_normalised", whole(copied), *training) == 8 + 5 + 2
    changed = copied.replace("p + q", "p - q")
    assert measured("longest_copy_normalised", whole(copied, changed), *training) == (15 + 11) / 2
    assert measured("longest_copy_normalised", [], *training) is None
    assert measured("longest_copy_normalised", whole("class A: pass"), *training) == 1, "`A`, or `:`"
    assert measured("longest_copy_normalised", whole("return total\nx = 1"), *training) == 3, (
        "not into the next document"
    )


def test_json_loads() -> None:
    good = ('{"a": [1, 2.5e3, null]}', "[]", " 3 ", "9" * 5000)
    bad = ("{'a': 1}", "[1,]", "[NaN]", "", "[1] 2", "[" * 100_000)
    assert measured("loads", whole(*good)) == 1 and measured("loads", whole(*bad)) == 0
    assert measured("loads", [*whole("[1]", "[1"), *cut("[1")]) == 1 / 2


def test_markup_is_well_formed() -> None:
    good = ("<a b='c'>d &lt; e</a>", "<?xml version='1.0' encoding='latin-1'?>\n<a>é</a>", "<a/>")
    bad = ("<a>", "<a></b>", "<a b=c/>", "<a>&nope;</a>", "", "<a/>\ud800", "a")
    assert measured("well_formed", whole(*good)) == 1 and measured("well_formed", whole(*bad)) == 0
    assert measured("well_formed", cut("<a><b>c", "<a><b></a>")) == 1 / 2


def test_entities_are_neither_multiplied_nor_fetched(tmp_path: Path) -> None:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE a [<!ENTITY e0 '{'x' * 50}'>{levels}]><a>&e11;</a>"
    assert measured("well_formed", whole(bomb)) == 0
    outside = f"<!DOCTYPE a SYSTEM '{tmp_path / 'none.dtd'}'><a/>"
    assert measured("well_formed", whole(outside)) == 1


def test_each_is_for_its_own_tokenizer() -> None:
    own = {metric.name: metric.tokenizers for metric in METRICS}
    assert {name for name, tokenizers in own.items() if tokenizers == ("python",)} == {
        "parses", "good_lines", "compiles", "undefined_names", "longest_copy_normalised",
    }  # fmt: skip
    assert (own["loads"], own["well_formed"]) == (("json",), ("markup",))


@pytest.fixture
def loud() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_all_sides_are_measured(loud: None) -> None:
    sides = whole(*GOOD), whole(*GOOD, *BAD), whole(*BAD)
    found = compare(METRICS, Material(sides[0], sides[1], free=sides[2], training=lambda: iter([["x = 1\n"]])))
    assert (found["parses"].generated, found["parses"].free) == (1, 0)
    assert found["parses"].held_out == len(GOOD) / (len(GOOD) + len(BAD))
