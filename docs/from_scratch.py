"""A recurrent network that learns names and invents new ones, in numpy alone, its gradients by hand.

    python docs/from_scratch.py corpora/fantasy-names/*.txt --out FOLDER

docs/from-scratch.md derives every line that computes. Shapes: T steps, B names side by side, H of the memory, V
symbols.
"""

import argparse
from pathlib import Path

import numpy as np

SEED, HIDDEN, BATCH, EPOCHS, RATE, CLIP = 0, 100, 16, 16, 1.0, 1.0
MARK = 0
"""The id that stands before a name and behind it."""
GALLERY = (0, 1, 2, 4, 8, 16)
"""The epochs after which names are shown."""


def read_names(paths):
    """The names, one a line; and every character that occurs in them, behind the mark: a place is an id."""
    names = [line for path in paths for line in Path(path).read_text("utf-8").splitlines() if line]
    return names, ["", *sorted(set("".join(names)))]


def batch_of(names, symbols):
    """Names side by side: what is read, what comes next, and where a name still lasts."""
    ids, length = {symbol: id for id, symbol in enumerate(symbols)}, max(map(len, names)) + 2
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
    dz_TBV = p_TBV.copy()
    np.put_along_axis(dz_TBV, next_TB[..., None], np.take_along_axis(p_TBV, next_TB[..., None], -1) - 1, -1)
    dz_TBV *= (scored_TB / scored_TB.sum())[..., None]
    found = {name: np.zeros_like(value) for name, value in params.items()}
    da_BH = np.zeros_like(h_TBH[0])
    for t in reversed(range(len(read_TB))):
        dh_BH = dz_TBV[t] @ params["V"].T + da_BH @ params["U"].T
        da_BH = dh_BH * (1 - h_TBH[t + 1] ** 2)
        found["V"] += h_TBH[t + 1].T @ dz_TBV[t]
        found["c"] += dz_TBV[t].sum(0)
        found["U"] += h_TBH[t].T @ da_BH
        found["b"] += da_BH.sum(0)
        np.add.at(found["W"], read_TB[t], da_BH)
    return loss_of(p_TBV, next_TB, scored_TB), found


def clipped(found):
    """The gradients, no longer together than CLIP; their direction stays."""
    norm = np.sqrt(sum((each**2).sum() for each in found.values()))
    return {name: each * min(1.0, CLIP / norm) for name, each in found.items()}


def train(names, symbols, rng):
    """Learn from nine names of ten; yields the parameters, and the losses of learning and of the others, by epoch."""
    order = rng.permutation(len(names))
    held_out = batch_of([names[number] for number in order[::10]], symbols)
    learnt = [names[number] for place, number in enumerate(order) if place % 10]
    params = fresh_parameters(len(symbols), rng)
    losses, steps = [], -(-len(learnt) // BATCH)
    for step in range(EPOCHS * steps + 1):
        if step % steps == 0:
            yield params, np.mean(losses or np.nan), loss_of(forward(params, held_out[0])[1], *held_out[1:])
            losses, order = [], rng.permutation(len(learnt))
        chosen = order[step % steps * BATCH :][:BATCH]
        loss, found = gradients(params, *batch_of([learnt[number] for number in chosen], symbols))
        rate = RATE * (1 - step / (EPOCHS * steps))
        for name, each in clipped(found).items():
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


def curve(losses):
    """A picture of both losses by epoch, as SVG for light and dark pages."""

    def x_of(epoch):
        return round(50 + 510 * epoch / EPOCHS, 1)

    def y_of(loss):
        return round(20 + 80 * (4.5 - loss), 1)

    def text(x, y, said, *, fill="#808080", anchor="middle"):
        return f'<text x="{x}" y="{y}" fill="{fill}" text-anchor="{anchor}">{said}</text>'

    said = 'role="img" aria-label="loss by epoch" font-family="sans-serif" font-size="12"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 310" {said}>']
    for loss in (2, 3, 4):
        parts += [f'<path d="M50 {y_of(loss)}H560" stroke="#80808055"/>', text(40, y_of(loss) + 4, loss)]
    parts += [text(x_of(epoch), 280, epoch) for epoch in range(0, EPOCHS + 1, 4)]
    parts += [text(50, 12, "nats per symbol", anchor="start"), text(560, 300, "epoch", anchor="end")]
    for column, name, fill in ((0, "learnt", "#0072B2"), (1, "held out", "#D55E00")):
        points = [(x_of(epoch), y_of(row[column])) for epoch, row in enumerate(losses) if row[column] == row[column]]
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{fill}" stroke-width="2"/>')
        parts.append(text(566, points[-1][1] + 4, name, fill=fill, anchor="start"))
    return "\n".join([*parts, "</svg>", ""])


def main():
    """Learn the names of files, tell how it goes, and leave a picture and a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", help="texts with one name a line")
    parser.add_argument("--out", type=Path, help="a folder for from-scratch.svg and epochs.md")
    asked = parser.parse_args()
    names, symbols = read_names(asked.files)
    rows, losses = ["| epoch | learnt | held out | names |", "|---|---|---|---|"], []
    for epoch, (params, learnt, held_out) in enumerate(train(names, symbols, np.random.default_rng(SEED))):
        losses.append((learnt, held_out))
        if epoch in GALLERY:
            new = ", ".join(write(params, symbols, np.random.default_rng([SEED, number])) for number in range(5))
            rows.append(f"| {epoch} | {learnt:.3f} | {held_out:.3f} | {new} |".replace("nan", ""))
            print(rows[-1], flush=True)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "from-scratch.svg").write_text(curve(losses), "utf-8")
        (asked.out / "epochs.md").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
