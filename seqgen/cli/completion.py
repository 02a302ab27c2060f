"""`seqgen completion`: scripts for shells, and what they ask for as a person types.

A script hands on the words up to the cursor; what may stand for the last of them is answered from the commands as they
are built for these words: the one domain that is named is imported, and nothing else. What was answered once is kept
(`seqgen.cli.recalling`), for importing that domain takes longer than a person waits.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

import typer

from seqgen.cli.manner import NO_PLUGINS, after_options, before_command
from seqgen.cli.recalling import recalled
from seqgen.cli.refusing import kind_of
from seqgen.errors import SeqgenError, UnknownName
from seqgen.plugins import Plugins, find

SCRIPTS = {
    "bash": """\
_seqgen() {
    local IFS=$'\\n'
    COMPREPLY=($(seqgen completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _seqgen seqgen
""",
    "zsh": """\
#compdef seqgen
_seqgen() {
    local -a found
    found=("${(@f)$(seqgen completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
compdef _seqgen seqgen
""",
    "fish": """\
complete -c seqgen -a '(seqgen completion fish -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
""",
}

Shell = Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="The shell")]


def command(shell: Shell) -> None:
    """Print the script that completes commands and options in a shell.

    For bash, add eval "$(seqgen completion bash)" to ~/.bashrc, and for zsh the same to ~/.zshrc; for fish, write it to
    ~/.config/fish/completions/seqgen.fish.

    Example:

      seqgen completion bash
    """
    print(SCRIPTS[shell], end="")


def asked(arguments: Sequence[str]) -> list[str] | None:
    """The words that a script hands on behind `completion SHELL --`; None for any other command line."""
    is_it = arguments[:1] == ["completion"] and arguments[1:2] != ["--"] and arguments[2:3] == ["--"]
    return [*arguments[3:]] if is_it else None


def answer(words: Sequence[str]) -> None:
    """Print what may stand for the last of the words; nothing for a command that there is not: it says so itself."""
    with contextlib.suppress(SeqgenError):
        print("".join(f"{each}\n" for each in answers(words or [""])), end="")


def answers(words: Sequence[str], *, plugins: Plugins | None = None) -> list[str]:
    """What may stand for the last of the words that follow `seqgen`, in order; nothing where a file may.

    Raises UsageError for a command that there is not.
    """
    *before, last = words
    plugins = find(own_only=NO_PLUGINS in before_command(before)) if plugins is None else plugins
    place = _place(before)
    return _beginning(last, recalled(place, plugins, lambda: names(place, plugins)))


def names(place: Sequence[str], plugins: Plugins) -> list[str]:
    """All that may follow these words. Raises UsageError for a command that there is not."""
    command, option = _reached(place, plugins)
    if option is not None:
        return [*_choices(option), *_values(option, place, plugins)]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = (name for each in command.params if each not in arguments for name in (*each.opts, *each.secondary_opts))
    choices = (choice for each in arguments for choice in _choices(each))
    return [*options, *getattr(command, "commands", ()), *choices, *_named(arguments, place, plugins)]


def _place(before: Sequence[str]) -> list[str]:
    """The words that what may follow depends on: the command's, and an option whose value may be to come."""
    commands = [word for word in after_options(before) if not word.startswith("-")][:2]
    return [*commands, *(word for word in before[-1:] if word.startswith("-"))]


def _reached(words: Sequence[str], plugins: Plugins) -> tuple[Any, Any]:
    """The command that the words lead to, and the option whose value is to come, if there is one."""
    from seqgen.cli.root import build

    domain = after_options(words)[:1]
    # With any verb behind it, a domain is built without asking other plugins for theirs.
    command: Any = typer.main.get_command(
        build([*words, *(["train"] if len(words) == len(domain) == 1 else [])], plugins)
    )
    option = None
    for word in words:
        if option is not None:
            option = None
        elif word.startswith("-"):
            found = next((each for each in command.params if word in (*each.opts, *each.secondary_opts)), None)
            option = None if found is None or found.is_flag else found
        elif hasattr(command, "commands"):
            if word not in command.commands:
                raise UnknownName("the command", word, command.commands)
            command = command.commands[word]
    return command, option


def _choices(parameter: Any) -> Iterator[str]:
    yield from map(str, getattr(kind_of(parameter), "choices", None) or ())


def _values(option: Any, place: Sequence[str], plugins: Plugins) -> Iterator[str]:
    """The values of an option that are names, as far as they are told without importing other plugins."""
    from seqgen.cells import BUILT_IN
    from seqgen.lanes import NEVER, STRATEGIES, WINDOW

    asked = max(option.opts, key=len)
    if asked == "--cell":
        yield from BUILT_IN
    if asked == "--strategy":
        yield from STRATEGIES
    if asked == "--reset":
        yield from (WINDOW, NEVER)
    if asked in ("--reset", "--until"):
        yield from plugins.domain(place[0]).levels
    if asked == "--tokenizer":
        yield from (kind.name for kind in plugins.tokenizers(place[0]))


def _named(arguments: Iterable[Any], place: Sequence[str], plugins: Plugins) -> Sequence[str]:
    """The names that may stand for an argument: of corpora, or of plugins that there are."""
    if place[:2] == ["plugin", "check"]:
        return plugins.names()
    if any(each.metavar == "CORPUS" or place[0] == "corpora" for each in arguments):
        from seqgen import corpus

        return corpus.names()
    return ()


def _beginning(start: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(start) and name.startswith("-") == start.startswith("-")})
