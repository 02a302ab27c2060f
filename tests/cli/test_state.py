"""`read`, `--from-state`, `--save-state`: a text is read tonight, and gone on with tomorrow."""

import json
from pathlib import Path

import pytest

import seqgen
from seqgen.cli import showing
from seqgen_midi import Events
from tests.cli.test_commands import Terminal, home, pipe, terminal  # noqa: F401
from tests.plugins.midi.test_events_constraint import TUNE
from tests.runs import book
from tests.test_memory import alike, model_of

FIRST, SECOND = (book(lines=20, seed=seed).replace("\n", " ") for seed in (0, 3))


def write(folder: Path) -> None:
    (folder / "first.txt").write_text(FIRST, "utf-8")
    (folder / "second.txt").write_text(SECOND, "utf-8")


def test_a_book_is_read_and_gone_on_with(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write(terminal.folder)
    said = terminal("chars read run first.txt --save-state a.state")
    assert (said.code, said.out) == (0, "") and "symbols is in a.state" in said.err
    pipe(monkeypatch, SECOND.encode())
    assert terminal("chars read run - --from-state a.state --save-state a.state").code == 0
    whole = terminal("chars generate run --length 30 --seed 2 --prompt", FIRST + SECOND)
    onward = terminal("chars generate run --length 30 --seed 2 --from-state a.state")
    assert onward.code == 0 and whole.out == FIRST + SECOND + onward.out
    several = terminal("chars generate run --length 30 --seed 2 --from-state a.state -n 3 --json")
    texts = [json.loads(line)["text"] for line in several.out.splitlines()]
    assert texts[0] + "\n" == onward.out and len({*texts}) == 3


def test_a_sample_is_gone_on_with(terminal: Terminal) -> None:  # noqa: F811
    one = terminal("chars generate run --length 6 --temperature 0 --save-state a.state --prompt", "old ")
    assert one.code == 0 and "The state behind 10 symbols is in a.state" in one.err
    line = "chars generate run --length 2 --temperature 0 --from-state a.state --save-state a.state --prompt mo"
    two = terminal(line)
    assert two.out.startswith("mo") and "\n" not in one.out[:-1] + two.out[:-1]
    model = seqgen.load(terminal.folder / "run")
    memory = seqgen.Memory.load(terminal.folder / "a.state")
    text = one.out[:-1] + two.out[:-1]
    (wanted,), (found,) = model.generate(text, length=20), model.generate(memory=memory, length=20)
    assert alike(found, wanted)


def test_what_was_written_is_gone_on_with_after_an_interruption(
    terminal: Terminal,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = terminal("chars generate run --length 30 --seed 4 --prompt ash").out
    put, count = showing._put, iter(range(99))

    def interrupted(text: str) -> None:
        put(text)
        if next(count) == 9:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(showing, "_put", interrupted)
        said = terminal("chars generate run --length 30 --seed 4 --prompt ash --save-state a.state")
    assert said.code != 0 and "The state behind 10 symbols is in a.state" in said.err
    onward = terminal("chars generate run --length 30 --seed 4 --from-state a.state")
    assert (said.out[:-1] + onward.out).startswith(whole[:-1])
    monkeypatch.setattr(showing.Order, "sample", interrupt)
    said = terminal("chars generate run --length 30 --save-state c.state --json")
    assert said.code != 0 and "No state was saved." in said.err and not (terminal.folder / "c.state").exists()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_turns_are_taken_behind_a_state(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write(terminal.folder)
    assert terminal("chars read run first.txt --save-state a.state").code == 0
    answers = ["moss and", "", "u", "+ fern", "1", "u", "q"]
    pipe(monkeypatch, "".join(f"{answer}\n" for answer in answers).encode())
    said = terminal("chars generate run --interactive --length 99 --from-state a.state --save-state b.state")
    assert (said.code, said.out) == (0, "moss and fern\n")
    model = seqgen.load(terminal.folder / "run")
    memory = seqgen.Memory.load(terminal.folder / "b.state")
    (wanted,) = model.generate(FIRST + "moss and fern", length=20)
    (found,) = model.generate(memory=memory, length=20)
    assert alike(found, wanted)


def test_a_piece_is_gone_on_with(terminal: Terminal) -> None:  # noqa: F811
    model = model_of("midi", Events(), TUNE)
    model.checkpoint.save(terminal.folder / "tunes")
    model.domain.write([TUNE], terminal.folder / "tune.mid")
    said = terminal("midi read tunes tune.mid --save-state a.state")
    assert (said.code, said.out) == (0, "")
    said = terminal("midi generate tunes --length 12 --from-state a.state --save-state b.state --json")
    assert said.code == 0 and json.loads(said.out)["new"] is None
    model, first = seqgen.load(terminal.folder / "tunes"), seqgen.Memory.load(terminal.folder / "a.state")
    (wanted,) = model.generate(next(model.documents(terminal.folder / "tune.mid")).content, length=12)
    (found,) = model.generate(None, memory=first, length=12)
    assert alike(found, wanted) and found.content == wanted.content


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("generate run --from-state none.state", "there is no such file"),
        ("generate run --from-state run/model.safetensors", "its kind"),
        ("generate run --from-state first.txt", "loading first.txt"),
        ("generate other --from-state a.state", "it belongs to the model"),
        ("generate run --from-state a.state --label author=a", "the label"),
        ("generate run --length 5 -n 2 --save-state b.state", "2 samples are asked for"),
        ("generate run --from-state a.state --mix other:0.3", "--mix is given too"),
        ("read other second.txt --from-state a.state --save-state b.state", "it belongs to the model"),
        ("read run none.txt --save-state b.state", "none.txt"),
        ("read run texts --save-state b.state", "there are several documents"),
        ("read run first.txt", "--save-state"),
        ("read run first.txt --save-state second.txt", "it is no state, and would be lost"),
        ("read run none.txt --save-state texts", "it is no file"),
        ("read run none.txt --save-state .", "that names no file"),
        ("read run none.txt --save-state first.txt/b.state", "--save-state first.txt/b.state"),
        ("generate run --length 5 --save-state run/model.safetensors", "it is no state, and would be lost"),
        ("generate run --length 5 --out b.state --save-state texts/../b.state", "something else is to be written"),
    ],
)
def test_what_cannot_be_is_refused(line: str, reason: str, terminal: Terminal) -> None:  # noqa: F811
    write(terminal.folder)
    texts = terminal.folder / "texts"
    texts.mkdir()
    write(texts)
    assert terminal("chars read run first.txt --save-state a.state").code == 0
    model = seqgen.load(terminal.folder / "run").checkpoint
    model.params["output.b"] += 1
    model.save(terminal.folder / "other")
    before = {path: path.read_bytes() for path in terminal.folder.rglob("*") if path.is_file()}
    said = terminal(f"chars {line}")
    assert before == {path: path.read_bytes() for path in before} and said.out == ""
    assert said.code != 0 and reason in said.err and not (terminal.folder / "b.state").exists()
