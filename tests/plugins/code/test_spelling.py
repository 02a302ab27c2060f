"""What the code plugin spells in pieces: its automata are right by CPython, and their lifting is right by them."""

import ast
import io
import json
import keyword
import re
import tokenize
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np
import pytest

from seqgen.vocabulary import Vocabulary
from seqgen_code.lexers.python import KEYWORDS
from seqgen_code.spelling import DEAD, Automaton, Pieces, Spelled, automaton_of, comment, name, number, spec, whole
from seqgen_code.spelling import pieces as pieces_module
from seqgen_code.spelling.automaton import ANY
from seqgen_code.spelling.python import LONGEST

LIBRARY = Path(json.__file__).parent.parent
FILES = [*sorted(LIBRARY.glob("*.py"))[::6], *sorted((LIBRARY / "json").glob("*.py")), LIBRARY / "re" / "_parser.py"]
QUOTES = ("'", '"', "'''", '"""')
OPENERS = [f" s{prefix}{quote}" for prefix in ("", "r", "b", "Rb", "U") for quote in QUOTES]
F_OPENERS = [f" s{prefix}{quote}" for prefix in ("f", "rF") for quote in QUOTES]
LIKELY = "\\\\\\'\"{}NxuU0dD8F\n_.e1j\0\r é\U0001f600\ud800#:!abc"
"""Characters on which something hinges."""


def drawn(automaton: Automaton, random: Random, *, length: int = 12) -> str:
    """A random text that the automaton accepts."""
    state, text = automaton.start, ""
    for _ in range(random.randrange(length)):
        character = random.choice(LIKELY) if random.random() < 0.8 else chr(random.randrange(0x300))
        if automaton.step(state, character) != DEAD:
            state, text = automaton.step(state, character), text + character
    return text + automaton.ending(state)


def body_of(opener: str, *, inside: str = "") -> Automaton:
    """What `automaton_of` says of a symbol that opens a string."""
    found = automaton_of(opener, inside=inside)
    assert found is not None
    return found


def compiles(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile(source, "drawn", "exec", dont_inherit=True)
        except SyntaxError:
            return False
    return True


def accepts(automaton: Automaton, text: str) -> bool:
    return automaton.accepts(automaton.run(automaton.start, text))


def of(opener: str, body: str) -> str:
    """The literal that a symbol opens."""
    return opener[2:] + body + opener[2:].lstrip("rRbBfFuU")


def wrong(automaton: Automaton, opener: str) -> list[str]:
    """Programs of random bodies that do not compile."""
    sources = (of(opener, drawn(automaton, Random(seed))) + "\n" for seed in range(300))
    return [source for source in sources if not compiles(source)]


@pytest.mark.parametrize("opener", [*OPENERS, *F_OPENERS])
def test_string_bodies_compile(opener: str) -> None:
    assert wrong(body_of(opener), opener) == []


def test_bodies_that_end_anywhere_are_caught() -> None:
    anything = Automaton({"": [(ANY - {"\n"}, "")]}, ends=[""])
    assert all(wrong(anything, opener) for opener in OPENERS if len(opener) < 5)


def f_string(opener: str, random: Random) -> str:
    """A random f-string with fields wherever one may begin."""
    automaton, text = body_of(opener), ""
    for _ in range(3):
        state = automaton.start
        body = drawn(automaton, random) + random.choice(["", "\\", opener[-1], 2 * opener[-1]])
        while not automaton.opens(state := automaton.run(automaton.start, body)):
            body = body[:-1]
        assert state != DEAD
        inner = " s" + random.choice(["", "r", "b"]) + random.choice([each for each in QUOTES if each[0] != opener[-1]])
        literal = of(inner, drawn(body_of(inner, inside=opener[-1]), random))
        text += f"{body}{{{random.choice(['x', literal])}{random.choice(['', '!r'])}:{drawn(spec(), random)}{{x}}}}"
    return of(opener, text + drawn(automaton, random))


@pytest.mark.parametrize("opener", F_OPENERS)
def test_f_strings_with_fields_compile(opener: str) -> None:
    sources = [f_string(opener, Random(seed)) for seed in range(300)]
    assert [source for source in sources if not compiles(source)] == []


def test_the_body_of_a_literal_in_a_field_has_nothing_of_the_f_string() -> None:
    inner = body_of(" s'", inside='"')
    assert accepts(inner, "a#b{") and not any(accepts(inner, text) for text in ('"', "\\\\", "\n", "'"))


def test_names_and_numbers_are_expressions() -> None:
    random = Random(1)
    for automaton, kind in ((name(), ast.Name), (number(), ast.Constant)):
        for text in (drawn(automaton, random) for _ in range(3000)):
            tree = ast.parse(f"{text} = 1" if kind is ast.Name else text, mode="exec")
            assert isinstance(tree.body[0], ast.Assign if kind is ast.Name else ast.Expr)


def test_no_keyword_is_a_name_and_every_longer_or_shorter_word_is() -> None:
    assert set(keyword.kwlist) == KEYWORDS
    for word in (*KEYWORDS, "__debug__"):
        assert not accepts(name(), word) and accepts(name(), word + "s")
        assert all(accepts(name(), word[:end]) == (word[:end] not in KEYWORDS) for end in range(1, len(word)))
    assert not accepts(name(), "") and not accepts(name(), "1a") and not accepts(name(), "é")


@pytest.mark.parametrize("text", "0 00 0_0 07. 07j 0_7e1 1. .5 1_0.0_1e-1_0J 0xf_F 0o17 0B_1 1e5 9_9".split())
def test_numbers(text: str) -> None:
    assert compiles(text) and accepts(number(), text)


@pytest.mark.parametrize(
    "text", "07 0_ 00x1 0_0b1 1__0 1_ 1_.0 1._0 0x 0x_ 0b2 0o8 1e 1e+ . 1jj 1.5.2 0xj 1e_1 +1".split()
)
def test_what_looks_like_a_number(text: str) -> None:
    assert not accepts(number(), text)


def test_a_decimal_integer_has_an_end() -> None:
    assert accepts(number(), "9" * LONGEST) and not accepts(number(), "9" * LONGEST + "9")
    assert accepts(number(), "9" * LONGEST + ".0") and accepts(number(), "0x" + "9" * 2 * LONGEST)


ESCAPES = {
    r"\x4f": True,
    r"\x4": False,
    r"é\U0010FFFF\U0000dfff": False,
    r"\U0010FFFF\u0000\ud7ff\uE000": True,
    r"\U00110000": False,
    r"\ud800": False,
    r"\N{BULLET}": False,
    r"\d": False,
    r"\8": False,
    r"\400": False,
    r"\377\08\a\'\"\\": True,
    "\\\n": True,
    "a\n": False,
    "\\": False,
}


@pytest.mark.parametrize("body", ESCAPES)
def test_escapes(body: str) -> None:
    assert accepts(body_of(' s"'), body) == ESCAPES[body]


def test_in_bytes_and_raw_strings_fewer_escapes_are_any() -> None:
    assert accepts(body_of(' sb"'), r"\n\xff") and not any(accepts(body_of(' sb"'), each) for each in (r"\xf", r"\u12"))
    assert not accepts(body_of(' sb"'), "é") and accepts(body_of(' srb"'), r"\x\"")
    assert accepts(body_of(' sr"'), r"\N\u1\"") and not accepts(body_of(' sr"'), "\\")


def test_quotes_in_triple_quotes() -> None:
    body = body_of(' s"""')
    assert all(accepts(body, text) for text in ('"a""b', '\\""" ', '\\"', ""))
    assert not any(accepts(body, text) for text in ('a"', '"""a', '\\"""" ', "\\"))


def test_fields_begin_between_whole_signs() -> None:
    text, raw = body_of(' sf"""'), body_of(' srf"')
    assert [text.opens(text.run(text.start, each)) for each in ("", 'a"', "{{", "{", "\\", "\\x4")] == [
        1,
        1,
        1,
        0,
        0,
        0,
    ]
    assert raw.opens(raw.run(raw.start, "\\")) and not raw.accepts(raw.run(raw.start, "\\"))


@pytest.mark.parametrize("opener", [' s"a', ' sbu"', ' sbf"', ' sxy"', ' st"', '"', " s"])
def test_what_opens_no_string(opener: str) -> None:
    assert automaton_of(opener) is None and automaton_of(" s'", inside="'") is None


COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)", re.ASCII)


def test_early_comments_name_no_other_encoding() -> None:
    """By the expression of PEP 263."""
    random, found = Random(3), {True: 0, False: 0}
    parts = [
        "coding",
        "coding:",
        "coding=",
        "c",
        "cod",
        "utf-8",
        "UTF-8",
        "utf",
        "-8",
        " ",
        "\t",
        "latin-1",
        "é",
        "-",
        ":",
        "=",
        "x",
    ]
    for _ in range(20000):
        text = "".join(random.choices(parts, k=random.randrange(7)))
        cookie = COOKIE.match("#" + text)
        right = cookie is None or cookie[1].lower() == "utf-8"
        assert accepts(comment(early=True), text) == right, text
        found[right] += cookie is not None
    assert min(found.values()) > 100


def test_comments() -> None:
    assert accepts(comment(), "! \x0c\x1a é coding: x") and not any(accepts(comment(), each) for each in "\n\r\0\udc80")


def lexemes() -> Iterator[tuple[int, str]]:
    """The names, numbers, strings and comments of some of the standard library, by CPython's own tokenizer."""
    for file in FILES:
        with tokenize.open(file) as opened:
            source = opened.read()
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            yield token.type, token.string


def refused(kind: int, text: str) -> bool:
    if kind == tokenize.NAME:
        return whole(text) != (None if keyword.iskeyword(text) or text == "barry_as_FLUFL" else "NAME")
    if kind == tokenize.NUMBER:
        return whole(text) != "NUMBER"
    if kind == tokenize.COMMENT:
        return not accepts(comment(), text[1:])
    prefix, quote, body = LITERAL.fullmatch(text).groups()  # type: ignore[union-attr]
    if "f" not in prefix.lower():
        return whole(text) not in ("STRING", "BYTES") and "\\N{" not in text
    automaton = body_of(f" s{prefix}{quote}")
    *before, last = FIELD.sub(lambda found: found[1] or "\0", body).split("\0")
    opened = [automaton.opens(automaton.run(automaton.start, each)) for each in before]
    return not (all(opened) and accepts(automaton, last))


LITERAL = re.compile(r"""([A-Za-z]*)('{3}|"{3}|'|")(.*)\2""", re.DOTALL)
FIELD = re.compile(r"({{|}})|{[^{}]+(?:{[^{}]*}[^{}]*)*}")
"""Doubled braces, or a field of an f-string with no braces within but those of fields in its format."""


def test_the_lexemes_of_the_standard_library_are_accepted() -> None:
    kinds = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.COMMENT)
    seen = {lexeme for lexeme in lexemes() if lexeme[0] in kinds}
    assert [each for each in seen if refused(*each)] == []
    assert len(seen) > 8000


AUTOMATA: dict[str, Callable[[], Automaton]] = {
    "name": name,
    "number": number,
    "comment": comment,
    "early": lambda: comment(early=True),
    "spec": spec,
    **{opener: partial(body_of, opener) for opener in (*OPENERS, *F_OPENERS)},
}


@pytest.mark.parametrize("kind", AUTOMATA)
def test_every_live_state_can_end_by_the_way_said(kind: str) -> None:
    automaton = AUTOMATA[kind]()
    for state in range(1, len(automaton.table)):
        text = automaton.ending(state)
        assert automaton.accepts(automaton.run(state, text)) and len(text) == automaton.left[state]
        assert (text == "") == automaton.accepts(state)


def test_no_way_leads_to_where_no_lexeme_can_end() -> None:
    of_a, of_b = frozenset("a"), frozenset("b")
    trap = Automaton({"": [(of_a, "a"), (of_b, "b")], "a": [(of_a, "a")], "b": []}, ends=["b"])
    assert trap.step(trap.start, "a") == DEAD and trap.accepts(trap.step(trap.start, "b"))
    assert trap.ending(trap.start) == "b"


BYTES = [f" ~{byte:02x}" for byte in range(256)]
ODD = [
    "def",
    " ^",
    " +",
    " ~E2",
    " ~zz",
    " ~",
    " +\0",
    " +a\r",
    " +\udc80",
    " +e\u0301",
    " +é\U0001f600",
    " ^é",
    " \n",
    "\n",
]
"""Symbols that only some lexeme takes, or none."""


@cache
def vocabulary() -> Vocabulary:
    random = Random(2)
    words = {"".join(random.choices("fordefx01_.e\"'\\{}uUN:= \n", k=random.randrange(1, 5))) for _ in range(300)}
    begins = {f" ^{word}" for word in (*words, *"fd_1.0", "None", "awai", "0x")}
    return Vocabulary(["document"], sorted({*BYTES, *ODD, *begins, *(f" +{word}" for word in words)}))


@cache
def lifted(kind: str) -> Spelled:
    return Spelled(AUTOMATA[kind](), Pieces(vocabulary()), begins=kind in ("name", "number"))


def text_of(symbols: list[str]) -> bytes:
    return b"".join(bytes.fromhex(each[2:]) if each in BYTES else each[2:].encode() for each in symbols)


def walk(spelled: Spelled, random: Random, *, length: int = 30) -> Iterator[tuple[list[str], tuple[int, bytes]]]:
    """What was said, and the state behind it, on a random way."""
    symbols, state = list[str](), spelled.start
    for _ in range(length):
        yield symbols, state
        ids = np.flatnonzero(spelled.allowed(state))
        if not len(ids):
            return
        symbols = [*symbols, str(vocabulary().symbol_of(int(random.choice(ids))))]
        after = spelled.step(state, symbols[-1])
        assert after is not None
        state = after


@pytest.mark.parametrize("kind", AUTOMATA)
def test_allowed_is_what_step_takes(kind: str) -> None:
    spelled = lifted(kind)
    for seed in range(10):
        for _, state in walk(spelled, Random(seed)):
            taken = [isinstance(each, str) and spelled.step(state, each) is not None for each in vocabulary()._all]
            assert spelled.allowed(state).tolist() == taken


@pytest.mark.parametrize("kind", AUTOMATA)
def test_a_way_over_pieces_is_the_way_over_their_text(kind: str) -> None:
    spelled = lifted(kind)
    for symbols, state in (each for seed in range(20) for each in walk(spelled, Random(seed))):
        text = text_of(symbols)
        whole_part = text[: len(text) - len(state[1])] if state != spelled.start else b""
        assert spelled.automaton.run(spelled.automaton.start, whole_part.decode()) == state[0]
        ending = spelled.ending(state)
        for symbol in ending:
            after = spelled.step(state, symbol)
            assert after is not None
            state = after
        assert spelled.may_end(state)
        assert len(ending) < 12 or kind == "name"


def test_pieces_that_only_some_lexemes_take() -> None:
    string, comments = lifted(' s"'), lifted("comment")
    for symbol in ("def", " ^", " +", " ~E2", " ~zz", " +\0", " +a\r", " +\udc80", " ^é", " \n", "\n", " +unknown"):
        assert string.step(string.start, symbol) is None and comments.step(comments.start, symbol) is None
    assert string.step(string.start, " +é\U0001f600") == string.start


def test_a_lexeme_of_its_own_begins_with_a_piece_that_begins() -> None:
    names = lifted("name")
    assert names.step(names.start, " +f") is None and names.step(names.start, " ~66") is None
    begun = names.step(names.start, " ^None")
    assert begun is not None and not names.may_end(begun) and names.ending(begun)
    assert names.step(begun, " ^f") is None
    further = names.step(begun, " ~66")
    assert further is not None and names.may_end(further)


def heads() -> set[bytes]:
    """Everything that a character beyond ASCII may begin with in UTF-8."""
    points = [each for each in range(0x80, 0x110000, 0x40) if not 0xD800 <= each < 0xE000]
    whole = [chr(each).encode() for each in points]
    return {each[:end] for each in whole for end in range(1, len(each))}


def bytes_taken(spelled: Spelled) -> set[bytes]:
    """The unfinished characters that can be reached by bytes."""
    found, waiting = set[bytes](), [spelled.start]
    while waiting:
        state = waiting.pop()
        after = [spelled.step(state, each) for each in BYTES]
        begun = [each for each in after if each is not None and each[1]]
        found |= {held for _, held in begun}
        waiting += begun
        if state[1] and not begun:
            assert [each is not None for each in after] == [0x80 <= byte < 0xC0 for byte in range(256)]
    return found


def test_bytes_are_those_of_utf_8() -> None:
    assert bytes_taken(lifted("comment")) == heads()


def test_overlong_bytes_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces_module, "SECOND", {})
    with pytest.raises((AssertionError, UnicodeDecodeError)):
        assert bytes_taken(lifted("comment")) == heads()


def test_states_that_allow_the_same_share_a_mask() -> None:
    numbers = lifted("number")
    one, two = (numbers.step(numbers.start, each) for each in (" ^1", " ^d"))
    assert two is None and one is not None
    assert numbers.allowed(one) is numbers.allowed(numbers.step(one, " ~31") or one)
    with pytest.raises(ValueError, match="read-only"):
        numbers.allowed(one)[0] = True
