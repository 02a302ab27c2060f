"""What a model of Python is kept to."""

from collections.abc import Iterable

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Rule, Spoken
from seqgen_code.constraints.python.masks import Masks
from seqgen_code.constraints.python.parts import Limits, Parts
from seqgen_code.constraints.python.states import At
from seqgen_code.constraints.python.steps import step
from seqgen_code.constraints.python.ways import Way

__all__ = ["RULE", "Limits", "PythonProgram"]


class PythonProgram(Constraint):
    """Every document is a program that Python 3.11 to 3.14 parse."""

    def __init__(self, codec: Codec, limits: Limits | None = None) -> None:
        self._parts = Parts(codec, limits or Limits())
        self._masks = Masks(codec, self._parts)
        self._writer = codec.tokenizer.writer()
        self.start: At = self._parts.start

    def step(self, state: At, symbol: Spoken) -> At | None:
        return step(self._parts, state, symbol)

    def allowed(self, state: At) -> Mask:
        return self._masks.allowed(state)

    def complete(self, state: At) -> Iterable[Spoken]:
        return Way(self._parts, state).symbols()

    def __str__(self) -> str:
        return "the constraint 'python'"


RULE = Rule(
    name="python",
    domain="code",
    tokenizers=("python",),
    make=PythonProgram,
    summary="every document parses under Python 3.11 to 3.14",
)
