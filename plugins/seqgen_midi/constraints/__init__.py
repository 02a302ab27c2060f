"""What models of music are kept to: that it can be played, and what is asked of it."""

from collections.abc import Callable

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Rule
from seqgen_midi.constraints import events, melody, performance, remi
from seqgen_midi.constraints.wishes import NONE, Wishes

LEGAL: dict[str, Callable[[Codec, Wishes], Constraint]] = {
    "events": events.legal,
    "melody": melody.legal,
    "performance": performance.legal,
    "remi": remi.legal,
}
"""The constraint of each tokenizer."""


def legal(codec: Codec, wishes: Wishes = NONE) -> Constraint:
    """What the models of a codec are kept to."""
    return LEGAL[codec.tokenizer.name](codec, wishes)


RULE = Rule(
    name="legal",
    domain="midi",
    tokenizers=tuple(LEGAL),
    make=legal,
    summary="music that can be written and played as it stands, and what is asked of it",
    options=Wishes,
)
