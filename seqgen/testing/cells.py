"""The laws of cells. Torch is imported when one is asked for.

Shapes: B lanes, T steps, D inputs, H channels out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from seqgen.arrays import Array
from seqgen.cells import Cell, Parameters, State
from seqgen.model import reset_step
from seqgen.testing.law import law, require

B, T, AT = 3, 12, 5
"""Lanes, steps, and the step of the reset."""
SIZES = ((16, 16), (8, 24), (24, 8))
"""Inputs and width."""
Asked = tuple[bool, str, str]
"""Whether it holds, what was found, and what to do."""
CLOSE = 1e-4
"""How far the same sums, in another order, may be apart in float32."""


@dataclass(frozen=True)
class CellCase:
    """A cell, and parameters and inputs of several sizes for it."""

    cell: Cell

    @cached_property
    def sized(self) -> "list[Sized]":
        """It at each size."""
        return [Sized(self.cell, inputs, width) for inputs, width in SIZES]


class Sized:
    """A cell at one size, with parameters and inputs drawn at random."""

    def __init__(self, cell: Cell, inputs: int, width: int) -> None:
        self.cell, self.inputs, self.width = cell, inputs, width
        self.said = f"with {inputs} inputs and a width of {width}"
        rng = np.random.default_rng(7)
        self.params = {name: _drawn(cell, name, shape, rng) for name, shape in cell.shapes(inputs, width).items()}
        self.x_TBD = rng.standard_normal((T, B, inputs)).astype(np.float32)
        self.channels = cell.channels(inputs, width)

    def steps(
        self, x_TBD: Array, resets: Sequence[int] = (), *, state: State | None = None
    ) -> tuple[list[Array], State]:
        """The outputs of these steps under the law of the reset, and the state behind them."""
        params = self.params if isinstance(x_TBD, np.ndarray) else self.tensors
        state, outputs = self.cell.start(params, x_TBD.shape[1]) if state is None else state, []
        for t in range(len(x_TBD)):
            y_BH, state = reset_step(self.cell, params, x_TBD[t], state, self._flags(x_TBD, t in resets))
            outputs.append(y_BH)
        return outputs, state

    @property
    def tensors(self) -> Parameters:
        """The parameters as tensors of torch."""
        import torch

        return {name: torch.from_numpy(value) for name, value in self.params.items()}

    def _flags(self, x_TBD: Array, reset: bool) -> Array:
        flags = np.full(x_TBD.shape[1], reset)
        if isinstance(x_TBD, np.ndarray):
            return flags
        import torch

        return torch.from_numpy(flags)


def _drawn(cell: Cell, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    own = cell.initial(name, shape, rng)
    drawn = rng.standard_normal(shape) * shape[-1] ** -0.5
    return np.asarray(drawn if own is None else own + 0.1 * drawn, np.float32)


def _arrays(parts: Sequence[Array]) -> list[np.ndarray]:
    return [np.asarray(part if isinstance(part, np.ndarray) else part.detach().numpy()) for part in parts]


def _farthest(one: Sequence[Array], other: Sequence[Array]) -> float:
    """The largest difference of two lists of arrays; infinite if they have not the same shapes."""
    pairs = list(zip(_arrays(one), _arrays(other), strict=False))
    if len(one) != len(other) or any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max((float(np.abs(a - b).max(initial=0)) for a, b in pairs), default=0.0)


def _each(about: Callable[[Sized], Iterator[Asked]]) -> Callable[[CellCase], None]:
    """A law that is asked at each size."""

    @wraps(about)
    def hold(case: CellCase) -> None:
        for sized in case.sized:
            for holds, there, remedy in about(sized):
                require(holds, f"{sized.said}, {there}", remedy)

    return hold


@law("cell", "shapes")
@_each
def shapes(sized: Sized) -> Iterator[Asked]:
    """shapes, channels, start and step agree on what is how large."""
    shapes = sized.cell.shapes(sized.inputs, sized.width)
    odd = [name for name, shape in shapes.items() if len(shape) not in (1, 2) or min(shape) < 1 or name == "norm"]
    yield not odd, f"{odd} is neither a vector nor a matrix, or is called norm", "Give vectors and matrices"
    start = sized.cell.start(sized.params, B)
    yield (
        all(part.shape[0] == B for part in start),
        "a part of the state has no lanes",
        "Let the first axis be the lane",
    )
    y_BH, state = sized.cell.step(sized.params, sized.x_TBD[0], start)
    there = f"the output has the shape {y_BH.shape}, where channels says {(B, sized.channels)}"
    yield y_BH.shape == (B, sized.channels), there, "Let channels say what step gives"
    shaped = [part.shape for part in state], [part.shape for part in start]
    yield shaped[0] == shaped[1], f"the state is {shaped[0]}, and was {shaped[1]}", "Keep the shapes of start"
    kinds = {part.dtype for part in (y_BH, *state)}
    yield kinds == {np.dtype(np.float32)}, f"float32 became {kinds}", "Use seqgen.arrays and plain numbers"


@law("cell", "pure step")
@_each
def pure(sized: Sized) -> Iterator[Asked]:
    """A step depends on its arguments alone, changes none, and keeps lanes apart."""
    state = sized.steps(sized.x_TBD[:3])[1]
    held = [part.copy() for part in (*sized.params.values(), *state)]
    one, other = (sized.cell.step(sized.params, sized.x_TBD[3], state) for _ in range(2))
    same = _farthest((*sized.params.values(), *state), held) == 0
    yield same, "step changed its parameters or the state", "Make new arrays, with no assignment in place"
    differ = _farthest((one[0], *one[1]), (other[0], *other[1]))
    yield differ == 0, f"the second time, the same step was {differ:.2g} off", "Let step depend on its arguments alone"
    order = [2, 0, 1]
    y_BH, _ = sized.cell.step(sized.params, sized.x_TBD[3][order], tuple(part[order] for part in state))
    differ = _farthest([y_BH], [one[0][order]])
    yield differ < CLOSE, f"lanes in another order are {differ:.2g} off", "Let each lane go by itself"


@law("cell", "exact reset")
@_each
def resets(sized: Sized) -> Iterator[Asked]:
    """Behind a reset nothing is left of the past: two pasts give the same, bit by bit."""
    start = sized.cell.start(sized.params, B)
    again = sized.cell.start(sized.params, B)
    yield _farthest(start, again) == 0, "start gave two states", "Let start depend on the parameters alone"
    output = sized.cell.output(start)
    fits = output is None or output.shape == (B, sized.channels)
    yield fits, "output has not the shape of what step gives", "Give what the start state outputs, or None"
    tensors, ends = sized.tensors, []
    for seed in (1, 2):
        x_TBD = _torch(sized.x_TBD)
        x_TBD[:AT] += seed
        state = tuple(part + seed for part in sized.cell.start(tensors, B))
        outputs, end = _scan(sized, x_TBD, state, [AT])
        ends.append([*outputs[AT:], *end])
    differ = _farthest(*ends)
    yield (
        differ == 0,
        f"two pasts show {differ:.2g} behind a reset",
        "Let scan take the start state at a reset, exactly",
    )


@law("cell", "numpy is torch")
@_each
def twins(sized: Sized) -> Iterator[Asked]:
    """Played by numpy, the cell computes what torch trains."""
    played, end = sized.steps(sized.x_TBD, [AT])
    trained, end_trained = sized.steps(_torch(sized.x_TBD), [AT])
    differ = max(_farthest(played, trained), _farthest(end, end_trained))
    yield differ < CLOSE, f"numpy and torch are {differ:.2g} apart", "Use seqgen.arrays, and nothing that only one has"


@law("cell", "scan is step")
@_each
def scans(sized: Sized) -> Iterator[Asked]:
    """A window at once gives what its steps give one by one, resets included."""
    state = tuple(part + 0.5 for part in sized.cell.start(sized.tensors, B))
    for resets in ([], [0], [AT], [AT, AT + 1], [T - 1]):
        wanted, end = sized.steps(_torch(sized.x_TBD), resets, state=state)
        found, found_end = _scan(sized, _torch(sized.x_TBD), state, resets)
        differ = max(_farthest(wanted, found), _farthest(end, found_end))
        yield differ < CLOSE, f"with resets at {resets}, scan is {differ:.2g} off", "Let scan be the twin of step"


@law("cell", "cut windows")
@_each
def cuts(sized: Sized) -> Iterator[Asked]:
    """A window in two parts is the window."""
    start, x_TBD = sized.cell.start(sized.tensors, B), _torch(sized.x_TBD)
    whole, end = _scan(sized, x_TBD, start, [2])
    first, middle = _scan(sized, x_TBD[:AT], start, [2])
    second, end_of_two = _scan(sized, x_TBD[AT:], middle, [])
    differ = max(_farthest(whole, [*first, *second]), _farthest(end, end_of_two))
    yield differ < CLOSE, f"a window in two parts is {differ:.2g} off", "Keep all that matters in the state"


@law("cell", "gradients")
@_each
def gradients(sized: Sized) -> Iterator[Asked]:
    """What is learnt reaches every parameter, by finite gradients."""
    import torch

    params = {name: value.requires_grad_(True) for name, value in sized.tensors.items()}
    x_TBD, state, loss = _torch(sized.x_TBD), sized.cell.start(params, B), torch.zeros(())
    for x_BD in x_TBD:
        y_BH, state = sized.cell.step(params, x_BD, state)
        loss = loss + y_BH.square().sum()
    loss.backward()  # type: ignore[no-untyped-call]
    idle = [name for name, value in params.items() if value.grad is None or not value.grad.any()]
    yield not idle, f"no gradient reaches {', '.join(idle)}", "Use every parameter, with operations that torch follows"
    broken = [name for name, value in params.items() if not torch.isfinite(value.grad).all()]
    yield not broken, f"the gradient of {', '.join(broken)} is not finite", "Keep away from the edges of functions"


def _torch(x: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(x.copy())


def _scan(sized: Sized, x_TBD: Any, state: State, resets: Sequence[int]) -> tuple[list[Any], State]:
    import torch

    from seqgen.nn import scan

    reset_TB = torch.zeros(x_TBD.shape[:2], dtype=torch.bool)
    reset_TB[list(resets)] = True
    y_TBH, end = scan(sized.cell, sized.tensors, x_TBD, state, reset_TB)
    return list(y_TBH), end
