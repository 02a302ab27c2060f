"""Samplers equal their definitions: on numbers that can be worked out by hand, and by law on any."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqgen.codec import Prompt
from seqgen.errors import UsageError
from seqgen.generation import GenerateSettings, Penalties, Samplers, Solo, generate, samplers
from seqgen.generation.draw import Draw
from seqgen.generation.past import Past
from seqgen.records import flat_names
from tests.test_generation import CODEC, ONE_TO_ONE, UNKNOWN, VOCABULARY, A, finite, kept, logits, player, softmax

EVEN = np.zeros(VOCABULARY.size, np.float32)
DISTRIBUTION = [math.log(p) for p in (0.5, 0.25, 0.125, 0.125)]
"""Its surprises are 1, 2, 3 and 3 bits, and its entropy is 1.75 bits."""


def past_of(ids: Iterable[int], *, boundary_at: int = -1, **options: Any) -> Past:
    """What is known behind these symbols, a boundary before the one at that place."""
    past = Past(GenerateSettings.of(**options).samplers, VOCABULARY)
    for at, id in enumerate(ids):
        if at == boundary_at:
            past.note(0)
        past.note(id)
    return past


def drawn_by(draw: Draw, z: np.ndarray) -> set[int]:
    """All that may be drawn now."""
    found = set()
    for k in range(200):
        found.add(draw.copy().draw(z, k / 200)[0])
    return found


def letters(text: str) -> list[int]:
    return [VOCABULARY.id_of(letter) for letter in text]


# The order.


def test_the_chain_is_empty_by_default_and_in_the_documented_order() -> None:
    past = Past(Samplers(), VOCABULARY)
    assert samplers.chain(Samplers(), past) == []
    full = GenerateSettings.of(
        length=5, repetition_penalty=1.2, presence_penalty=1, no_repeat=3, temperature=0.5, temperature_end=0.4,
        top_k=3, typical=0.9, top_p=0.5, min_p=0.1, eta=0.1, mirostat=2,
    )  # fmt: skip
    names = [name_of(sampler) for sampler in samplers.chain(full.samplers, past)]
    assert names == [
        "penalise", "charge", "hold_repeats", "Slope", "keep_top_k", "keep_typical", "keep_top_p", "keep_min_p",
        "keep_eta", "Mirostat",
    ]  # fmt: skip
    assert samplers.chain(Samplers(temperature=0), past) == [samplers.keep_likeliest]
    assert [name_of(each) for each in samplers.chain(Samplers(temperature=2), past)] == ["warm"]
    assert [name_of(each) for each in samplers.chain(Samplers(Penalties(frequency_penalty=1)), past)] == ["charge"]


def name_of(sampler: Any) -> str:
    return str(getattr(sampler, "func", type(sampler)).__name__)


def test_every_field_does_something() -> None:
    """A field that no sampler knows would be a promise that nobody keeps."""
    values = {"top_k": 1, "no_repeat": 1, "temperature": 0.5, "temperature_end": 0.5, "mirostat": 0.01, "eta": 1.0}
    together = {"mirostat_rate": {"mirostat": 3.0}, "penalty_window": {"presence_penalty": 40.0}}
    for name in flat_names(Samplers):
        tried: dict[str, Any] = {name: values.get(name, 1 if name == "penalty_window" else 0.3), "length": 9}
        assert text_by(**tried, **together.get(name, {})) != text_by(length=9, **together.get(name, {})), name


def text_by(**options: Any) -> list[int]:
    rng, draw = np.random.default_rng(4), Draw(GenerateSettings.of(**options), VOCABULARY)
    found = []
    for number in rng.random(60):
        found.append(draw.draw(rng.normal(size=VOCABULARY.size).astype(np.float32), number)[0])
        draw.note(found[-1])
    return found


# Penalties.


def test_presence_and_frequency_are_taken_from_the_logits() -> None:
    z = np.array([1.0, 1, 1, -np.inf])
    samplers.charge(z, counts_V=np.array([0.0, 1, 3, 2]), presence=0.5, frequency=0.25)
    assert z.tolist() == [1, 0.25, -0.25, -np.inf]


def test_a_window_forgets_and_boundaries_do_not_count() -> None:
    ids = letters("aabca")
    assert past_of(ids).counts_V[A : A + 3].tolist() == [3, 1, 1]
    for at in (-1, 3):
        past = past_of(ids, boundary_at=at, penalty_window=3, presence_penalty=1)
        assert past.counts_V[A : A + 3].tolist() == [1, 1, 1]
        assert past.counts_V.sum() == 3
        past.note(letters("d")[0])
        assert past.counts_V[A : A + 4].tolist() == [1, 0, 1, 1]


@given(st.text("abcd", max_size=30), st.integers(0, 8))
def test_counts_are_those_of_the_last_symbols(text: str, window: int) -> None:
    last = text[-window:] if window else text
    counts_V = past_of(letters(text), penalty_window=window, presence_penalty=1).counts_V
    assert counts_V.tolist() == [last.count(str(VOCABULARY.symbol_of(id))) for id in range(VOCABULARY.size)]


# Runs that shall not come again.


@pytest.mark.parametrize(
    ("text", "size", "held"),
    [("abcab", 3, "c"), ("abcab", 2, "c"), ("abcab", 1, "abc"), ("abcab", 4, ""), ("ab", 3, ""), ("", 1, ""),
     ("aaaa", 3, "a"), ("abacada", 2, "bcd"), ("ab", 1, "ab")],
)  # fmt: skip
def test_what_would_end_a_known_run_is_held_back(text: str, size: int, held: str) -> None:
    assert sorted(past_of(letters(text), no_repeat=size).repeats()) == letters(held)


def test_no_run_goes_across_a_boundary() -> None:
    assert past_of(letters("abcab"), boundary_at=2, no_repeat=3).repeats() == ()
    assert past_of(letters("abcab"), boundary_at=2, no_repeat=2).repeats() == ()
    assert past_of(letters("abcab"), boundary_at=3, no_repeat=3).repeats() == tuple(letters("c"))


@given(st.text("abc", max_size=25), st.integers(1, 4))
def test_runs_are_those_that_a_search_of_the_text_finds(text: str, size: int) -> None:
    runs = {text[at : at + size] for at in range(len(text) - size + 1)}
    ends = text[len(text) - size + 1 :] if len(text) >= size - 1 else None
    held = [letter for letter in "abc" if ends is not None and ends + letter in runs]
    assert sorted(past_of(letters(text), no_repeat=size).repeats()) == letters("".join(held))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"temperature": 0}, {"top_k": 2}, {"top_p": 0.5}, {"typical": 0.5}], ids=str)
def test_no_sample_repeats_a_run_while_it_can_help_it(size: int, options: Any) -> None:
    played = player(document=-100, chapter=-100, paragraph=-100, h=3)

    def text(**own: Any) -> str:
        settings = GenerateSettings.of(length=min(8**size, 40), **own, **options)
        return "".join(str(each.symbol) for each in generate(Solo(played, ONE_TO_ONE), CODEC, settings))

    assert repeats(text(no_repeat=size), size) == 0 < repeats(text(), size)


def repeats(text: str, size: int) -> int:
    runs = [text[at : at + size] for at in range(len(text) - size + 1)]
    return len(runs) - len(set(runs))


def test_where_all_would_be_repeats_they_are_drawn_as_the_model_likes_them() -> None:
    z = np.where(np.arange(VOCABULARY.size) < A, -np.inf, np.log(np.arange(1, VOCABULARY.size + 1))).astype(np.float32)
    for options in ({}, {"temperature": 0.5}, {"temperature": 0}, {"top_k": 3}, {"repetition_penalty": 2.0}):
        free = Draw(GenerateSettings.of(**options), VOCABULARY)
        bound = Draw(GenerateSettings.of(no_repeat=1, **options), VOCABULARY)
        for id in range(A, VOCABULARY.size):
            free.note(id)
            bound.note(id)
        for k in range(50):
            assert bound.draw(z, (k + 0.5) / 50) == free.draw(z, (k + 0.5) / 50)
    assert drawn_by(bound, EVEN) == set(range(UNKNOWN)), "a boundary is no repeat"


# The temperature on its way.


def test_the_temperature_goes_in_a_straight_line_and_stays() -> None:
    past = Past(Samplers(), VOCABULARY)
    slope = samplers.Slope(2, 1, length=5, past=past)
    found = []
    for _ in range(7):
        found.append(slope.now)
        past.note(A)
        past.note(0)
    assert found == [2, 1.75, 1.5, 1.25, 1, 1, 1]
    assert samplers.Slope(2, 1, length=1, past=past).now == 2


def test_the_prompt_is_no_part_of_the_way() -> None:
    settings = GenerateSettings.of(temperature=0, temperature_end=1, length=3)
    draw = Draw(settings, VOCABULARY)
    z = EVEN.copy()
    z[A] = 0.1
    draw.note(A, given=True)
    assert drawn_by(draw, z) == {A}, "greedy at first"
    draw.note(A)
    assert len(drawn_by(draw, z)) == VOCABULARY.size - 1


def test_a_sample_follows_the_slope() -> None:
    played = player(document=-100, chapter=-100, paragraph=-100)
    prompt = Prompt((A, A + 1))

    def text(*, seed: int = 0, **options: Any) -> list[int]:
        settings = GenerateSettings.of(length=30, seed=seed, **options)
        return [each.id for each in generate(Solo(played, ONE_TO_ONE), CODEC, settings, prompt=prompt)]

    assert text(temperature=0.7, temperature_end=0.7) == text(temperature=0.7)
    assert text(temperature_end=1.0) == text()
    sloped = [text(temperature=0, temperature_end=300, seed=seed) for seed in range(8)]
    assert {each[0] for each in sloped} == {text(temperature=0)[0]}, "the prompt is no part of the way"
    assert len({each[1] for each in sloped}) > 2


def test_a_slope_needs_a_length() -> None:
    with pytest.raises(UsageError, match=r"--temperature-end.*no length is given"):
        GenerateSettings.of(temperature_end=0.5)


# Cuts.


def test_typical_may_leave_out_the_likeliest() -> None:
    # H = 1.75 bits: the distances are 0.75, 0.25, 1.25 and 1.25 bits.
    assert kept(DISTRIBUTION, samplers.keep_typical, share=0.2) == {1}
    assert kept(DISTRIBUTION, samplers.keep_typical, share=0.26) == {0, 1}
    assert kept(DISTRIBUTION, samplers.keep_typical, share=0.8) == {0, 1, 2}
    assert kept(DISTRIBUTION, samplers.keep_typical, share=0.9) == {0, 1, 2, 3}


def entropy(p: Sequence[float]) -> float:
    return -sum(value * math.log(value) for value in p if value)


@given(logits, st.floats(0.01, 0.99))
def test_typical_keeps_the_nearest_to_the_expected_surprise(z: list[float], share: float) -> None:
    p = softmax(z)
    away = {i: abs(-math.log(p[i]) - entropy(p)) for i in finite(z)}
    assume(all(b - a > 1e-9 for a, b in pairwise(sorted({z[i]: away[i] for i in away}.values()))))
    chosen = list[int]()
    for i in sorted(away, key=lambda i: (round(away[i], 10), i)):
        if sum(p[j] for j in chosen) < share - 1e-12:
            chosen.append(i)
    assert kept(z, samplers.keep_typical, share=share) == set(chosen)


def test_eta_bears_less_likely_symbols_where_much_can_come() -> None:
    # exp(-H) = 2 ** -1.75 = 0.297; at 0.16 the bound is min(0.16, 0.4 * 0.297 = 0.119), at 0.36 it is 0.178.
    assert kept(DISTRIBUTION, samplers.keep_eta, epsilon=0.16) == {0, 1, 2, 3}
    assert kept(DISTRIBUTION, samplers.keep_eta, epsilon=0.36) == {0, 1}
    # A sure symbol leaves the bound at epsilon: H is about 0.08.
    sure = [math.log(p) for p in (0.99, 0.0051, 0.0049)]
    assert kept(sure, samplers.keep_eta, epsilon=0.005) == {0, 1}
    for size in range(1, 40):
        assert kept([0.0] * size, samplers.keep_eta, epsilon=1) == set(range(size))


@given(logits, st.floats(0.0001, 1))
def test_eta_keeps_what_reaches_the_bound(z: list[float], epsilon: float) -> None:
    p = softmax(z)
    least = min(epsilon, math.sqrt(epsilon) * math.exp(-entropy(p)))
    assume(all(abs(value - least) > 1e-9 for value in p))
    found = kept(z, samplers.keep_eta, epsilon=epsilon)
    assert found == {i for i in finite(z) if p[i] >= least}
    assert z.index(max(z)) in found


CUTS: list[tuple[Callable[..., None], dict[str, Any]]] = [
    (samplers.keep_typical, {"share": 0.3}),
    (samplers.keep_top_p, {"share": 0.3}),
    (samplers.keep_min_p, {"share": 0.9}),
    (samplers.keep_eta, {"epsilon": 0.9}),
]


@given(logits, st.floats(-50, 50))
def test_what_is_kept_is_not_empty_and_does_not_depend_on_where_the_logits_lie(z: list[float], shift: float) -> None:
    for sampler, options in CUTS:
        found = kept(z, sampler, **options)
        assert found
        if shift == round(shift):
            assert kept([value + shift for value in z], sampler, **options) == found or sampler in (
                samplers.keep_typical,
                samplers.keep_eta,
            )


@given(logits)
def test_a_symbol_without_a_chance_changes_nothing(z: list[float]) -> None:
    for sampler, options in CUTS:
        assert kept([*z, -np.inf], sampler, **options) == kept(z, sampler, **options)


# Mirostat.


def mirostat(limit: float, *, target: float = 2.0, rate: float = 0.5) -> tuple[samplers.Mirostat, Past]:
    past = past_of([])
    past.limit = limit
    return samplers.Mirostat(target, rate, past=past), past


@pytest.mark.parametrize(("limit", "left"), [(3.5, {0, 1, 2, 3}), (2.9, {0, 1}), (1.5, {0}), (0.5, {0}), (-3.0, {0})])
def test_mirostat_cuts_off_what_surprises_too_much(limit: float, left: set[int]) -> None:
    assert kept(DISTRIBUTION, mirostat(limit)[0]) == left
    assert kept([5 + z for z in DISTRIBUTION], mirostat(limit)[0]) == left


def test_mirostat_keeps_the_equals_of_the_likeliest() -> None:
    assert kept([0.0] * 4, mirostat(1.0)[0]) == {0, 1, 2, 3}


def test_mirostat_learns_from_the_surprise_before_its_cut() -> None:
    # Two bits are wanted. One bit came, so the limit goes up by half of the bit that is missing; then three came.
    sampler, past = mirostat(2.5)
    z = np.array(DISTRIBUTION)
    sampler(z)
    sampler.learn(z[0])
    assert past.limit == pytest.approx(3)
    past.limit = 3.5
    sampler(z := np.array(DISTRIBUTION))
    sampler.learn(z[2])
    assert past.limit == pytest.approx(3)


@pytest.mark.parametrize("target", [0.9, 1.2, 1.4])
def test_mirostat_holds_the_surprise_near_its_target(target: float) -> None:
    rng = np.random.default_rng(1)

    def bits(**options: Any) -> float:
        """The mean surprise of what is drawn, under the model."""
        draw, total = Draw(GenerateSettings.of(**options), VOCABULARY), 0.0
        for z, number in zip(rng.normal(size=(1500, VOCABULARY.size), scale=2.5), rng.random(1500), strict=True):
            z[UNKNOWN] = -np.inf
            total -= math.log2(draw.draw(z.astype(np.float32), number)[1])
        return total / 1500

    assert bits(mirostat=target) == pytest.approx(target, abs=0.1)
    assert bits() > 1.6, "it would be more"


def test_mirostat_begins_at_twice_the_target() -> None:
    assert past_of([], mirostat=1.5).limit == 3


# What a draw remembers.


@pytest.mark.parametrize(
    "options",
    [
        {"presence_penalty": 3, "penalty_window": 4},
        {"no_repeat": 2},
        {"temperature": 0.2, "temperature_end": 3, "length": 20},
        {"mirostat": 2, "mirostat_rate": 1},
        {"no_repeat": 1, "mirostat": 1, "frequency_penalty": 1, "temperature_end": 0, "length": 20},
    ],
    ids=str,
)
def test_a_copy_goes_on_as_the_original_and_neither_disturbs_the_other(options: Any) -> None:
    rng = np.random.default_rng(3)
    z, numbers = rng.normal(size=(40, VOCABULARY.size)).astype(np.float32), rng.random(40)

    def go(draw: Draw, steps: Iterable[int], by: np.ndarray = numbers) -> list[int]:
        found = []
        for at in steps:
            found.append(draw.draw(z[at], by[at])[0])
            draw.note(found[-1])
        return found

    whole = go(Draw(GenerateSettings.of(**options), VOCABULARY), range(40))
    draw = Draw(GenerateSettings.of(**options), VOCABULARY)
    begun = go(draw, range(15))
    twin, other = draw.copy(), draw.copy()
    go(other, range(15, 40), numbers[::-1])
    assert begun + go(twin, range(15, 40)) == whole == begun + go(draw, range(15, 40))
    fresh = Draw(GenerateSettings.of(**options), VOCABULARY)
    assert go(fresh, range(15, 40)) != whole[15:], "what was remembered matters"


@pytest.mark.parametrize(
    ("name", "value"),
    [("presence_penalty", 101), ("frequency_penalty", -101), ("penalty_window", -1), ("no_repeat", -1), ("typical", 0),
     ("typical", 1.1), ("eta", -0.1), ("eta", 2), ("mirostat", -1), ("mirostat_rate", -1), ("temperature_end", 1e-9)],
)  # fmt: skip
def test_what_no_sampler_can_do_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"^--{name.replace('_', '-')}"):
        GenerateSettings.of(**{name: value, "length": 5})


def test_what_nothing_would_use_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^--mirostat-rate: --mirostat is not given. Give it too"):
        GenerateSettings.of(mirostat_rate=0.5)
    with pytest.raises(UsageError, match=r"^--penalty-window: none of --repetition-penalty, --presence.* is given"):
        GenerateSettings.of(penalty_window=5, no_repeat=2)


@pytest.mark.parametrize("value", [-1.0, 1e-9, math.inf])
def test_a_temperature_is_0_or_within_bounds(value: float) -> None:
    with pytest.raises(UsageError, match=rf"^--temperature = {value}: it must be 0, or lie from 0.001 to 1000"):
        GenerateSettings.of(temperature=value)
