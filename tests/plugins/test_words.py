"""The tokenizer of words: every text comes back, by each way, and nothing is ever unknown."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.constraint import Follow
from seqgen.domain import Document
from seqgen.errors import UnknownName
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_words import Words
from seqgen_words.layout import Layout
from seqgen_words.lexicon import Lexicon
from seqgen_words.segments import pairs

TALE = (
    'The old man sat by the door. "Where is the boy?" he asked; nobody said a word. The boy, Peter, sat (as he mostly\n'
    "did) by the sea -- and sang. Peter sang of 3.14 ships, of ``code`` and of *stars*, and of the well-known sea.\n\n"
    '"I can\'t say," said the man. "Peter is by the sea." THE SEA! The old man, in the end, went to the sea; the boy\n'
    "sang on. It was late... Mr. Long said so. The boy sang, the man sang, and so did the sea.\n"
)
HARD = {
    "combining marks": "e\u0301te\u0301 a\u0323\u0307 \u0301",
    "joined emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea #\ufe0f\u20e3",
    "vowel signs": "नमस्ते हिन्दी கணினி",
    "no spaces": "中文\uff0c日本語\u3002ไทย",
    "mixed case": "iPhone McCARTHY tHE THE The İstanbul ß STRASSE ǅ ﬁne",
    "spaces": "a  b   c\u00a0d\u2003e \u2028 f",
    "tabs": "\ta\t\tb \t c\t",
    "returns": "a\r\nb\r\rc\n\r\nd\r",
    "controls": "\x00a\x1cb\x85c\x0b\x0c",
    "surrogates": "a\ud800 \udfffb \ud83d\ude00",
    "signs": '--- .... "" `` ``` **a** "b" ("c") ) ]( ,, ;',
    "lines": "one\ntwo\n\n\nthree\n \nfour\n",
    "nothing": "",
    "whitespace": " \n\t ",
}
WORDS = Words(vocabulary_size=40, pieces=20).fit([Document("tale", TALE * 2)])
PLAIN = Words()
texts = st.text(st.one_of(st.characters(), st.sampled_from("ab TheSea.\"'`*(-\n\n  "))) | st.lists(
    st.sampled_from(["the", "The", "THE", "Peter", "peter", "boat", '"', ".", ",", " ", " ", "\n", "\n\n", "--", "``"])
).map("".join)


def symbols_of(words: Words, text: str) -> list[str]:
    return [symbol for symbol in words.split(text) if isinstance(symbol, str)]


def written(words: Words, symbols: list[str]) -> str:
    """The text, by the definition."""
    return words.writer().whole(symbols)


def check(words: Words, text: str) -> None:
    symbols = symbols_of(words, text)
    assert "".join(words.join(symbols)) == written(words, symbols) == text
    assert words.count(text) == Counter(symbols)
    assert set(symbols) <= set(words.alphabet())


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_text_comes_back(text: str) -> None:
    check(WORDS, text)
    check(PLAIN, text)


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_hard_cases_come_back(text: str) -> None:
    check(WORDS, text)
    check(WORDS, f"The old man {text} sang.\n{text}")
    check(Words().fit([Document("hard", text * 3)]), text)


def test_a_layout_that_foretells_otherwise_does_not_give_it_back() -> None:
    symbols = symbols_of(WORDS, TALE)
    assert "".join(WORDS.join(symbols)) == TALE
    other = WORDS.with_learnt(WORDS.learnt() | {"wrap": 40})
    assert "".join(other.join(symbols)) != TALE


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS.alphabet())))
def test_whatever_a_model_emits_can_be_written(symbols: list[str]) -> None:
    assert "".join(WORDS.join(symbols)) == written(WORDS, symbols)


def test_symbols_of_a_foreign_vocabulary_do_no_harm() -> None:
    for symbol in (" rx", " r99", " r" + "9" * 9, " ~zz", " ~", "", " ", " (", " Tx", " ^", " q"):
        symbols = ["the", symbol, "sea", symbol, " ^t", symbol, " +o", "."]
        assert "".join(WORDS.join(symbols)) == written(WORDS, symbols)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["the sea. ", "A boy\n", "\n\n", "CHAPTER I\n\n", "\f", " x", '"No!" said he.\n'])))
def test_the_ids_are_those_of_the_symbols(parts: list[str]) -> None:
    words = Words(levels=("chapter", "page", "paragraph", "sentence")).with_learnt(WORDS.learnt())
    vocabulary = Vocabulary.build(("document", *words.levels), {}, alphabet=words.alphabet())
    found = np.concatenate([np.empty(0, int), *words.encode("".join(parts), vocabulary)])
    assert found.tolist() == [vocabulary.id_of(symbol) for symbol in words.split("".join(parts))]
    assert vocabulary.unknown not in found
    assert words.count("".join(parts)) == Counter(words.split("".join(parts)))


@settings(max_examples=100, deadline=None)
@given(texts, st.integers(0, 20), st.integers(0, 20))
def test_pieces_of_a_text_leave_no_trace(text: str, first: int, second: int) -> None:
    pieces = [text[:first], text[first : first + second], text[first + second :]]
    assert list(WORDS.split(iter(pieces))) == list(WORDS.split(text))
    assert "".join(WORDS.join(s for s in WORDS.split(iter(pieces)) if isinstance(s, str))) == text


def test_spaces_and_capitals_are_foretold() -> None:
    assert symbols_of(WORDS, 'The boy sang. "The sea," said Peter.') == [
        *("the", "boy", "sang", ".", ' ("', "the", "sea", ",", ' )"', "said", "Peter", ".")
    ]
    assert symbols_of(WORDS, "the THE peter  Boy") == [
        " l",
        "the",
        " U",
        "the",
        " l",
        "Peter",
        " g ",
        " g ",
        " T",
        "boy",
    ]


def test_lines_are_foretold_where_they_are_wrapped() -> None:
    line = "the boy sang by the sea and "
    wrapped = "\n".join(text[:-1] for text in [line * 2] * 60) + "\n"
    words = Words().fit([Document("wrapped", wrapped)])
    assert words.learnt()["wrap"] >= 55
    assert Counter(symbols_of(words, wrapped))[" g\n"] == 1  # the one at the end
    assert Words().fit([Document("long lines", line * 60 + "\n" + line)]).learnt()["wrap"] == 0


def test_a_rare_word_is_spelled_once_and_then_remembered() -> None:
    symbols = symbols_of(WORDS, "the shanty, the dory and the shanty")
    assert symbols.count(" r1") == 1 and symbols[-1] == " r1"
    assert sum(symbol[:2] == " ^" for symbol in symbols) == 2


def test_rare_words_are_spelled_in_pieces() -> None:
    songs = "singing ringing bringing stinging swinging winging " * 2
    learnt = Words(vocabulary_size=1, pieces=3).fit([Document("song", songs)])
    assert [symbol for symbol in symbols_of(learnt, "tinging") if symbol == " +inging"]


def test_what_was_learnt_is_carried_as_json() -> None:
    value = json.loads(json.dumps(WORDS.learnt()))
    assert Words().with_learnt(value).lexicon == WORDS.lexicon
    vocabulary = Vocabulary.build(("document",), {}, alphabet=WORDS.alphabet())
    codec = Codec.from_json(json.loads(json.dumps(Codec(WORDS, vocabulary).to_json())), {"words": Words})
    ids = [i for part in codec.encode(TALE) for i in part.tolist()]
    assert "".join(codec.decode(ids)) == TALE


def test_every_character_is_counted_once() -> None:
    vocabulary = Vocabulary.build(("document",), {}, alphabet=WORDS.alphabet())
    codec = Codec(WORDS, vocabulary)
    for text in (TALE, *HARD.values()):
        ids = np.array([0, *(i for part in codec.encode(text) for i in part), 0])
        assert codec.measure(ids).sum() == len(text)


def test_sentences_begin_behind_their_signs() -> None:
    words = Words(levels=("paragraph", "sentence")).with_learnt(WORDS.learnt())
    text = 'Mr. Long sang. "The sea!" said J. Peter. He did.\n\nThe end, e.g. Now. so it is.'
    units = []
    for symbol in words.split(text):
        if isinstance(symbol, Boundary):
            units.append(symbol.level)
    assert units == ["sentence", "sentence", "paragraph"]


@pytest.mark.parametrize("levels", [("sentence",), ("paragraph", "sentence")])
def test_sentences_of_a_long_text_are_all_found(levels: tuple[str, ...]) -> None:
    words = Words(levels=levels).with_learnt(WORDS.learnt())
    counts = words.count("The sea sang on.\n" * 9000)
    assert counts[Boundary("sentence")] == 8999 and counts["sang"] == 9000


def test_a_prompt_may_end_inside_a_word() -> None:
    whole, rest = WORDS.heal("The old ma")
    assert "".join(WORDS.join(s for s in whole if isinstance(s, str))) == "The old" and rest == " ma"
    assert WORDS.heal("The sea. ")[1] == " "
    assert WORDS.heal("The sea.")[1] == ""
    assert WORDS.heal("") == ([], "")
    assert WORDS.heal("It is हिन्दी")[1] == " हिन्दी" and WORDS.heal("It is \u2764\ufe0f")[1] == ""


def test_a_unit_that_begins_with_the_last_word_of_a_prompt_begins() -> None:
    words = Words(levels=("paragraph", "sentence")).with_learnt(WORDS.learnt())
    for text, level in (("The sea.\n\nThe", "paragraph"), ("The sea. The", "sentence"), ('The sea. "The', "sentence")):
        symbols, rest = words.heal(text)
        assert list(words.split(text))[: len(symbols)] == symbols and rest.strip() == "The"
        assert next(each for each in reversed(symbols) if not str(each).startswith(" (")) == Boundary(level)
    assert words.heal("") == ([], "") and words.heal("The")[0] == []


@settings(deadline=None)
@given(texts)
def test_a_healed_prompt_is_the_prompt(text: str) -> None:
    for words in (WORDS, Words(levels=("paragraph", "sentence")).with_learnt(WORDS.learnt())):
        symbols, rest = words.heal(text)
        assert "".join(words.join(s for s in symbols if isinstance(s, str))) + rest == text
        assert list(words.split(text))[: len(symbols)] == symbols


def test_options_are_checked() -> None:
    with pytest.raises(UnknownName, match="'verse'"):
        Words(levels=("verse",))


def test_segments_are_those_of_unicode_but_for_runs_of_signs() -> None:
    found, rest = pairs("can't 3.14 -- foo_bar\u0301  ")
    assert [segment for _, segment, _ in found] == ["can't", "3.14", "--", "foo_bar\u0301"] and rest == "  "


def test_an_empty_lexicon_writes_all_the_same() -> None:
    empty: Any = Lexicon()
    assert isinstance(empty.layout, Layout)
    check(Words(), TALE)


def test_the_rest_of_a_prompt_is_written_and_nothing_glued_to_a_word() -> None:
    vocabulary = Vocabulary.build(("document",), {}, alphabet=WORDS.alphabet())
    codec = Codec(WORDS, vocabulary)
    opening = codec.ids_of_prompt("The old ma")
    follow = Follow(opening.follow, codec)
    state = follow.begin(symbols_of(WORDS, "The old"), follow=opening.follow)
    mask = follow.allowed(state)
    assert mask is not None and mask[vocabulary.id_of("man")] and mask[vocabulary.id_of(" ^m")]
    assert not mask[vocabulary.id_of("sea")] and not mask[0] and not mask[vocabulary.id_of(" g\n")]
    state = follow.step(follow.step(state, " ^m"), " +a")
    assert follow.allowed(state) is None
    assert not WORDS.writer().fits(WORDS.writer().behind(["the"]), "tic")
    assert WORDS.writer().fits(WORDS.writer().behind([" ^t"]), "he")


def test_a_case_that_the_rest_of_a_prompt_does_not_have_is_not_said() -> None:
    codec = Codec(WORDS, Vocabulary.build(("document",), {}, alphabet=WORDS.alphabet()))
    follow = Follow(" ma", codec)
    state = follow.begin(symbols_of(WORDS, "The old"))
    assert follow.step(state, " T") is None and follow.step(state, " U") is None
    small = follow.step(state, " l")
    assert small is not None and follow.step(small, " T") is None and follow.step(small, " ^m") is not None
    capital = Follow(" Ma", codec).begin(symbols_of(WORDS, "The old"))
    assert follow.step(capital, " T") is not None and follow.step(capital, " U") is None
