"""`generate --interactive`, through standard input; and `--ban` on the command line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import seqgen
from seqgen.api.writing import Writing
from seqgen.cli.interactive import _share
from seqgen.generation import GenerateSettings
from tests.cli.test_commands import Said, Terminal, home, pipe, terminal  # noqa: F401
from tests.test_constraint import says

LINE = re.compile(r"^  (\d)  +(\d+\.\d)%  (.+)$", re.MULTILINE)


class Person:
    """Answers a model's offers, line by line."""

    def __init__(self, terminal: Terminal, patch: pytest.MonkeyPatch) -> None:  # noqa: F811
        self._terminal, self._patch = terminal, patch

    def __call__(self, answers: list[str], options: str = "") -> Said:
        pipe(self._patch, "".join(f"{answer}\n" for answer in answers).encode())
        return self._terminal(f"chars generate run --interactive {options}", "--prompt", "old ")


@pytest.fixture
def person(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:  # noqa: F811
    yield Person(terminal, monkeypatch)


def offers(said: Said) -> list[list[tuple[str, str, str]]]:
    """The offers of each step: number, per cent, word."""
    return [LINE.findall(step) for step in said.err.split("\n\n")[1:]]


def test_the_likeliest_words_are_offered_and_one_is_taken(person: Person) -> None:
    said = person(["2", "q"])
    first, second = offers(said)
    assert [number for number, _, _ in first] == [*"123456789"][: len(first)] and len(first) > 3
    shares = [float(share) for _, share, _ in first]
    assert shares == sorted(shares, reverse=True) and sum(shares) <= 100.5
    assert max(len(word) for _, _, word in first) > 1, "words are offered, not letters"
    assert (said.code, said.out) == (0, f"old {first[1][2]}\n") and second


def test_what_is_unlikely_is_told_with_one_digit_more() -> None:
    shares = [_share(p) for p in (1.0, 0.123, 0.00051, 0.0004, 0.00006, 0.0)]
    assert shares == ["100.0%", " 12.3%", "  0.1%", " 0.04%", " 0.01%", "  0.0%"]


def test_enter_draws_a_word_and_u_takes_it_back(person: Person) -> None:
    drawn = person(["", "q"], "--seed 3")
    assert drawn.code == 0 and len(drawn.out) > len("old \n")
    assert drawn == person(["", "q"], "--seed 3") and drawn.out != person(["", "q"], "--seed 4").out
    said = person(["", "u", "q"], "--seed 3")
    assert said.out == "old \n" and offers(said)[0] == offers(said)[2]
    assert "There is nothing to take back." in person(["u", "q"]).err


def test_a_text_of_ones_own_is_added_as_it_stands(person: Person) -> None:
    assert person(["moss and", "q"]).out == "old moss and\n"
    assert person(["+7 é", "u", "+q", "q"]).out.startswith("old ")
    said = person(["é", "u", "moss", " and", "u", "q"])
    assert "Your text: the vocabulary has no 'é' (U+00E9): replaced by 'e'." in said.err
    assert said.out == "old moss\n"


def test_a_number_that_is_not_offered_is_refused(person: Person) -> None:
    said = person(["99", "0", "q"])
    assert said.code == 0 and said.out == "old \n" and said.err.count("Write +TEXT to add a number.") == 2


def test_the_end_of_input_or_of_the_sample_ends_it(person: Person) -> None:
    assert person([]).out == "old \n"
    assert len(person([""] * 99, "--length 6").out) >= 11
    said = person([""] * 400)
    assert said.code == 0 and "new" in said.err, "its document ended"
    found = json.loads(person(["1", "q"], "--json").out)
    assert "".join(each["symbol"] for each in found["symbols"]) == found["text"].removeprefix("old ")


def test_only_one_sample_is_made(person: Person) -> None:
    said = person(["q"], "-n 2")
    assert said.code == 2 and "Choose the words of one" in said.err
    said = person(["q"], "--stop .")
    assert said.code == 2 and "--stop is given too" in said.err


def test_what_is_banned_is_not_offered_nor_written(person: Person, terminal: Terminal) -> None:  # noqa: F811
    words = [word for _, _, word in offers(person(["q"]))[0]]
    banned = next(word for word in words if word.isalpha() and len(word) > 1)
    said = person(["", "", "", "q"], f"--ban {banned}")
    assert all(word != banned for step in offers(said) for _, _, word in step)
    free = terminal("chars generate run --length 400").out
    assert says(free, banned) or says(free, "moss")
    bound = terminal(f"chars generate run --length 400 --ban {banned} --ban moss")
    assert bound.code == 0 and not says(bound.out, banned) and not says(bound.out, "moss")
    said = terminal("chars generate run --ban", " ")
    assert said.code == 2 and "there is nothing in it" in said.err


def test_writing_in_python(home: Path) -> None:  # noqa: F811
    model = seqgen.load(home / "run")
    writing = Writing(model, model.codec.ids_of_prompt("old "), GenerateSettings.of(temperature=0))
    before = writing.text
    writing.draw()
    (sample,) = model.generate("old ", length=len(writing.text) - len(before), temperature=0)
    assert writing.text == sample.text and not writing.ended
    offer = writing.offers()[0]
    writing.take(offer)
    assert writing.text == sample.text + offer.text
    assert writing.finish().text == writing.text
    writing.add("a")
    assert writing.text == f"{sample.text}{offer.text}a" and writing.undo()
    assert writing.undo() and writing.undo() and writing.text == before and not writing.undo()
