"""State as a value: whoever reads a text in parts, on several days, goes on as if it had been read in one."""

import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqgen import Memory, Model, Sample
from seqgen.api import memory as memories
from seqgen.api.many import FEW
from seqgen.api.writing import Writing
from seqgen.checkpoint import Checkpoint, sealed
from seqgen.codec import Codec, Prompt
from seqgen.domain import Document
from seqgen.errors import CheckpointError, SeqgenError, UnknownName, UsageError
from seqgen.generation import GenerateSettings, searching
from seqgen.lanes import ResetPolicy, Strategy
from seqgen.model import ModelSettings, shapes
from seqgen.plugins import find
from seqgen.tokenizer import Label, Tokenizer
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars
from seqgen_code import Python
from seqgen_midi import Events
from seqgen_words import Bpe, Words
from tests.plugins.midi.test_events_constraint import TUNE
from tests.runs import book
from tests.test_constraining import Without

TEXT = book(lines=50).replace("ash", "Ash").replace("elm", "don't") + 'He said: "No."\n\nShe did not.\n'
CODE = '''"""A module."""
import os


def first(a, b=1):
    """Text, "quoted"."""
    for each in [a, b]:
        if each:
            print(each, f"{a}")
    return a


class Second:
    def __init__(self):
        self.x = {1: (2, 3)}


y = first(1)
'''
ONE, MANY_TO_ONE, ONE_TO_MANY = Strategy(), Strategy("many-to-one", context=5), Strategy("one-to-many", horizon=3)
STRATEGIES = {"one-to-one": ONE, "many-to-one": MANY_TO_ONE, "one-to-many": ONE_TO_MANY}


def model_of(
    domain: str,
    tokenizer: Tokenizer,
    content: Any,
    *,
    strategy: Strategy = ONE,
    reset: str = "document",
    cell: str = "lstm",
    labels: Mapping[Label, int] = {},
) -> Model:
    """A model that has learnt nothing but its alphabet."""
    tokenizer = tokenizer.fit([Document("it", content)])
    counts = Counter(tokenizer.split(content))
    vocabulary = Vocabulary.build(("document", *tokenizer.levels), counts, alphabet=tokenizer.alphabet(), labels=labels)
    codec = Codec(tokenizer, vocabulary, tuple(labels[label] for label in vocabulary.labels))
    level = ResetPolicy(reset).level(vocabulary, strategy)
    settings = ModelSettings(
        vocabulary.size, cell=cell, width=8, embedding=4, horizon=strategy.horizon, reset_level=level
    )
    rng = np.random.default_rng(0)
    params = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes(settings).items()}
    documents = np.zeros(0, np.uint64)
    checkpoint = Checkpoint(settings, params, codec.to_json(), strategy, reset, documents, {"domain": domain})
    plugins = find()
    return Model(checkpoint, plugins.domain(domain), codec, path=Path("model"), plugins=plugins)


def chars(**changes: Any) -> Model:
    return model_of("chars", Chars(levels=("paragraph",)), TEXT, **changes)


@pytest.fixture(params=[8, memories.KEPT])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A memory that keeps next to nothing, so that it has to look for a tail, and one that is as it is."""
    monkeypatch.setattr(memories, "KEPT", request.param)
    return int(request.param)


def over_night(memory: Memory, folder: Path) -> Memory:
    """What comes back from a file."""
    memory.save(folder / "a.state")
    return Memory.load(folder / "a.state")


def in_parts(model: Model, parts: Sequence[Any], folder: Path, **options: Any) -> Memory:
    memory: Memory | None = None
    for part in parts:
        memory = over_night(model.read(part, memory=memory, **options), folder)
    assert memory is not None
    return memory


def only(model: Model, memory: Memory, **options: Any) -> Sample:
    (sample,) = model.generate(memory=memory, **options)
    return sample


def alike(one: Sample, other: Sample) -> bool:
    """Whether the same was drawn; where many symbols are read at once, parts differ in their last digits."""
    first, second = ([each.probability for each in sample.symbols] for sample in (one, other))
    same = [each[:2] for each in one.symbols] == [each[:2] for each in other.symbols]
    return same and np.allclose(first, second, rtol=1e-3)


def check(model: Model, text: str, places: Sequence[int], folder: Path, **options: Any) -> None:
    """A text in parts is the text in one, and so is one of which the last part is the prompt."""
    edges = [0, *places, len(text)]
    parts = [text[a:b] for a, b in pairwise(edges)]
    plain = list(model.generate(text, count=2, **options))
    memory = in_parts(model, parts, folder)
    behind = in_parts(model, parts[:-1], folder)
    whole = model.read(text)
    assert (memory.count, memory.follow, memory.ids[-8:]) == (whole.count, whole.follow, whole.ids[-8:])
    for samples in (
        list(model.generate(memory=memory, count=2, **options)),
        list(model.generate(parts[-1], memory=behind, count=2, **options)),
    ):
        for one, other in zip(plain, samples, strict=True):
            assert alike(one, other) and other.new is None
            assert one.text.endswith(other.text) and len(other.text) <= len(one.text)
    known = len(one.text) - len(other.text)
    assert one.text[:known] == text[:known]


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
@pytest.mark.parametrize("cell", ["lstm", "convolution,attention:3,min-gru"])
def test_characters(strategy: Strategy, cell: str, kept: int, tmp_path: Path) -> None:
    reset = "window" if strategy.context else "paragraph"
    model = chars(strategy=strategy, cell=cell, reset=reset)
    check(model, TEXT[:300], [7, 8, 131], tmp_path, length=30, seed=3)
    check(model, TEXT[:100], [50], tmp_path, length=20, penalty_window=8, repetition_penalty=1.5)
    check(model, TEXT[:100], [99], tmp_path, length=20, ban=("ash",), stop=("q",))
    check(model, TEXT[:100], [40], tmp_path, length=4, best_of=3)
    check(model, TEXT[:100], [40], tmp_path, length=4, beam=3)


@pytest.mark.parametrize(
    ("name", "tokenizer"), [("words", Words(levels=("paragraph",))), ("bpe", Bpe(vocabulary_size=300))]
)
def test_words(name: str, tokenizer: Tokenizer, kept: int, tmp_path: Path) -> None:
    model = model_of("words", tokenizer, TEXT)
    draw = random.Random(1)
    paragraph = TEXT.index("\n\n") + 2
    for place in [0, 5, 77, paragraph, paragraph + 2, len(TEXT) - 3, *(draw.randrange(200) for _ in range(3))]:
        end = min(len(TEXT), place + draw.randrange(1, 80))
        check(model, TEXT[:end], [place // 2, place], tmp_path, length=12)


def test_code(kept: int, tmp_path: Path) -> None:
    model = model_of("code", Python(), CODE)
    for place in range(0, len(CODE), 61):
        check(model, CODE[: place + 30], [place], tmp_path, length=8)


def test_music(tmp_path: Path) -> None:
    model = model_of("midi", Events(), TUNE)
    memory = over_night(model.read(TUNE), tmp_path)
    (one,), (other,) = model.generate(TUNE, length=40), model.generate(None, memory=memory, length=40)
    assert alike(one, other) and other.content == one.content and memory.whole


LABELS = {Label("author", "a"): 3, Label("author", "b"): 2, Label("author", ""): 1}


@pytest.mark.parametrize("strategy", [ONE, ONE_TO_MANY], ids=str)
def test_labels_are_remembered(strategy: Strategy, tmp_path: Path) -> None:
    model = chars(strategy=strategy, labels=LABELS, reset="paragraph")
    (one,) = model.generate(TEXT[:90], labels={"author": "b"}, length=30)
    memory = over_night(model.read(TEXT[:40], labels={"author": "b"}), tmp_path)
    memory = model.read(TEXT[40:90], memory=memory)
    (other,) = model.generate(memory=memory, length=30)
    assert alike(one, other) and other.labels == {"author": "b"}
    (same,) = model.generate(memory=memory, length=30, labels={"author": "b"})
    assert same == other
    assert only(model, model.read(TEXT[:90]), length=30).symbols[0].probability != one.symbols[0].probability
    with pytest.raises(UsageError, match="the text was read with author=b"):
        model.read("", memory=memory, labels={"author": "a"})
    with pytest.raises(UsageError, match="the text was read with author=b"):
        list(model.generate(memory=memory, labels={"author": "a"}))
    with pytest.raises(UnknownName):
        model.read("", labels={"author": "c"})


def test_a_long_text_leaves_a_few_kilobytes(tmp_path: Path) -> None:
    model = chars()
    memory = model.read(TEXT * 10)
    memory.save(tmp_path / "a.state")
    assert (tmp_path / "a.state").stat().st_size < 6000
    assert len(memory.ids) == memories.KEPT and not memory.whole and memory.count > 8_000
    assert model.read(TEXT, memory=memory).count > memory.count


def test_a_memory_is_left_as_it_is() -> None:
    model = chars()
    memory = model.read(TEXT[:50])
    first = [sample.symbols for sample in model.generate(memory=memory, count=3, length=20)]
    model.read(TEXT, memory=memory)
    assert [sample.symbols for sample in model.generate(memory=memory, count=3, length=20)] == first
    assert len({*first}) == 3
    assert only(model, model.read(TEXT[:49]), length=20).symbols[0].probability != first[0][0].probability


def test_day_after_day_makes_one_long_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = chars()
    (whole,) = model.generate("ash", length=180, seed=5)
    memory, days = over_night(model.read("ash"), tmp_path), list[Sample]()
    for _ in range(6):
        day = only(model, memory, length=30, seed=5)
        assert day.symbols == only(model, memory, length=30, seed=5).symbols
        behind = Prompt(tuple(each.id for each in day.symbols))
        memory = over_night(memories.finished(memories.reading(model, memory, behind)), tmp_path)
        days.append(day)
    assert [each[:2] for day in days for each in day.symbols] == [each[:2] for each in whole.symbols]
    assert len({day.text for day in days}) == 6
    own, settings = memory.prompt(model), GenerateSettings.of(length=9)
    wanted = only(model, memory, length=9)
    writing = Writing(memories.resumed(model, memory), own, settings)
    while not writing.ended:
        writing.draw()
    assert all(one.id == other.id for one, other in zip(writing.finish().symbols, wanted.symbols, strict=False))
    assert next(model.generate(memory=memory, length=9, count=FEW)).text == wanted.text
    monkeypatch.setattr(searching, "mean", lambda drawn: 0)
    assert only(model, memory, length=9, best_of=2).symbols == wanted.symbols


def test_a_sample_that_ended_its_document_is_behind_nothing() -> None:
    model = chars()
    memory = model.read("ash")
    prompt, drawn = memory.prompt(model, " moss"), (model.codec.vocabulary.id_of("a"), 0)
    behind = memories.finished(memories.reading(model, memory, replace(prompt, ids=(*prompt.ids, *drawn))))
    assert behind.whole and behind.ids == () and behind.count == 3 + 5 + 2
    assert only(model, behind, prompt="fir", length=9).text.startswith("fir")


def test_it_is_shown_in_a_line() -> None:
    memory = chars().read("ash")
    assert repr(memory) == f"Memory(model={memory.model[:12]!r}, count=3, bytes=96)"


def test_another_model_refuses_it() -> None:
    model, other = chars(), chars(cell="gru")
    memory = model.read("ash")
    with pytest.raises(UsageError, match=f"it belongs to the model '{memory.model[:12]}', and model is '"):
        list(other.generate(memory=memory))
    with pytest.raises(UsageError, match="it belongs to the model"):
        other.read("ash", memory=memory)
    params = {**model.checkpoint.params}
    params["output.b"] = params["output.b"] + np.float32(1)
    changed = replace(model.checkpoint, params=params)
    assert changed.identity != model.checkpoint.identity == chars().checkpoint.identity
    assert replace(model.checkpoint, provenance={}).identity == model.checkpoint.identity


def test_a_constraint_that_cannot_tell_where_it_stands_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "KEPT", 8)
    model, limit = chars(), Without("z")
    with pytest.raises(UsageError, match="only the last 8 symbols are kept"):
        list(model.generate(memory=model.read(TEXT), length=5, constraint=limit))
    for memory in (model.read(TEXT, constraint=limit), model.read("ash")):
        (sample,) = model.generate(memory=memory, length=5, constraint=limit)
        assert "z" not in sample.text


def broken(memory: Memory, path: Path, **changes: Any) -> Memory:
    """A file that is as it should be but for some of what it says."""
    memory.save(path)
    value, tensors = sealed.load(path, kind="memory")
    value |= {name: change for name, change in changes.items() if name not in tensors}
    tensors |= {name: change for name, change in changes.items() if name in tensors}
    sealed.save(path, value, tensors=tensors, kind="memory")
    return Memory.load(path)


def test_a_state_is_saved_over_nothing_but_a_state(tmp_path: Path) -> None:
    model = chars()
    memory, folder = model.read("ash"), tmp_path / "new"
    memory.save(folder / "a.state")
    model.read("elm oak").save(str(folder / "a.state"))
    assert Memory.load(folder / "a.state").count == 7
    model.checkpoint.save(folder / "model.safetensors")
    (folder / "a.txt").write_text("ash")
    (folder / "empty").touch()
    os.mkfifo(folder / "pipe")
    for name in ("model.safetensors", "a.txt", "empty", "pipe", ".", "a.txt/b.state"):
        with pytest.raises(SeqgenError, match="saving a state to"):
            memory.save(folder / name)
    with pytest.raises(UsageError, match="that names no file"):
        memory.save("")
    assert (folder / "a.txt").read_text() == "ash" and (folder / "pipe").is_fifo()
    Checkpoint.load(folder / "model.safetensors")


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    model, path = chars(), tmp_path / "a.state"
    memory = model.read("ash")
    with pytest.raises(UsageError, match="there is no such file"):
        Memory.load(path)
    model.checkpoint.save(path)
    with pytest.raises(CheckpointError, match="its kind"):
        Memory.load(path)
    path.unlink()
    memory.save(path)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(CheckpointError, match="its hash"):
        Memory.load(path)
    with pytest.raises(CheckpointError, match="loading"):
        Memory.load(tmp_path)
    zeros = np.zeros((1, 8), np.float32)
    for kind in (np.float32, np.float64, np.int32, np.int64):
        with pytest.raises(CheckpointError, match="ids are unsigned integers"):
            broken(memory, path, ids=np.array(memory.ids, kind))
    for change in ({"labels": [99]}, {"ids": np.array([500], np.uint16)}, {"block": [1]}, {"recent": [-1]}):
        with pytest.raises(CheckpointError, match="ids that its model cannot have read"):
            list(model.generate(memory=broken(memory, path, **change)))
    for count in (-1, 1 << 60):
        with pytest.raises(CheckpointError, match="symbols were read"):
            list(model.generate(memory=broken(memory, path, count=count)))
    for wrong in ({"0.0": zeros[:, :3]}, {"features": zeros[0, :1]}):
        with pytest.raises(UsageError, match="its shapes are"):
            list(model.generate(memory=broken(memory, path, **wrong)))
    memory.save(path)
    value, tensors = sealed.load(path, kind="memory")
    sealed.save(path, value, tensors=tensors | {"more": zeros}, kind="memory")
    with pytest.raises(CheckpointError, match="'more'"):
        Memory.load(path)
