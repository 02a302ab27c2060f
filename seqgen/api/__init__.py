"""The verbs of seqgen in Python, composed of the rooms before it: what `import seqgen` offers, and what the commands
call.

Nothing is imported before it is used: what plays a model must not wait for what trains one.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqgen.api.adapting import adapted as adapted
    from seqgen.api.asking import Request as Request
    from seqgen.api.drafting import drafted as drafted
    from seqgen.api.evaluating import Evaluation as Evaluation
    from seqgen.api.inspecting import Inspection as Inspection
    from seqgen.api.inspecting import inspect as inspect
    from seqgen.api.inspecting import pairs as pairs
    from seqgen.api.memory import Memory as Memory
    from seqgen.api.mixing import mixed as mixed
    from seqgen.api.models import Model as Model
    from seqgen.api.models import Sample as Sample
    from seqgen.api.models import Surprisal as Surprisal
    from seqgen.api.models import load as load
    from seqgen.api.preparing import Prepared as Prepared
    from seqgen.api.preparing import prepare as prepare
    from seqgen.api.quantising import quantised as quantised
    from seqgen.api.running import Progress as Progress
    from seqgen.api.running import train as train
    from seqgen.api.running import training as training
    from seqgen.api.session import Validation as Validation
    from seqgen.plan import AdaptSettings as AdaptSettings

HOMES = {
    "AdaptSettings": "adapting",
    "Evaluation": "evaluating",
    "Inspection": "inspecting",
    "Memory": "memory",
    "Model": "models",
    "Prepared": "preparing",
    "Progress": "running",
    "Request": "asking",
    "Sample": "models",
    "Surprisal": "models",
    "Validation": "session",
    "adapted": "adapting",
    "drafted": "drafting",
    "inspect": "inspecting",
    "load": "models",
    "mixed": "mixing",
    "pairs": "inspecting",
    "prepare": "preparing",
    "quantised": "quantising",
    "train": "running",
    "training": "running",
}

__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"seqgen.api has no attribute {name!r}")
    return getattr(import_module(f"seqgen.api.{HOMES[name]}"), name)
