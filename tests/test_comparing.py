"""What a constrained model writes is set beside what it writes freely and beside held-out documents."""

import json
import math
import warnings
from collections.abc import Hashable, Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqgen
import seqgen_chars
from seqgen.api import Model, comparing
from seqgen.api.evaluating import Evaluation, evaluate, find_source
from seqgen.cli import main, root
from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Rule, Spoken, State
from seqgen.generation import force
from seqgen.hookspecs import hookimpl
from seqgen.metric import Excerpt, Material, Metric, compare
from seqgen.plugins import Plugins, find
from seqgen.vocabulary import Vocabulary
from tests.runs import SMALL, one_thread, write_book

ABC = Vocabulary(["document"], ["a", "b", "c"])
"""The mark is 0, the unknown symbol 1, the letters 2 to 4."""


class Fixed:
    """A reader that always expects the same."""

    def __init__(self, *shares: float) -> None:
        with np.errstate(divide="ignore"):
            self.logits_V = np.log(np.array(shares, np.float32)) + np.float32(3)
        self.seen: list[int] = []

    def logits(self) -> np.ndarray:
        return self.logits_V

    def read(self, id: int) -> None:
        self.seen.append(id)


class Without(Constraint):
    """No text has the letter, nor ends without an `e` where that is asked; the state counts symbols."""

    start: Hashable = 0

    def __init__(self, letter: str, vocabulary: Vocabulary, *, sees: bool = True, done: int = 1 << 30) -> None:
        self.letter, self._sees, self._done = letter, sees, done
        self.mask_V = np.ones(vocabulary.size, np.bool_)
        self.mask_V[vocabulary.id_of(letter)] = False

    def step(self, state: State, symbol: Spoken) -> State | None:
        return None if symbol == self.letter else state + 1

    def allowed(self, state: State) -> Mask | None:
        return self.mask_V if self._sees else None

    def done(self, state: State) -> bool:
        return bool(state >= self._done)

    def complete(self, state: State) -> Iterable[Spoken]:
        return ("e",)


def test_the_mass_allowed_is_that_of_the_definition() -> None:
    """Of what may be drawn, 0.1 + 0.2 + 0.3 + 0.2 (0.2 is the unknown symbol), all but 0.3 is allowed at each place."""
    reader = Fixed(0.1, 0.2, 0.2, 0.3, 0.2)
    found = force(reader, Without("b", ABC), [2, 4, 0], vocabulary=ABC)  # type: ignore[arg-type]
    assert (found.places, found.whole, reader.seen) == (3, True, [2, 4, 0])
    assert found.log_mass == pytest.approx(3 * math.log(0.5 / 0.8))


def test_it_ends_where_the_constraint_refuses() -> None:
    reader = Fixed(0.1, 0.2, 0.2, 0.3, 0.2)
    found = force(reader, Without("b", ABC), [2, 3, 4], vocabulary=ABC)  # type: ignore[arg-type]
    assert (found.places, found.whole, reader.seen) == (2, False, [2])
    assert found.log_mass == pytest.approx(2 * math.log(0.5 / 0.8))
    assert force(reader, Without("b", ABC), [1], vocabulary=ABC)[:2] == (1, False)  # type: ignore[arg-type]


def test_what_takes_nothing_away_is_0_and_what_cannot_tell_is_none() -> None:
    reader = Fixed(0.1, 0.2, 0.2, 0.0, 0.5)
    assert force(reader, Without("b", ABC), [2], vocabulary=ABC).log_mass == 0  # type: ignore[arg-type]
    assert force(reader, Without("b", ABC, sees=False), [2, 2], vocabulary=ABC) == (2, True, None)  # type: ignore[arg-type]
    done = force(Fixed(0, 0, 0.5, 0.5, 0), Without("b", ABC, done=1), [2, 3, 3], vocabulary=ABC)  # type: ignore[arg-type]
    assert (done.places, done.whole) == (3, True) and done.log_mass == pytest.approx(math.log(0.5))


class Ruled:
    """The plugin `chars` with a constraint by which no text has an `o`, and a metric that keeps what it is given."""

    def __init__(self, *, sees: bool = True) -> None:
        self.sees, self.sides = sees, list[Sequence[Excerpt]]()

    def make(self, codec: Codec) -> Constraint:
        return Without("o", codec.vocabulary, sees=self.sees)

    def measure(self, excerpts: Sequence[Excerpt], material: Material) -> float:
        self.sides.append(excerpts)
        return sum("o" in "".join(each.pieces) for each in excerpts) / len(excerpts)

    @hookimpl
    def seqgen_domains(self) -> Iterable[object]:
        return seqgen_chars.seqgen_domains()

    @hookimpl
    def seqgen_tokenizers(self) -> Iterable[object]:
        return seqgen_chars.seqgen_tokenizers()

    @hookimpl
    def seqgen_constraints(self) -> Iterable[Rule]:
        return [Rule("no-o", "chars", ("chars",), self.make, "no o")]

    @hookimpl
    def seqgen_metrics(self) -> Iterable[Metric]:
        own = Metric("with_o", "chars", "share", "higher", self.measure, "texts with an o", ("chars",))
        return [own, Metric("other", "chars", "share", "higher", self.measure, "never asked", ("runes",))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run on one book, half of whose lines are held out."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        options = SMALL | {"documents": "line", "steps": 60, "learning_rate": 0.02, "warmup": 5, "validations": 1}
        seqgen.train(write_book(folder), out=folder / "run", split="50,50,0", **options)
        yield folder


@pytest.fixture(autouse=True)
def shared_cache(home: Path, own_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(home / "cache"))


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> Ruled:
    plugin, plugins = Ruled(), Plugins()
    plugins.add(plugin, "chars")
    assert plugins.broken == {}
    for module in (root, seqgen.api.models, seqgen.api.evaluating):
        monkeypatch.setattr(module, "find", lambda **given: plugins)
    return plugin


def evaluated(home: Path, *, samples: int = 6) -> tuple[Model, Evaluation]:
    model = seqgen.load(home / "run")
    return model, evaluate(model, find_source(model, home / "run"), samples=samples)


def test_plugins_that_could_not_be_asked_for_metrics_are_named(home: Path) -> None:
    """Their figures are missed; with none broken nothing is said."""
    model, source = seqgen.load(home / "run"), find_source(seqgen.load(home / "run"), home / "run")
    own = [entry for entry in find().entries if entry.name == "chars"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate(model, source, samples=1, plugins=Plugins(own))
    broken = EntryPoint("counts", "no_such_module_anywhere", "seqgen")
    with pytest.warns(UserWarning, match=r"left out: counts \(ModuleNotFoundError: .*\); `seqgen plugins` says more"):
        evaluate(model, source, samples=1, plugins=Plugins([*own, broken]))


def texts(side: Sequence[Excerpt]) -> list[str]:
    return ["".join(each.pieces) for each in side]


def test_each_side_is_a_document_up_to_the_limit(home: Path, ruled: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "LONGEST", 12)
    model, found = evaluated(home)
    generated, held_out, free = ruled.sides
    settings: dict[str, Any] = {"count": 6, "length": 12, "until": "document"}
    bound = [sample.text for sample in model.generate(**settings)]
    assert texts(generated) == bound and all(each.begins and each.ends for each in generated)
    assert texts(free) == [sample.text for sample in model.generate(**settings, constraint=None)]
    lines = (home / "book.txt").read_text("utf-8").splitlines()
    assert len(held_out) == 6 and all(any(line.startswith(text) for line in lines) for text in texts(held_out))
    assert all(len(text) == 12 for text in texts(held_out)) and max(map(len, texts(free))) == 12
    assert [each.ends for each in free] == [len(text) < 12 for text in texts(free)]
    assert not any(each.ends for each in held_out) and all(each.begins for each in held_out)
    metric = found.metrics["with_o"]
    assert metric.generated == 0 and metric.free == sum("o" in text for text in texts(free)) / 6 > 0
    assert metric.held_out == sum("o" in text for text in texts(held_out)) / 6
    assert found.copies.keys() == {"generated", "free", "held_out"} and "other" not in found.metrics


def test_the_report_says_what_the_constraint_does(home: Path, ruled: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "LONGEST", 15)
    _, found = evaluated(home, samples=25)
    generated, held_out, free = ruled.sides
    report = found.constraint
    assert report is not None and (report.name, report.limit) == ("no-o", 15)
    assert report.generated.accepted == 1
    for side, compliance in ((free, report.free), (held_out, report.held_out)):
        assert compliance.samples == 25 and compliance.accepted == sum("o" not in text for text in texts(side)) / 25 < 1
        assert compliance.ended == sum(each.ends for each in side) / 25
        assert compliance.allowed is not None and -0.5 < compliance.allowed < -0.01
    assert 0 < report.held_out.ended < 1
    assert 0 < report.generated.ended == sum(len(text) <= 15 for text in texts(generated)) / 25 < 1
    assert all(text.endswith("e") for text in texts(generated) if len(text) > 15), "the constraint ends what it cuts"


def test_the_mass_is_left_out_where_only_trying_can_tell(home: Path, ruled: Ruled) -> None:
    ruled.sees = False
    _, found = evaluated(home, samples=2)
    assert found.constraint is not None and found.constraint.generated.allowed is None
    assert found.constraint.generated.accepted == 1


def test_the_command_has_a_column_for_what_is_free(
    home: Path, ruled: Ruled, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(home / "run")
    assert main(["chars", "evaluate", run, "--samples", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["chars", "evaluate", run, "--samples", "4"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["generated", "free", "held", "out"] in lines
    for name, key in (("ended", "ended"), ("accepted", "accepted"), ("allowed", "allowed")):
        (line,) = [line for line in lines if line[0] == name]
        figures = [f"{found['constraint'][side][key]:.4g}" for side in ("generated", "free", "held_out")]
        assert [word for word in line if word != "mass"][1:4] == figures
    (line,) = [line for line in lines if line[0] == "with_o"]
    assert line[1:5] == [
        *(f"{found['metrics']['with_o'][side]:.4g}" for side in ("generated", "free", "held_out")),
        "higher",
    ]


def test_a_model_without_a_constraint_has_no_such_side(home: Path) -> None:
    _, found = evaluated(home, samples=2)
    assert found.constraint is None and found.copies.keys() == {"generated", "held_out"}
    assert all(metric.free is None for metric in found.metrics.values())


def test_the_free_side_is_measured_where_there_is_one() -> None:
    metric = Metric("n", "chars", "n", "higher", lambda excerpts, _: float(len(excerpts)), "in all")
    one = Excerpt(("a",))
    (found,) = compare([metric], Material([one], [one, one], free=[])).values()
    assert (found.generated, found.held_out, found.free) == (1, 2, 0)
    with pytest.raises(seqgen.errors.UsageError, match="its tokenizers are one text"):
        Metric("n", "chars", "n", "higher", lambda *_: None, "in all", tokenizers="chars")  # type: ignore[arg-type]


def test_labels_are_read_before_what_is_held_out(home: Path) -> None:
    """The ids of labels stand behind a document's mark, and after each reset; the content is without them."""
    model = seqgen.load(home / "run")
    side = comparing._Side(model, np.zeros(0), samples=1, seed=0, metrics=[])
    first = model.codec.vocabulary.first_label
    document = side._begun(np.array([0, first, first + 1, 5, 6, first, first + 1, 7, 0]))
    assert document.labels == [first, first + 1] and document.ids.tolist() == [0, 5, 6, 7, 0] and document.ended
    assert side._begun(np.array([0, 5, 0])).labels == []
