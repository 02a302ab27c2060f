"""Samplers equal their plain definitions; samples depend on seed and number alone, and end where they should."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise, zip_longest
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen import model
from seqgen.cells import Parameters
from seqgen.codec import Codec, Prompt
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.generation import (
    LIMIT,
    Course,
    Drawn,
    GenerateSettings,
    Mixture,
    Part,
    Reader,
    Solo,
    Voice,
    generate,
    samplers,
    stopping,
)
from seqgen.generation.draw import Draw, uniforms
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.playing.windows import Window
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from tests.tiny import LEVELS, Tiny

VOCABULARY = Vocabulary(("document", *LEVELS), "abcdefgh")
CODEC = Codec(Tiny(LEVELS), VOCABULARY)
UNKNOWN, A = VOCABULARY.unknown, VOCABULARY.id_of("a")
SETTINGS = ModelSettings(VOCABULARY.size, layers=2, width=8, embedding=8, reset_level=0)
ONE_TO_ONE, MANY_TO_ONE = Strategy(), Strategy("many-to-one", context=3)
ONE_TO_MANY = Strategy("one-to-many", horizon=3)
STRATEGIES = [ONE_TO_ONE, MANY_TO_ONE, ONE_TO_MANY]


def parameters(settings: ModelSettings, **shifts: float) -> Parameters:
    """Random parameters; `shifts` raises the output bias of symbols and levels."""
    rng = np.random.default_rng(1)
    params = {name: rng.normal(size=shape).astype(np.float32) for name, shape in model.shapes(settings).items()}
    for name, shift in shifts.items():
        id = VOCABULARY.id_of(name) if name in VOCABULARY else VOCABULARY.level_id(name)
        params["output.b"][id] += np.float32(shift)
    return params


def player(strategy: Strategy = ONE_TO_ONE, **shifts: float) -> Player:
    settings = replace(SETTINGS, horizon=strategy.horizon)
    return Player(settings, parameters(settings, **shifts))


def sample(played: Player, strategy: Strategy = ONE_TO_ONE, number: int = 0, **options: Any) -> list[Drawn]:
    return list(generate(Solo(played, strategy), CODEC, GenerateSettings.of(**options), sample=number))


def ids(drawn: Sequence[Drawn]) -> list[int]:
    return [each.id for each in drawn]


# Samplers. Few different values, so that ties are met.

logits = st.lists(st.sampled_from([-np.inf, -3.0, -0.5, 0.0, 0.25, 1.0, 1.5, 4.0]), min_size=2, max_size=9).filter(
    lambda z: max(z) > -np.inf
)


def softmax(z: Iterable[float]) -> list[float]:
    peak = max(z := list(z))
    weights = [math.exp(value - peak) for value in z]
    return [weight / sum(weights) for weight in weights]


def kept(z: Sequence[float], sampler: Callable[..., None], **options: Any) -> set[int]:
    """The ids with a finite logit after the sampler, which must leave those as they were."""
    narrowed = np.array(z)
    sampler(narrowed, **options)
    left = {i for i, value in enumerate(narrowed) if value > -np.inf}
    assert all(narrowed[i] == z[i] for i in left)
    return left


def finite(z: Sequence[float]) -> set[int]:
    return {i for i, value in enumerate(z) if value > -np.inf}


@given(logits, st.integers(1, 10))
def test_top_k_keeps_the_k_largest_and_their_equals(z: list[float], k: int) -> None:
    smallest = sorted(z, reverse=True)[:k][-1]
    assert kept(z, samplers.keep_top_k, k=k) == {i for i in finite(z) if z[i] >= smallest}


@given(logits, st.floats(0.01, 0.99))
def test_top_p_keeps_the_smallest_set_that_reaches_the_share(z: list[float], share: float) -> None:
    p, chosen = softmax(z), list[int]()
    for i in sorted(finite(z), key=lambda i: (-z[i], i)):
        if sum(p[j] for j in chosen) < share - 1e-12:
            chosen.append(i)
    assert kept(z, samplers.keep_top_p, share=share) == set(chosen)


def test_top_p_takes_the_lower_of_equals_first() -> None:
    assert kept([0.0] * 1000, samplers.keep_top_p, share=0.2495) == set(range(250))


@given(logits, st.floats(0.01, 1))
def test_min_p_keeps_what_is_near_the_likeliest(z: list[float], share: float) -> None:
    p = softmax(z)
    assert kept(z, samplers.keep_min_p, share=share) == {i for i in finite(z) if p[i] >= share * max(p) * (1 - 1e-12)}


@given(logits)
def test_temperature_nought_keeps_the_first_of_the_likeliest(z: list[float]) -> None:
    assert kept(z, samplers.keep_likeliest) == {z.index(max(z))}


def test_temperature_divides() -> None:
    z = np.array([1.0, -2.0, -np.inf])
    samplers.warm(z, temperature=0.5)
    assert z.tolist() == [2, -4, -np.inf]


def test_the_penalty_lowers_what_was_seen() -> None:
    z = np.array([2.0, -2.0, 2.0, -2.0, -np.inf])
    samplers.penalise(z, counts_V=np.array([1.0, 2, 0, 0, 1]), penalty=2)
    assert z.tolist() == [1, -4, 2, -2, -np.inf]
    samplers.penalise(z, counts_V=np.array([1.0, 2, 0, 0, 1]), penalty=0.5)
    assert z.tolist() == [2, -2, 2, -2, -np.inf]


# Drawing.


def plain_draw(z: Iterable[float], uniform: float) -> int:
    """The definition: walk along the probabilities, the unknown symbol left out, until they exceed `uniform`."""
    known = [-np.inf if i == UNKNOWN else value for i, value in enumerate(z)]
    total = 0.0
    for i, p in enumerate(softmax(known)):
        total += p
        if total > uniform:
            return i
    raise AssertionError


@pytest.mark.parametrize("temperature", [1, 0.5])
def test_a_draw_is_one_step_along_the_probabilities(temperature: float) -> None:
    rng = np.random.default_rng(0)
    draw = Draw(GenerateSettings.of(temperature=temperature), VOCABULARY)
    for uniform in rng.random(300):
        z = rng.normal(size=VOCABULARY.size, scale=3).astype(np.float32)
        id, probability = draw.draw(z, uniform)
        assert id == plain_draw(z.astype(np.float64) / temperature, uniform)
        assert probability == pytest.approx(softmax(z.astype(np.float64))[id])


@pytest.mark.parametrize(
    "options", [{}, {"temperature": 0.3}, {"temperature": 0}, {"top_k": 1}, {"top_p": 0.1}, {"min_p": 1}], ids=str
)
@pytest.mark.parametrize("uniform", [0.0, 0.5, math.nextafter(1, 0)])
@pytest.mark.parametrize("height", [0, 50, 1e4, 1e38])
def test_the_unknown_symbol_is_never_drawn_however_likely(options: Any, uniform: float, height: float) -> None:
    z = np.zeros(VOCABULARY.size, np.float32)
    z[UNKNOWN] = height
    id, probability = Draw(GenerateSettings.of(**options), VOCABULARY).draw(z, uniform)
    assert id != UNKNOWN
    assert 0 <= probability <= 1 / len(z)


def test_extreme_random_numbers_draw_a_symbol_that_has_a_chance() -> None:
    z = np.full(VOCABULARY.size, -np.inf, np.float32)
    z[[1, 5]] = 0, 0.1
    draw = Draw(GenerateSettings(), VOCABULARY)
    assert draw.draw(z, 0.0)[0] == 1
    assert draw.draw(z, math.nextafter(1, 0))[0] == 5
    assert draw.draw(z, 1.0)[0] == 5


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_refused(value: float) -> None:
    z = np.zeros(VOCABULARY.size, np.float32)
    z[A] = value
    draw = Draw(GenerateSettings(), VOCABULARY)
    for asked in (lambda: draw.draw(z, 0.5), lambda: draw.shares(z), lambda: draw.left(z)):
        with pytest.raises(InputError, match="at a lower rate"):
            asked()


def test_a_boundary_may_come_again_unpunished() -> None:
    draw = Draw(GenerateSettings.of(repetition_penalty=100, temperature=0), VOCABULARY)
    z = np.zeros(VOCABULARY.size, np.float32)
    z[0], z[A], z[A + 1] = 3, 2, 1
    draw.note(0)
    assert draw.draw(z, 0)[0] == 0
    z[0] = 0
    assert draw.draw(z, 0)[0] == A
    draw.note(A)
    assert draw.draw(z, 0)[0] == A + 1


def test_a_copy_remembers_the_same_and_goes_its_own_way() -> None:
    draw = Draw(GenerateSettings.of(repetition_penalty=100, temperature=0), VOCABULARY)
    z = np.zeros(VOCABULARY.size, np.float32)
    z[A], z[A + 1], z[A + 2] = 3, 2, 1
    draw.note(A)
    twin = draw.copy()
    assert twin.draw(z, 0)[0] == A + 1
    twin.note(A + 1)
    assert (draw.draw(z, 0)[0], twin.draw(z, 0)[0]) == (A + 1, A + 2)


def test_the_penalty_remembers_prompt_and_sample() -> None:
    played, settings = player(document=-100), GenerateSettings.of(length=5, temperature=0, repetition_penalty=2)
    prompt = list(range(A, A + 3))
    reader, seen = Reader(played, ONE_TO_ONE), set(prompt)
    for id in prompt:
        reader.read(id)
    for each in generate(Solo(played, ONE_TO_ONE), CODEC, settings, prompt=Prompt(tuple(prompt))):
        z = [value / 2 if value > 0 else value * 2 for value in reader.logits().tolist()]
        free = reader.logits().tolist()
        z = [-np.inf if i == UNKNOWN else z[i] if i in seen else free[i] for i in range(len(z))]
        assert each.id == z.index(max(z))
        reader.read(each.id)
        seen |= {each.id} - set(range(UNKNOWN))


# Randomness.


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_long_prompt_is_read_many_symbols_at_once(
    strategy: Strategy, mixed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, window, prompt = list[int](), Player.window, [6, 7, 8, 9, 6, 0, 7] * 20
    voice: Voice = Solo(player(strategy), strategy)
    if mixed:
        voice = Mixture((Part(voice, 0.7, VOCABULARY), Part(voice, 0.3, VOCABULARY)))
    single = voice.begin()
    for id in prompt:
        single.read(id)
    single.begin_block()

    def noted(self: Player, ids: Sequence[int]) -> Window:
        sizes.append(len(ids))
        return window(self, ids)

    monkeypatch.setattr(Player, "window", noted)
    at_once = Course(voice, CODEC, GenerateSettings(), prompt=Prompt(tuple(prompt))).reader
    np.testing.assert_allclose(at_once.logits(), single.logits(), atol=1e-5)
    if strategy == ONE_TO_ONE:
        assert sum(sizes) > (1 + mixed) * (len(prompt) - 16)


def test_random_numbers_depend_on_seed_sample_and_position() -> None:
    first = list(islice(uniforms(5, 3), 600))
    assert first == list(islice(uniforms(5, 3), 600))
    for start in (0, 1, 3, 4, 257, 511):
        assert list(islice(uniforms(5, 3, start=start), 600 - start)) == first[start:]
    assert all(0 <= number < 1 for number in first)
    assert len({*first, *islice(uniforms(5, 4), 600), *islice(uniforms(6, 3), 600)}) == 1800
    block = np.random.Generator(np.random.Philox(key=np.array([5, 3], np.uint64)))
    assert first == [block.random() for _ in range(600)]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_a_sample_does_not_depend_on_how_many_are_drawn(strategy: Strategy) -> None:
    played = player(strategy)
    alone = sample(played, strategy, number=2, length=40)
    assert alone == [sample(played, strategy, number=k, length=40) for k in range(4)][2]
    streams = [
        generate(Solo(played, strategy), CODEC, GenerateSettings.of(length=40), sample=number) for number in range(4)
    ]
    side_by_side = [each[2] for each in zip_longest(*streams)]
    assert alone == side_by_side[: len(alone)]
    assert alone != sample(played, strategy, number=3, length=40)
    assert alone != sample(played, strategy, number=2, length=40, seed=1)


@pytest.mark.parametrize(
    ("options", "strategy", "text"),
    [
        ({}, ONE_TO_ONE, "hddb/ecd/eeeeeee/eeeeec/eaeg//affd/hd//fffddhd/c/ee"),
        ({"temperature": 0.7, "top_k": 5}, ONE_TO_ONE, "hddb/cdd/eeeeeeeafddd//bafdhd/cdhd/ee//eghdbafdh"),
        ({"top_p": 0.8, "min_p": 0.02, "repetition_penalty": 1.2}, ONE_TO_ONE,
         "hdbafddg/eeeeeee/bafdd//baffd/cdhd/ec/cdhd/cdhdd"),
        ({"temperature": 0}, ONE_TO_ONE, "bafddhd/cd/cd/cd/cd/cd/eeeeeeeeeeeeeeeeeeeeeee"),
        ({}, ONE_TO_MANY, "g/abbb/c///////////////////g////////e/ghhgg/bdbg/hggfbbbgghb/e/e/bbbgce///bbbg"),
    ],
    ids=str,
)  # fmt: skip
def test_a_sample_is_what_it_was(options: Any, strategy: Strategy, text: str) -> None:
    drawn = sample(player(strategy), strategy, length=40, seed=7, **options)
    assert "".join(each.symbol if isinstance(each.symbol, str) else "/" for each in drawn) == text


def test_a_longer_sample_begins_with_the_shorter() -> None:
    played = player()
    assert ids(sample(played, length=300))[:20] == ids(sample(played, length=20))[:20]


# Ends.


def content(drawn: Sequence[Drawn]) -> list[Drawn]:
    return [each for each in drawn if isinstance(each.symbol, str)]


def test_a_length_counts_content_and_reads_past_documents() -> None:
    drawn = sample(player(document=2), length=50)
    assert len(content(drawn)) == 50 and drawn[-1] in content(drawn)
    assert 0 in ids(drawn)


def test_a_length_ends_even_if_only_boundaries_come() -> None:
    assert ids(sample(player(document=100), length=7)) == [0] * 14


def test_without_a_length_the_document_ends_a_sample() -> None:
    drawn = sample(player(document=3))
    assert ids(drawn).index(0) == len(drawn) - 1
    assert drawn[-1].symbol == Boundary("document")


def test_a_document_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "LIMIT", 30)
    assert LIMIT == 100_000
    assert len(sample(player(document=-100))) == 30


@pytest.mark.parametrize("until", ["document", *LEVELS])
def test_until_ends_with_a_boundary_of_that_level_or_a_stronger(until: str) -> None:
    level, met = VOCABULARY.level_id(until), set()
    played = player(document=1, chapter=1, paragraph=1)
    for number in range(20):
        *body, last = ids(sample(played, number=number, until=until))
        assert last <= level and all(id > level for id in body)
        met.add(last)
    assert met == set(range(level + 1))


def test_a_length_may_come_before_until() -> None:
    assert len(sample(player(document=-100, paragraph=-100, chapter=-100), until="paragraph", length=9)) == 9


def test_an_unknown_level_is_refused_at_once() -> None:
    with pytest.raises(UnknownName, match=r"'paragraf'.*Did you mean 'paragraph'"):
        generate(Solo(player(), ONE_TO_ONE), CODEC, GenerateSettings.of(until="paragraf"))


def drawn_of(symbols: Sequence[str | Boundary]) -> Iterator[Drawn]:
    return (Drawn(i, symbol, 0.5) for i, symbol in enumerate(symbols))


def spelt(drawn: Sequence[Drawn]) -> str:
    return "".join(each.symbol for each in drawn if isinstance(each.symbol, str))


symbols = st.lists(st.sampled_from(["a", "b", "ab", "aab", "", Boundary("chapter")]), max_size=12)
stops = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3)


@given(symbols, stops)
def test_a_stop_ends_the_text_before_its_first_occurrence(given: list[str | Boundary], stops: list[str]) -> None:
    out = list(stopping.hold_back(drawn_of(given), stops))
    assert out == list(drawn_of(given))[: len(out)]
    ends = [end for end in range(len(given) + 1) if any(stop in spelt(list(drawn_of(given[:end]))) for stop in stops)]
    if not ends:
        assert len(out) == len(given)
        return
    seen = spelt(list(drawn_of(given[: ends[0]])))
    start = min(seen.index(stop) for stop in stops if stop in seen)
    assert len(spelt(out)) <= start < len(spelt(list(drawn_of(given[: len(out) + 1]))))


@given(symbols, stops)
def test_nothing_is_held_back_that_no_stop_can_claim(given: list[str | Boundary], stops: list[str]) -> None:
    taken = 0

    def feed() -> Iterator[Drawn]:
        nonlocal taken
        for each in drawn_of(given):
            taken += 1
            yield each

    given_out: list[Drawn] = []
    at_pull = [(0, 0)]
    for each in stopping.hold_back(feed(), stops):
        given_out.append(each)
        at_pull.append((taken, len(given_out)))
    for (before, count), (after, _) in pairwise(at_pull):
        if after > before + 1:  # the symbol taken at `before` + 1 was held
            held = spelt(list(drawn_of(given))[count : before + 1])
            assert any(held.endswith(stop[:size]) for stop in stops for size in range(1, len(stop)))


def test_stops_apply_to_samples() -> None:
    played = player(document=-100)
    whole = spelt(sample(played, length=400))
    stop = whole[37:40]
    assert spelt(sample(played, length=400, stop=(stop, "never"))) == whole[: whole.index(stop)]


@pytest.mark.parametrize(
    "options",
    [
        {"length": -1},
        {"temperature": -0.1},
        {"temperature": 1e-9},
        {"temperature": math.nan},
        {"top_k": -1},
        {"top_p": 0},
        {"top_p": 1.1},
        {"min_p": -0.1},
        {"min_p": 1.1},
        {"repetition_penalty": 0},
        {"seed": -1},
        {"seed": 2**64},
        {"stop": ("x", "")},
    ],
    ids=str,
)
def test_settings_out_of_bounds_are_refused(options: Any) -> None:
    with pytest.raises(UsageError):
        GenerateSettings.of(**options)


# Strategies, against the plain model.


def plain(settings: ModelSettings, params: Parameters, read: Sequence[int], block: Sequence[int] = ()) -> np.ndarray:
    """The logits after `read`, from a fresh state, and after `block` within a block."""
    state = model.start(settings, params, 1)
    for id in read:
        y_BW, state = model.step(settings, params, np.array([id]), state)
    found: np.ndarray = model.logits(settings, params, y_BW, following=[np.array([id]) for id in block])[0]
    return found


def history(strategy: Strategy, before: list[int], drawn: list[int], reset: int = 0) -> tuple[list[int], list[int]]:
    """What has been read when the next symbol is drawn, and the block so far."""
    if strategy.context:
        return [*before, *drawn][-strategy.context :], []
    block: list[int] = []
    for id in drawn:
        block.append(id)
        if len(block) == strategy.horizon or id <= reset:
            before, block = before + block, []
    return before, block


@pytest.mark.parametrize("prompt", [[], [A, A + 1, A, A + 2]], ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_a_sample_follows_its_strategy(strategy: Strategy, prompt: list[int]) -> None:
    settings = replace(SETTINGS, horizon=strategy.horizon)
    params = parameters(settings, document=1)
    played = Player(settings, params)
    drawn = list(generate(Solo(played, strategy), CODEC, GenerateSettings.of(length=60), prompt=Prompt(tuple(prompt))))
    assert 0 in ids(drawn)
    for position, (each, number) in enumerate(zip(drawn, uniforms(0, 0, start=len(prompt)), strict=False)):
        read, block = history(strategy, [0, *prompt], ids(drawn[:position]))
        z = plain(settings, params, read, block).astype(np.float64)
        assert each.id == plain_draw(z, number)
        assert each.probability == pytest.approx(softmax(z)[each.id], rel=1e-4)
        assert each.symbol == VOCABULARY.symbol_of(each.id)


@pytest.mark.parametrize("reset", [-1, 0])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_a_reader_predicts_whatever_is_read(strategy: Strategy, reset: int) -> None:
    settings = replace(SETTINGS, horizon=strategy.horizon, reset_level=reset)
    params = parameters(settings)
    reader = Reader(Player(settings, params), strategy)
    read: list[int] = []
    for id in [A, A + 1, 0, A + 2, A + 3, A, A, 0, 0, A]:
        before, block = history(strategy, [0], read, reset)
        wanted = plain(settings, params, before, block)
        assert np.abs(reader.logits() - wanted).max() < 1e-5 * np.abs(wanted).max()
        reader.read(id)
        read.append(id)


def test_the_player_is_left_as_it_is() -> None:
    played = player()
    played.read(A)
    before = played.logits().copy()
    sample(played, length=10)
    assert np.array_equal(played.logits(), before)
