"""A mixture is the sum of what its parts think, over the symbols of the first of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest

import seqgen
from seqgen.api.evaluating import Source, evaluate
from seqgen.api.models import Model
from seqgen.codec import Codec
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.generation import GenerateSettings, Reading, Solo, Voice, generate, uniforms
from seqgen.generation.mixture import Mixture, Part
from seqgen.tokenizer import Label, Writer
from seqgen.vocabulary import Vocabulary
from tests.checkpoints import CODEC, checkpoint
from tests.cli.test_commands import Said, Terminal
from tests.test_generation import CODEC as LARGER
from tests.test_generation import STRATEGIES, player
from tests.tiny import Tiny

OF_CHARS = {"domain": "chars"}
AUSTEN, BRONTE, NOBODY = Label("author", "Austen"), Label("author", "Bronte"), Label("author", "")
FIRST = Vocabulary(("document", "chapter"), "ab", labels=[AUSTEN, NOBODY])
OTHER = Vocabulary(("document", "line"), "bc", labels=[AUSTEN, BRONTE, NOBODY])


class Told:
    """Says the same whatever it reads, and notes what that is."""

    def __init__(self, logits: Sequence[float], *, ids: Sequence[int] = ()) -> None:
        self.told, self.ids, self.labels = logits, [*ids], list[int]()

    def begin(self, labels: Sequence[int] = ()) -> Self:
        self.labels = [*labels]
        return self

    def read(self, id: int) -> None:
        self.ids.append(id)

    def begin_block(self) -> None:
        self.ids.append(-1)

    def logits(self) -> Any:
        return np.array(self.told, np.float32)

    def copy(self) -> "Told":
        return Told(self.told, ids=self.ids)


def ids_of(vocabulary: Vocabulary) -> dict[Any, int]:
    return {vocabulary.symbol_of(id): id for id in range(vocabulary.size)}


def logits_of(vocabulary: Vocabulary, p: Mapping[str, float]) -> list[float]:
    """Logits with these probabilities, levels and `?` for the unknown symbol too, and next to none of others."""
    z = [-80.0] * vocabulary.size
    for name, each in p.items():
        id = (
            vocabulary.unknown
            if name == "?"
            else vocabulary.id_of(name)
            if len(name) == 1
            else vocabulary.level_id(name)
        )
        z[id] = math.log(each) + 7  # any constant
    return z


def softmax(z: Any) -> Any:
    p = np.exp(z.astype(np.float64) - z.max())
    return p / p.sum()


def mixture(one: Voice, two: Voice, weight: float = 0.25, **more: Any) -> Mixture:
    return Mixture((Part(one, 1 - weight, FIRST), Part(two, weight, OTHER, **more)))


def test_a_mixture_is_the_weighted_sum_over_what_the_first_can_say() -> None:
    one = Told(logits_of(FIRST, {"document": 0.1, "chapter": 0.2, "?": 0.1, "a": 0.4, "b": 0.2}))
    # "line" and "c" mean nothing to the first: without them the others are 0.5 of the whole.
    two = Told(logits_of(OTHER, {"document": 0.1, "line": 0.2, "?": 0.15, "b": 0.25, "c": 0.3}))
    p = softmax(mixture(one, two).begin().logits())
    by_hand = {
        "document": 0.75 * 0.1 + 0.25 * 0.1 / 0.5,
        "chapter": 0.75 * 0.2,
        "?": 0.75 * 0.1 + 0.25 * 0.15 / 0.5,
        "a": 0.75 * 0.4,
        "b": 0.75 * 0.2 + 0.25 * 0.25 / 0.5,
    }
    assert sum(by_hand.values()) == pytest.approx(1)
    assert p[: FIRST.first_label].tolist() == pytest.approx([*by_hand.values()], abs=1e-6)
    z = mixture(one, two).begin().logits().astype(np.float64)
    assert np.exp(z).sum() == pytest.approx(1, abs=1e-6), "the logits are log-probabilities"


def test_three_are_mixed_as_two_are() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(3, FIRST.size))
    voices = [Told(each.tolist()) for each in z]
    weights = (0.5, 0.3, 0.2)
    whole = Mixture(tuple(Part(voice, weight, FIRST) for voice, weight in zip(voices, weights, strict=True)))
    wanted = sum(weight * softmax(each) for weight, each in zip(weights, z, strict=True))
    assert softmax(whole.begin().logits()).tolist() == pytest.approx(wanted.tolist(), abs=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
@pytest.mark.parametrize(("weight", "same"), [(0.4, True), (1e-12, False)])
def test_parts_that_agree_or_weigh_nothing_change_nothing(strategy: Any, weight: float, same: bool) -> None:
    alone = Solo(player(strategy), strategy)
    other = alone if same else Solo(player(a=3, document=-3), STRATEGIES[0])
    parts = (Part(alone, 1 - weight, LARGER.vocabulary), Part(other, weight, LARGER.vocabulary))
    settings = GenerateSettings.of(length=40, top_p=0.9)
    wanted = list(generate(alone, LARGER, settings))
    drawn = list(generate(Mixture(parts), LARGER, settings))
    assert [each.id for each in drawn] == [each.id for each in wanted]
    assert [each.probability for each in drawn] == pytest.approx([each.probability for each in wanted], rel=1e-4)
    if not same:  # negative control: with a weight it does
        heavy = (Part(alone, 0.5, LARGER.vocabulary), Part(other, 0.5, LARGER.vocabulary))
        assert [each.id for each in generate(Mixture(heavy), LARGER, settings)] != [each.id for each in wanted]


def test_a_sample_is_drawn_from_the_mixture_and_told_its_probability() -> None:
    one, two = (
        Solo(player(each, **shift), each) for each, shift in zip(STRATEGIES, ({"a": 1}, {"b": 2}), strict=False)
    )
    voice = Mixture((Part(one, 0.6, LARGER.vocabulary), Part(two, 0.4, LARGER.vocabulary)))
    readers: list[Reading] = [one.begin(), two.begin()]
    for each, number in zip(generate(voice, LARGER, GenerateSettings.of(length=40)), uniforms(0, 0), strict=False):
        p, q = (softmax(reader.logits()) for reader in readers)
        both = 0.6 * p + 0.4 * q
        assert each.probability == pytest.approx(both[each.id], rel=1e-5)
        both[LARGER.vocabulary.unknown] = 0
        assert each.id == np.searchsorted(both.cumsum() / both.sum(), number, "right")
        for reader in readers:
            reader.read(each.id)


def test_nothing_underflows() -> None:
    low = Told([0, -50, -50, -2000, -1500, -50, -50])
    high = Told([20_000, 9_000, 9_000, 19_000, 19_000, 9_000, 9_000, 9_000])
    logits = mixture(low, high).begin().logits()
    assert np.isfinite(logits).all() and logits[0] == pytest.approx(0, abs=1e-5)
    assert logits[FIRST.id_of("a")] == pytest.approx(-2000 + math.log(0.75))
    assert logits[FIRST.id_of("b")] == pytest.approx(math.log(0.25) - 1000)
    for broken in (math.nan, math.inf):
        for one, two in ((Told([broken] * 7), high), (low, Told([broken] * 8))):
            with pytest.raises(InputError, match="at a lower rate"):
                mixture(one, two).begin().logits()


def test_each_part_reads_what_it_knows() -> None:
    one, two = Told([0.0] * FIRST.size), Told([0.0] * OTHER.size)
    reading = mixture(one, two).begin()
    symbols = [FIRST.id_of("b"), FIRST.id_of("a"), FIRST.level_id("chapter"), FIRST.unknown, 0, FIRST.id_of(AUSTEN)]
    for id in symbols:
        reading.read(id)
    reading.begin_block()
    assert one.ids == [*symbols, -1]
    assert two.ids == [OTHER.id_of("b"), OTHER.unknown, OTHER.unknown, 0, OTHER.id_of(AUSTEN), -1]
    twin = reading.copy()
    reading.read(0)
    assert one.ids[-1] == two.ids[-1] == 0
    twin.read(FIRST.id_of("b"))
    assert one.ids[-1] == two.ids[-1] == 0, "a copy goes its own way"


@pytest.mark.parametrize(
    ("given", "own", "wanted"),
    [
        ([AUSTEN], {}, [AUSTEN]),
        ([NOBODY], {}, [NOBODY]),
        ([], {}, [NOBODY]),
        ([NOBODY], {"author": "Bronte"}, [BRONTE]),
    ],
    ids=str,
)
def test_labels_are_given_by_name(given: list[Label], own: dict[str, str], wanted: list[Label]) -> None:
    one, two = Told([0.0] * FIRST.size), Told([0.0] * OTHER.size)
    mixture(one, two, labels=own).begin([FIRST.id_of(label) for label in given])
    assert one.labels == [FIRST.id_of(label) for label in given]
    assert two.labels == [OTHER.id_of(label) for label in wanted]


# Models.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models with vocabularies of their own: `one`, and `b:two`."""
    folder = tmp_path_factory.mktemp("mixing")
    checkpoint(1, provenance=OF_CHARS).save(folder / "one")
    other = Vocabulary(["document", "paragraph"], list("cdefghij"))
    checkpoint(2, codec=CODEC | {"vocabulary": other.to_json()}, provenance=OF_CHARS).save(folder / "b:two")
    return folder


@pytest.fixture
def models(folder: Path) -> tuple[Model, Model]:
    return seqgen.load(folder / "one"), seqgen.load(folder / "b:two")


def test_a_mixed_model_writes_and_scores(models: tuple[Model, Model]) -> None:
    one, two = models
    both = seqgen.mixed(one, {two: 0.3})
    (sample,) = both.generate("ab", length=30, seed=2)
    assert sample.text.startswith("ab") and set(sample.text) <= set("abcdefgh\n")
    symbols = both.score(sample.text)
    drawn = [-math.log2(each.probability) for each in sample.symbols]
    assert [each.bits for each in symbols[2 : 2 + 10]] == pytest.approx(drawn[:10], rel=1e-4)
    costs = {model: sum(each.bits for each in model.score("ghgh")) for model in (one, two, both)}
    assert costs[both] < costs[one] * 0.7 + costs[two] * 0.3, "the logarithm of a mean is above the mean of logarithms"
    (alone,) = one.generate("ab", length=30, seed=2)
    assert alone.text != sample.text, "the model itself stays as it is"
    assert [
        each.text for each in seqgen.mixed(one, {seqgen.load(one.path): 0.3}).generate("ab", length=30, seed=2)
    ] == [alone.text]


def test_what_is_for_one_model_alone_is_refused(models: tuple[Model, Model]) -> None:
    one, two = models
    both, held = seqgen.mixed(one, {two: 0.3}), Source("a book", "test", np.zeros(2, np.int32), np.zeros(2, np.int32))
    with pytest.raises(UsageError, match="the model is mixed with others"):
        evaluate(both, held)
    with pytest.raises(UsageError, match="the model is mixed with others"):
        next(both.generate("a", memory=one.read("ab")))


@pytest.mark.parametrize("weights", [(0.0,), (1.0,), (-0.1,), (math.nan,), (0.5, 0.5), (0.6, 0.6)], ids=str)
def test_weights_that_leave_nothing_are_refused(models: tuple[Model, Model], weights: tuple[float, ...]) -> None:
    one, two = models
    others = dict(zip((two, copy(two)), weights, strict=False))
    with pytest.raises(UsageError, match="Give each one above 0, all together below 1"):
        seqgen.mixed(one, others)


@pytest.mark.parametrize("labels", [{}, {"author": "Austen"}], ids=str)
def test_a_model_is_not_mixed_with_none(models: tuple[Model, Model], labels: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="there is no other model"):
        seqgen.mixed(models[0], {}, labels=labels)


class Loud(Writer):
    def write(self, state: Any, symbol: str) -> tuple[str, Any]:
        return symbol.upper(), state


@dataclass(frozen=True)
class Wide(Tiny):
    size: int = 1
    learns: ClassVar[bool] = False

    def writer(self) -> Writer:
        return Loud() if self.learns else Writer()


class Louder(Wide):
    learns = True


@pytest.mark.parametrize(
    ("tokenizer", "said"),
    [
        (Wide(size=2), r"one with .*two: the first has the size 1, the other the size 2"),
        (Louder(), "the symbol 'c' is 'c' to the first, 'C' to the other"),
        (
            None,
            "the first has the domain 'letters', tokenizer 'tiny', size 1, the other the domain 'chars', tok",
        ),
    ],
)
def test_tokenizers_that_do_not_mean_the_same_are_refused(
    models: tuple[Model, Model], tokenizer: Any, said: str
) -> None:
    one, two = models
    one.codec = Codec(Wide(("paragraph",)), one.codec.vocabulary)
    two.codec = Codec(tokenizer or two.codec.tokenizer, two.codec.vocabulary)
    with pytest.raises(UsageError, match=said):
        seqgen.mixed(one, {two: 0.5})
    two.codec = Codec(Wide(), two.codec.vocabulary)
    seqgen.mixed(one, {two: 0.5})  # levels may differ


def test_a_label_that_no_other_has_is_refused(models: tuple[Model, Model]) -> None:
    one, two = models
    with pytest.raises(UnknownName, match="author"):
        seqgen.mixed(one, {two: 0.5}, labels={"author": "Austen"})


# On the command line.


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.chdir(folder)
    yield Terminal(folder, capsys)


def test_other_models_are_mixed_in(terminal: Terminal, models: tuple[Model, Model]) -> None:
    said = terminal("chars generate one --mix b:two:0.3 --length 20")
    (sample,) = seqgen.mixed(models[0], {models[1]: 0.3}).generate(length=20)
    assert said.code == 0 and said.out == f"{sample.text}\n"
    plain, both = (terminal(f"chars score one ghgh {mix}").out for mix in ("", "--mix b:two:0.3"))
    assert plain != both
    assert terminal("chars generate one --mix b:two:0.3 --mix one:0.3 --length 9").code == 0


@pytest.mark.parametrize("wrong", ["b:two", "0.3", ":0.3", "one:", "one:2", "one:0", "one:1", "one:nan", "one:x"])
def test_what_is_no_model_with_a_weight_is_refused(terminal: Terminal, wrong: str) -> None:
    said: Said = terminal(f"chars generate one --length 3 --mix {wrong}")
    assert said.code == 2 and f"--mix {wrong}: it does not end in a colon and a weight between 0 and 1" in said.err


def test_weights_together_stay_below_one(terminal: Terminal) -> None:
    said = terminal("chars generate one --length 3 --mix b:two:0.5 --mix one:0.5")
    assert said.code == 2 and "all together below 1" in said.err


def test_a_label_goes_to_the_model_that_knows_it(terminal: Terminal, folder: Path) -> None:
    labelled = Vocabulary(["document", "paragraph"], list("cdefgh"), labels=[AUSTEN, NOBODY])
    codec = CODEC | {"vocabulary": labelled.to_json(), "labelled": [3, 4]}
    checkpoint(2, codec=codec, provenance=OF_CHARS).save(folder / "labelled")
    outs = {
        author: terminal(f"chars generate one --mix labelled:0.6 --length 40 --label author={author}")
        for author in ("Austen", "", "Bronte")
    }
    assert outs["Austen"].code == outs[""].code == 0 and outs["Austen"].out != outs[""].out
    assert outs["Bronte"].code == 2 and "there is none of that name" in outs["Bronte"].err
