"""What a model of Python is kept to: every document that ends parses under CPython 3.11 to 3.14 (`ast.parse`).

The subset of Python is what `grammar/python.lark` derives, with the context of `grammar/python.toml`, out of the
lexemes of `spelling`. It has all statements and expressions of Python 3.11, but for:

    statements     `except*`; `with (a as b, c as d)` in brackets; annotations of what begins with a bracket; a `match`
                   in which an alternative of "|" binds a name, or another case than the last one matches everything
    context        `return`, `yield` and `await` outside of functions, `break` outside of loops and the like; parameters
                   and keywords, in calls and class patterns, that are given twice
    names          `__debug__`, `barry_as_FLUFL`; beyond ASCII only those known whole, if they are no keywords in the
                   form NFKC
    strings        `\\N{...}`, escapes of surrogates, NUL, carriage returns, prefixes in capital letters
    f-strings      what 3.11 lacks: in a field no backslash, comment, line end or quote of an f-string around it. No
                   `lambda`, `:=`, `yield` or `{` begins a field, no field is in the format of a format, and no quote,
                   backslash or brace in a format
    numbers        decimal integers of more than 640 digits
    comments       in the first two lines, those that name another encoding than utf-8
    layout         other indentation than that of the blocks before code; a backslash at the start of a line, before a
                   comment or the end of one; strings that touch each other or the word before them; a last line without
                   its end; a byte order mark
    limits         8 symbols of a gap; those of `Limits`: 50 brackets and fields within each other, 20 blocks, 1,000
                   links of an expression (`a.b(c)[d] + e`), as many times `elif`, and 300 places on the stack of
                   the grammar, behind which only the shortest way to the end opens anything

A document may end on a new line outside of brackets, where every block that is open can end; also where nothing was
said. Comments and blank lines stand wherever a line may begin, and comments where one may end. Another boundary stands
only on a new line and alone, one of a definition only where a statement of the module may begin; code must follow it,
or behind one of a block or a line a comment.
"""

from collections.abc import Hashable, Iterable, Sequence
from itertools import takewhile

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Rule, Spoken
from seqgen.domain import Content
from seqgen.errors import UsageError, shown
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Writer
from seqgen_code.constraints.python.masks import Masks
from seqgen_code.constraints.python.parts import Limits, Parts
from seqgen_code.constraints.python.states import At
from seqgen_code.constraints.python.steps import step
from seqgen_code.constraints.python.ways import Way
from seqgen_code.symbols import BYTE, DEDENT, GAP, INDENT, LINES, PIECE

__all__ = ["RULE", "Limits", "PythonProgram"]


class PythonProgram(Constraint):
    """Every document is a program of the subset of Python above, for the symbols of the tokenizer `python`.

    A step takes the same time however long the document is; what was found out on the way is kept.
    """

    alone = True

    def __init__(self, codec: Codec, limits: Limits | None = None) -> None:
        self._parts = Parts(codec, limits or Limits())
        self._masks = Masks(codec, self._parts)
        self._writer = codec.tokenizer.writer()
        self.start: At = self._parts.start

    def step(self, state: At, symbol: Spoken) -> At | None:
        return step(self._parts, state, symbol)

    def allowed(self, state: At) -> Mask:
        return self._masks.allowed(state)

    def complete(self, state: At) -> Iterable[Spoken]:
        return Way(self._parts, state).symbols()

    def ends(self, state: At) -> bool:
        """Whether a document may end here."""
        return self._parts.grammar.ends(state)

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> At:
        state, place, line, symbols = self.start, self._writer.begun, 1, list(prompt)
        for number, symbol in enumerate(symbols):
            text, behind = self._writer.write(place, symbol) if isinstance(symbol, str) else ("", place)
            after = self.step(state, symbol)
            if after is None:
                whole = _written(self._writer, place, symbols[number:])
                there = f"{_said(symbol, whole)} cannot stand there in the subset of Python that models keep to"
                raise UsageError(f"line {line} of the prompt", there, "Write it otherwise, or use --free")
            state, place, line = after, behind, line + str(text).count("\n")
            if symbol == DOCUMENT_BOUNDARY:
                place, line = self._writer.begun, 1
        return state

    def __str__(self) -> str:
        return "the constraint 'python'"


def _written(writer: Writer, place: Hashable, symbols: Sequence[Spoken]) -> str:
    """What the first of these symbols adds, with the pieces that go on with it."""
    pieces = takewhile(lambda each: isinstance(each, str) and each[:2] in (PIECE, BYTE), symbols[1:])
    written = ""
    for symbol in (*symbols[:1], *pieces):
        text, place = writer.write(place, symbol) if isinstance(symbol, str) else ("", place)
        written += text
    return written


_NAMES = {INDENT: "an indentation", DEDENT: "a dedent", GAP: "this white space"}


def _said(symbol: Spoken, text: str) -> str:
    """A symbol as a message shows it: what it writes, if that can be seen."""
    if not isinstance(symbol, str):
        return f"the beginning of a {symbol.level}"
    if symbol in LINES:
        return "the end of the line"
    return _NAMES.get(symbol[:2], shown(text.strip() or symbol.strip()))


RULE = Rule(
    name="python",
    domain="code",
    tokenizers=("python",),
    make=PythonProgram,
    summary="every document parses under Python 3.11 to 3.14",
)
