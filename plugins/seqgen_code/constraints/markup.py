"""What a model of markup is kept to: a subset of XML 1.0 in which tags match."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

from seqgen.codec import Codec
from seqgen.constraint import Mask, Rule, Spoken
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_code.constraints.plain import GAPPED, Action, At, Meaning, Plain, Text
from seqgen_code.lexers.markup import MARKUP
from seqgen_code.spelling import markup as spelling
from seqgen_code.symbols import BEGIN, CLOSE, GAP, PIECE, RECENT, RECENTS, STRING
from seqgen_code.tokenizers import tags

BEGUN, EMPTY, BOUND = -3, -4, -5
"""What may stand last: nothing; a gap that is none; a boundary."""
QUOTES: Final = ('"', "'")
SIGNS: Final = ("<", ">", "/>", "=")
NOTES: Final = {
    "<!--": ("COMMENT", spelling.comment),
    "<![CDATA[": ("SECTION", spelling.section),
    "<?": ("DECLARATION", spelling.declaration),
    "<!": ("DOCTYPE", spelling.doctype),
}


class Seen(NamedTuple):
    """What markup adds to a state: the writer's, the names of the attributes of this tag, and the last name."""

    writer: tags.At
    attributes: tuple[str, ...] = ()
    name: str = ""


class MarkupText(Plain):
    """Every document is well-formed XML 1.0, of a subset: elements, attributes, text, references, comments, sections of
    character data, the declaration and a document type without more; names of ASCII without colons, and no attribute
    `xmlns`; no element within 100 others."""

    name = "markup"

    def __init__(self, codec: Codec) -> None:
        self._writer = cast(tags.Tags, codec.tokenizer.writer())
        meaning = Meaning(codec.vocabulary, "markup", blanks=" \t\r\n")
        super().__init__(meaning, brackets={">": "CLOSE"}, tight=["<"])
        self._blank, self._content = meaning.text(spelling.blank()), meaning.text(spelling.content())
        self._names = meaning.text(spelling.name(), begins=True)
        self._name = meaning.terminal("NAME")
        self._recents = [f"{RECENT}{number}" for number in range(RECENTS)]
        self._act(codec.vocabulary.symbols)
        self._gaps = meaning.only(meaning.gaps)
        self._closes = meaning.only([CLOSE])
        self.start: At = At(self.machine.start, last=BEGUN, more=Seen(cast(tags.At, self._writer.begun)))

    def step(self, state: At, symbol: Spoken) -> At | None:
        if not self.allowed(state)[self.vocabulary.id_of(symbol)]:
            return None
        if isinstance(symbol, str):
            after = super().step(state, symbol)
            return after and self._noted(state, after, symbol)
        return super().step(state, symbol) if symbol == DOCUMENT_BOUNDARY else self._bound(state)

    def allowed(self, state: At) -> Mask:
        mask = super().allowed(state)
        writer, attributes, _ = cast(Seen, state.more)
        if writer.tag is tags.OUTSIDE:
            return self._outside(state, mask)
        if state.text is self._names and writer.spelt in attributes:
            return state.text.spelled.allowed(state.spelt)
        if self._name not in self.machine.accepts(state.node) or (state.text and not self._may_end(state)):
            return mask
        if state.last == EMPTY:
            return mask & ~self.meaning.row(self._name)
        return self._fresh(mask, writer, attributes)

    def complete(self, state: At) -> Iterable[Spoken] | None:
        return self._ending(state)

    def _ending(self, state: At) -> Iterator[str]:
        writer, attributes, _ = cast(Seen, state.more)
        if state.text is self._names:
            way = state.text.spelled.ending(state.spelt)
            name = (writer.spelt or "") + "".join(each[len(PIECE) :] for each in way)
            more = next(number for number in range(len(attributes) + 1) if name + number * "a" not in attributes)
            for symbol in [*way, *([f"{PIECE}a"] * more)]:
                state = cast(At, self.step(state, symbol))
                yield symbol
        yield from self._completion(state)

    def _outside(self, state: At, mask: Mask) -> Mask:
        """Between tags a gap says how the closing tag is written that comes next; and the children of the outermost
        element may begin with a boundary."""
        if state.last in (GAPPED, EMPTY):
            return mask & (self._gaps | self._closes)
        open = self._may_end(state) and not (state.text and state.text.closed)
        mask = mask & ~self._gaps if not state.depth or not open else mask.copy()
        if open and state.depth == 1 and state.last not in (BOUND, BEGUN):
            mask[self.meaning.ids(map(Boundary, self.vocabulary.levels[1:]))] = True
        return mask

    def _fresh(self, mask: Mask, writer: tags.At, attributes: tuple[str, ...]) -> Mask:
        """The mask without the names of attributes that the tag has, and the recent names that there are not."""
        mask = mask.copy()
        recent = tags.settle(writer).recent
        again = [symbol for symbol, name in zip(self._recents, recent, strict=False) if name in attributes]
        mask[self.meaning.ids([*attributes, *again, *self._recents[len(recent) :]])] = False
        return mask

    def _bound(self, state: At) -> At:
        """The state behind a boundary."""
        return state._replace(text=None, spelt=None, last=BOUND)

    def _noted(self, state: At, after: At, symbol: str) -> At:
        """The state behind a symbol, with what it writes and the text that it opens."""
        writer, attributes, name = cast(Seen, state.more)
        _, at = cast(tuple[str, tags.At], self._writer.write(writer, symbol))
        if symbol == "<":
            attributes = ()
        elif after.last == self._name and after.text is None:
            name = tags.settle(writer).recent[int(symbol[len(RECENT) :])] if symbol.startswith(RECENT) else symbol
        elif writer.spelt and at.spelt is None:
            name = writer.spelt
        if symbol == "=" and after.text is None:
            attributes = (*attributes, name)
        if symbol == GAP and after.last == GAPPED != state.last:
            after = after._replace(last=EMPTY)
        after = after._replace(more=Seen(at, attributes, name))
        if after.text is None and at.tag is tags.OUTSIDE and not symbol.startswith(GAP):
            text: Text = self._content if after.depth else self._blank
            after = after._replace(text=text, spelt=text.spelled.start)
        return after

    def _act(self, symbols: Iterable[str]) -> None:
        """Say what the symbols do."""
        meaning, names = self.meaning, self._names.spelled
        terminal, openers = meaning.terminal, dict[str, Action]()
        for quote in QUOTES:
            openers[STRING + quote] = meaning.opening("VALUE", meaning.text(spelling.value(quote), closed=True))
        for opener, (name, automaton) in NOTES.items():
            openers[STRING + opener] = meaning.opening(name, meaning.text(automaton(), closed=True))
        for symbol in symbols:
            if symbol in openers:
                meaning.actions[symbol] = openers[symbol]
            elif symbol.startswith(BEGIN) and (spelt := names.step(names.start, symbol)):
                meaning.actions[symbol] = Action(self._name, self._names, spelt)
            elif symbol in self._recents:
                meaning.actions[symbol] = Action(self._name)
            elif said := terminal_of(symbol):
                meaning.actions[symbol] = Action(terminal(said))
        meaning.ways = {terminal(each): [each] for each in SIGNS} | {
            terminal("CLOSE"): [CLOSE],
            terminal("VALUE"): [STRING + QUOTES[0], CLOSE],
            self._name: names.ending(names.start),
        }


def terminal_of(symbol: str) -> str | None:
    """The terminal that a symbol is, if it is a lexeme known whole, or " ."."""
    if symbol in SIGNS:
        return symbol
    if symbol == CLOSE:
        return "CLOSE"
    literal = MARKUP.literal(symbol)
    if literal and literal.closed:
        value = spelling.value(literal.quote)
        return "VALUE" if value.accepts(value.run(value.start, literal.body)) else None
    names = spelling.name()
    return "NAME" if names.accepts(names.run(names.start, symbol)) else None


RULE = Rule(
    name="markup",
    domain="code",
    tokenizers=("markup",),
    make=MarkupText,
    summary="every document is well-formed XML: tags match, entities are legal",
)
