"""Python: what is drawn parses, the mask says what `step` takes, a way always leads to an end, and what people write is
taken."""

import ast
import io
import tokenize
import warnings
from collections.abc import Callable, Iterable
from itertools import islice
from keyword import iskeyword
from pathlib import Path
from random import Random

import numpy as np
import pytest

from seqgen.codec import Codec
from seqgen.constraint import Spoken, State
from seqgen.corpus.builders import stdlib
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_code.constraints.python import Limits, PythonProgram, around, steps
from seqgen_code.constraints.python.acts import Act
from seqgen_code.constraints.python.parts import Parts
from seqgen_code.constraints.python.states import At, Frame
from seqgen_code.grammar.stack import Node
from seqgen_code.tokenizers.source import Python
from tests.plugins.code.walks import accepted, codec_of, disagreeing, refused, spoken

ALL = ("definition", "block", "statement", "line")
NARROW = Limits(brackets=3, blocks=3, stack=12, links=3)
BLOCKS = frozenset({"def", "class", "if", "for", "while", "with", "try", "async", "@", " kmatch", ":", " >"})
"""What leads to blocks."""


def content(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def texts(count: int) -> list[str]:
    return [content(path) for path in stdlib() if 3000 < path.stat().st_size < 9000][:count]


def small(levels: tuple[str, ...] = ("definition",), *, size: int = 40) -> Codec:
    return codec_of(Python(vocabulary_size=size, pieces=40, levels=levels), texts(8))


@pytest.fixture(scope="module")
def codec() -> Codec:
    return small()


@pytest.fixture(scope="module")
def constraint(codec: Codec) -> PythonProgram:
    return PythonProgram(codec)


def said(codec: Codec, text: str) -> list[Spoken]:
    """The symbols of a text, as a model reads them."""
    found = [codec.vocabulary.symbol_of(int(id)) for ids in codec.encode(text) for id in ids]
    return [each for each in found if isinstance(each, str | Boundary)]


def goes(action: Callable[[], object]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            action()
        except SyntaxError:
            return False
    return True


def parses(text: str) -> bool:
    return goes(lambda: ast.parse(text))


def compiles(text: str) -> bool:
    return goes(lambda: compile(text, "program", "exec", dont_inherit=True))


# walks


class Drawing:
    """Random documents: drawn evenly among all symbols, or so that all kinds of them and many statements come."""

    def __init__(self, codec: Codec, constraint: PythonProgram) -> None:
        self._codec, self._constraint = codec, constraint
        self._found: dict[bytes, list[Spoken]] = {}

    def draw(self, random: Random, length: int, *, evenly: bool) -> str:
        """The text of so many symbols, and of a way to the end."""
        constraint, symbols = self._constraint, list[Spoken]()
        state: State = constraint.start
        for _ in range(length):
            every = self._said(state)
            symbols.append(random.choice(every) if evenly else self._wanted(random, state, every))
            state = constraint.step(state, symbols[-1])
            assert state is not None
        for symbol in constraint.complete(state):
            state = constraint.step(state, symbol)
            assert state is not None
            symbols.append(symbol)
        assert constraint.ends(state)
        assert constraint.step(state, DOCUMENT_BOUNDARY) == constraint.start
        return spoken(self._codec, symbols)

    def _wanted(self, random: Random, state: State, every: list[Spoken]) -> Spoken:
        """A symbol that leads to a block, or to the end; or one of a kind that is drawn first."""
        what = random.random()
        leading = [each for each in every if each in BLOCKS] if what < 0.3 else [*islice(self._way(state), 1)]
        if what < 0.6 and leading:
            return random.choice(leading)
        kinds: dict[object, list[Spoken]] = {}
        for each in every:
            kinds.setdefault(kind(each), []).append(each)
        return random.choice(kinds[random.choice(list(kinds))])

    def _way(self, state: State) -> Iterable[Spoken]:
        return self._constraint.complete(state)

    def _said(self, state: State) -> list[Spoken]:
        mask = self._constraint.allowed(state)
        key = mask.tobytes()
        if key not in self._found:
            found = [self._codec.vocabulary.symbol_of(int(id)) for id in np.flatnonzero(mask)]
            self._found[key] = [
                each for each in found if isinstance(each, str | Boundary) and each != DOCUMENT_BOUNDARY
            ]
        return self._found[key]


def kind(symbol: Spoken) -> object:
    """What symbols have in common: how they begin, or that they are names; all else is of its own."""
    if isinstance(symbol, str) and symbol[:1] == " ":
        return symbol[:2]
    return "" if isinstance(symbol, str) and symbol.isidentifier() and not iskeyword(symbol) else symbol


def programs(codec: Codec, constraint: PythonProgram, count: int, *, longest: int = 300) -> Iterable[str]:
    drawing = Drawing(codec, constraint)
    for number in range(count):
        random = Random(number)
        yield drawing.draw(random, random.randrange(20, longest), evenly=number % 3 == 0)


def broken(found: Iterable[str]) -> list[str]:
    return [text for text in found if not parses(text)]


@pytest.mark.parametrize(("count", "longest"), [(300, 300), pytest.param(10_000, 600, marks=pytest.mark.slow)])
def test_what_is_drawn_parses(codec: Codec, constraint: PythonProgram, count: int, longest: int) -> None:
    found = list(programs(codec, constraint, count, longest=longest))
    assert broken(found) == []
    assert sum(map(compiles, found)) >= 0.9 * count
    assert sum(text.count("\n    ") for text in found) > count


def test_what_is_drawn_within_narrow_limits_parses() -> None:
    codec = small(ALL)
    assert broken(programs(codec, PythonProgram(codec, NARROW), 150)) == []


@pytest.mark.parametrize("limits", [Limits(), NARROW, Limits(1, 1, 3), Limits(links=2)])
def test_the_mask_is_what_can_be_said(limits: Limits) -> None:
    codec = small(ALL, size=10)
    assert disagreeing(codec, PythonProgram(codec, limits), count=12) == []


def test_a_program_can_begin_anywhere(codec: Codec, constraint: PythonProgram) -> None:
    assert refused(codec, constraint, parses, count=60, begin=["def", " ^f", "(", "*"]) == []


# what makes the walks fail


def careless(_: Parts, at: At, act: Act, __: Spoken) -> At:
    return at._replace(text=None, spot=at.spot._replace(gap=act.number))


def unseen(_: Parts, __: Node, frame: Frame, *___: object) -> Frame:
    return frame


@pytest.mark.parametrize(
    ("rules", "name", "instead"),
    [(steps.__dict__, "JOINED", frozenset()), (steps._DOES, " _", careless), (around.AROUND, "STRING", unseen)],
    ids=["what touches", "gaps", "strings in fields"],
)
def test_a_rule_that_is_broken_is_seen(
    codec: Codec, monkeypatch: pytest.MonkeyPatch, rules: dict[str, object], name: str, instead: object
) -> None:
    monkeypatch.setitem(rules, name, instead)
    drawing = Drawing(codec, PythonProgram(codec))
    assert any(fails(drawing, number) for number in range(1000))


def fails(drawing: Drawing, number: int) -> bool:
    try:
        return not parses(drawing.draw(Random(number), 200, evenly=False))
    except (AssertionError, IndexError):  # a place that leads nowhere
        return True


CASE = [" kmatch", " ^x", ":", " \n", " >", " kcase"]


@pytest.mark.parametrize(
    ("symbols", "name"),
    [
        ([" ^f", "(", " ^a", "=", " ^x", ","], "a"),
        (["class", " ^f", "(", " ^a", "=", " ^x", ","], "a"),
        ([*CASE, " ^f", "(", " ^a", "=", " ^x", ","], "a"),
        ([*CASE, "None", "|"], "_"),
        ([*CASE, "None", "as"], "_"),
        (["def", " ^f", "(", " ^a", ","], "a"),
    ],
)
def test_a_name_that_leads_nowhere_is_none(
    codec: Codec, constraint: PythonProgram, symbols: list[Spoken], name: str
) -> None:
    state = constraint.begin([*symbols, f" ^{name}"])
    assert all(constraint.step(state, sign) is None for sign in ",=.:()")
    whole = [*symbols, " ^b"]
    assert parses(spoken(codec, [*whole, *constraint.complete(constraint.begin(whole))]))


# limits


def opened(text: str) -> tuple[int, int]:
    """How many blocks, and how many brackets, are within each other at most."""
    blocks, brackets, deepest = 0, 0, (0, 0)
    plain = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))  # as Python reads it
    for each in tokenize.generate_tokens(plain.readline):
        blocks += (each.type == tokenize.INDENT) - (each.type == tokenize.DEDENT)
        if each.type == tokenize.OP:
            brackets += (each.string in "([{") - (each.string in ")]}")
        deepest = max(deepest[0], blocks), max(deepest[1], brackets)
    return deepest


def test_limits_are_kept(codec: Codec, constraint: PythonProgram) -> None:
    for limits, expected in ((Limits(2, 3), (3, 2)), (Limits(1, 1), (1, 1))):
        deep = [opened(text) for text in programs(codec, PythonProgram(codec, limits), 150)]
        assert (max(blocks for blocks, _ in deep), max(brackets for _, brackets in deep)) == expected
    assert max(brackets for _, brackets in map(opened, programs(codec, constraint, 100))) > 3


@pytest.mark.parametrize(("opening", "more"), [("x", ".x"), ("x", "()"), ("x", " + x"), ("if x: x\n", "elif x: x\n")])
def test_chains_come_to_an_end(codec: Codec, constraint: PythonProgram, opening: str, more: str) -> None:
    symbols = said(codec, opening + more * 1000)
    state = constraint.begin(symbols)
    assert constraint.step(state, said(codec, opening + more)[len(said(codec, opening))]) is None
    assert parses(spoken(codec, [*symbols, *constraint.complete(state)]))


def test_a_conditional_expression_does_not_make_room_for_more_elifs(codec: Codec, constraint: PythonProgram) -> None:
    text = "if a: x if b else c\n" + "elif a: x if b else c\n" * 1000
    symbols = said(codec, text)
    assert constraint.step(constraint.begin(symbols), "elif") is None


# what people write


@pytest.fixture(scope="module")
def learnt() -> Codec:
    return codec_of(Python(), [content(path) for path in stdlib()[::40]])


@pytest.fixture(scope="module")
def full(learnt: Codec) -> PythonProgram:
    return PythonProgram(learnt)


@pytest.mark.parametrize("part", [slice(7, None, 20), pytest.param(slice(None), marks=pytest.mark.slow)])
def test_the_library_is_taken(learnt: Codec, full: PythonProgram, part: slice) -> None:
    paths = stdlib()[part]
    left = [path.name for path in paths if not accepted(learnt, full, content(path))]
    assert len(left) <= 0.015 * len(paths) + 1, left


GOOD = [
    "",
    "\n\n",
    "x = 1\r\n",
    "if x:\n    y\nelse:\n\tz\n# c\n  # c\n",
    "x = (1,  # c\n  2)\n",
    "def f(a, /, b=1, *, c: int = lambda a: a, **d): pass\n",
    "def f(a, b=lambda a, b: 0): pass\n",
    "f(a=1, b=g(a=1))\n",
    "match = match[1](case)\n",
    "match x, y:\n    case [1, 2] | (3, 4): pass\n    case P(x=1, y=_): pass\n    case _: pass\n",
    "x = a \\\n    + b\n",
    "f'{x!r:>{n}} {y=} {{}} {g(\"a\")}'\n",
    "\"b\" rb'c'\n".replace("rb", "r"),
    "class A(B, metaclass=C):\n    async def f(self): await (x)\n",
    "@d\n\ndef f(): ...\n",
    "for x in y: break\n",
    "\n\n# coding: latin-1\n",
    "# coding: utf-8\n",
]
BAD = [
    "x",
    "x = = 1\n",
    "  x\n",
    "if x:\ny\n",
    "if x:\n",
    "def f(a, a): pass\n",
    "lambda a, *a: 0\n",
    "f(a=1, a=2)\n",
    "match x:\n    case P(a=1, a=2): pass\n",
    "match x:\n    case _.a: pass\n",
    "match x:\n    case 1 as _: pass\n",
    "return\n",
    "f'{a!r }'\n",
    "f'{ {} }'\n",
    'f\'{"""a""""b"}\'\n',
    "x = (1\n",
    "x \\\n",
    "x \\\n# c\n",
    "\n# coding: latin-1\n",
    "__debug__\n",
    "True = 1\n",
    "try: x\n",
    "\ufeffx\n",
    "'a'b'c'\n",
    "1if x else y\n",
    "\\\nx\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_is_taken(learnt: Codec, full: PythonProgram, text: str) -> None:
    assert accepted(learnt, full, text)
    assert parses(text)


@pytest.mark.parametrize("text", BAD)
def test_is_refused(learnt: Codec, full: PythonProgram, text: str) -> None:
    assert not accepted(learnt, full, text)


# prompts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = = 2\n", "line 2 of the prompt: '=' cannot stand there"),
        ("x = '''\n\n''' +\n", "line 3 of the prompt: the end of the line cannot"),
        ("\n  x\n", "line 2 of the prompt: an indentation cannot"),
        ("if x:\n    y\nreturn 1", "line 3 of the prompt: 'return' cannot"),
    ],
)
def test_a_prompt_outside_the_subset_is_an_error(learnt: Codec, full: PythonProgram, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}.*--free"):
        full.begin(said(learnt, text))


def test_a_prompt_may_hold_several_documents(learnt: Codec, full: PythonProgram) -> None:
    state = full.begin([*said(learnt, "x = 1\n"), DOCUMENT_BOUNDARY, *said(learnt, "y = [1,")])
    assert spoken(learnt, ["y", *full.complete(state)]).endswith("]\n")
    with pytest.raises(UsageError, match=r"^line 1 of the prompt"):
        full.begin([*said(learnt, "x = 1\n"), DOCUMENT_BOUNDARY, " >"])


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", ""),
        ("x = [1,\n", "]\n"),
        ("if x", ":...\n"),
        ("def f(a", "):...\n"),
        ("lambda a, ", ":...\n"),
        ("# c", "\n"),
        ("'''a", "'''\n"),
        ("x \\\n", ",\n"),
        ("try:\n    x\n", "finally:...\n"),
    ],
)
def test_the_way_to_the_end(learnt: Codec, full: PythonProgram, text: str, way: str) -> None:
    symbols = said(learnt, text)
    found = spoken(learnt, [*symbols, *full.complete(full.begin(symbols))])
    assert found.startswith(text) and found[len(text) :].replace(" ", "").replace("\n", "") == way.replace("\n", "")
    assert parses(found)


def test_the_way_out_of_fields(codec: Codec, constraint: PythonProgram) -> None:
    symbols = [" sf'''", " {", ' sf"', " {", " ^x", " :", " +<", " {", " ^y"]
    way = list(constraint.complete(constraint.begin(symbols)))
    assert spoken(codec, [*symbols, *way]) == "f'''{f" + '"{x:<{y}}"}' + "'''\n"


def test_states_can_be_kept(learnt: Codec, full: PythonProgram) -> None:
    symbols = said(learnt, texts(1)[0])[:300]
    assert len({full.begin(symbols[:length]) for length in range(1, 301)}) > 250
    before = full.begin(symbols[:150])
    kept = repr(before), hash(before), full.allowed(before).tobytes()
    full.begin(symbols)
    assert kept == (repr(before), hash(before), full.allowed(before).tobytes())


def test_equal_masks_are_one_and_are_not_written_to(learnt: Codec, full: PythonProgram) -> None:
    one, two = (full.allowed(full.begin(said(learnt, text))) for text in ("x = 1\n", "x = 2\nx = 3\n"))
    assert one is two
    assert not one.flags.writeable
