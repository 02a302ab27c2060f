"""ABC notation (standard 2.1), as far as melodies need it: text to scores."""

from seqgen_midi.abc.reading import read_abc

__all__ = ["read_abc"]
