"""What a run's folder tells of the way to its model: losses and samples, of a run that is over or still going on."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqgen.api.folder import RunFolder
from seqgen.errors import InputError, SeqgenError, UsageError
from seqgen.files import unread
from seqgen.pictures import Curve, Excerpt, Point
from seqgen.plugins import Plugins, find

SAMPLE = re.compile(r"^## Step (\d+): [^\n]*\n\n(`{3,})text\n(.*?)\n\2\n\n", re.MULTILINE | re.DOTALL)
BITS = "bits_per_character"
FIELDS = ("training", "validation")


def curve_of(path: str | Path, *, plugins: Plugins | None = None) -> Curve:
    """The losses and samples in a run's folder. Runs from before losses of training had bits per character tell them
    per symbol.

    Raises UsageError for a folder without a run, and InputError for one whose metrics are broken.
    """
    path = Path(path)
    metrics, samples = RunFolder(path).logs
    if not metrics.is_file():
        there = f"there is no {metrics.name} in it" if path.is_dir() else "there is no such folder"
        raise UsageError(f"the run {path}", there, "Name the folder that `train` was given with --out")
    lines = list(_lines(metrics))
    looks = [each for each in lines if "validation" in each]
    training = [each for each in lines if "training" in each]
    bests = [_point(each, "validation") for each in looks if each.get("best") is True]
    return Curve(
        name=path.name or str(path.resolve().name),
        training=[_point(each, "training") for each in training],
        validation=[_point(each, "validation") for each in looks],
        best=bests[-1] if bests else None,
        samples=list(_samples(samples)),
        unit=_unit(path, plugins or find()),
        training_unit="" if all(BITS in each["training"] for each in training) else "symbol",
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of the metrics; the last one may be half written."""
    *lines, _ = _text(path).split("\n")
    for number, line in enumerate(lines, 1):
        try:
            noted = json.loads(line)
            given = [noted[field] for field in FIELDS if field in noted]
            sound = isinstance(noted["step"], int) and all(_sound(each) for each in given)
        except (ValueError, LookupError, TypeError, RecursionError):
            sound = False
        if not sound:
            there = f"line {number} is none that training writes"
            raise InputError(f"reading {path}", there, "Restore the file, or train into another folder")
        yield noted


def _sound(loss: dict[str, Any]) -> bool:
    return all(math.isfinite(loss[name]) for name in ("nats", BITS) if name in loss) and "nats" in loss


def _point(noted: dict[str, Any], field: str) -> Point:
    loss = noted[field]
    return Point(noted["step"], loss[BITS] if BITS in loss else loss["nats"] / math.log(2))


def _samples(path: Path) -> Iterator[Excerpt]:
    """What the gallery holds; none if it is gone."""
    text = _text(path) if path.is_file() else ""
    return (Excerpt(int(step), sample) for step, _, sample in SAMPLE.findall(text))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as why:
        raise unread(why, f"reading {path}") from why


def _unit(path: Path, plugins: Plugins) -> str:
    """What bits are told per; a character where the record, or the plugin of its domain, is gone."""
    try:
        record = json.loads(_text(path / "run.json"))
        return plugins.domain(str(record["request"]["domain"])).form.unit
    except (SeqgenError, ValueError, LookupError, TypeError):
        return "character"
