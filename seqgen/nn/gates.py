"""What the built-in linear cells do between their products and their scan, over a whole window, with gradients by hand.

Autograd makes, keeps and reads a tensor for every sign in a formula; here each is overwritten as soon as it can be, and
the products are read, and their gradients written, in the precision they have. The twins are the cells' own `gates`
and `read`.

Every tensor is (T, B, H): T steps, B lanes, H width. The gradient of x is dx. `products` are the blocks of products
that the cell's own `gates` is given, and `slots` the places for their gradients.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seqgen.cells import RGLRU, LinearCell, MinGRU, MinLSTM, Parameters
from seqgen.cells.rg_lru import FLOOR, POWER


class Gates(ABC):
    """The twin of a cell's `gates` and `read`."""

    def extra(self, params: Parameters) -> Tensor:
        """What the gates need besides the products: (H,), or nothing."""
        return torch.empty(0)

    @abstractmethod
    def gates(self, products: Sequence[Tensor], extra_H: Tensor) -> tuple[Tensor, Tensor]:
        """a and b, each a tensor of its own."""

    @abstractmethod
    def gates_back(
        self, products: Sequence[Tensor], slots: Sequence[Tensor], *, a: Tensor, da: Tensor, db: Tensor, extra_H: Tensor
    ) -> Tensor | None:
        """Fill the slots; the gradient of `extra_H`. May write over da and db."""

    def read(self, products: Sequence[Tensor], h: Tensor) -> Tensor:
        """The output."""
        return h

    def read_back(self, products: Sequence[Tensor], slots: Sequence[Tensor], *, h: Tensor, dy: Tensor) -> Tensor:
        """Fill the slots that only `read` looks at; the gradient of h."""
        return dy


class MinGRUGates(Gates):
    """a = sigmoid(-z)     b = (1 - a) * n"""

    def gates(self, products: Sequence[Tensor], extra_H: Tensor) -> tuple[Tensor, Tensor]:
        z, n = products
        a, b = _precise(z).neg_().sigmoid_(), _precise(n)
        return a, b.addcmul_(a, b, value=-1)

    def gates_back(
        self, products: Sequence[Tensor], slots: Sequence[Tensor], *, a: Tensor, da: Tensor, db: Tensor, extra_H: Tensor
    ) -> None:
        d_z, d_n = slots
        d_z.copy_(_slope_of_share(products[1], a, da, db))
        d_n.copy_(db.addcmul_(db, a, value=-1))


class MinLSTMGates(Gates):
    """a = sigmoid(f) / (sigmoid(f) + sigmoid(i))     b = (1 - a) * n"""

    def gates(self, products: Sequence[Tensor], extra_H: Tensor) -> tuple[Tensor, Tensor]:
        f, i, n = products
        a, t, b = _open(f), _open(i), _precise(n)
        a.div_(t.add_(a))
        return a, b.addcmul_(a, b, value=-1)

    def gates_back(
        self, products: Sequence[Tensor], slots: Sequence[Tensor], *, a: Tensor, da: Tensor, db: Tensor, extra_H: Tensor
    ) -> None:
        f, i, n = products
        d_f, d_i, d_n = slots
        share = _slope_of_share(n, a, da, db)
        # log sigmoid(x) has the slope 1 - sigmoid(x).
        d_f.copy_(_precise(f).sigmoid_().mul_(share).sub_(share))
        d_i.copy_(share.addcmul_(share, _precise(i).sigmoid_(), value=-1))
        d_n.copy_(db.addcmul_(db, a, value=-1))


class RGLRUGates(Gates):
    """log a = k * sigmoid(r)     b = m * sigmoid(i) * u     m^2 = 1 - a^2 + FLOOR     y = h * silu(g)"""

    def extra(self, params: Parameters) -> Tensor:
        """k."""
        return -POWER * functional.softplus(params["L"])

    def gates(self, products: Sequence[Tensor], extra_H: Tensor) -> tuple[Tensor, Tensor]:
        r, i, u, _ = products
        a = _precise(r).sigmoid_().mul_(extra_H).exp_()
        return a, _square(a).sqrt_().mul_(_precise(i).sigmoid_()).mul_(_precise(u))

    def gates_back(
        self, products: Sequence[Tensor], slots: Sequence[Tensor], *, a: Tensor, da: Tensor, db: Tensor, extra_H: Tensor
    ) -> Tensor:
        (r, i, u, _), (d_r, d_i, d_u, _) = products, slots
        s, square = _precise(i).sigmoid_(), _square(a)
        db.mul_(torch.sqrt(square))
        t = _precise(u).mul_(db)
        d_u.copy_(db.mul_(s))
        d_i.copy_(_sigmoid_back(t, s, out=db))
        da.addcdiv_(t.mul_(s).mul_(a), square, value=-1).mul_(a)
        s.copy_(r).sigmoid_()
        dk_H = torch.mul(da, s, out=t).sum((0, 1))
        d_r.copy_(_sigmoid_back(da.mul_(extra_H), s, out=t))
        return dk_H

    def read(self, products: Sequence[Tensor], h: Tensor) -> Tensor:
        return functional.silu(_precise(products[3]), inplace=True).mul_(h)

    def read_back(self, products: Sequence[Tensor], slots: Sequence[Tensor], *, h: Tensor, dy: Tensor) -> Tensor:
        g, t = _precise(products[3]), dy * h
        slots[3].copy_(torch.ops.aten.silu_backward.grad_input(t, g, grad_input=t))
        return functional.silu(g, inplace=True).mul_(dy)


GATES: dict[type[LinearCell], Gates] = {MinGRU: MinGRUGates(), MinLSTM: MinLSTMGates(), RGLRU: RGLRUGates()}
"""By the exact type of the cell: one that is derived from these may have gates of its own, and is left to autograd."""


def _precise(x: Tensor) -> Tensor:
    """A copy of x in float32 at least, to be written over."""
    return x.to(torch.promote_types(x.dtype, torch.float32), copy=True)


def _open(x: Tensor) -> Tensor:
    """sigmoid(x), kept above 0 so that the share of a gate is finite where all are shut."""
    s = _precise(x).sigmoid_()
    return s.clamp_min_(torch.finfo(s.dtype).tiny)


def _square(a: Tensor) -> Tensor:
    """1 - a^2 + FLOOR."""
    return torch.mul(a, a).neg_().add_(1 + FLOOR)


def _slope_of_share(n: Tensor, a: Tensor, da: Tensor, db: Tensor) -> Tensor:
    """Where b = (1 - a) * n and a = sigmoid(-z): the gradient of z, (n * db - da) * a * (1 - a)."""
    t = _precise(n).mul_(db).sub_(da)
    return _sigmoid_back(t, a, out=t)


def _sigmoid_back(d: Tensor, s: Tensor, *, out: Tensor) -> Tensor:
    """d * s * (1 - s)."""
    found: Tensor = torch.ops.aten.sigmoid_backward.grad_input(d, s, grad_input=out)
    return found
