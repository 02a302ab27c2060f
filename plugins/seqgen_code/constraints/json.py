"""What a model of JSON is kept to: RFC 8259, whole."""

from typing import cast

from seqgen.codec import Codec
from seqgen.constraint import Rule
from seqgen_code.constraints.plain import Action, Meaning, Plain
from seqgen_code.language import NUMBER, UNARY
from seqgen_code.lexers.json import JSON
from seqgen_code.spelling.json import number, string
from seqgen_code.symbols import BEGIN, CLOSE, STRING
from seqgen_code.tokenizers.layout import Layout

BRACKETS = {"{": "}", "[": "]"}
QUOTED = STRING + '"'


class JsonText(Plain):
    """Every document is a JSON text, of any value; of names given twice and of how large numbers are RFC 8259 says no
    more than a warning, and neither does this."""

    name = "json"

    def __init__(self, codec: Codec) -> None:
        meaning = Meaning(codec.vocabulary, "json")
        super().__init__(meaning, brackets=BRACKETS, tight=["-"])
        strings, numbers = meaning.text(string(), closed=True), meaning.text(number(), begins=True)
        terminal = meaning.terminal
        meaning.ways = {
            **{terminal(each): [each] for each in (*JSON.operators, *JSON.keywords)},
            terminal("STRING"): [QUOTED, *strings.spelled.ending(strings.spelled.start), CLOSE],
            terminal("NUMBER"): numbers.spelled.ending(numbers.spelled.start),
        }
        for symbol in codec.vocabulary.symbols:
            if symbol == QUOTED:
                meaning.actions[symbol] = meaning.opening("STRING", strings)
            elif symbol.startswith(BEGIN) and (spelt := numbers.spelled.step(numbers.spelled.start, symbol)):
                meaning.actions[symbol] = Action(terminal("NUMBER"), numbers, spelt)
            elif name := terminal_of(symbol):
                meaning.actions[symbol] = Action(terminal(name))
        if cast(Layout, codec.tokenizer.writer()).spacing.between(UNARY + "-", NUMBER):
            meaning.actions.pop("-", None)


def terminal_of(symbol: str) -> str | None:
    """The terminal that a symbol is, if it is a lexeme of JSON known whole."""
    if symbol in JSON.keywords or symbol in JSON.operators:
        return symbol
    if (literal := JSON.literal(symbol)) and literal.closed:
        return "STRING" if string().accepts(string().run(string().start, literal.body)) else None
    return "NUMBER" if number().accepts(number().run(number().start, symbol)) else None


RULE = Rule(
    name="json",
    domain="code",
    tokenizers=("json",),
    make=JsonText,
    summary="every document is valid JSON (RFC 8259)",
)
