"""Whose fault an error is that nobody expected: a plugin's, if it was its code that ran last."""

import re
import traceback
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import EntryPoint

from seqgen.errors import InputError
from seqgen.plugins.versions import is_own

CORE = "seqgen"
"""The package whose errors are nobody else's."""


def package_of(entry: EntryPoint) -> str:
    """The package that holds a plugin's module."""
    return re.split(r"[.:\s\[]", entry.value)[0]


def blamed(why: BaseException, entries: Iterable[EntryPoint]) -> InputError | None:
    """The error as that of a plugin among these, with the place of it. None if seqgen's own code ran last.

    What runs in neither, such as a library, counts as run by who called it.
    """
    known = {package_of(entry): entry for entry in entries}
    package, function, place = next(_frames(why, {CORE, *known}), (CORE, "", ""))
    if package == CORE or is_own(known[package]):
        return None
    name = known[package].name
    remedy = f"Mend it, or tell its author; `seqgen plugin check {name}` may show more"
    return InputError(f"the plugin {name!r}", f"in {function}, it raised {told(why)} ({place})", remedy)


def place(why: BaseException, package: str) -> str:
    """The file and the line of a package where an error was raised; empty if that was elsewhere."""
    if isinstance(why, SyntaxError) and why.filename:
        return f"{why.filename}:{why.lineno}"
    return next((place for _, _, place in _frames(why, {package})), "")


def told(why: BaseException) -> str:
    """The kind of an error, and what it says."""
    return f"{type(why).__name__}: {why}" if str(why) else type(why).__name__


def _frames(why: BaseException, packages: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """What ran in these packages when an error was raised, last first: the package, the function, the place."""
    for frame, line in reversed(list(traceback.walk_tb(why.__traceback__))):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in packages:
            yield package, frame.f_code.co_name, f"{frame.f_code.co_filename}:{line}"
