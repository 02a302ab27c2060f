"""Several samples of a model are drawn side by side, and are the samples drawn one after the other."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import seqgen
from seqgen.api import Model
from seqgen.api import many as side_by_side
from seqgen.api.many import FEW, streams
from seqgen.codec import Prompt
from seqgen.constraint import Constraint
from seqgen.generation import GenerateSettings
from seqgen.generation.many import Many
from tests.runs import SMALL, one_thread, write_book
from tests.test_many import Even

COUNT = FEW + 3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        yield seqgen.train(write_book(folder), out=folder / "run", **SMALL, steps=20, documents="line")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Many]:
    """Those that draw side by side, as they are made."""
    found, begin = list[Many](), Many.__init__

    def begun(self: Many, *given: Any, **named: Any) -> None:
        found.append(self)
        begin(self, *given, **named)

    monkeypatch.setattr(Many, "__init__", begun)
    return found


@pytest.mark.parametrize(
    "options", [{"length": 25}, {}, {"length": 25, "top_k": 3, "repetition_penalty": 1.2}], ids=str
)
@pytest.mark.parametrize("constraint", [None, Even()])
def test_samples_are_those_drawn_one_after_the_other(
    model: Model, made: list[Many], options: dict[str, Any], constraint: Constraint | None
) -> None:
    settings, first = GenerateSettings.of(**options), model.begin("a")
    prompts = [replace(first, follow="e" if number % 3 else "") for number in range(COUNT)]
    together = [[each.id for each in drawn] for drawn in streams(model, prompts, settings, constraint=constraint)]
    assert len(made) == 1
    for number, prompt in enumerate(prompts):
        alone = model.stream(prompt, settings, sample=number, constraint=constraint)
        assert [each.id for each in alone] == together[number]


def test_few_samples_and_searches_are_drawn_one_after_the_other(model: Model, made: list[Many]) -> None:
    settings = GenerateSettings.of(length=5)
    assert len([list(each) for each in streams(model, [Prompt()] * (FEW - 1), settings)]) == FEW - 1
    best = GenerateSettings.of(length=5, best_of=2)
    assert len([list(each) for each in streams(model, [Prompt()] * COUNT, best)]) == COUNT
    assert not made


def test_a_model_goes_on_from_what_it_remembers_in_each_lane(model: Model, made: list[Many]) -> None:
    memory = model.read("and so")
    (one,) = model.generate(memory=memory, length=20)
    assert not made
    many = list(model.generate(memory=memory, length=20, count=COUNT))
    assert made and many[0].text == one.text and len({sample.text for sample in many}) > 1


def test_generate_counts_on_it(model: Model, made: list[Many], monkeypatch: pytest.MonkeyPatch) -> None:
    together = [sample.text for sample in model.generate(count=COUNT, length=20)]
    monkeypatch.setattr(side_by_side, "FEW", COUNT + 1)
    assert [sample.text for sample in model.generate(count=COUNT, length=20)] == together
    assert len(made) == 1


def test_small_jobs_do_not_look_for_a_gpu(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(side_by_side, "find_spec", lambda name: asked.append(name))
    prompts = [Prompt()] * COUNT
    next(streams(model, prompts, GenerateSettings.of(length=1000)))
    assert not asked
    next(streams(model, prompts, GenerateSettings.of(length=10**7)))
    assert asked == ["torch"]
