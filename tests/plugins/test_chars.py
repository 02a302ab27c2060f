"""Characters: split and join are inverse, fast twins equal the plain definition, levels begin where they should."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqgen import plugins, records
from seqgen.errors import UnknownName, UsageError
from seqgen.text import levels
from seqgen.tokenizer import Boundary, Ids, Tokenizer, options_of
from seqgen.vocabulary import Vocabulary
from seqgen_chars import DOMAIN, Chars

ALL = ("chapter", "page", "paragraph")
HEADING = "CHAPTER I. Down\n"
SAMPLES = ["naïve café", "e\u0301\u0327", "👩‍👩‍👧 🇫🇷", "漢字かな한글", "\ufeff\u200d\u2028\x85\x1c", "\0", "\U0010ffff"]

texts = st.text(st.characters(exclude_categories=["Cs"]))
SPACES = ["\n", "\n\n", "\f", " ", "\t", "\r\n", "\x0b", "\u2028", "\u3000"]
bricks = st.sampled_from([*SPACES, "a", "é", "word", "漢", HEADING])
shaped = st.lists(bricks | st.text(max_size=3), max_size=40).map("".join)
tokenizers = st.builds(
    Chars,
    levels=st.sets(st.sampled_from(ALL)).map(lambda wanted: tuple(level for level in ALL if level in wanted)),
    page_lines=st.integers(0, 4),
)
cuts = st.lists(st.integers(0, 200), max_size=6)


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def of_level(level: str, text: str, **options: Any) -> list[str]:
    """The lines before which a boundary of that level stands, when it alone is wanted."""
    symbols = list(Chars(levels=(level,), **options).split(text))
    places = [i for i, symbol in enumerate(symbols) if symbol == Boundary(level)]
    rests = ("".join(s for s in symbols[i:] if isinstance(s, str)) for i in places)
    return [re.split(r"[\n\f]", rest)[0] for rest in rests]


def encoded(ids: Iterable[Ids]) -> list[int]:
    return [int(i) for part in ids for i in part]


@given(texts, tokenizers)
@example("".join(SAMPLES), Chars(levels=ALL))
def test_join_undoes_split(text: str, chars: Chars) -> None:
    assert "".join(chars.join(s for s in chars.split(text) if isinstance(s, str))) == text


@given(texts)
def test_a_symbol_is_a_code_point(text: str) -> None:
    assert list(Chars().split(text)) == list(text)


@pytest.mark.parametrize("sizes", [(levels.SLICE, levels.SHORT), (7, 0)], ids=["as set", "tiny blocks"])
def test_encode_equals_split(sizes: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "SLICE", sizes[0])
    monkeypatch.setattr(levels, "SHORT", sizes[1])

    @settings(deadline=None, max_examples=300)
    @given(shaped | texts, tokenizers, cuts, st.integers(1, 3))
    @example(HEADING + "\n \n" + HEADING + "\f\n" + HEADING, Chars(levels=ALL), [17, 18, 20], 1)
    @example("word\n\f" + HEADING + "word\f" + HEADING, Chars(levels=ALL), [], 1)
    @example("\n\nA\n\nB\n", Chars(levels=ALL), [], 1)
    def law(text: str, chars: Chars, places: list[int], keep: int) -> None:
        vocabulary = Vocabulary(("document", *chars.levels), sorted(set(text))[::keep])
        plain = encoded(Tokenizer.encode(chars, text, vocabulary))
        assert plain == [vocabulary.id_of(symbol) for symbol in chars.split(text)]
        for content in (text, cut(text, places)):
            assert list(chars.split(content)) == list(chars.split(text))
            assert encoded(chars.encode(content, vocabulary)) == plain
            assert chars.count(content) == Counter(chars.split(text))

    law()


def test_long_text_is_encoded_in_bounded_parts() -> None:
    text = ("A line of thirty characters...\n" * 7 + "\n") * 2000
    chars, vocabulary = Chars(levels=("paragraph",)), Vocabulary(("document", "paragraph"), sorted(set(text)))
    parts = list(chars.encode(text, vocabulary))
    assert max(map(len, parts)) < 2 * levels.SLICE and all(part.dtype == np.int32 for part in parts)
    assert encoded(parts) == encoded(Tokenizer.encode(chars, text, vocabulary))
    assert chars.count(text) == Counter(chars.split(text))


def test_nothing_is_read_before_it_is_asked_for() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "word\n\n" * 20_000

    vocabulary = Vocabulary(("document", *ALL), "word\n")
    assert len(next(Chars().encode(endless(), vocabulary))) > 0
    assert len(next(Chars(levels=ALL).encode(endless(), vocabulary))) > 0
    assert next(Chars(levels=ALL).split(endless())) == "w"


def test_a_boundary_that_the_vocabulary_lacks_is_unknown_like_any_symbol() -> None:
    vocabulary = Vocabulary(("document",), "a")
    assert encoded(Chars(levels=("paragraph",)).encode("a\n\nb", vocabulary)) == [2, 1, 1, 1, 1]


def test_no_white_space_lies_beyond_the_table() -> None:
    assert not any(chr(point).isspace() for point in range(levels._LAST_SPACE + 1, 0x110000))


def test_a_paragraph_begins_after_a_blank_line() -> None:
    assert of_level("paragraph", "one\ntwo\n\n\n  three\n \t\r\nfour\n\n") == ["  three", "four"]
    assert of_level("paragraph", "\n\none") == of_level("paragraph", "one\n\n  ") == []
    assert of_level("paragraph", "one\r\n\r\ntwo") == ["two"]
    assert of_level("paragraph", "one\n\ftwo\f\nthree") == []
    assert of_level("paragraph", "one\n\f\ntwo") == ["two"]


def test_a_page_begins_after_a_form_feed() -> None:
    assert of_level("page", "one\ftwo\n\f\n\nthree\n\n\ffour\nfive\f") == ["two", "three", "four"]


def test_a_page_begins_every_so_many_lines() -> None:
    assert of_level("page", "1\n2\n3\n4\n5\n", page_lines=2) == ["3", "5"]
    assert of_level("page", "1\n\n\n\n5\n6\ff\n", page_lines=2) == ["5", "f"]


def test_a_chapter_begins_at_a_heading_after_a_blank_line_or_a_form_feed() -> None:
    text = (
        "Title\n\nCHAPTER I\n\nCHAPTER is a word.\nCHAPTER II\n\n\nCHAPTER III\n\fCHAPTER IV\nText.\n\n   CHAPTER V\n"
    )
    assert of_level("chapter", text) == ["CHAPTER I", "CHAPTER III", "CHAPTER IV", "   CHAPTER V"]


def test_of_units_that_coincide_the_strongest_wanted_is_marked() -> None:
    text = "one\n\n\fCHAPTER II\n\ntwo\n"
    strongest = {ALL: "chapter", ALL[1:]: "page", ALL[2:]: "paragraph"}
    for wanted, level in strongest.items():
        marks = [s for s in Chars(levels=wanted).split(text) if isinstance(s, Boundary)]
        assert marks[0] == Boundary(level) and len(marks) == 2


@pytest.mark.parametrize(
    "line",
    [
        "CHAPTER I. Down the Rabbit-Hole",
        "Chapter 12",
        "ADVENTURE IV. THE BOSCOMBE VALLEY MYSTERY",
        "VII. THE ADVENTURE OF THE BLUE CARBUNCLE",
        "IX. L'ÉTÉ",
        "BOOK THE FIRST",
        "Part Two",
        "        ACT III.",
        "PREFACE.",
    ],
)
def test_headings_of_books_are_recognised(line: str) -> None:
    assert of_level("chapter", f"Before.\n\n{line}\n\nAfter.\n") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "I.",
        "   I. A Scandal in Bohemia",
        "I. A Scandal in Bohemia",
        "Part of his face was dark.",
        "Act, act in the living present!",
        "Letters came.",
        "L. M. MONTGOMERY",
        "PREFACE the dish with soup.",
        "I shall be late!",
        "BOOK",
    ],
)
def test_what_is_no_heading_is_left_alone(line: str) -> None:
    assert of_level("chapter", f"Before.\n\n{line}\n\nAfter.\n") == []


def test_the_chapter_pattern_is_an_option() -> None:
    text = "Before.\n\n§ 1 Of dogs\n\nCHAPTER II\n"
    assert of_level("chapter", text, chapter=r"§ \d+") == ["§ 1 Of dogs"]
    vocabulary = Vocabulary(("document", "chapter"), "§")
    assert 1 in encoded(Chars(levels=("chapter",), chapter=r"§ \d+").encode([text[:12], text[12:]], vocabulary))


def test_a_pattern_sees_one_line_alone() -> None:
    chars, vocabulary = Chars(levels=("chapter",), chapter=r"One\s+Two"), Vocabulary(("document", "chapter"), "")
    assert Boundary("chapter") not in chars.count("x\n\nOne\nTwo " * 1000)
    assert 1 not in encoded(chars.encode("x\n\nOne\fTwo " * 1000, vocabulary))


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'paragraph'"):
        Chars(levels=("paragraf",))
    with pytest.raises(UnknownName):
        Chars(levels=("document",))
    with pytest.raises(UsageError, match="strongest first"):
        Chars(levels=("paragraph", "chapter"))
    with pytest.raises(UsageError, match="below 0"):
        Chars(page_lines=-1)
    with pytest.raises(UsageError, match="Correct the expression"):
        Chars(chapter="(")


def test_options_survive_json_and_every_option_has_a_line_of_help() -> None:
    chars = Chars(levels=("page",), page_lines=3, chapter="x")
    assert records.from_json(Chars, records.to_json(options_of(chars))) == chars
    assert all(field.metadata["help"] for field in dataclasses.fields(Chars))


def test_the_plugin_offers_the_domain_and_its_tokenizer() -> None:
    import seqgen_chars

    found = plugins.Plugins()
    found.add(seqgen_chars, "chars")
    assert found.domain("chars") is DOMAIN and found.tokenizer(DOMAIN.tokenizer) is Chars
    assert DOMAIN.levels == ("document", *ALL)


def test_a_symbol_is_shown_so_that_it_can_be_read() -> None:
    assert [DOMAIN.show(s) for s in ("a", "ell", "é", " ", "\n", "lo ", "'", "")] == [
        "a", "ell", "é", "' '", "'\\n'", "'lo '", '"\'"', "''",
    ]  # fmt: skip
