"""Languages without a grammar: blank lines cost no more than others, and names have any letters."""

from itertools import product
from random import Random

import pytest

from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.testing.timing import MOST, growth
from seqgen.tokenizer import DOCUMENT_BOUNDARY
from seqgen.vocabulary import Vocabulary
from seqgen_code.constraints.brackets import RULE
from seqgen_code.lexers import others
from seqgen_code.lexers.others import lexer_named, marked
from seqgen_code.specimens import C
from seqgen_code.tokenizers.languages import OtherSource

PARTS = (
    *(
        "\n" * 20,
        "\t\n" * 15,
        "\r\n" * 30,
        "\n" * 8,
        "\n" * 9,
        " \n" * 40,
        "\n",
        " ",
        "x = 1",
        "int f(int a)",
        "{",
        "}",
    ),
    *(
        "/*",
        "*/",
        "//c",
        "#c",
        '"a"',
        "'",
        '"""',
        "`",
        "-- c",
        '#define X "s"',
        "\\",
        "<!--",
        "-->",
        "<<EOF\n",
        "EOF\n",
    ),
)


@pytest.mark.parametrize("lexer", ["c", "javascript", "bash", "ruby", "haskell"])
def test_runs_of_blank_lines_are_marked_as_the_lexer_reads_them(lexer: str) -> None:
    random = Random(lexer)
    for _ in range(60):
        text = "".join(random.choices(PARTS, k=random.randint(1, 14)))
        assert marked(text, lexer_named(lexer)) == others._marked(text, lexer_named(lexer)), repr(text)


@pytest.mark.parametrize(("line", "short"), [*product(["\n", "\t\n"], [True, False])])
def test_runs_of_blank_lines_take_linear_time(line: str, short: bool) -> None:
    mark, lexer = (marked if short else others._marked), lexer_named("c")
    found = growth(lambda text: mark(text, lexer), lambda size: line * (size // len(line)), 0.002)[1]
    assert (found < MOST) is short


@pytest.mark.parametrize("text", ["é = 1;", "kä(naïve);", "x = 日本;"])
def test_names_of_any_letters_are_real_content(text: str) -> None:
    tokenizer = OtherSource(lexer="c").fit([Document("c", C)])
    codec = Codec(tokenizer, Vocabulary.build(("document", *tokenizer.levels), {}, alphabet=tokenizer.alphabet()))
    constraint = RULE.make(codec)
    state = constraint.start
    for symbol in [*tokenizer.split(text), DOCUMENT_BOUNDARY]:
        mask, after = constraint.allowed(state), constraint.step(state, symbol)
        assert after is not None and mask is not None and mask[codec.vocabulary.id_of(symbol)], symbol
        state = after
