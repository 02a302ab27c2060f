"""docs/one_file.py computes what the library does, bit for bit, and docs/one-file.md is made of its parts."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import pytest
import torch

from seqgen.api import Request, load
from seqgen.api.folder import RunFolder
from seqgen.api.running import open_session
from seqgen.api.session import Session
from seqgen.training import train
from tests.docs import page as pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE = DOCS / "one_file.py"
STEPS = 30
SAME = {
    "steps": STEPS,
    "width": 128,
    "embedding": 64,
    "lanes": 32,
    "window": 32,
    "optimiser": "adamw",
    "input_dropout": 0.0,
    "output_dropout": 0.0,
    "weight_drop": 0.0,
    "precision": "float32",
    "device": "cpu",
    "threads": 1,
    "sample_length": 0,
}
PROSE = "\n\n".join(topics.values())[:18_000]
VERSES = "\n".join(line for line in PROSE.splitlines() if line.strip())[:12_000]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def one() -> dict[str, Any]:
    return runpy.run_path(str(FILE))


def library(text: str, folder: Path, **settings: Any) -> Session:
    path = folder / "text.txt"
    path.write_text(text, "utf-8")
    return open_session(Request.sort(str(path), "chars", SAME | settings), RunFolder(folder / "run"))


@pytest.mark.parametrize(("text", "documents", "clip"), [(PROSE, "blank-line", 1.0), (VERSES, "line", 0.2)])
def test_everything_is_equal_to_the_library(
    one: dict[str, Any], text: str, documents: str, clip: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = library(text, tmp_path, documents=documents, clip=clip)
    monkeypatch.setitem(one["train"].__globals__, "CLIP", clip)
    training, held_out = one["deal"](one["documents_of"](text))
    symbols = one["symbols_of"](training)
    row, held_row = one["row_of"](training, symbols), one["row_of"](held_out, symbols)
    assert np.array_equal(row, session.ids)
    assert session.held is not None and np.array_equal(held_row, session.held.ids_N)
    params = one["fresh_parameters"](row, symbols)
    assert list(one["train"](params, row, STEPS)) == [step.nats for step in train(session.training, session.ids)]
    for own, theirs in zip(params.values(), session.training.stack.params.values(), strict=True):
        assert torch.equal(own, theirs)
    bits = session.look().bits_per_character
    assert one["bits_per_character"](params, held_row) == pytest.approx(bits, rel=1e-5)
    samples = [sample.text for sample in load(tmp_path / "run").generate(count=2)]
    assert [one["write"](params, symbols, number, limit=100_000) for number in range(2)] == samples


@pytest.mark.parametrize(("name", "value"), [("SEED", 1), ("WARMUP", 51), ("DECAY", 0.02), ("CLIP", 0.2)])
def test_another_setting_gives_other_losses(
    one: dict[str, Any], name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the comparison would prove nothing of it."""
    training, _ = one["deal"](one["documents_of"](VERSES))
    symbols = one["symbols_of"](training)
    row = one["row_of"](training, symbols)

    def losses() -> list[float]:
        return list(one["train"](one["fresh_parameters"](row, symbols), row, 4))

    before = losses()
    monkeypatch.setitem(one["train"].__globals__, name, value)
    assert losses() != before


def test_it_is_short_and_needs_nothing_of_seqgen() -> None:
    source = FILE.read_text("utf-8")
    assert len(source.splitlines()) < 200
    assert "import seqgen" not in source and "from seqgen" not in source


def test_the_page_is_the_file() -> None:
    source = FILE.read_text("utf-8")
    blocks = [block.text for block in pages.blocks((DOCS / "one-file.md").read_text("utf-8")) if block.kind == "python"]
    *parts, example = blocks
    assert "\n".join(parts).split() == source.split()
    assert all(part in source for part in parts) and example not in source


@pytest.mark.parametrize("text", ["", "a", "a\n\nb", "one line\nand a second that is long"])
def test_a_text_with_too_little_to_hold_out_is_refused_in_one_line(one: dict[str, Any], text: str) -> None:
    with pytest.raises(SystemExit, match=r"^The text has too few paragraphs .*take a longer one\.$"):
        one["deal"](one["documents_of"](text))
