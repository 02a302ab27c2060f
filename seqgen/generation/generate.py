"""A sample, symbol by symbol."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from seqgen import labels
from seqgen.codec import Codec
from seqgen.generation.draw import Draw, uniforms
from seqgen.generation.reader import Reader
from seqgen.generation.settings import GenerateSettings
from seqgen.generation.stopping import Drawn, cut, hold_back
from seqgen.lanes import Strategy
from seqgen.playing import Player


def generate(
    player: Player,
    codec: Codec,
    settings: GenerateSettings,
    *,
    strategy: Strategy,
    prompt: Sequence[int] = (),
    sample: int = 0,
) -> Iterator[Drawn]:
    """The symbols that follow a prompt at the start of a document, as they are drawn, with the boundary that ends them.

    The prompt may begin with the ids of labels; where one is missing, a value is drawn as often as training has it. The
    random number of each comes from (seed, sample, position) alone. The player is left as it is, so samples may be
    drawn side by side. Raises UnknownName for a level that the vocabulary lacks.
    """
    given = labels.named(codec.vocabulary, prompt)
    own = labels.drawn(codec, given, seed=settings.seed, sample=sample)
    reader, draw = Reader(player, strategy, labels=own), Draw(settings, codec.vocabulary)
    for id in prompt[len(given) :]:
        reader.read(id)
        draw.note(id)
    reader.begin_block()
    drawn = _drawn(reader, draw, codec, uniforms(settings.seed, sample))
    ended = cut(drawn, settings, codec.vocabulary)
    return hold_back(ended, settings.stop) if settings.stop else ended


def _drawn(reader: Reader, draw: Draw, codec: Codec, numbers: Iterable[float]) -> Iterator[Drawn]:
    symbol_of = codec.vocabulary.symbol_of
    for number in numbers:
        id, probability = draw.draw(reader.logits(), number)
        yield Drawn(id, cast(str, symbol_of(id)), probability)
        draw.note(id)
        reader.read(id)
