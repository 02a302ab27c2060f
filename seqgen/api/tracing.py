"""A content as a model reads it, symbol by symbol: what each costs, what was likely there, what the network does.

Shapes: V vocabulary, T symbols, U units of all layers.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqgen.api.doors import expect_content, require_plain
from seqgen.cells import State
from seqgen.errors import UsageError
from seqgen.generation.reader import Reader
from seqgen.labels import ids_of, require
from seqgen.lanes import Strategy
from seqgen.store import MARK
from seqgen.tokenizer import Boundary

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.pictures import Spot

BEGINS = "⟨{}⟩"
"""How a boundary is shown, and a symbol that writes nothing by itself."""
LIKELY = 5
"""Symbols that were likeliest at a place, as many as are told."""
BEST = "best"
UNKNOWN_BITS = math.log2(0x110000)
"""What an unknown symbol costs: a choice among all code points."""

Contents = Iterable[tuple[Any, Mapping[str, str]]]
"""Contents, each with its labels."""


class Row(NamedTuple):
    """The ids of a content, its end among them, and those of its labels."""

    ids: list[int]
    labels: Sequence[int]


class Charge(NamedTuple):
    """A symbol's id, what it cost, how many characters it stands for, and the log-probabilities p_V there."""

    id: int
    bits: float
    length: int
    logs_V: np.ndarray


class Unit(NamedTuple):
    """A hidden unit: its layer and its channel, both counted from 0."""

    layer: int
    channel: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.channel}"


def row_of(model: "Model", content: Any, labels: Mapping[str, str]) -> Row:
    """A document with these labels as the model reads it.

    Raises UsageError for what is no content of its domain, UnknownName for a label that the model does not know.
    """
    vocabulary = model.codec.vocabulary
    expect_content(model.domain, content, asked="what is to be scored")
    require(vocabulary, labels)
    return Row([*(int(id) for part in model.codec.encode(content) for id in part), MARK], ids_of(vocabulary, labels))


def charged(model: "Model", row: Row) -> Iterator[Charge]:
    """What each symbol of a document costs, its end too; an unknown one costs a choice among all code points."""
    reader, vocabulary = model.voice.begin(row.labels), model.codec.vocabulary
    for id, length in zip(row.ids, model.codec.measure(np.array(row.ids)).tolist(), strict=True):
        logits_V = reader.logits().astype(np.float64)
        logs_V = logits_V - np.logaddexp.reduce(logits_V)
        bits = UNKNOWN_BITS if id == vocabulary.unknown else float(-logs_V[id] / math.log(2))
        yield Charge(id, bits, length, logs_V)
        reader.read(id)


def traced(model: "Model", contents: Contents, *, unit: str = "") -> "tuple[list[Spot], str]":
    """The symbols of contents as a picture shows them, and the unit whose activations they have: `LAYER:CHANNEL`, a
    channel of layer 0, or that of `best`; none if that is empty.

    Raises as `Model.score` does, and UsageError for a unit that is not there.
    """
    rows = [row_of(model, content, labels) for content, labels in contents]
    spots = [spot for row in rows for spot in _spots(model, row)]
    if not unit:
        return spots, ""
    states_TU, units = activations(model, rows)
    at = _best(states_TU) if unit == BEST else units.index(_asked(unit, units))
    found = zip(spots, states_TU[:, at].tolist(), strict=True)
    return [replace(spot, activation=value) for spot, value in found], str(units[at])


def activations(model: "Model", rows: Iterable[Row]) -> tuple[np.ndarray, list[Unit]]:
    """Every unit behind each symbol of the rows, states_TU, and which units those are.

    A unit is a channel of the first part of its layer's state: what the layer hands on in an Elman network, an LSTM, a
    GRU and the minimal ones; in the RG-LRU it is what the layer hands on before its gate, and in cells of plugins what
    they put first.
    Raises UsageError for a model with another voice than its own, and for one whose layers have no hidden state.
    """
    require_plain(model, "the activations of a unit")
    strategy, player = model.checkpoint.strategy, model.player
    units = [Unit(layer, k) for layer, state_U in _hidden(player.state().layers) for k in range(len(state_U))]
    if not units:
        there = f"none of its layers ({model.checkpoint.model.cell}) carries one on"
        raise UsageError("the activations of a unit", there, "Take a model with a recurrent layer")
    found = []
    for row in rows:
        # Inside a block the network reads every symbol all the same, once the block is whole.
        reader = Reader(player, strategy if strategy.context else Strategy(), labels=row.labels)
        for id in row.ids:
            reader.read(id)
            reader.logits()  # many-to-one reads its context now
            found.append(np.concatenate([state_U for _, state_U in _hidden(reader.state().played.layers)]))
    return np.stack(found), units


def _hidden(layers: Sequence[State]) -> list[tuple[int, np.ndarray]]:
    """The layers that carry a vector on, each with the first part of its state; others keep a window, or nothing."""
    return [(layer, state[0][0]) for layer, state in enumerate(layers) if state and state[0].ndim == 2]


def _best(states_TU: np.ndarray) -> int:
    """The unit that swings widely and slowly: the greatest covariance of its values at neighbouring symbols."""
    swing_TU = states_TU - states_TU.mean(0)
    return int((swing_TU[1:] * swing_TU[:-1]).sum(0).argmax())


def _asked(text: str, units: Sequence[Unit]) -> Unit:
    found = re.fullmatch(r"(?:([0-9]{1,9}):)?([0-9]{1,9})", text)
    unit = Unit(int(found[1] or 0), int(found[2])) if found else None
    if unit is None or unit not in units:
        layers = dict(units)
        there = ", ".join(f"{layer}:0 to {layer}:{channel}" for layer, channel in layers.items())
        raise UsageError(f"the unit {text!r}", f"the model has {there}", f"Name one of these, or {BEST}")
    return unit


def _spots(model: "Model", row: Row) -> "Iterator[Spot]":
    from seqgen.pictures import Spot, visible

    vocabulary, level = model.codec.vocabulary, model.checkpoint.model.reset_level
    writer = model.codec.tokenizer.writer()
    state = writer.behind(())
    for id, bits, _, logs_V in charged(model, row):
        symbol = vocabulary.symbol_of(id)
        if model.domain.form.text and isinstance(symbol, str):
            text, state = writer.write(state, symbol)
            text = text or BEGINS.format(visible(symbol.strip()))
        else:
            text = model.domain.show(shown(symbol)) + (" " if not model.domain.form.text else "")
        likely_K = np.argsort(-logs_V[: vocabulary.first_label], kind="stable")[:LIKELY]
        likely = [(shown(vocabulary.symbol_of(int(k))), math.exp(logs_V[k])) for k in likely_K]
        yield Spot(text, bits, likely, reset=id <= level, ends=id == MARK)


def shown(symbol: object) -> str:
    """A symbol of the vocabulary, a boundary in brackets, what is unknown as the sign for that."""
    return BEGINS.format(symbol.level) if isinstance(symbol, Boundary) else str(symbol or "�")
