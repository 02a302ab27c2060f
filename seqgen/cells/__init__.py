"""The cells, one a file: recurrences, and layers that look back or mix channels."""

from seqgen.cells.cell import Cell, Parameters, State
from seqgen.cells.convolution import Convolution
from seqgen.cells.feedforward import Feedforward
from seqgen.cells.gru import GRU
from seqgen.cells.lstm import LSTM
from seqgen.cells.rnn import RNN

CELLS: dict[str, Cell] = {cell.name: cell for cell in (RNN(), GRU(), LSTM(), Convolution(), Feedforward())}
BUILT_IN = frozenset(CELLS)
"""The names that no plugin may give; the cells of plugins are added to `CELLS` when they are asked for."""

__all__ = ["BUILT_IN", "CELLS", "GRU", "LSTM", "RNN", "Cell", "Convolution", "Feedforward", "Parameters", "State"]
