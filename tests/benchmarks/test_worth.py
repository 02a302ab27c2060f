"""What strategies and resets are worth is measured fairly, kept, and told as it was measured."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import blues, losses, report, resets, strategies, worth
from benchmarks.losses import Losses, Score, bounds, by_distance
from benchmarks.worth import BASE, CONTESTS, QUICK_ASKED, Contest, Ledger, Run
from seqgen.api.asking import Request
from seqgen.errors import UsageError
from seqgen.evaluation import Held, Scores

SCORE = Score(
    "character", 2.0, (1.9, 2.1), (0.0, 0.0, 0.0), 2.5, 300.0, {"chapter": ((99, 9.0), (100, 2.0), (200, 1.5))}
)
RUN = Run("sherlock", BASE, 0, 25.0, 1, 40.0, 1000, 8.5, 24.9, None, SCORE)
EMPTY = "<!-- measured: resets blues -->\n<!-- end -->\nlast\n"
PAGE = f"# A page\n\n<!-- measured: resets sherlock -->\nstale\n<!-- end -->\n\n{EMPTY}"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than work as small as this."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("contest", CONTESTS.values(), ids=lambda contest: contest.corpus)
def test_contenders_differ_in_one_choice_alone(contest: Contest) -> None:
    asked = {name: contest.asked(name, 1) for name in contest.contenders}
    for name, own in asked.items():
        different = {key for key in own | asked[BASE] if own.get(key) != asked[BASE].get(key)}
        assert different - {"context", "horizon", "lanes"} <= {"reset"}, name
        domain = own.get("domain", "chars")
        options = {key: value for key, value in own.items() if key != "domain"}
        request = Request.sort(contest.corpus, domain, options)
        assert request.tokenizing.get("levels", ()) == contest.levels
    assert set(contest.shown) <= {BASE, *contest.levels}
    assert BASE == resets.contenders(contest)[0] == strategies.contenders(contest)[0]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_losses_are_sorted_by_the_distance_from_the_last_boundary(level: int) -> None:
    rng = np.random.default_rng(level)
    ids_N, nats_N = rng.integers(0, 12, 500), rng.random(500)
    nats_N[0] = 0
    plain: dict[int, list[float]] = {}
    last = 0
    for place in range(1, 500):
        (bucket,) = (each for each in range(12) if bounds(each)[0] <= place - last <= bounds(each)[1])
        plain.setdefault(bucket, []).append(nats_N[place])
        last = place if ids_N[place] <= level else last
    found = by_distance(ids_N, nats_N, level=level)
    assert {bucket for bucket, (count, _) in enumerate(found) if count} == plain.keys()
    for bucket, values in plain.items():
        assert found[bucket][0] == len(values)
        assert found[bucket][1] == pytest.approx(np.mean(values) / np.log(2))
    assert found != by_distance(ids_N, nats_N, level=level + 1)


def test_a_model_is_no_better_than_itself_and_better_by_what_it_saves() -> None:
    ids_N, nats_N = np.arange(2000) % 7, np.ones(2000, np.float32)
    nats_N[0] = 0
    held, scores = Held(ids_N, (ids_N > 0).astype(int), 99), Scores(nats_N, ids_N, ids_N)
    own = Losses("character", held, scores, None)
    same = losses.score(own, {"document": 0}, base_N=nats_N)
    assert same.more == (0, 0, 0) and same.cold is None
    assert same.document == pytest.approx(1999 / held.documents)
    better = losses.score(own, {"document": 0}, base_N=2 * nats_N)
    assert better.more == pytest.approx((-same.bits, -same.interval[1], -same.interval[0]))


def test_the_floor_of_the_blues_is_what_a_reset_leaves_to_know() -> None:
    ids = np.array([0, 3, 1, 4, 0, 3, 1, 5, 0, 3, 1, 4, 0, 3, 1, 5, 0])
    assert blues.floor_of(ids, 0) == pytest.approx(np.log(2))
    assert blues.floor_of(np.array([0, 3, 1, 3, 0, 4, 1, 4, 0]), 1) == pytest.approx(2 * np.log(2))


def test_what_is_there_is_not_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strategies.main(["--quick", "--json", "--out", str(tmp_path)])
    resets.main(["--quick", "--json", "--out", str(tmp_path)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 6 and told[0] == told[3], "both have the base"
    runs = worth.runs_in(tmp_path)
    assert [run.contender for run in runs] == [BASE, "many-to-one", "one-to-many", "window", "never"]
    assert len({run.score.distance[BASE][0][0] for run in runs}) == 1, "all read the same symbols"
    given = argparse.Namespace(**QUICK_ASKED)
    assert Ledger(tmp_path, given).run(worth.QUICK, BASE, 0) == runs[0]
    with pytest.raises(UsageError, match="seconds"):
        Ledger(tmp_path, argparse.Namespace(**QUICK_ASKED | {"seconds": 7})).run(worth.QUICK, BASE, 0)


def test_the_report_shows_every_run_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    worse = replace(SCORE, bits=2.25, more=(0.25, 0.2, 0.3), distance={"chapter": ((99, 9.0), (100, 4.0), (200, 1.5))})
    runs = [replace(RUN, contender=name, seed=seed, score=worse) for name in ("never", "chapter") for seed in (1, 0)]
    runs += [replace(RUN, seed=seed) for seed in (1, 0)] + [replace(RUN, contender="many-to-one")]
    text, drawn = report.written(page, runs), (tmp_path / "resets-sherlock.svg").read_bytes()
    assert text == report.written(page, runs[::-1]) and drawn == (tmp_path / "resets-sherlock.svg").read_bytes()
    rows = [line.split(" | ")[0] for line in text.splitlines() if " to " in line]
    assert rows == [f"| {name}, {seed}" for name in (BASE, "chapter", "never") for seed in "01"]
    assert "| +0.2500 (+0.2000 to +0.3000) |" in text and "stale" not in text
    assert "| symbols after a chapter | 2 | 3-4 |" in text and "| never | 4.000 | 1.500 |" in text
    assert text.endswith(EMPTY)


def test_a_report_counts_no_run_twice_and_shows_none_without_a_base(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    with pytest.raises(UsageError, match="in common"):
        report.written(page, [RUN, RUN])
    assert report.written(page, [replace(RUN, contender="never")]) == PAGE


def test_a_shuffled_corpus_has_the_same_lines_in_an_order_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "sorted.txt").write_text("".join(f"{line}\n" for line in range(50)), "utf-8")
    contest = Contest("mixed", {}, shuffled=str(tmp_path / "sorted.txt"))
    text = Path(contest.source(tmp_path)).read_text("utf-8")
    assert text == Path(contest.source(tmp_path)).read_text("utf-8") and text.endswith("\n")
    lines = [int(line) for line in text.splitlines()]
    assert sorted(lines) == list(range(50)) != lines
