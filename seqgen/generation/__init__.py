"""From a model to new symbols, without torch."""

from seqgen.generation.drafting import Drafted
from seqgen.generation.draw import uniforms
from seqgen.generation.forcing import Forced, force
from seqgen.generation.generate import Course, generate
from seqgen.generation.mixture import Mixture, Part
from seqgen.generation.reader import Read, Reader
from seqgen.generation.settings import LIMIT, GenerateSettings, Penalties, Samplers, Search
from seqgen.generation.stopping import Drawn, last_level
from seqgen.generation.voice import Reading, Resumed, Solo, Voice

__all__ = [
    "LIMIT",
    "Course",
    "Drafted",
    "Drawn",
    "Forced",
    "GenerateSettings",
    "Mixture",
    "Part",
    "Penalties",
    "Read",
    "Reader",
    "Reading",
    "Resumed",
    "Samplers",
    "Search",
    "Solo",
    "Voice",
    "force",
    "generate",
    "last_level",
    "uniforms",
]
