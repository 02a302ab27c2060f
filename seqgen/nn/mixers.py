"""Fast scans of the cells that mix a whole window at once: convolution and feed-forward.

Whether one step sees another is read off the number of resets before each: it does if that has not grown in between.
What a step does not see is left out by `where`, which adds an exact 0 and sends back an exact 0.

Shapes: T steps, B lanes, D channels, S steps seen at once, M = S - 1 remembered, L = M + T, N steps of all lanes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seqgen.cells import Convolution, Feedforward, Parameters, State


def feedforward_scan(
    cell: Feedforward, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor
) -> tuple[Tensor, State]:
    """The step is blind to time, so it takes all of them at once."""
    y_TBD, _ = cell.step(params, x_TBD, ())
    return y_TBD.masked_fill(reset_TB[..., None], 0.0), ()


def convolution_scan(
    cell: Convolution, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor
) -> tuple[Tensor, State]:
    """On the CPU one depthwise product, after which the few steps near a reset are worked out again, tap by tap; on a
    GPU all are worked out so, for how few they are is not known without waiting for it."""
    size, taps_DS = cell.size, params["taps"].view(-1, cell.size)
    memory_MBD = state[0].permute(2, 0, 1)
    seen_LBD = torch.cat([memory_MBD.to(x_TBD.dtype), x_TBD])
    before_LB = functional.pad(reset_TB.cumsum(0), (0, 0, size, 0))
    y_TBD = (_everywhere if x_TBD.is_cuda else _near_resets)(seen_LBD, before_LB, taps_DS)
    kept_MB = before_LB[-size:-1] == before_LB[-1]
    memory_MBD = torch.where(kept_MB[..., None], seen_LBD[len(x_TBD) :], 0.0)
    return y_TBD, (memory_MBD.permute(1, 2, 0).float(),)


def _everywhere(seen_LBD: Tensor, before_LB: Tensor, taps_DS: Tensor) -> Tensor:
    """Every step tap by tap; `before` has one row more than `seen`, the resets of the whole window."""
    size = taps_DS.shape[1]
    now_TB = before_LB[size:]
    parts = [seen_LBD[i:][: len(now_TB)] for i in range(size)]
    visible = [before_LB[i:][: len(now_TB)] == now_TB for i in range(size)]
    return _tap_by_tap(parts, visible, taps_DS)


def _near_resets(seen_LBD: Tensor, before_LB: Tensor, taps_DS: Tensor) -> Tensor:
    """The depthwise product, corrected where a step does not see all of it."""
    y_TBD, size = _depthwise(seen_LBD, taps_DS), taps_DS.shape[1]
    row_N = (before_LB[size:] != before_LB[:-size]).flatten().nonzero()[:, 0]
    if not len(row_N):
        return y_TBD
    row_SN = row_N + torch.arange(size + 1, device=row_N.device)[:, None] * before_LB.shape[1]
    part_SND = functional.embedding(row_SN[:-1], seen_LBD.flatten(0, 1))
    visible_SN = before_LB.flatten()[row_SN[:-1]] == before_LB.flatten()[row_SN[-1]]
    y_ND = _tap_by_tap(part_SND.unbind(), visible_SN.unbind(), taps_DS)
    return y_TBD.flatten(0, 1).index_copy(0, row_N, y_ND.to(y_TBD.dtype)).view_as(y_TBD)


def _tap_by_tap(parts: Sequence[Tensor], visible: Sequence[Tensor], taps_DS: Tensor) -> Tensor:
    """The sum of the visible parts, each times its tap."""
    taps = taps_DS.unbind(1)
    total = torch.where(visible[-1][..., None], parts[-1] * taps[-1], 0.0)
    for part, seen, tap in zip(parts[:-1], visible[:-1], taps[:-1], strict=True):
        total = total + torch.where(seen[..., None], part * tap, 0.0)
    return total


def _depthwise(seen_LBD: Tensor, taps_DS: Tensor) -> Tensor:
    """The convolution of an image with a row a step and a column a lane, its channels innermost as its kernel wants."""
    image_1DLB = seen_LBD.permute(2, 0, 1)[None]
    return functional.conv2d(image_1DLB, taps_DS[:, None, :, None], groups=len(taps_DS))[0].permute(1, 2, 0)
