"""`read`, `--from-state` and `--save-state`: what a model remembers of a text, from one day to the next."""

import glob
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.arguments import LabelPairs, ModelPath, OnUnknown, labels_of, say
from seqgen.cli.config import configured
from seqgen.cli.options import without
from seqgen.cli.own import loaded
from seqgen.cli.playing import WeightsToRead, weighed
from seqgen.cli.sources import piping
from seqgen.domain import Document, Domain
from seqgen.errors import UsageError, counted
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.constraining import Asked
    from seqgen.api.memory import Memory
    from seqgen.api.models import Model, Sample
    from seqgen.cli.showing import Order

FromState = Annotated[
    Path | None,
    typer.Option("--from-state", metavar="FILE", help="Go on from where the model stood when this file was saved"),
]
SaveState = Annotated[
    Path | None,
    typer.Option("--save-state", metavar="FILE", help="Save to this file where the model stands behind the sample"),
]
NewState = Annotated[
    Path, typer.Option("--save-state", metavar="FILE", help="The file to which it is saved where the model stands")
]
Source = Annotated[
    str, typer.Argument(metavar="FILE", help="One document, or - for standard input; read as the corpus was")
]
ToKeepTo = Annotated[
    str, typer.Option("--constraint", metavar="NAME", help="What samples behind it are to keep to, if not the usual")
]

WHOLE: dict[str, Any] = {"documents": "file", "text_column": "", "label_columns": (), "label_prefix": ""}
"""The options of reading with which a file is one document."""
PATIENCE = 2.0
"""Seconds between two words on how far the reading is."""


def read_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""

    def read(
        model: ModelPath,
        source: Source,
        *,
        save_state: NewState,
        from_state: FromState = None,
        label: LabelPairs = [],  # noqa: B006
        constraint: ToKeepTo = "",
        weights: WeightsToRead = "float32",
        on_unknown: OnUnknown = "replace",
    ) -> None:
        """Read a document, and save where the model stands then.

        With `generate --from-state` samples go on from there.
        """
        from seqgen.api.memory import opened, reading

        require_place(save_state)
        found = weighed(loaded(model, domain, plugins), weights)
        document, before = _document(found, source), recalled(found, from_state)
        memory = opened(found, before, _labels(found, document, label, fresh=before is None))
        prompt = memory.prompt(found, document.content, on_unknown=on_unknown)  # type: ignore[arg-type]
        for message in prompt.messages:
            say(f"The text: {message}.")
        _keep(reading(found, memory, prompt, constraint=constraint), save_state, total=len(prompt.ids))

    return configured(read if domain.form.text else without(read, ("on_unknown",)))


def whole_documents(model: "Model", path: Path) -> "Generator[Document]":
    """The documents of a file, of which a text is one whatever its lines are."""
    whole = {name: value for name, value in WHOLE.items() if hasattr(model.domain.options, name)}
    yield from model.documents(path, **whole)


def require_place(saved: Path | None, *, count: int = 1, others: Iterable[Any] = ()) -> None:
    """Raise UsageError, and InputError, where the state behind so many samples cannot be saved, as where one of the
    others is written to that file."""
    if saved is None:
        return
    from seqgen.api.memory import place

    if count > 1:
        raise UsageError("--save-state", f"{count} samples are asked for", "Save the state behind one")
    asked = f"--save-state {saved}"
    place(saved, asked=asked)
    if saved.resolve() in (each.resolve() for each in others if isinstance(each, Path)):
        raise UsageError(asked, "something else is to be written to that file", "Name another")


def recalled(model: "Model", path: Path | None) -> "Memory | None":
    """The memory in that file. Raises CheckpointError for another file, UsageError for another model's memory."""
    if path is None:
        return None
    from seqgen.api.memory import Memory

    memory = Memory.load(path)
    memory.voice(model)
    return memory


def behind(model: "Model", before: "Memory | None", limit: "Asked") -> "Model":
    """The model behind what it remembers, if it does."""
    if before is None:
        return model
    from seqgen.api.memory import resumed

    before.require(model.constraints.of(limit))
    return resumed(model, before)


def remember(order: "Order", sample: "Sample", *, path: Path | None, before: "Memory | None") -> None:
    """Save where the model stands behind the first prompt and what was drawn there, if it is to be saved."""
    if path is None:
        return
    from seqgen.api.memory import begun, reading

    model, prompt, drawn = order.model, order.prompts[0], sample.symbols
    labels = [id for id in prompt.ids if id >= model.codec.vocabulary.first_label]
    whole = replace(prompt, ids=(*prompt.ids, *(each.id for each in drawn)), follow="")
    memory = before or begun(model, labels)
    _keep(reading(model, memory, whole, constraint=order.constraint), path, total=len(whole.ids))


def gathered(samples: "Iterable[Sample]", keep: "Callable[[Sample], None]", *, saved: Path | None) -> "list[Sample]":
    """All samples; the state behind the first is kept, and where they are interrupted, that behind what there is of it.

    Says where there is nothing, and a state was to be saved.
    """
    found: list[Sample] = []
    try:
        for sample in samples:
            found.append(sample)
    except KeyboardInterrupt:
        if found:
            keep(found[0])
        elif saved is not None:
            say("No state was saved.")
        raise
    keep(found[0])
    return found


def _keep(steps: "Generator[int, None, Memory]", path: Path, *, total: int) -> None:
    """Go through the steps of a reading, tell how far it is now and then, and save what they come to."""
    from seqgen.api.memory import finished

    told = time.monotonic()

    def tell(count: int) -> None:
        nonlocal told
        if time.monotonic() - told > PATIENCE:
            told = time.monotonic()
            say(f"{count:,} of {total:,} symbols read")

    memory = finished(steps, tell=tell)
    memory.save(path)
    say(f"The state behind {counted(memory.count, 'symbol')} is in {path}, {path.stat().st_size:,} bytes.")


def _document(model: "Model", source: str) -> Document:
    """The one document there. Raises UsageError for none, and for several."""
    from seqgen import corpus

    if not source:
        raise UsageError("reading a document", "the name of the file is empty", "Name a file, or - for standard input")
    if not (source == "-" or glob.has_magic(source) or os.path.exists(source)):
        command = f"seqgen {model.domain.name} read MODEL - --save-state FILE"
        piped = f"; a text is piped: {piping(source, command)}" if model.domain.form.text else ""
        raise UsageError(f"reading {source}", "there is no such file", f"Name a file of {model.domain.name}{piped}")
    files = corpus.find(source if source == "-" else os.path.abspath(source)).files
    found = [*islice((document for path in files for document in whole_documents(model, path)), 2)]
    if len(found) != 1:
        there = "there are several documents" if found else "there is no document"
        raise UsageError(f"reading {source}", there, "Give a file with one; read others behind it with --from-state")
    return found[0]


def _labels(model: "Model", document: Document, given: Sequence[str], *, fresh: bool) -> dict[str, str]:
    """The labels given, and where a document begins, those of its own that the model knows."""
    from seqgen.labels import known

    own = known(model.codec.vocabulary, document.labels) if fresh else {}
    return own | labels_of(given)
