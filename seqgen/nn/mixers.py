"""Fast scans of the cells that mix a whole window at once: convolution, attention and feed-forward.

Whether one step sees another is read off the number of resets before each: it does if that has not grown in between.
What a step does not see is left out by `where`, which adds an exact 0 and sends back an exact 0.

Shapes: T steps, B lanes, D channels, M steps remembered, S = M + 1 seen at once, L = M + T, N steps of all lanes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seqgen import arrays
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
    memory_MBD = state[0].permute(2, 0, 1)
    seen_LBD = torch.cat([memory_MBD.to(x_TBD.dtype), x_TBD])
    before_LB = _resets_before(reset_TB, size)
    y_TBD = (_everywhere if x_TBD.is_cuda else _near_resets)(seen_LBD, before_LB, taps_DS)
    kept_MB = before_LB[-size:-1] == before_LB[-1]
    memory_MBD = torch.where(kept_MB[..., None], seen_LBD[len(x_TBD) :], 0.0)
    return y_TBD, (memory_MBD.permute(1, 2, 0).float(),)


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
    """One stretch. Scores and shares are float32; what was remembered has products of its own, since as a rule no
    gradient has to go there."""
    memory_BMD, there_BM = state
    m_TBD, before_LB = arrays.unit(x_TBD), _resets_before(reset_TB, cell.size + 1)
    query_BTD = cell.query(params, m_TBD).transpose(0, 1)
    old_BMD, new_BTD = memory_BMD.to(query_BTD.dtype), m_TBD.to(query_BTD.dtype).transpose(0, 1)
    scores_BTL = torch.cat([torch.bmm(query_BTD, part.mT) for part in (old_BMD, new_BTD)], dim=2).float()
    shares_BTL = _shares(scores_BTL, params["distance"], there_BM, before_LB).to(query_BTD.dtype)
    old_BTM, new_BTT = shares_BTL.split([cell.size, len(x_TBD)], dim=2)
    mixed_BTD = torch.bmm(old_BTM, old_BMD) + torch.bmm(new_BTT, new_BTD)
    y_TBD = functional.linear(mixed_BTD.transpose(0, 1), params["O"]).masked_fill(reset_TB[..., None], 0.0)
    kept_BM = (before_LB[-cell.size - 1 : -1] == before_LB[-1]).T
    there_BM = functional.pad(there_BM, (0, len(x_TBD)), value=1.0)[:, -cell.size :]
    memory_BMD = torch.cat([memory_BMD[:, len(x_TBD) :], m_TBD.transpose(0, 1)], dim=1)[:, -cell.size :]
    return y_TBD, (torch.where(kept_BM[..., None], memory_BMD, 0.0), there_BM * kept_BM)


def _shares(scores_BTL: Tensor, distance_S: Tensor, there_BM: Tensor, before_LB: Tensor) -> Tensor:
    """What each step takes from every other; itself it always sees, even at a reset, so that there is no empty row."""
    steps, remembered = scores_BTL.shape[1], there_BM.shape[1]
    step_T, seen_L = (torch.arange(n, device=scores_BTL.device) for n in scores_BTL.shape[1:])
    back_TL = remembered + step_T[:, None] - seen_L
    there_BL = functional.pad(there_BM > 0.5, (0, steps), value=True)
    now_BT, before_BL = before_LB[remembered + 1 :].T, before_LB[:-1].T
    visible_BTL = (
        (before_BL[:, None] == now_BT[..., None]) & there_BL[:, None] & (back_TL >= 0) & (back_TL <= remembered)
    )
    distance_TL = distance_S[(remembered - back_TL).clamp(0, remembered)]
    return (scores_BTL + distance_TL).masked_fill(~(visible_BTL | (back_TL == 0)), -torch.inf).softmax(-1)


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
    """The convolution of an image with a row a step and a column a lane, its channels innermost as its kernel wants."""
    image_1DLB = seen_LBD.permute(2, 0, 1)[None]
    return functional.conv2d(image_1DLB, taps_DS[:, None, :, None], groups=len(taps_DS))[0].permute(1, 2, 0)
