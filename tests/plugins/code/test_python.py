"""The tokenizer of Python: every text comes back, by each way, and nothing is ever unknown."""

import json
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.constraint import Follow
from seqgen.corpus.builders import stdlib
from seqgen.domain import Document
from seqgen.errors import InputError, UnknownName
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_code.lexers import fstrings, python
from seqgen_code.lexers.python import PYTHON
from seqgen_code.tokenizers.layout import Layout
from seqgen_code.tokenizers.source import Python
from seqgen_code.tokenizers.spacing import Spacing

PROGRAM = '''"""What there is."""

import os


@cache
def count(things, *, start=0, **others):
    # every one of them
    if not things:
        return -start

    total = {
        "name": os.name,
        "size": [len(each) for each in things if each],
    }
    return print(f"{total!r:>{start}} of {len(things)=}", others,
                 sep="")


class Box(dict):
    def get(self, key):
        return self[key:]  # no more


if __name__ == "__main__":
    match count([1, 2.5, 0x1f]):
        case 0:
            pass
'''
HARD = {
    "tabs": "if x:\n\ty\t=\t1\n\tif z:\n\t\tpass\n",
    "form feeds": "a = 1\n\f\ndef f(): pass\n",
    "continuations": "x = 1 + \\\n    2\nif a and \\\n   b:\n  pass\n\\\n",
    "returns": "a = 1\r\nb = 2\rc = 3\n\r\n\n\n\n\n",
    "a byte order mark": "\ufeffimport os\n",
    "errors": "def f(:\n  return )]}\n   x\n y\n",
    "odd dedents": "if a:\n        b\n    c\n  d\ne\n",
    "open strings": 'x = \'abc\ny = """def\n',
    "an open f-string": "x = f'{a + ",
    "strange f-strings": "f'{a!x}' f'{' f'}' f'{a:{b:{c:{d}}}}' f'{{}}' f'{a=!r:>4}' f\"{ {1}}\" f'{x:=4}'",
    "backslashes in f-strings": "rf'\\{x}' f'{a\\n}' f'\\{x}' f'\\\\{x}'",
    "later f-strings": "f'{x['a']}' f\"{f'{y}'}\"",
    "prefixes": "RB'a' bR'' Rf'{x}' u'x' U'' rb\"\"\"x\"\"\"",
    "quotes": "'' \"\" '''''' \"\"\"\"\"\" ''''a''' '\\'' \"\\\"",
    "binary": "\x00\x01\x7f\x80\xff\udc80\ud800\u2028",
    "names": "naïve = Ünïcode + 变量 + ª\n",
    "numbers": "0777 1_000 0xFF_ .5e-3j 1.e5 1..real 1if x else 0b2",
    "signs": "a@b a->b a:=b ... .. x<>y $? ! !a != a",
    "soft keywords": "match = 1\nmatch(x)\nmatch x:\n    case [_]: pass\ncase = 2\n",
    "whitespace": " \n\t ",
    "nothing": "",
}
PYTHON_OF_THAT = Python(vocabulary_size=30, pieces=20).fit([Document("box.py", PROGRAM * 3)])
PLAIN = Python()
EVERY = Python(levels=("definition", "block", "statement", "line"), vocabulary_size=30, pieces=20).fit(
    [Document("box.py", PROGRAM * 3)]
)
SHARDS = [
    *"ab01 .,:;()[]{}'\"\\#\n\r\t\f=!@-*\x00é\ud800_$",
    *(
        " ",
        "\n    ",
        "\n  ",
        "def ",
        "class ",
        "if x:",
        "\nmatch x:",
        "f'{a}'",
        'f"{b!r:>{w}}"',
        ":=",
        "'''",
        "self",
        ".5",
    ),
    *("iffy", "\\\n", "rb", "R", "\ufeff", "len", "\n\n\n", "    # note\n"),
]
texts = st.text() | st.lists(st.sampled_from(SHARDS)).map("".join)


def symbols_of(tokenizer: Python, text: str) -> list[str]:
    return [symbol for symbol in tokenizer.split(text) if isinstance(symbol, str)]


@pytest.mark.parametrize("tokenizer", [PYTHON_OF_THAT, PLAIN, EVERY], ids=["fitted", "plain", "every level"])
@pytest.mark.parametrize("text", [PROGRAM, *HARD.values()], ids=["a program", *HARD])
def test_join_is_the_reverse_of_split(tokenizer: Python, text: str) -> None:
    assert_exact(tokenizer, text)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text_comes_back(text: str) -> None:
    assert_exact(EVERY, text)
    assert_exact(PLAIN, text)


def assert_exact(tokenizer: Python, text: str) -> None:
    """By the definition and by the fast twins, with symbols of the alphabet alone."""
    symbols = symbols_of(tokenizer, text)
    assert tokenizer.writer().whole(symbols) == text
    assert "".join(tokenizer.join(symbols)) == text
    assert tokenizer.coded(text) == list(tokenizer.split(text))
    assert set(symbols) <= set(tokenizer.alphabet())


@pytest.mark.parametrize(
    "part", [slice(0, 60, 3), pytest.param(slice(None), marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_the_standard_library_comes_back(part: slice) -> None:
    sources = [path.read_text("utf-8", "surrogateescape") for path in stdlib()[part]]
    tokenizer = Python().fit(Document(str(n), source) for n, source in enumerate(sources))
    vocabulary = vocabulary_of(tokenizer, sources)
    for source in sources:
        ids = np.concatenate(list(tokenizer.encode(source, vocabulary)))
        assert vocabulary.unknown not in ids
        found = [symbol for symbol in map(vocabulary.symbol_of, ids.tolist()) if isinstance(symbol, str)]
        assert "".join(tokenizer.join(found)) == source


@pytest.mark.slow
def test_20_000_strings_of_shards_come_back() -> None:
    chance = random.Random(0)
    for _ in range(20_000):
        assert_exact(EVERY, "".join(chance.choices(SHARDS, k=chance.randrange(40))))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*PYTHON_OF_THAT.alphabet(), " zfoo", "odd", " r999", " ~zz"])))
def test_any_symbols_are_written_and_both_ways_agree(symbols: list[str]) -> None:
    assert "".join(PYTHON_OF_THAT.join(symbols)) == PYTHON_OF_THAT.writer().whole(symbols)


def test_a_layout_that_loses_a_character_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layout, "finish", lambda self, state: "")
    with pytest.raises(AssertionError):
        assert_exact(PLAIN, "x = 1 ")


def test_a_lexer_that_skips_is_found() -> None:
    text = "a = 'b'  # c\n"
    assert "".join(gap + lexeme for gap, lexeme in PYTHON.lexemes(text)) == text
    assert "".join(lexeme for _, lexeme in PYTHON.lexemes(text)) != text


def test_the_symbols_of_a_program() -> None:
    text = "def f(x, *, y=-1):\n    # note\n    return {\n        1: f'a{x!r:>{y}}',\n    }\n"
    kept = Python(vocabulary_size=9, pieces=1).fit([Document("f.py", text * 2 + "note note a a a > >")])
    said = " ".join(f"<{symbol}>" for symbol in symbols_of(kept, text))
    assert said == (
        "<def> <f> <(> <x> <,> <*> <,> <y> <=> <-> <1> <)> <:> < \n> < >> < #> < + n> < +o> < +t> < +e> < \n>"
        " <return> <{> < \n> <1> <:> < sf'> < +a> < {> <x> < !r> < :> < +>> < {> <y> < }> < }> < .> <,> < \n> <}> < \n>"
    )


def test_names_come_back_by_how_recently_they_were_used() -> None:
    symbols = symbols_of(PLAIN, "long = other\nlong, other = long\n")
    assert [symbol for symbol in symbols if symbol[:2] in (" r", " ^")] == [" ^l", " ^o", " r1", " r1", " r1"]


def test_the_indentation_of_a_bracket_is_foretold() -> None:
    gaps = [symbol for symbol in symbols_of(PYTHON_OF_THAT, PROGRAM) if symbol.startswith(" _")]
    assert gaps == []
    deeper = symbols_of(PYTHON_OF_THAT, "f(\n      a,\n      b,\n)\n")
    assert [symbol for symbol in deeper if symbol.startswith(" _")] == [" _    ", " _  "]


@pytest.mark.parametrize(
    ("level", "behind"),
    [
        ("definition", {"@", "class", "if"}),
        ("block", {" #", "return", "if", "match", "def", "total", "case", "class", "}"}),
        (
            "statement",
            {"import", "@", "def", "if", "return", "class", " kmatch", " kcase", ' s"""'},
        ),
        ("line", {"import", " #", "}", "sep"}),
    ],
)
def test_a_boundary_stands_before_the_lexeme_with_which_something_begins(level: str, behind: set[str]) -> None:
    found = list(Python(levels=(level,)).split(PROGRAM))
    begun = {each for at, each in pairwise(found) if at == Boundary(level)}
    spoken = {each for each in begun if isinstance(each, str)}
    assert len(spoken) == len(begun) and not any(each.startswith((" \n", " >", " <", " _")) for each in spoken)
    assert len(spoken & behind) >= 3


def test_definitions_begin_at_the_top_alone() -> None:
    text = "x = 1\ndef f():\n    def g(): pass\n\ny = 2\nz = 3\n@a\n@b\nclass C: pass\nasync def h(): pass\n"
    found = list(Python().split(text))
    assert found.count(Boundary("definition")) == 4
    assert [found[at + 1] for at, each in enumerate(found) if each == Boundary("definition")] == [
        "def",
        " ^y",
        "@",
        "async",
    ]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(UnknownName, match="paragraph"):
        Python(levels=("paragraph",))


@pytest.mark.parametrize(
    "prompt", ["def ", "def f(x):\n    ret", "x = foo(1, ", "print('hel", "# a no", "if x:\n    y\n", ""]
)
def test_a_prompt_is_its_symbols_and_what_must_follow(prompt: str) -> None:
    symbols, follow = PYTHON_OF_THAT.heal(prompt)
    spoken = [symbol for symbol in symbols if isinstance(symbol, str)]
    assert "".join(PYTHON_OF_THAT.join(spoken)) + follow == prompt


def test_what_is_not_decided_yet_is_left_to_what_follows() -> None:
    rests = {
        "match x": "match x", "if a:\n    match b": "    match b", "match x:\n    case 1": "    case 1",
        "match x:\n": "", "match = 3\nx": "x", 'x = f"a{b': ' f"a{b', "f'{a}' + 'b": "b", "f(match, ": " ",
    }  # fmt: skip
    assert {prompt: PLAIN.heal(prompt)[1] for prompt in rests} == rests


@pytest.mark.parametrize("prompt", ["def ", "def f(x):\n    ret", "x = foo(1, ", "print('hel", "# a no", "total = thi"])
def test_the_rest_of_a_prompt_can_be_written(prompt: str) -> None:
    codec = Codec(PYTHON_OF_THAT, vocabulary_of(PYTHON_OF_THAT, [PROGRAM]))
    opening = codec.ids_of_prompt(prompt)
    rest = Follow(opening.follow, codec)
    found = [codec.vocabulary.symbol_of(id) for id in opening.ids]
    state = rest.begin([each for each in found if isinstance(each, str | Boundary)], follow=opening.follow)
    way = [each for each in rest.complete(state) or [] if isinstance(each, str)]
    written = "".join(codec.tokenizer.join([each for each in found if isinstance(each, str)] + way))
    assert written.startswith(prompt)


def test_what_was_learnt_comes_back_from_json() -> None:
    again = PLAIN.with_learnt(json.loads(json.dumps(PYTHON_OF_THAT.learnt())))
    assert again.lexicon == PYTHON_OF_THAT.lexicon and again.alphabet() == PYTHON_OF_THAT.alphabet()
    with pytest.raises(InputError, match="lexicon"):
        PLAIN.with_learnt({"whole": 3})


def test_counting_and_encoding_agree_with_splitting() -> None:
    vocabulary = vocabulary_of(EVERY, [PROGRAM])
    ids = np.concatenate(list(EVERY.encode(iter([PROGRAM[:50], PROGRAM[50:]]), vocabulary)))
    assert [vocabulary.symbol_of(id) for id in ids.tolist()] == list(EVERY.split(PROGRAM))
    assert EVERY.count(PROGRAM) == Counter(EVERY.split(PROGRAM))


def test_the_lexicon_is_the_same_every_time() -> None:
    code = (
        "import sys; from seqgen_code.tokenizers.source import Python; from seqgen.domain import Document;"
        "print(Python().fit([Document('a', sys.stdin.read())]).learnt())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], input=PROGRAM, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1


@pytest.mark.parametrize(
    "text", ["'" * 20_000, '"\\' * 9_999, " " * 20_000, "\\\n" * 10_000, "(" * 5_000, "f'{" * 3_000]
)
def test_time_grows_with_the_length_of_a_text(text: str) -> None:
    """Would not end in a lifetime if the lexer went back and forth."""
    assert "".join(gap + lexeme for gap, lexeme in PYTHON.lexemes(text)) == text


def test_an_f_string_is_text_and_fields() -> None:
    parts = fstrings.parts("a{x + 1!r:>{w}} {{b}} {y = }", PYTHON)
    assert parts is not None
    kinds = [type(part).__name__ for part in parts]
    assert kinds == ["str", "Field", "str", "Field"]
    assert fstrings.parts("a{x", PYTHON) is None
    assert fstrings.parts("a}", PYTHON) is None


@pytest.mark.parametrize("lexeme", ["'a'", 'rb"""x"""', "f'{x}'", "u''", "'open", '"""open'])
def test_a_string_is_its_parts(lexeme: str) -> None:
    literal = python.literal_of(lexeme)
    assert literal is not None
    assert literal.prefix + literal.quote + literal.body + literal.quote * literal.closed == lexeme


def test_no_gap_is_foretold_that_would_make_one_lexeme_of_two() -> None:
    kinds = ["name", "number", "string", "if", "not", "in", ".", "(", ")", "["]
    careless = Spacing(PYTHON, {(before, kind): "" for before in kinds for kind in kinds})
    examples = {"name": "x", "number": "1", "string": "''"}
    for before in kinds:
        for kind in kinds:
            first, second = examples.get(before, before), examples.get(kind, kind)
            text = first + careless.between(before, kind) + second
            assert [lexeme for _, lexeme in PYTHON.lexemes(text)][:2] == [first, second]


def vocabulary_of(tokenizer: Python, sources: list[str]) -> Vocabulary:
    counts: Counter[str | Boundary] = Counter()
    for source in sources:
        counts.update(tokenizer.count(source))
    symbols = {symbol for symbol in counts if isinstance(symbol, str)} | set(tokenizer.alphabet())
    levels = ["document", *tokenizer.levels]
    return Vocabulary(tuple(levels), tuple(sorted(symbols)))
