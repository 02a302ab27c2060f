"""The cells that a stack names, made known: those of plugins are found when they are asked for."""

from collections.abc import Callable
from typing import Any

from seqgen.cells import CELLS
from seqgen.errors import UnknownName, UsageError
from seqgen.model import names_of
from seqgen.plugins import Plugins


def know(stack: Any, plugins: Plugins) -> None:
    """Take the cells of a stack, as `ModelSettings.cell` names them, into `CELLS`; what is no text is left alone.

    Raises UnknownName for one that nobody has.
    """
    for name in names_of(stack) if isinstance(stack, str) else ():
        if name not in CELLS:
            CELLS[name] = plugins.cell(name)


def knowing(plugins: Plugins) -> Callable[[Any], None]:
    """As `know`, for the stack of a model that is there already: a cell that nobody has is one to install."""

    def know_kept(stack: Any) -> None:
        try:
            know(stack, plugins)
        except UnknownName as why:
            raise UsageError(why.asked, "no plugin here offers it", "Install the plugin that does") from why

    return know_kept
