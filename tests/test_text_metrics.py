"""The metrics of text, by hand, at their edges, and on texts that they must tell apart."""

import random
from functools import partial
from itertools import chain, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.metric import Comparison, Excerpt, Material, compare
from seqgen.text import metrics
from seqgen.text.metrics import distinct, real_words, repetition, text_metrics, words_of
from tests.runs import WORDS, book

texts = st.lists(st.text("ab \n'é", max_size=30), max_size=5)


def excerpts(*contents: str) -> list[Excerpt]:
    return [Excerpt(tuple(content)) for content in contents]


def learnt(*training: str) -> Material:
    return Material(training=lambda: iter(training))


def distinct_of(side: list[Excerpt], n: int, *, beside: list[Excerpt] | None = None) -> float | None:
    return distinct(side, Material(side, side if beside is None else beside), n=n)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n?! -- :)", []),
        ("Don't STOP", ["don't", "stop"]),
        ("pi is 3.14, isn't it?", ["pi", "is", "3.14", "isn't", "it"]),
        ("café-noir cafe\u0301", ["café", "noir", "cafe\u0301"]),
        ("हिन्दी 日本", ["हिन्दी", "日", "本"]),
        ("Straße foo_bar2 _x", ["strasse", "foo_bar2"]),
        ("👩\u200d👧 x", ["x"]),
    ],
)
def test_words_are_those_of_unicode(text: str, words: list[str]) -> None:
    assert words_of(Excerpt((text,))) == words == words_of(Excerpt(tuple(text)))


@pytest.mark.parametrize(
    ("text", "middle"),
    [("one two three", ["two"]), (" one two three.", ["one", "two", "three"]), ("one", []), ("", []), ("?", [])],
)
def test_a_word_that_may_be_cut_is_not_counted(text: str, middle: list[str]) -> None:
    assert words_of(Excerpt((text,), begins=False, ends=False)) == middle
    whole = words_of(Excerpt((text,)))
    starts, stops = words_of(Excerpt((text,), begins=False)), words_of(Excerpt((text,), ends=False))
    assert starts == whole[len(whole) - len(starts) :] and stops == whole[: len(stops)]


def test_real_words_are_counted_as_often_as_they_occur() -> None:
    material = learnt("The old oak.", "gold")
    found = real_words(excerpts("the OLD old ook, 17 of_oak", "Gold?"), material)
    assert found == 4 / 5, "the, old, old, gold, and not ook; figures and names with underscores are left out"
    assert real_words(excerpts("17 -- 3.14", ""), material) is None
    assert real_words([], material) is None
    assert real_words(excerpts("oak"), learnt()) == 0


def test_the_words_of_training_are_gathered_once_and_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = []
    text = "an oak-wood of old\noaks can't be\xa0felled"

    def training() -> object:
        walks.append(1)
        return iter([iter(text), iter(["go", "ld"])])

    monkeypatch.setattr(metrics, "BATCH", 3)
    material = Material(training=training)  # type: ignore[arg-type]
    assert real_words(excerpts("an oak wood of old oaks can't be felled gold"), material) == 1
    assert real_words(excerpts("a woo ol can t fell go ld"), material) == 0
    assert walks == [1]


def test_distinct_grams_by_hand() -> None:
    side = excerpts("a b a b", "a b")
    assert distinct_of(side, 1) == 2 / 6
    assert distinct_of(side, 2) == 2 / 4, "a b, b a, a b, and a b; none from one excerpt into the next"
    assert distinct_of(side, 3) == 2 / 2
    assert distinct_of(side, 5) is None
    assert distinct_of([], 1) is None


def test_distinct_grams_are_read_to_one_length() -> None:
    long, short = excerpts("a b", "a a a a c"), excerpts("a b c")
    assert distinct_of(long, 1, beside=short) == 2 / 3 == distinct_of(excerpts("a b", "a"), 1)
    assert distinct_of(short, 1, beside=long) == 1
    assert distinct_of(long, 1, beside=[]) is None


def test_repetition_by_hand() -> None:
    assert repetition(excerpts("a b c d a b c d"), Material(), n=4) == 1 / 5
    assert repetition(excerpts("a b c d", "a b c d"), Material(), n=4) == 0, "each sample for itself"
    assert repetition(excerpts("a a a a a a", "a b c d"), Material(), n=4) == 2 / 4
    assert repetition(excerpts("a b c", "a", ""), Material(), n=4) is None


@given(texts, st.integers(1, 4), st.randoms())
def test_shares_are_shares_whatever_the_order(contents: list[str], n: int, draw: random.Random) -> None:
    side = excerpts(*contents)
    mixed = draw.sample(side, len(side))
    for measure in (partial(distinct_of, n=n), partial(repetition, material=learnt("a aa"), n=n)):
        value = measure(side)
        assert value is None or 0 <= value <= 1
        assert value == measure(mixed)
    value = real_words(side, learnt("a aa"))
    assert value == real_words(mixed, learnt("a aa")) and (value is None or 0 <= value <= 1)


@given(texts)
def test_what_is_in_training_is_real(contents: list[str]) -> None:
    assert real_words(excerpts(*contents), learnt(*contents)) in (1, None)


def side_by_side(text: str) -> dict[str, Comparison]:
    """A text as if a model had written it, beside a page as people write them."""
    material = Material(excerpts(text), excerpts(book(lines=200, seed=1)), training=lambda: iter([book()]))
    return compare(text_metrics("chars"), material)


def below(found: Comparison) -> bool:
    assert found.generated is not None and found.held_out is not None
    return found.generated < found.held_out


def test_invented_words_are_noticed() -> None:
    invented = book(lines=200, seed=2).replace("oak", "oask")
    assert below(side_by_side(invented)["real_words"])
    same = side_by_side(book(lines=200, seed=2))["real_words"]
    assert same.generated == same.held_out == 1


def test_going_in_circles_is_noticed() -> None:
    looped = "\n".join(["old oak and cold moss"] * 150)
    found = side_by_side(looped)
    assert all(below(found[f"distinct_{n}"]) for n in (1, 2, 3))
    again = found["repetition_4"]
    assert again.generated is not None and again.held_out is not None and again.generated > 0.9 > again.held_out


def test_babble_is_noticed() -> None:
    """More different words than people use, all the same length of text."""
    letters = random.Random(0)
    babble = " ".join("".join(letters.choices("abcdefgh", k=6)) for _ in range(600))
    found = side_by_side(babble)
    assert not any(below(found[f"distinct_{n}"]) for n in (1, 2)) and below(found["real_words"])


def test_length_alone_does_not_change_distinct_words() -> None:
    """Cut to one length, a long text of the same words has as many different ones as a short one, by and large."""
    draw = random.Random(0)
    words = list(chain.from_iterable(islice(iter(partial(draw.choices, WORDS, k=50), None), 40)))
    long, short = excerpts(" ".join(words)), excerpts(" ".join(draw.choices(WORDS, k=40)))
    alone, cut = distinct_of(long, 1), distinct_of(long, 1, beside=short)
    beside = distinct_of(short, 1, beside=long)
    assert alone is not None and cut is not None and beside is not None
    assert alone < 0.05 and abs(cut - beside) < 0.2


def test_the_metrics_belong_to_the_domain_that_asks() -> None:
    assert {metric.domain for metric in text_metrics("words")} == {"words"}
    names = [metric.name for metric in text_metrics("chars")]
    assert names == ["real_words", "distinct_1", "distinct_2", "distinct_3", "repetition_4"]
