"""Labels: read behind marks and resets, never scored, never drawn; and what a missing one comes to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen import evaluation, labels, model
from seqgen.cells import Parameters
from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.errors import CorpusError, InputError, UnknownName
from seqgen.generation import GenerateSettings, Reader, Solo, generate
from seqgen.generation.draw import Draw
from seqgen.lanes import Batch, Lanes, Strategy, as_generated
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.playing import Player
from seqgen.store import PARTS, Labelling, Split, Store, fingerprint, prepare
from seqgen.tokenizer import Boundary, Label, Tokenizer
from seqgen.training.step import Load, cost
from seqgen.vocabulary import Vocabulary
from tests.tiny import LEVELS, TOKENIZERS, Learner, Shouter, Tiny

TINY = Tiny(levels=LEVELS)
ALL, HALVES = Split(1, 0, 0), Split(0.5, 0.5, 0)
AUSTEN, BRONTE, NOBODY = (Label("author", value) for value in ("Austen", "Bronte", ""))
POEM = Label("kind", "poem")
ONE, BLOCK = Strategy(), Strategy("one-to-many", horizon=3)
Told = tuple[str, Mapping[str, str]]


def prepared(folder: Path, told: Iterable[Told], split: Split = ALL, **given: Any) -> Store:
    documents = [Document(f"number {i}", text, own) for i, (text, own) in enumerate(told)]
    options: dict[str, Any] = {"tokenizer": TINY, "seed": 0, "notes": Counter()} | given
    return prepare(lambda: documents, folder=folder, split=split, **options)


def symbols(store: Store, part: str = "train") -> list[Any]:
    return [store.codec.vocabulary.symbol_of(id) for id in store.ids(part).tolist()]


def spelled(found: Iterable[Any]) -> str:
    """In short: `|` a document, `^` any other boundary, the first letter of a label (N for none), `?` the unknown."""
    return "".join(map(_spelled, found))


def _spelled(symbol: Any) -> str:
    if isinstance(symbol, Boundary):
        return "|" if symbol.level == "document" else "^"
    return (symbol.value or "N")[0] if isinstance(symbol, Label) else symbol or "?"


# Vocabulary and codec


def test_labels_have_the_last_ids() -> None:
    vocabulary = Vocabulary(("document",), "ab", labels=[POEM, BRONTE, AUSTEN])
    assert (vocabulary.first_label, vocabulary.size) == (4, 7)
    assert [vocabulary.symbol_of(id) for id in range(4, 7)] == [AUSTEN, BRONTE, POEM]
    assert [vocabulary.id_of(label) for label in vocabulary.labels] == [4, 5, 6]
    assert AUSTEN in vocabulary and NOBODY not in vocabulary and vocabulary.id_of(NOBODY) == vocabulary.unknown
    assert labels.keys_of(vocabulary) == ("author", "kind")
    assert Vocabulary(("document",), "ab").first_label == Vocabulary(("document",), "ab").size


def test_labels_are_part_of_what_a_vocabulary_is() -> None:
    plain, told = Vocabulary(("document",), "ab"), Vocabulary(("document",), "ab", labels=[AUSTEN])
    assert plain != told != Vocabulary(("document",), "ab", labels=[BRONTE])
    assert told == Vocabulary(("document",), "ab", labels=[AUSTEN]) and len({plain, told}) == 2
    assert Vocabulary.from_json(told.to_json()) == told
    assert plain.to_json() == {"levels": ["document"], "symbols": ["a", "b"]}, "as before there were labels"
    assert Vocabulary.from_json({"levels": ["document"], "symbols": ["a", "b"]}) == plain


@pytest.mark.parametrize("pairs", [[["b", "x"], ["a", "x"]], [["a", "x"], ["a", "x"]], [["a"]], [["a", 1]]])
def test_broken_labels_are_refused(pairs: Any) -> None:
    with pytest.raises(InputError):
        Vocabulary.from_json({"levels": ["document"], "symbols": ["a"], "labels": pairs})


def test_a_codec_keeps_how_many_documents_have_a_label() -> None:
    codec = Codec(TINY, Vocabulary(("document", *LEVELS), "ab", labels=[AUSTEN, POEM]), (3, 4))
    assert Codec.from_json(codec.to_json(), TOKENIZERS) == codec
    assert labels.counted(codec) == {"author": {"Austen": 3}, "kind": {"poem": 4}}
    for wrong in ((), (1,), (1, 0), (1, 2, 3)):
        with pytest.raises(InputError, match="labels of a codec"):
            Codec(TINY, codec.vocabulary, wrong)


@pytest.mark.parametrize("tokenizer", [TINY, Shouter(levels=LEVELS).with_learnt("ab")])
def test_a_label_has_no_length(tokenizer: Tokenizer) -> None:
    plain = Codec(tokenizer, Vocabulary(("document", *LEVELS), "ab"))
    told = Codec(tokenizer, Vocabulary(("document", *LEVELS), "ab", labels=[AUSTEN]), (1,))
    ids, label = [0, 4, 5, 1, 4, 0], told.vocabulary.first_label
    between = np.array([0, label, 4, 5, 1, label, 4, 0])
    assert told.measure(between)[between != label].tolist() == plain.measure(np.array(ids)).tolist()
    assert told.measure(between)[between == label].tolist() == [0, 0]
    assert "".join(told.decode(between.tolist())) == "".join(plain.decode(ids))


# The row


def test_labels_stand_behind_marks_and_behind_boundaries_that_reset(tmp_path: Path) -> None:
    told = [("a/b#c", {"author": "Austen", "kind": "poem"}), ("b", {"author": "Bronte", "kind": "poem"})]
    rows = {"document": "|Apa/^b^#c|Bpb|", "chapter": "|Apa/^b^Ap#c|Bpb|", "paragraph": "|Apa/^Apb^Ap#c|Bpb|"}
    for level, row in rows.items():
        store = prepared(tmp_path / level, told, labelling=Labelling(level))
        assert spelled(symbols(store)) == row
        assert store.codec.labelled == (1, 1, 2) and store.characters("train") == 6


def test_a_corpus_without_labels_is_as_it_was(tmp_path: Path) -> None:
    store = prepared(
        tmp_path / "store", [("a/b", {}), ("b", {"author": ""})], labelling=Labelling("paragraph", "error")
    )
    assert spelled(symbols(store)) == "|a/^b|b|" and not store.codec.vocabulary.labels
    assert "labelled" not in store.codec.to_json() and not +Counter(store.header.notes)


texts = st.text("#/abc", min_size=1, max_size=9)
owns = st.dictionaries(st.sampled_from(["author", "kind"]), st.sampled_from(["x", "y"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, owns), min_size=2, max_size=8), st.sampled_from(["document", *LEVELS]))
def test_documents_and_labels_come_back_from_the_row(told: list[Told], level: str) -> None:
    with TemporaryDirectory() as folder:
        store = prepared(Path(folder, "store"), told, labelling=Labelling(level))
        row, keys = symbols(store), labels.keys_of(store.codec.vocabulary)
        again = store.codec.vocabulary.level_id(level)
    found, own = list[tuple[str, dict[str, str]]](), dict[str, str]()
    for before, symbol in zip([None, *row[:-1]], row, strict=True):
        if symbol == Boundary("document"):
            found.append(("", own := {}))
        elif isinstance(symbol, Label):
            assert own.setdefault(symbol.key, symbol.value) == symbol.value, "the same ones again"
            assert isinstance(before, Label) or store.codec.vocabulary.id_of(before or "") <= again
        elif isinstance(symbol, str):
            found[-1] = (found[-1][0] + symbol, own)
    assert found[-1] == ("", {})
    assert found[:-1] == [(text, {key: own.get(key, "") for key in keys}) for text, own in told]


def test_every_piece_of_an_only_document_has_its_labels(tmp_path: Path) -> None:
    told = [("", {"kind": "no"}), ("abcabcxyabc", {"author": "Austen"})]
    for name, tokenizer in (("cut first", Shouter()), ("cut later", Tiny())):
        store = prepared(tmp_path / name, told, Split(0.5, 0.3, 0.2), tokenizer=tokenizer)
        assert [spelled(symbols(store, part))[:2] for part in PARTS] == ["|A"] * 3
        assert labels.counted(store.codec) == {"author": {"Austen": 1}}


def test_training_alone_says_which_values_there_are(tmp_path: Path) -> None:
    known, new = [("abc" * 4, {"author": "Austen"})] * 9, [("c", {"author": "Zola"})]
    told = [*known, *new]
    store = prepared(tmp_path / "left out", told, Split(0.99, 0.01, 0))
    assert spelled(symbols(store, "validation")) == "|c|" and store.codec.vocabulary.labels == (AUSTEN,)
    note = "held-out documents whose author training never met"
    assert store.header.notes[note] == 1 and "documents without author, kept" not in store.header.notes
    store = prepared(tmp_path / "as missing", [("abc" * 4, {}), *told], Split(0.99, 0.01, 0))
    assert spelled(symbols(store, "validation")) == "|Nc|" and store.codec.vocabulary.labels == (NOBODY, AUSTEN)
    assert store.header.notes[note] == 1 and store.header.notes["documents without author, kept"] == 1


@pytest.mark.parametrize("tokenizer", [TINY, Learner(levels=LEVELS)])
def test_what_is_done_about_a_missing_value(tokenizer: Tokenizer, tmp_path: Path) -> None:
    told = [("", {}), ("a", {"author": "Austen"}), ("z", {}), ("bc", {"author": "Bronte"}), ("", {"author": "Austen"})]

    def made(missing: Any) -> Store:
        return prepared(tmp_path / missing, told, tokenizer=tokenizer, labelling=Labelling("document", missing))

    kept, dropped = made("keep"), made("drop")
    assert spelled(symbols(kept)) == "|Aa|Nz|Bbc|" and kept.header.notes["documents without author, kept"] == 1
    assert spelled(symbols(dropped)) == "|Aa|Bbc|" and dropped.codec.vocabulary.symbols == ("a", "b", "c")
    assert dropped.header.notes == {"documents without author, dropped": 1, "empty documents dropped": 2}
    assert dropped.documents("train") == 2 and kept.header.notes["empty documents dropped"] == 2
    with pytest.raises(CorpusError, match="the document number 2: it has no author"):
        made("error")


def test_a_document_is_new_whatever_its_labels_say(tmp_path: Path) -> None:
    told = [("a/b", {"author": "Austen"}), ("a/b", {"author": "Bronte"}), ("c", {})]
    store = prepared(tmp_path / "store", told, labelling=Labelling("paragraph"))
    ids = [store.codec.vocabulary.id_of(letter) for letter in "a/b"]
    assert len(store.document_hashes()) == 2 and fingerprint(ids) in store.document_hashes()
    assert fingerprint([9, *ids, 9], labels=9) == fingerprint(ids) != fingerprint([9, *ids, 9])


# Lanes. Ids: 0 a document, 1 a paragraph, 2 unknown, 3 to 8 letters, 9 and 10 labels.

FIRST, V = 9, 11
ROW = np.array([0, 9, 10, 3, 4, 1, 9, 10, 5, 6, 7, 0, 9, 10, 8, 3, 1, 9, 10, 4, 5, 0])


def targets(batches: Iterable[Batch]) -> list[int]:
    return [id for batch in batches for id in batch.targets_BSK[batch.scored_BSK].tolist()]


@pytest.mark.parametrize("strategy", [ONE, BLOCK], ids=lambda s: s.name)
@pytest.mark.parametrize("level", [-1, 0, 1])
@pytest.mark.parametrize("window", [2, 5, 30])
def test_labels_are_never_scored_and_all_else_once(strategy: Strategy, level: int, window: int) -> None:
    lanes, phase, found = Lanes(1, window, strategy, level, first_label=FIRST), np.zeros(1, np.int64), []
    assert max(targets(lanes.once(ROW))) < FIRST
    for batch in lanes.once(ROW):
        batch, phase = as_generated(lanes, batch, phase)
        found += targets([batch])
    assert found == [id for id in ROW[1:].tolist() if id < FIRST]
    assert max(targets(replace(lanes, first_label=None).once(ROW))) >= FIRST, "they would be"


def test_nothing_beyond_a_label_is_scored_in_its_block() -> None:
    lanes = Lanes(1, 30, BLOCK, -1, first_label=FIRST)
    batch = next(lanes.once(ROW))
    for aims, scored in zip(batch.targets_BSK[0].tolist(), batch.scored_BSK[0].tolist(), strict=True):
        labelled = [aim >= FIRST for aim in aims]
        assert not any(scored[k] and any(labelled[: k + 1]) for k in range(len(aims)))


@pytest.mark.parametrize("large", [False, True])
def test_the_loss_never_counts_labels(large: bool) -> None:
    size = 600 if large else V
    stack = Stack.fresh(ModelSettings(size, width=8, embedding=8, reset_level=1), seed=0)
    with torch.no_grad():
        stack.params["output.b"][[9, 10]] = -50.0

    def loss(first_label: int | None) -> float:
        batch = next(Lanes(1, 30, reset_level=1, first_label=first_label).once(ROW))
        return float(cost(stack, Load.of(batch, torch.device("cpu")), stack.start(1))[0])

    assert loss(FIRST) < 8 < loss(None)


# The state


@pytest.mark.parametrize("cell", ["lstm", "gru", "min-gru"])
def test_behind_a_reset_the_state_knows_the_label_and_no_text(cell: str) -> None:
    stack = Stack.fresh(ModelSettings(V, cell, width=16, embedding=8, reset_level=1), seed=2)

    def behind(past: list[int], label: int) -> torch.Tensor:
        ids_BT = torch.tensor([[0, label, *past, 1, label, 3, 4]])
        y_BTW, _ = stack.features(ids_BT, stack.start(1))
        return y_BTW[0, -2:]

    austen = behind([5, 6, 7], 9)
    assert torch.equal(austen, behind([8, 3, 3], 9)), "whatever was written before"
    assert not torch.allclose(austen, behind([5, 6, 7], 10)), "by another author"


def network(strategy: Strategy = ONE, level: int = 1, size: int = V) -> tuple[ModelSettings, Parameters]:
    made = ModelSettings(size, width=8, embedding=8, reset_level=level, horizon=strategy.horizon)
    rng = np.random.default_rng(1)
    return made, {name: rng.normal(size=shape).astype(np.float32) for name, shape in model.shapes(made).items()}


@pytest.mark.parametrize("strategy", [ONE, BLOCK], ids=lambda s: s.name)
@pytest.mark.parametrize("level", [-1, 0, 1])
def test_a_reader_reads_what_stands_in_the_row(strategy: Strategy, level: int) -> None:
    """What the reader makes of the content alone is what the lanes make of the row, labels and all."""
    shape, params = network(strategy, level)
    row = ROW[ROW < FIRST]
    full = labels.behind_resets(row, [9, 10], max(level, 0))
    held = evaluation.Held(full, (full < FIRST).astype(int), 2, FIRST)
    scores = evaluation.carried(Stack.from_arrays(shape, params), held, strategy)
    assert scores is not None
    reader, nats = Reader(Player(shape, params), strategy, labels=[9, 10]), []
    for id in row[1:].tolist():
        logits = reader.logits().astype(np.float64)
        nats.append(np.logaddexp.reduce(logits) - logits[id])
        reader.read(id)
    assert scores.nats_N[held.scored_N] == pytest.approx(nats, abs=1e-4)


# Figures


def test_figures_leave_labels_out() -> None:
    ids = np.array([0, 9, 3, 0, 10, 4, 0])
    held = evaluation.Held(ids, (ids > 2).astype(int) * (ids < FIRST), 2, FIRST)
    assert (held.symbols, held.characters, held.documents) == (4, 2, 2)
    scores = evaluation.Scores(np.zeros(7, np.float32), np.zeros(7, np.int32), np.array([0, 0, 3, 0, 0, 5, 4]))
    assert evaluation.boundaries(scores, held, ("document",))["document"]["precision"] == 1.0
    missed = replace(scores, ranks_N=np.array([0, 0, 1, 0, 0, 1, 1]))
    assert evaluation.accuracy(missed, held, 1) == 0.25
    every = replace(held, first_label=None)
    assert evaluation.accuracy(missed, every, 1) == 0.5, "it would count them"
    assert evaluation.boundaries(scores, every, ("document",))["document"]["precision"] < 1


def test_held_out_ids_know_their_labels() -> None:
    codec = Codec(TINY, Vocabulary(("document", *LEVELS), "ab", labels=[AUSTEN]), (1,))
    ids = np.array([0, codec.vocabulary.first_label, 4, 0])
    held = evaluation.Held.of(ids, codec)
    assert held.scored_N.tolist() == [False, False, True, True] and held.characters == 1


# Generation


KINDS = (POEM, Label("kind", "tale"))
AUTHORS = Codec(
    TINY,
    Vocabulary(("document", *LEVELS), "abcd", labels=[NOBODY, AUSTEN, BRONTE, *KINDS]),
    labelled=(100, 300, 600, 5, 5),
)


def told(given: Mapping[str, str], seed: int = 0, sample: int = 0) -> dict[str, str]:
    return labels.named(AUTHORS.vocabulary, labels.drawn(AUTHORS, given, seed=seed, sample=sample))


def test_a_value_that_is_not_given_is_drawn_as_often_as_training_has_it() -> None:
    found = Counter(told({}, sample=sample)["author"] for sample in range(2000))
    assert [found[value] / 2000 for value in ("", "Austen", "Bronte")] == pytest.approx([0.1, 0.3, 0.6], abs=0.03)
    assert [told({}, sample=k) for k in range(30)] == [told({}, sample=k) for k in range(30)]
    assert [told({}, 1, k) for k in range(30)] != [told({}, 2, k) for k in range(30)]
    for k in range(30):
        assert told({"kind": "poem"}, sample=k) == told({}, sample=k) | {"kind": "poem"}, "whatever else is given"
        assert told({"author": "Austen"}, sample=k) == told({}, sample=k) | {"author": "Austen"}
    assert told({"author": "", "kind": "tale"}) == {"author": "", "kind": "tale"}


def test_a_label_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'author'.*author, kind"):
        told({"auhor": "Austen"})
    with pytest.raises(UnknownName, match=r"Did you mean 'Austen'.*Austen, Bronte"):
        told({"author": "Austin"})
    with pytest.raises(UnknownName, match="none at all"):
        labels.drawn(Codec(TINY, Vocabulary(("document",), "a")), {"author": "Austen"}, seed=0, sample=0)


def test_of_many_values_the_nearest_are_named() -> None:
    many = [Label("title", f"{number:04}") for number in range(1000)]
    vocabulary = Vocabulary(("document",), "a", labels=many)
    with pytest.raises(UnknownName, match=r"Did you mean '0777'\?$"):
        labels.require(vocabulary, {"title": "07777"})
    with pytest.raises(UnknownName) as caught:
        labels.require(vocabulary, {"title": "far from all"})
    assert str(caught.value).count(",") == 19


def test_what_a_document_has_is_read_leniently() -> None:
    vocabulary = AUTHORS.vocabulary
    assert labels.named(vocabulary, labels.ids_of(vocabulary, {"author": "Zola", "page": "1"})) == {"author": ""}
    assert labels.known(vocabulary, {"author": "Zola", "kind": "poem", "page": "1"}) == {"kind": "poem"}


@pytest.mark.parametrize("options", [{}, {"top_k": 3}, {"temperature": 0}, {"repetition_penalty": 1.3}], ids=str)
def test_a_label_is_never_drawn(options: dict[str, Any]) -> None:
    first, size = AUTHORS.vocabulary.first_label, AUTHORS.vocabulary.size
    shape, params = network(size=size)
    params["output.b"][first:] += 4
    played = Player(shape, params)
    drawn = list(generate(Solo(played, ONE), AUTHORS, GenerateSettings.of(length=60, **options)))
    assert len(drawn) >= 60 and all(each.id < first for each in drawn)
    own = labels.drawn(AUTHORS, {}, seed=0, sample=0)
    reader = Reader(played, ONE, labels=own)
    for each in drawn:
        logits = reader.logits().astype(np.float64)
        share = np.exp(logits - np.logaddexp.reduce(logits))
        assert each.probability == pytest.approx(share[each.id], rel=1e-4), "the model's own, labels included"
        reader.read(each.id)


def test_a_draw_passes_over_labels_however_likely() -> None:
    logits = np.zeros(AUTHORS.vocabulary.size, np.float32)
    logits[AUTHORS.vocabulary.first_label :] = 900
    draw = Draw(GenerateSettings(), AUTHORS.vocabulary)
    assert all(draw.draw(logits, u / 20)[0] < AUTHORS.vocabulary.first_label for u in range(20))


def test_what_is_written_depends_on_the_label() -> None:
    shape, params = network(size=AUTHORS.vocabulary.size)
    played, found = Player(shape, params), set()
    for author in ("Austen", "Bronte"):
        own = labels.drawn(AUTHORS, {"author": author}, seed=0, sample=0)
        reader = Reader(played, ONE, labels=own)
        for id in (4, 5, 2):
            reader.read(id)
        found.add(reader.logits().tobytes())
        other = Reader(played, ONE, labels=own)
        for id in (7, 7, 7, 7, 1):
            other.read(id)
        found.add(other.logits().tobytes())
    assert len(found) == 4
