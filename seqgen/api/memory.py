"""What a model remembers of a text, as a value: saved, loaded, forked and continued."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seqgen.api.constraining import OWN, Asked
from seqgen.api.doors import require_plain
from seqgen.checkpoint import sealed
from seqgen.checkpoint.sealed import ANOTHER, Array, Tensors
from seqgen.codec import Codec, OnUnknown, Prompt
from seqgen.constraint import Constraint
from seqgen.errors import CheckpointError, SeqgenError, UsageError, shown
from seqgen.files import make_folder_of, require_there
from seqgen.generation import Read, Resumed, Solo
from seqgen.labels import ids_of, named, require
from seqgen.playing import Played
from seqgen.records import expect, from_json, to_json
from seqgen.store import MARK
from seqgen.tokenizer import Boundary

if TYPE_CHECKING:
    from seqgen.api.models import Model

KEPT = 1024
"""Ids kept at least of a document: what the penalties look back on, and what a tokenizer sees of the text before."""
STEP = 4096
"""Symbols read between two words on how far it is."""


@dataclass(frozen=True, eq=False)
class Memory:
    """Where a model stands in a document: a few kilobytes, which belong to that model alone.

    `model` is the identity of its checkpoint, `count` how many symbols were read in all. `ids` are the last of the
    document, or all of it where it is `whole`; from them, what writes its content and the constraint of that name stand
    where they stand behind all of it. `follow` is the rest of the text that was read, kept back since its last symbol
    may still go on: what comes next begins with it.
    """

    model: str
    read: Read
    ids: tuple[int, ...] = ()
    whole: bool = True
    follow: str = ""
    constraint: str = ""
    count: int = 0

    def save(self, path: Path | str) -> None:
        """Write it to a file, whole or not at all. The reverse of `load`. Raises as `place` does."""
        path = place(path)
        (layers, features_W, places), recent, block, labels = self.read
        words = _Words(self.model, self.whole, self.follow, self.constraint, self.count, recent, block, labels, places)
        tensors: Tensors = {f"{i}.{k}": part for i, parts in enumerate(layers) for k, part in enumerate(parts)}
        tensors |= {} if features_W is None else {"features": features_W}
        wide = np.uint16 if max(self.ids, default=0) < 1 << 16 else np.uint32
        sealed.save(path, to_json(words), tensors=tensors | {"ids": np.array(self.ids, wide)}, kind="memory")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The memory in that file. Raises CheckpointError for any other file, and for one that is broken; UsageError
        where there is none."""
        require_there(Path(path), f"loading {path}", remedy="Make one with `read`")
        value, tensors = sealed.load(Path(path), kind="memory")
        with sealed.refusing(f"loading {path}"):
            words = from_json(_Words, value, where="what it says")
            ids = tensors.pop("ids", np.zeros(0, np.uint16))
            played = Played(*_arrays(tensors, len(words.places)), words.places)
            read = Read(played, words.recent, words.block, words.labels)
            if ids.dtype.kind != "u":
                raise CheckpointError("its ids", f"they are {ids.dtype}, and ids are unsigned integers", ANOTHER)
            row = tuple(ids.reshape(-1).tolist())
            return cls(words.model, read, row, words.whole, words.follow, words.constraint, words.count)

    def voice(self, model: "Model") -> Resumed:
        """The network behind what was read. Raises UsageError for that of another model."""
        own, size = model.checkpoint.identity, model.codec.vocabulary.size
        if self.model != own:
            there = f"it belongs to the model {shown(self.model[:12])}, and {model.path} is {own[:12]!r}"
            remedy = "Take the model that read the text, with the same --weights; or let this one read it"
            raise UsageError("the state", there, remedy)
        strategy, read = model.checkpoint.strategy, self.read
        every = (*self.ids, *read.recent, *read.block, *read.labels)
        if not all(0 <= id < size for id in every) or len(read.block) >= max(strategy.horizon, 1):
            raise CheckpointError("the state", "it holds ids that its model cannot have read", ANOTHER)
        if not 0 <= self.count < 1 << 53:
            raise CheckpointError("the state", f"it says that {self.count} symbols were read", ANOTHER)
        voice = Resumed(model.player, strategy, read)
        voice.begin()
        return voice

    def prompt(self, model: "Model", content: Any = "", *, on_unknown: OnUnknown = "replace") -> Prompt:
        """What a sample that goes on with this content begins with."""
        own, empty = self.read.labels, content is None or content == ""
        if not model.domain.form.text:
            new = Prompt() if empty else model.codec.ids_of_prompt(content, on_unknown=on_unknown)
        else:
            new = continued(model.codec, self.ids, f"{self.follow}{content or ''}", on_unknown=on_unknown)
        return replace(new, ids=(*own, *new.ids), before=self.ids, read=self.count)

    def __repr__(self) -> str:
        """Whose it is, how much was read, and how much it is; the arrays would fill pages."""
        (layers, features_W, _), *_ = self.read
        size = sum(part.nbytes for parts in layers for part in parts) + (0 if features_W is None else features_W.nbytes)
        return f"Memory(model={shown(self.model[:12])}, count={self.count}, bytes={size})"

    def require(self, held: Constraint | None) -> None:
        """Raise UsageError for a constraint that cannot tell from what is kept where it stands."""
        if held is not None and not self.whole and str(held) != self.constraint:
            there = f"only the last {len(self.ids):,} symbols are kept, which do not tell where it stands"
            raise UsageError(str(held), there, "Let the text be read with it, or generate without it")


@dataclass(frozen=True)
class _Words:
    model: str
    whole: bool
    follow: str
    constraint: str
    count: int
    recent: tuple[int, ...]
    block: tuple[int, ...]
    labels: tuple[int, ...]
    places: tuple[int, ...]


def place(path: Path | str, *, asked: str = "") -> Path:
    """Where a state is to be saved; the folder is made.

    Raises UsageError for what is there and is no state, and InputError if the folder cannot be made.
    """
    found, asked = Path(path), asked or f"saving a state to {path}"
    if not found.name:
        raise UsageError(asked, "that names no file", "Name one, such as a.state")
    if found.exists():
        try:
            sealed.require(found, kind="memory")
        except CheckpointError as error:
            there = "it is no state, and would be lost" if found.is_file() else "it is no file"
            raise UsageError(asked, there, "Name a new file, or one of `--save-state`") from error
    make_folder_of(found, asked)
    return found


def opened(model: "Model", memory: Memory | None, labels: Mapping[str, str]) -> Memory:
    """That memory, or one of nothing but labels. Raises UnknownName for a label, UsageError for another than was
    read."""
    vocabulary = model.codec.vocabulary
    require_plain(model, "reading into a state")
    require(vocabulary, labels)
    if memory is not None:
        expect(memory, Memory, asked="the memory", wanted="what `Model.read` gives, or `Memory.load`")
    if memory is None:
        memory = begun(model, ids_of(vocabulary, labels))
    agree(labels, named(vocabulary, memory.read.labels))
    return memory


def begun(model: "Model", labels: Sequence[int] = ()) -> Memory:
    """The memory of nothing but the ids of labels."""
    reader = Solo(model.player, model.checkpoint.strategy).begin(labels)
    return Memory(model.checkpoint.identity, reader.state())


def reading(model: "Model", memory: Memory, prompt: Prompt, *, constraint: Asked = OWN) -> Generator[int, None, Memory]:
    """Read a prompt behind a memory, which is left as it is: how many symbols were read so far, and last the memory
    behind them. Raises UsageError for a memory of another model."""
    ids = prompt.ids[len(memory.read.labels) :]
    reader = memory.voice(model).begin()
    for count in range(0, len(ids), STEP):
        yield count
        reader.read_all(ids[count : count + STEP])
    tail, whole, told = _kept(model, memory, ids, held=model.constraints.of(constraint))
    return Memory(memory.model, reader.state(), tail, whole, prompt.follow, told, memory.count + len(ids))


def finished(steps: Generator[int, None, Memory], *, tell: Callable[[int], None] = lambda _: None) -> Memory:
    """What these steps come to; `tell` is told after each how far it is."""
    while True:
        try:
            tell(next(steps))
        except StopIteration as end:
            memory: Memory = end.value
            return memory


def resumed(model: "Model", memory: Memory) -> "Model":
    """The model behind what was read. Raises UsageError for another, or for one that has been given a voice."""
    expect(memory, Memory, asked="the memory", wanted="what `Model.read` gives, or `Memory.load`")
    require_plain(model, "going on from a state")
    return model.with_voice(memory.voice(model))


def agree(asked: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Raise UsageError for a label that is not the one with which the text was read."""
    for key, value in asked.items():
        if there.get(key, "") != value:
            was = f"the text was read with {key}={there.get(key, '')}"
            raise UsageError(f"the label {key}={value}", was, "Leave it out, or let the text be read with it")


def continued(codec: Codec, before: Sequence[int], text: str, *, on_unknown: OnUnknown = "replace") -> Prompt:
    """A text that goes on in a document, as ids that follow those `before`.

    They are those of the whole text. Where the tokenizer does not part that where this one begins, this one is taken as
    a text of its own.
    """
    if not text:
        return Prompt()
    there = written(codec, before)
    whole = codec.ids_of_prompt(there + text, on_unknown=on_unknown)
    own = _again(codec, before, there)
    if whole.ids[: len(own)] == own:
        return replace(whole, ids=whole.ids[len(own) :])
    return codec.ids_of_prompt(text, on_unknown=on_unknown)


def written(codec: Codec, ids: Sequence[int]) -> str:
    """The text of some ids of one document, as far as it is written before anything follows."""
    return "".join(map(str, onward(codec, (), ids, end=False)))


def onward(codec: Codec, before: Sequence[int], ids: Iterable[int], *, end: bool = True) -> Iterator[Any]:
    """The pieces of text that ids write where others stand before them in their document."""
    writer, symbol_of = codec.tokenizer.writer(), codec.vocabulary.symbol_of
    state = writer.behind(map(symbol_of, before))
    for id in ids:
        symbol = symbol_of(id)
        if isinstance(symbol, str):
            piece, state = writer.write(state, symbol)
            yield piece
    if end:
        yield writer.finish(state)


def _again(codec: Codec, ids: Sequence[int], text: str) -> tuple[int, ...]:
    """The ids of the text that some ids write; a boundary at their end stays there."""
    found = [id for part in codec.encode(text) for id in part.tolist()]
    return (*found, *(id for id in ids[-1:] if id < codec.vocabulary.unknown))


def _kept(
    model: "Model", memory: Memory, ids: Sequence[int], *, held: Constraint | None
) -> tuple[tuple[int, ...], bool, str]:
    """What is kept of all ids of a document, whether that is all, and for which constraint it will do."""
    every = (*memory.ids, *ids)
    begin = len(every) - every[::-1].index(MARK) if MARK in every else 0
    document, whole = every[begin:], memory.whole or begin > 0
    if (not whole and str(held) != memory.constraint) or _stands(held, model.codec, document) is None:
        held = None
    tail = _tail(model.codec, document, held) if model.domain.form.text else document
    return tail, whole and len(tail) == len(document), str(held) if held else ""


def _tail(codec: Codec, ids: tuple[int, ...], held: Constraint | None) -> tuple[int, ...]:
    """The fewest of the last ids, a power of two or from a boundary on, from which all goes on as from all of them."""
    size, wanted = KEPT, None
    while size < len(ids):
        wanted = wanted or _stands(held, codec, ids)
        near = next((at for at in range(len(ids) - size, 0, -1) if ids[at] < codec.vocabulary.unknown), 0)
        for begin in (len(ids) - size, near):
            tail = ids[begin:]
            if _reads_again(codec, tail) and _stands(held, codec, tail) == wanted:
                return tail
        size *= 2
    return ids


def _reads_again(codec: Codec, tail: tuple[int, ...]) -> bool:
    """Whether a tokenizer that sees no more than these ids finds the later half of them again."""
    half = len(tail) // 2
    return _again(codec, tail, written(codec, tail))[-half:] == tail[-half:]


def _stands(held: Constraint | None, codec: Codec, ids: Sequence[int]) -> tuple[Any, Any] | None:
    """Where the writer and the constraint stand behind these ids; None where the constraint does not bear them."""
    found = map(codec.vocabulary.symbol_of, ids)
    symbols = [symbol for symbol in found if isinstance(symbol, str | Boundary)]
    try:
        return codec.tokenizer.writer().behind(symbols), held and held.begin(symbols)
    except SeqgenError:
        return None


def _arrays(tensors: Tensors, count: int) -> tuple[tuple[tuple[Array, ...], ...], Array | None]:
    """The state of each layer, and the features. Raises CheckpointError for tensors of other names or kinds."""
    found, floats = [], all(part.dtype == np.float32 for part in tensors.values())
    for layer in range(count):
        names = [f"{layer}.{k}" for k in range(len(tensors)) if f"{layer}.{k}" in tensors]
        found.append(tuple(tensors.pop(name) for name in names))
    features_W = tensors.pop("features", None)
    if tensors or not floats:
        raise CheckpointError("its arrays", f"{', '.join(map(shown, tensors)) or 'one'} does not belong", ANOTHER)
    return tuple(found), features_W
