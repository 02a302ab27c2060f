"""`evaluate` and `score`: how well a model predicts held-out content, or one text."""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.arguments import Json, LabelPairs, Mirror, ModelPath, say
from seqgen.cli.config import configured
from seqgen.cli.data import Cost, Score, line
from seqgen.cli.heating import Heat, HeatTheme, UnitName, heated
from seqgen.cli.mixing import Mix, mixture
from seqgen.cli.options import with_given
from seqgen.cli.own import loaded
from seqgen.cli.playing import AdaptToText, adapting
from seqgen.cli.sources import looks_like_a_file, piping
from seqgen.domain import Domain, plural
from seqgen.errors import CheckFailed, UsageError
from seqgen.plan import AdaptSettings
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.evaluating import Evaluation
    from seqgen.api.models import Model

OtherCorpus = Annotated[
    str, typer.Option("--corpus", help="Evaluate on the whole of another corpus, or say where its own is now")
]
Part = Annotated[str, typer.Option(help="The part of the corpus: validation, test or train")]
Samples = Annotated[int, typer.Option(min=0, help="Samples to draw for copies and metrics; 0 leaves them out")]
AtMost = Annotated[
    float | None,
    typer.Option(
        metavar="BITS", help="Fail with exit code 3 if the model, used as it generates, needs more bits per character"
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="What the samples are drawn from")]
Text = Annotated[
    str, typer.Argument(metavar="TEXT", help="A text, a file, or -; a file is read as the corpus of the model was")
]


def evaluate_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""

    def evaluate(
        model: ModelPath,
        *,
        corpus: OtherCorpus = "",
        part: Part = "validation",
        samples: Samples = 20,
        seed: Seed = 0,
        at_most: AtMost = None,
        adapt: AdaptToText = False,
        given: dict[str, Any],
        mirror: Mirror = None,
        as_json: Json = False,
    ) -> None:
        """Score held-out content, and set samples beside it.

        Each symbol is scored; of the samples it is told how much is copied, and the metrics.
        """
        settings = adapting(adapt, given)
        scoring = loaded(model, domain, plugins)
        asked: dict[str, Any] = {"corpus": corpus, "part": part, "samples": samples, "seed": seed, "mirror": mirror}
        found = scoring.evaluate(**asked, adapt=settings)
        print(line(found), end="") if as_json else print("\n".join(_lines(found)))
        _require(found, at_most)

    return configured(with_given(evaluate, [AdaptSettings]))


def _require(found: "Evaluation", at_most: float | None) -> None:
    """Raise CheckFailed where a model needs more bits than it may: carried, or from a context if it reads one."""
    bits = found.bits_per_character["as_generated"]
    if at_most is not None and not (bits is not None and bits <= at_most):
        there = f"{found.corpus}, {found.part}: {'no' if bits is None else f'{bits:.4f}'} bits per {found.unit}"
        raise CheckFailed(f"at most {at_most:g} bits", there, "Train longer, or expect less")


def _lines(found: "Evaluation") -> Iterator[str]:
    """An evaluation for reading."""
    yield f"{found.corpus}, {found.part}: {found.characters:,} {plural(found.unit)}, {found.symbols:,} symbols scored"
    if found.unknown:
        yield f"  {found.unknown:,} symbols unknown to the model, charged 20.09 bits each"
    yield f"  {'':<14}{f'bits/{found.unit}':>15}{'nats':>10}"
    for way, nats in found.nats.items():
        bits = found.bits_per_character[way]
        figures = f"{bits:>15.4f}{nats:>10.4f}" if bits is not None and nats is not None else f"{'-':>15}{'-':>10}"
        yield f"  {way:<14}{figures}"
    low, high = found.interval
    yield f"  95 % interval of as_generated: {low:.4f} to {high:.4f} bits per {found.unit}"
    each = ", ".join(f"{bits:.1f} per {level}" for level, bits in found.bits_per_level.items())
    yield f"  bits as_generated: {each}"
    yield f"  perplexity {found.perplexity:.3f}, top 1 {found.top_1:.1%}, top 5 {found.top_5:.1%}"
    for level, figures_of in found.boundaries.items():
        shares = ", ".join(f"{name} {figures_of[name]:.1%}" for name in ("precision", "recall", "f1"))
        yield f"  boundary {level} ({figures_of['count']:.0f}): {shares}"
    for kind, copies in found.copies.items():
        longest = f"longest copy {copies.longest} symbols, {copies.mean_longest:.1f} on average"
        whole = f"{copies.whole:.1%} found whole in training"
        yield f"  {kind.replace('_', ' ')}: {copies.samples} samples, {longest}, {whole}"
    yield from _comparisons(found)


def _comparisons(found: "Evaluation") -> Iterator[str]:
    """What a model writes beside held-out content: with its constraint, if it has one, and without."""
    bound = found.constraint
    sides = ("generated", "held_out") if bound is None else ("generated", "free", "held_out")
    titles = "".join(f"{side.replace('_', ' '):>11}" for side in sides)
    width = max(map(len, [*found.metrics, "allowed mass  "]))
    if bound:
        yield f"  the constraint {bound.name}, and up to {bound.limit:,} symbols of a document:"
        yield f"  {'':<{width}}{titles}"
        each = [getattr(bound, side) for side in sides]
        yield f"  {'ended':<{width}}{_figures(one.ended for one in each)}  share: documents that end within the limit"
        yield f"  {'accepted':<{width}}{_figures(one.accepted for one in each)}  share: documents that it takes so far"
        yield f"  {'allowed mass':<{width}}{_figures(one.allowed for one in each)}  nats: log of what it allows"
    if found.metrics:
        yield f"  {'':<{width}}{titles}{'better':>14}"
    for name, metric in found.metrics.items():
        figures = _figures(getattr(metric, side) for side in sides)
        yield f"  {name:<{width}}{figures}{metric.better:>14}  {metric.unit}: {metric.summary}"


def _figures(values: Iterable[float | None]) -> str:
    return "".join(f"{'-' if value is None else f'{value:.4g}':>11}" for value in values)


def score_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""

    def score(
        model: ModelPath,
        text: Text,
        *,
        label: LabelPairs = [],  # noqa: B006
        mix: Mix = [],  # noqa: B006
        heat: Heat = None,
        unit: UnitName = "",
        theme: HeatTheme = "both",
        as_json: Json = False,
    ) -> None:
        """Say what each symbol of a text costs the model, in bits."""
        scoring, given = mixture(loaded(model, domain, plugins), mix, label, domain=domain, plugins=plugins)
        contents = ((content, own | given) for content, own in _contents(scoring, text))
        if heated(scoring, contents, path=heat, unit=unit, theme=theme, as_json=as_json):
            return
        found = [symbol for content, labels in contents for symbol in scoring.score(content, labels=labels)]
        total, characters = sum(symbol.bits for symbol in found), sum(symbol.length for symbol in found)
        each = total / characters if characters else math.nan
        _say_unknown([symbol.bits for symbol in found])
        if as_json:
            print(line(Score(each, total, tuple(Cost(symbol, bits) for symbol, bits, _ in found))), end="")
            return
        for symbol, bits, _ in found:
            print(f"{bits:8.3f}  {domain.show(symbol)}")
        say(f"{total:.1f} bits in all, {f'{each:.3f}' if characters else '-'} bits per {domain.form.unit}.")

    return configured(score)


def _say_unknown(costs: Iterable[float]) -> None:
    """How many symbols the model does not know, told by what only they cost."""
    from seqgen.api.tracing import UNKNOWN_BITS

    count = sum(bits == UNKNOWN_BITS for bits in costs)
    if count:
        what = "symbol" if count == 1 else "symbols"
        say(f"{count:,} {what} unknown to the model, charged {UNKNOWN_BITS:.2f} bits each.")


def _contents(model: "Model", text: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """The text itself, or each document of the file of that name, or of standard input; with the labels that the model
    knows."""
    from seqgen import corpus
    from seqgen.labels import known

    if text != "-" and (os.path.isdir(text) or not os.path.exists(text)):
        _require_text(text, model.domain)
        yield text, {}
        return
    for path in corpus.find(text if text == "-" else os.path.abspath(text)).files:
        for document in model.documents(path):
            yield document.content, known(model.codec.vocabulary, document.labels)


def _require_text(text: str, domain: Domain) -> None:
    """Raise UsageError for a folder, and for what is meant as the name of a file, by its look or by the domain."""
    folder = os.path.isdir(text)
    if not folder and domain.form.text and not looks_like_a_file(text, domain):
        return
    there = "it is a folder" if folder else "there is no such file"
    piped = f"; a text is piped: {piping(text, f'seqgen {domain.name} score MODEL -')}" if domain.form.text else ""
    raise UsageError(f"scoring {text}", there, f"Name a file of {domain.name}{piped}")
