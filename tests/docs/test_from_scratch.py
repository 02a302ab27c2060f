"""docs/from_scratch.py has the gradients of torch and the losses that its page shows, which is made of its parts."""

import ast
import re
import runpy
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.docs import page as pages

ROOT = Path(__file__).resolve().parents[2]
FILE, PAGE, PICTURE = (ROOT / "docs" / name for name in ("from_scratch.py", "from-scratch.md", "from-scratch.svg"))
DRAW = ROOT / "docs" / "draw.py"
NAMES = ["Bord", "Ulfgrim", "Ola", "Unsu Ola", "B"]

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def scratch() -> dict[str, Any]:
    return runpy.run_path(str(FILE))


@pytest.fixture(scope="module")
def first_losses(scratch: dict[str, Any]) -> list[tuple[float, float]]:
    """Of learning and of the names held out, before the first epoch and after two."""
    names, symbols = scratch["read_names"](sorted((ROOT / "corpora" / "fantasy-names").glob("*.txt")))
    found = scratch["train"](names, symbols, np.random.default_rng(scratch["SEED"]))
    return [(float(learnt), float(held_out)) for _, learnt, held_out in islice(found, 3)]


def by_torch(params: Arrays, read_TB: np.ndarray, next_TB: np.ndarray, scored_TB: np.ndarray) -> tuple[float, Arrays]:
    """The loss and the gradients of the same network, which torch finds by itself."""
    own = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    h_BH, nats = (
        torch.zeros(read_TB.shape[1], params["U"].shape[0], dtype=torch.float64),
        torch.zeros((), dtype=torch.float64),
    )
    for read_B, next_B, scored_B in zip(
        *map(torch.from_numpy, (read_TB.copy(), next_TB.copy(), scored_TB)), strict=True
    ):
        h_BH = torch.tanh(own["W"][read_B] + h_BH @ own["U"] + own["b"])
        z_BV = h_BH @ own["V"] + own["c"]
        nats = nats + (torch.nn.functional.cross_entropy(z_BV, next_B, reduction="none") * scored_B).sum()
    loss = nats / int(scored_TB.sum())
    loss.backward()  # type: ignore[no-untyped-call]
    return float(loss.detach()), {name: value.grad.numpy() for name, value in own.items() if value.grad is not None}


def compared(scratch: dict[str, Any]) -> Iterator[float]:
    """How far the loss and each gradient are from those of torch, at most."""
    symbols = ["", *sorted(set("".join(NAMES)))]
    params = scratch["fresh_parameters"](len(symbols), np.random.default_rng(1))
    batch = scratch["batch_of"](NAMES, symbols)
    (loss, found), (wanted_loss, wanted) = scratch["gradients"](params, *batch), by_torch(params, *batch)
    yield abs(loss - wanted_loss)
    assert found.keys() == wanted.keys()
    yield from (float(np.abs(found[name] - wanted[name]).max()) for name in wanted)


def test_the_gradients_are_those_of_torch(scratch: dict[str, Any]) -> None:
    assert max(compared(scratch)) < 1e-9


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        (' + da_BH @ params["U"].T', ""),
        ("(1 - h_TBH[t + 1] ** 2)", "1"),
        ('np.add.at(d["W"], read_TB[t], da_BH)', 'd["W"][read_TB[t]] += da_BH'),
        ("(scored_TB / scored_TB.sum())", "(scored_TB / scored_TB.size)"),
    ],
)
def test_a_wrong_derivative_is_found_out(line: str, instead: str) -> None:
    source = FILE.read_text("utf-8")
    wrong = source.replace(line, instead)
    assert wrong != source
    names: dict[str, Any] = {"__name__": "wrong"}
    exec(compile(wrong, "wrong", "exec"), names)
    assert max(compared(names)) > 1e-4


def test_clipping_shortens_and_keeps_the_direction(scratch: dict[str, Any]) -> None:
    long, short = {"a": np.array([3.0, 0.0]), "b": np.array([4.0])}, {"a": np.array([0.3]), "b": np.array([0.4])}
    assert scratch["clipped"](long)["a"] == pytest.approx([0.6, 0.0]) and scratch["clipped"](long)["b"] == [0.8]
    assert scratch["clipped"](short)["a"] == [0.3]


def test_the_page_shows_what_the_program_finds(
    scratch: dict[str, Any], first_losses: list[tuple[float, float]]
) -> None:
    table = re.findall(r"^\| (\d+) \| ([\d.]*) \| ([\d.]+) \| ", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [int(epoch) for epoch, *_ in table] == list(runpy.run_path(str(DRAW))["GALLERY"])
    shown = [(float(learnt or "nan"), float(held_out)) for _, learnt, held_out in table[:3]]
    assert np.allclose(shown, first_losses, atol=2e-3, equal_nan=True)


def test_the_site_can_put_in_what_it_finds_when_it_is_built() -> None:
    """By `relearnt` of docs/conf.py, which looks for these."""
    page = PAGE.read_text("utf-8")
    assert page.count("](from-scratch.svg)") == page.count("<!-- written by draw.py -->\n\n| epoch |") == 1


def test_the_picture_shows_it_too(scratch: dict[str, Any], first_losses: list[tuple[float, float]]) -> None:
    again = runpy.run_path(str(DRAW))["losses_by_epoch"](first_losses, epochs=scratch["EPOCHS"])
    drawn, wanted = (re.findall(r'points="([^"]+)"', svg) for svg in (PICTURE.read_text(), again))
    assert len(drawn) == len(wanted) == 2
    for own, first in zip(drawn, wanted, strict=True):
        assert len(own.split()) >= scratch["EPOCHS"]
        pairs = zip(own.split(), first.split(), strict=False)
        assert all(np.allclose(ast.literal_eval(a), ast.literal_eval(b), atol=0.2) for a, b in pairs)


def test_a_name_that_holds_nan_stays_whole() -> None:
    draw = runpy.run_path(str(DRAW))
    found = [(0, float("nan"), 4.0, "Vinanor"), (1, 3.0, 3.5, "Nanna")]
    draw["relearnt"].__globals__["runpy"] = SimpleNamespace(run_path=lambda _: {"told": lambda _: found})
    page, _ = draw["relearnt"]("<!-- written by draw.py -->\n\n| epoch |\n")
    assert page.splitlines()[-2:] == ["| 0 |  | 4.000 | Vinanor |", "| 1 | 3.000 | 3.500 | Nanna |"]


def test_the_page_is_made_of_the_file() -> None:
    source = FILE.read_text("utf-8")
    shown = [block.text for block in pages.blocks(PAGE.read_text("utf-8")) if block.text.startswith("def ")]
    assert all(block in source for block in shown)
    defined = re.findall(r"^def (\w+)", source, re.MULTILINE)
    assert re.findall(r"^def (\w+)", "".join(shown), re.MULTILINE) == [d for d in defined if d != "main"]


def test_it_imports_numpy_alone() -> None:
    imports = [
        node for node in ast.walk(ast.parse(FILE.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    assert names == {"argparse", "pathlib", "numpy"}
