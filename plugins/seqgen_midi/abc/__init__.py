"""ABC notation (standard 2.1), as far as melodies need it: text to scores."""

from seqgen_midi.abc.lexing import signs
from seqgen_midi.abc.reading import Tune, read_abc

__all__ = ["Tune", "read_abc", "signs"]
