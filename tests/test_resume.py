"""A run that was interrupted and resumed equals one that was not, bit for bit, in every file it leaves."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from seqgen import checkpoint
from seqgen.api import training
from seqgen.api.session import Session
from seqgen.cli import main
from seqgen.errors import CorpusError, UsageError
from seqgen.files import sha256_of
from seqgen.lanes import Position
from seqgen.training import Schedule, Training
from tests.runs import SMALL, files, one_thread, write_book

DROPOUT = {"input_dropout": 0.2, "layer_dropout": 0.1, "output_dropout": 0.3, "weight_drop": 0.2}
BUDGET = {"epochs": 2.4, "validations": 6}
COMMON: dict[str, Any] = SMALL | DROPOUT | BUDGET
RUNS: dict[str, dict[str, Any]] = {
    "lstm, one-to-one": COMMON | {"cell": "lstm", "layers": 2, "reset": "paragraph"},
    "gru, one-to-many": COMMON | {"cell": "gru", "horizon": 3, "documents": "line", "head": 24},
    "rnn, many-to-one": COMMON | {"cell": "rnn", "context": 5, "lanes": 96, "documents": "line"},
    "lstm, nothing held out": COMMON | {"reset": "never", "split": "100,0,0", "precision": "bfloat16", "embedding": 0},
    "gru, shuffled windows": COMMON | {"cell": "gru", "reset": "window", "shuffle": True, "remainder": "drop"},
}
STOPPED = SMALL | DROPOUT | {"steps": 250, "validations": 5}
FIRST = next(iter(RUNS))
POINTS = ("nothing saved", "first save", "mid-epoch", "before the epoch's end", "epoch's end", "after it", "last step")


@dataclass(frozen=True)
class Whole:
    """An uninterrupted run: its files, and the step of each kill point."""

    files: dict[str, bytes]
    steps: dict[str, int]


@dataclass(frozen=True)
class Bench:
    """What the runs of this file share: one corpus, one cache, and a folder for each run."""

    folder: Path

    @property
    def corpus(self) -> Path:
        return self.folder / "book.txt"

    def whole(self, name: str) -> Whole:
        """The uninterrupted run of that name, made once."""
        out = self.folder / name
        steps = self.folder / f"{name}.json"
        if not steps.exists():
            seen = list(training(self.corpus, out=out, **RUNS[name]))
            looks = [each.step for each in seen if each.validation]
            end = max(each.step for each in seen if each.epoch == 0)
            numbers = [2, looks[0], (looks[0] + end) // 2 + 1, end - 1, end, end + 1, seen[-1].step]
            steps.write_text(json.dumps(dict(zip(POINTS, numbers, strict=True))))
        return Whole(files(out), json.loads(steps.read_text()))

    def resume(self, out: Path, options: dict[str, Any]) -> dict[str, bytes]:
        """The files of the run in `out` once it has been brought to its end."""
        for _ in training(self.corpus, out=out, resume=True, **options):
            pass
        return files(out)

    def close_at(self, out: Path, options: dict[str, Any], step: int) -> None:
        """Train up to that step and close the generator, as Ctrl-C does."""
        with closing(training(self.corpus, out=out, resume=True, **options)) as steps:
            assert any(progress.step == step for progress in steps)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    write_book(folder, lines=70)
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        yield Bench(folder)


@pytest.fixture(autouse=True)
def shared_cache(bench: Bench, own_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(bench.folder / "cache"))


def assert_equal(found: dict[str, bytes], wanted: dict[str, bytes]) -> None:
    assert [name for name in {*found, *wanted} if found.get(name) != wanted.get(name)] == []


def test_the_kill_points_are_where_they_say(bench: Bench) -> None:
    for name in RUNS:
        steps = list(bench.whole(name).steps.values())
        assert steps == sorted(set(steps)) and len(steps) == 7, (name, steps)
    assert set(bench.whole(FIRST).files) == {
        "model.safetensors", "resume/training.safetensors", "metrics.jsonl", "samples.md", "run.json", "run.toml",
    }  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_closed_and_resumed_equals_uninterrupted(point: str, bench: Bench, tmp_path: Path) -> None:
    whole = bench.whole(FIRST)
    bench.close_at(tmp_path, RUNS[FIRST], whole.steps[point])
    kept, _ = checkpoint.load(tmp_path / "resume" / "training.safetensors", kind="training")
    assert kept["training"]["step"] == whole.steps[point]
    assert_equal(bench.resume(tmp_path, RUNS[FIRST]), whole.files)


@pytest.mark.parametrize("name", RUNS)
def test_closed_at_every_point_in_turn_equals_uninterrupted(name: str, bench: Bench, tmp_path: Path) -> None:
    whole = bench.whole(name)
    for step in whole.steps.values():
        bench.close_at(tmp_path, RUNS[name], step)
    assert_equal(bench.resume(tmp_path, RUNS[name]), whole.files)


@pytest.fixture(scope="module")
def killed(bench: Bench) -> Path:
    """A folder of runs that were killed: FIRST at each point, and each of the others at several in turn."""
    folder = bench.folder / "killed"
    steps = bench.whole(FIRST).steps
    jobs = [job(bench, folder / point, FIRST, [step]) for point, step in steps.items()]
    jobs += [job(bench, folder / f"SAVE {time}", FIRST, [f"SAVE {time}"]) for time in (1, 2)]
    jobs += [job(bench, folder / name, name, list(bench.whole(name).steps.values())) for name in list(RUNS)[1:]]
    command = [sys.executable, "-m", "tests.dying", json.dumps(jobs)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def job(bench: Bench, out: Path, name: str, deaths: list[int] | list[str]) -> dict[str, Any]:
    return {"corpus": str(bench.corpus), "out": str(out), "options": RUNS[name], "deaths": deaths}


@pytest.mark.parametrize("point", [*POINTS, "SAVE 1", "SAVE 2"])
def test_killed_and_resumed_equals_uninterrupted(point: str, bench: Bench, killed: Path) -> None:
    assert (killed / point / "resume" / "training.safetensors").exists() == (point not in ("nothing saved", "SAVE 1"))
    assert_equal(bench.resume(killed / point, RUNS[FIRST]), bench.whole(FIRST).files)


@pytest.mark.parametrize("name", list(RUNS)[1:])
def test_killed_at_every_point_in_turn_equals_uninterrupted(name: str, bench: Bench, killed: Path) -> None:
    assert_equal(bench.resume(killed / name, RUNS[name]), bench.whole(name).files)


Damage = Callable[[Training], object]
LOSSES: dict[str, Damage] = {
    "the state of AdamW": lambda training: training.optimisers.adam.state.clear(),
    "the momentum of Muon": lambda training: training.optimisers.muon.momentum["layers.0.U"].zero_(),
    "the carried state": lambda training: setattr(training, "state", training.stack.start(training.lanes.count)),
    "the position": lambda training: setattr(training, "position", Position()),
    "the step": lambda training: setattr(training, "step", training.step - 1),
    "the schedule": lambda training: setattr(training, "schedule", Schedule(training.schedule.total, 5)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_comparison_sees_what_is_lost(
    loss: str, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, restore = bench.whole(FIRST), Training.restore
    bench.close_at(tmp_path, RUNS[FIRST], whole.steps["mid-epoch"])

    def forgetful(training: Training, *given: Any) -> None:
        restore(training, *given)
        LOSSES[loss](training)

    monkeypatch.setattr(Training, "restore", forgetful)
    found = bench.resume(tmp_path, RUNS[FIRST])
    assert found["model.safetensors"] != whole.files["model.safetensors"]
    assert found["metrics.jsonl"] != whole.files["metrics.jsonl"]


MINUTES = SMALL | DROPOUT | {"minutes": 0.012}


@pytest.mark.parametrize("forgetful", [False, True], ids=["exact", "the schedule is lost"])
def test_a_budget_in_minutes_is_turned_into_steps_once(
    forgetful: bool, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = training(bench.corpus, out=tmp_path / "whole", **MINUTES)
    fixed = next(progress for progress in steps if progress.validation and progress.total)
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    *_, last = steps
    assert fixed.total == last.total == last.step > fixed.step
    if forgetful:
        restore = Training.restore
        lost = {"schedule": Schedule()}
        monkeypatch.setattr(
            Training, "restore", lambda self, had, tensors: restore(self, replace(had, **lost), tensors)
        )
    equal = bench.resume(tmp_path / "killed", MINUTES) == files(tmp_path / "whole")
    assert equal is not forgetful


def test_minutes_not_yet_turned_into_steps_are_measured_again(bench: Bench, tmp_path: Path) -> None:
    bench.close_at(tmp_path, MINUTES, 3)
    *_, last = training(bench.corpus, out=tmp_path, resume=True, **MINUTES)
    assert last.total == last.step > 3


STOPPING = SMALL | {"steps": 2000, "validations": 100, "patience": 2, "learning_rate": 0.05}


def test_a_run_out_of_patience_stays_so(bench: Bench, tmp_path: Path) -> None:
    *_, last = training(bench.corpus, out=tmp_path / "whole", **STOPPING)
    assert last.step < 2000
    bench.close_at(tmp_path / "closed", STOPPING, last.step)
    assert json.loads((tmp_path / "closed" / "run.json").read_text())["ended"] == ""
    assert_equal(bench.resume(tmp_path / "closed", STOPPING), files(tmp_path / "whole"))


def test_how_often_it_went_worse_is_kept(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = training(bench.corpus, out=tmp_path / "whole", **STOPPING)
    bench.close_at(tmp_path / "closed", STOPPING, last.step - 1)
    resume = Session.resume

    def forgetful(session: Session) -> None:
        resume(session)
        session.worse = 0

    monkeypatch.setattr(Session, "resume", forgetful)
    assert bench.resume(tmp_path / "closed", STOPPING) != files(tmp_path / "whole")


def arguments(bench: Bench, out: Path, options: dict[str, Any]) -> list[str]:
    """The command line of a run."""
    return [
        *("chars", "train", str(bench.corpus), "--out", str(out)),
        *(word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))),
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(number: int, code: int, bench: Bench, tmp_path: Path) -> None:
    line = arguments(bench, tmp_path, STOPPED)
    with subprocess.Popen([sys.executable, "-m", "seqgen", *line], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = iter(process.stderr)
        assert any(each.startswith("step 50:") for each in said)
        process.send_signal(number)
        *_, last = said
    assert process.returncode == code
    assert last.startswith("Stopped at step ") and last.endswith("--resume.\n")
    assert main([*line, "--resume"]) == 0
    assert main([*arguments(bench, bench.folder / "never stopped", STOPPED), "--resume"]) == 0
    assert_equal(files(tmp_path), files(bench.folder / "never stopped"))


def test_resume_starts_what_is_not_there_and_knows_what_is_finished(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*arguments(bench, tmp_path / "run", SMALL | {"steps": 5}), "--resume"]
    assert main(line) == 0
    before = files(tmp_path / "run")
    capsys.readouterr()
    assert main(line) == 0
    said = capsys.readouterr()
    assert said.out == "" and f"The run in {tmp_path / 'run'} is finished: the budget is used up." in said.err
    assert files(tmp_path / "run") == before


def test_what_was_asked_may_be_left_out_or_repeated_but_not_changed(bench: Bench, tmp_path: Path) -> None:
    bench.close_at(tmp_path, SMALL | {"steps": 5}, 3)
    changed: dict[str, Any] = {"width": 64, "reset": "never", "epochs": 2.0}
    for name, value in changed.items():
        had = SMALL.get(name, "without it")
        with pytest.raises(UsageError, match=rf"resuming with {name} = '?{value}'?.+begun (with )?{had}.+Leave it out"):
            next(training(bench.corpus, out=tmp_path, resume=True, **{name: value}))
    *_, last = training(bench.corpus, out=tmp_path, resume=True, width=SMALL["width"])
    assert last.step == 5


def test_another_corpus_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.close_at(tmp_path / "run", SMALL | {"steps": 5}, 3)
    (tmp_path / "moved").mkdir()
    moved = Path(shutil.copy(bench.corpus, tmp_path / "moved"))
    assert next(training(moved, out=tmp_path / "run", resume=True)).step == 4
    with moved.open("a") as file:
        file.write("one word more")
    began, now = (sha256_of(path)[:12] for path in (bench.corpus, moved))
    with pytest.raises(CorpusError, match=rf"began with book.txt of SHA-256 {began}.+it is {now}.+Restore"):
        next(training(moved, out=tmp_path / "run", resume=True))


def test_a_new_run_does_not_overwrite_one(bench: Bench, tmp_path: Path) -> None:
    bench.close_at(tmp_path, SMALL | {"steps": 5}, 3)
    with pytest.raises(UsageError, match=r"holds a run already.+--resume"):
        next(training(bench.corpus, out=tmp_path, **SMALL, steps=5))


LACKING = {
    "resume": ["run.json", "run.toml", "resume"],
    "resume alone": ["resume"],
    "run.json": ["run.json"],
    "model and run.json": ["model.safetensors", "run.json"],
}
"""What a folder of a finished run may have lost."""


@pytest.mark.parametrize("lost", LACKING.values(), ids=LACKING)
@pytest.mark.parametrize("resume", [False, True])
def test_what_cannot_be_gone_on_with_is_not_overwritten(
    lost: list[str], resume: bool, bench: Bench, tmp_path: Path
) -> None:
    for _ in training(bench.corpus, out=tmp_path, **SMALL, steps=3):
        pass
    for name in lost:
        shutil.rmtree(tmp_path / name) if (tmp_path / name).is_dir() else (tmp_path / name).unlink()
    before = files(tmp_path)
    with pytest.raises(UsageError, match=r"has .+ but no `.+so it cannot be gone on with. Choose another") as refused:
        next(training(bench.corpus, out=tmp_path, resume=resume, **SMALL, steps=3))
    assert "--resume" not in str(refused.value) and files(tmp_path) == before


def test_resume_starts_where_a_run_was_killed_before_it_saved(bench: Bench, tmp_path: Path) -> None:
    for _ in training(bench.corpus, out=tmp_path, **SMALL, steps=3):
        pass
    begun = json.loads((tmp_path / "run.json").read_text()) | {"ended": ""}
    (tmp_path / "run.json").write_text(json.dumps(begun))
    (tmp_path / "resume/training.safetensors").unlink()
    assert next(training(bench.corpus, out=tmp_path, resume=True, **SMALL, steps=3)).step == 1
