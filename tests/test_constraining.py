"""A model keeps to the constraint of its tokenizer, to another by name, or to none."""

from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path

import pytest

import seqgen
import seqgen_chars
from seqgen.api import Model
from seqgen.api.writing import Writing
from seqgen.cli import root
from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Rule, Spoken, State
from seqgen.errors import UnknownName, UsageError
from seqgen.generation import GenerateSettings
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins
from tests.cli.test_commands import Terminal, home, pipe, terminal  # noqa: F401


class Without(Constraint):
    """A text without these letters, which ends with `.`"""

    start: Hashable = 0

    def __init__(self, letters: str) -> None:
        self.letters = letters

    def step(self, state: State, symbol: Spoken) -> State | None:
        return None if symbol in [*self.letters] else symbol == "e"

    def complete(self, state: State) -> Iterable[Spoken]:
        return () if state else ("e",)


class Ruled:
    """The plugin `chars`, with constraints: by default none of its texts has an `o`."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def make(self, name: str, letters: str, *, default: bool, tokenizer: str = "chars") -> Rule:
        def made(codec: Codec) -> Constraint:
            self.made.append(name)
            return Without(letters)

        return Rule(name, "chars", (tokenizer,), made, f"without {letters}", default=default)

    @hookimpl
    def seqgen_domains(self) -> Iterable[object]:
        return seqgen_chars.seqgen_domains()

    @hookimpl
    def seqgen_tokenizers(self) -> Iterable[object]:
        return seqgen_chars.seqgen_tokenizers()

    @hookimpl
    def seqgen_constraints(self) -> Iterable[Rule]:
        other = self.make("other", "x", default=True, tokenizer="runes")
        return [self.make("no-o", "o", default=True), self.make("no-a", "a", default=False), other]


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ruled]:
    """The plugin, the only one there is."""
    plugin, plugins = Ruled(), Plugins()
    plugins.add(plugin, "chars")
    assert plugins.broken == {}
    monkeypatch.setattr(root, "find", lambda **given: plugins)
    monkeypatch.setattr("seqgen.api.models.find", lambda: plugins)
    yield plugin


@pytest.fixture
def model(terminal: Terminal, ruled: Ruled) -> Model:  # noqa: F811
    found: Model = seqgen.load("run")
    return found


def test_the_constraint_of_the_tokenizer_holds_unless_another_is_asked_for(model: Model, ruled: Ruled) -> None:
    own = [sample.text for sample in model.generate(count=3, length=80)]
    assert not any("o" in text for text in own) and all(text.endswith("e") for text in own)
    assert [sample.text for sample in model.generate(count=3, length=80)] == own and ruled.made == ["no-o"]
    free = [sample.text for sample in model.generate(count=3, length=80, constraint=None)]
    assert any("o" in text for text in free) and any("a" in text for text in free)
    named = "".join(sample.text for sample in model.generate(count=3, length=80, constraint="no-a"))
    assert "a" not in named and "o" in named and ruled.made == ["no-o", "no-a"]
    given = "".join(sample.text for sample in model.generate(count=3, length=80, constraint=Without("l")))
    assert "l" not in given and "o" in given and len(ruled.made) == 2


def test_the_rest_of_a_prompt_is_prepared_once_for_samples_that_begin_alike(model: Model) -> None:
    limits, held = model.constraints, Without("l")
    assert limits.behind(Prompt(), held) is held and limits.behind(Prompt(), None) is None
    first = limits.behind(Prompt((), "re"), held)
    assert first is limits.behind(Prompt((5,), "re"), held)
    assert first not in (limits.behind(Prompt((), "re"), None), limits.behind(Prompt((), "r"), held))


def test_what_a_person_writes_with_it_keeps_to_it_too(model: Model) -> None:
    settings = GenerateSettings()
    bound, free = Writing(model, Prompt(), settings), Writing(model, Prompt(), settings, constraint=None)
    with pytest.raises(UsageError, match="does not allow"):
        bound.add("old")
        bound.add("o")
    assert free.add("old") == () and free.text == "old"
    assert not any("o" in offer.text for offer in Writing(model, Prompt(), settings).offers())


def test_a_constraint_that_is_not_for_the_tokenizer_is_refused(model: Model) -> None:
    with pytest.raises(UnknownName, match=r"the constraint 'no-aa'.* Did you mean 'no-a'.* Known: no-a, no-o"):
        next(model.generate(constraint="no-aa"))
    with pytest.raises(
        UsageError, match=r"it is for runes, and the model's tokenizer is chars. Choose among: no-a, no-o"
    ):
        next(model.generate(constraint="other"))


def test_on_the_command_line(terminal: Terminal, ruled: Ruled) -> None:  # noqa: F811
    bound = terminal("chars generate run -n 3 --length 80")
    assert bound.code == 0 and "o" not in bound.out
    assert "o" in terminal("chars generate run -n 3 --length 80 --free").out
    assert "a" not in terminal("chars generate run -n 3 --length 80 --constraint no-a").out
    said = terminal("chars generate run --free --constraint no-a")
    assert (said.code, said.out) == (2, "") and "--free: --constraint is given too" in said.err
    assert "Did you mean 'no-a'" in terminal("chars generate run --constraint no-aa").err


def test_what_is_free_anyway_is_said_to_be(terminal: Terminal) -> None:  # noqa: F811
    said = terminal("chars generate run --free")
    assert said.code == 2 and "models of the tokenizer chars are free anyway. Leave it out." in said.err
    said = terminal("chars generate run --constraint python")
    assert said.code == 2 and "the constraint 'python': there is none of that name" in said.err


def test_a_sample_goes_to_a_file(terminal: Terminal) -> None:  # noqa: F811
    text = terminal("chars generate run --length 30 --seed 3").out
    said = terminal("chars generate run --length 30 --seed 3 --out new/sample.txt")
    assert (said.code, said.out) == (0, "") and "Wrote new/sample.txt." in said.err
    assert (terminal.folder / "new" / "sample.txt").read_text("utf-8") == text.removesuffix("\n")
    again = terminal("chars generate run --length 30 --seed 4 --out new/sample.txt")
    assert again.code == 2 and "new/sample.txt is there already. Name another place, or remove it first." in again.err
    assert (terminal.folder / "new" / "sample.txt").read_text("utf-8") == text.removesuffix("\n")
    assert "it is a folder. Name a file, such as new/sample.txt" in terminal("chars generate run --out new").err


def test_several_samples_go_to_numbered_files(terminal: Terminal) -> None:  # noqa: F811
    samples = [sample.text for sample in seqgen.load("run").generate(count=3, length=200)]
    assert any("\n" in text for text in samples), "a file may hold several documents"
    said = terminal("chars generate run -n 3 --length 200 --out new")
    assert (said.code, said.out) == (0, "") and "Wrote 3 files, new/001.txt to 003.txt." in said.err
    new = terminal.folder / "new"
    assert [path.name for path in sorted(new.iterdir())] == ["001.txt", "002.txt", "003.txt"]
    assert [path.read_text("utf-8") for path in sorted(new.iterdir())] == samples
    (new / "001.txt").unlink()
    again = terminal("chars generate run -n 2 --length 9 --out new")
    assert again.code == 2 and "new/002.txt is there already" in again.err and not (new / "001.txt").exists()
    assert "it is a file, and 2 samples are asked for" in terminal("chars generate run -n 2 --out book.txt").err


def test_what_a_person_chose_goes_to_a_file(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    pipe(monkeypatch, b"oak and\nq\n")
    said = terminal("chars generate run --interactive --out mine.txt", "--prompt", "old ")
    assert (said.code, said.out) == (0, "") and "Wrote mine.txt." in said.err
    assert (terminal.folder / "mine.txt").read_text("utf-8") == "old oak and"


@pytest.mark.parametrize(
    ("options", "said"),
    [("--json --out x", "--json is given too"), ("--interactive -n 2 --out x", "2 samples are asked for")],
)
def test_what_does_not_go_together_leaves_nothing_behind(terminal: Terminal, options: str, said: str) -> None:  # noqa: F811
    found = terminal(f"chars generate run {options}")
    assert found.code == 2 and said in found.err and not (terminal.folder / "x").exists()


def test_more_files_have_longer_numbers(tmp_path: Path) -> None:
    from seqgen.files import places

    found = places(tmp_path / "many", 1000, suffix=".py")
    assert (found[0].name, found[-1].name) == ("0001.py", "1000.py") and found == sorted(found)


def test_messages_call_a_constraint_by_the_name_of_its_rule(model: Model) -> None:
    made = model.constraints.of("no-a")
    assert str(made) == "the constraint 'no-a'"
    assert str(Without("a")) == "the constraint 'Without'"
