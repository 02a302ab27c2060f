"""What the verbs refuse at the door, in words: what is no model, no text, no number; and a voice that does not fit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seqgen
from seqgen import adapting
from seqgen.api import Model
from seqgen.api.doors import expect_content
from seqgen.errors import UsageError
from seqgen.plugins import find
from tests.checkpoints import checkpoint

OF_CHARS = {"domain": "chars"}
TOLD = "abcdabcdabcdabcdabcd"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    checkpoint(1, provenance=OF_CHARS).save(folder / "one")
    checkpoint(2, provenance=OF_CHARS).save(folder / "two")
    return folder


@pytest.fixture
def one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(adapting, "OWN", 48)
    found: Model = seqgen.load(folder / "one")
    return found


@pytest.fixture
def two(folder: Path) -> Model:
    found: Model = seqgen.load(folder / "two")
    return found


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a count in parts": (
        lambda one: next(one.generate(count=2.5)),
        "samples: 2.5 is a float. Give a whole",
    ),
    "a count in words": (lambda one: next(one.generate(count="3")), "the count of samples: '3' is a str"),
    "a count below 0": (lambda one: list(one.generate(count=-1)), "must lie from 0"),
    "a count that is true": (lambda one: next(one.generate(count=True)), "True is a bool"),
    "a prompt of bytes": (lambda one: next(one.generate(b"ab")), "the prompt: b'ab' is a bytes. Give one text"),
    "a number as a prompt": (lambda one: next(one.generate(5)), "the prompt: 5 is a int"),
    "several prompts": (lambda one: next(one.generate(["ab", "c"])), "the prompt: .* is a list. Give one text"),
    "a number to read": (lambda one: one.read(5), "what is to be read: 5 is a int"),
    "nothing to read": (lambda one: one.read(None), "what is to be read: None is a NoneType"),
    "a number to score": (lambda one: one.score(5), "what is to be scored: 5"),
    "a number to adapt to": (lambda one: seqgen.adapted(one, 5), "adapting to a prompt: 5"),
    "settings in words": (lambda one: seqgen.adapted(one, "ab", settings="fast"), "Give an AdaptSettings"),
    "adapting in a word": (lambda one: one.evaluate(adapt=True), "how to adapt: True is a bool"),
    "a memory in words": (lambda one: next(one.generate(memory="x")), "the memory: 'x' is a str"),
    "no memory": (lambda one: next(one.generate(memory="")), "the memory: '' is a str"),
    "reading behind words": (lambda one: one.read("ab", memory="x"), "the memory: 'x' is a str"),
    "a path to mix": (lambda one: seqgen.mixed(one, {"two": 0.3}), "mixing .*: 'two' is a str. Give a model, as"),
    "a path to mix with": (lambda one: seqgen.mixed("one", {one: 0.3}), "mixing: 'one' is a str"),
    "a weight in words": (lambda one: seqgen.mixed(one, {one: "a"}), "the weight of .*: 'a' is a str"),
    "a list to mix": (lambda one: seqgen.mixed(one, [one]), "mixing .* is a list"),
    "a path to draft with": (lambda one: seqgen.drafted("runs/x"), "a draft: 'runs/x' is a str. Give a model, as"),
    "nothing to round": (lambda one: seqgen.quantised(None), "weights of 8 bits: None is a NoneType"),
    "nothing to load": (lambda one: seqgen.load(None), "loading a model: None is a NoneType"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_of_another_kind_is_refused_in_words(case: str, one: Model) -> None:
    ask, said = WRONG[case]
    with pytest.raises(UsageError, match=said):
        ask(one)


def test_a_setting_in_words_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--adapt-segment: 'x' is a str"):
        seqgen.AdaptSettings(adapt_segment="x")


def test_a_text_is_no_piece_of_music() -> None:
    with pytest.raises(UsageError, match=r"the prompt: 'abc' is a str. Give one piece, a Score"):
        expect_content(find().domain("midi"), "abc", asked="the prompt")


def test_a_text_may_come_in_pieces(one: Model) -> None:
    whole, pieces = one.score("abcd"), one.score(each for each in ("ab", "cd"))
    assert whole == pieces and len(list(one.generate("ab", count=2, length=3))) == 2


@pytest.mark.parametrize("voice", ["mixed", "adapted"])
def test_weights_of_8_bits_are_not_for_another_voice(voice: str, one: Model, two: Model) -> None:
    heard = seqgen.mixed(one, {two: 0.3}) if voice == "mixed" else seqgen.adapted(one, TOLD)
    with pytest.raises(UsageError, match=r"weights of 8 bits: the model (is mixed with others|has learnt from a text)"):
        seqgen.quantised(heard, compiled=False)


def test_weights_of_8_bits_do_not_learn(one: Model) -> None:
    light = seqgen.quantised(one, compiled=False)
    with pytest.raises(UsageError, match="the weights of the model have 8 bits"):
        seqgen.adapted(light, TOLD)
    with pytest.raises(UsageError, match="the weights of the model have 8 bits"):
        light.evaluate(adapt=seqgen.AdaptSettings(), corpus=__file__)


def test_a_mixed_model_reads_no_state(one: Model, two: Model) -> None:
    with pytest.raises(UsageError, match="reading into a state: the model is mixed with others"):
        seqgen.mixed(one, {two: 0.3}).read("ab")


def test_an_adapted_model_may_be_mixed(one: Model, two: Model) -> None:
    adapted = seqgen.adapted(one, TOLD, settings=seqgen.AdaptSettings(adapt_rate=0.02, adapt_across=True))
    both = seqgen.mixed(adapted, {two: 0.3})
    own, other, mixed = ([2**-each.bits for each in model.score(TOLD)] for model in (adapted, two, both))
    assert mixed == pytest.approx([0.7 * a + 0.3 * b for a, b in zip(own, other, strict=True)], rel=1e-3)
    assert own != [2**-each.bits for each in one.score(TOLD)]
