"""The stack over whole windows in torch: the fast twin of `seqgen.model` for training and evaluation."""

from seqgen.nn.memory import keep_memory
from seqgen.nn.scans import scan
from seqgen.nn.stack import Noise, Stack, StackState

__all__ = ["Noise", "Stack", "StackState", "keep_memory", "scan"]
