"""What a model may say: constraints over the symbols that it draws."""

from seqgen.constraint.ban import Ban, of_word
from seqgen.constraint.constraint import Constraint, Every, Mask, Spoken, State, both, sound
from seqgen.constraint.follow import Follow
from seqgen.constraint.rule import Rule

__all__ = ["Ban", "Constraint", "Every", "Follow", "Mask", "Rule", "Spoken", "State", "both", "of_word", "sound"]
