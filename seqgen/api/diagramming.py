"""What a strategy makes of a corpus, as a walk that a diagram can show."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

from seqgen.api.asking import Kinds, Request
from seqgen.api.preparing import documents_of
from seqgen.lanes import NEVER, WINDOW
from seqgen.pictures import Stream
from seqgen.plugins import Plugins
from seqgen.tokenizer import Boundary


def stream_of_request(
    request: Request, count: int, *, mirror: Path | None = None, plugins: Plugins | None = None
) -> Stream:
    """The beginning of the first document that has so many whole pairs, or of the last one, and the walk over it.

    Its pairs are the first ones that `pairs_of_request` gives, where that document is the first.
    """
    kinds, strategy = Kinds.of(request.domain, request.tokenizer, plugins=plugins), request.strategy
    tokenizer = kinds.made(replace(request, choices=request.choices | {"reset": NEVER}))
    mark, reset = Boundary("document"), WINDOW if strategy.context else NEVER
    enough = count + max(1, strategy.context) + strategy.horizon - 1
    found: list[str] = []
    for document in documents_of(request, mirror=mirror, plugins=plugins)():
        found = [*islice((each for each in tokenizer.split(document.content) if isinstance(each, str)), enough)]
        if len(found) == enough:
            break
    return Stream.of([mark, *found, mark], strategy, reset=reset)
