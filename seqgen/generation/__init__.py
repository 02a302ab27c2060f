"""From a model to new symbols, without torch."""

from seqgen.generation.generate import generate
from seqgen.generation.reader import Reader
from seqgen.generation.settings import LIMIT, GenerateSettings
from seqgen.generation.stopping import Drawn

__all__ = ["LIMIT", "Drawn", "GenerateSettings", "Reader", "generate"]
