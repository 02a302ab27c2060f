"""Byte-level BPE: every text comes back, the merges are those of `tokenizers`, and fast twins equal the definition."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqgen import records
from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.text import levels, pieces
from seqgen.text.pieces import decoded
from seqgen.tokenizer import CHUNK, Boundary, Ids, Tokenizer, options_of
from seqgen.vocabulary import Vocabulary
from seqgen_words.bpe import Bpe, suggested
from seqgen_words.merges import LONGEST, Merges, pre_tokens
from seqgen_words.utf8 import BYTES, bytes_of, symbol_of

ROOT = Path(__file__).resolve().parent.parent.parent
ALL = ("chapter", "page", "paragraph", "sentence")
HEADING = "CHAPTER I. Down\n"
README = (ROOT / "README.md").read_text("utf-8")
HARD = {
    "combining marks": "e\u0301\u0327 n\u0303 \u0301",
    "joined emoji": "👩‍👩‍👧 🇫🇷 👍🏽 ❤️",
    "Indic vowels": "नमस्ते தமிழ் কি",
    "no spaces": "漢字かな交じり文。한글 ภาษาไทย",
    "case": "iPhone ßẞ İı ﬁ ÀÉ",
    "spaces": "a  b   c \u00a0 \u3000 d ",
    "tabs": "\tif x:\n\t\treturn\t1\t",
    "CRLF": "one\r\ntwo\r\r\n\r\n",
    "NUL": "a\0b\0",
    "controls": "\x1c\x1d!\x1e \x1f\x85\u2028\ufeff",
    "lone surrogates": "\ud800 \udc80\udfff\ud83d\ude00 a\udce9",
    "U+FFFD": "\ufffd \uffff \U0010ffff",
    "apostrophes": "don't l\u2019idée 'tis dogs' ''",
    "long": "a" * 1000 + " " * 1000 + "1" * 100 + "=" * 100 + "é" * 100,
}

anything = st.text(st.characters(), max_size=60)
bricks = st.sampled_from(["\n", "\n\n", "\f", " ", "\t", "\r\n", "\x1c", "a", "é", "word", "漢", "'s", ". A", HEADING])
shaped = st.lists(bricks | st.text(max_size=3), max_size=40).map("".join)
cuts = st.lists(st.integers(0, 200), max_size=6)


def fitted(**options: Any) -> Bpe:
    texts = [README, "\n".join(text for name, text in HARD.items() if name != "lone surrogates") * 3]
    return Bpe(**options).fit(Document("", text) for text in texts)


BPE = fitted(vocabulary_size=600)
UNFITTED = Bpe()
sorts = st.sampled_from([BPE, UNFITTED])
levelled = st.builds(
    lambda wanted, lines: Bpe(tuple(x for x in ALL if x in wanted), lines).with_learnt(BPE.learnt()),
    st.sets(st.sampled_from(ALL)),
    st.integers(0, 4),
)


def content(bpe: Bpe, symbols: Iterable[str | Boundary]) -> str:
    return "".join(bpe.join(s for s in symbols if isinstance(s, str)))


def written(bpe: Bpe, symbols: Iterable[str]) -> str:
    writer = bpe.writer()
    state, pieces = writer.begun, []
    for symbol in symbols:
        piece, state = writer.write(state, symbol)
        pieces.append(piece)
    return "".join([*pieces, writer.finish(state)])


def vocabulary(bpe: Bpe) -> Vocabulary:
    return Vocabulary(("document", *bpe.levels), bpe.alphabet())


def encoded(ids: Iterable[Ids]) -> list[int]:
    return [i for part in ids for i in part.tolist()]


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@settings(max_examples=2000, deadline=None)
@given(anything, sorts)
def test_every_text_comes_back(text: str, bpe: Bpe) -> None:
    symbols = [s for s in bpe.split(text) if isinstance(s, str)]
    assert content(bpe, symbols) == written(bpe, symbols) == text


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
@pytest.mark.parametrize("bpe", [BPE, UNFITTED], ids=["fitted", "bytes alone"])
def test_hard_cases_come_back(bpe: Bpe, text: str) -> None:
    for whole_text in (text, text * 3, f"x{text}", f"{text}x"):
        symbols = list(bpe.split(whole_text))
        assert content(bpe, symbols) == whole_text
        assert all(symbol in bpe.alphabet() for symbol in symbols)


def test_merges_shorten_what_they_were_learnt_from() -> None:
    assert 2 * len(list(BPE.split(README))) < len(list(UNFITTED.split(README))) == len(README.encode())
    assert " the" in BPE.alphabet() and len(BPE.alphabet()) == 600


@given(st.lists(st.sampled_from(BPE.alphabet()) | st.sampled_from(BYTES), max_size=30) | st.lists(anything))
@example([BYTES[0xE2], BYTES[0x80], "a"])
@example([BYTES[0xED], BYTES[0xA0]])
@example(["\ud800", "a\ud800"])
def test_any_symbols_make_a_text(symbols: list[str]) -> None:
    text = content(BPE, symbols)
    assert text == written(BPE, symbols) == decoded(b"".join(map(bytes_of, symbols)), final=True)[0]


def test_bytes_that_are_no_text_are_replaced() -> None:
    wrong = [BYTES[0xFF], "a", BYTES[0xC3], "b", BYTES[0xC3], BYTES[0xA9], BYTES[0xF0], BYTES[0x9F]]
    assert content(BPE, wrong) == "\ufffda\ufffdbé\ufffd"


def test_a_character_is_written_once_it_is_complete_and_never_changed() -> None:
    writer = BPE.writer()
    state, pieces = writer.begun, []
    for byte in "é€😀".encode():
        piece, state = writer.write(state, BYTES[byte])
        pieces.append(piece)
    assert pieces == ["", "é", "", "", "€", "", "", "", "😀"] and state == writer.begun
    assert not writer.closed(state)


def test_pieces_are_written_as_symbols_come() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield from (BYTES[0xC3], BYTES[0xA9])

    pieces = BPE.join(endless())
    assert [next(pieces), next(pieces)] == ["é", "é"]


@given(st.lists(st.sampled_from(BYTES[0x80:]), max_size=3), anything, st.text(min_size=1, max_size=1))
def test_what_may_follow_is_known(symbols: list[str], text: str, other: str) -> None:
    writer = BPE.writer()
    state = writer.begun
    for symbol in symbols:
        _, state = writer.write(state, symbol)
    assert isinstance(state, bytes)
    after = written(BPE, [symbol_of(state), *(BYTES[b] for b in text.encode("utf-8", "surrogatepass"))])
    assert all(writer.fits(state, after[:size]) for size in range(len(after) + 1))
    possible = not state or other == "\ufffd" or other.encode().startswith(state)
    assert writer.fits(state, other) is possible


def test_all_held_bytes_must_fit() -> None:
    held = "€".encode()[:2]
    assert BPE.writer().fits(held, "€") and not BPE.writer().fits(held, "\u2026")


@given(st.binary(max_size=12), st.binary(max_size=12))
@example(b"\xed\xb2\x80", b"\xb2")
def test_a_symbol_stands_for_its_bytes_alone(data: bytes, other: bytes) -> None:
    assert bytes_of(symbol_of(data)) == data
    assert (symbol_of(data) == symbol_of(other)) is (data == other)


def test_symbols_can_be_read() -> None:
    assert symbol_of("naïve".encode()) == "naïve"
    assert BYTES[0x41] == "A" and len(set(BYTES)) == 256


@given(anything)
def test_lengths_add_up(text: str) -> None:
    symbols = [s for s in BPE.split(text) if isinstance(s, str)]
    assert sum(map(BPE.length, symbols)) == len(text)
    codec = Codec(BPE, vocabulary(BPE))
    ids = np.array([codec.vocabulary.id_of(symbol) for symbol in symbols], np.int32)
    assert codec.measure(ids).sum() == len(text)


def test_the_tokenizer_lives_through_json() -> None:
    codec = Codec(BPE, vocabulary(BPE))
    again = Codec.from_json(json.loads(records.canonical(codec.to_json())), {"bpe": Bpe})
    assert again == codec and list(again.tokenizer.split(README)) == list(BPE.split(README))
    assert again.tokenizer != UNFITTED
    assert len(records.canonical(BPE.learnt())) < 25 * 600
    assert records.from_json(Bpe, records.to_json(options_of(BPE))) == Bpe(vocabulary_size=600)


BROKEN: list[Any] = [None, {}, "ab", [["a"]], [["a", 1]], [["a" * 100, "b" * 100]]]


@pytest.mark.parametrize("value", BROKEN, ids=str)
def test_broken_merges_are_refused(value: Any) -> None:
    with pytest.raises(InputError):
        UNFITTED.with_learnt(value)


def their_names() -> dict[int, str]:
    """The characters that `tokenizers` has for the bytes of UTF-8."""
    points = [*range(0x800), *range(0x800, 0xD800, 0x800), *range(0xE000, 0x110000, 0x800)]
    names = [(chr(point).encode(), BYTE_LEVEL.pre_tokenize_str(chr(point))[0][0]) for point in points]
    return {byte: name for data, spelled in names for byte, name in zip(data, spelled, strict=True)}


BYTE_LEVEL = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
DOCS = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


def test_our_symbols_are_those_of_tokenizers() -> None:
    names = their_names()
    text = DOCS + "".join(HARD[name] for name in HARD if name != "lone surrogates")

    def spelled(symbol: str) -> str:
        return "".join(names.get(byte, f"<{byte}>") for byte in bytes_of(symbol))

    ids = {spelled(symbol): number for number, symbol in enumerate(BPE.alphabet())}
    pairs = [(spelled(left), spelled(right)) for left, right in BPE.merges.pairs]
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE(ids, pairs))
    theirs.pre_tokenizer = BYTE_LEVEL
    parts = set(pre_tokens(text))
    expected = {part: theirs.encode(part, add_special_tokens=False).tokens for part in parts}
    assert {part: [spelled(s) for s in BPE.merges.spell(part)] for part in parts} == expected
    backwards = Merges(BPE.merges.pairs[::-1])
    assert {part: [spelled(s) for s in backwards.spell(part)] for part in parts} != expected


def test_of_two_ways_to_a_symbol_the_first_learnt_pair_goes_first() -> None:
    two_ways = Merges((("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c"), ("abc", "d")))
    assert two_ways.symbols[256:] == ("bc", "ab", "abc", "abcd")
    assert two_ways.spell("abcd") == ["abcd"] and two_ways.spell("abab") == ["ab", "ab"]
    assert Merges((("a", "a"),)).spell("aaaaa") == ["aa", "aa", "a"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abAB"), st.sampled_from("abAB")), max_size=6), st.text("abAB", max_size=12))
def test_merging_step_by_step_is_the_same(pairs: list[tuple[str, str]], text: str) -> None:
    known = Merges((*pairs, *((left + right, left) for left, right in pairs)))
    ranks = {pair: rank for rank, pair in enumerate(known.pairs)}
    pieces = list(text)
    while found := [(ranks[pair], at) for at, pair in enumerate(pairwise(pieces)) if pair in ranks]:
        _, at = min(found)
        pieces[at : at + 2] = ["".join(pieces[at : at + 2])]
    assert known.spell(text) == pieces


def test_training_is_the_same_each_time_whatever_the_order_and_the_pieces() -> None:
    texts = [README[i : i + 1000].rsplit(" ", 1)[0] for i in range(0, len(README), 1000)]
    first = Bpe(vocabulary_size=500).fit([Document("", text) for text in texts])
    again = Bpe(vocabulary_size=500).fit(Document("", cut(text, [7, 100, 101])) for text in reversed(texts))
    assert first == again and len(first.merges.pairs) > 200
    assert first != Bpe(vocabulary_size=500).fit([Document("", text) for text in texts[1:]])


def test_no_symbol_spans_two_pre_tokens() -> None:
    parts = {part.encode() for part in pre_tokens(README)}
    learnt = Bpe(vocabulary_size=500).fit([Document("", README)]).alphabet()[256:]
    assert all(any(bytes_of(symbol) in part for part in parts) for symbol in learnt)
    assert not any(b"e t" in part for part in parts)


def test_training_says_nothing_and_survives_an_empty_corpus(capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        Bpe(vocabulary_size=300).fit([Document("", README)])
        != Bpe(vocabulary_size=300).fit([])
        == Bpe(vocabulary_size=300)
    )
    assert capfd.readouterr() == ("", "")


def test_the_size_follows_from_the_corpus() -> None:
    sizes = [suggested(Counter({"é": size // 2})) for size in (100_000, 400_000, 2_000_000, 9_000_000)]
    assert sizes == [320, 400, 1000, 4000]
    assert len(Bpe().fit([Document("", README)]).alphabet()) == 320


BLOCKED = """
import json, sys
sys.modules["tokenizers"] = None
from seqgen.domain import Document
from seqgen.errors import UsageError
from seqgen_words.bpe import Bpe
learnt, text = json.load(sys.stdin)
bpe = Bpe().with_learnt(learnt)
symbols = list(bpe.split(text))
assert "".join(bpe.join(symbols)) == text
try:
    bpe.fit([Document("", text)])
except UsageError as error:
    print(len(symbols), error.remedy, "torch" in sys.modules)
"""


def test_only_training_needs_tokenizers_and_nothing_torch() -> None:
    handed = json.dumps([BPE.learnt(), README])
    ran = subprocess.run([sys.executable, "-c", BLOCKED], input=handed, capture_output=True, text=True, check=False)
    assert ran.stdout == f"{len(list(BPE.split(README)))} pip install 'seqgen[bpe]' False\n", ran.stderr


@pytest.mark.parametrize("sizes", [(levels.SLICE, levels.SHORT, pieces.KEPT), (7, 0, 3)], ids=["as set", "tiny"])
def test_encode_and_count_equal_split(sizes: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "SLICE", sizes[0])
    monkeypatch.setattr(levels, "SHORT", sizes[1])
    monkeypatch.setattr(pieces, "KEPT", sizes[2])

    @settings(deadline=None, max_examples=300)
    @given(shaped | anything, levelled, cuts)
    @example(HEADING + "\n \n" + HEADING + "\f\n" + HEADING, Bpe(ALL), [17, 18, 20])
    def law(text: str, bpe: Bpe, places: list[int]) -> None:
        known = vocabulary(bpe)
        plain = encoded(Tokenizer.encode(bpe, text, known))
        assert known.unknown not in plain
        for given_text in (text, cut(text, places)):
            assert list(bpe.split(given_text)) == list(bpe.split(text))
            assert encoded(bpe.encode(given_text, known)) == plain
            assert bpe.count(given_text) == Counter(bpe.split(text))
        for unit in split_at_marks(bpe.split(text)):
            assert unit == [symbol for part in pre_tokens(content(bpe, unit)) for symbol in bpe.merges.spell(part)]

    law()


@given(shaped | anything)
def test_pre_tokens_are_the_text(text: str) -> None:
    assert "".join(pre_tokens(text)) == text
    assert all(len(part) <= LONGEST + 1 for part in pre_tokens(text))


def test_cutting_in_a_word_would_be_noticed() -> None:
    assert [p for part in cut("a word", [4]) for p in pre_tokens(part)] != pre_tokens("a word")


def test_long_text_is_encoded_in_bounded_parts() -> None:
    text = DOCS * (1 + 4 * CHUNK // len(DOCS))
    bpe = Bpe(("paragraph",)).with_learnt(BPE.learnt())
    parts = list(bpe.encode(text, vocabulary(bpe)))
    assert len(parts) > 1 and max(map(len, parts)) < 3 * CHUNK and all(part.dtype == np.int32 for part in parts)
    assert sum(map(len, parts)) == bpe.count(text).total()


def test_nothing_is_read_before_it_is_asked_for() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "word\n\n" * 20_000

    for bpe in (BPE, Bpe(("paragraph",))):
        assert len(next(bpe.encode(endless(), vocabulary(bpe)))) > 0
        assert next(bpe.split(endless())) in ("word", "w")


def test_pre_tokens_are_words_with_a_space_before_them_numbers_signs_and_whitespace() -> None:
    text = "\n\nThe cat's  42 mice, (x_1) don\u2019t\n    go:'tis नमस्ते.\t\n"
    assert pre_tokens(text) == [
        "\n\n", "The", " cat", "'s", " ", " 42", " mice", ",", " (", "x", "_", "1", ")", " don", "\u2019t", "\n   ",
        " go", ":'", "tis", " नमस्ते", ".", "\t\n",
    ]  # fmt: skip
    assert pre_tokens("\n'so 'it") == ["\n", "'", "so", " '", "it"]


def test_white_space_is_what_python_takes_for_it() -> None:
    spaces = [chr(point) for point in range(0x110000) if chr(point).isspace()]
    assert [pre_tokens(f"!{space}!") for space in spaces if space != " "] == [["!", s, "!"] for s in spaces if s != " "]
    assert pre_tokens("! !") == ["!", " !"] and pre_tokens("!\u200b!") == ["!\u200b!"]


def test_a_pre_token_never_spans_a_boundary() -> None:
    text = "One!\n\n  Two.\n\fThree. Four"
    bpe = Bpe(("page", "paragraph", "sentence")).with_learnt(BPE.learnt())
    marks = [symbol for symbol in bpe.split(text) if isinstance(symbol, Boundary)]
    parts = [content(bpe, group) for group in split_at_marks(bpe.split(text))]
    assert [mark.level for mark in marks] == ["paragraph", "page", "sentence"]
    assert parts == ["One!\n\n", "  Two.\n\f", "Three.", " Four"]
    assert "\n\n " in pre_tokens(text)


def split_at_marks(symbols: Iterable[str | Boundary]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for symbol in symbols:
        if isinstance(symbol, Boundary):
            groups.append([])
        else:
            groups[-1].append(symbol)
    return groups


@settings(deadline=None)
@given(shaped | anything, levelled)
def test_a_healed_prompt_is_the_prompt(text: str, bpe: Bpe) -> None:
    symbols, rest = bpe.heal(text)
    assert content(bpe, symbols) + rest == text
    assert list(bpe.split(text))[: len(symbols)] == symbols
    assert bool(rest) is bool(text)


def test_healing_leaves_out_what_may_go_on() -> None:
    def rest(text: str | list[str]) -> str:
        return BPE.heal(text)[1]

    assert [rest(t) for t in ("The cat sa", ["The c", "at"], "The cat ", "The cat.\n ", "don'", "don't", " ", "")] == [
        " sa", " cat", " ", "\n ", "'", "'t", " ", "",
    ]  # fmt: skip
    assert rest("One" + " " * 100) == " " * 100 and rest("!\x1c") == "\x1c"
    marked = Bpe(("paragraph",)).with_learnt(BPE.learnt())
    assert marked.heal("One.\n\nTw") == ([*BPE.split("One.\n\n"), Boundary("paragraph")], "Tw")


def test_an_only_text_is_cut_before_it_is_learnt_from() -> None:
    assert BPE.cut(["One", " two"], lambda size: [size // 2, size]) == ["One", " two"]


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="fewer than the 256"):
        Bpe(vocabulary_size=255)
    with pytest.raises(UsageError):
        Bpe(vocabulary_size=-1)
    with pytest.raises(UnknownName, match="Did you mean 'sentence'"):
        Bpe(("sentense",))
    with pytest.raises(UsageError, match="strongest first"):
        Bpe(("sentence", "chapter"))
    assert len(Bpe(vocabulary_size=256).fit([Document("", README)]).alphabet()) == 256
