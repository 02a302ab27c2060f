"""`--config FILE` and `--set KEY=VALUE`: options of a command from a file, and one by one by name.

What stands nearer to the command wins: defaults < file < environment < `--set` < flags. A key is an option's name, with
dashes or underscores, or an argument's. A table named as a command holds what is for that command alone; one named as a
group of settings (`seqgen.plan.GROUPS`) is a heading, for the commands that have its options.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seqgen import plan
from seqgen.cli.options import Command, extended
from seqgen.cli.refusing import kind_of, refused
from seqgen.errors import InputError, UsageError, nearest, shown
from seqgen.files import unread

OWN = ("config", "set", "json")
"""Options that no other can set; JSON is asked for before anything is read, for a failure to read is JSON too."""


def configured(command: Command) -> Command:
    """The command for Typer, with `--config` and `--set`."""
    help = "Take options from this TOML file, such as the run.toml of a run; what else is given goes before;"
    help += " may be repeated, and the later goes before"
    config = typer.Option("--config", metavar="FILE", help=help, is_eager=True, callback=_from_files)
    help = "Set an option by its name, as in a file; may be repeated"
    one = typer.Option("--set", metavar="KEY=VALUE", help=help, is_eager=True, callback=_from_pairs)
    more = {"config": Annotated[list[Path] | None, config], "set": Annotated[list[str] | None, one]}
    return extended(command, more)


def _from_files(context: typer.Context, paths: list[Path] | None) -> list[Path] | None:
    if paths and not context.resilient_parsing:
        found: dict[str, Any] = {}
        for path in paths:
            values = _read(path)
            _require_domain(context, path, values.pop("domain", None))
            found |= _Keys(context, str(path)).sorted(values)
        context.default_map = found | dict(context.default_map or {})
    return paths


def _require_domain(context: typer.Context, path: Path, domain: Any) -> None:
    """Raise UsageError for a file that says that it is for the commands of another domain."""
    here = context.parent.info_name if context.parent else None
    if domain not in (None, here):
        there = f"it is for the domain {shown(domain)}"
        raise UsageError(f"--config {path}", there, f"Use `seqgen {domain} {context.info_name}`")


def _from_pairs(context: typer.Context, pairs: list[str] | None) -> list[str] | None:
    if pairs and not context.resilient_parsing:
        found: dict[str, Any] = {}
        for pair in pairs:
            for name, value in _Keys(context, f"--set {pair}", typed=True).sorted(_parted(pair)).items():
                found[name] = found[name] + value if name in found and isinstance(value, list) else value
        context.default_map = dict(context.default_map or {}) | found
        for each in context.command.params:
            if each.name in found:
                each.envvar = None  # the environment would go before it
    return pairs


def _read(path: Path) -> dict[str, Any]:
    asked = f"reading {path}"
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except tomllib.TOMLDecodeError as why:
        raise InputError(asked, str(why), "Correct it there; a line is KEY = VALUE, with text in quotes") from why
    except OSError as why:
        raise unread(why, f"--config {path}") from why
    except UnicodeDecodeError as why:
        raise InputError(asked, f"the byte at offset {why.start} is no UTF-8", "Save it as UTF-8") from why


def _parted(pair: str) -> dict[str, Any]:
    """What was written as KEY=VALUE, or TABLE.KEY=VALUE."""
    name, equals, value = pair.partition("=")
    if not name.strip() or not equals:
        raise UsageError(f"--set {pair}", "it is no key with a value", "Write it like learning_rate=0.002")
    table, dot, key = name.strip().rpartition(".")
    return {table: {key: value.strip()}} if dot else {key: value.strip()}


class _Keys:
    """The options of a command by the keys that name them. `typed` values are text, as on a command line."""

    def __init__(self, context: typer.Context, source: str, *, typed: bool = False) -> None:
        self._context, self._source, self._typed = context, source, typed
        self._own = _options(context.command)
        group: Any = getattr(context.parent, "command", None)
        self._others = {name: _options(each) for name, each in getattr(group, "commands", {}).items()}

    def sorted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that are for this command, by parameter. Raises UsageError for a key that nobody has, and for a
        value that is none for it."""
        command = str(self._context.info_name)
        tables = {*self._others, *plan.GROUPS}
        for key in (key for key, value in values.items() if isinstance(value, dict) and key not in tables):
            there = f"[{key}] is neither a command nor a group of options"
            raise UsageError(self._source, there, nearest(key, tables))
        nested = {key: value for key, value in values.items() if key in tables and isinstance(value, dict)}
        found = dict(self._taken((k, v) for k, v in values.items() if k not in nested))
        for table, keys in nested.items():
            if table in plan.GROUPS:
                found |= dict(self._taken(self._under(table, keys)))
            elif table == command:
                found |= dict(self._taken(keys.items(), table=table))
            else:
                for key in keys:
                    self._known(key, self._others[table], table=table)
        return found

    def _under(self, group: str, keys: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The keys under a heading that this command has."""
        fields = {name: None for name, home in plan.names().items() if home == group}
        for key, value in keys.items():
            self._known(key, fields, table=group)
            if _plain(key) in self._own:
                yield key, value

    def _taken(self, items: Iterable[tuple[str, Any]], *, table: str = "") -> Iterator[tuple[str, Any]]:
        for key, value in items:
            parameter = self._known(key, self._own, table=table)
            yield parameter.name, self._fitting(parameter, key, value)

    def _known(self, key: str, known: Mapping[str, Any], *, table: str) -> Any:
        if _plain(key) in known:
            return known[_plain(key)]
        if _plain(key) == "json":
            raise UsageError(self._source, "whether JSON is written cannot be set", "Give --json on the command line")
        where = f"[{table}]" if table else f"`{self._context.command_path}`"
        remedy = nearest(_plain(key), known)
        raise UsageError(self._source, f"the key {shown(key)} is no option of {where}", remedy)

    def _fitting(self, parameter: Any, key: str, value: Any) -> Any:
        """The value as Typer takes it."""
        if parameter.name == "out" and value == "":
            raise UsageError(self._place(key, value), "it is empty", "Name a place, such as ./results")
        value = _lifted(parameter, value) if self._typed else value
        wanted = _wanted(parameter)
        each = value if _several(parameter) and isinstance(value, list) else [value]
        if (_several(parameter) and not isinstance(value, list)) or not all(_is(item, wanted) for item in each):
            many = "a list, of " if _several(parameter) else ""
            there = f"{shown(value)} is not what {key} takes"
            raise UsageError(self._place(key), there, f"Give {many}{WANTED[wanted]}")
        try:
            parameter.get_runtime_param().coerce(value, param=parameter, ctx=self._context)
        except typer.TyperException as why:
            found = refused(why, [parameter.opts[0], str(value)])
            raise UsageError(self._place(key, value), found.there, found.remedy) from why
        return value

    def _place(self, key: str, *value: Any) -> str:
        """Where a value stands; what was typed shows key and value itself."""
        return self._source if self._typed else " = ".join([f"{self._source}: {key}", *map(shown, value)])


WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "text, in quotes"}


def _options(command: Any) -> dict[str, Any]:
    """Every option and argument of a command by the key that sets it."""
    found = {}
    for each in command.params:
        longest = max((name for name in each.opts), key=len)
        key = _plain(longest.lstrip("-"))
        if key not in (*OWN, "help"):
            found[key] = each
    return found


def _plain(key: str) -> str:
    return key.replace("-", "_")


def _several(parameter: Any) -> bool:
    return bool(parameter.multiple) or parameter.nargs != 1


def _wanted(parameter: Any) -> type:
    kind = kind_of(parameter)
    found = getattr(kind, "annotation", str)
    inner = getattr(found, "__args__", (found,))[0] if getattr(kind, "is_list", False) else found
    return inner if inner in (bool, int, float) else str


def _is(value: Any, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _lifted(parameter: Any, text: str) -> Any:
    """The value that a text stands for: as TOML where it is one of the kind, else the text itself."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    wanted = _wanted(parameter)
    if _several(parameter):
        return value if isinstance(value, list) else [value if _is(value, wanted) else text]
    return value if _is(value, wanted) else text
