"""The loss of a large vocabulary, a slice of rows at a time: never are there more logits than of one slice.

The gradient of a slice is taken as soon as its logits are there, by the formula: with p the softmax of the logits of a
row and t its target, it is p - [t], times what the row counts in the mean. So the forward pass has all gradients of the
output layer, and the backward pass only multiplies them by the gradient of the loss. Nothing depends on data but the
values of tensors, so a CUDA graph can hold it.

Shapes: N rows, R rows of a slice, F channels into the output layer, V vocabulary.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

FLOATS = 1 << 22
"""Logits computed at a time, as long as `LEAST` rows have no more: these stay near the processor."""
LEAST = 512
"""Rows computed at a time, at least: each slice adds to the whole gradient of the output matrix, which is about as
large as the logits of so many rows."""


def sliced_loss(z_NF: Tensor, W_VF: Tensor, b_V: Tensor, *, targets_N: Tensor, scored_N: Tensor) -> Tensor:
    """Mean cross-entropy in nats over the scored rows, of the logits z W^T + b.

    The products are taken in the precision of the moment, everything else in float32 at least.
    """
    device = z_NF.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else W_VF.dtype
    with torch.autocast(device, enabled=False):
        loss: Tensor = SlicedLoss.apply(z_NF, W_VF, b_V, targets_N, scored_N, dtype)
        return loss


class SlicedLoss(torch.autograd.Function):
    """The loss, with the gradients of z, W and b."""

    @staticmethod
    def forward(
        ctx: Any, z_NF: Tensor, W_VF: Tensor, b_V: Tensor, targets_N: Tensor, scored_N: Tensor, dtype: torch.dtype
    ) -> Tensor:
        precise = torch.promote_types(dtype, torch.float32)
        count = scored_N.sum().clamp(min=1)
        scored_N1 = scored_N[:, None].to(precise)
        z, W, b = z_NF.to(dtype), W_VF.to(dtype), b_V.to(precise)
        nats_N1 = torch.empty_like(scored_N1)
        dz, dW, db = torch.empty_like(z), torch.zeros_like(W, dtype=precise), torch.zeros_like(b)
        for rows in slices(len(z), len(W)):
            scored_R1 = scored_N1[rows]
            nats_N1[rows], gradient_RV = _errors(z[rows] @ W.T + b, targets_N[rows, None])
            db.addmv_(gradient_RV.T, scored_R1[:, 0])
            gradient_RV = gradient_RV.to(dtype)
            torch.mm(gradient_RV, W, out=dz[rows])
            _add_product(dW, gradient_RV.T, z[rows] * scored_R1.to(dtype))
        ctx.save_for_backward(dz, dW, db, scored_N1, count)
        ctx.dtypes = z_NF.dtype, W_VF.dtype, b_V.dtype
        return (nats_N1 * scored_N1).sum() / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        dz, dW, db, scored_N1, count = ctx.saved_tensors
        scale = gradient / count
        found = dz * (scored_N1 * scale), dW * scale, db * scale
        return *(each.to(dtype) for each, dtype in zip(found, ctx.dtypes, strict=True)), None, None, None


def slices(rows: int, vocabulary: int) -> Iterator[slice]:
    """The rows in slices that are as even as can be."""
    count = -(-rows // max(LEAST, FLOATS // vocabulary))
    size = -(-rows // max(1, count))
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size or 1))


def _errors(logits_RV: Tensor, targets_R1: Tensor) -> tuple[Tensor, Tensor]:
    """The cost of each target in nats, and the gradient of that for the logits of its row."""
    share_RV = logits_RV.softmax(1)
    # The largest share is at least 1/V, so its logarithm is exact where that of the target might not be a number.
    most_R1, share_R1 = logits_RV.amax(1, keepdim=True), share_RV.amax(1, keepdim=True)
    nats_R1 = most_R1 - share_R1.log() - logits_RV.gather(1, targets_R1)
    return nats_R1, share_RV.scatter_add_(1, targets_R1, torch.full_like(most_R1, -1.0))


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """total += left @ right, where the sum may be more precise than the product."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total.add_(left @ right)
