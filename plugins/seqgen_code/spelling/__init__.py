"""What may be spelled in pieces: automata over characters, and over the pieces of a vocabulary."""

from seqgen_code.spelling.automaton import DEAD, Automaton
from seqgen_code.spelling.pieces import Pieces, Spelled
from seqgen_code.spelling.python import comment, name, number, whole
from seqgen_code.spelling.strings import automaton_of, spec

__all__ = ["DEAD", "Automaton", "Pieces", "Spelled", "automaton_of", "comment", "name", "number", "spec", "whole"]
