"""What a machine is trained on with: device, precision, and what a GPU is told in a note. No GPU is needed here."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from seqgen import api
from seqgen.api import session
from seqgen.cli import main
from seqgen.cli.bar import Bar
from seqgen.errors import UsageError
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.nn import machine
from seqgen.plan import Machine, Material, fitting_cuda, make
from seqgen.vocabulary import Vocabulary
from seqgen_chars.domain import DOMAIN
from tests.runs import SMALL, write_book

VOCABULARY = Vocabulary(("document",), [*"abcdefgh"])


def model(**given: Any) -> ModelSettings:
    return ModelSettings(vocabulary=65, **({"width": 512, "embedding": 128} | given))


@pytest.mark.parametrize(
    ("given", "lanes", "precision"),
    [
        ({}, 96, "float16"),
        ({}, 100, "float32"),
        ({"embedding": 64}, 96, "float32"),
        ({"cell": "gru"}, 96, "float32"),
        ({"cell": "feedforward"}, 96, "bfloat16"),
        ({"cell": "rnn"}, 7, "bfloat16"),
    ],
)
def test_the_precision_on_a_gpu_follows_from_the_model(
    given: dict[str, Any], lanes: int, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert machine.pick_precision("auto", "cuda", model=model(**given), lanes=lanes) == precision
    assert machine.pick_precision("bfloat16", "cuda", model=model(**given), lanes=lanes) == "bfloat16"


def test_an_old_gpu_computes_products_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert machine.pick_precision("auto", "cuda", model=model(cell="feedforward"), lanes=96) == "float32"


def test_float16_is_refused_on_a_cpu(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"float16.+it is for a GPU.+Use --precision auto, bfloat16 or float32"):
        next(api.training(write_book(tmp_path), out=tmp_path / "run", **SMALL | {"precision": "float16"}, steps=1))


def test_a_gpu_is_told_what_to_change() -> None:
    told = machine.remarks(Machine("cuda", "float16"), model=model(embedding=64), lanes=100)
    assert told == [
        "This model passes by the fastest kernel of cuDNN. To take it, set --embedding 128, for 64 is no multiple of "
        "128; set --lanes 104, for 100 is no multiple of 8."
    ]
    assert machine.remarks(Machine("cuda", "float16"), model=model(), lanes=96) == []
    assert machine.remarks(Machine("cpu", "float32"), model=model(embedding=64), lanes=100) == []


def test_more_threads_than_cores_are_told_and_many_more_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    told = [machine.remarks(Machine("cpu", "float32", count), model=model(), lanes=96) for count in (2, 3)]
    assert told == [[], ["3 threads wait for one another on 2 cores."]]
    assert [machine.pick_threads(count) for count in (1, 2, 3, 8)] == [1, 2, 3, 8]
    with pytest.raises(UsageError, match=r"--threads 9: this machine has 2 cores. Ask for 2, at most 8"):
        next(api.training(write_book(tmp_path), out=tmp_path / "run", **SMALL | {"threads": 9}, steps=1))
    assert not (tmp_path / "run").exists()


def test_what_is_chosen_on_a_gpu_goes_through_the_door() -> None:
    material = Material(1_000_000, VOCABULARY)
    for more in ({}, {"tied": True}):
        plan = make({"device": "cuda"} | more, material, strategy=Strategy(), reset="document")
        assert machine.pick_precision("auto", "cuda", model=plan.model, lanes=plan.train.walk.lanes) == "float16"
    assert fitting_cuda({"device": "cpu"}) == fitting_cuda({}) == {}
    given = make({"device": "cuda", "embedding": 48}, material, strategy=Strategy(), reset="document")
    assert given.model.embedding == 48


def test_the_plan_is_made_for_the_device_that_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def found(device: str) -> str:
        asked.append(device)
        return "cuda"

    monkeypatch.setattr(session, "pick_device", found)
    prepared = api.prepare(write_book(tmp_path))
    record = session.new_record(prepared.request, prepared)
    assert asked == ["auto"] and record.plan.train.machine.device == "cuda" and record.plan.model.embedding == 128
    assert "device" not in record.request.settings


def test_a_gpu_may_use_its_tensor_cores() -> None:
    flags = torch.backends.cuda.matmul
    assert not flags.allow_tf32
    machine.prepare("cpu")
    assert not flags.allow_tf32
    try:
        machine.prepare("cuda")
        assert flags.allow_tf32
    finally:
        flags.allow_tf32 = False


def losses(out: Path) -> list[float]:
    lines = map(json.loads, (out / "metrics.jsonl").read_text().splitlines())
    return [line["training"]["nats"] for line in lines if "learning_rate" in line.get("training", {})]


def test_the_loss_may_be_read_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, kept = write_book(tmp_path), {}
    for heed in (1, 10):
        monkeypatch.setitem(session.HEED, "cpu", heed)
        said = [step.nats for step in api.training(corpus, out=tmp_path / str(heed), **SMALL, steps=60, validations=2)]
        kept[heed] = said, losses(tmp_path / str(heed))
    (every, noted), (tenth, tenth_noted) = kept[1], kept[10]
    assert len(set(every)) == 60 and len(set(tenth)) == 7
    assert tenth[0] == every[0] and tenth[:9] == tenth[:1] * 9
    assert tenth[-1] == pytest.approx(every[-1], rel=0.1)
    assert len(noted) == len(tenth_noted) > 10


def test_notes_are_shown_once_and_when_they_come(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = api.training(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=4, validations=1)
    held: Any = type("Held", (), {"notes": ["first"]})()
    prepared: Any = type("Prepared", (), {"domain": DOMAIN})()
    shown: Any = type("Run", (), {"symbols_per_character": 1.0, "training": held, "prepared": prepared})()
    with Bar(shown) as bar:
        for progress in steps:
            bar.show(progress)
            if progress.step == 2:
                held.notes.append("second")
    said = capsys.readouterr().err
    assert said.count("first") == said.count("second") == 1 and said.index("first") < said.index("second")


def test_a_cpu_has_nothing_to_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"out": tmp_path / "run", "steps": 2, "width": 20, "device": "cpu", "threads": 1}
    line = ["chars", "train", str(write_book(tmp_path))]
    line += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    assert main(line) == 0
    assert "cuDNN" not in capsys.readouterr().err
