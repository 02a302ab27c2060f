"""The laws that must hold on a GPU too; `make check-gpu` runs them, and refuses to run without one."""

import itertools

import pytest
import torch

from seqgen.cells import CELLS
from seqgen.lanes import Lanes
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.nn.linear import Scan
from seqgen.plan import TrainSettings
from seqgen.training import Schedule, Training, train
from tests.laws.test_resets import RESETS, B, T, V, ids_with, two_pasts

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")]


def make(cell: str, device: str) -> Stack:
    settings = ModelSettings(vocabulary=V, cell=cell, layers=2, width=128, embedding=128, reset_level=1)
    return Stack.fresh(settings, 3, device=device)


@pytest.mark.parametrize(("cell", "half"), list(itertools.product(CELLS, (None, torch.float16, torch.bfloat16))))
def test_what_follows_a_reset_is_bitwise_the_same_for_two_pasts(cell: str, half: torch.dtype | None) -> None:
    stack, at, found = make(cell, "cuda"), 6, []
    for i, ids_BT in enumerate(two_pasts(at)):
        state = tuple(tuple(part + 3 * i for part in layer) for layer in stack.start(B))
        with torch.autocast("cuda", half or torch.float16, enabled=half is not None):
            found.append(stack.features(ids_BT.cuda(), state)[0])
    assert not torch.equal(found[0][:, :at], found[1][:, :at])
    assert torch.equal(found[0][:, at:], found[1][:, at:])


@pytest.mark.parametrize(("cell", "resets"), list(itertools.product(CELLS, RESETS)))
def test_the_gpu_agrees_with_the_cpu(cell: str, resets: str) -> None:
    ids_BT = ids_with(RESETS[resets])
    here, there = make(cell, "cpu"), make(cell, "cuda")
    y_BTW, _ = here.features(ids_BT, here.start(B))
    z_BTW, _ = there.features(ids_BT.cuda(), there.start(B))
    torch.testing.assert_close(z_BTW.cpu(), y_BTW, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 1), (64, 3, 130), (300, 32, 512)])
def test_the_kernels_of_linear_recurrences_equal_their_twins(shape: tuple[int, int, int]) -> None:
    pytest.importorskip("triton")
    generator, found = torch.Generator().manual_seed(0), []
    a_TBH, b_TBH, dh_TBH = (torch.randn(shape, generator=generator) for _ in range(3))
    begin_BH, start_BH, dlast_BH = (torch.randn(shape[1:], generator=generator) for _ in range(3))
    reset_TB = torch.rand(shape[:2], generator=generator) < 0.05
    for device in ("cpu", "cuda"):
        leaves = [x.to(device).detach().requires_grad_() for x in (a_TBH.sigmoid(), b_TBH, begin_BH, start_BH)]
        h_TBH, last_BH = Scan.apply(*leaves, reset_TB.to(device))
        grads = torch.autograd.grad((h_TBH, last_BH), leaves, (dh_TBH.to(device), dlast_BH.to(device)))
        found.append([x.cpu() for x in (h_TBH, last_BH, *grads)])
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-4)


def test_training_on_the_gpu_follows_the_cpu() -> None:
    ids = torch.randint(1, V, (4000,), generator=torch.Generator().manual_seed(0)).numpy()
    losses = []
    for device in ("cpu", "cuda"):
        training = Training(make("lstm", device), TrainSettings(), Lanes(8, T, reset_level=1, seed=0))
        training.schedule = Schedule(20)
        losses.append([step.nats for step in train(training, ids)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
