"""A cell, for --cell mogrifier; it has no commands."""

from collections.abc import Iterable

from seqgen.cells import Cell
from seqgen.hookspecs import hookimpl
from seqgen_mogrifier.cell import Mogrifier

__all__ = ["Mogrifier", "seqgen_cells"]


@hookimpl
def seqgen_cells() -> Iterable[Cell]:
    """The Mogrifier."""
    return [Mogrifier()]
