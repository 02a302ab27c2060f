"""The recurrences, one a file."""

from seqgen.cells.cell import Cell, Parameters, State
from seqgen.cells.gru import GRU
from seqgen.cells.lstm import LSTM
from seqgen.cells.rnn import RNN

CELLS: dict[str, Cell] = {cell.name: cell for cell in (RNN(), GRU(), LSTM())}

__all__ = ["CELLS", "GRU", "LSTM", "RNN", "Cell", "Parameters", "State"]
