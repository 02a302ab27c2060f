"""Drafting changes nothing but the speed: greedily the very symbols, by lot their distribution."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from seqgen import model
from seqgen.codec import Codec, Prompt
from seqgen.errors import UsageError
from seqgen.generation import Course, Drafted, GenerateSettings, Reader, Solo, drafting, generate
from seqgen.generation.draw import Draw, probability, uniforms
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.playing.windows import Window
from seqgen.vocabulary import Vocabulary
from tests.test_generation import CODEC, VOCABULARY, ids, plain
from tests.tiny import Tiny

SETTINGS = ModelSettings(VOCABULARY.size, layers=2, width=8, embedding=8, horizon=4, reset_level=0)
FEW = Codec(Tiny(), Vocabulary(("document",), "abc"))
STACKS = ["lstm", "min-gru", "convolution:2,min-lstm", "attention:3,gru", "feedforward,rnn"]


def parameters(settings: ModelSettings, **shifts: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    params = {name: rng.normal(0, 0.7, shape).astype(np.float32) for name, shape in model.shapes(settings).items()}
    for name, shift in shifts.items():
        params["output.b"][VOCABULARY.level_id(name)] += np.float32(shift)
    return params


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"repetition_penalty": 1.3, "no_repeat": 4, "presence_penalty": 0.2, "penalty_window": 9},
        {"ban": ("a", "cab")},
        {"until": "chapter"},
        {"mirostat": 1.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("cell", STACKS)
def test_the_likeliest_symbols_are_the_same_with_a_draft(cell: str, options: Any) -> None:
    settings = replace(SETTINGS, cell=cell)
    player = Player(settings, parameters(settings, document=0.5, paragraph=1))
    asked = GenerateSettings.of(length=120, temperature=0, **options)
    prompt = Prompt((VOCABULARY.id_of("b"), VOCABULARY.id_of("h")))
    plainly, drafted = (
        list(generate(voice, CODEC, asked, prompt=prompt)) for voice in (Solo(player, Strategy()), Drafted(player))
    )
    assert ids(drafted) == ids(plainly)
    for one, other in zip(drafted, plainly, strict=True):
        assert one.probability == pytest.approx(other.probability, rel=1e-3)


def test_a_document_that_ends_in_a_draft_begins_the_next_anew() -> None:
    player = Player(SETTINGS, parameters(SETTINGS, document=2))
    told = ids(list(generate(Drafted(player), CODEC, GenerateSettings(length=40))))
    assert told.count(0) > 1
    again = [plain(SETTINGS, parameters(SETTINGS, document=2), [0, *told[:place]]) for place in range(len(told))]
    reader = Drafted(player).begin()
    for id, wanted in zip(told, again, strict=True):
        assert np.abs(reader.logits() - wanted).max() < 1e-4
        reader.read(id)


def target(settings: ModelSettings, params: Any, size: int, **options: Any) -> dict[tuple[int, ...], float]:
    """The probability of each sequence of so many symbols under the first head, from the plain model."""
    chances: dict[tuple[int, ...], tuple[float, Draw]] = {
        (): (1.0, Draw(GenerateSettings.of(**options), FEW.vocabulary))
    }
    for _ in range(size):
        longer: dict[tuple[int, ...], tuple[float, Draw]] = {}
        for before, (chance, draw) in chances.items():
            logits_V = plain(settings, params, [0, *before])
            for id, p in enumerate(draw.left(logits_V).tolist()):
                if p:
                    longer[*before, id] = chance * p, (twin := draw.copy())
                    twin.left(logits_V)
                    twin.learn(id)
                    twin.note(id)
        chances = longer
    return {each: chance for each, (chance, _) in chances.items()}


def surprise(counts: Counter[tuple[int, ...]], chances: dict[tuple[int, ...], float]) -> float:
    """Chi-square of the counts, in standard deviations of its distribution above its mean; cells of fewer than five
    expected are one."""
    total = counts.total()
    assert set(counts) <= set(chances)
    large = [each for each, chance in chances.items() if chance * total >= 5]
    pairs = [(counts[each], chances[each] * total) for each in large]
    rest = total - sum(count for count, _ in pairs), total - sum(wanted for _, wanted in pairs)
    pairs += [rest] if rest[1] >= 5 else []
    square = sum((count - wanted) ** 2 / wanted for count, wanted in pairs)
    return float((square - (len(pairs) - 1)) / (2 * (len(pairs) - 1)) ** 0.5)


def drawn(player: Player, samples: int, **options: Any) -> Counter[tuple[int, ...]]:
    """How often each sequence of four symbols begins a sample."""
    asked, counts, voice = GenerateSettings.of(**options), Counter[tuple[int, ...]](), Drafted(player)
    for sample in range(samples):
        course = Course(voice, FEW, asked, sample=sample)
        counts[tuple(each.id for each in islice(course.drawn(uniforms(0, sample)), 4))] += 1
    return counts


SMALL = ModelSettings(FEW.vocabulary.size, cell="min-gru", width=8, embedding=8, horizon=4)


@pytest.mark.parametrize(
    ("reset", "options"),
    [(-1, {}), (0, {"temperature": 0.6, "top_p": 0.95}), (0, {"mirostat": 1.2, "repetition_penalty": 1.5})],
    ids=str,
)
def test_what_is_drawn_has_the_distribution_of_the_first_head(reset: int, options: Any) -> None:
    settings = replace(SMALL, reset_level=reset)
    params = parameters(settings)
    assert surprise(drawn(Player(settings, params), 1500, **options), target(settings, params, 4, **options)) < 4


def test_a_draft_that_is_always_accepted_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "verified", lambda guess, *_, **__: guess)
    params = parameters(SMALL)
    assert surprise(drawn(Player(SMALL, params), 800), target(SMALL, params, 4)) > 8


@pytest.mark.parametrize("seed", range(5))
def test_a_verified_guess_is_distributed_as_the_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p_V, q_V = rng.dirichlet([0.5] * 6, 2)
    counts = np.zeros(6)
    for guess, number in zip(rng.choice(6, 4000, p=q_V).tolist(), rng.random(4000).tolist(), strict=True):
        counts[drafting.verified(guess, p_V, q_V, number=number)] += 1
    assert ((counts - 4000 * p_V) ** 2 / (4000 * p_V + 1e-9)).sum() < 25


def test_the_same_seed_gives_the_same_sample_and_a_longer_one_begins_with_the_shorter() -> None:
    voice = Drafted(Player(SETTINGS, parameters(SETTINGS)))
    long, again, short = (
        ids(list(generate(voice, CODEC, GenerateSettings(length=length), sample=3))) for length in (90, 90, 31)
    )
    assert long == again and long[: len(short)] == short
    assert long != ids(list(generate(voice, CODEC, GenerateSettings(length=90), sample=4)))


def test_most_of_what_a_good_head_proposes_is_accepted() -> None:
    params = parameters(SETTINGS) | {"chain.E": np.zeros((VOCABULARY.size, 8), np.float32)}
    params |= {name: np.zeros_like(params[name]) for name in ("chain.U", "chain.b", "layers.0.W", "layers.1.W")}
    params |= {name: np.zeros_like(params[name]) for name in ("embedding", "layers.0.b", "layers.1.b")}
    windows: list[int] = []

    class Counting(drafting.Scout):
        def window(self, ids: Sequence[int]) -> Window:
            windows.append(len(ids))
            return super().window(ids)

    player = Player(SETTINGS, params)
    scout = Counting(player)
    asked = GenerateSettings(length=200)
    picks = drafting.drafted(scout, Draw(asked, VOCABULARY), uniforms(0, 0), gate=None)
    assert len(list(islice(picks, 200))) == 200
    assert len(windows) < 80


@pytest.mark.parametrize("reset", [-1, 0, 2])
def test_labels_are_read_behind_whatever_begins_anew(reset: int) -> None:
    settings = replace(SETTINGS, cell="min-gru", reset_level=reset)
    player = Player(settings, parameters(settings, document=1, chapter=1))
    labels = (VOCABULARY.id_of("g"), VOCABULARY.id_of("c"))
    reader, draw = Reader(player, Strategy(), labels=labels), Draw(GenerateSettings(), VOCABULARY)
    picks = list(islice(drafting.drafted(Drafted(player).begin(labels), draw, uniforms(0, 0), gate=None), 80))
    for id, told in picks:
        assert told == pytest.approx(probability(reader.logits(), id), rel=1e-3)
        reader.read(id)
    assert 1 < [id for id, _ in picks].count(0) < 60


def test_a_model_with_one_head_cannot_draft() -> None:
    settings = replace(SETTINGS, horizon=1)
    with pytest.raises(UsageError, match="one head"):
        Drafted(Player(settings, parameters(settings)))
