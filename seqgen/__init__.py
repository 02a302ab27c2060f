"""seqgen: one recurrent engine that learns sequences and invents new ones; plugins say of what.

    AdaptSettings  how a model goes on learning from what it reads
    Evaluation     what a model achieves on held-out content
    Inspection     what is in a corpus, and what it suggests
    Memory         what a model remembers of a text
    Model          a trained model: generate, score, evaluate
    Prepared       a corpus as ids on disk
    Progress       where a run stands after a step
    Request        what a run was asked for
    Sample         one generated document
    Surprisal      what one symbol costs
    Validation     a look at held-out text
    adapted        a model that has learnt from the beginning of a text
    drafted        a one-to-many model whose heads propose, and whose network verifies
    inspect        look at a corpus before training
    load           the model of a run's folder, or of a file
    mixed          a model, mixed with others in probability space
    pairs          what a strategy reads and predicts
    prepare        turn a corpus into ids
    quantised      a model with weights of 8 bits, faster to play
    train          train a model, and give back the best one

`seqgen.api.training` trains one step at a time; here, its name is that of the room.
Nothing is imported before it is used; loading and playing a model need no torch.
"""

from typing import Any

__version__ = "0.1.0"

__all__ = [
    "AdaptSettings",
    "Evaluation",
    "Inspection",
    "Memory",
    "Model",
    "Prepared",
    "Progress",
    "Request",
    "Sample",
    "Surprisal",
    "Validation",
    "adapted",
    "drafted",
    "inspect",
    "load",
    "mixed",
    "pairs",
    "prepare",
    "quantised",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"seqgen has no attribute {name!r}")
    from seqgen import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
