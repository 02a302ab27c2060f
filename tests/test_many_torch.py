"""Lanes in torch equal those in numpy, and draw what is drawn in numpy; on a GPU they are recorded."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seqgen import model
from seqgen.cells import CELLS
from seqgen.codec import Prompt
from seqgen.errors import InputError
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.generation.many import Many
from seqgen.generation.picking import Picker
from seqgen.model import ModelSettings
from seqgen.nn.many import Captured, lanes_within
from seqgen.nn.picking import chain
from seqgen.playing import Player
from seqgen.playing.many import Players
from tests.runs import one_thread
from tests.test_generation import CODEC, SETTINGS, STRATEGIES, UNKNOWN, VOCABULARY, parameters
from tests.test_many import CHAINS
from tests.test_playing import SIZES, TOLERANCE, random_parameters
from tests.test_playing_many import IDS, LANES

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("cell", CELLS)
def test_each_lane_is_that_of_numpy(cell: str, device: str) -> None:
    for settings in (
        replace(SIZES, cell=cell, layers=2, reset_level=1, norm=True, head=5, horizon=3),
        replace(SIZES, cell=cell, embedding=0, residual=False),
    ):
        check_the_law(settings, device)


def check_the_law(settings: ModelSettings, device: str) -> None:
    params = random_parameters(settings)
    lanes, wanted = Captured(settings, params, LANES, device=device), Players(settings, params, LANES)
    one = Player(settings, params)
    one.read(4)
    inside_TB = (np.random.default_rng(1).random(IDS.shape) < 0.6) & (settings.horizon > 1)
    for step, (ids_B, inside_B) in enumerate(zip(IDS, inside_TB, strict=True)):
        for each in (lanes, wanted):
            each.read(ids_B[: each.lanes], inside_B[: each.lanes] if settings.horizon > 1 and step else None)
        np.testing.assert_allclose(lanes.logits(), wanted.logits(), atol=TOLERANCE * np.abs(wanted.logits()).max())
        for each in (lanes, wanted):
            if step == 6:
                each.resume(np.array([0, 2]), one.state())
            if step == 8:
                each.clear(np.array([1]))
            if step == 10:
                each.keep(np.array([0, 2]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("options", CHAINS, ids=str)
def test_what_is_drawn_is_drawn_in_numpy(options: dict[str, Any], device: str) -> None:
    settings, count = ModelSettings(VOCABULARY.size, width=8, embedding=8, head=8), 300
    samplers = GenerateSettings.of(**options).samplers
    params, pick, rng = parameters(settings), Picker(samplers, VOCABULARY), np.random.default_rng(0)
    lanes = Captured(settings, params, count, chain=chain(samplers), shut=[UNKNOWN], device=device)
    for _ in range(4):
        lanes.read(rng.integers(0, VOCABULARY.size, count))
        uniform_B = np.concatenate([[0.0, np.nextafter(1, 0)], rng.random(count - 2)])
        ids_B, shares_B = lanes.draw(uniform_B)
        wanted_B, wanted_shares_B = pick(lanes.logits(), uniform_B)
        assert ids_B.tolist() == wanted_B.tolist()
        np.testing.assert_allclose(shares_B, wanted_shares_B, rtol=1e-9)


def test_logits_that_are_no_numbers_are_refused() -> None:
    params = parameters(SETTINGS)
    params["output.b"][5] = np.nan
    lanes = Captured(SETTINGS, params, 2, shut=[UNKNOWN])
    with pytest.raises(InputError, match="at a lower rate"):
        lanes.draw(np.array([0.5, 0.5]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_samples_are_those_drawn_alone(strategy: Any, device: str) -> None:
    size, settings = replace(SETTINGS, horizon=strategy.horizon), GenerateSettings.of(length=30)
    params, prompts = parameters(size, document=2), [Prompt((6, 7)[: k % 3]) for k in range(9)]
    voice, lanes = Solo(Player(size, params), strategy), Captured(size, params, 4, shut=[UNKNOWN], device=device)
    drawn = Many(voice, lanes, CODEC, settings, prompts=prompts, constraints=[None] * 9)
    for number, prompt in enumerate(prompts):
        alone = [each.id for each in generate(voice, CODEC, settings, prompt=prompt, sample=number)]
        assert [each.id for each in drawn.sample(number)] == alone


@pytest.mark.gpu
def test_a_gpu_replays() -> None:
    lanes = Captured(SETTINGS, parameters(SETTINGS), 2, shut=[UNKNOWN], device="cuda")
    for _ in range(4):
        ids_B, _ = lanes.draw(np.array([0.2, 0.7]))
        lanes.read(ids_B)
    assert set(lanes._works.graphs) == {"read", "draw"}


@pytest.fixture
def short_fractions() -> Iterator[None]:
    """Training has been here before, and lets products be taken with ten bits of a fraction."""
    flags = torch.backends.cuda.matmul
    before, flags.allow_tf32 = flags.allow_tf32, True
    yield
    flags.allow_tf32 = before


@pytest.mark.usefixtures("short_fractions")
def test_products_have_all_bits_after_training(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, output, seen = model.hidden, model.output, list[bool]()

    def note(value: Any) -> Any:
        seen.append(torch.backends.cuda.matmul.allow_tf32)
        return value

    lanes, player = Captured(SETTINGS, parameters(SETTINGS), 2, shut=[UNKNOWN]), Player(SETTINGS, parameters(SETTINGS))
    player.read(0)
    monkeypatch.setattr(model, "hidden", lambda *rest: note(hidden(*rest)))
    monkeypatch.setattr(model, "output", lambda *rest: note(output(*rest)))
    lanes.resume(np.array([0]), player.state())
    lanes.read(np.array([6, 7]))
    lanes.logits()
    lanes.draw(np.array([0.2, 0.7]))
    assert seen == [False] * 4
    assert torch.backends.cuda.matmul.allow_tf32


@pytest.mark.gpu
@pytest.mark.usefixtures("short_fractions")
def test_a_gpu_is_as_precise_after_training() -> None:
    check_the_law(replace(SIZES, width=64, embedding=64, head=64), "cuda")


@pytest.mark.gpu
def test_what_cannot_be_recorded_is_drawn_a_kernel_at_a_time() -> None:
    def waits(z_BV: Tensor) -> Tensor:
        return z_BV - z_BV.max().item()

    params, uniform_B = parameters(SETTINGS), np.array([0.2, 0.7])
    wanted, lanes = (
        Captured(SETTINGS, params, 2, chain=steps, shut=[UNKNOWN], device="cuda") for steps in ((), (waits,))
    )
    for _ in range(5):
        drawn = [each.draw(uniform_B)[0] for each in (wanted, lanes)]
        assert drawn[0].tolist() == drawn[1].tolist()
        for each in (wanted, lanes):
            each.read(drawn[0])
    assert "draw" not in lanes._works.graphs


def test_a_large_vocabulary_is_drawn_by_fewer_lanes() -> None:
    gigabyte = 1 << 30
    assert lanes_within(80 * gigabyte, 256) == lanes_within(80 * gigabyte, 1 << 14) == 4096
    assert lanes_within(8 * gigabyte, 1 << 15) == 1024
    assert lanes_within(gigabyte, 1 << 20) == 64
