"""`inspect`: look at a corpus before training."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen import plan
from seqgen.api.asking import Choices, Kinds, Request
from seqgen.cli.arguments import CorpusName, Json, Mirror, picture_at, say
from seqgen.cli.config import configured
from seqgen.cli.data import Pair, line
from seqgen.cli.options import with_given, written
from seqgen.domain import Domain, plural
from seqgen.errors import UsageError, counted
from seqgen.files import told
from seqgen.model import ModelSettings
from seqgen.plugins import Plugins
from seqgen.text import show

if TYPE_CHECKING:
    from seqgen.api.inspecting import Inspection

Pairs = Annotated[
    int, typer.Option("--pairs", min=0, help="Print that many pairs of what is read and what is predicted, and no more")
]
Diagram = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="With --pairs: draw them, from a document that has as many, into a .svg or .png file"
    ),
]


def inspect_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""
    own: Any = domain.corpus or ...

    def inspect(
        corpus: CorpusName = own,
        *,
        given: dict[str, Any],
        pairs: Pairs = 0,
        diagram: Diagram = None,
        mirror: Mirror = None,
        as_json: Json = False,
    ) -> None:
        """Look at a corpus before training.

        Shown are what it holds, what would be chosen, and with `--pairs` what a strategy makes of it.
        """
        from seqgen.api import inspecting

        request = Request.sort(corpus, domain.name, given, plugins=plugins)
        if diagram is not None:
            path = picture_at(diagram, "--diagram", as_json=as_json)
            _draw(request, pairs, path=path, mirror=mirror, plugins=plugins)
            return
        if pairs:
            for read, said in inspecting.pairs_of_request(request, pairs, mirror=mirror, plugins=plugins):
                shown = f"{domain.show(read)} -> {domain.show(said)}\n"
                print(line(Pair(read, said)) if as_json else shown, end="")
            return
        found = inspecting.inspect_request(request, mirror=mirror, plugins=plugins)
        print(line(found), end="") if as_json else print("\n".join(_lines(found, domain)))
        for advice in found.advice:
            say(advice)

    kinds = Kinds.of(domain.name, plugins=plugins)
    asked = [plan.Budget, plan.Walk, ModelSettings, Choices, kinds.domain.options, kinds.tokenizer]
    return configured(with_given(inspect, asked, chosen=plan.SUGGESTED, also=plugins.tokenizers(domain.name)))


def _draw(request: Request, count: int, *, path: Path, mirror: Path | None, plugins: Plugins) -> None:
    """Draw so many pairs."""
    from seqgen import pictures
    from seqgen.api.diagramming import stream_of_request

    if not count:
        raise UsageError(f"--diagram {path}", "no pairs are asked for", "Add --pairs and their number, such as 6")
    stream = stream_of_request(request, count, mirror=mirror, plugins=plugins)
    pictures.strategy_diagram(path, stream, count=count)
    say(told([path]))


def _lines(found: "Inspection", domain: Domain) -> Iterator[str]:
    """An inspection for reading."""
    files, documents = counted(found.files, "file"), counted(found.documents, "document")
    yield f"{found.corpus}: {files}, {found.bytes:,} bytes, {documents}"
    yield f"  {plural(found.unit)}: {found.characters:,}"
    yield f"  vocabulary: {counted(found.symbols, 'symbol')}, those of the training part"
    yield f"  rare, of these (fewer than 5 times in all parts): {_counts(found.rare, domain.show)}"
    yield f"  unknown, in validation and test (not of these): {found.unknown:,}"
    yield f"  boundaries: {', '.join(f'{level} {n:,}' for level, n in found.boundaries.items())}"
    for key, values in found.labels.items():
        yield f"  label {key}, training documents: {_counts(values, show)}"
    yield f"  parts: {', '.join(f'{part} {n:,}' for part, n in found.parts.items())}"
    yield from (f"  {note}: {n:,}" for note, n in found.notes.items())
    if found.losses:
        yield f"  to symbols and back: {', '.join(f'{what} {n:,}' for what, n in found.losses.items())}"
    yield f"  suggested: {written(found.suggested)}"
    yield f"  about {found.seconds_per_epoch:.0f} s to read it once, on two cores with fast bfloat16"
    for name, lines in found.audit.items():
        yield from (f"  {name}: {line}" for line in lines)


def _counts(counts: dict[str, int], show: Callable[[str], str]) -> str:
    """The most frequent, each with how often it occurs."""
    shown = [f"{show(symbol)} {n}" for symbol, n in islice(Counter(counts).most_common(), 20)]
    return ", ".join(shown) + (" ..." if len(counts) > len(shown) else "") if shown else "none"
