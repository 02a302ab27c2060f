"""Fast scans of the cells that mix a whole window at once: convolution, attention and feed-forward.

Whether one step sees another is read off the number of resets before each: it does if that has not grown in between.
What a step does not see is left out by `where`, which adds an exact 0 and sends back an exact 0.

Shapes: T steps, B lanes, D channels, R channels remembered, P steps remembered, S = P + 1 seen at once, L = P + T, N
steps of all lanes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seqgen.cells import Attention, Convolution, Feedforward, Parameters, State

SHORTEST = 64
"""Steps that are worth products of their own."""


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
    memory_PBD = state[0].permute(2, 0, 1)
    seen_LBD = torch.cat([memory_PBD.to(x_TBD.dtype), x_TBD])
    before_LB = _resets_before(reset_TB, size)
    y_TBD = (_everywhere if x_TBD.is_cuda else _near_resets)(seen_LBD, before_LB, taps_DS)
    kept_PB = before_LB[-size:-1] == before_LB[-1]
    memory_PBD = torch.where(kept_PB[..., None], seen_LBD[len(x_TBD) :], 0.0)
    return y_TBD, (memory_PBD.permute(1, 2, 0).float(),)


def attention_scan(
    cell: Attention, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor
) -> tuple[Tensor, State]:
    """Products of whole stretches with all that they see. A stretch is about as long as the memory: a longer one would
    mostly be compared with what it does not see."""
    stretch, outputs = max(cell.size, SHORTEST), []
    for x, reset in zip(x_TBD.split(stretch), reset_TB.split(stretch), strict=True):
        y, state = _attend(cell, params, x, state, reset)
        outputs.append(y)
    return torch.cat(outputs), state


def _attend(cell: Attention, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """One stretch; scores and shares are float32."""
    steps, before_LB = len(x_TBD), _resets_before(reset_TB, cell.size + 1)
    q_BTR, m_BTR = (part_TBR.transpose(0, 1) for part_TBR in cell.read(params, x_TBD))
    seen_BLR, there_BL = torch.cat([state[0], m_BTR], dim=1), functional.pad(state[1], (0, steps), value=1.0)
    scores_BTL = torch.bmm(q_BTR, seen_BLR.mT).float() + _distances(params["distance"], steps)
    # A step sees itself and what the step before it left. So does a reset step: nobody reads what it makes of that.
    segment_BL = torch.where(there_BL > 0.5, before_LB[:-1].T, -1)
    visible_BTL = segment_BL[:, None] == segment_BL[:, cell.size :, None]
    shares_BTL = torch.where(visible_BTL, scores_BTL, -torch.inf).softmax(-1)
    mixed_TBR = torch.bmm(shares_BTL, seen_BLR).transpose(0, 1)
    y_TBD = functional.linear(mixed_TBR, params["O"]).masked_fill(reset_TB[..., None], 0.0)
    kept_BP = (before_LB[steps:-1] == before_LB[-1]).T
    return y_TBD, (seen_BLR[:, steps:] * kept_BP[..., None], there_BL[:, steps:] * kept_BP)


def _distances(distance_S: Tensor, steps: int) -> Tensor:
    """What is added to the score of each step seen, by each that sees; -inf for those too far back or still to come."""
    device, far = distance_S.device, len(distance_S) - 1
    place_TL = torch.arange(far + steps, device=device) - torch.arange(steps, device=device)[:, None]
    return torch.where((place_TL >= 0) & (place_TL <= far), distance_S[place_TL.clamp(0, far)], -torch.inf)


def _resets_before(reset_TB: Tensor, seen: int) -> Tensor:
    """The number of resets in the window before each of the steps that are seen, the remembered ones first; and in one
    row more, those of the whole window."""
    return functional.pad(reset_TB.cumsum(0), (0, 0, seen, 0))


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
    """The convolution of an image with a row a step and a column a lane. Its channels are innermost, which the kernel
    must be able to tell: the axis of the one image has to have the largest stride."""
    image_1DLB = seen_LBD[None].permute(0, 3, 1, 2)
    return functional.conv2d(image_1DLB, taps_DS[:, None, :, None], groups=len(taps_DS)).permute(0, 2, 3, 1)[0]
