"""Other languages: every text comes back, and brackets, strings and comments that a model opens are closed."""

from inspect import signature

import pytest
from pygments.token import Text

from seqgen.cli.train import train_command
from seqgen.codec import Codec
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins import find
from seqgen_code.constraints import plain
from seqgen_code.constraints.brackets import Brackets, texts_of
from seqgen_code.lexers import others
from seqgen_code.spelling import Automaton
from seqgen_code.spelling import others as spelling
from seqgen_code.tokenizers.languages import OtherSource
from tests.plugins.code.walks import accepted, codec_of, disagreeing, garbage, lossy, miswritten, refused, spoken

C = """#include <stdio.h>
/* a comment
   of lines */
int main(int argc, char **argv) {
    // line (
    const char *s = "a\\n(";
    for (int i = 0; i < 10; i++) {
        printf("%d %s\\n", i, s); if (!i) { return -1; }
    }
    return x->y == 'c' ? 0x1F : 1.5e-3f;
}
"""
TEXTS = {
    "c": C,
    "go": C,
    "javascript": "const a = {b: [1, 2], c: `t ${x} (`};\nfunction f(x) { return /x\"y/g.test(x) && x !== 'q'; }\n",
    "bash": '#!/bin/sh\nif [ "$a" = \'b\' ]; then\n    echo "a $b (" | sed 1 # tail\n    cat <<X\nit\'s\nX\nfi\n',
    "rust": 'fn f<\'a>(x: &\'a str) -> u8 { let r = r#"a"#; let b = b"x"; 1 }\n',
    "lua": "--[[ x ]] a=[[b]] -- c\nif x then\n  y()\nend\n",
    "html": "<!-- a --><p>it's</p>",
    "common-lisp": '; c\n(a "b" #| c |# d)\n',
    "python": 'a = """x\ny"""\n',
}
PARTS = """( ) { } [ ] " ' ` \\ / * // /* */ # -- --[[ ]] a foo zeppelin 1 0x . e+ = == -> ; % <<X X $ @ <!-- -->
😀 é "a" _""".split()
PARTS += [" ", "\n", "\t", "\r", "\f", "\0", "\ud800", "\ufeff", "\n    ", "\n  ", "\\\n"]
PAIRS = {"(": ")", "[": "]", "{": "}"}


@pytest.fixture(scope="module", params=[True, False], ids=["trained", "untrained"])
def codec(request: pytest.FixtureRequest) -> Codec:
    return codec_of(OtherSource(lexer="c", levels=("statement", "line")), [C] * 3 if request.param else ())


def balanced(lexer: str, text: str) -> bool:
    """Whether the brackets match of what a lexer takes for neither strings nor comments."""
    open = list[str]()
    for character, mark in zip(text, others.marked(text, others.lexer_named(lexer)), strict=True):
        if not mark and character in PAIRS:
            open.append(PAIRS[character])
        elif not mark and character in PAIRS.values() and (not open or open.pop() != character):
            return False
    return not open


@pytest.mark.parametrize("lexer", TEXTS)
def test_every_text_comes_back(lexer: str) -> None:
    for texts in ((), [TEXTS[lexer]] * 3):
        tokenizer = codec_of(OtherSource(lexer=lexer, levels=("statement", "line")), texts).tokenizer
        assert isinstance(tokenizer, OtherSource)
        assert lossy(tokenizer, [TEXTS[lexer], *garbage(PARTS, count=300)]) == []


def test_all_symbols_can_be_written(codec: Codec) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, OtherSource)
    common = [each for each in tokenizer.alphabet() if each[:2] not in (" +", " ^", " ~", " r")]
    assert miswritten(tokenizer, [*common, " ^1", " +2", " ^", " ^z", ' +"', " r0", " ~c3", " ~a9"], count=1000) == []


def test_strings_and_comments_are_found() -> None:
    symbols = [each for each in OtherSource(lexer="c").split(C) if isinstance(each, str)]
    assert [each for each in symbols if each.startswith(" s")].count(" s//") == 1
    assert {" s/*", " s//", ' s"', " s'"} <= set(symbols)
    assert " s//" not in OtherSource(lexer="python").split("a // b\n")


def test_a_lexer_that_gives_another_text_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless:
        def get_tokens_unprocessed(self, text: str) -> list[tuple[int, object, str]]:
            return [(0, Text, text.strip())]

    assert not any(others.marked('"a"\n', Careless()))
    monkeypatch.setattr(others, "lexer_named", lambda _: Careless())
    assert lossy(OtherSource(lexer="c"), [C, *garbage(PARTS, count=100)]) == []


def test_a_lexer_that_is_none_is_an_error() -> None:
    with pytest.raises(UnknownName, match="javascript"):
        OtherSource(lexer="javascrpt")
    with pytest.raises(UsageError, match="--lexer"):
        list(OtherSource().split("a"))
    assert list(OtherSource(lexer="JavaScript").split("'a'")) == list(OtherSource(lexer="js").split("'a'"))


def test_the_command_line_offers_the_lexer_once_and_to_no_other_domain() -> None:
    plugins = find()
    offered = {name: signature(train_command(plugins.domain(name), plugins)).parameters for name in ("code", "words")}
    assert "lexer" in offered["code"] and "lexer" not in offered["words"]
    assert [kind.name for kind in plugins.tokenizers("code")][:1] == ["python"]


def test_what_is_drawn_is_balanced(codec: Codec) -> None:
    assert refused(codec, Brackets(codec), lambda text: balanced("c", text), count=300, begin=["{"]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("lexer", "most"), [("c", 6), ("go", 0), ("javascript", 6), ("rust", 30)])
def test_what_is_drawn_much_is_balanced(lexer: str, most: int) -> None:
    codec = codec_of(OtherSource(lexer=lexer), [TEXTS[lexer]] * 3)
    assert len(refused(codec, Brackets(codec), lambda text: balanced(lexer, text), count=3000, begin=["{"])) <= most


def test_strings_that_go_on_are_caught(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "text", lambda _, **__: Automaton({"": [(frozenset('a")'), "")]}, ends=[""]))
    texts_of.cache_clear()
    assert refused(codec, Brackets(codec), lambda text: balanced("c", text), count=100, begin=["{"])
    texts_of.cache_clear()


def test_signs_that_would_open_a_comment_together_are_barred(codec: Codec) -> None:
    constraint = Brackets(codec)
    assert constraint.step(constraint.begin(["/"]), "*") is None
    assert constraint.step(constraint.begin(["/", " _"]), "*") is None
    assert constraint.step(constraint.begin(["/", " _ "]), "*") is not None


def test_what_is_allowed_is_what_can_be_said(codec: Codec) -> None:
    constraint = Brackets(codec)
    assert disagreeing(codec, constraint, count=8) == disagreeing(codec, constraint, count=8, begin=["{"]) == []


def test_nesting_is_bounded(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "DEEPEST", 3)
    constraint = Brackets(codec)
    assert refused(codec, constraint, lambda text: balanced("c", text), count=100, begin=["(", "(", "("]) == []
    assert constraint.step(constraint.begin(["("] * 3), "(") is None


@pytest.mark.parametrize("text", [C, "x = (1)", "// only", 'f("\\"a")', "#define X \\\n  (1)"])
def test_code_is_taken(codec: Codec, text: str) -> None:
    assert accepted(codec, Brackets(codec), text)


@pytest.mark.parametrize("text", ["(", ")", "(]", '"a', "'", "/* a", "f('a)", "{ // }"])
def test_what_is_open_is_not_taken(codec: Codec, text: str) -> None:
    assert not accepted(codec, Brackets(codec), text)


def test_the_completion_closes_all(codec: Codec) -> None:
    constraint = Brackets(codec)
    begun = ["{", "(", ' s"', " +a"]
    assert spoken(codec, [*begun, *(constraint.complete(constraint.begin(begun)) or ())]).replace(" ", "") == '{("a")}'
