"""Which symbols may come next, for the constraint of Python: what `step` takes, tried once for all that are alike.

Shapes: V vocabulary.
"""

from collections import defaultdict
from typing import Any, Final, NamedTuple

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Mask, Spoken
from seqgen_code.constraints.python import acts
from seqgen_code.constraints.python.acts import Act
from seqgen_code.constraints.python.parts import Parts
from seqgen_code.constraints.python.states import FORMAT, LEXEME, NOTE, WORD, At, Open
from seqgen_code.constraints.python.steps import act_on, step
from seqgen_code.spelling import Spelled
from seqgen_code.symbols import BEGIN, CLOSE, FIELD, FIELD_END, PIECE, RECENT, RECENTS

MOST: Final = 1 << 12
"""Masks that are kept."""


class Alike(NamedTuple):
    """Symbols that are allowed in the same places: one of them, how it acts, and the ids of all."""

    symbol: Spoken
    act: Act
    ids: list[int]


class Allowed:
    """A mask but for the names spelled last, and masks with so many of these, as far as they were asked for."""

    def __init__(self, mask: Mask, *, named: bool) -> None:
        self.plain, self.named = mask, named
        self.masks: list[Mask | None] = [mask, *[None] * RECENTS]


class Masks:
    """The masks of one codec; equal ones are mostly one object, not to be written to."""

    def __init__(self, codec: Codec, parts: Parts) -> None:
        self._parts, self._size, self._id_of = parts, codec.vocabulary.size, codec.vocabulary.id_of
        self._accepts, self._limits = parts.grammar.machine.accepts, parts.grammar.limits
        self._ids: defaultdict[str, list[int]] = defaultdict(list)
        for symbol, act in parts.acts.items():
            if act.kind == acts.WORD:
                self._ids[act.text].append(self._id_of(symbol))
        self._kinds = self._sorted()
        self._field, *self._closers = ([self._id_of(each)] for each in (FIELD, CLOSE, FIELD_END))
        self._lines = [self._id_of(symbol) for symbol, act in parts.acts.items() if act.kind == acts.LINE]
        numbers = [act.number for act in parts.acts.values() if act.kind == RECENT]
        self._recents = {number: self._id_of(f"{RECENT}{number}") for number in sorted(numbers)}
        self._spelled = [
            (spelled, self._first(spelled)) for spelled in (parts.spellings.names, parts.spellings.numbers)
        ]
        self._shared: dict[bytes, Mask] = {}
        self._code: dict[Any, Allowed] = {}
        self._joined: dict[Any, tuple[Mask, Mask]] = {}

    def allowed(self, at: At) -> Mask:
        """The symbols that may come next, (V,)."""
        text = at.text
        if text is None:
            return self._coded(at, len(at.recent))
        mask = text.spelled.allowed(text.state)
        ends = text.spelled.may_end(text.state)
        if text.kind != LEXEME:
            return self._in_text(at, text, mask, ends=ends)
        if not ends or at.name in text.banned:
            return mask
        count = len(at.recent)
        if at.spot.before == WORD and at.name not in at.recent:
            count = min(count + 1, RECENTS)
        return self._both(mask, self._coded(at._replace(text=None), count))

    def _both(self, mask: Mask, other: Mask) -> Mask:
        if other.flags.writeable:
            return mask | other
        key = id(mask), id(other)
        found = self._joined.get(key)
        if found is None:
            found = self._joined[key] = self._kept(mask | other), other
        return found[0]

    def _in_text(self, at: At, text: Open, mask: Mask, *, ends: bool) -> Mask:
        opens = text.spelled.may_open(text.state) and step(self._parts, at, FIELD) is not None
        key = id(mask), text.kind, ends, opens
        found = self._joined.get(key)
        if found is None:
            joined = mask.copy()
            joined[self._lines if text.kind == NOTE else self._closers[text.kind == FORMAT]] |= ends
            joined[self._field] |= opens
            found = self._joined[key] = self._kept(joined), mask
        return found[0]

    def _coded(self, at: At, count: int) -> Mask:
        """What may come where nothing is being spelled, with so many names spelled last."""
        node, spot, frame = at.node, at.spot, at.frame
        grammar = self._parts.grammar
        key = (
            self._accepts(node), spot, frame.sort, grammar.over(node, frame),
            spot.fresh and grammar.ends(at),
            frame.blocks >= self._limits.blocks and grammar.indents(node),
        )  # fmt: skip
        found = self._code.get(key)
        if found is None:
            found = self._code[key] = self._tried(at)
        mask = found.masks[count if found.named else 0]
        if mask is None:
            mask = self._with_recent(found, count)
        return mask if node.state not in self._parts.names.watched else self._without(at, mask)

    def _without(self, at: At, mask: Mask) -> Mask:
        """The mask without names that are taken, and signs that must not follow one."""
        names = self._parts.names
        banned, refused = names.banned(at.node, at.frame), names.refused(at.node, at.frame, at.name)
        if not banned and not refused:
            return mask
        mask = mask.copy()
        for name in banned | refused:
            mask[self._ids.get(name, [])] = False
        for number, name in enumerate(at.recent):
            if name in banned:
                mask[self._recents[number]] = False
        return mask

    def _with_recent(self, found: Allowed, count: int) -> Mask:
        mask = found.plain.copy()
        mask[[id for number, id in self._recents.items() if number < count]] = True
        kept = found.masks[count] = self._kept(mask)
        return kept

    def _tried(self, at: At) -> Allowed:
        parts, mask, named = self._parts, np.zeros(self._size, np.bool_), False
        at = At(at.node, None, at.spot, at.frame, "", ())
        for symbol, act, ids in self._kinds:
            if act_on(parts, at, act, symbol) is not None:
                mask[ids] = True
                named |= act.terminal == "NAME"
        for spelled, first in self._spelled:
            if first is not None and step(parts, at, first) is not None:
                mask |= spelled.allowed(spelled.start)
        return Allowed(self._kept(mask), named=named)

    def _kept(self, mask: Mask) -> Mask:
        """The mask, or one that is equal; there are never too many of them."""
        if len(self._shared) >= MOST:
            for kept in (self._shared, self._code, self._joined):
                kept.clear()
        mask.flags.writeable = False
        return self._shared.setdefault(mask.tobytes(), mask)

    def _sorted(self) -> list[Alike]:
        """All symbols but those in pieces and the names spelled last, by what they have in common."""
        kinds: dict[Any, Alike] = {}
        for symbol, act in self._parts.acts.items():
            if act.kind not in (PIECE, BEGIN, RECENT):
                one = act._replace(text="") if act.terminal == "NAME" else act
                kinds.setdefault(act.alike, Alike(symbol, one, [])).ids.append(self._id_of(symbol))
        return list(kinds.values())

    def _first(self, spelled: Spelled) -> str | None:
        """A piece that begins such a lexeme."""
        begins = (str(symbol) for symbol, act in self._parts.acts.items() if act.kind == BEGIN)
        return next((each for each in begins if spelled.step(spelled.start, each) is not None), None)
