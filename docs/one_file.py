"""The whole of a recurrent language model in one file: it reads texts, trains a character LSTM on them, and writes.

    python docs/one_file.py book.txt

It imports nothing of seqgen; its losses are those of the library all the same (docs/one-file.md). Shapes: B lanes side
by side, T steps of a window, E channels of the embedding, H of the memory, V symbols, N symbols to predict.
"""

import sys
from itertools import count, groupby, islice
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

SEED = 0  # of the first parameters, of where windows are cut, and of what is written
LANES = 32  # parts of the text that are read side by side
WINDOW = 32  # symbols of each that are read in one step; gradients end at its edge
EMBEDDING, WIDTH = 64, 128  # channels of a symbol, and of the memory
RATE = 4e-3  # how far a step goes, at its furthest
WARMUP = 50  # steps before it goes that far
FINAL = 0.01  # what is left of RATE at the end
BETAS = (0.9, 0.99)  # how long AdamW remembers gradients, and their squares
DECAY = 0.01  # how strongly matrices are pulled towards zero
CLIP = 1.0  # the norm of a gradient, at most
DOCUMENT, UNKNOWN = 0, 1  # the ids of the mark between documents, and of every character that training has not met


def documents_of(text):
    """What stands for itself: the paragraphs of a text, or its lines if there is no blank one."""
    lines = text.split("\n")
    if "\n\n" not in text:
        return [line for line in lines if line]
    return ["\n".join(group) for full, group in groupby(lines, key=lambda line: bool(line.strip())) if full]


def deal(documents):
    """The documents for training, and some held out: 5 % of the characters. As many are kept for a test at the end."""
    most, totals, parts = 0.05 * sum(map(len, documents)), [0, 0, -np.inf], ([], [], [])  # training is never full
    for number in np.random.default_rng(0).permutation(len(documents)):
        part = next(part for part in range(3) if totals[part] + len(documents[number]) / 2 <= most)
        totals[part] += len(documents[number])
        parts[part].append(number)
    if not all(parts):
        sys.exit("The text has too few paragraphs (or lines, if none is blank) to hold some out: take a longer one.")
    held_out, _, training = ([documents[number] for number in sorted(part)] for part in parts)
    return training, held_out


def symbols_of(documents):
    """The characters that training meets, the commonest first, behind room for the two other ids: a place is an id."""
    text = "".join(documents)
    return [None, None, *sorted(set(text), key=lambda character: (-text.count(character), character))]


def row_of(documents, symbols):
    """All documents as one row of ids, with a mark before each and behind the last."""
    ids = {symbol: id for id, symbol in enumerate(symbols)}
    row = [DOCUMENT]
    for document in documents:
        row += [*(ids.get(character, UNKNOWN) for character in document), DOCUMENT]
    return np.array(row)


def windows(row, epoch):
    """Where the windows of an epoch start and stop, and which lanes begin them with an empty memory: each reads a
    stretch of its own, from somewhere in it to its end, then from its beginning, and cut elsewhere in every epoch."""
    edges_B = np.arange(LANES + 1) * (len(row) - 1) // LANES
    length = np.diff(edges_B).max()
    rng = np.random.default_rng([SEED, epoch])
    phase = rng.integers(min(WINDOW, length))  # where the first cut falls
    ahead = -(-(length - phase) // WINDOW)  # windows from there to the end
    begun_B = rng.integers(ahead, size=LANES)  # the window at which a lane starts
    for index in range(ahead + (phase > 0)):
        behind_B = index - (ahead - begun_B)  # windows since the lane went back to the beginning of its stretch
        start_B = np.where(behind_B >= 0, behind_B * WINDOW, phase + (begun_B + index) * WINDOW)
        end_B = np.where(behind_B >= 0, phase + begun_B * WINDOW, length)
        stop_B = np.minimum(edges_B[:-1] + np.minimum(start_B + WINDOW, end_B), edges_B[1:])
        yield np.minimum(edges_B[:-1] + start_B, stop_B), stop_B, (behind_B == 0) | (index == 0)


def batches(row):
    """Batches without end: what is read, what comes next, which of that counts, and which lanes are fresh."""
    for epoch in count():
        for start_B, stop_B, fresh_B in windows(row, epoch):
            t_BT = start_B[:, None] + np.arange(WINDOW)
            scored_BT = t_BT < stop_B[:, None]
            read_BT, next_BT = (row[np.where(scored_BT, t, 0)] for t in (t_BT, t_BT + 1))
            yield tuple(map(torch.from_numpy, (read_BT, next_BT, scored_BT, fresh_B)))


def fresh_parameters(row, symbols):
    """Parameters before training, each drawn so that what it computes is about as large as what it reads."""
    torch.manual_seed(SEED)
    counts_V, size = np.bincount(row, minlength=len(symbols)) + 1, len(symbols)
    params = {
        "embedding": torch.randn(size, EMBEDDING),
        "W": torch.randn(4 * WIDTH, EMBEDDING - 1) / (EMBEDDING - 1) ** 0.5,  # channel 0 is the flag of a reset
        "U": torch.cat([torch.linalg.qr(gate)[0] for gate in torch.randn(4 * WIDTH, WIDTH).split(WIDTH)]),
        "b": torch.tensor([0.0, 1.0, 0.0, 0.0]).repeat_interleave(WIDTH),  # forget gates begin open
        "V": torch.randn(size, WIDTH) / WIDTH**0.5,
        # What is common seems likely from the beginning.
        "v": torch.from_numpy(0.5 * np.log(counts_V / counts_V.sum() * size)).float(),
    }
    return {name: value.requires_grad_() for name, value in params.items()}


def forward(params, ids_BT, state):
    """Read a window: the logits of what comes behind each symbol, and the memory behind the window.

    i, f, o = sigmoid(...)   g = tanh(...)   of W x + U h + b     c' = f * c + i * g     h' = o * tanh(c')

    Where a mark is read, the memory is cleared, within the one call that computes all steps: a flag in channel 0
    meets a column of -30000 in the rows of i and f. Both gates are exactly 0 then, so c' = 0 and h' = 0, whatever was
    before, and all gradients into the past are exactly 0.
    """
    ids_TB = ids_BT.T  # time first, as the kernel wants it
    x_TBE = functional.embedding(ids_TB, params["embedding"])
    flag_TB1 = (ids_TB == DOCUMENT)[..., None].float()
    column = torch.cat([torch.full((2 * WIDTH, 1), -3e4), torch.zeros(2 * WIDTH, 1)])  # rows i, f | g, o
    weights = [torch.cat([column, params["W"]], dim=1), params["U"], params["b"], torch.zeros_like(params["b"])]
    read_TBE = torch.cat([flag_TB1, x_TBE[..., 1:]], dim=-1)
    # With biases (torch adds two, here b and zeros), 1 layer, no dropout, train or not, one direction, time first.
    y_TBH, h, c = torch.lstm(read_TBE, (*state,), weights, True, 1, 0.0, torch.is_grad_enabled(), False, False)
    # A way past the memory: what a mark means reaches the output, though the memory is empty behind it.
    y_TBH = torch.cat([y_TBH[..., :EMBEDDING] + x_TBE, y_TBH[..., EMBEDDING:]], dim=-1)
    return y_TBH.transpose(0, 1) @ params["V"].T + params["v"], (h, c)


def loss_of(logits_BTV, next_BT, scored_BT):
    """Minus the logarithm of the probability of what came, in the mean over what counts: nats."""
    # In the order of time, as the library has it: a sum of floats depends on its order.
    logits_NV, next_N, scored_N = (each.transpose(0, 1).flatten(0, 1) for each in (logits_BTV, next_BT, scored_BT))
    return (functional.cross_entropy(logits_NV, next_N, reduction="none") * scored_N).sum() / scored_N.sum()


def train(params, row, steps):
    """Change the parameters, step by step; yields the loss before each step."""
    matrices, others = [params["W"], params["U"], params["V"]], [params["embedding"], params["b"], params["v"]]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=RATE, betas=BETAS, fused=True)
    state = torch.zeros(2, 1, LANES, WIDTH)  # h and c, both empty
    for step, (read_BT, next_BT, scored_BT, fresh_B) in enumerate(islice(batches(row), steps)):
        # Gradients end at the edge of a window; the memory goes on into the next.
        state = tuple(torch.where(fresh_B[:, None], 0.0, part.detach()) for part in state)
        logits_BTV, state = forward(params, read_BT, state)
        loss = loss_of(logits_BTV, next_BT, scored_BT)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params.values(), CLIP)
        rise, fall = min(1.0, (step + 1) / WARMUP), (steps - step) / steps
        for group in optimiser.param_groups:
            group["lr"] = RATE * rise * (FINAL + (1 - FINAL) * fall)
        optimiser.step()
        yield float(loss.detach())


@torch.no_grad()
def bits_per_character(params, row):
    """What it costs to predict a text that training has not seen, over its characters; marks cost, and do not count."""
    ids_1T = torch.from_numpy(row)[None]
    logits_1TV, _ = forward(params, ids_1T[:, :-1], torch.zeros(2, 1, 1, WIDTH))
    nats_T = functional.cross_entropy(logits_1TV[0], ids_1T[0, 1:], reduction="none")
    nats_T[ids_1T[0, 1:] == UNKNOWN] = np.log(0x110000)  # a choice among all that Unicode has room for
    return float(nats_T.double().sum()) / np.log(2) / (row != DOCUMENT).sum()


@torch.no_grad()
def write(params, symbols, sample, limit=2000):
    """Draw one symbol after the other, from a mark to the next one; the same number gives the same text."""
    rng = np.random.Generator(np.random.Philox(key=np.array([SEED, sample], np.uint64)))
    id, state, text = DOCUMENT, torch.zeros(2, 1, 1, WIDTH), ""
    while len(text) < limit:
        logits_11V, state = forward(params, torch.tensor([[id]]), state)
        logits_11V[..., UNKNOWN] = -torch.inf
        sums_V = logits_11V[0, 0].double().softmax(0).cumsum(0).numpy()
        id = int(np.searchsorted(sums_V, rng.random() * sums_V[-1], side="right"))
        if id == DOCUMENT:
            return text
        text += symbols[id]
    return text


def main(path, steps="1000"):
    """Train on a text, tell how it goes, and write."""
    training, held_out = deal(documents_of(Path(path).read_text("utf-8-sig")))
    symbols = symbols_of(training)
    row, held_row = row_of(training, symbols), row_of(held_out, symbols)
    params = fresh_parameters(row, symbols)
    for step, loss in enumerate(train(params, row, int(steps)), 1):
        if step % 100 == 0:
            bits = bits_per_character(params, held_row)
            print(f"step {step}: {loss / np.log(2):.3f} bits a symbol; held out: {bits:.3f} a character", flush=True)
    print(*(write(params, symbols, sample) for sample in range(5)), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
