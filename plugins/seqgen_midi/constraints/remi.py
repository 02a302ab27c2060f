"""What `remi` may say: each thing once, in order, nothing that holds already, and only notes that can sound."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from seqgen.codec import DOCUMENT, Codec
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import Boundary
from seqgen_midi.constraints.remi_choices import Choices
from seqgen_midi.constraints.remi_masks import Masks
from seqgen_midi.constraints.remi_states import WHOLE, At, Moves, Phase
from seqgen_midi.constraints.wishes import NONE, Wishes, in_words, legal_with
from seqgen_midi.tokenizers.grid import LONGEST_BAR, metres_of, velocities_of
from seqgen_midi.tokenizers.remi import Kind, Remi


class Legal(Constraint):
    """What `split` gives for some score, and nothing else; with wishes, for one that keeps to them.

    At most 128 notes sound at once. Asked for a number of bars, a piece may end anywhere in the last of them, and no
    note sounds beyond it. Raises UsageError for a metre that the grid lacks.
    """

    alone = True

    def __init__(self, codec: Codec, wishes: Wishes) -> None:
        tokenizer, vocabulary = cast(Remi, codec.tokenizer), codec.vocabulary
        metre, loud = _metre(tokenizer, wishes), 0 if tokenizer.velocities else velocities_of(0)[0]
        self._vocabulary, self._meaning, self._wishes = vocabulary, tokenizer.meaning, wishes
        self._moves = Moves(tokenizer.resolution, velocity=loud, due=metre > 0, leaps=wishes.max_leap > 0)
        self._choices = Choices(vocabulary, replace(tokenizer, levels=vocabulary.levels[1:]), wishes, metre=metre)
        self._masks = Masks(vocabulary, tokenizer)
        self._ways = _ways(self._masks, tokenizer.resolution)
        self.start: At = self._moves.start
        self._seen = self.start, self._masks.of(self._choices.may(self.start))

    def allowed(self, state: At) -> Mask:
        if self._seen[0] is not state:
            self._seen = state, self._masks.of(self._choices.may(state))
        return self._seen[1]

    def step(self, state: At, symbol: Spoken) -> At | None:
        id = self._vocabulary.id_of(symbol)
        if not self.allowed(state)[id]:
            return None
        if isinstance(symbol, Boundary):
            return self._moves.mark(state, beat=symbol.level == "beat") if id else self.start
        return self._moves.step(state, *self._meaning[symbol])

    def complete(self, state: At) -> Iterable[Spoken]:
        return () if self.allowed(state)[DOCUMENT] else self._way(state)

    def said(self, symbol: Spoken) -> str:
        return in_words(symbol)

    def __str__(self) -> str:
        return legal_with(self._wishes)

    def _way(self, state: At) -> Iterator[Spoken]:
        """From the first symbol of a list that may come to the next, until the piece may end.

        To a bar line, if bars were asked for and nothing is left open; else to a note.
        """
        while not (mask_V := self.allowed(state))[DOCUMENT]:
            to_line = self._wishes.bars > 0 and state.phase in WHOLE | {Phase.BEAT}
            id = next(id for id in self._ways[to_line] if mask_V[id])
            symbol = cast(Spoken, self._vocabulary.symbol_of(id))
            yield symbol
            state = cast(At, self.step(state, symbol))


def legal(codec: Codec, wishes: Wishes = NONE) -> Legal:
    """What `remi` may say. Raises UsageError for a metre that the grid lacks."""
    return Legal(codec, wishes)


def _metre(tokenizer: Remi, wishes: Wishes) -> int:
    """What the symbol of the metre asked for says; 0 for none."""
    if wishes.signature is None:
        return 0
    if wishes.signature not in metres_of(tokenizer.resolution):
        there = f"remi has no symbol for it with {tokenizer.resolution} steps to a quarter"
        raise UsageError(f"the metre {wishes.metre}", there, f"Ask for whole steps and at most {LONGEST_BAR} quarters")
    beats, unit = wishes.signature
    return beats << 5 | unit


def _ways(masks: Masks, steps: int) -> tuple[list[int], list[int]]:
    """Ids in the order in which they lead to the end: to a note, and to a bar line."""
    kinds = ((Kind.PITCH, 60), (Kind.DRUM, 42), (Kind.VELOCITY, 64), (Kind.DURATION, steps), (Kind.PROGRAM, 0))
    note = [id for kind, near in kinds for id in masks.ids(kind, near)]
    place, metre = masks.ids(Kind.PLACE, 0), masks.ids(Kind.METRE, 4 << 5 | 4)
    line = [*masks.ids(Kind.BAR, 0), *range(1, masks.vocabulary.unknown)]
    return [*note, *place, *line, *metre], [*line, *place]
