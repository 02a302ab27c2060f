"""The examples in the help of the commands that every domain has; tests/cli/test_manners.py runs each of them."""

import inspect
from collections.abc import Callable, Iterable

from seqgen.domain import Domain

RUN = "runs/one"
"""The folder of a run, in all examples."""


def exemplified(command: Callable[..., None], verb: str, domain: Domain) -> Callable[..., None]:
    """The command, with examples at the end of its help, if there are any for that verb."""
    lines = (f"  seqgen {domain.name} {verb} {line}" for line in _lines(verb, domain))
    return with_examples(command, lines)


def with_examples(command: Callable[..., None], lines: Iterable[str]) -> Callable[..., None]:
    """The command with these lines at the end of its help: each a paragraph of its own, which Typer leaves whole."""
    found = [*lines]
    if found:
        command.__doc__ = "\n\n".join([inspect.cleandoc(command.__doc__ or ""), "Examples:", *found])
    return command


def _lines(verb: str, domain: Domain) -> tuple[str, ...]:
    form, suffix = domain.form, domain.suffixes[0]
    one = f"{form.document}{suffix}"
    source = domain.corpus or one
    if verb == "train":
        return (f"{source} --minutes 1 --out {RUN}", f"--config {RUN}/run.toml --set seed=1 --out runs/two")
    if verb == "generate":
        first = f"{RUN} --length 400" if form.text else f"{RUN} --out {one}"
        return (first, f"{RUN} -n 3 --seed 7 --json")
    if verb == "read":
        return (f"{RUN} {one} --save-state behind.state",)
    if verb == "evaluate":
        return (f"{RUN} --samples 50 --json",)
    if verb == "score":
        return (f'{RUN} "It was a dark and stormy night."' if form.text else f"{RUN} {one} --json",)
    return (f"{source} --width 64", f"{source} --pairs 5") if verb == "inspect" else ()
