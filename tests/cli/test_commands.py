"""Each verb on the command line: what goes to stdout, and how wrong input of every kind is refused."""

import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import seqgen
from seqgen.api import Sample
from seqgen.cli import main
from seqgen.cli.showing import say_what_is_new
from tests.runs import SMALL, book, one_thread, write_book

TINY = [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))]


class Said(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


class Terminal:
    """Runs command lines in a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, line: str, *more: str) -> Said:
        self._capsys.readouterr()
        code = main([*line.split(), *more])
        return Said(code, *self._capsys.readouterr())

    def train(self, line: str) -> Said:
        return self(f"chars train {line}", *TINY)


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Give these bytes to whoever reads standard input next."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a corpus `book.txt` and a run on it, `run`; read only."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        options = SMALL | {"documents": "line", "steps": 100, "learning_rate": 0.02, "warmup": 5, "validations": 2}
        seqgen.train(write_book(folder), out=folder / "run", **options)
        yield folder


@pytest.fixture
def terminal(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal in a fresh folder that holds `book.txt` and `run`."""
    shutil.copy(home / "book.txt", tmp_path)
    shutil.copytree(home / "run", tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys)


@pytest.mark.parametrize(("reset", "said_so"), [("chapter", True), ("paragraph", False), ("document", False)])
def test_train_says_when_a_level_does_not_occur(reset: str, said_so: bool, terminal: Terminal) -> None:
    said = terminal.train(f"book.txt --out new --steps 1 --reset {reset}")
    assert said.code == 0 and (f"No {reset} begins within a document" in said.err) is said_so


@pytest.mark.parametrize(("bits", "code"), [("20", 0), ("0.01", 3), ("nan", 3)])
def test_evaluate_fails_where_a_model_needs_more_bits(bits: str, code: int, terminal: Terminal) -> None:
    said = terminal(f"chars evaluate run --samples 0 --json --at-most {bits}")
    first, *last = map(json.loads, said.out.splitlines())
    assert said.code == code and first["bits_per_character"]["carried"] == first["bits_per_character"]["as_generated"]
    assert [each["error"]["exit_code"] for each in last] == ([code] if code else [])
    assert not code or f"{first['bits_per_character']['carried']:.4f} bits per character" in said.err


def test_train_says_all_it_says_on_stderr(terminal: Terminal) -> None:
    said = terminal.train("book.txt --out new --steps 6 --validations 3")
    assert (said.code, said.out) == (0, "")
    assert "book.txt: 838 characters to learn from, 23 symbols." in said.err
    assert "lstm of 1 x 32, 4 lanes x 16 steps, reset at document, float32" in said.err
    assert [line.split(":")[0] for line in said.err.splitlines() if line.startswith("step ")] == [
        "step 2", "step 4", "step 6",
    ]  # fmt: skip
    assert "Best: " in said.err and said.err.endswith("seqgen chars generate new\n")
    assert sorted(path.name for path in (terminal.folder / "new").iterdir()) == [
        "metrics.jsonl", "model.safetensors", "resume", "run.json", "run.toml", "samples.md",
    ]  # fmt: skip


@pytest.mark.parametrize(("split", "where"), [("100,0,0", "the training text"), ("80,10,10", "held-out text")])
def test_train_says_on_what_it_looks(split: str, where: str, terminal: Terminal) -> None:
    said = terminal.train(f"book.txt --out new --steps 4 --split {split}")
    looks = [line for line in said.err.splitlines() if line.startswith("step ")]
    assert looks and all(f"bits per character on {where}, " in each for each in looks)


def test_what_a_run_leaves_can_be_read(terminal: Terminal) -> None:
    terminal.train("book.txt --out new --steps 6 --validations 3 --seed 4")
    new = terminal.folder / "new"
    lines = [json.loads(line) for line in (new / "metrics.jsonl").read_text().splitlines()]
    looks = [line for line in lines if "validation" in line]
    assert [look["step"] for look in looks] == [2, 4, 6]
    assert all({"nats", "bits_per_character"} <= look["validation"].keys() for look in looks)
    record = json.loads((new / "run.json").read_text())
    assert (
        record["request"]["choices"] == {"seed": 4, "split": "90,5,5"}
        and record["plan"]["train"]["budget"]["steps"] == 6
    )
    assert record["request"]["corpus"] == str(terminal.folder / "book.txt")
    assert set(record["corpus"]["files"]) == {"book.txt"} and record["versions"]["seqgen"] == seqgen.__version__
    gallery = (new / "samples.md").read_text()
    assert gallery.count("## Step ") == gallery.count("```text\n") == 3


@pytest.mark.parametrize(
    "options",
    [
        "--cell gru --layers 2 --reset paragraph",
        "--cell rnn --reset never --embedding 0",
        "--strategy many-to-one --context 4",
        "--strategy one-to-many --horizon 3 --head 16",
        "--reset window --shuffle --remainder drop",
        "--split 100,0,0 --documents line",
        "--tied --width 32 --embedding 32 --no-residual",
        "--encoding latin-1 --newlines keep --page-lines 7 --reset page",
    ],
)
def test_what_was_trained_can_be_used(options: str, terminal: Terminal) -> None:
    said = terminal("chars train book.txt --out new --steps 3", *TINY, *options.split())
    assert (said.code, said.out) == (0, ""), said.err
    said = terminal("chars generate new --length 12")
    assert said.code == 0 and len(said.out) > 12
    part = "train" if "100,0,0" in options else "validation"
    said = terminal(f"chars evaluate new --samples 2 --json --part {part}")
    assert said.code == 0 and json.loads(said.out)["nats"]["as_generated"] > 0
    assert terminal("chars score new gold").code == 0


def test_every_place_a_corpus_may_be_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (terminal.folder / "texts").mkdir()
    for k in range(6):
        (terminal.folder / "texts" / f"{k}.txt").write_text(book(lines=10, seed=k), encoding="utf-8")
    for spec, documents in (("texts", 6), ("texts/[1-4].txt", 4), ("book.txt", 1), ("-", 1)):
        pipe(monkeypatch, book().encode())
        said = terminal(f"chars inspect {spec} --json")
        assert said.code == 0 and json.loads(said.out)["documents"] == documents, spec


def test_generate_writes_samples_and_nothing_else(terminal: Terminal) -> None:
    said = terminal("chars generate run -n 3 --seed 2")
    samples = [sample.text for sample in seqgen.load("run").generate(count=3, seed=2)]
    assert (said.code, said.out) == (0, "".join(f"{text}\n" for text in samples))
    objects = [json.loads(line) for line in terminal("chars generate run -n 3 --seed 2 --json").out.splitlines()]
    assert [each["text"] for each in objects] == samples
    assert [each["sample"] for each in objects] == [0, 1, 2]
    for each in objects:
        spelt = [symbol["symbol"] for symbol in each["symbols"]]
        assert "".join(spelt).removesuffix("⟨document⟩") == each["text"]
        assert all(0 < symbol["probability"] <= 1 for symbol in each["symbols"])
        assert each["new"] is (each["text"] not in book().splitlines())


def test_what_is_streamed_is_the_text_of_the_sample(terminal: Terminal) -> None:
    (sample,) = seqgen.load("run").generate("old", length=60, seed=1)
    assert "\n" in sample.text, "it goes on past the end of a document"
    assert terminal("chars generate run --length 60 --seed 1 --prompt old").out == f"{sample.text}\n"


def test_a_prompt_begins_the_text(terminal: Terminal) -> None:
    (terminal.folder / "prompt.txt").write_text("old é", encoding="utf-8")
    said = terminal("chars generate run --length 6 --prompt-file prompt.txt")
    assert said.code == 0 and said.out.startswith("old e")
    assert said.err.startswith("The prompt: the vocabulary has no 'é' (U+00E9): replaced by 'e'.\n")
    assert terminal("chars generate run --length 6 --prompt old --on-unknown error").out.startswith("old")
    said = terminal("chars generate run --stop moss --length 50 --temperature 0 --prompt moss")
    assert said.code == 0 and said.out.count("moss") == 1


def test_samples_that_cannot_differ_are_said_to_be_the_same(terminal: Terminal) -> None:
    said, note = (
        terminal("chars generate run --temperature 0 -n 3 --length 5"),
        "At temperature 0 all samples are the same",
    )
    assert len({*said.out.split("\n")} - {""}) == 1 and note in said.err
    for options in ("-n 1 --temperature 0", "-n 2", "-n 2 --beam 2", "-n 2 --temperature 0 --temperature-end 1"):
        assert note not in terminal(f"chars generate run --length 5 {options}").err


def test_what_cannot_be_replaced_is_said_to_be_left_out(terminal: Terminal) -> None:
    said = terminal("chars generate run --length 3 --prompt 日É")
    assert "no '日' (U+65E5): no near symbol: left out." in said.err and "replaced by 'e'." in said.err
    assert "(U+65E5): left out." in terminal("chars generate run --length 3 --on-unknown skip --prompt 日").err


@pytest.mark.parametrize("line", ["generate {0}", "score {0} a", "train {0} --out new", "{0}", "generate run {0}"])
def test_a_long_argument_is_not_echoed_whole(line: str, terminal: Terminal) -> None:
    for long in ("x" * 100_000, "a/" * 50_000, "-" * 100_000, "--" + "y" * 100_000):
        assert len(terminal("chars", *(word.format(long) for word in line.split())).err) < 5000


def test_known_samples_are_named_on_stderr(terminal: Terminal) -> None:
    (terminal.folder / "words.txt").write_text("\n".join(["ash", "elm"] * 60), encoding="utf-8")
    options = "--documents line --steps 120 --learning-rate 0.05"
    assert terminal.train(f"words.txt --out words {options}").code == 0
    said = terminal("chars generate words -n 4 --temperature 0")
    assert "4 in the training set" in said.err
    assert {*said.out.split()} <= {"ash", "elm"}


def test_samples_that_are_cut_are_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    new, old, cut = Sample("ash", (), True), Sample("moss", (), False), Sample("fer", (), None)
    for samples, said in (
        ([new, new], "2 of 2 new\n"),
        ([new, cut, old, cut], "1 of 2 whole documents new, 1 in the training set: 'moss'; 2 cut or run on\n"),
        ([cut], ""),
    ):
        say_what_is_new(samples)
        assert capsys.readouterr().err == said


def test_evaluate_prints_one_object(terminal: Terminal) -> None:
    said = terminal("chars evaluate run --samples 3 --json")
    found = json.loads(said.out)
    ways = {"cold_64", "cold_256", "carried"}
    assert said.code == 0 and said.out.count("\n") == 1 and said.err == ""
    assert ways <= found["nats"].keys() and ways <= found["bits_per_character"].keys()
    assert (
        found["characters"] > 0 and found["corpus"] == "book.txt" and set(found["copies"]) == {"generated", "held_out"}
    )
    said = terminal("chars evaluate run --samples 3 --part test")
    assert said.code == 0 and said.out.startswith("book.txt, test: ") and "boundary document" in said.out


def test_the_seed_of_an_evaluation_is_that_of_its_samples(terminal: Terminal) -> None:
    one, again, other = (terminal(f"chars evaluate run --samples 3 --seed {seed} --json").out for seed in (0, 0, 1))
    assert one == again == terminal("chars evaluate run --samples 3 --json").out
    first, second = json.loads(one), json.loads(other)
    assert first["metrics"] != second["metrics"] and first["nats"] == second["nats"]


def test_evaluate_has_null_where_a_strategy_has_no_figure(terminal: Terminal) -> None:
    terminal.train("book.txt --out new --steps 2 --context 3")
    found = json.loads(terminal("chars evaluate new --samples 0 --json").out)
    for unit in ("nats", "bits_per_character"):
        assert [found[unit][way] for way in ("cold_64", "cold_256", "carried")] == [None] * 3
        assert found[unit]["as_generated"] > 0


def test_score_tells_the_cost_of_each_symbol(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (terminal.folder / "text.txt").write_text("old oak", encoding="utf-8")
    shown = terminal("chars score run", "old oak")
    assert shown.code == 0 and [line.split()[1] for line in shown.out.splitlines()][:4] == ["o", "l", "d", "'"]
    assert "bits per character" in shown.err
    pipe(monkeypatch, b"\xef\xbb\xbfold oak\r\n")
    assert terminal("chars score run text.txt") == terminal("chars score run -") == shown
    found = json.loads(terminal("chars score run --json text.txt").out)
    assert [each["symbol"] for each in found["symbols"]] == [*"old oak", "⟨document⟩"]
    assert found["bits"] == pytest.approx(sum(each["bits"] for each in found["symbols"]))
    assert found["bits_per_character"] == pytest.approx(found["bits"] / 7)


def test_only_what_looks_like_a_file_has_to_be_one(terminal: Terminal) -> None:
    for text in ("see nope.txt", "either / or", "old", ".", "a.b"):
        assert terminal("chars score run", text).code == (2 if text == "." else 0)


def test_score_says_what_it_does_not_know_and_has_no_mean_of_nothing(terminal: Terminal) -> None:
    assert "2 symbols unknown to the model, charged 20.09 bits each." in terminal("chars score run", "日本").err
    assert "unknown" not in terminal("chars score run", "old").err
    said = terminal("chars score run", "")
    assert said.code == 0 and " in all, - bits per character." in said.err
    assert json.loads(terminal("chars score run --json", "").out)["bits_per_character"] is None


def test_files_are_read_as_the_corpus_was(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["old oak", "cold moss"]
    (terminal.folder / "lines.txt").write_bytes("\r\n".join(lines).encode("utf-16"))
    said = terminal("chars score run lines.txt --json")
    assert said.code == 0
    spelt = [each["symbol"] for each in json.loads(said.out)["symbols"]]
    assert spelt == [*lines[0], "⟨document⟩", *lines[1], "⟨document⟩"]
    apart = [symbol.bits for line in lines for symbol in seqgen.load("run").score(line)]
    assert [each["bits"] for each in json.loads(said.out)["symbols"]] == apart
    pipe(monkeypatch, b"old \xff")
    said = terminal("chars score run -")
    assert said.code == 4 and "0xFF at offset 4" in said.err


def test_a_model_of_latin_1_reads_latin_1(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (terminal.folder / "cafes.txt").write_bytes("café\n\nnoir\n".encode("latin-1") * 60)
    options = "--encoding latin-1 --newlines keep --documents blank-line --steps 2"
    assert terminal.train(f"cafes.txt --out cafes {options}").code == 0
    (terminal.folder / "start.txt").write_bytes("café\n\né\n".encode("latin-1"))
    said = terminal("chars generate cafes --prompt-file start.txt --length 3")
    assert said.code == 0 and said.out.startswith("café\n\né\n") and "vocabulary" not in said.err
    pipe(monkeypatch, "é".encode("latin-1"))
    assert terminal("chars score cafes -").out == terminal("chars score cafes é").out


def test_json_is_ascii_whatever_it_holds(terminal: Terminal) -> None:
    (terminal.folder / "é.txt").write_text("old é→ oak\n" * 60, encoding="utf-8")
    lines = ["generate run -n 2", "score run é→", "evaluate run --corpus é.txt", "inspect é.txt"]
    for line in lines:
        said = terminal(f"chars {line} --json")
        assert said.code == 0 and said.out.isascii(), line
        assert "\\u" in said.out and all(map(json.loads, said.out.splitlines())), line


def test_a_text_as_long_as_no_name_of_a_file_is_scored(terminal: Terminal) -> None:
    assert terminal("chars score run", "old oak " * 100).code == 0


def test_inspect_prints_pairs_as_the_issue_has_them(terminal: Terminal) -> None:
    (terminal.folder / "hello.txt").write_text("hello world", encoding="utf-8")
    said = terminal("chars inspect hello.txt --pairs 3 --strategy many-to-one --context 3")
    assert (said.code, said.out) == (0, "hel -> l\nell -> o\nllo -> ' '\n")
    assert terminal("chars inspect hello.txt --pairs 1 --strategy one-to-many --horizon 3").out == "h -> ell\n"


def test_inspect_tells_and_advises(terminal: Terminal) -> None:
    said = terminal("chars inspect book.txt")
    assert said.code == 0 and "characters: 932\n" in said.out and "suggested: --width 128" in said.out
    assert "vocabulary: 23 symbols, those of the training part" in said.out
    assert "a million is the usual advice" in said.err
    found = json.loads(terminal("chars inspect book.txt --json --width 64").out)
    assert found["suggested"]["width"] == 64 and found["boundaries"]["paragraph"] == 11


def test_what_inspect_suggests_can_be_typed(terminal: Terminal) -> None:
    said = terminal("chars inspect book.txt --tied --no-residual --steps 2")
    (line,) = [line for line in said.out.splitlines() if "suggested:" in line]
    options = line.partition("suggested: ")[2]
    assert "--tied" in options and "--no-residual" in options
    assert terminal(f"chars train book.txt --out new {options}").code == 0


def test_inspect_counts_what_held_out_parts_have_and_the_vocabulary_lacks(terminal: Terminal) -> None:
    (terminal.folder / "late.txt").write_text(book() + "€é€", encoding="utf-8")
    said = terminal("chars inspect late.txt")
    assert "vocabulary: 23 symbols" in said.out and "unknown, in validation and test (not of these): 3" in said.out
    assert json.loads(terminal("chars inspect late.txt --json").out)["unknown"] == 3


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("train missing.txt --out new", 2, "the corpus 'missing.txt': there is no such file or folder. Name a file"),
        ("train fantasy-nams --out new", 2, "Did you mean 'fantasy-names'"),
        ("train book*.md --out new", 2, "it matches no file"),
        ("train nothing --out new", 4, "it holds no visible files"),
        ("train empty.txt --out new", 4, "the corpus 'empty.txt': it is empty. Name other files"),
        ("train ends.txt --out new", 4, "the corpus 'ends.txt': it holds nothing but line ends"),
        ("train ends.txt --out new --documents line --split 100,0,0", 4, "'ends.txt': it holds nothing but line ends"),
        ("inspect empty.txt", 4, "the corpus 'empty.txt': it is empty"),
        ("train two.txt --out new", 4, "too few symbols for the 3 parts of 90,5,5"),
        ("train bytes.txt --out new", 4, "bytes.txt as utf-8: the byte 0xFF at offset 3 does not fit"),
        ("train run/model.safetensors --out new", 4, "it is a model, and no text. Use it with `seqgen chars generate"),
        ("train run --out new", 4, "run/model.safetensors as utf-8: it is a model, and no text"),
        ("train tune.MID --out new", 4, "it is no text, and files in .MID are those of midi. Use `seqgen midi train"),
        ("train zeros.dat --out new", 4, "there are NUL bytes: it is no text. Name a text"),
        ("train book.txt --out new --encoding utf8x", 2, "the encoding 'utf8x'"),
        ("train book.txt --out run", 2, "run holds a run already. Add --resume"),
        ("train book.txt --out book.txt", 2, "--out book.txt: it is a file. Name a folder"),
        ("train book.txt --out new --reset paragrap", 2, "Did you mean 'paragraph'"),
        ("train book.txt --out new --levels chapter --reset paragraph", 2, "the level 'paragraph'"),
        ("train book.txt --out new --levels chaptr", 2, "Did you mean 'chapter'"),
        ("train book.txt --out new --strategy one-to-two", 2, "Known: many-to-one, one-to-many, one-to-one"),
        ("train book.txt --out new --strategy one-to-one --context 3", 2, "Give a context to many-to-one only"),
        ("train book.txt --out new --strategy many-to-one", 2, "Give a context from 1 to 4096"),
        ("train book.txt --out new --strategy one-to-many", 2, "Give a horizon from 2 to 64"),
        ("train book.txt --out new --context 3 --horizon 2", 2, "Give a context to many-to-one only"),
        ("train book.txt --out new --context 3 --reset document", 2, "Use the reset 'window'"),
        ("train book.txt --out new --shuffle", 2, "Use the reset 'window'"),
        ("train book.txt --out new --seed -1", 2, "--seed = -1: it must lie from 0"),
        ("train book.txt --out new --split 90,5", 2, "it is not three numbers"),
        ("train book.txt --out new --split 50,60,70", 2, "their sum 1"),
        ("train book.txt --out new --tied --embedding 16 --width 32", 2, "Set the embedding to 32"),
        ("train book.txt --out new --tokenizer chras", 2, "'chras': there is none of that name. Did you mean 'chars'?"),
        (
            "train book.txt --out new --tokenizer nonsense",
            2,
            "chars 'nonsense': there is none of that name. Known: chars.",
        ),
        ("train book.txt --out new --cell ltsm", 2, "Did you mean 'lstm'"),
        ("train book.txt --out new --width 0", 2, "width = 0: it must lie from 2"),
        (
            "train book.txt --out new --width wide",
            2,
            "--width wide: it is not a whole number. Give a whole number: Channels of each layer",
        ),
        ("train book.txt --out new --steps 0", 2, "steps = 0: it must lie from 1"),
        ("train book.txt --out new --minutes -1", 2, "minutes = -1.0"),
        ("train book.txt --out new --output-dropout 1", 2, "--output-dropout = 1.0"),
        (
            "train book.txt --out new --widht 3",
            2,
            "the option --widht of `seqgen chars train`: there is none of that name. Did you mean '--width'",
        ),
        ("train book.txt", 2, "`seqgen chars train`: --out is missing. Give it: The folder to keep the run in"),
        ("train", 2, "CORPUS is missing. Give it: A named corpus"),
        (
            "train book.txt --out",
            2,
            "--out: it takes a value, and none follows. Give it one; `seqgen chars train --help`",
        ),
        ("train book.txt --shuffle=3 --out new", 2, "--shuffle: it takes no value"),
        ("train book.txt --out new --precision flot32", 2, "--precision flot32: there is none of that name. Did you"),
        ("train book.txt more --out new", 2, "'more' is more than it takes"),
        (
            "trian book.txt --out new",
            2,
            "the command 'trian' of `seqgen chars`: there is none of that name. Did you mean 'train'",
        ),
        ("generate new", 2, "loading new: there is no such file. Give a run folder"),
        (
            "generate book.txt",
            4,
            "loading book.txt: its length: it is no file of seqgen's, or one that was cut. Give a file that",
        ),
        ("generate run --from-state book.txt", 4, "it is no file of seqgen's, or one that was cut"),
        ("generate damaged", 4, "damaged/model.safetensors"),
        ("generate run --until paragraph", 2, "the level 'paragraph'"),
        ("generate run --temperature -1", 2, "temperature"),
        ("generate run --top-p 2", 2, "--top-p = 2.0"),
        ("generate run --prompt a --prompt-file two.txt", 2, "Leave one of them out"),
        ("generate run --prompt-file missing.txt", 2, "missing.txt: there is no such file"),
        ("generate run --prompt-file bytes.txt", 4, "convert it to UTF-8"),
        (
            "generate run --prompt € --on-unknown error",
            2,
            "the vocabulary has no '€' (U+20AC). Leave it out with --on-unknown skip, or let it be replaced",
        ),
        ("generate run --prompt € --on-unknown guess", 2, "Known: error, replace, skip"),
        ("generate run -n 0", 2, "--count 0: it must be at least 1. Give such a number: How many samples"),
        ("evaluate run --part tset", 2, "Did you mean 'test'"),
        ("evaluate run --corpus missing.txt", 2, "'missing.txt'"),
        ("evaluate run --corpus empty.txt", 4, "the corpus 'empty.txt': it is empty"),
        ("evaluate run --corpus bytes.txt", 4, "0xFF at offset 3"),
        ("evaluate damaged", 4, "damaged/model.safetensors"),
        ("evaluate alone.safetensors", 4, "Name it with --corpus, wherever it is now; it has the files book.txt"),
        ("score damaged text", 4, "damaged/model.safetensors"),
        ("score run bytes.txt", 4, "0xFF at offset 3"),
        (
            "score run nope.txt",
            2,
            "scoring nope.txt: there is no such file. Name a file of chars; a text is piped: printf",
        ),
        ("score run runs/nofile", 2, "printf '%s' runs/nofile | seqgen chars score MODEL -"),
        ("score run run", 2, "scoring run: it is a folder"),
        ("read run nope.txt --save-state x", 2, "printf '%s' nope.txt | seqgen chars read MODEL - --save-state FILE"),
        ("inspect missing.txt", 2, "'missing.txt'"),
        ("inspect book.txt --pairs 3 --strategy many-to-one", 2, "Give a context"),
    ],
)
def test_wrong_input_is_refused_in_words(line: str, code: int, message: str, terminal: Terminal) -> None:
    folder = terminal.folder
    (folder / "nothing").mkdir()
    (folder / "empty.txt").touch()
    (folder / "ends.txt").write_text("\n\r\n\n", "utf-8")
    (folder / "two.txt").write_text("ab", encoding="utf-8")
    for name in ("tune.MID", "zeros.dat"):
        (folder / name).write_bytes(b"MThd\0\0\xff")
    (folder / "bytes.txt").write_bytes(b"abc\xff\xfedef")
    shutil.copytree("run", "damaged")
    shutil.copy("run/model.safetensors", "alone.safetensors")
    whole = bytearray(Path("damaged/model.safetensors").read_bytes())
    whole[-9] ^= 1
    Path("damaged/model.safetensors").write_bytes(whole)
    if line.startswith("evaluate alone"):
        (folder / "book.txt").unlink()
    said = terminal(f"chars {line}")
    assert (said.code, said.out) == (code, "")
    assert message in " ".join(said.err.split()) and "Traceback" not in said.err
    assert not (folder / "new").exists()


@pytest.mark.parametrize("line", ["generate run", "score run ash", "evaluate run", "read run book.txt --save-state x"])
def test_a_model_of_another_domain_is_refused_by_name(line: str, terminal: Terminal) -> None:
    said = terminal(f"words {line}")
    assert (said.code, said.out) == (2, "")
    assert said.err == "seqgen: the model run: it is a model of chars. Use the commands of `seqgen chars`.\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["train", "book.txt", "--out", ""], "--out: it is empty. Name a place"),
        (["train", "book.txt", "--steps=2", "--out="], "--out: it is empty"),
        (["train", "book.txt", "--set", "out="], "--set out=: it is empty"),
        (["generate", "run", "-n", "2", "--length", "3", "--out", ""], "--out: it is empty"),
        (["train", "", "--out", "new"], "the corpus '': its name is empty"),
        (["inspect", ""], "the corpus '': its name is empty"),
    ],
)
def test_nothing_is_not_the_folder_one_is_in(line: list[str], message: str, terminal: Terminal) -> None:
    before = {*terminal.folder.iterdir()}
    said = terminal("chars", *line)
    assert said.code == 2 and message in said.err and {*terminal.folder.iterdir()} == before


def test_a_model_of_a_plugin_that_is_left_out_says_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.train("book.txt --out new --steps 1 --tokenizer words").code == 0
    monkeypatch.setenv("SEQGEN_PLUGINS", "chars")
    said = terminal("chars generate new")
    assert (said.code, said.out) == (2, "")
    assert "the model new: it was made with the tokenizer 'words', of a plugin that is not installed" in said.err


@pytest.mark.filterwarnings("default")
def test_a_home_that_cannot_be_written_to_keeps_nobody_from_training(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEQGEN_CACHE_DIR")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: terminal.folder / "book.txt" / "cache")
    said = terminal.train("book.txt --out new --steps 1")
    assert said.code == 0 and "Note: the cache" in said.err and "SEQGEN_CACHE_DIR names another folder" in said.err
    assert terminal.train("book.txt --out new --steps 1 --resume").code == 0
    monkeypatch.setenv("SEQGEN_CACHE_DIR", "book.txt/cache")
    said = terminal.train("book.txt --out other --steps 1")
    assert said.code == 4 and "Set SEQGEN_CACHE_DIR to a folder that can be written to" in said.err


def test_one_is_no_plural(terminal: Terminal) -> None:
    (terminal.folder / "one.txt").write_text("a" * 50, "utf-8")
    said = terminal("chars inspect one.txt").out
    assert "1 file, 50 bytes, 1 document\n" in said and "vocabulary: 1 symbol, those" in said
    assert "to learn from, 1 symbol." in terminal.train("one.txt --out new --steps 1").err


def test_a_run_without_a_look_has_an_empty_picture(terminal: Terminal) -> None:
    pytest.importorskip("matplotlib")
    (terminal.folder / "run/metrics.jsonl").write_bytes(b"")
    said = terminal("plot run")
    assert said.code == 0 and said.err == "There is nothing of run yet.\nWrote run/curve.svg.\n"


def test_nothing_to_read_is_refused(terminal: Terminal) -> None:
    said = terminal("chars read run --save-state x", "")
    assert said.code == 2 and "the name of the file is empty" in said.err and not Path("x").exists()


def test_a_seed_gives_the_same_run_on_the_command_line_and_in_python(terminal: Terminal) -> None:
    assert terminal.train("book.txt --out one --steps 5 --seed 3").code == 0
    options: dict[str, Any] = SMALL | {"steps": 5, "seed": 3}
    seqgen.train("book.txt", out="other", **options)
    one, other = (Path(name, "model.safetensors").read_bytes() for name in ("one", "other"))
    assert one == other


def test_train_says_why_it_ended_early(terminal: Terminal) -> None:
    options = "--steps 2000 --validations 100 --patience 2 --learning-rate 0.05"
    assert (
        "Ended before its time: no better validation in 2 looks." in terminal.train(f"book.txt --out new {options}").err
    )
    assert "Ended before its time" not in terminal.train("book.txt --out other --steps 2").err


def test_evaluate_scores_a_model_that_learns(terminal: Terminal) -> None:
    said = terminal("chars evaluate run --samples 0 --adapt --adapt-across --adapt-rate 0.001 --json")
    nats = json.loads(said.out)["nats"]
    assert said.code == 0 and nats["adapted"] != nats["carried"]
    assert "adapted" in terminal("chars evaluate run --samples 0 --adapt").out
    assert "adapted" not in terminal("chars evaluate run --samples 0").out


def test_generate_learns_from_its_prompt(terminal: Terminal) -> None:
    Path("author.txt").write_text("gold gold gold gold gold gold gold gold ", "utf-8")
    line = "chars generate run --prompt-file author.txt --length 40 --seed 1"
    usual = terminal(line)
    own = terminal(f"{line} --adapt --adapt-rate 0.02 --adapt-segment 8")
    assert own.code == 0 and own.out != usual.out and "Learnt from a prompt of 40 symbols" in own.err
    assert terminal(f"{line} --adapt --adapt-rate 0").out == usual.out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("generate run --length 5 --adapt", "no symbols"),
        ("generate run --length 5 --adapt-rate 0.1", "--adapt is not given"),
        ("generate run --length 5 --prompt gold --adapt --mix run:0.5", "--mix is given too"),
        ("evaluate run --adapt-across", "--adapt is not given"),
        ("evaluate run --adapt --adapt-segment 0", "--adapt-segment"),
    ],
)
def test_adapting_what_cannot_be_adapted_is_refused(options: str, named: str, terminal: Terminal) -> None:
    said = terminal(f"chars {options}")
    assert (said.code, said.out) == (2, "") and named in said.err
