"""The verbs in Python: what a script may lean on."""

import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqgen
from seqgen import api, store
from seqgen.api import Model
from seqgen.errors import CorpusError, InputError, UnknownName, UsageError
from tests.runs import SMALL, WORDS, book, one_thread, write_book

LEARNING = SMALL | {"steps": 150, "learning_rate": 0.02, "warmup": 5, "validations": 3}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a corpus, a run on it, and a cache that the tests of this file share."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        seqgen.train(write_book(folder), out=folder / "run", **LEARNING, documents="line")
        yield folder


@pytest.fixture(autouse=True)
def shared_cache(home: Path, own_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(home / "cache"))


@pytest.fixture
def model(home: Path) -> Model:
    found: Model = seqgen.load(home / "run")
    return found


def test_train_gives_back_the_model_of_its_folder(tmp_path: Path) -> None:
    model = seqgen.train(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=4, cell="rnn")
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "model.safetensors", "resume", "metrics.jsonl", "samples.md", "run.json", "run.toml",
    }  # fmt: skip
    assert model.checkpoint.model.cell == "rnn"
    again = seqgen.load(tmp_path / "run" / "model.safetensors")
    assert [s.text for s in model.generate(length=30)] == [s.text for s in again.generate(length=30)]


def test_training_tells_how_far_it_is(tmp_path: Path) -> None:
    told = list(
        api.training(
            write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=20, validations=4, warmup=2, learning_rate=0.02
        )
    )
    assert [progress.step for progress in told] == [*range(1, 21)]
    assert {progress.total for progress in told} == {20}
    assert [p.step for p in told if p.validation] == [5, 10, 15, 20]
    assert told[-1].seconds_left == 0 and told[0].seconds_left
    assert told[-1].nats < told[0].nats and told[-1].symbols_per_second > 0
    assert [p.epoch for p in told] == sorted(p.epoch for p in told) and told[-1].epoch == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda path: seqgen.train(path, out="run", widht=3), UnknownName, "Did you mean 'width'"),
        (lambda path: seqgen.train(path, out="run", leyers=3), UnknownName, "Did you mean 'layers'"),
        (lambda path: seqgen.train(path, out="run", steps=0), UsageError, "steps = 0"),
        (lambda path: seqgen.train(path, out="run", width="wide"), InputError, "model.width: expected int"),
        (lambda path: seqgen.train(path, out="run", width=-5, minutes=1), UsageError, "width = -5: it must lie from 2"),
        (lambda path: seqgen.train(path, out="run", domain="chrs"), UnknownName, "Did you mean 'chars'"),
        (lambda path: seqgen.train(path, out="run", strategy="one-to-on"), UnknownName, "Did you mean 'one-to-one'"),
        (lambda path: seqgen.train(path, out="run", reset="page-1"), UnknownName, "Did you mean 'page'"),
        (lambda path: seqgen.train(path, out="run", levels=("chaptre",)), UnknownName, "Did you mean 'chapter'"),
        (lambda path: seqgen.train("alise", out="run"), UnknownName, "Did you mean 'alice'"),
        (lambda path: seqgen.train(path, out="run", cell="ltsm"), UnknownName, "Did you mean 'lstm'"),
        (lambda path: seqgen.train(path, out="run", tokenizer="char"), UnknownName, "Did you mean 'chars'"),
        (lambda path: seqgen.prepare(path, encodin="utf-8"), UnknownName, "Did you mean 'encoding'"),
        (lambda path: seqgen.inspect(path, documents="lines"), InputError, "'line'"),
        (lambda path: list(seqgen.load(path.parent / "run").generate(lenght=3)), InputError, "Did you mean 'length'"),
        (lambda path: seqgen.load(path.parent / "rum"), UsageError, "Give a run folder"),
    ],
)
def test_what_nobody_knows_is_refused_with_a_suggestion(
    call: Any, error: type[Exception], message: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        call(home / "book.txt")
    assert not (tmp_path / "run").exists()


def test_a_sample_depends_on_its_number_and_seed_alone(model: Model) -> None:
    three = [sample.text for sample in model.generate("as", count=3, length=25, seed=5)]
    assert [sample.text for sample in model.generate("as", count=2, length=25, seed=5)] == three[:2]
    assert len(set(three)) == 3 and all(text.startswith("as") for text in three)
    assert [sample.text for sample in model.generate("as", length=25, seed=6)] != three[:1]


def test_a_sample_carries_its_symbols_and_their_probabilities(model: Model) -> None:
    (sample,) = model.generate("gold ", length=12)
    assert len([each for each in sample.symbols if isinstance(each.symbol, str)]) == 12
    assert all(0 < each.probability <= 1 for each in sample.symbols)
    assert sample.new is None, "it does not end with its document"


def test_samples_are_labelled_new_or_known(tmp_path: Path) -> None:
    corpus = tmp_path / "words.txt"
    corpus.write_text("\n".join(WORDS * 30), encoding="utf-8")
    model = seqgen.train(corpus, out=tmp_path / "run", **LEARNING, documents="line")
    samples = list(model.generate(count=60, temperature=1.5))
    assert {sample.new for sample in samples} == {True, False}
    assert all(sample.new == (sample.text.rstrip("\n") not in WORDS) for sample in samples)


def test_scores_add_up_to_the_evaluation(model: Model, tmp_path: Path) -> None:
    text = tmp_path / "other.txt"
    text.write_text("rain and gold\ncold moss\n", encoding="utf-8")
    lines = text.read_text(encoding="utf-8").splitlines()
    scored = [each for line in lines for each in model.score(line)]
    assert [s.symbol for s in scored] == [*lines[0], "⟨document⟩", *lines[1], "⟨document⟩"]
    found = model.evaluate(corpus=str(text), samples=0)
    assert found.symbols == len(scored) and found.characters == len("".join(lines))
    bits = sum(each.bits for each in scored) / found.characters
    assert found.bits_per_character["carried"] == pytest.approx(bits, rel=1e-4)


def test_an_unknown_symbol_costs_20_09_bits_and_is_counted(model: Model, tmp_path: Path) -> None:
    known, unknown, _ = model.score("a€")
    assert known.bits < 20 and unknown.bits == pytest.approx(math.log2(1114112))
    other = tmp_path / "other.txt"
    other.write_text("€€€", encoding="utf-8")
    found = model.evaluate(corpus=str(other), samples=0)
    assert (found.part, found.characters, found.unknown) == ("all", 3, 3)
    bits = found.bits_per_character["carried"]
    assert bits is not None and bits > 20


def test_evaluate_finds_the_corpus_of_the_run(model: Model, home: Path) -> None:
    found = model.evaluate(samples=3)
    assert (found.corpus, found.part) == ("book.txt", "validation")
    held = seqgen.prepare(home / "book.txt", documents="line").store
    assert (found.characters, found.symbols) == (held.characters("validation"), len(held.ids("validation")) - 1)
    assert set(found.nats) == set(found.bits_per_character) == {"cold_64", "cold_256", "carried", "as_generated"}
    for way, nats in found.nats.items():
        assert nats is not None and found.bits_per_character[way] == pytest.approx(nats / math.log(2))
    bits = found.bits_per_character["carried"]
    assert bits is not None and found.interval[0] < bits < found.interval[1]
    assert found.top_1 < found.top_5 <= 1 and 1 < found.perplexity < 25
    assert set(found.boundaries) == {"document"} and set(found.copies) == {"generated", "held_out"}
    assert model.evaluate(part="test", samples=0).part == "test"


def test_a_model_file_alone_finds_its_corpus_where_it_is_told(home: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(home / "run" / "model.safetensors", tmp_path / "moved.safetensors"))
    moved = Path(shutil.copy(home / "book.txt", tmp_path / "book.txt"))
    own = seqgen.load(home / "run").evaluate(samples=0)
    assert seqgen.load(file).evaluate(corpus=str(moved), samples=0) == own
    with pytest.raises(CorpusError, match=r"'book\.txt' of this model: .+--corpus.+book\.txt"):
        seqgen.load(file).evaluate(samples=0)


def test_a_corpus_that_changed_is_not_taken_for_the_one_it_was(tmp_path: Path) -> None:
    corpus = write_book(tmp_path)
    model = seqgen.train(corpus, out=tmp_path / "run", **SMALL, steps=2)
    corpus.write_text(book().replace("gold", "dlog", 1), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"book\.txt is not what the model was trained on.+Restore it"):
        model.evaluate(samples=0)
    assert model.evaluate(corpus=str(corpus), samples=0).part == "all"


def test_figures_that_a_strategy_lacks_are_none(tmp_path: Path) -> None:
    model = seqgen.train(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=3, context=4)
    assert (model.checkpoint.strategy.name, model.checkpoint.reset) == ("many-to-one", "window")
    nats = model.evaluate(samples=0).nats
    assert nats.pop("as_generated") and nats == {"cold_64": None, "cold_256": None, "carried": None}


def test_a_horizon_alone_says_one_to_many(tmp_path: Path) -> None:
    model = seqgen.train(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=3, horizon=2, reset="paragraph")
    assert model.checkpoint.strategy.name == "one-to-many"
    assert model.codec.vocabulary.levels == ("document", "chapter", "page", "paragraph")
    (sample,) = model.generate(length=9)
    assert len([each for each in sample.symbols if isinstance(each.symbol, str)]) == 9


def test_a_corpus_is_prepared_once(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, calls = write_book(tmp_path, seed=2), []
    prepare = store.prepare

    def counted(*given: Any, **more: Any) -> store.Store:
        calls.append(given)
        return prepare(*given, **more)

    monkeypatch.setattr(store, "prepare", counted)
    first = seqgen.prepare(corpus)
    again = seqgen.prepare(Path(shutil.copy(corpus, tmp_path / "book.txt.copy")).rename(tmp_path / "sub.txt"))
    assert len(calls) == 2, "a file of another name is another corpus"
    assert (np.asarray(first.store.ids("train")) == np.asarray(again.store.ids("train"))).all()
    assert seqgen.prepare(corpus).store.folder == first.store.folder and len(calls) == 2
    for different in ({"split": "80,10,10"}, {"documents": "line"}, {"reset": "paragraph"}):
        assert seqgen.prepare(corpus, **different).store.folder != first.store.folder
    assert seqgen.prepare(corpus, seed=1).store.folder == first.store.folder, "seeds are compared on the same text"
    assert len(calls) == 5
    corpus.write_text(book(seed=3), encoding="utf-8")
    assert seqgen.prepare(corpus).store.folder != first.store.folder and len(calls) == 6


def test_inspect_counts_what_is_there(home: Path) -> None:
    found = seqgen.inspect(home / "book.txt", documents="line", minutes=1.0)
    text = book()
    lines = [line for line in text.splitlines() if line]
    assert (found.files, found.bytes, found.documents) == (1, len(text), len(lines))
    assert found.characters == sum(map(len, lines)) == sum(found.parts.values())
    assert found.symbols == len({*text} - {"\n"})
    assert found.rare == {c: text.count(c) for c in found.rare} and all(n < 5 for n in found.rare.values())
    assert found.suggested["width"] == 128 and any("a million" in advice for advice in found.advice)


def test_pairs_are_those_of_the_issue(tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello world", encoding="utf-8")

    def pairs(count: int, **options: Any) -> list[tuple[str, str]]:
        return list(seqgen.pairs(tmp_path / "hello.txt", count, **options))

    assert pairs(3, context=3) == [("hel", "l"), ("ell", "o"), ("llo", " ")]
    assert pairs(1, horizon=3) == [("h", "ell")]
    assert pairs(2) == [("h", "e"), ("e", "l")]
    assert len(pairs(99)) == 10


PLAYING = """
import sys, seqgen
model = seqgen.load(sys.argv[1])
assert len(list(model.generate("a", count=2, length=20))) == 2
assert model.score("gold moon")
print("torch" in sys.modules)
if len(sys.argv) > 2:
    model.evaluate(samples=0)
    print("torch" in sys.modules)
"""


@pytest.mark.parametrize(("more", "said"), [([], "False\n"), (["evaluate"], "False\nTrue\n")])
def test_playing_needs_no_torch(more: list[str], said: str, home: Path) -> None:
    command = [sys.executable, "-c", PLAYING, str(home / "run"), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (said, "")


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(seqgen, name) is getattr(api, name) for name in seqgen.__all__)
    assert {*seqgen.__all__} <= {*dir(seqgen)}
    for module in (seqgen, api):
        with pytest.raises(AttributeError, match="has no attribute 'trian'"):
            _ = module.trian


def test_a_stream_may_be_left_at_any_time(model: Model) -> None:
    from seqgen.codec import Prompt
    from seqgen.generation import GenerateSettings

    settings, prompt = GenerateSettings.of(length=10**6), Prompt((3,))
    assert [each.id for each in islice(model.stream(prompt, settings), 5)] == [
        each.id for each in islice(model.stream(prompt, settings), 9)
    ][:5]


def test_a_run_remembers_how_its_corpus_was_read_and_dealt(tmp_path: Path) -> None:
    corpus = write_book(tmp_path)
    options = {"documents": "line", "split": "70,20,10"}
    model = seqgen.train(corpus, out=tmp_path / "run", **SMALL, steps=3, **options)
    shutil.rmtree(tmp_path / "run" / "resume")
    before = model.evaluate(samples=0)
    moved = shutil.move(corpus, tmp_path / "moved.txt")
    (tmp_path / "run" / "run.json").unlink()
    alone = seqgen.load(shutil.copy(tmp_path / "run" / "model.safetensors", tmp_path / "alone.safetensors"))
    assert replace(alone.evaluate(corpus=moved, samples=0), corpus="book.txt") == before
    other = write_book(tmp_path, seed=9)
    assert alone.evaluate(corpus=str(other), samples=0).boundaries["document"]["count"] > 50


def test_the_word_of_a_named_corpus_holds_when_its_file_is_named(tmp_path: Path) -> None:
    model = seqgen.train("fantasy-names", out=tmp_path / "run", **SMALL, steps=2)
    request = model.checkpoint.provenance["request"]
    assert request["reading"]["documents"] == "line" and request["choices"]["split"]


def test_a_damaged_store_is_made_again(tmp_path: Path) -> None:
    corpus = write_book(tmp_path)
    folder = seqgen.prepare(corpus).store.folder
    (folder / "train.ids").write_bytes(b"?")
    assert len(seqgen.prepare(corpus).store.ids("train")) > 100


def test_a_model_that_learns_from_what_it_reads_is_scored_beside_itself(model: Model) -> None:
    found = model.evaluate(samples=0, adapt=seqgen.AdaptSettings(adapt_rate=1e-3, adapt_across=True))
    assert list(found.nats)[-1] == "adapted" and found.nats["adapted"] != found.nats["carried"]
    still = model.evaluate(samples=0, adapt=seqgen.AdaptSettings(adapt_rate=0.0))
    assert still.nats["adapted"] == pytest.approx(still.nats["carried"], rel=1e-5)
    assert "adapted" not in model.evaluate(samples=0).nats


EAGER = seqgen.AdaptSettings(adapt_rate=0.02, adapt_segment=8)
PROMPT = "gold gold gold gold gold gold gold gold gold gold gold gold "


def share(model: Model, content: str, word: str) -> float:
    """What the last symbols of a content cost."""
    return sum(each.bits for each in model.score(content + word)[len(content) : len(content + word)])


def test_an_adapted_model_writes_on_as_its_prompt_began(model: Model) -> None:
    adapted = seqgen.adapted(model, PROMPT, settings=EAGER)
    assert share(adapted, PROMPT, "gold gold gold") < 0.7 * share(model, PROMPT, "gold gold gold")
    usual, own = ([one.text for one in each.generate(PROMPT, count=5, length=20)] for each in (model, adapted))
    assert usual != own and all(text.startswith(PROMPT) for text in own)
    assert adapted.checkpoint is model.checkpoint, "what was learnt is in no checkpoint"
    with pytest.raises(UsageError, match="the model has learnt from a text"):
        adapted.evaluate(samples=0)


def test_what_was_learnt_holds_up_to_the_next_reset(model: Model) -> None:
    after = "\n\nash bright cold\n"
    ids = [int(id) for part in model.codec.encode(after) for id in part]
    costs = {}
    for across in (False, True):
        adapted = seqgen.adapted(model, PROMPT, settings=replace(EAGER, adapt_across=across))
        for name, voice in (("usual", model.voice), (f"across {across}", adapted.voice)):
            reading = voice.begin()
            for id in [*model.begin(PROMPT).ids, 0, *ids]:
                reading.read(id)
            costs[name] = reading.logits().copy()
    assert (costs["usual"] == costs["across False"]).all()
    assert np.abs(costs["usual"] - costs["across True"]).max() > 1e-2


def test_there_must_be_something_to_adapt_to(model: Model) -> None:
    with pytest.raises(UsageError, match="prompt"):
        seqgen.adapted(model, "")
    adapted = seqgen.adapted(model, PROMPT, settings=EAGER)
    with pytest.raises(UsageError, match="the model has learnt from a text"):
        seqgen.adapted(adapted, PROMPT)
    with pytest.raises(UsageError, match="the model has learnt from a text"):
        next(adapted.generate("", memory=model.read(PROMPT), length=5))
