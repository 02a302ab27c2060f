"""The options of a command, made from frozen dataclasses, so that options and settings cannot drift.

A field declared with `records.option` is an option: `page_lines: int = option(0, "Lines on a page")` is `--page-lines`.
A `bool` is a pair of flags, a `Literal` a choice, a `tuple[X, ...]` an option that may be repeated; a field that is
itself a dataclass gives the options of its own fields; any other field keeps its default. A default of None says that
the value is chosen from the corpus and the budget, unless the field says what it stands for.
"""

import inspect
import shlex
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Annotated, Any, cast, get_args, get_origin

import typer

from seqgen.errors import UsageError

CHOSEN = "chosen from the corpus and the budget"

Command = Callable[..., None]


def with_options(command: Command, **kinds: type) -> Command:
    """The command for Typer: each parameter in `kinds` gives way to the options of a dataclass, and gets its instance.

    Dataclasses may share a field, `seed` say, if they agree on its type and default; one option then sets it in all.
    Raises UsageError where they do not agree, or where an option has the name of one of the command's own parameters.
    """
    own = _own(command, kinds)

    def run(**values: Any) -> None:
        records = {name: assemble(kind, values) for name, kind in kinds.items()}
        command(**{name: values[name] for name in own}, **records)

    return _signed(run, command, [*own.values(), *_all(kinds.values())])


def without(command: Command, names: Collection[str]) -> Command:
    """The command for Typer without these of its parameters, which keep their defaults."""
    own = _own(command, names)
    others = _own(command, own)
    kept = {name: others[name].default for name in others if others[name].default is not inspect.Parameter.empty}

    def run(**values: Any) -> None:
        command(**kept, **values)

    return _signed(run, command, list(own.values()))


def with_given(
    command: Command, kinds: Iterable[type], *, chosen: Collection[str] = (), also: Iterable[type] = ()
) -> Command:
    """The command for Typer: its parameter `given` gives way to the options of these dataclasses, and to those of
    `also` under other names.

    It gets a dictionary of those that stood on the command line, and of no others, for a run in which the rest is
    chosen, or resumed. Help says of the options in `chosen` that they are. Raises UsageError as `with_options` does.
    """
    own = _own(command, {"given"})
    known = _all(kinds)
    others = {each.name: each for each in _all(also)}
    for each in known:
        others.pop(each.name, None)
    offered = [_unset(each, chosen=each.name in chosen) for each in (*known, *others.values())]

    def run(**values: Any) -> None:
        given = {each.name: _value(values[each.name]) for each in offered if values[each.name] is not None}
        command(**{name: values[name] for name in own}, given=given)

    return _signed(run, command, [*own.values(), *offered])


def extended(command: Command, more: Mapping[str, Any]) -> Command:
    """The command for Typer with further options, annotated, that act by their callbacks alone. Raises UsageError as
    `with_options` does."""
    own = _own(command, ())
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, keyword, default=None, annotation=hint) for name, hint in more.items()]

    def run(**values: Any) -> None:
        command(**{name: values[name] for name in own})

    return _signed(run, command, [*own.values(), *added])


def parameters(kind: type) -> Iterator[inspect.Parameter]:
    """One keyword parameter, annotated for Typer, for each option of a dataclass. The reverse of `assemble`."""
    for field, hint in _options(kind):
        if is_dataclass(hint):
            yield from parameters(cast(type, hint))
        else:
            yield _parameter(field, hint)


def assemble(kind: type, values: Mapping[str, Any]) -> Any:
    """The instance of a dataclass that these values of its options describe."""
    given = {}
    for field, hint in _options(kind):
        nested = is_dataclass(hint)
        given[field.name] = assemble(cast(type, hint), values) if nested else _value(values[field.name])
    return kind(**given)


def written(values: Mapping[str, Any]) -> str:
    """These flags, numbers and words, options by name, as one would type them."""
    named = ((name.replace("_", "-"), value) for name, value in values.items())
    return shlex.join(word for name, value in named for word in _words(name, value))


def _words(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (f"--{name}" if value else f"--no-{name}",)
    return (f"--{name}", str(value))


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _own(command: Command, others: Collection[str]) -> dict[str, inspect.Parameter]:
    found = inspect.signature(command, eval_str=True).parameters
    return {name: parameter for name, parameter in found.items() if name not in others}


def _all(kinds: Iterable[type]) -> list[inspect.Parameter]:
    return [parameter for kind in kinds for parameter in parameters(kind)]


def _options(kind: type) -> Iterator[tuple["Field[Any]", Any]]:
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        if field.init and (is_dataclass(hints[field.name]) or "help" in field.metadata):
            yield field, hints[field.name]


def _parameter(field: "Field[Any]", hint: Any) -> inspect.Parameter:
    default: Any = field.default if field.default_factory is MISSING else field.default_factory()
    help = field.metadata["help"]
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        default, help = list(default), f"{help}; may be repeated"
        hint = types.GenericAlias(list, get_args(hint)[:1])
    info = typer.Option(help=help, show_default=default is not None or field.metadata.get("unset") or CHOSEN)
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=default, annotation=Annotated[hint, info])


def _unset(parameter: inspect.Parameter, *, chosen: bool) -> inspect.Parameter:
    """The same option, None unless it is given; its help still tells the default."""
    hint, info = get_args(parameter.annotation)
    default = parameter.default
    shown = CHOSEN if chosen else default
    help = info.help if shown in (None, "", []) else f"{info.help} [default: {shown}]"
    info = typer.Option(help=help, show_default=False)
    return parameter.replace(default=None, annotation=Annotated[hint | None, info])


def _signed(run: Callable[..., None], command: Command, made: list[inspect.Parameter]) -> Command:
    merged = _merged(made)
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {each.name: each.annotation for each in merged}
    cast(Any, run).__signature__ = inspect.Signature(merged)
    return run


def _merged(made: list[inspect.Parameter]) -> list[inspect.Parameter]:
    found: dict[str, inspect.Parameter] = {}
    for each in made:
        first = found.setdefault(each.name, each)
        if first is not each and not _agree(first, each):
            there = f"two settings have that name: {first} and {each}"
            raise UsageError(f"the option {each.name!r}", there, "Rename the field of the plugin's options")
    return list(found.values())


def _agree(first: inspect.Parameter, second: inspect.Parameter) -> bool:
    if (first.kind, first.default) != (second.kind, second.default):
        return False
    return get_args(first.annotation)[:1] == get_args(second.annotation)[:1]
