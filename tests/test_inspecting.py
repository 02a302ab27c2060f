"""What a look at a corpus takes in, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import seqgen
from seqgen.api import inspecting
from seqgen.domain import plural
from seqgen_chars import Chars


@pytest.mark.parametrize("options", [{}, {"context": 5}, {"horizon": 4}], ids=str)
def test_pairs_read_no_more_of_a_document_than_they_need(
    options: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.txt").write_text("abcdefghij" * 1000, encoding="utf-8")
    taken, split = [], Chars.split

    def counted(self: Chars, content: str) -> Iterator[object]:
        for symbol in split(self, content):
            taken.append(symbol)
            yield symbol

    monkeypatch.setattr(Chars, "split", counted)
    found = list(seqgen.pairs(tmp_path / "long.txt", 3, **options))
    assert len(found) == 3 and found[0][0] == "abcdefghij"[: options.get("context", 1)]
    assert len(taken) < 15


def test_a_context_is_read_for_every_symbol(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("some words\n" * 100, encoding="utf-8")
    once = seqgen.inspect(tmp_path / "book.txt", width=64).seconds_per_epoch
    assert seqgen.inspect(tmp_path / "book.txt", width=64, context=5).seconds_per_epoch == pytest.approx(5 * once)


@pytest.mark.parametrize(
    ("one", "several"),
    [("stitch", "stitches"), ("half-move", "half-moves"), ("melody", "melodies"), ("day", "days"), ("box", "boxes"),
     ("pass", "passes"), ("tick", "ticks")],
)  # fmt: skip
def test_several_of_a_unit_are_named_as_in_english(one: str, several: str) -> None:
    assert plural(one) == several


def test_advice_counts_in_the_units_of_the_domain() -> None:
    parts = {"train": 6342, "validation": 300, "test": 300}
    little, noisy = inspecting._advice(parts, "half-move")
    assert little.startswith("6,342 half-moves to learn from is little. Short") and "300 half-moves to val" in noisy
    assert next(inspecting._advice(parts, "character")).startswith("6,342 characters to learn from is little: a mill")
