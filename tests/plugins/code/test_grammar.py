"""The grammar of Python: all that it accepts parses, it accepts what people write, and the machine does as it says."""

import dataclasses
import re
import subprocess
import sys
import tokenize
import tomllib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from seqgen.corpus.builders import stdlib
from seqgen.errors import CheckFailed, UnknownName, UsageError
from seqgen_code.grammar import compile as building
from seqgen_code.grammar.exploring import Explorer
from seqgen_code.grammar.machine import Machine
from seqgen_code.grammar.stack import Node
from seqgen_code.grammar.tables import Tables
from tests.plugins.code.programs import Part, compiles, fed, parses, terminals, walk, written

SOURCE = (building.FOLDER / "python.lark").read_text("utf-8")
BUDGETS = (5, 10, 20, 40, 80)


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(Tables.load("python"))


def machine_of(grammar: str, context: building.Context | None = None) -> Machine:
    return Machine(Tables.from_json(building.compiled(grammar, context)))


def drawn(machine: Machine, count: int, *, seed: int = 0) -> Iterator[str]:
    """Programs, half of them pulled towards their end so that they have many short statements."""
    for number in range(count):
        random = Random(f"{seed} {number}")
        yield written(machine, random, random.choice(BUDGETS), pull=0.5 * (number % 2))


def share(truths: list[bool]) -> float:
    return sum(truths) / len(truths)


# compiling


@pytest.mark.parametrize("name", building.names())
def test_the_tables_are_those_of_the_grammar(name: str) -> None:
    assert (building.FOLDER / f"{name}.json").read_text("utf-8") == building.from_source(name)


def test_the_tables_of_another_grammar_are_others() -> None:
    assert building.compiled("start: A\n%declare A B") != building.compiled("start: A B\n%declare A B")


@pytest.mark.parametrize(
    "grammar",
    [
        'start: "if" start | "if" start "else" start | "x"',
        'start: a | b\na: "x"\nb: "x"',
        'start: start "+" start | "x"',
    ],
)
def test_a_grammar_that_leaves_a_choice_is_refused(grammar: str) -> None:
    with pytest.raises(CheckFailed, match="would have to choose"):
        building.compiled(grammar)


BRANCHED = 'start: "a" tail | "b"\ntail: "c" | "d"\nother: "a" "e"'


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"start": ["high"]}, "unknown ones"),
        ({"flags": list("abcdefghi")}, "flags"),
        ({"flags": ["x"], "guards": [{"rule": "tail", "terminal": "b", "needs": ["x"]}]}, "nothing to guard"),
        ({"flags": ["x"], "guards": [{"rule": "start", "terminal": "z", "needs": ["x"]}]}, "no symbol 'z'"),
        ({"flags": ["x"], "effects": [{"expects": "tail"}, {"expects": "tail"}]}, "two effects"),
        ({"refusals": [{"after": "b", "terminal": "c"}]}, "nothing to refuse"),
        ({"marks": {"spot": ["tail", 7]}}, "no state for the mark"),
        ({"marks": {"spot": ["tale", 0]}}, "no symbol 'tale'"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(context: building.Context, said: str) -> None:
    with pytest.raises(CheckFailed, match=said):
        building.compiled(BRANCHED, context)


def test_flags_that_would_outlast_their_rule_are_refused() -> None:
    with pytest.raises(CheckFailed, match="not the last of its rule"):
        building.compiled('start: tail "e"\ntail: "c"', {"effects": [{"expects": "tail"}]})


def test_a_place_that_only_flags_lead_out_of_is_refused() -> None:
    context = {"flags": ["x"], "guards": [{"rule": "start", "terminal": "c", "needs": ["x"]}]}
    with pytest.raises(CheckFailed, match="no way to the end"):
        building.compiled('start: "a" "c" | "b"', context)


def test_a_terminal_guarded_in_one_of_its_rules_only_is_refused() -> None:
    context = {"flags": ["x"], "guards": [{"rule": "one", "terminal": "a", "needs": ["x"]}]}
    with pytest.raises(CheckFailed, match="only some"):
        building.compiled('start: one | two\none: "a" "b"\ntwo: "a" "c"', context)


def test_nothing_of_the_building_is_loaded_to_run() -> None:
    program = "import sys\nfrom seqgen_code.grammar.machine import Machine, Tables\nMachine(Tables.load('python'))"
    asked = f"{program}\nprint('lark' in sys.modules, 'seqgen_code.grammar.lalr' in sys.modules)"
    folders = [str(building.FOLDER.parents[1]), str(building.FOLDER.parents[2])]
    command = [sys.executable, "-c", f"import sys\nsys.path[:0] = {folders!r}\n{asked}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]


def test_an_unknown_grammar_or_terminal_is_an_error(machine: Machine) -> None:
    with pytest.raises(UnknownName, match="python"):
        Tables.load("pyhton")
    with pytest.raises(UnknownName, match="NEWLINE"):
        machine.terminal("NEWLIN")


# the machine


def tried(machine: Machine, node: Node) -> frozenset[int]:
    """The plain meaning of `accepts`."""
    return frozenset(t for t in range(len(machine.tables.terminals)) if machine.feed(node, t) is not None)


def disagreements(machine: Machine, count: int) -> int:
    steps = (step for seed in range(count) for step in walk(machine, Random(seed), 60, pull=0.3))
    return sum(machine.accepts(node) != tried(machine, node) for node, _ in steps)


def test_what_is_accepted_is_what_can_be_fed(machine: Machine) -> None:
    assert disagreements(machine, 40) == 0


def test_a_machine_that_forgets_the_flags_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explorer, "_lacks", lambda *_, **__: 0)
    forgetful = Machine(Tables.load("python"))
    assert forgetful.accepts(forgetful.start) > tried(forgetful, forgetful.start)


def test_equal_sets_are_one_object(machine: Machine) -> None:
    sets = [machine.accepts(node) for seed in range(40) for node, _ in walk(machine, Random(seed), 60)]
    assert len({id(each) for each in sets}) == len(set(sets)) > 20


def test_the_depth_is_the_height_of_the_stack(machine: Machine) -> None:
    for node, _ in walk(machine, Random(1), 60):
        assert node.depth == (0 if node.parent is None else node.parent.depth + 1)


def test_the_way_to_the_end_leads_there(machine: Machine) -> None:
    end = machine.terminal("END")
    for node, _ in (step for seed in range(30) for step in walk(machine, Random(seed), 40)):
        at = node
        for terminal in machine.completion(node):
            assert terminal in machine.accepts(at)
            at = fed(machine, at, terminal)
        assert end in machine.accepts(at)


def test_nothing_follows_the_end(machine: Machine) -> None:
    behind = fed(machine, machine.start, machine.terminal("END"))
    assert machine.accepts(behind) == frozenset()
    with pytest.raises(UsageError, match="nothing can follow"):
        machine.completion(behind)


def shortest(machine: Machine, node: Node, longest: int) -> int:
    """The fewest terminals to a place where the end is accepted, by trying all."""
    end = machine.terminal("END")
    waiting = deque([(node, 0)])
    while waiting:
        at, count = waiting.popleft()
        if end in tried(machine, at):
            return count
        if count < longest:
            waiting += [(fed(machine, at, terminal), count + 1) for terminal in sorted(tried(machine, at) - {end})]
    return longest + 1


JSON = """
start: value
value: "{" (pair ("," pair)*)? "}" | "[" (value ("," value)*)? "]" | "0"
pair: KEY ":" value
%declare KEY
"""
LAYERS = """
start: block+
block: "if" block "fi" | "do" block* "od" | call ";"
call: "f" "(" list? ")"
list: "x" | list "," "x"
"""
EMPTY = 'start: a b c "."\na: "a"?\nb: | "b" b\nc: | c "c"'


def excesses(machine: Machine) -> list[int]:
    """How much longer the completions are than they must be."""
    nodes = [node for seed in range(60) for node, _ in walk(machine, Random(seed), 6)]
    lengths = [(len(machine.completion(node)), node) for node in nodes]
    return [length - shortest(machine, node, length) for length, node in lengths if length <= 5]


@pytest.mark.parametrize("grammar", [JSON, LAYERS, EMPTY])
def test_no_way_to_the_end_is_shorter(grammar: str) -> None:
    small = machine_of(grammar)
    assert set(excesses(small)) == {0}
    assert disagreements(small, 20) == 0


def test_a_longer_way_is_caught() -> None:
    right = machine_of(JSON)
    value, empty = (right.terminal("0"),), (right.terminal("["), right.terminal("]"))
    yields = tuple(empty if each == value else each for each in right.tables.yields)
    wrong = Machine(dataclasses.replace(right.tables, yields=yields))
    assert max(excesses(wrong)) > 0


# the subset

GOOD = """
def f(): return 1
def f(a, /, b=1, *, c, d=2, **e): pass
def f(*a, b=1, c): pass
f = lambda a, /, *b, c=1, **d: (yield)
async def f(): return [x async for x in await y]
class A(b, *c, d=e, **f): x: int = 1
for x, *y in z, *w: break
else: pass
while x: continue
while x:\n    while y: pass\n    else: break
while x:\n    def f(): pass\n    break
class A:\n    def f(): return 1
async def f():\n    def g(): return\n    await x
def f():\n    x = 1\n    def g():\n        nonlocal x
[a, (b, *c), d.e, f()[0]] = (g, h) = i
(a) += 1; (b): int; (c.d) = 1; (e).f = 2; g().h[i]: int; (j)().k += 1
() = [] = x
del (a), [b, (c, d)], e.f, ()
match x:\n    case {1: 2} | [a.b, ()]: pass\n    case A(b, c=d) as e if e: pass\n    case f: pass
match (a, b):\n    case -1 | "a" "b" | None | c.d: pass\n    case [a, *b], {1: c, **d}: pass\n    case a as b: pass
with a as b, c as (d, e): pass
try: pass
except a as b: pass
except: pass
else: pass
finally: pass
f(a, *b or c, d, *e, f=1, *g, **h, i=2)
f(x for x in y)(a := 1)[b := 2, ::3, *c]
x = yield_ = [not a in b, c is not d, e not in f, -g ** -h]
from .... import (a as b, c,)
from a.b import *
if x if y else z: pass
elif (y := 1): pass
f"a{b!r:>{c}}{d, e}" "g"
""".strip()
BAD = """
return 1
yield
await x
def f(): await x
def f(): break
for x in y: pass\nelse: break
while x:\n    def f(): continue
def f(): nonlocal x
def f(): from a import *
class A: yield 1
def f():\n    class A: return 1
while x:\n    class A: break
async def f():\n    def g(): await x
async def f(): lambda: await x
async for x in y: pass
def f():\n    async with x: pass
[x async for x in y]
class A: [x := 1 for x in y]
def f(a: (yield)): pass
async def f(): yield from x
def f(a=1, b): pass
def f(*): pass
def f(*, **a): pass
def f(a, /, b, /): pass
f(a=1, b)
f(**a, *b)
f(x for x in y, 1)
f(a.b=1)
f() = 1
1 += 1
(a, b): int = 1
(a, b) += 1
(a).b: int = 1
*a = b
*a, *b = c
del *a, b
del f()
a := 1
[*a for a in b]
[x for x in (y := 1)]
None = 1
for None in x: pass
import a.b as c.d
match x:\n    case a: pass\n    case b: pass
match x:\n    case a | 1: pass
match x:\n    case [*a, *b]: pass
match x:\n    case f(a=1, b): pass
try: pass
except: pass
except a: pass
"a" b"b"
{**a: 1}
x = *a
if x: if y: pass
""".strip()


def snippets(text: str) -> list[str]:
    """One a line, with the lines that go on with it."""
    return [each + "\n" for each in re.split(r"\n(?!else|elif|except|finally| )", text)]


def accepted(machine: Machine, sentence: list[str]) -> bool:
    node: Node | None = machine.start
    for name in sentence:
        node = machine.feed(node, machine.terminal(name)) if node else None
    return node is not None


reads_python = pytest.mark.skipif(sys.version_info >= (3, 12), reason="`tokenize` of 3.11 reads the sources")


@reads_python
@pytest.mark.parametrize("text", snippets(GOOD))
def test_the_subset_has(text: str, machine: Machine) -> None:
    assert compiles(text) and accepted(machine, list(terminals(text)))


@reads_python
@pytest.mark.parametrize("text", snippets(BAD))
def test_the_subset_lacks(text: str, machine: Machine) -> None:
    assert not compiles(text) and not accepted(machine, list(terminals(text)))


def library(every: int) -> Iterator[tuple[Path, list[str]]]:
    for path in stdlib()[::every]:
        with tokenize.open(path) as file:
            yield path, list(terminals(file.read()))


@reads_python
@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_the_library_is_in_the_subset(every: int, machine: Machine) -> None:
    refused = {path: not accepted(machine, sentence) for path, sentence in library(every)}
    assert share(list(refused.values())) <= 0.015, [path for path in refused if refused[path]]


@reads_python
def test_a_library_with_a_fault_in_each_file_is_not(machine: Machine) -> None:
    sentences = [sentence for _, sentence in library(40) if "NAME" in sentence]
    spots = [sentence.index("NAME") for sentence in sentences]
    assert not any(accepted(machine, [*s[:spot], "NAME", *s[spot:]]) for s, spot in zip(sentences, spots, strict=True))


@pytest.mark.parametrize("count", [300, pytest.param(15_000, marks=pytest.mark.slow)])
def test_all_that_is_drawn_parses(count: int, machine: Machine) -> None:
    programs = list(drawn(machine, count))
    assert [each for each in programs if not parses(each)] == []
    assert share([compiles(each) for each in programs]) >= 0.97


PARTS = [
    Part("match NAME : NEWLINE INDENT case", "NAME , ( ) [ ] { } * ** : | . = NUMBER as - STRING if"),
    Part("def NAME (", "NAME , * ** / = : )"),
    Part("lambda", "NAME , * ** / = :"),
    Part(
        "async def NAME ( ) : NEWLINE INDENT",
        "async for with await NAME in : NEWLINE yield return def ( ) as DEDENT else",
    ),
    Part(
        "def NAME ( ) : NEWLINE INDENT",
        "def NAME ( ) : NEWLINE INDENT DEDENT return yield from nonlocal global class lambda",
    ),
    Part(
        "while NAME : NEWLINE INDENT",
        "try except finally : else NAME NEWLINE INDENT DEDENT break continue pass for in if as def",
    ),
    Part("", "NAME , ( ) [ ] * = . NEWLINE ;"),
    Part("", "NAME , ( ) [ ] * = . : += del"),
    Part("del", "NAME , ( ) [ ] ."),
    Part("for", "NAME , ( ) [ ] * . in :"),
    Part("with", "NAME as ( ) , * [ ] : ."),
    Part("from", "NAME . ... import as , ( ) *"),
    Part("NAME (", "NAME , * ** = ) := for in ("),
    Part("NAME [", "NAME , : * ] ="),
    Part("{", "NAME : , ** * } for in if"),
    Part("[", "NAME , * ] for in if ( ) await yield"),
    Part("(", "NAME , * ) yield = := [ ] ( for in"),
    Part("FSTART", "FOPEN NAME FCLOSE FSPEC FCONV FDEBUG FEND , ( ) if else [ ] STRING"),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.opening} ... {part.favourites.split()[0]}")
@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_all_that_is_drawn_of_a_part_parses(part: Part, count: int, machine: Machine) -> None:
    randoms = [Random(f"{part.opening} {number}") for number in range(count)]
    programs = [written(machine, random, random.choice((3, 6, 10, 16, 30)), part=part) for random in randoms]
    assert [each for each in programs if not parses(each)] == []


def test_a_grammar_that_deletes_anything_is_caught() -> None:
    wrong = SOURCE.replace('del_statement: "del" plain ("," plain)* ","?', 'del_statement: "del" test')
    assert wrong != SOURCE
    context = tomllib.loads((building.FOLDER / "python.toml").read_text("utf-8"))
    assert not all(parses(each) for each in drawn(machine_of(wrong, context), 300))


def test_without_flags_little_compiles(machine: Machine) -> None:
    free = Machine(dataclasses.replace(machine.tables, needs=(0,) * len(machine.tables.needs)))
    assert share([compiles(each) for each in drawn(free, 300)]) < 0.8


def at(machine: Machine, sentence: str) -> set[str]:
    """The marks of the place behind these terminals."""
    node = machine.start
    for name in sentence.split():
        node = fed(machine, node, machine.terminal(name))
    return {name for name, states in machine.tables.marks.items() if node.state in states}


@pytest.mark.parametrize(
    ("sentence", "marks"),
    [
        ("def NAME (", {"parameter"}),
        ("def NAME ( NAME = NAME , * ,", {"parameter"}),
        ("lambda **", {"parameter"}),
        ("def NAME ( NAME =", set()),
        ("NAME ( NAME", {"keyword"}),
        ("class NAME ( * NAME , NAME", {"keyword"}),
        ("NAME [ NAME", set()),
        ("NAME", set()),
        ("global NAME ,", {"global"}),
        ("match NAME : NEWLINE INDENT case NAME ( NAME", {"attribute", "wildcard"}),
        ("match NAME : NEWLINE INDENT case NUMBER as", {"kept"}),
        ("match NAME : NEWLINE INDENT case { **", {"kept"}),
        ("match NAME : NEWLINE INDENT case NAME", {"wildcard"}),
        ("match NAME : NEWLINE INDENT case { NAME", set()),
    ],
)
def test_places_are_marked(sentence: str, marks: set[str], machine: Machine) -> None:
    assert at(machine, sentence) == marks


@pytest.mark.parametrize("pattern", ["1 as {}", "{{**{}}}", "{}.a", "{}()", "a(b, {}=1)"])
def test_an_underscore_must_not_stand_at_some_marks(pattern: str) -> None:
    programs = [f"match a:\n    case {pattern.format(name)}: pass" for name in ("_x", "_")]
    assert [parses(each) for each in programs] == [True, False]
