"""A recurrent network that learns names and invents new ones, in numpy alone, its gradients by hand.

    python docs/from_scratch.py corpora/fantasy-names/*.txt

docs/from-scratch.md derives every line that computes. Shapes: T steps, B names side by side, H of the memory, V
symbols.
"""

import argparse
from pathlib import Path

import numpy as np

SEED, HIDDEN, BATCH, EPOCHS, RATE, CLIP = 0, 100, 16, 16, 1.0, 1.0
MARK = 0
"""The id that stands before a name and behind it."""


def read_names(paths):
    """The names, one a line; and every character that occurs in them, behind the mark: a place is an id."""
    names = [line for path in paths for line in Path(path).read_text("utf-8").splitlines() if line]
    return names, ["", *sorted(set("".join(names)))]


def batch_of(names, symbols):
    """Names side by side: what is read, what comes next, and where a name still lasts."""
    ids = {symbol: id for id, symbol in enumerate(symbols)}
    length = max(map(len, names)) + 2
    ids_BT = np.array([[MARK, *map(ids.get, name), *[MARK] * (length - 1 - len(name))] for name in names])
    scored_TB = np.arange(length - 1)[:, None] <= np.array([len(name) for name in names])
    return ids_BT.T[:-1], ids_BT.T[1:], scored_TB


def fresh_parameters(size, rng):
    """Small random matrices, so that no tanh is saturated; nothing is known of any symbol."""
    return {
        "W": rng.normal(size=(size, HIDDEN)) / 2,
        "U": rng.normal(size=(HIDDEN, HIDDEN)) / HIDDEN**0.5 / 2,
        "b": np.zeros(HIDDEN),
        "V": rng.normal(size=(HIDDEN, size)) / HIDDEN**0.5,
        "c": np.zeros(size),
    }


def forward(params, read_TB):
    """The memory before the first step and behind each one, h_TBH, and the probabilities of what comes next, p_TBV."""
    h_TBH = np.zeros((len(read_TB) + 1, read_TB.shape[1], HIDDEN))
    for t, read_B in enumerate(read_TB):
        h_TBH[t + 1] = np.tanh(params["W"][read_B] + h_TBH[t] @ params["U"] + params["b"])
    z_TBV = h_TBH[1:] @ params["V"] + params["c"]
    power_TBV = np.exp(z_TBV - z_TBV.max(-1, keepdims=True))
    return h_TBH, power_TBV / power_TBV.sum(-1, keepdims=True)


def loss_of(p_TBV, next_TB, scored_TB):
    """Minus the logarithm of the probability of what came, in the mean over all symbols of the names: nats."""
    own_TB = np.take_along_axis(p_TBV, next_TB[..., None], -1)[..., 0]
    return -(np.log(own_TB) * scored_TB).sum() / scored_TB.sum()


def gradients(params, read_TB, next_TB, scored_TB):
    """The loss, and its derivative by every parameter: back-propagation through time."""
    h_TBH, p_TBV = forward(params, read_TB)
    t_TB, b_TB = np.indices(next_TB.shape)
    dz_TBV = p_TBV.copy()
    dz_TBV[t_TB, b_TB, next_TB] -= 1  # (1)
    dz_TBV *= (scored_TB / scored_TB.sum())[..., None]
    d = {name: np.zeros_like(value) for name, value in params.items()}
    da_BH = np.zeros_like(h_TBH[0])
    for t in reversed(range(len(read_TB))):
        dh_BH = dz_TBV[t] @ params["V"].T + da_BH @ params["U"].T  # (4)
        da_BH = dh_BH * (1 - h_TBH[t + 1] ** 2)  # (5)
        d["V"] += h_TBH[t + 1].T @ dz_TBV[t]  # (2)
        d["c"] += dz_TBV[t].sum(0)  # (3)
        d["U"] += h_TBH[t].T @ da_BH  # (6)
        d["b"] += da_BH.sum(0)  # (7)
        np.add.at(d["W"], read_TB[t], da_BH)  # (8)
    return loss_of(p_TBV, next_TB, scored_TB), d


def clipped(d):
    """The gradients, no longer together than CLIP; their direction stays."""
    norm = np.sqrt(sum((each**2).sum() for each in d.values()))
    return {name: each * min(1.0, CLIP / norm) for name, each in d.items()}


def train(names, symbols, rng):
    """Learn from nine names of ten; yields the parameters, and the losses of learning and of the others, by epoch."""
    order = rng.permutation(len(names))
    held_out = batch_of([names[number] for number in order[::10]], symbols)
    learnt = [names[number] for place, number in enumerate(order) if place % 10]
    params = fresh_parameters(len(symbols), rng)
    losses, steps = [np.nan], -(-len(learnt) // BATCH)
    for epoch in range(EPOCHS + 1):
        yield params, np.mean(losses), loss_of(forward(params, held_out[0])[1], *held_out[1:])
        losses, order = [], rng.permutation(len(learnt))
        for step in range(steps if epoch < EPOCHS else 0):
            chosen = order[step * BATCH :][:BATCH]
            loss, d = gradients(params, *batch_of([learnt[number] for number in chosen], symbols))
            rate = RATE * (1 - (epoch + step / steps) / EPOCHS)
            for name, each in clipped(d).items():
                params[name] -= rate * each
            losses.append(loss)


def write(params, symbols, rng):
    """A new name: read the mark, draw a symbol, read it, and so on until the mark is drawn."""
    id, h_H, name = MARK, np.zeros(HIDDEN), ""
    while len(name) < 30:
        h_H = np.tanh(params["W"][id] + h_H @ params["U"] + params["b"])
        power_V = np.exp(h_H @ params["V"] + params["c"])
        id = rng.choice(len(power_V), p=power_V / power_V.sum())
        if id == MARK:
            break
        name += symbols[id]
    return name


def told(files):
    """After each epoch: both losses, and five names, drawn with the same random numbers every time."""
    names, symbols = read_names(files)
    for epoch, (params, learnt, held_out) in enumerate(train(names, symbols, np.random.default_rng(SEED))):
        new = [write(params, symbols, np.random.default_rng([SEED, number])) for number in range(5)]
        yield epoch, learnt, held_out, ", ".join(new)


def main():
    """Learn the names of files, and tell how it goes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", help="texts with one name a line")
    for epoch, learnt, held_out, new in told(parser.parse_args().files):
        print(f"epoch {epoch}: learnt {learnt:.3f}, held out {held_out:.3f}: {new}", flush=True)


if __name__ == "__main__":
    main()
