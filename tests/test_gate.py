"""Drawing within constraints: one distribution, however a constraint tells what it allows, and samples that keep it."""

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen import model
from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Every, Mask, Spoken, State
from seqgen.errors import InputError, UsageError
from seqgen.generation import Drawn, GenerateSettings, Reader, Solo, gate, generate, samplers
from seqgen.generation.draw import Draw, uniforms
from seqgen.generation.gate import Gate
from seqgen.generation.past import Past
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from tests.test_constraint import says
from tests.tiny import Syllables, Tiny

VOCABULARY = Vocabulary(("document", "paragraph"), "abcdefghi")
OPTIONS: list[dict[str, Any]] = [
    {},
    {"temperature": 0},
    {"temperature": 0.5},
    {"repetition_penalty": 3},
    {"top_k": 3},
    {"top_p": 0.7},
    {"min_p": 0.2},
    {"temperature": 2, "top_k": 5, "top_p": 0.8, "min_p": 0.1, "repetition_penalty": 2},
    {"top_p": 0.8, "min_p": 0.3},
    {"presence_penalty": 1.5, "frequency_penalty": 0.5},
    {"no_repeat": 1},
    {"temperature": 2, "temperature_end": 0.5, "length": 2},
    {"temperature": 1, "temperature_end": 0, "length": 2},
    {"typical": 0.6},
    {"eta": 0.2},
    {"mirostat": 1.0},
]


class Masked(Constraint):
    """Forbids some ids for good, and says so beforehand."""

    def __init__(self, forbidden: Iterable[int]) -> None:
        self.forbidden = set(forbidden)

    def step(self, state: State, symbol: Spoken) -> State | None:
        return None if VOCABULARY.id_of(symbol) in self.forbidden else 0

    def allowed(self, state: State) -> Mask | None:
        return np.array([id not in {*self.forbidden, VOCABULARY.unknown} for id in range(VOCABULARY.size)])


class Lazy(Masked):
    """Forbids the same, and says so only when it is tried."""

    def allowed(self, state: State) -> Mask | None:
        return None


def gate_of(*parts: Constraint) -> Gate:
    return Gate(Every(parts), VOCABULARY, (0,) * len(parts))


def shares(z_V: np.ndarray, settings: GenerateSettings, *parts: Constraint, count: int = 2000) -> np.ndarray:
    """How much of all random numbers falls to each id, from numbers that lie evenly."""
    begun, found = Draw(settings, VOCABULARY), np.zeros(VOCABULARY.size)
    begun.note(VOCABULARY.size - 1)
    draw = begun
    for k in range(count):
        if settings.samplers.mirostat:
            draw = begun.copy()
        found[draw.draw(z_V, (k + 0.5) / count, gate=gate_of(*parts))[0]] += 1 / count
    return found


def defined(z_V: np.ndarray, settings: GenerateSettings, forbidden: Sequence[int]) -> np.ndarray:
    """The definition: what is forbidden has no probability, and then the samplers apply."""
    z = z_V.astype(np.float64)
    z[[*forbidden, VOCABULARY.unknown]] = -np.inf
    past = Past(settings.samplers, VOCABULARY)
    past.note(len(z) - 1)
    for sampler in samplers.chain(settings.samplers, past, length=settings.length):
        sampler(z)
    shares: np.ndarray = np.exp(z - z.max())
    shares /= shares.sum()
    return shares


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_lazy_and_masked_draws_have_the_distribution_of_the_definition(options: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z_V = rng.normal(size=VOCABULARY.size, scale=1.5).astype(np.float32)
    forbidden = rng.choice(VOCABULARY.size, 5, replace=False).tolist()
    settings = GenerateSettings.of(**options)
    wanted = defined(z_V, settings, forbidden)
    simple = all(map(samplers.judges_alone, samplers.chain(settings.samplers, Past(settings.samplers, VOCABULARY))))
    count = 2000 if simple else 800  # what is parted again and again needs more numbers to come out even
    for parts in ([Masked(forbidden)], [Lazy(forbidden)], [Masked(forbidden[:2]), Lazy(forbidden[2:])]):
        assert np.abs(shares(z_V, settings, *parts, count=count) - wanted).max() < 6e-3
    if np.isin(np.flatnonzero(defined(z_V, settings, [])), forbidden).any():
        assert np.abs(defined(z_V, settings, []) - wanted).max() > 6e-3, "the test can see a difference"


CUTS: list[dict[str, Any]] = [
    {"top_k": 2},
    {"min_p": 0.4},
    {"typical": 0.4},
    {"top_p": 0.4},
    {"eta": 0.7},
    {"mirostat": 0.9},
    {"temperature": 0},
    {"repetition_penalty": 2, "typical": 0.7, "min_p": 0.3},
    {"top_k": 4, "eta": 0.9},
    {"no_repeat": 1, "temperature": 0.5, "top_p": 0.8, "mirostat": 1.0},
]


@given(
    st.lists(st.floats(-3, 3, width=16), min_size=VOCABULARY.size, max_size=VOCABULARY.size),
    st.sets(st.sampled_from(range(VOCABULARY.size)), max_size=VOCABULARY.size - 2),
    st.floats(0, 1, exclude_max=True),
)
def test_a_lazy_draw_is_the_masked_one_where_something_is_cut(z: list[float], forbidden: set[int], at: float) -> None:
    z_V = np.array(z, np.float32)
    forbidden -= {VOCABULARY.size - 2}
    for options in CUTS:
        found = []
        for kind in (Masked, Lazy):
            draw = Draw(GenerateSettings.of(**options), VOCABULARY)
            draw.note(VOCABULARY.size - 1)
            found.append(
                [draw.draw(z_V, at, gate=gate_of(kind(forbidden))) for _ in range(1 + ("mirostat" in options))]
            )
        assert found[0] == found[1]


class Still(Masked):
    """Forbids the same, and gives masks that stay as they are, so that what is made of them is remembered."""

    def allowed(self, state: State) -> Mask | None:
        mask = super().allowed(state)
        assert mask is not None
        mask.setflags(write=False)
        return mask


class Given(Masked):
    """Gives the mask that is put into it."""

    mask: Mask

    def allowed(self, state: State) -> Mask | None:
        return self.mask


@pytest.mark.parametrize("parts", [1, 2])
def test_masks_that_stay_give_the_same_draws(parts: int) -> None:
    z_V = np.random.default_rng(3).normal(size=VOCABULARY.size, scale=1.5).astype(np.float32)
    forbidden = [1, 4, 6]
    wanted = shares(z_V, GenerateSettings(), *[Masked(forbidden)] * parts)
    assert np.array_equal(shares(z_V, GenerateSettings(), *[Still(forbidden)] * parts), wanted)


def test_a_mask_that_may_change_is_not_remembered_and_others_are_within_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "BARS", 2)
    given = Given([])
    held = gate_of(given)
    for writeable in (True, False):
        given.mask = np.ones(VOCABULARY.size, np.bool_)
        for id in (3, 4, 5, 5):
            if not writeable:
                given.mask = given.mask.copy()
            given.mask[:] = True
            given.mask[id] = False
            given.mask.setflags(write=writeable)
            z_V = np.zeros(VOCABULARY.size)
            assert held.shut(z_V) and np.flatnonzero(z_V == -np.inf).tolist() == [id]
        assert len(held._bars) == (0 if writeable else 2)


def test_what_is_forbidden_does_not_count_for_the_share_of_top_p() -> None:
    z_V = np.linspace(0.5, 0, VOCABULARY.size, dtype=np.float32)
    settings, forbidden = GenerateSettings.of(top_p=0.4), [*range(7, 12)]
    wanted = defined(z_V, settings, forbidden)
    assert np.abs(shares(z_V, settings, Lazy(forbidden)) - wanted).max() < 6e-3


def test_a_number_that_is_used_up_is_not_parted_further(monkeypatch: pytest.MonkeyPatch) -> None:
    z_V = np.linspace(0, 2, VOCABULARY.size, dtype=np.float32)
    forbidden = [*range(3, 10)]
    wanted = defined(z_V, GenerateSettings(), forbidden)
    monkeypatch.setattr(gate, "FINE", 0.99)
    assert np.abs(shares(z_V, GenerateSettings(), Lazy(forbidden)) - wanted).max() < 6e-3


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_probability_told_is_that_of_the_model(options: Any) -> None:
    z_V = np.random.default_rng(2).normal(size=VOCABULARY.size).astype(np.float32)
    p = np.exp(z_V.astype(np.float64)) / np.exp(z_V.astype(np.float64)).sum()
    for part in (Masked([1, 4]), Lazy([1, 4])):
        id, told = Draw(GenerateSettings.of(**options), VOCABULARY).draw(z_V, 0.6, gate=gate_of(part))
        assert told == pytest.approx(p[id])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", [Masked, Lazy])
def test_where_nothing_is_allowed_the_constraint_is_named(kind: type[Masked], options: Any) -> None:
    z_V = np.zeros(VOCABULARY.size, np.float32)
    with pytest.raises(UsageError, match=f"the constraint '{kind.__name__}': it allows nothing"):
        Draw(GenerateSettings.of(**options), VOCABULARY).draw(z_V, 0.5, gate=gate_of(kind(range(VOCABULARY.size))))


def test_what_is_almost_impossible_is_drawn_if_nothing_else_is_allowed() -> None:
    z_V = np.zeros(VOCABULARY.size, np.float32)
    z_V[0], z_V[5] = 3000, -3000
    for part in (Masked, Still, Lazy):
        found = Draw(GenerateSettings(), VOCABULARY).draw(z_V, 0.5, gate=gate_of(part({*range(12)} - {5})))
        assert found == (5, 0)


def test_only_what_may_be_drawn_is_tried() -> None:
    tried = []

    class Spy(Lazy):
        def step(self, state: State, symbol: Spoken) -> State | None:
            tried.append(symbol)
            return super().step(state, symbol)

    z_V = np.linspace(0, 9, VOCABULARY.size, dtype=np.float32)
    for options, count in (({}, 1), ({"top_k": 3}, 3), ({"temperature": 0}, 1), ({"top_p": 0.5}, VOCABULARY.size - 1)):
        tried.clear()
        Draw(GenerateSettings.of(**options), VOCABULARY).draw(z_V, 0.999, gate=gate_of(Spy([])))
        assert len(tried) == count


def test_a_symbol_that_is_not_allowed_cannot_be_taken() -> None:
    with pytest.raises(UsageError, match="'Lazy': it does not allow 'a' here"):
        gate_of(Lazy([3])).take(3)


# Samples of an untrained model, near to uniform.

LETTERS = Vocabulary(("document", "paragraph"), "abcde ._")
PAIRS = [first + second for first in "abc" for second in "abc"]
SYLLABLES = Vocabulary(("document",), [*PAIRS, *"abc ._"])
CODECS = [Codec(Tiny(("paragraph",)), LETTERS), Codec(Syllables(), SYLLABLES)]
WORDS = ("a", "b", "ab", "ca", "bb", "cab", "a b", "b ca", "aaa", "c c")
ONE_TO_ONE, NOTHING = Strategy(), Prompt()


def player(codec: Codec, **shifts: float) -> Player:
    settings = ModelSettings(codec.vocabulary.size, layers=1, width=8, embedding=8, reset_level=0)
    rng = np.random.default_rng(1)
    params = {k: rng.normal(size=shape, scale=0.3).astype(np.float32) for k, shape in model.shapes(settings).items()}
    for name, shift in shifts.items():
        params["output.b"][codec.vocabulary.level_id(name)] += np.float32(shift)
    return Player(settings, params)


def text_of(codec: Codec, drawn: Iterable[Drawn]) -> str:
    """What is shown of a sample: a new line stands between documents."""
    marked = ("\n" if each.symbol == Boundary("document") else each.symbol for each in drawn)
    return "".join(each for each in marked if isinstance(each, str))


def sample(codec: Codec, *, played: Player, prompt: Prompt = NOTHING, number: int = 0, **options: Any) -> list[Drawn]:
    settings = GenerateSettings.of(**options)
    return list(generate(Solo(played, ONE_TO_ONE), codec, settings, prompt=prompt, sample=number))


@pytest.mark.parametrize("codec", CODECS, ids=["letters", "syllables"])
@pytest.mark.parametrize("options", [{}, {"top_k": 6}, {"stop": ("c", "a.")}, {"until": "document"}], ids=str)
def test_no_sample_says_a_banned_word(codec: Codec, options: Any) -> None:
    played, said = player(codec, document=1), 0
    for number in range(250):
        free = text_of(codec, sample(codec, played=played, number=number, length=12, **options))
        said += sum(says(free, word) for word in WORDS)
        text = text_of(codec, sample(codec, played=played, number=number, length=12, ban=WORDS, **options))
        assert not [word for word in WORDS if says(text, word)], text
    assert said > 25, "a free model says many"


@pytest.mark.parametrize("codec", CODECS, ids=["letters", "syllables"])
def test_what_the_prompt_says_is_not_banned_but_what_goes_on_with_it_is(codec: Codec) -> None:
    played, said = player(codec), "a b ab.a"
    begun = codec.ids_of_prompt(said)
    known = said.removesuffix(begun.follow)
    for number in range(150):
        drawn = text_of(codec, sample(codec, played=played, prompt=begun, number=number, length=6, ban=WORDS))
        text = " ".join((known + drawn).split())
        assert text.startswith(said)
        late = {text[:at] for word in WORDS for at in ends(text, word) if at > len(said)}
        assert not late


def ends(text: str, word: str) -> Iterable[int]:
    """Where the word ends in the text, wherever it stands whole."""
    found = re.finditer(rf"(?<!\w)(?={re.escape(word)}(?!\w))", text)
    return (each.start() + len(word) for each in found)


class Bracketed(Constraint):
    """Every `a` is closed by an `e` before a sample ends; the state is how many are open."""

    start: Hashable = 0

    def step(self, state: State, symbol: Spoken) -> State | None:
        if symbol == Boundary("document") and state:
            return None
        after: int = state + (symbol == "a") - (symbol == "e")
        return None if after < 0 else after

    def complete(self, state: State) -> Iterable[Spoken]:
        return ["e"] * int(state)


@pytest.mark.parametrize(
    "strategy", [ONE_TO_ONE, Strategy("many-to-one", context=3), Strategy("one-to-many", horizon=3)]
)
@pytest.mark.parametrize("options", [{"length": 9}, {"length": 9, "stop": ("b",)}, {}], ids=str)
def test_a_sample_that_is_cut_is_completed(strategy: Strategy, options: Any) -> None:
    codec, met = CODECS[0], 0
    settings = ModelSettings(LETTERS.size, layers=1, width=8, embedding=8, horizon=strategy.horizon, reset_level=0)
    rng = np.random.default_rng(1)
    params = {k: rng.normal(size=shape, scale=0.3).astype(np.float32) for k, shape in model.shapes(settings).items()}
    played, begun = Player(settings, params), Prompt((LETTERS.id_of("a"),))
    for number in range(30):
        made = list(
            generate(
                Solo(played, strategy), codec, GenerateSettings.of(**options), prompt=begun, sample=number,
                constraint=Bracketed(),
            )
        )  # fmt: skip
        text = "a" + text_of(codec, made)
        assert text.count("a") == text.count("e")
        met += made[-1].symbol == "e" and len(made) > options.get("length", math.inf)
        reader = Reader(played, strategy)
        reader.read(begun.ids[0])
        reader.begin_block()
        for each in made:
            z_V = reader.logits().astype(np.float64)
            assert each.probability == pytest.approx(math.exp(z_V[each.id] - np.logaddexp.reduce(z_V)), rel=1e-4)
            reader.read(each.id)
    assert met or options != {"length": 9}


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.ones(3, np.bool_), "the mask has 3 places, the vocabulary 12"),
        (np.ones((1, 12), np.bool_), "the mask has 1x12 places, the vocabulary 12"),
        (np.ones(12, np.int64), "the mask holds int64"),
        ([True] * 12, "`allowed` gave a list, which is no mask"),
    ],
)
@pytest.mark.parametrize("fixed", [False, True])
def test_what_is_no_mask_is_told(mask: Any, said: str, fixed: bool) -> None:
    class Wrong(Lazy):
        def allowed(self, state: State) -> Mask | None:
            return mask  # type: ignore[no-any-return]

    if fixed and isinstance(mask, np.ndarray):
        mask.setflags(write=False)
    for settings in (GenerateSettings(), GenerateSettings.of(top_k=3)):
        draw, z_V = Draw(settings, VOCABULARY), np.zeros(VOCABULARY.size, np.float32)
        with pytest.raises(InputError, match=f"^the constraint 'Wrong': {said}. Let `allowed` give"):
            draw.draw(z_V, 0.5, gate=gate_of(Wrong([])))


class NeverEmpty(Constraint):
    """A document is whole once it ends, is never empty, and may be cut nowhere; the state says whether it has begun."""

    start: Hashable = False

    def step(self, state: State, symbol: Spoken) -> State | None:
        return True if symbol != Boundary("document") else False if state else None

    def complete(self, state: State) -> Iterable[Spoken] | None:
        return None


def test_a_document_that_has_ended_is_whole() -> None:
    """Though behind its end, at the start of the next, none may end."""
    codec, rule = CODECS[0], NeverEmpty()
    played, settings = Solo(player(codec, document=1), ONE_TO_ONE), GenerateSettings.of(length=40, until="document")
    for number in range(20):
        free = [each.id for each in generate(played, codec, settings, sample=number)]
        made = [each.id for each in generate(played, codec, settings, sample=number, constraint=rule)]
        assert made[-1:] == [0] and len(made) > 1
        assert made == free or free[0] == 0


def test_a_prompt_that_ends_inside_a_word_is_gone_on_with() -> None:
    codec = CODECS[1]
    played, begun = player(codec), codec.ids_of_prompt("ab cabc")
    assert begun.follow == "cabc"
    seen = set()
    for number in range(40):
        drawn = sample(codec, played=played, prompt=begun, number=number, length=4)
        text = text_of(codec, drawn)
        assert text.startswith("cabc")
        seen.add(tuple(each.symbol for each in drawn[:2]))
    assert len(seen) > 3, "the word is spelled in more than one way"
    assert text_of(codec, sample(codec, played=played, prompt=begun, length=1)) == "cabc"


def test_constraints_do_not_change_what_they_allow_anyway() -> None:
    codec = CODECS[0]
    played = player(codec)
    free = sample(codec, played=played, length=200)
    bound = sample(codec, played=played, length=200, ban=("zebra",))
    assert [each.id for each in free] == [each.id for each in bound]
    assert [each.probability for each in bound] == pytest.approx([each.probability for each in free])


def test_random_numbers_stay_in_their_places() -> None:
    codec = CODECS[0]
    played = player(codec)
    numbers = list(zip(sample(codec, played=played, length=60, ban=WORDS), uniforms(0, 0), strict=False))
    reader, draw = Reader(played, ONE_TO_ONE), Draw(GenerateSettings(), LETTERS)
    same = 0
    for each, number in numbers:
        same += draw.draw(reader.logits(), number)[0] == each.id
        reader.read(each.id)
    assert same > 30, "what was not refused fell to the same numbers"
