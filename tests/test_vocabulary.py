"""Ids: boundaries strongest first, then unknown, then symbols by falling count."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary

LEVELS = ("document", "chapter", "paragraph")
symbols = st.lists(st.text(st.characters(codec=None), max_size=3), unique=True, max_size=20)


@given(symbols)
def test_id_of_and_symbol_of_are_inverse(texts: list[str]) -> None:
    vocabulary = Vocabulary(LEVELS, texts)
    everything = [Boundary(level) for level in LEVELS] + [None] + texts
    assert [vocabulary.symbol_of(i) for i in range(vocabulary.size)] == everything
    assert [vocabulary.id_of(s) for s in everything if s is not None] == [0, 1, 2, *range(4, vocabulary.size)]
    assert all(s in vocabulary for s in everything if s is not None)


@given(symbols)
def test_json_carries_a_vocabulary_whole(texts: list[str]) -> None:
    vocabulary = Vocabulary(LEVELS, texts)
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    assert hash(Vocabulary.from_json(vocabulary.to_json())) == hash(vocabulary)


def test_symbols_are_ordered_by_falling_count_then_by_symbol() -> None:
    counts: Counter[str | Boundary] = Counter({"b": 2, "a": 2, "c": 9, Boundary("chapter"): 5, "gone": 0})
    assert Vocabulary.build(["document", "chapter"], counts).symbols == ("c", "a", "b")


def test_what_is_absent_is_unknown() -> None:
    vocabulary = Vocabulary(["document"], ["a"])
    assert vocabulary.unknown == 1 and vocabulary.size == 3
    assert vocabulary.id_of("z") == vocabulary.id_of(Boundary("chapter")) == vocabulary.unknown
    assert "z" not in vocabulary and Boundary("chapter") not in vocabulary and "document" not in vocabulary


def test_a_level_is_found_by_its_name() -> None:
    vocabulary = Vocabulary(LEVELS, [])
    assert [vocabulary.level_id(level) for level in LEVELS] == [0, 1, 2]
    with pytest.raises(UnknownName, match="Did you mean 'paragraph'"):
        vocabulary.level_id("paragraf")


@pytest.mark.parametrize("id", [-1, 3, 1000])
def test_an_id_out_of_range_is_refused(id: int) -> None:
    with pytest.raises(UsageError, match="0 to 2"):
        Vocabulary(["document"], ["a"]).symbol_of(id)


class Counted(str):
    """A symbol that counts how often it is hashed."""

    times = 0

    def __hash__(self) -> int:
        Counted.times += 1
        return super().__hash__()


def test_a_vocabulary_is_hashed_once() -> None:
    vocabulary = Vocabulary(["document"], [Counted("a")])
    first, times = hash(vocabulary), Counted.times
    assert hash(vocabulary) == first and Counted.times == times
    assert hash(Vocabulary(["document"], ["a"])) == first


@pytest.mark.parametrize(
    "value",
    [
        {"levels": ["document"], "symbols": ["a", "a"]},
        {"levels": ["document", "page", "page"], "symbols": []},
        {"levels": ["chapter"], "symbols": []},
        {"levels": [], "symbols": []},
        {"levels": ["document"], "symbols": [1]},
        {"levels": ["document"]},
        {"levels": ["document"], "symbols": [], "more": 1},
        None,
    ],
)
def test_what_is_no_vocabulary_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        Vocabulary.from_json(value)
