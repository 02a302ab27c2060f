"""The corpus of traditional tunes: pinned, read without a message, and such that its bars are full."""

from collections import Counter
from pathlib import Path

import pytest

from seqgen import corpus
from seqgen_midi.abc import read_abc
from seqgen_midi.bars import Bars
from seqgen_midi.score import Score

HEADERS = "XTROMLK"
LOWEST, HIGHEST = 55, 86


def files() -> tuple[Path, ...]:
    return corpus.find("tunes").files


def tunes() -> list[tuple[Score, dict[str, str], list[str]]]:
    return [tune for file in files() for tune in read_abc(file.read_text("utf-8"))]


def titles() -> list[str]:
    return [labels["title"] for _, labels, _ in tunes()]


def faults(score: Score) -> list[str]:
    """What is wrong with a tune: few bars, a bar that is not full, a pitch that is hard to sing."""
    found, pitches = list[str](), [note.pitch for note in score.tracks[0].notes]
    bars = [bar.stop - bar.start for bar in Bars.of(score).until(score.end)]
    first, inner, last = bars[0], set(bars[1:-1]), score.end - sum(bars[:-1])
    full = max(inner)
    if score.end // full < 8:
        found.append("it has fewer than 8 bars")
    if inner != {full} or first > full or first % full + last != full:
        found.append("a bar is not full")
    if not LOWEST <= min(pitches) <= max(pitches) <= HIGHEST:
        found.append("it is too low or too high")
    return found


def test_its_files_are_as_pinned() -> None:
    corpus.verify("tunes")
    folder = files()[0].parent
    assert {file.name for file in folder.iterdir()} == {file.name for file in files()} | {"corpus.toml"}


def test_tunes_are_many_and_each_is_another() -> None:
    assert len(titles()) >= 60 and corpus.describe("tunes").title.startswith(f"{len(titles())} ")
    assert [title for title, count in Counter(titles()).items() if count > 1] == []
    melodies = {tuple(note[:2] for note in score.tracks[0].notes) for score, _, _ in tunes()}
    assert len(melodies) == len(titles())


def test_tunes_are_read_without_a_message_and_are_whole() -> None:
    assert {labels["title"]: said for _, labels, said in tunes() if said} == {}
    assert {labels["title"]: faults(score) for score, labels, _ in tunes() if faults(score)} == {}
    for score, labels, _ in tunes():
        assert len(score.tracks) == 1 and set(labels) == {"title", "rhythm", "origin", "metre", "key"}


def test_headers_are_the_few_and_number_the_tunes() -> None:
    for file in files():
        heads = [tune.splitlines()[:7] for tune in file.read_text("utf-8").split("\n\n")]
        assert all("".join(line[0] for line in head) == HEADERS for head in heads), file.name
        assert [head[0] for head in heads] == [f"X:{number}" for number in range(1, len(heads) + 1)]


@pytest.mark.parametrize(
    ("music", "said"),
    [
        ("CDEF|" * 7 + "G4|]", []),
        ("C|" + "CDEF|" * 7 + "G3|]", []),
        ("CDEF|" * 6 + "G4|]", ["it has fewer than 8 bars"]),
        ("C|" + "CDEF|" * 7 + "G4|]", ["a bar is not full"]),
        ("CDEF|" * 6 + "CDE|CDEF|G4|]", ["a bar is not full"]),
        ("CDEF|" * 8 + "G2|]", ["a bar is not full"]),
        ("CDEF|" * 7 + "g'4|]", ["it is too low or too high"]),
        ("CDEF|" * 7 + "G,,4|]", ["it is too low or too high"]),
    ],
)
def test_faults_are_found(music: str, said: list[str]) -> None:
    ((score, _, _),) = read_abc(f"X:1\nT:T\nM:4/4\nL:1/4\nK:C\n{music}\n")
    assert faults(score) == said
