"""Pieces as pictures: every note is a box in its place, and the same piece is the same picture."""

import sys
from pathlib import Path
from typing import Any

import pytest

from seqgen.errors import UsageError
from seqgen_midi.rendering.plot import BARS, SYSTEMS, _figure, _systems, plot
from seqgen_midi.score import Metre, Note, Score, Track

Q = 480


def line(*pitches: int, start: int = 0) -> tuple[Note, ...]:
    return tuple(Note((start + i) * Q, pitch, 60 + i % 60, Q) for i, pitch in enumerate(pitches))


def score(*notes: Note, metres: tuple[Metre, ...] = ()) -> Score:
    return Score(Q, (Track(0, notes),), metres=metres)


def boxes(figure: Any) -> list[tuple[float, float, float]]:
    """Start, end and pitch of all boxes in a figure."""
    return [
        (path.vertices[:, 0].min(), path.vertices[:, 0].max(), path.vertices[:, 1].mean())
        for axes in figure.axes
        for collection in axes.collections
        if type(collection).__name__ == "PolyCollection"
        for path in ([each for each in collection.get_paths()])
    ]


@pytest.mark.parametrize(("suffix", "begin"), [(".png", b"\x89PNG\r\n\x1a\n"), (".svg", b"<?xml"), (".SVG", b"<?xml")])
def test_a_picture_is_written_and_always_the_same(tmp_path: Path, suffix: str, begin: bytes) -> None:
    one, other = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    for path in (one, other):
        plot(Score(Q, (Track(0, line(60, 64, 67)), Track(1, line(48, 43), name="Bass"))), path)
    data = one.read_bytes()
    assert data.startswith(begin) and data == other.read_bytes()
    assert suffix == ".png" or (b"Bass" in data and b"track 1" in data and b"5 notes, 1 bar of 4/4" in data)
    assert len(list(tmp_path.iterdir())) == 2


def test_every_note_is_a_box_in_its_place() -> None:
    figure = _figure(score(*line(60, 64, 67)))
    for (start, stop, _), k in zip(boxes(figure), range(3), strict=True):
        assert start == k * Q and (k + 1) * Q - 10 < stop < (k + 1) * Q
    low, high = figure.axes[0].get_ylim()
    assert low < 60 and high > 67
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == ["C4"]


def test_louder_is_stronger() -> None:
    collections = [each for each in _figure(score(Note(0, 60, 20, 9), Note(9, 62, 120, 9))).axes[0].collections]
    soft, loud = next(each for each in collections if type(each).__name__ == "PolyCollection").get_facecolors()[:, 3]
    assert 0.3 < soft < loud <= 1


def test_a_note_over_the_end_of_a_system_is_in_both() -> None:
    figure = _figure(score(Note(0, 60, 80, 4 * Q * (BARS + 1))))
    assert len(figure.axes) == 2 and [round(stop / Q) for _, stop, _ in boxes(figure)] == [4 * BARS, 4 * (BARS + 1)]


def test_systems_are_whole_bars_and_not_too_many() -> None:
    def bars_of(count: int) -> list[tuple[int, int]]:
        return [
            (start // 3 // Q, stop // 3 // Q)
            for start, stop in _systems(score(*line(*[60] * (3 * count)), metres=(Metre(0, 3, 4),)))
        ]

    assert bars_of(1) == [(0, 1)]
    assert bars_of(20) == [(0, 8), (8, 16), (16, 20)]
    assert bars_of(65) == [(0, 16), (16, 32), (32, 48), (48, 64), (64, 65)]
    assert len(bars_of(500)) <= SYSTEMS
    assert _systems(Score()) == [(0, 4 * Q)]


def test_ages_are_drawn_at_once(tmp_path: Path) -> None:
    far = score(*line(60), Note(1 << 50, 60, 80, 1), metres=(Metre(0, 1, 64),))
    assert 1 <= len(_systems(far)) <= SYSTEMS
    plot(far, tmp_path / "far.png")


def test_drums_stand_aside_unless_they_are_all() -> None:
    drums = Track(9, line(36, 38))
    assert len(boxes(_figure(Score(Q, (Track(0, line(60)), drums))))) == 1
    assert len(boxes(_figure(Score(Q, (drums,))))) == 2


def test_an_empty_piece_is_drawn(tmp_path: Path) -> None:
    plot(Score(), tmp_path / "empty.svg")
    assert b"no notes" in (tmp_path / "empty.svg").read_bytes()


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"does not end in \.svg or \.png"):
        plot(Score(), tmp_path / "tune.jpg")
    with pytest.raises(UsageError, match="a folder, or in none"):
        plot(Score(), tmp_path / "no" / "tune.png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"matplotlib is not installed. pip install 'seqgen\[plot\]'"):
        plot(Score(), tmp_path / "tune.png")
