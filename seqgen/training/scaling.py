"""Training in float16, whose least number is 6e-8: the loss is multiplied before it is propagated back."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

FIRST, LEAST, MOST = 2.0**16, 1.0, 2.0**24
"""Scales. Powers of two cost no precision; beyond the last a gradient of 1 would not fit into float16 many times."""
CALM = 1000
"""Steps without an overflow after which the scale doubles."""


class Scaler:
    """The scale of the loss: halved when a gradient overflows, and doubled when none has for a while (Micikevicius et
    al., arXiv 1710.03740).

    Everything is a tensor on the device and nothing waits for it, so a CUDA graph can hold it.
    """

    def __init__(self, device: torch.device) -> None:
        self.scale = torch.tensor(FIRST, device=device)
        self.calm = torch.zeros((), device=device)

    def unscale(self, params: Iterable[Tensor]) -> None:
        """Divide the gradients by the scale."""
        torch._foreach_mul_(_gradients(params), 1 / self.scale)

    def judge(self, norm: Tensor, params: Iterable[Tensor]) -> Tensor:
        """1 if the norm of the gradients is no number, so that the step has to be left out, else 0; the scale follows,
        and gradients that are no numbers become zeros."""
        bad = ~norm.isfinite()
        for gradient in _gradients(params):
            gradient.masked_fill_(bad, 0.0)
        calm = torch.where(bad, 0.0, self.calm + 1)
        grown = calm >= CALM
        factor = torch.where(bad, 0.5, torch.where(grown, 2.0, 1.0))
        self.scale.mul_(factor).clamp_(LEAST, MOST)
        self.calm.copy_(torch.where(grown, 0.0, calm))
        return bad.float()

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """All that is remembered, by name. The reverse of `restore`."""
        yield "scaler.scale", self.scale
        yield "scaler.calm", self.calm

    def restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Go on with what `tensors` gave."""
        for name, tensor in self.tensors():
            tensor.copy_(torch.from_numpy(tensors[name]))


def _gradients(params: Iterable[Tensor]) -> list[Tensor]:
    return [param.grad for param in params if param.grad is not None]
