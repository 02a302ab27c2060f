"""What each kind of symbol does to a state of the constraint of Python: the state behind it, or None."""

from collections.abc import Callable
from typing import Any, Final, cast

from seqgen.constraint import Spoken
from seqgen.tokenizer import DOCUMENT_BOUNDARY
from seqgen_code.constraints.python import acts, states
from seqgen_code.constraints.python.acts import Act
from seqgen_code.constraints.python.around import AROUND, scope_of, taken
from seqgen_code.constraints.python.parts import GAPS, JOINED, Parts
from seqgen_code.constraints.python.states import (
    CONTINUED,
    EMPTY,
    FORMAT,
    FORMATTED,
    LEXEME,
    MARKED,
    NO_GAP,
    NOTE,
    PLAIN,
    WANTING,
    At,
    Frame,
    Open,
    Outer,
    Spot,
)
from seqgen_code.symbols import BEGIN, CLOSE, COMMENT, DEDENT, FIELD, GAP, INDENT, PIECE, RECENT, RECENTS, STRING

WORD, NUMBER, TEXT, FRESH = (
    Spot(before=states.WORD), Spot(before=states.NUMBER), Spot(before=states.TEXT), Spot(fresh=True)
)  # fmt: skip
Found = At | None


def step(parts: Parts, at: At, symbol: Spoken) -> Found:
    """The state behind a symbol; None if it must not come next."""
    act = parts.acts.get(symbol)
    return None if act is None else act_on(parts, at, act, symbol)


def act_on(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    """The state behind a symbol that acts so."""
    text = at.text
    if text is not None:
        if act.kind == PIECE:
            return _go_on(at, text, act, cast(str, symbol))
        if text.kind != LEXEME:
            return _in_text(parts, at, text, act)
        settled = settle(parts, at, text)
        if settled is None:
            return None
        at = settled
    does = _DOES.get(act.kind)
    return does(parts, at, act, symbol) if does else None


def settle(parts: Parts, at: At, text: Open) -> Found:
    """The state behind a name or a number that was being spelled, if it may end."""
    node, _, spot, frame, name, recent = at
    if not text.spelled.may_end(text.state) or name in text.banned:
        return None
    if spot is not WORD:
        return At(node, None, spot, frame, name, recent)
    if text.scoped:
        frame = taken(frame, name)
    return At(node, None, spot, frame, name, remembered(recent, name))


def remembered(recent: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The names spelled last, when this one was."""
    if name in recent:
        return (name, *(each for each in recent if each != name))
    return (name, *recent[: RECENTS - 1])


def _go_on(at: At, text: Open, act: Act, symbol: str) -> Found:
    state = text.spelled.step(text.state, symbol)
    if state is None:
        return None
    name = at.name + act.text if text.kind == LEXEME else at.name
    return At(at.node, text._replace(state=state), at.spot, at.frame, name, at.recent)


def _in_text(parts: Parts, at: At, text: Open, act: Act) -> Found:
    """What ends a comment, a string, or the format of a field, or opens a field."""
    kind, node, frame = act.kind, at.node, at.frame
    if kind == FIELD:
        return _field(parts, at, text) if text.spelled.may_open(text.state) else None
    if not text.spelled.may_end(text.state):
        return None
    at = at._replace(text=None)
    if text.kind == NOTE:
        return _line(parts, at, act, "") if kind == acts.LINE else None
    if text.kind == FORMAT:
        return _tail(parts, at, act, "") if act.terminal == "FCLOSE" else None
    after = parts.feed(node, parts.grammar.codes["FEND"]) if text.kind == FORMATTED else node
    return At(after, None, TEXT, frame, at.name, at.recent) if kind == CLOSE and after else None


def _field(parts: Parts, at: At, text: Open) -> Found:
    code, frame = parts.grammar.codes["FOPEN"], at.frame
    after = parts.feed(at.node, code)
    if after is None or code in parts.grammar.over(at.node, frame):
        return None
    outer = Outer(text._replace(state=text.spelled.start), frame.inside, frame.outer)
    inside = "".join(sorted({*frame.inside, *text.quote}))
    frame = frame._replace(brackets=frame.brackets + 1, scopes=scope_of(frame), outer=outer, inside=inside)
    return At(after, None, Spot(), parts.sorted(frame), at.name, at.recent)


def _placed(parts: Parts, at: At, glue: int) -> Frame | None:
    """The frame for code at a place; None if it cannot stand there."""
    spot, frame = at.spot, at.frame
    if spot.gap == EMPTY and (spot.before, glue) in JOINED:
        return None
    if spot.fresh:
        if spot.gap and not frame.brackets:
            return None
        if frame.lines < 2:
            return frame._replace(lines=2)
    return frame


def _word(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    node, _, spot, frame, name, recent = at
    if spot.gap or spot.fresh:
        placed = _placed(parts, at, act.glue)
        if placed is None:
            return None
        frame = placed
    code = act.code
    if code in parts.grammar.limited and code in parts.grammar.over(node, frame):
        return None
    after = parts.feed(node, code)
    if after is None:
        return None
    special = AROUND.get(act.terminal)
    if special is not None:
        found = special(parts, node, frame, act, name)
        if found is None:
            return None
        frame = found
    return At(after, None, act.behind, frame, act.text, recent)


def _recent(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    if act.number >= len(at.recent):
        return None
    name = at.recent[act.number]
    after = _word(parts, at, act._replace(text=name), symbol)
    return after and after._replace(recent=remembered(at.recent, name))


def _begin(parts: Parts, at: At, act: Act, symbol: Any) -> Found:
    spellings, node = parts.spellings, at.node
    spelled, terminal, behind = spellings.names, "NAME", WORD
    state = spelled.step(spelled.start, symbol)
    if state is None:
        spelled, terminal, behind = spellings.numbers, "NUMBER", NUMBER
        state = spelled.step(spelled.start, symbol)
    frame = _placed(parts, at, behind.before)
    after = parts.feed(node, parts.grammar.codes[terminal])
    if state is None or frame is None or after is None:
        return None
    text = Open(LEXEME, spelled, state)
    if terminal == "NAME" and node.state in parts.names.banning:
        scoped = node.state in parts.names.parameters
        text = text._replace(banned=parts.names.banned(node, frame), scoped=scoped)
    return At(after, text, behind, frame, act.text, at.recent)


def _string(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    opener = act.text
    prefix = opener[len(STRING) :].rstrip("'\"").lower()
    terminal, kind = ("FSTART", FORMATTED) if "f" in prefix else ("BYTES" if "b" in prefix else "STRING", states.STRING)
    spelled = parts.spellings.string(opener, at.frame.inside)
    frame = _placed(parts, at, states.TEXT)
    after = parts.feed(at.node, parts.grammar.codes[terminal])
    if spelled is None or frame is None or after is None:
        return None
    return At(after, Open(kind, spelled, spelled.start, opener[-1]), TEXT, frame, at.name, at.recent)


def _tail(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    """A conversion, a debug sign, a format, or the end of a field."""
    after, frame, text = parts.feed(at.node, act.code), at.frame, None
    if after is None or frame.outer is None or frame.scopes is None:
        return None
    if act.terminal == "FSPEC":
        text = Open(FORMAT, parts.spellings.format, parts.spellings.format.start)
    elif act.terminal == "FCLOSE":
        text, inside, outer = frame.outer
        _, _, scopes, links = frame.scopes
        frame = frame._replace(brackets=frame.brackets - 1, scopes=scopes, outer=outer, inside=inside, links=links)
        frame = parts.sorted(frame)
    return At(after, text, act.behind, frame, at.name, at.recent)


def _line(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    node, _, spot, frame, name, recent = at
    if frame.inside or spot.gap == CONTINUED or (spot.fresh and spot.begun in (WANTING, MARKED)):
        return None
    if not spot.fresh and not frame.brackets:
        grammar = parts.grammar
        after = parts.feed(node, grammar.newline)
        if after is None or (frame.blocks >= grammar.limits.blocks and grammar.indents(node)):
            return None
        node, frame = after, frame._replace(links=0) if frame.links else frame
    if frame.lines < 2:
        frame = frame._replace(lines=min(2, frame.lines + act.number))
    return At(node, None, FRESH, frame, name, recent)


def _note(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    spot, frame = at.spot, at.frame
    if frame.inside or spot.gap == CONTINUED or spot.begun == WANTING:
        return None
    if not spot.fresh and not frame.brackets and _line(parts, at, act, symbol) is None:
        return None
    spelled = parts.spellings.notes[frame.lines < 2]
    spot = Spot(spot.before, spot.fresh)
    return At(at.node, Open(NOTE, spelled, spelled.start), spot, frame, at.name, at.recent)


def _dent(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    """A block more, or less."""
    node, _, spot, frame, name, recent = at
    if not spot.fresh or spot.gap or spot.begun in (WANTING, MARKED) or frame.brackets:
        return None
    deeper = act.kind == INDENT
    after = parts.feed(node, parts.grammar.indent if deeper else parts.grammar.dedent)
    if after is None:
        return None
    frame = parts.sorted(frame._replace(blocks=frame.blocks + (1 if deeper else -1)))
    return At(after, None, FRESH, frame, name, recent)


def _gap(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    spot, frame, kind = at.spot, at.frame, act.number
    if spot.gaps >= GAPS or spot.before == states.CONVERTED or (kind == EMPTY and spot.gap != NO_GAP):
        return None
    if frame.inside and (kind == CONTINUED or act.marks):
        return None
    if spot.fresh and not frame.brackets and (kind == CONTINUED or spot.begun == WANTING):
        return None
    if kind == CONTINUED and not parts.grammar.goes_on(at.node, frame):
        return None
    return at._replace(text=None, spot=spot._replace(gap=max(spot.gap, kind), gaps=spot.gaps + 1))


def _boundary(parts: Parts, at: At, act: Act, symbol: Spoken) -> Found:
    spot, frame, grammar, level = at.spot, at.frame, parts.grammar, act.text
    if symbol == DOCUMENT_BOUNDARY:
        return parts.start if grammar.ends(at) else None
    if not spot.fresh or spot.gap or spot.begun != PLAIN or (frame.brackets and level != "line"):
        return None
    accepts = grammar.machine.accepts(at.node)
    wanting = level in ("definition", "statement")
    if wanting and grammar.code.isdisjoint(accepts):
        return None
    if level == "definition" and (frame.blocks or grammar.statement not in accepts):
        return None
    return at._replace(text=None, spot=spot._replace(begun=WANTING if wanting else MARKED))


_DOES: Final[dict[str, Callable[[Parts, At, Act, Spoken], Found]]] = {
    acts.WORD: _word,
    RECENT: _recent,
    BEGIN: _begin,
    STRING: _string,
    acts.TAIL: _tail,
    acts.LINE: _line,
    COMMENT: _note,
    INDENT: _dent,
    DEDENT: _dent,
    GAP: _gap,
    acts.BOUNDARY: _boundary,
}
