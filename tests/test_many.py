"""Samples drawn side by side are the samples drawn alone; many rows are picked from as one is."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Spoken
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.generation import Drawn, GenerateSettings, Samplers, Solo, generate, many
from seqgen.generation.draw import Draw
from seqgen.generation.many import Many
from seqgen.generation.picking import Picker
from seqgen.lanes import Strategy
from seqgen.playing import Player
from seqgen.playing.many import Players
from seqgen.tokenizer import Label
from seqgen.vocabulary import Vocabulary
from tests.test_generation import (
    CODEC,
    ONE_TO_ONE,
    SETTINGS,
    STRATEGIES,
    VOCABULARY,
    A,
    parameters,
)
from tests.tiny import LEVELS, Tiny

LABELLED = Vocabulary(("document", *LEVELS), "abcdefgh", labels=[Label("k", "v"), Label("k", "w"), Label("k", "")])
CHAINS: list[dict[str, Any]] = [
    {},
    {"temperature": 0},
    {"temperature": 0.6, "top_k": 4},
    {"temperature": 1.5, "top_p": 0.8, "min_p": 0.05},
    {"typical": 0.7, "eta": 0.1},
    {"top_k": 1},
    {"top_p": 1e-9},
]


@pytest.mark.parametrize("options", CHAINS, ids=str)
@pytest.mark.parametrize("vocabulary", [VOCABULARY, LABELLED])
def test_rows_are_drawn_from_as_one_is(options: dict[str, Any], vocabulary: Vocabulary) -> None:
    rng, settings = np.random.default_rng(0), GenerateSettings.of(**options)
    pick, draw = Picker(settings.samplers, vocabulary), Draw(settings, vocabulary)
    for scale in (0.0, 1.0, 4.0, 60.0):
        # Rounded, so that equals are met.
        logits_BV = np.round(rng.normal(scale=scale, size=(200, vocabulary.size)), 1).astype(np.float32)
        logits_BV[rng.random(logits_BV.shape) < 0.1] = -np.inf
        logits_BV[:, A] = np.maximum(logits_BV[:, A], -5)
        uniform_B = np.concatenate([[0.0, np.nextafter(1, 0)], rng.random(198)])
        ids_B, shares_B = pick(logits_BV, uniform_B)
        wanted = [draw.draw(*each) for each in zip(logits_BV, uniform_B.tolist(), strict=True)]
        assert ids_B.tolist() == [id for id, _ in wanted]
        np.testing.assert_allclose(shares_B, [share for _, share in wanted], rtol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_refused(value: float) -> None:
    logits_BV = np.zeros((3, VOCABULARY.size), np.float32)
    logits_BV[1, A] = value
    with pytest.raises(InputError, match="at a lower rate"):
        Picker(Samplers(), VOCABULARY)(logits_BV, np.full(3, 0.5))


def both(
    strategy: Strategy = ONE_TO_ONE,
    *,
    prompts: Sequence[Prompt] = (Prompt(),) * 9,
    codec: Codec = CODEC,
    constraint: Constraint | None = None,
    lanes: int = 4,
    bias: dict[str, float] = {},  # noqa: B006
    **options: Any,
) -> tuple[list[list[Drawn]], list[list[Drawn]]]:
    """The samples drawn side by side, and alone."""
    size = replace(SETTINGS, vocabulary=codec.vocabulary.size, horizon=strategy.horizon, reset_level=1)
    params, settings = parameters(size, **bias), GenerateSettings.of(**options)
    voice = Solo(Player(size, params), strategy)
    drawn = Many(
        voice, Players(size, params, lanes), codec, settings, prompts=prompts, constraints=[constraint] * len(prompts)
    )
    side_by_side = [list(drawn.sample(number)) for number in range(len(prompts))]
    alone = [
        list(generate(voice, codec, settings, prompt=prompt, constraint=constraint, sample=number))
        for number, prompt in enumerate(prompts)
    ]
    return side_by_side, alone


def assert_same(pair: tuple[list[list[Drawn]], list[list[Drawn]]]) -> None:
    for found, one in zip(*pair, strict=True):
        assert [each[:2] for each in found] == [each[:2] for each in one]
        np.testing.assert_allclose([each.probability for each in found], [each.probability for each in one], rtol=1e-3)


WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sampled": {"temperature": 0.8, "top_k": 6, "top_p": 0.9, "typical": 0.95, "length": 40},
    "looking back": {"repetition_penalty": 1.3, "no_repeat": 3, "mirostat": 2.0, "length": 40},
    "until": {"until": "paragraph"},
    "stop": {"stop": ("ab", "hd", "ee"), "length": 60},
    "length": {"length": 30},
    "ban": {"ban": ("ee", "d"), "length": 30},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_samples_side_by_side_are_those_drawn_alone(strategy: Strategy, way: str) -> None:
    prompts = [Prompt((A, A + 1, A)[: number % 4]) for number in range(9)]
    pair = both(strategy, prompts=prompts, bias={"document": 2, "chapter": 1}, **WAYS[way])
    assert_same(pair)
    assert len({len(sample) for sample in pair[0]}) > 1 or "length" in WAYS[way]


def test_thousands_of_symbols_are_the_same() -> None:
    assert_same(both(length=500, lanes=8, seed=3))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_labels_are_read_again_behind_each_mark(strategy: Strategy) -> None:
    codec, first = Codec(Tiny(LEVELS), LABELLED, (5, 3, 1)), LABELLED.first_label
    prompts = [Prompt((first + number % 2, A)) for number in range(4)] + [Prompt()] * 5
    pair = both(strategy, prompts=prompts, codec=codec, bias={"document": 2}, length=40)
    assert_same(pair)
    assert any(each.id == 0 for sample in pair[0] for each in sample)


def test_nothing_is_drawn_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, advance = list[Many](), Many._advance

    def counted(self: Many) -> None:
        steps.append(self)
        advance(self)

    monkeypatch.setattr(Many, "_advance", counted)
    players = Players(SETTINGS, parameters(SETTINGS), 4)
    voice, prompts = Solo(Player(SETTINGS, parameters(SETTINGS)), ONE_TO_ONE), [Prompt()] * 9
    drawn = Many(voice, players, CODEC, GenerateSettings.of(length=20), prompts=prompts, constraints=[None] * 9)
    streams = [drawn.sample(number) for number in range(4)]
    assert not steps
    list(islice(streams[0], 5))
    assert len(steps) == 5
    list(streams[3])
    assert 20 <= len(steps) < 40


def test_lanes_that_have_no_sample_left_are_let_go() -> None:
    players = Players(SETTINGS, parameters(SETTINGS), 8)
    voice, prompts = Solo(Player(SETTINGS, parameters(SETTINGS)), ONE_TO_ONE), [Prompt()] * 8
    drawn = Many(voice, players, CODEC, GenerateSettings(), prompts=prompts, constraints=[None] * 8)
    lanes = [players.lanes for number in range(8) for _ in drawn.sample(number)]
    assert lanes[0] == 8 and lanes[-1] < 4


class Even(Constraint):
    """Lets a sample end behind every second symbol; the state is whether it may."""

    start: Hashable = 0

    def step(self, state: Hashable, symbol: Spoken) -> Hashable | None:
        return int(state == 0)

    def complete(self, state: Hashable) -> list[Spoken]:
        return ["b"] if state else []


class Wall(Constraint):
    """Lets nothing come behind a c, and does not say so beforehand."""

    start: Hashable = 0

    def step(self, state: Hashable, symbol: Spoken) -> Hashable | None:
        return None if state else int(symbol == "c")


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_each_lane_has_its_own_constraint(strategy: Strategy) -> None:
    pair = both(strategy, constraint=Even(), ban=("c",), length=15, bias={"document": -100})
    assert_same(pair)
    assert {len(sample) % 2 for sample in pair[0]} == {0}


def test_what_is_refused_is_refused_in_its_own_sample() -> None:
    players, settings = Players(SETTINGS, parameters(SETTINGS), 2), GenerateSettings.of(length=500)
    voice, prompts = Solo(Player(SETTINGS, parameters(SETTINGS)), ONE_TO_ONE), [Prompt()] * 3
    free = many.Many(voice, players, CODEC, settings, prompts=prompts, constraints=[None, Wall(), None])
    whole = list(free.sample(0))
    assert len(whole) >= 500
    with pytest.raises(UsageError, match="allows nothing"):
        list(free.sample(1))
    assert len(list(free.sample(2))) >= 500
    with pytest.raises(UnknownName):
        both(until="paragraf")


@pytest.mark.parametrize(
    ("options", "prompt", "constraint", "apart"),
    [
        ({"temperature": 0.5, "stop": ("a",), "length": 3}, Prompt((A,)), None, False),
        ({"no_repeat": 2}, Prompt(), None, True),
        ({"ban": ("a",)}, Prompt(), None, True),
        ({}, Prompt((), "a"), None, True),
        ({}, Prompt(), Even(), True),
    ],
    ids=str,
)
def test_lanes_draw_apart_where_the_past_counts(
    options: dict[str, Any], prompt: Prompt, constraint: Constraint | None, apart: bool
) -> None:
    settings = GenerateSettings.of(**options)
    assert many.draws_apart(settings, [Prompt(), prompt], constraints=[None, constraint]) is apart


class OnlyA(Constraint):
    """Lets nothing be written but an a."""

    start: Hashable = 0

    def step(self, state: Hashable, symbol: Spoken) -> Hashable | None:
        return 0 if symbol == "a" else None


@pytest.mark.parametrize("refused", [(0,), (3,), (5, 6), (0, 1, 2)], ids=str)
def test_a_sample_that_cannot_begin_is_refused_alone(refused: tuple[int, ...]) -> None:
    prompts = [Prompt((A + (number in refused),)) for number in range(7)]
    players, voice = (
        Players(SETTINGS, parameters(SETTINGS), 2),
        Solo(Player(SETTINGS, parameters(SETTINGS)), ONE_TO_ONE),
    )
    drawn = Many(
        voice, players, CODEC, GenerateSettings.of(length=3), prompts=prompts, constraints=[OnlyA()] * len(prompts)
    )
    for number in range(len(prompts)):
        if number in refused:
            with pytest.raises(UsageError, match="what the sample begins with"):
                drawn.sample(number)
        else:
            assert [each.symbol for each in drawn.sample(number)] == ["a"] * 3


def test_a_sample_is_given_once() -> None:
    players, voice = (
        Players(SETTINGS, parameters(SETTINGS), 2),
        Solo(Player(SETTINGS, parameters(SETTINGS)), ONE_TO_ONE),
    )
    drawn = Many(voice, players, CODEC, GenerateSettings.of(length=3), prompts=[Prompt()] * 3, constraints=[None] * 3)
    list(drawn.sample(1))
    for number in (1, 3, -1):
        with pytest.raises(UsageError, match="each of the 3 samples is given once"):
            drawn.sample(number)
    assert len(list(drawn.sample(2))) >= 3


def test_the_comparison_sees_a_random_number_that_is_another_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        many, "uniforms", lambda _, number, start: iter(np.random.default_rng(number).random(999).tolist())
    )
    with pytest.raises(AssertionError):
        assert_same(both(length=20))
