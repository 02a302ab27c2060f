"""The cells, one a file: recurrences, and layers that look back or mix channels."""

from seqgen.cells.attention import Attention
from seqgen.cells.cell import Cell, Parameters, State
from seqgen.cells.convolution import Convolution
from seqgen.cells.feedforward import Feedforward
from seqgen.cells.gru import GRU
from seqgen.cells.linear import LinearCell, steps_linearly
from seqgen.cells.lstm import LSTM
from seqgen.cells.min_gru import MinGRU
from seqgen.cells.min_lstm import MinLSTM
from seqgen.cells.rg_lru import RGLRU
from seqgen.cells.rnn import RNN

_RECURRENCES = (RNN(), GRU(), LSTM(), MinGRU(), MinLSTM(), RGLRU())
CELLS: dict[str, Cell] = {cell.name: cell for cell in (*_RECURRENCES, Convolution(), Attention(), Feedforward())}
"""The cells by their names."""
BUILT_IN = frozenset(CELLS)
"""The names that no plugin may give; the cells of plugins are added to `CELLS` when they are asked for."""

__all__ = [
    "BUILT_IN",
    "CELLS",
    "GRU",
    "LSTM",
    "RGLRU",
    "RNN",
    "Attention",
    "Cell",
    "Convolution",
    "Feedforward",
    "LinearCell",
    "MinGRU",
    "MinLSTM",
    "Parameters",
    "State",
    "steps_linearly",
]
