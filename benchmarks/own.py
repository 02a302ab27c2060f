"""seqgen's side of a comparison: training as a run would set it up, without its folder and its looks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqgen import plan
from seqgen.lanes import Lanes, Strategy
from seqgen.nn import Stack
from seqgen.nn.machine import pick_precision
from seqgen.plan import Material
from seqgen.training import Step, Training, train
from seqgen.vocabulary import Vocabulary


def steps(ids: np.ndarray, vocabulary: Vocabulary, *, reset: str, settings: dict[str, Any]) -> Iterator[Step]:
    """The steps of a run with these settings, the rest chosen as for a budget of one minute, at its peak rate."""
    made = plan.make(settings, Material(len(ids), vocabulary), strategy=Strategy(), reset=reset)
    walk = made.train.walk
    lanes = Lanes(walk.lanes, walk.window, reset_level=made.model.reset_level, seed=0)
    bfloat16 = pick_precision(made.train.machine.precision, "cpu") == "bfloat16"
    return train(Training(Stack.fresh(made.model, 0), made.train, lanes, bfloat16=bfloat16), ids)
