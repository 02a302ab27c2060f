"""The model played in numpy, one symbol at a time: the fast twin of `model.step` and `model.logits`."""

from seqgen.playing.player import Played, Player

__all__ = ["Played", "Player"]
