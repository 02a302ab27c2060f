"""A run's folder.

model.safetensors    the best model so far
resume/              what a run goes on from
metrics.jsonl        one line a look at the loss
samples.md           the learning gallery: what the model wrote at each validation
run.json             what was asked and what was chosen, hashes, versions
run.toml             the options of the run, asked for and chosen, for `train --config`
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqgen import checkpoint
from seqgen.api.asking import Request
from seqgen.api.recipe import FILE, recipe
from seqgen.checkpoint import MODEL_FILE, Checkpoint
from seqgen.errors import InputError
from seqgen.files import write_atomically
from seqgen.plan import Plan
from seqgen.records import from_json, to_json

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True)
class RunRecord:
    """What run.json holds: enough to find the corpus again, to make the same run, and to say how it ended."""

    request: Request
    plan: Plan
    corpus: dict[str, Any]
    versions: dict[str, str]
    ended: str = ""


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, by name."""

    path: Path

    @property
    def model(self) -> Path:
        """Where the best model is kept."""
        return self.path / MODEL_FILE

    @property
    def state(self) -> Path:
        """Where everything is kept that `--resume` goes on from."""
        return self.path / "resume" / "training.safetensors"

    @property
    def logs(self) -> tuple[Path, Path]:
        """The files that only grow: metrics and samples."""
        return self.path / "metrics.jsonl", self.path / "samples.md"

    def read(self, *, knowing: Callable[[Any], None] | None = None) -> RunRecord | None:
        """What run.json says; None where there is none. The reverse of `write`.

        `knowing` is given what the settings of the model call `cell`, to make those cells known.
        """
        path = self.path / "run.json"
        if not path.exists():
            return None
        try:
            value = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        except (OSError, ValueError) as why:
            raise InputError(f"reading {path}", str(why), "Restore the file, or train into another folder") from why
        if knowing:
            knowing(_cell(value))
        return from_json(RunRecord, value, where=str(path))

    def lacking(self, record: RunRecord | None) -> str:
        """What the folder has without what a run goes on from; empty if the run is whole, or nothing would be lost.

        A run that was killed before it first saved has a model perhaps, and its `resume/`, empty.
        """
        kept = [path for path in (self.model, self.state, *self.logs) if path.is_file() and path.stat().st_size]
        killed = record and not record.ended and self.state.parent.is_dir()
        if self.model in kept and self.state not in kept and not killed:
            return "a model but no `resume/`"
        return f"{kept[0].relative_to(self.path)} but no `run.json`" if kept and record is None else ""

    def write(self, record: RunRecord) -> None:
        """Keep `record` as run.json. The reverse of `read`."""
        text = json.dumps(to_json(record), indent=2, ensure_ascii=False)
        write_atomically(self.path / "run.json", (text + "\n").encode("utf-8", "surrogatepass"))

    def begin(self, record: RunRecord) -> None:
        """Make the folder, with empty logs, and the recipe of the run."""
        self.state.parent.mkdir(parents=True, exist_ok=True)
        for log in self.logs:
            log.write_bytes(b"")
        write_atomically(self.path / FILE, recipe(record).encode("utf-8", "replace"))
        self.write(record)

    def note(self, metrics: dict[str, Any], sample: str = "") -> None:
        """Add a line to the metrics, and a sample to the gallery."""
        texts = (json.dumps(metrics, ensure_ascii=False) + "\n", sample)
        for log, text in zip(self.logs, texts, strict=True):
            with log.open("ab") as file:
                file.write(text.encode("utf-8", "replace"))

    def save(self, numbers: dict[str, Any], tensors: Tensors) -> None:
        """Keep the state of training, and how long the logs are. The reverse of `load`."""
        lengths = [log.stat().st_size for log in self.logs]
        checkpoint.save(self.state, numbers | {"logs": lengths}, tensors=tensors, kind="training")

    def load(self) -> tuple[dict[str, Any], Tensors]:
        """The state of training; what the logs say beyond it is cut off, for it will be written again."""
        numbers, tensors = checkpoint.load(self.state, kind="training")
        for log, length in zip(self.logs, numbers.pop("logs"), strict=True):
            with log.open("ab") as file:  # made anew if it is gone
                file.truncate(min(length, file.tell()))
        return numbers, tensors

    def save_model(self, model: Checkpoint) -> None:
        """Put this model in the place of the best so far."""
        model.save(self.model)


def _cell(record: Any) -> Any:
    """What a record's model calls `cell`; None where it has none."""
    for key in ("plan", "model", "cell"):
        record = record.get(key) if isinstance(record, dict) else None
    return record
