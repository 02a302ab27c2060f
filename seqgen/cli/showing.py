"""Where samples go: to stdout as they are drawn, as pictures or as JSON, or into files."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqgen.cli.arguments import say
from seqgen.cli.data import Chosen, Generated, line
from seqgen.domain import Finish
from seqgen.errors import UsageError
from seqgen.files import places, told
from seqgen.generation import Drawn, GenerateSettings
from seqgen.labels import named

if TYPE_CHECKING:
    from seqgen.api.constraining import Asked
    from seqgen.api.models import Model, Sample
    from seqgen.codec import Prompt as Opening


@dataclass(frozen=True)
class Order:
    """What is to be written: a sample behind each prompt."""

    model: "Model"
    prompts: "list[Opening]"
    settings: GenerateSettings
    constraint: "Asked"
    finish: Finish

    @cached_property
    def streams(self) -> Iterator[Iterator[Drawn]]:
        """For each sample in order its symbols, as they are drawn."""
        from seqgen.api.many import streams

        return streams(self.model, self.prompts, self.settings, constraint=self.constraint)

    def sample(self, number: int) -> "Sample":
        """That sample, whole, if it is the next."""
        sample = self.model.sample(self.prompts[number], tuple(next(self.streams)))
        return replace(sample, content=self.finish.change(sample.content))


def writer(
    model: "Model", count: int, *, out: Path | None, interactive: bool, as_json: bool
) -> "Callable[[Order], Iterator[Sample]]":
    """What writes samples, and gives each when it is written. Raises UsageError where it cannot be done."""
    if interactive and count > 1:
        raise UsageError("--interactive", f"{count} samples are asked for", "Choose the words of one")
    if out is None and not (as_json or model.domain.form.text):
        return _show
    if out is None:
        return partial(_write_chosen, as_json=as_json) if interactive else _write_json if as_json else _write_text
    suffix, written = model.codec.tokenizer.suffix or model.domain.suffixes[0], model.domain.form.written
    if written and count == 1 and out.suffix.lower() not in written:
        there, remedy = (
            f"no {model.domain.form.document} is written to such a file",
            f"End it in {' or '.join(written)}",
        )
        raise UsageError(f"--out {out}", there, remedy)
    return partial(_write_files, places=places(out, count, suffix=suffix), interactive=interactive)


def say_what_was_cut(order: Order, written: "list[Sample]") -> None:
    """How many samples were cut, where content is no text and was to be more."""
    length, first = order.settings.length, order.model.codec.vocabulary.unknown
    count = sum(0 < length <= sum(each.id > first for each in sample.symbols) for sample in written)
    if count and not order.model.domain.form.text:
        which = f"{count} of {len(written)} samples were ended" if len(written) > 1 else "Ended"
        say(f"{which} by --length {length}, which goes before all else.")


def say_what_is_new(written: "list[Sample]") -> None:
    """How many whole documents are new, if there are any, which stand in the training set, and how many are none."""
    samples = [sample for sample in written if sample.new is not None]
    if not samples:
        return
    known = [sample.content for sample in samples if not sample.new]
    named = f": {', '.join(map(repr, known[:5]))}" if known and isinstance(known[0], str) else ""
    shown = f", {len(known)} in the training set{named}" if known else ""
    more, rest = " ..." if named and len(known) > 5 else "", len(written) - len(samples)
    whole, others = (" whole documents", f"; {rest} cut or run on") if rest else ("", "")
    say(f"{len(samples) - len(known)} of {len(samples)}{whole} new{shown}{more}{others}")


def _write_text(order: Order) -> "Iterator[Sample]":
    """The samples on stdout, symbol by symbol, each ended by a new line; between longer ones an empty line.

    Their labels go to stderr. An interruption comes behind what was written so far as a sample.
    """
    from seqgen.api.models import pieces

    codec = order.model.codec
    for k, prompt in enumerate(order.prompts):
        _say_labels(order, k)
        drawn: list[Drawn] = []
        try:
            ids = chain(prompt.ids, _noted(next(order.streams), drawn))
            for piece in pieces(codec, ids, before=prompt.before or ()):
                _put(piece)
        except KeyboardInterrupt:
            _put("\n")
            yield order.model.sample(prompt, tuple(drawn))
            raise
        sample = order.model.sample(prompt, tuple(drawn))
        _put("\n" if k == len(order.prompts) - 1 or "\n" not in sample.text else "\n\n")
        yield sample


def _show(order: Order) -> "Iterator[Sample]":
    """The samples on stdout as pictures, for content that is no text."""
    for k in range(len(order.prompts)):
        _say_labels(order, k)
        sample = order.sample(k)
        _put(f"{order.model.domain.form.picture(sample.content)}\n")
        _accompany(order, k, sample)
        yield sample


def _accompany(order: Order, number: int, sample: "Sample") -> None:
    """Write what was asked for beside a sample, and say where it is."""
    for path in order.finish.accompany(number, sample.content):
        say(f"Wrote {path}.")


def _write_files(order: Order, *, places: list[Path], interactive: bool) -> "Iterator[Sample]":
    """The samples, a file each."""
    for k, place in enumerate(places):
        _say_labels(order, k)
        sample = _chosen(order) if interactive else order.sample(k)
        domain = order.model.domain
        domain.write([sample.content], place)
        if len(places) == 1 and not domain.form.text:
            _put(f"{domain.form.picture(sample.content)}\n")
        _accompany(order, k, sample)
        yield sample
    say(told(places))


def _write_chosen(order: Order, *, as_json: bool) -> "Iterator[Sample]":
    """The one sample that a person makes, on stdout at its end."""
    sample = _chosen(order)
    _put(_as_json(0, sample) if as_json else f"{sample.text}\n")
    yield sample


def _chosen(order: Order) -> "Sample":
    """The one sample, made by a person."""
    from seqgen.api.writing import Writing
    from seqgen.cli.interactive import interact

    writing = Writing(order.model, order.prompts[0], order.settings, constraint=order.constraint)
    interact(writing, order.model.domain.show)
    order.prompts[0] = writing.page.prompt
    return writing.finish()


def _say_labels(order: Order, number: int) -> None:
    """What the model is told about a sample."""
    if labels := named(order.model.codec.vocabulary, order.prompts[number].ids):
        say(", ".join(f"{key}={value}" for key, value in labels.items()))


def _noted(symbols: Iterator[Drawn], drawn: list[Drawn]) -> Iterator[int]:
    for each in symbols:
        drawn.append(each)
        yield each.id


def _put(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _write_json(order: Order) -> "Iterator[Sample]":
    """The samples on stdout, one JSON object a line."""
    for k in range(len(order.prompts)):
        sample = order.sample(k)
        _put(_as_json(k, sample))
        _accompany(order, k, sample)
        yield sample


def _as_json(k: int, sample: "Sample") -> str:
    """One line."""
    symbols = tuple(Chosen(_name(each), each.probability) for each in sample.symbols)
    content: dict[str, Any] = {"text": sample.text} if isinstance(sample.content, str) else {"content": sample.content}
    return line(Generated(k, sample.new, symbols, dict(sample.labels), **content))


def _name(each: Drawn) -> str:
    from seqgen.api.tracing import BEGINS

    return each.symbol if isinstance(each.symbol, str) else BEGINS.format(each.symbol.level)
