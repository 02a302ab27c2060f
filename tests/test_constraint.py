"""Constraints keep what they promise, across symbols, boundaries and the seam with a prompt."""

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.constraint import Ban, Constraint, Every, Follow, Spoken, State
from seqgen.errors import UsageError
from seqgen.tokenizer import Boundary, Writer
from seqgen.vocabulary import Vocabulary
from tests.tiny import Shouter, Spacer, Syllables

DOCUMENT, PARAGRAPH = Boundary("document"), Boundary("paragraph")
WORDS = ("the", "the end", "a b", "é", "ss", "3%", "c++")


def says(text: str, word: str) -> bool:
    """The definition: the word stands in the text, and no letter, digit, mark or underscore goes on with it."""
    text, word = " ".join(f" {text} ".casefold().split()), " ".join(word.casefold().split())
    places = (at for at in range(len(text)) if text.startswith(word, at))
    return any(not goes_on(text, at) and not goes_on(text, at + len(word)) for at in places)


def goes_on(text: str, at: int) -> bool:
    return 0 < at < len(text) and all(c == "_" or unicodedata.category(c)[0] in "LNM" for c in text[at - 1 : at + 1])


def spoken(symbols: Iterable[Spoken]) -> str:
    """The text of symbols; between documents stands a new line."""
    return "".join(symbol if isinstance(symbol, str) else "\n" * (symbol == DOCUMENT) for symbol in symbols)


def walk(constraint: Constraint, symbols: Sequence[Spoken], state: Hashable | None = None) -> Hashable | None:
    """The state behind symbols, None once one is refused."""
    state = constraint.start if state is None else state
    for symbol in symbols:
        state = constraint.step(state, symbol)
        if state is None:
            break
    return state


SAID = [
    "the",
    "The",
    "t",
    "he",
    "end",
    "END.",
    " ",
    "\n ",
    "a",
    "b",
    "é",
    "e\u0301",
    "ß",
    "s",
    "3%",
    "c+",
    "+",
    "_",
    "1",
]
texts = st.lists(st.sampled_from([*SAID, DOCUMENT, PARAGRAPH]), max_size=12)


@given(texts)
def test_a_ban_takes_exactly_what_says_no_banned_word(symbols: list[Spoken]) -> None:
    ban = Ban(WORDS, Writer())
    state = walk(ban, symbols)
    said = any(says(spoken(symbols), word) for word in WORDS)
    assert said == (state is None or ban.complete(state) is None)


@given(texts, texts)
def test_what_lies_in_the_prompt_is_allowed_and_the_seam_is_not(prompt: list[Spoken], drawn: list[Spoken]) -> None:
    ban = Ban(WORDS, Writer())
    state = walk(ban, drawn, ban.begin(prompt))
    whole = spoken([*prompt, *drawn])
    refused = state is None or ban.complete(state) is None
    if not any(says(whole, word) for word in WORDS):
        assert not refused
    if refused:
        own = [says(whole[at:], word) for word in WORDS for at in range(len(spoken(prompt)) + 1)]
        assert any(own)


@pytest.mark.parametrize(
    ("prompt", "drawn", "banned"),
    [
        ("the", "", False),
        ("the", " ", False),
        ("the", "n ", False),
        ("the", " end", True),
        ("the en", "d", True),
        ("th", "e", True),
        ("th", "em", False),
        ("", "other the_ the1 ", False),
        ("", "the\u0301 ", False),
        ("", "(THE)", True),
        ("x ", "\n\nthe", True),
        ("the \n", "  end", True),
        ("a", " b", True),
        ("a", " bc", False),
        ("", "c+++", True),
        ("", "ẞ", True),
    ],
)
def test_a_ban_at_the_seam(prompt: str, drawn: str, banned: bool) -> None:
    ban = Ban(WORDS, Writer())
    state = walk(ban, drawn, ban.begin(prompt))
    assert banned == (state is None or ban.complete(state) is None)


def test_a_word_is_refused_at_once_where_the_writer_says_that_it_is_whole() -> None:
    ban = Ban(["end", "the end"], Spacer())
    assert walk(ban, ["the", "end"]) is None and walk(ban, ["the", "lend"]) is not None
    assert walk(ban, ["end"], ban.begin(["the"])) is None
    assert walk(ban, ["s"], ban.begin(["end"])) is not None


def test_the_rest_of_a_prompt_may_be_banned() -> None:
    ban = Ban(["the"], Writer())
    for drawn, refused in (("the", False), ("the ", False), ("them the", True)):
        state = walk(ban, [drawn], ban.begin("x ", follow="the"))
        assert refused == (state is None or ban.complete(state) is None)


def test_a_word_of_nothing_is_no_word_to_ban() -> None:
    with pytest.raises(UsageError, match="there is nothing in it"):
        Ban(["a", " \t"], Writer())


# What must follow.

CODEC = Codec(Syllables(), Vocabulary(("document", "paragraph"), ["th", "the", "he", "h", "e", "n", "i", "", " ", "x"]))
rests = st.text("then i", max_size=5)


@given(rests, st.lists(st.sampled_from([*CODEC.vocabulary.symbols, DOCUMENT, PARAGRAPH]), max_size=6))
def test_what_is_drawn_begins_with_what_must_follow(rest: str, symbols: list[Spoken]) -> None:
    try:
        follow = Follow(rest, CODEC)
        state = follow.begin(["x"])
    except UsageError:
        assert "t" in rest.replace("th", "")
        return
    state = walk(follow, symbols, state)
    text = spoken(symbols)
    if state is None:
        return
    assert text.startswith(rest) or (rest.startswith(text) and DOCUMENT not in symbols)
    way = list(follow.complete(state) or ())
    whole = spoken([*symbols, *way])
    assert whole.startswith(rest) and bool(way) == (not text.startswith(rest))
    assert not way or whole == rest or rest.endswith("t"), "it writes no more than it must"


def test_no_symbol_is_taken_from_which_the_text_cannot_be_ended() -> None:
    follow = Follow("thi", Codec(Syllables(), Vocabulary(("document",), ["th", "thix", "t", "h", "xi"])))
    assert {symbol for symbol in ("th", "thix", "t", "h") if follow.step(follow.start, symbol)} == {"thix"}
    with pytest.raises(UsageError, match="no symbols write it"):
        Follow("thy", CODEC).begin([])


def test_what_is_written_at_the_end_may_end_the_text() -> None:
    codec = Codec(Shouter(), Vocabulary(("document",), "ab"))
    assert list(Follow("ab!", codec).complete(Follow("ab!", codec).start) or ()) == ["a", "b"]
    follow = Follow("a ", Codec(Syllables(), Vocabulary(("document",), ["a", " x", " the"])))
    assert list(follow.complete(follow.start) or ()) == ["a", " x"], "no symbol writes the space alone"


def test_a_symbol_that_does_nothing_is_not_taken_before_the_text_is_written() -> None:
    follow = Follow("the", CODEC)
    assert walk(follow, [""]) is None and walk(follow, ["the", ""]) is not None


@given(rests, st.lists(st.sampled_from(["x", "th", "h"]), max_size=3))
def test_a_mask_is_what_step_takes(rest: str, symbols: list[str]) -> None:
    vocabulary = CODEC.vocabulary
    try:
        for constraint in (Follow(rest, CODEC), Every([Follow(rest, CODEC), Follow(rest[:1], CODEC)])):
            state = walk(constraint, symbols, constraint.begin(["x"]))
            mask = None if state is None else constraint.allowed(state)
            if mask is not None:
                tried = {i for i, s in enumerate(vocabulary.symbols, 3) if constraint.step(state, s) is not None}
                assert set(mask.nonzero()[0].tolist()) == tried and mask.any()
    except UsageError:
        assert "t" in rest.replace("th", "")


def test_several_constraints_all_hold() -> None:
    both = Every([Follow("the", CODEC), Ban(["then", "hen"], Writer())])
    state = both.begin(["x", " "], follow="the")
    assert both.allowed(state) is None and both.masks(state)[1] is None
    assert walk(both, ["the", " "], state) is not None
    assert walk(both, ["the", "n", " "], state) is None and walk(both, ["he"], state) is None
    assert list(both.complete(state) or ()) == ["the"]
    then = walk(both, ["the", "n"], state)
    assert then is not None and both.complete(then) is None
    assert str(both) == "the end of the prompt, 'the' with the ban of 'then', 'hen'"


def test_a_way_that_another_constraint_refuses_is_none() -> None:
    both = Every([Ban(["x"], Spacer()), Follow("the", CODEC)])
    assert list(both.complete(both.start) or ()) == ["the"]
    assert Every([Ban(["the"], Spacer()), Follow("the", CODEC)]).complete(both.start) is None


class Steps(Constraint):
    """Asks for three steps to an end, which it finds as they are gone through; counts how often it is asked."""

    start: Hashable = 3

    def __init__(self) -> None:
        self.asked, self.found = 0, 0

    def step(self, state: State, symbol: Spoken) -> State | None:
        self.asked += 1
        return max(state - 1, 0) if symbol == "x" else state

    def complete(self, state: State) -> Iterable[Spoken]:
        for _ in range(state):
            self.found += 1
            yield "x"


def test_what_is_done_is_asked_no_more_and_ways_are_found_as_they_are_gone_through() -> None:
    steps, follow = Steps(), Follow("the", CODEC)
    every = Every([follow, steps, NoBreak()])
    state = every.begin([])
    assert list(every.complete(state) or ()) == ["the", "x", "x", "x"]
    assert not every.done(state) and len(every.masks(state)) == 3
    written: Any = walk(every, ["the"], state)
    assert follow.done(written[0]) and len(every.masks(written)) == 2
    two = Every([follow, steps])
    before, way = steps.found, two.complete(walk(two, ["th", "e"], two.begin([])))
    assert steps.found == before and way is not None and [*way] == ["x"] * 3 and steps.found == before + 3
    assert Every([follow]).done((walk(follow, ["the"]),)) and Every([]).done(()) and not Every([steps]).done((0,))


@given(st.lists(st.sampled_from([*CODEC.vocabulary.symbols, DOCUMENT, PARAGRAPH]), max_size=6))
def test_what_is_done_forbids_nothing_and_stays_done(symbols: list[Spoken]) -> None:
    follow = Follow("th", CODEC)
    done = walk(follow, ["th"])
    assert done is not None and follow.done(done) and not follow.done(follow.start)
    assert walk(follow, symbols, done) == done and follow.allowed(done) is None and not [*(follow.complete(done) or ())]


class Apart(Constraint):
    """No symbol twice in a row, and no h behind th."""

    def step(self, state: Hashable, symbol: Spoken) -> Hashable | None:
        joined = state == "th" and isinstance(symbol, str) and symbol.startswith("h")
        return None if symbol == state or joined else symbol


def test_a_text_is_followed_only_on_ways_that_another_constraint_keeps_to() -> None:
    codec = Codec(Syllables(), Vocabulary(("document",), ["t", "th", "h", "hh", "hhx"]))
    free, kept = Follow("thh", codec), Follow("thh", codec, within=Apart())
    assert walk(free, ["th"]) is not None and walk(kept, ["th"], kept.begin([])) is None
    found = kept.begin([])
    assert kept.step(found, "t") is not None and [*(kept.complete(found) or ())] == ["t", "hh"]
    both = Every([kept, Apart()])
    assert [*(both.complete(both.begin([])) or ())] == ["t", "hh"]
    dead = Every([free, Apart()])
    assert walk(dead, ["th"], dead.begin([])) is not None, "else this test cannot fail"


class NoBreak(Constraint):
    """No paragraph begins."""

    def step(self, state: Hashable, symbol: Spoken) -> Hashable | None:
        return None if symbol == PARAGRAPH else symbol


def test_a_prompt_that_a_constraint_does_not_bear_is_refused() -> None:
    assert NoBreak().begin(["x", DOCUMENT]) == DOCUMENT
    with pytest.raises(UsageError, match=r"begins with: .*'NoBreak' does not allow the boundary of a paragraph"):
        NoBreak().begin(["x", PARAGRAPH])
