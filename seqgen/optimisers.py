"""The optimisers: Muon for the matrices of the layers, AdamW for everything else.

Shapes: R rows, C columns.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from seqgen.plan import Optimiser

BETAS = (0.9, 0.99)
MOMENTUM = 0.85
LEAST = 16
"""Rows and columns that a matrix must have before its singular values are worth evening out."""
EVEN = 8
"""Rows and columns are padded with zeros to a multiple of this, which products in bfloat16 want."""
POLAR = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
)
"""Coefficients of the first three polynomials of the Polar Express (Amsel et al., arXiv 2505.16932, algorithm 1)."""
MARGIN = 1.02
"""Rounding must not push a singular value above 1, where the polynomials run away."""
TINY = 1e-12

Params = Mapping[str, Tensor]
Number = float | Tensor
"""A number, or one that is on the device already, so that a CUDA graph can read it anew at each step."""


class Optimisers:
    """One step for all parameters of a stack, each by the optimiser that suits it."""

    def __init__(self, params: Params, settings: Optimiser, *, bfloat16: bool) -> None:
        matrices = {name: p for name, p in params.items() if settings.optimiser == "muon" and _orthogonal(name, p)}
        self._others = {name: p for name, p in params.items() if name not in matrices}
        self._settings = settings
        self.muon = Muon(matrices, settings, bfloat16=bfloat16)
        self.adam = _adam(self._others, settings)

    def clear(self) -> None:
        """Forget the gradients."""
        self.adam.zero_grad()
        self.muon.clear()

    def kind(self, number: int) -> bool:
        """Whether Muon moves its matrices in step `number`; steps of one kind compute the same."""
        return bool(self.muon.momentum) and number % self._settings.matrix_every == 0

    def step(self, number: int, share: Number, *, skipped: Tensor | None = None) -> None:
        """Step number `number`, counted from 0, at that share of the peak learning rates.

        Nothing is changed where `skipped` is 1; the gradients must be zeros then.
        """
        rate = self._settings.learning_rate * share
        for group in self.adam.param_groups:
            # CUDA's fused kernel reads a rate in float32.
            group["lr"] = rate.float() if isinstance(rate, Tensor) and rate.is_cuda else rate
        self.adam.found_inf = skipped
        self.adam.step()
        self.muon.step(number, share, going=1.0 if skipped is None else 1 - skipped.double())

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """All that the optimisers remember, by name. The reverse of `restore`."""
        for name, param in self._others.items():
            for key, value in self.adam.state[param].items():
                yield f"adam.{key}.{name}", value
        for name, momentum in self.muon.momentum.items():
            yield f"muon.{name}", momentum

    def restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Go on with what `tensors` gave."""
        for name, param in self._others.items():
            keys = [key for key in ("step", "exp_avg", "exp_avg_sq") if f"adam.{key}.{name}" in tensors]
            for key in keys:
                self.adam.state[param][key] = torch.tensor(tensors[f"adam.{key}.{name}"], device=param.device)
        for name, momentum in self.muon.momentum.items():
            momentum.copy_(torch.from_numpy(tensors[f"muon.{name}"]))


class Muon:
    """Momentum whose singular values are evened out before it moves a matrix (Jordan et al., "Muon", 2024).

    In between the steps that are multiples of `matrix_every` only the momentum is kept up.
    """

    def __init__(self, params: Params, settings: Optimiser, *, bfloat16: bool) -> None:
        self._params, self._settings = dict(params), settings
        self._type = torch.bfloat16 if bfloat16 else torch.float32
        self.momentum = {name: torch.zeros_like(p, requires_grad=False) for name, p in params.items()}

    def clear(self) -> None:
        """Forget the gradients."""
        for param in self._params.values():
            param.grad = None

    @torch.no_grad()
    def step(self, number: int, share: Number, *, going: Number = 1.0) -> None:
        """Step number `number`, counted from 0, at that share of the peak rate; none where `going` is 0."""
        rate, pull = self._settings.matrix_rate * share * going, (1 - MOMENTUM) * going
        pull = pull.float() if isinstance(pull, Tensor) else pull
        for name, param in self._params.items():
            if param.grad is None:
                continue
            momentum = self.momentum[name].lerp_(param.grad, pull)
            if number % self._settings.matrix_every:
                continue
            update = param.grad.lerp(momentum, MOMENTUM)
            param.mul_(1 - rate * self._settings.matrix_decay)
            param.sub_(_evened(update, self._type) * rate)


def orthogonalise(matrix_RC: Tensor) -> Tensor:
    """The matrix with its singular values moved near 1: near U V^T, where U S V^T is its singular value decomposition.

    Roughly: what was above 0.003 of the Frobenius norm ends between 0.18 and 1.9, in bfloat16 between 0.1 and 3. More
    polynomials would raise smaller values too, which training was not seen to reward (docs/experiments.md). Columns
    should not outnumber rows: the polynomials are taken of the square of the columns, then multiplied by the matrix.
    """
    x_RC = matrix_RC / (MARGIN * torch.linalg.matrix_norm(matrix_RC.float()) + TINY).to(matrix_RC.dtype)
    square_CC, series_CC, product_CC = x_RC.mT @ x_RC, None, None
    for a, b, c in POLAR:
        square_CC = square_CC if series_CC is None else series_CC @ square_CC @ series_CC
        series_CC = torch.addmm(square_CC, square_CC, square_CC, beta=b, alpha=c)
        series_CC.diagonal().add_(a)
        product_CC = series_CC if product_CC is None else product_CC @ series_CC
    return x_RC if product_CC is None else x_RC @ product_CC


def _evened(update: Tensor, dtype: torch.dtype) -> Tensor:
    """The update of one parameter, orthogonalised and as large as its shape asks for: a step changes the root mean
    square of what the matrix gives by as much whatever its inputs (Bernstein and Newhouse, arXiv 2409.20325)."""
    rows, columns = update.shape
    padded = torch.nn.functional.pad(update, (0, -columns % EVEN, 0, -rows % EVEN)).to(dtype)
    even = orthogonalise(padded) if rows >= columns else orthogonalise(padded.mT).mT
    return even[:rows, :columns].to(update.dtype) * math.sqrt(max(1.0, rows / columns))


def _orthogonal(name: str, param: Tensor) -> bool:
    return name.startswith("layers.") and param.ndim == 2 and min(param.shape) >= LEAST


class _AdamW(torch.optim.AdamW):
    """AdamW whose fused step changes nothing where `found_inf` is 1, as torch's own scaler of gradients asks it to."""

    found_inf: Tensor | None = None


def _adam(params: Params, settings: Optimiser) -> _AdamW:
    """AdamW that decays matrices only."""
    decayed = [p for name, p in params.items() if p.ndim == 2 and name != "embedding"]
    others = [p for name, p in params.items() if p.ndim != 2 or name == "embedding"]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    graphed = any(p.is_cuda for p in params.values())
    return _AdamW(groups, lr=settings.learning_rate, betas=BETAS, fused=True, capturable=graphed)
