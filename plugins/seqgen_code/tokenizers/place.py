"""Where the fast twins stand in a document: the layout's state in parts, of which most lexemes change few."""

from seqgen_code.language import OPENING
from seqgen_code.symbols import DEDENT, INDENT, RECENTS
from seqgen_code.tokenizers.layout import At, Bracket, settle
from seqgen_code.tokenizers.states import CLOSES, OPENS, Known, Said, States


class Place:
    """A place in a document; `known` is the state of the middle of its line."""

    def __init__(self, states: States) -> None:
        self.states = states
        self.known, self.column, self.fresh, self.line = states.fresh, 0, True, ""
        self.indents, self.margin, self.unit = list[str](), "", states.layout.unit
        self.brackets, self.recent = list[Bracket](), list[str]()

    def act(self, said: Said, before: Known) -> None:
        """Open a bracket, close one, or end the line, behind a lexeme that stood in the state `before`."""
        brackets = self.brackets
        if said.effect == OPENS:
            brackets.append(Bracket(said.kind, self.column, self.line))
        elif said.effect == CLOSES:
            if brackets:
                brackets.pop()
            self.turn(said.kind)
        else:
            self.column, self.fresh, self.line = 0, True, ""
            if brackets and brackets[-1].indent is None:
                top, hanging = brackets[-1], before.before in OPENING
                indent = top.margin + self.unit if hanging else " " * top.column
                brackets[-1] = top._replace(indent=indent, hanging=hanging)

    def turn(self, kind: str) -> None:
        """Stand behind a lexeme of that kind."""
        self.known = self.states.of(kind, self.brackets[-1].sign if self.brackets else "")

    def expected(self, *, closes: bool) -> str:
        """The indentation of the line that begins here, perhaps with a bracket that closes."""
        if not self.brackets:
            return self.margin
        top = self.brackets[-1]
        return top.margin if closes and top.hanging else top.indent or ""

    def begin_line(self, gap: str, *, closes: bool) -> None:
        """Go behind the indentation of a line."""
        self.fresh, self.line = False, gap[gap.rfind("\n") + 1 :]
        if self.brackets and not closes:
            self.brackets[-1] = self.brackets[-1]._replace(indent=self.line)

    def dent(self, symbol: str) -> None:
        """Go into a block, or out of one."""
        if symbol != DEDENT:
            self.unit = symbol[len(INDENT) :] or self.unit
            self.indents.append(self.unit)
        elif self.indents:
            self.indents.pop()
        self.margin = "".join(self.indents)

    def remember(self, name: str) -> None:
        """Make a name the one spelled last."""
        if name in self.recent:
            self.recent.remove(name)
        self.recent.insert(0, name)
        del self.recent[RECENTS:]

    def at(self) -> At:
        """The layout's state."""
        return At(
            self.known.before, self.column, self.line, self.fresh, tuple(self.indents), self.unit, tuple(self.brackets),
            recent=tuple(self.recent),
        )  # fmt: skip

    def go_to(self, at: At) -> None:
        """Stand where the layout does; what it was spelling is done. The reverse of `at`."""
        at = settle(at)
        self.column, self.line, self.fresh, self.unit = at.column, at.line, at.fresh, at.unit
        self.indents, self.margin = list(at.indents), "".join(at.indents)
        self.brackets, self.recent = list(at.brackets), list(at.recent)
        self.turn(at.before)
