"""Programs for the tests of the grammar: terminals drawn by a machine and written as text, and read from text."""

import ast
import io
import keyword
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from random import Random

from seqgen_code.grammar.machine import Machine
from seqgen_code.grammar.stack import Node

Step = tuple[Node, int]
"""A node, and the terminal that it is fed."""

SAMPLES = {
    "NAME": "a b c d e f g h i j k l m n match case type print _x _".split(),
    "NUMBER": "0 1 2.5 0x1F 1_000 3j 1e10".split(),
    "STRING": ["''", '"s"', "r'x'", '"""t"""'],
    "BYTES": ["b''", 'rb"x"'],
}
MARKS = {"FEND": "", "FOPEN": "{ ", "FCLOSE": "}", "FDEBUG": "=", "FCONV": "!r", "FSPEC": ":", "NEWLINE": "\n"}
QUOTES = ("'''", '"', "'")
"""Of an f-string, of one within its fields, of a string within the fields of that."""
LAYOUT = (tokenize.NL, tokenize.COMMENT)


def fed(machine: Machine, node: Node, terminal: int) -> Node:
    after = machine.feed(node, terminal)
    assert after is not None, f"{machine.tables.terminals[terminal]!r} cannot stand here"
    return after


@dataclass(frozen=True)
class Part:
    """A part of the language: the terminals that it begins with, and those that are taken wherever one can be."""

    opening: str = ""
    favourites: str = ""


WHOLE = Part()


def walk(machine: Machine, random: Random, budget: int, *, pull: float = 0.0, part: Part = WHOLE) -> Iterator[Step]:
    """So many terminals, each any that is accepted or with probability `pull` the next one to the end; then the end."""
    node, end = machine.start, machine.terminal("END")
    opening = [machine.terminal(name) for name in part.opening.split()]
    favourites = {machine.terminal(name) for name in part.favourites.split()}
    quotes = 0
    for place in range(len(opening) + budget):
        way = machine.completion(node) if random.random() < pull else []
        choice = opening[place : place + 1] or way[:1] or _choice(machine, node, quotes)
        if not choice:
            break
        terminal = random.choice([each for each in choice if each in favourites] or choice)
        name = machine.tables.terminals[terminal]
        quotes += (name == "FSTART") - (name == "FEND")
        yield node, terminal
        node = fed(machine, node, terminal)
    for terminal in [*machine.completion(node), end]:
        yield node, terminal
        node = fed(machine, node, terminal)


def _choice(machine: Machine, node: Node, quotes: int) -> list[int]:
    """What is accepted, but for an f-string for which no quote is left."""
    left_out = {"END", "FSTART"} if quotes == len(QUOTES) - 1 else {"END"}
    return sorted(machine.accepts(node) - {machine.terminal(name) for name in left_out & set(machine.tables.terminals)})


class Writer:
    """Writes terminals as text: a space between any two, names and literals by chance, each parameter its own."""

    def __init__(self, machine: Machine, random: Random) -> None:
        self._tables, self._random = machine.tables, random
        self._parts: list[str] = []
        self._indent = self._quotes = self._own = 0

    def text(self, steps: Iterable[Step]) -> str:
        for node, terminal in steps:
            name = self._tables.terminals[terminal]
            if name in ("INDENT", "DEDENT"):
                self._indent += 1 if name == "INDENT" else -1
            elif name != "END":
                self._write(name, node.state)
        return "".join(self._parts)

    def _write(self, name: str, state: int) -> None:
        marks = self._tables.marks
        keyword = name == "=" and state in marks["keyword"] | marks["attribute"]
        if keyword or (name in (".", "(") and state in marks["wildcard"]):
            self._parts[-1] = self._own_name()
        if not self._parts or self._parts[-1] == "\n":
            self._parts.append("    " * self._indent)
        self._quotes -= name == "FEND"
        self._parts.append(self._word(name, state))
        self._quotes += name == "FSTART"

    def _word(self, name: str, state: int) -> str:
        marks = self._tables.marks
        if name == "NAME" and state in marks["parameter"]:
            return self._own_name()
        if name == "NAME" and state in marks["kept"]:
            return "kept "
        if name in ("FSTART", "FEND"):
            return {"FSTART": "f", "FEND": ""}[name] + QUOTES[self._quotes] + " " * (name == "FEND")
        if name in ("STRING", "BYTES") and self._quotes:
            quote = QUOTES[self._quotes]
            return f"{'b' * (name == 'BYTES')}{quote}s{quote} "
        return MARKS.get(name) or self._random.choice(SAMPLES.get(name, [name])) + " "

    def _own_name(self) -> str:
        self._own += 1
        return f"own{self._own} "


def written(machine: Machine, random: Random, budget: int, *, pull: float = 0.0, part: Part = WHOLE) -> str:
    """A random program."""
    return Writer(machine, random).text(walk(machine, random, budget, pull=pull, part=part))


def parses(text: str) -> bool:
    return _goes(lambda: ast.parse(text))


def compiles(text: str) -> bool:
    return _goes(lambda: compile(text, "<drawn>", "exec", dont_inherit=True))


def terminals(text: str) -> Iterator[str]:
    """The terminals of a source text that Python 3.11 reads: where `tokenize` takes an f-string for a string."""
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in LAYOUT]
    for number, token in enumerate(tokens):
        if token.type == tokenize.NAME:
            soft = token.string in ("match", "case") and _heads_a_block(tokens, number)
            yield token.string if soft or keyword.iskeyword(token.string) else "NAME"
        elif token.type == tokenize.STRING:
            yield from _string(token.string)
        elif token.type == tokenize.OP:
            yield token.string
        else:
            yield {"ENDMARKER": "END"}.get(tokenize.tok_name[token.type], tokenize.tok_name[token.type])


def _heads_a_block(tokens: list[tokenize.TokenInfo], number: int) -> bool:
    """A soft keyword: first in its statement, no operator for a name behind it, and a colon outside brackets."""
    first = number == 0 or tokens[number - 1].type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    depth, colon = 0, False
    for token in takewhile(lambda token: token.type != tokenize.NEWLINE, tokens[number:]):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            colon |= token.string == ":" and depth == 0
    return first and colon and tokens[number + 1].string not in {"=", ".", ",", ":"}


def _string(literal: str) -> Iterator[str]:
    prefix = literal[: min(literal.index(quote) for quote in "\"'" if quote in literal)].lower()
    if "f" in prefix:
        parsed = ast.parse(literal, mode="eval").body
        assert isinstance(parsed, ast.JoinedStr)
        yield from ("FSTART", *_fields(parsed), "FEND")
    else:
        yield "BYTES" if "b" in prefix else "STRING"


def _fields(parsed: ast.JoinedStr) -> Iterator[str]:
    for part in parsed.values:
        if isinstance(part, ast.FormattedValue):
            yield from ("FOPEN", *list(terminals(ast.unparse(part.value)))[:-2])
            yield from ["FCONV"] * (part.conversion != -1)
            if isinstance(part.format_spec, ast.JoinedStr):
                yield from ("FSPEC", *_fields(part.format_spec))
            yield "FCLOSE"


def _goes(action: Callable[[], object]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            action()
        except SyntaxError:
            return False
    return True
