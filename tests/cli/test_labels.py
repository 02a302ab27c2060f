"""Labels from a table to a sample: on the command line, in Python, and across an interruption."""

import csv
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import seqgen
from seqgen.api import training
from seqgen.cli import main
from seqgen.errors import UnknownName, UsageError
from seqgen.generation import Drawn
from seqgen.tokenizer import Boundary, Label
from tests.runs import SMALL, files, one_thread

AUTHORS = {"Austen": "a", "Bronte": "b", "": "c"}
TABLE: dict[str, Any] = {"text_column": "text", "label_columns": ("author",)}
OPTIONS: dict[str, Any] = SMALL | TABLE | {"steps": 150, "learning_rate": 0.02, "warmup": 5, "validations": 2}


def write_table(folder: Path) -> Path:
    """Each author writes one letter, in documents of two paragraphs; those of nobody write another."""
    draw, path = random.Random(0), folder / "poems.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["author", "text"])
        for _ in range(150):
            author = draw.choices(list(AUTHORS), (3, 2, 1))[0]
            writer.writerow([author, f"{AUTHORS[author] * 4}\n\n{AUTHORS[author] * 4}"])
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the table, and a run on it that forgets all but labels at each paragraph; read only."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        patch.chdir(folder)
        seqgen.train(write_table(folder), out=folder / "run", reset="paragraph", **OPTIONS)
        yield folder


def said(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(line.split())
    return code, *capsys.readouterr()


def test_a_model_writes_as_its_label_says_behind_resets_too(home: Path) -> None:
    model, found = seqgen.load(home / "run"), Counter[str]()
    for author, letter in AUTHORS.items():
        for sample in model.generate(count=6, labels={"author": author}, length=12):
            assert sample.labels == {"author": author}
            found[author] += Counter(sample.text)[letter]
            assert not any(isinstance(each.symbol, Label) for each in sample.symbols)
    assert all(found[author] > 0.8 * 6 * 8 for author in AUTHORS), found


def test_a_label_that_is_not_given_is_drawn(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = list(seqgen.load(home / "run").generate(count=30, seed=1))
    assert {sample.labels["author"] for sample in samples} == set(AUTHORS)
    code, out, _ = said(capsys, "chars generate run -n 30 --seed 1 --json")
    objects = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [each["labels"] for each in objects] == [sample.labels for sample in samples]
    assert [each["text"] for each in objects] == [sample.text for sample in samples]
    code, _, err = said(capsys, "chars generate run --label author=Bronte --length 5")
    assert code == 0 and err.startswith("author=Bronte\n")


def test_samples_of_a_beam_have_one_label(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = seqgen.load(home / "run")
    (drawn,), usual = model.generate(seed=2, length=3), model.generate(count=4, seed=2, length=3)
    assert len({sample.labels["author"] for sample in usual}) > 1, "the control"
    samples = list(model.generate(count=4, seed=2, length=3, beam=4))
    assert [sample.labels for sample in samples] == [drawn.labels] * 4
    scores = [sum(math.log(each.probability) for each in sample.symbols) for sample in samples]
    assert scores == sorted(scores, reverse=True)
    code, out, _ = said(capsys, "chars generate run -n 4 --seed 2 --length 3 --beam 4 --json")
    assert code == 0
    found = [json.loads(line) for line in out.splitlines()]
    assert [(each["labels"], each["text"]) for each in found] == [(each.labels, each.text) for each in samples]


def test_samples_of_an_adapted_model_have_the_label_it_learnt_with(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "chars generate run -n 9 --seed 2 --length 3 --prompt a --json"
    for options, several in (("", True), (" --adapt", False)):
        code, out, _ = said(capsys, line + options)
        assert code == 0
        assert (len({json.loads(each)["labels"]["author"] for each in out.splitlines()}) > 1) is several


def test_constraints_hold_with_labels(home: Path) -> None:
    samples = list(seqgen.load("run").generate("a", count=4, labels={"author": "Austen"}, ban=("aaaa",), length=20))
    assert all("a" in sample.text and "aaaa" not in sample.text.split() for sample in samples)
    assert all(sample.labels == {"author": "Austen"} for sample in samples)


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("auhor=Austen", "Did you mean 'author'? Known: author"),
        ("author=Austin", "Did you mean 'Austen'? Known: Austen, Bronte"),
        ("Austen", "Write it like author=Austen"),
        ("=Austen", "Write it like author=Austen"),
    ],
)
@pytest.mark.parametrize("verb", ["generate run", "score run text"])
def test_a_wrong_label_is_refused(
    verb: str, label: str, says: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, f"chars {verb} --label {label}")
    assert (code, out) == (2, "") and says in err


def test_a_text_costs_less_under_its_own_label(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def bits(line: str) -> float:
        code, out, _ = said(capsys, f"chars score run --json {line}")
        assert code == 0
        return float(json.loads(out)["bits"])

    assert bits("aaaa --label author=Austen") < min(bits("aaaa"), bits("aaaa --label author=Bronte"))
    assert bits("bbbb --label author=Bronte") < min(bits("bbbb"), bits("bbbb --label author=Austen"))
    (home / "two.csv").write_text("author,text\nAusten,aaaa\nZola,cccc\n", encoding="utf-8")
    whole = bits("two.csv")
    assert whole == pytest.approx(bits("aaaa --label author=Austen") + bits("cccc")), "as if nobody had written it"
    model = seqgen.load("run")
    own = sum(each.bits for each in model.score("aaaa", labels={"author": "Austen"}))
    assert own == bits("aaaa --label author=Austen")
    with pytest.raises(UnknownName):
        model.score("aaaa", labels={"author": "Zola"})


def test_what_score_says_is_what_evaluate_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = seqgen.load("run")
    found = model.evaluate(corpus="poems.csv", part="test", samples=0)
    store = seqgen.prepare(home / "poems.csv", reset="paragraph", **TABLE).store
    assert found.symbols == sum(n.ids for p, n in store.header.parts.items() if p == "test") - 1 - _labels(store)
    ids = store.ids("test").tolist()
    vocabulary, texts = store.codec.vocabulary, list[tuple[str, str]]()
    for id in ids[:-1]:
        symbol = vocabulary.symbol_of(id)
        if id == 0:
            texts.append(("", ""))
        elif isinstance(symbol, Label):
            texts[-1] = (texts[-1][0], symbol.value)
        elif isinstance(symbol, str):
            texts[-1] = (texts[-1][0] + symbol, texts[-1][1])
    bits = sum(each.bits for text, own in texts for each in model.score(text, labels={"author": own}))
    measured = found.bits_per_character["carried"]
    assert measured is not None and measured == pytest.approx(bits / found.characters, rel=1e-4)


def test_a_copy_is_one_whatever_labels_stand_in_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = seqgen.load("run")
    id_of, mark = model.codec.vocabulary.id_of, Boundary("document")
    document = [*"aaaa", "\n", "\n", Boundary("paragraph"), *"aaaa", mark]
    drawn = [Drawn(id_of(symbol), symbol, 1.0) for symbol in document]
    monkeypatch.setattr(model, "stream", lambda *_, **__: iter(drawn))
    copies = model.evaluate(part="train", samples=3).copies
    assert (copies["generated"].whole, copies["generated"].longest) == (1.0, len(document) + 1)
    assert copies["held_out"].longest == len(document) + 1


def _labels(store: Any) -> int:
    return int((store.ids("test") >= store.codec.vocabulary.first_label).sum())


def test_another_corpus_is_read_with_its_labels(home: Path) -> None:
    rows = [f"{author},{letter * 4}" for author, letter in AUTHORS.items()]
    (home / "right.csv").write_text("\n".join(["author,text", *rows]), encoding="utf-8")
    (home / "wrong.csv").write_text("author,text\nBronte,aaaa\n,bbbb\nAusten,cccc\n", encoding="utf-8")
    right, wrong = (seqgen.load("run").evaluate(corpus=f"{name}.csv", samples=0) for name in ("right", "wrong"))
    assert right.symbols == wrong.symbols == 15
    good, bad = (found.nats["carried"] for found in (right, wrong))
    assert good is not None and bad is not None and good < bad


def test_inspect_shows_labels(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "chars inspect poems.csv --text-column text --label-columns author"
    code, out, _ = said(capsys, line)
    assert code == 0 and "documents without author, kept: " in out
    assert "  label author, training documents: Austen " in out
    counts = json.loads(said(capsys, f"{line} --json")[1])["labels"]["author"]
    dropped = json.loads(said(capsys, f"{line} --json --missing drop")[1])
    assert set(counts) == set(AUTHORS) and set(dropped["labels"]["author"]) == {"Austen", "Bronte"}
    assert dropped["documents"] + dropped["notes"]["documents without author, dropped"] == 150
    code, _, err = said(capsys, f"{line} --missing error")
    assert code == 4 and "it has no author" in err
    assert json.loads(said(capsys, "chars inspect poems.csv --json")[1])["labels"] == {}


@pytest.mark.parametrize("options", [{"reset": "window"}, {"context": 3}], ids=str)
def test_labels_that_would_be_forgotten_are_refused(options: dict[str, Any], home: Path) -> None:
    with pytest.raises(UsageError, match="which every window would forget"):
        seqgen.prepare(home / "poems.csv", **TABLE, **options)
    seqgen.prepare(home / "poems.csv", text_column="text", **options)


def test_what_is_missing_can_only_be_kept_dropped_or_an_error(home: Path) -> None:
    with pytest.raises(UnknownName, match="drop, error, keep"):
        seqgen.prepare(home / "poems.csv", missing="forget", **TABLE)


@pytest.mark.parametrize("options", [{"reset": "paragraph"}, {"horizon": 3, "reset": "never"}], ids=str)
def test_a_run_with_labels_is_resumed_exactly(options: dict[str, Any], home: Path, tmp_path: Path) -> None:
    given = OPTIONS | {"steps": 24, "validations": 4, "sample_length": 9} | options
    with one_thread():
        seqgen.train(home / "poems.csv", out=tmp_path / "whole", **given)
        with closing(training(home / "poems.csv", out=tmp_path / "cut", **given)) as steps:
            for progress in steps:
                if progress.step == 13:
                    break
        for _ in training(home / "poems.csv", out=tmp_path / "cut", resume=True, **given):
            pass
    whole, cut = files(tmp_path / "whole"), files(tmp_path / "cut")
    assert whole.keys() == cut.keys() and all(whole[name] == cut[name] for name in whole if name != "run.json")


def test_words_have_labels_too(home: Path, tmp_path: Path) -> None:
    options = OPTIONS | {"domain": "words", "steps": 20, "reset": "paragraph"}
    with one_thread():
        model = seqgen.train(home / "poems.csv", out=tmp_path / "run", **options)
    vocabulary, samples = model.codec.vocabulary, list(model.generate(count=3, labels={"author": "Austen"}, length=9))
    assert {label.value for label in vocabulary.labels} == set(AUTHORS)
    assert all(sample.labels == {"author": "Austen"} for sample in samples)
    bits = sum(each.bits for each in model.score("aaaa\n\naaaa", labels={"author": "Austen"}))
    (tmp_path / "one.csv").write_text('author,text\nAusten,"aaaa\n\naaaa"\n', encoding="utf-8")
    found = model.evaluate(corpus=str(tmp_path / "one.csv"), samples=0)
    assert found.characters == 10 and found.bits_per_character["carried"] == pytest.approx(bits / 10, rel=1e-4)


def test_lines_with_prefixes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{author}: {letter * 5}" if author else letter * 5 for author, letter in AUTHORS.items()] * 30
    (home / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    counts = seqgen.inspect("lines.txt", documents="line", label_prefix="author", split="100,0,0").labels
    assert counts == {"author": {"": 30, "Austen": 30, "Bronte": 30}}
    (home / "prompt.csv").write_text("aa,a", encoding="utf-8")
    code, out, _ = said(capsys, "chars generate run --label author=Austen --prompt-file prompt.csv --length 2")
    assert code == 0 and out.startswith("aaa"), "a prompt is no table"
