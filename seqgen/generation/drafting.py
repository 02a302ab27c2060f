"""Lossless drafting: the heads of a one-to-many model propose, and the network verifies all they propose at once.

What is drawn has the distribution of the first head, every symbol read before the next: speculative sampling (Leviathan
et al., arXiv 2211.17192, algorithm 1; Chen et al., arXiv 2302.01318), with a draft that needs no model of its own.

Shapes: V vocabulary, T symbols in a window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqgen.errors import UsageError
from seqgen.generation.draw import Draw, probability
from seqgen.generation.gate import Gate, first_beyond
from seqgen.generation.reader import Reader
from seqgen.generation.samplers import Logits
from seqgen.lanes import Strategy
from seqgen.playing import Player
from seqgen.playing.weights import Vector
from seqgen.playing.windows import Window

ONE_BY_ONE = Strategy()


class Scout(Reader):
    """A one-to-many model read symbol by symbol, whose further heads look ahead of what was read."""

    def __init__(self, player: Player, *, labels: Sequence[int] = ()) -> None:
        super().__init__(player, ONE_BY_ONE, labels=labels)
        self.horizon = player.settings.horizon

    @property
    def last_reset(self) -> int:
        """The highest id behind which a document, or the state, begins anew."""
        return self._again

    def ahead(self, ids: Sequence[int]) -> Vector:
        """The logits_V of the symbol after these, fewer than the horizon, which are not read."""
        return self._player.logits(ids)

    def window(self, ids: Sequence[int]) -> Window:
        """Read these at once, with a way back; none of them lets anything begin anew."""
        return self._player.window(ids)


@dataclass(frozen=True)
class Drafted:
    """A one-to-many model that drafts. The player is left as it is. Raises UsageError for one without further heads."""

    player: Player

    def __post_init__(self) -> None:
        if self.player.settings.horizon == 1:
            there, remedy = "the model has one head, which proposes nothing", "Train it with --horizon 4, say"
            raise UsageError("a draft", there, remedy)

    def begin(self, labels: Sequence[int] = ()) -> Scout:
        """A reader at the start of a document."""
        return Scout(self.player, labels=labels)


def drafted(scout: Scout, draw: Draw, numbers: Iterator[float], *, gate: Gate | None) -> Iterator[tuple[int, float]]:
    """Symbols without end, each with the model's own probability of it; the numbers must not end either.

    Whoever takes a symbol lets the gate take it and the draw note it before asking for the next. In each round the
    first symbol is drawn, or was left over from the last; it is read together with the guesses, which are verified up
    to the first that is refused. Samplers and gate have their say in each verification as in each draw, so what they
    remember is what it would be without a draft.
    """
    left_over: tuple[int, float] | None = None
    while True:
        first = left_over or draw.draw(scout.logits(), next(numbers), gate=gate)
        left_over = None
        yield first
        guesses = list(_guesses(scout, draw, first[0], numbers=numbers))
        if not guesses:
            scout.read(first[0])
            continue
        window = scout.window([first[0], *(guess for guess, _ in guesses)])
        for count, (logits_V, (guess, q_V)) in enumerate(zip(window.logits(), guesses, strict=False), start=1):
            id = verified(guess, draw.left(logits_V, gate=gate), q_V, number=next(numbers))
            draw.learn(id)
            told = id, probability(logits_V, id)
            if id != guess:
                window.keep(count)
                left_over = told
                break
            yield told


def verified(guess: int, p_V: Logits, q_V: Logits, *, number: float) -> int:
    """The guess, drawn from q, with the probability min(1, p / q), else a draw from what p has more than q: so the
    outcome is distributed as p, from one random number."""
    share = p_V.item(guess) / q_V.item(guess)
    if number < share:
        return guess
    more_V = (p_V - q_V).clip(0)
    if not more_V.any():  # p and q are equal but for rounding
        more_V = p_V
    return first_beyond(more_V, (number - share) / (1 - share))[0]


def _guesses(scout: Scout, draw: Draw, first: int, *, numbers: Iterator[float]) -> Iterator[tuple[int, Logits]]:
    """What may follow the first symbol, each with the distribution that it was drawn from, (V,).

    Nothing is guessed behind what begins anew, nor is that: the network reads it alone, and labels behind it.
    """
    ids = [first]
    while first > scout.last_reset and len(ids) < scout.horizon:
        q_V = draw.left(scout.ahead(ids))
        q_V[: scout.last_reset + 1] = 0
        if (total := q_V.sum()) <= 0:
            return
        q_V /= total
        ids.append(first_beyond(q_V, next(numbers))[0])
        yield ids[-1], q_V
