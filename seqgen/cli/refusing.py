"""What Typer refuses, said in the three parts of every other error: what was asked, what is there, what to do.

Typer keeps most of the classes of its errors to itself, so they are told apart by what they carry.
"""

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Any

import typer

from seqgen.cli.manner import COLOUR, DEBUG, NO_PLUGINS, QUIET, after_options
from seqgen.errors import UsageError, shown, suggestion

FOR_ALL = (*DEBUG, *QUIET, COLOUR, NO_PLUGINS, "--version")
"""Options that stand before the command."""
NUMBER = {"int": "a whole number", "float": "a number"}


def require_out(arguments: Sequence[str]) -> None:
    """Raise UsageError for an --out of nothing, which as a path is the folder one is in."""
    if "--out=" in arguments or ("--out", "") in pairwise(arguments):
        raise UsageError("--out", "it is empty", "Name a place, such as ./results")


def refused(error: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    """The error of seqgen that says what Typer found wrong with these arguments."""
    found: Any = error
    if hasattr(found, "possibilities"):
        return _no_such_option(found)
    if hasattr(found, "option_name"):
        return _misused(found, arguments)
    if hasattr(found, "param_type"):
        return _missing(found)
    if getattr(found, "param", None) is not None:
        return _wrong_value(found, arguments)
    unknown = re.match(r"No such command '(.*?)'\.( |$)", found.message)
    if unknown and getattr(found, "ctx", None):
        return _no_such_command(unknown.group(1), found.ctx)
    more = re.match(r"Got unexpected extra argument\(s\) \((.*)\)", found.message)
    there = f"{shown(more[1])} is more than it takes" if more else _plain(found.format_message())
    return UsageError(f"`{_place(found)}`", there, _see(found))


def is_help(error: typer.TyperException) -> bool:
    """Whether the error is no error but the help of a command that was given nothing to do."""
    context: Any = getattr(error, "ctx", None)
    return context is not None and error.message == context.get_help()


def help_of(parameter: Any) -> str:
    """The first sentence of a parameter's help, without its default."""
    text = re.sub(r"\s+\[(default|env var).*", "", str(parameter.help or ""))
    return re.split(r"[.;] ", text)[0].rstrip(".")


def _no_such_option(error: Any) -> UsageError:
    if error.option_name in FOR_ALL:
        _, _, rest = _place(error).partition(" ")
        typed = f"{error.option_name} WHEN" if error.option_name == COLOUR else error.option_name
        there = f"it is for all commands, and stands before `{rest}`"
        return UsageError(f"the option {error.option_name}", there, f"Write `seqgen {typed} {rest} ...`")
    known = [name for each in error.ctx.command.params for name in (*each.opts, *each.secondary_opts) if name[0] == "-"]
    close = suggestion(error.option_name, (name for name in known if name.startswith("--")))
    asked = f"the option {error.option_name} of `{_place(error)}`"
    return UsageError(asked, "there is none of that name", f"{close}{_see(error)}")


def _misused(error: Any, arguments: Sequence[str]) -> UsageError:
    lacking = "does not take" not in error.message
    there = "it takes a value, and none follows" if lacking else "it takes no value"
    command = " ".join(["seqgen", *takewhile(lambda word: not word.startswith("-"), arguments[:2])])
    remedy = "Give it one" if lacking else "Leave the value out"
    return UsageError(error.option_name, there, f"{remedy}; `{command} --help` says what it is")


def _missing(error: Any) -> UsageError:
    parameter = error.param
    name = _name(parameter) if parameter is not None else "something"
    helped = (_listed(parameter) or help_of(parameter)) if parameter is not None else ""
    return UsageError(f"`{_place(error)}`", f"{name} is missing", f"Give it: {helped}" if helped else _see(error))


def _wrong_value(error: Any, arguments: Sequence[str]) -> UsageError:
    parameter, message = error.param, error.message.removeprefix("Value error, ")
    choices = [*map(str, getattr(kind_of(parameter), "choices", None) or ())]
    name, given = _name(parameter), _given(parameter, arguments) or _unlisted(parameter, error, arguments)
    asked = name if given is None else f"{name} {shown(given) if not given.isprintable() or not given else given}"
    if choices:
        remedy = f"{suggestion(given or '', choices)}Known: {', '.join(choices)}"
        return UsageError(asked, "there is none of that name", remedy)
    number = NUMBER.get(getattr(getattr(kind_of(parameter), "annotation", None), "__name__", ""))
    if number and "valid" in message:
        return UsageError(asked, f"it is not {number}", f"Give {number}: {help_of(parameter)}")
    bound = re.search(r"(greater|less) than( or equal to)? (\S+)", message)
    if bound:
        least = "at least" if bound[1] == "greater" else "at most"
        return UsageError(asked, f"it must be {least} {bound[3]}", f"Give such a number: {help_of(parameter)}")
    return UsageError(asked, _plain(message), _see(error))


def _no_such_command(name: str, context: Any) -> UsageError:
    if name == "help":
        there = "help is an option"
        return UsageError(
            f"the command 'help' of `{context.command_path}`", there, f"Write `{context.command_path} --help`"
        )
    known = sorted(context.command.commands)
    remedy = f"{suggestion(name, known)}Known: {', '.join(known)}"
    return UsageError(f"the command {name!r} of `{context.command_path}`", "there is none of that name", remedy)


def _place(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context is not None else "the command line"


def _see(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path if context is not None else 'seqgen'} --help` lists what there is"


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")


def _name(parameter: Any) -> str:
    """A parameter as one types it: an option's longest name, or the word that stands for an argument in the usage."""
    options = [name for name in parameter.opts if name.startswith("-")]
    return max(options, key=len) if options else str(parameter.metavar or parameter.name.upper())


def _given(parameter: Any, arguments: Sequence[str]) -> str | None:
    """The value that was typed, if it can be told."""
    for place, word in reversed([*enumerate(arguments)]):
        name, equals, value = word.partition("=")
        if name in parameter.opts:
            return value if equals else next(iter(arguments[place + 1 :]), None)
    return None


def _listed(parameter: Any) -> str:
    """What an argument may be, where that is a list."""
    *others, last = map(str, getattr(kind_of(parameter), "choices", None) or ("",))
    return f"{', '.join(others)} or {last}" if others else last


def _unlisted(parameter: Any, error: Any, arguments: Sequence[str]) -> str | None:
    """The word that was typed for an argument and is not among those that it may be, if it can be told."""
    choices = getattr(kind_of(parameter), "choices", None)
    if not choices or _name(parameter).startswith("-"):
        return None
    words = after_options(arguments)[len(_place(error).split()) - 1 :]
    return next((word for word in words if not word.startswith("-") and word not in map(str, choices)), None)


def kind_of(parameter: Any) -> Any:
    """What Typer knows of the type of a parameter: `annotation` and `choices`."""
    return getattr(parameter, "type_descriptor", None)
