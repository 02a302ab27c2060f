"""Golden losses: what twenty steps of each cell, strategy and reset cost, kept in tests/golden/losses.json.

`python -m tests.goldens` writes them anew, after a change that is meant to change them.
"""

import json
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from seqgen.cells import CELLS
from seqgen.lanes import WINDOW, Lanes, ResetPolicy, Strategy
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.plan import Dropout, Optimiser, TrainSettings
from seqgen.training import Schedule, Training, train
from seqgen.vocabulary import Vocabulary
from tests.runs import book, one_thread

FILE = Path(__file__).parent / "golden" / "losses.json"
STEPS = 20
STRATEGIES = {
    "one-to-one": (Strategy(), ("never", "window", "document", "paragraph")),
    "many-to-one": (Strategy("many-to-one", context=5), ("window",)),
    "one-to-many": (Strategy("one-to-many", horizon=3), ("never", "window", "document", "paragraph")),
}
MIXERS = ("convolution", "attention", "feedforward")
"""Cells that learn little by themselves: each stands before a recurrence, once."""
CASES = [
    " ".join((cell, strategy, reset, *dropout))
    for cell, (strategy, (_, resets)) in product((cell for cell in CELLS if cell not in MIXERS), STRATEGIES.items())
    for reset in resets
    for dropout in ((), ("dropout",))
    if not dropout or reset == "document"
]
CASES += [f"{cell} one-to-one document muon" for cell in ("rnn", "gru", "lstm")]
CASES += [f"{cell},gru one-to-one paragraph" for cell in MIXERS]
VOCABULARY = Vocabulary(("document", "paragraph"), sorted({*book()} - {"\n"}))


def stream() -> np.ndarray:
    """Lines as paragraphs, and what blank lines separate as documents."""
    documents = (document.strip().split("\n") for document in book(lines=100).strip().split("\n\n"))
    ids = [0]
    for lines in documents:
        for line in lines:
            ids += [*map(VOCABULARY.id_of, line), 1]
        ids[-1] = 0
    return np.array(ids)


def losses(case: str) -> list[float]:
    """The loss of each of the first steps, in nats per scored symbol."""
    cell, strategy_name, reset, *more = case.split()
    strategy = STRATEGIES[strategy_name][0]
    level = ResetPolicy(reset).level(VOCABULARY, strategy)
    shape: dict[str, Any] = {
        "layers": 2,
        "width": 16,
        "embedding": 8,
        "horizon": strategy.horizon,
        "reset_level": level,
    }
    share = 0.2 if "dropout" in more else 0.0
    optimiser = Optimiser("muon" if "muon" in more else "adamw", learning_rate=0.02, warmup=5)
    settings = TrainSettings(optimiser=optimiser, dropout=Dropout(share, share, share, share), seed=3)
    lanes = Lanes(
        96 if strategy.context else 8, 12, strategy, level, carry=reset != WINDOW, shuffle=reset == WINDOW, seed=3
    )
    with one_thread():
        stack = Stack.fresh(ModelSettings(vocabulary=VOCABULARY.size, cell=cell, **shape), seed=3)
        training = Training(stack, settings, lanes)
        training.schedule = Schedule(STEPS)
        return [step.nats for step in islice(train(training, stream()), STEPS)]


def main() -> None:
    """Write the file."""
    rows = {case: [float(f"{loss:.6g}") for loss in losses(case)] for case in CASES}
    lines = ",\n".join(f"  {json.dumps(case)}: {json.dumps(values)}" for case, values in rows.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
