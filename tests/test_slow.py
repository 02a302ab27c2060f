"""Checks that take minutes: `make check-slow`."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from seqgen.api import training

pytestmark = pytest.mark.slow


def test_preparing_a_gigabyte_takes_little_memory(checkout: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.prepare", "--megabytes", "1000", "--json"]
    said = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
    figures = [json.loads(line) for line in said.splitlines()]
    (memory,) = [each for each in figures if "anonymous memory" in each["figure"]]
    assert memory["reached"], memory


@pytest.mark.parametrize("reset", ["document", "paragraph"])
def test_resuming_is_exact_at_full_size(reset: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 40, "validations": 4, "reset": reset, "precision": "bfloat16", "threads": 2}
    found = {}
    for name, stop in (("whole", None), ("stopped", 17)):
        run = training("python-reference", out=tmp_path / name, **options)
        for _ in islice(run, stop):
            pass
        run.close()
        for _ in training("python-reference", out=tmp_path / name, resume=True, **options):
            pass
        found[name] = [(tmp_path / name / file).read_bytes() for file in ("model.safetensors", "metrics.jsonl")]
    assert found["whole"] == found["stopped"]
