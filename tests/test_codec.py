"""Documents to ids and back; runs of boundaries; prompts with unknown symbols."""

import json
from collections.abc import Iterable
from itertools import groupby, islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.codec import Codec, Prompt, collapse
from seqgen.domain import Content
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.tokenizer import Boundary, Ids, Writer
from seqgen.vocabulary import Vocabulary
from tests.tiny import LEVELS, TOKENIZERS, Learner, Spacer, Syllables, Tiny

CODEC = Codec(Tiny(levels=LEVELS), Vocabulary(("document", *LEVELS), "#/abcé"))
contents = st.text("#/abc")


def ids_of(content: str, codec: Codec = CODEC) -> list[int]:
    return [i for chunk in codec.encode(content) for i in chunk.tolist()]


class Listing(Tiny):
    """Gives lists."""

    def split(self, content: Content) -> list[str | Boundary]:  # type: ignore[override]
        return list(super().split(content))

    def join(self, symbols: Iterable[str]) -> list[str]:  # type: ignore[override]
        return list(super().join(symbols))


def test_split_may_give_a_list() -> None:
    codec = Codec(Listing(levels=LEVELS), CODEC.vocabulary)
    found = [ids.tolist() for ids in islice(codec.encode("ab/c"), 2)]
    assert found == [ids_of("ab/c")]
    assert "".join(codec.decode(found[0])) == "ab/c" and next(codec.decode(found[0])) == "a"


def plain_collapse(ids: list[int], levels: int) -> list[int]:
    runs = [(boundary, list(run)) for boundary, run in groupby(ids, lambda i: i < levels)]
    inner = runs[bool(runs) and runs[0][0] : len(runs) - bool(runs and runs[-1][0])]
    return [i for boundary, run in inner for i in ([min(run)] if boundary else run)]


@given(contents)
def test_decode_is_the_reverse_of_encode(content: str) -> None:
    assert "".join(CODEC.decode(ids_of(content))) == content


@given(st.lists(st.integers(0, 5)), st.data())
def test_collapse_equals_its_plain_definition_whatever_the_edges(ids: list[int], data: st.DataObject) -> None:
    edges = sorted(data.draw(st.lists(st.integers(0, len(ids)), max_size=8)))
    chunks: list[Ids] = list(np.split(np.array(ids, np.int32), edges))
    found = list(collapse(chunks, 3))
    assert [i for chunk in found for i in chunk.tolist()] == plain_collapse(ids, 3)
    assert all(chunk.dtype == np.int32 and len(chunk) for chunk in found)


def test_of_boundaries_that_coincide_the_strongest_stays() -> None:
    chapter, paragraph = (CODEC.vocabulary.level_id(level) for level in LEVELS)
    hash, slash, a = map(CODEC.vocabulary.id_of, "#/a")
    assert ids_of("a/#a/a") == [a, slash, chapter, hash, a, slash, paragraph, a]


def test_a_boundary_at_either_end_coincides_with_the_document() -> None:
    assert ids_of("#a/") == [CODEC.vocabulary.id_of(letter) for letter in "#a/"]


def test_decode_leaves_out_what_is_no_symbol() -> None:
    ids = [0, 1, 2, CODEC.vocabulary.unknown, CODEC.vocabulary.id_of("a")]
    assert "".join(CODEC.decode(np.array(ids, np.uint8))) == "a"


@pytest.mark.parametrize(
    ("prompt", "becomes", "told"),
    [
        ("abc", "abc", []),
        ("", "", []),
        ("Ba", "ba", ["'B' (U+0042): replaced by 'b'"]),
        ("aÉ", "aé", ["'É' (U+00C9): replaced by 'é'"]),
        ("Ā", "a", ["'Ā' (U+0100): replaced by 'a'"]),
        ("㏄", "cc", ["'㏄' (U+33C4): replaced by 'cc'"]),
        ("a㎈", "a", ["'㎈' (U+3388): no near symbol: left out"]),
        ("a中a中", "aa", ["'中' (U+4E2D): no near symbol: left out"]),
        ("za\u0301", "a", ["'z' (U+007A): no near symbol: left out", "'\u0301' (U+0301): no near symbol: left out"]),
    ],
)
def test_an_unknown_symbol_of_a_prompt_becomes_the_nearest(prompt: str, becomes: str, told: list[str]) -> None:
    begun = CODEC.ids_of_prompt(prompt)
    assert "".join(CODEC.decode(begun.ids)) == becomes
    assert begun.messages == tuple(f"the vocabulary has no {line}" for line in told)


def test_another_case_is_nearer_than_other_letters() -> None:
    codec = Codec(Tiny(), Vocabulary(("document",), "ßse"))
    assert "".join(codec.decode(codec.ids_of_prompt("ẞSÉ").ids)) == "ßse"


def test_unknown_symbols_of_a_prompt_may_be_left_out_or_refused() -> None:
    begun = CODEC.ids_of_prompt("Ba中", on_unknown="skip")
    assert "".join(CODEC.decode(begun.ids)) == "a" and len(begun.messages) == 2
    with pytest.raises(UsageError, match=r"U\+0042.*U\+4E2D"):
        CODEC.ids_of_prompt("Ba中", on_unknown="error")
    with pytest.raises(UnknownName, match="Did you mean 'replace'"):
        CODEC.ids_of_prompt("a", on_unknown="replac")  # type: ignore[arg-type]


@given(contents)
def test_a_prompt_of_known_symbols_is_a_document(content: str) -> None:
    assert CODEC.ids_of_prompt(content) == Prompt(tuple(ids_of(content)))


def test_a_boundary_that_the_vocabulary_lacks_leaves_a_prompt() -> None:
    codec = Codec(Tiny(levels=LEVELS), Vocabulary(("document", "chapter"), "#/a"))
    assert codec.ids_of_prompt("a/a#a").ids == (*map(codec.vocabulary.id_of, "a/a"), 1, 3, 5)


def test_lengths_are_those_of_the_symbols() -> None:
    codec = Codec(Tiny(), Vocabulary(("document", *LEVELS), ["a", "word"]))
    assert codec.measure(np.array([5, 0, 3, 4, 1, 5])).tolist() == [4, 0, 1, 1, 0, 4]


def test_a_tokenizer_that_writes_and_tells_lengths_is_asked_for_them() -> None:
    class Told(Tiny):
        def writer(self) -> Writer:
            return Spacer()

    class Counted(Told):
        def length(self, symbol: str) -> int:
            return 1

    vocabulary = Vocabulary(("document",), ["a", "word"])
    for kind, lengths in ((Told, [0, 4, 2, 0]), (Counted, [0, 1, 1, 0])):
        assert Codec(kind(), vocabulary).measure(np.array([0, 3, 2, 0])).tolist() == lengths


def test_json_carries_a_codec_whole() -> None:
    learnt = Learner(levels=LEVELS).with_learnt("ab")
    for codec in (CODEC, Codec(learnt, CODEC.vocabulary)):
        value = json.loads(json.dumps(codec.to_json()))
        assert Codec.from_json(value, TOKENIZERS) == codec
    assert Codec.from_json(value, TOKENIZERS).tokenizer.learnt() == "ab"


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"name": "tinny"}, UnknownName, "Did you mean 'tiny'"),
        ({"version": 2}, InputError, "made with version 2, and version 1 is installed"),
        ({"options": {"level": []}}, InputError, "Did you mean 'levels'"),
        ({"name": "learner", "options": {"letters": "a"}}, InputError, "'letters' is unknown"),
        ({"more": 1}, InputError, "'more' is unknown"),
    ],
)
def test_a_codec_that_cannot_be_honoured_is_refused(change: dict[str, object], kind: type, message: str) -> None:
    value = CODEC.to_json()
    value["tokenizer"] |= change
    with pytest.raises(kind, match=message):
        Codec.from_json(value, TOKENIZERS)


@given(st.text("ab é", max_size=8))
def test_a_prompt_is_its_ids_and_what_follows(content: str) -> None:
    codec = Codec(Syllables(), Vocabulary(("document",), ["a", "b", "é", " ", *map("".join, product("abé", repeat=2))]))
    begun = codec.ids_of_prompt(content)
    assert "".join(codec.decode(begun.ids)) + begun.follow == content and begun.messages == ()
    assert " " not in begun.follow and bool(begun.follow) == (content.rstrip(" ") == content != "")


def test_a_boundary_before_what_follows_stays() -> None:
    class Ending(Tiny):
        def heal(self, prompt: Content) -> tuple[list[str | Boundary], Content]:
            return list(self.split(prompt[:-1])), prompt[-1:]

    codec = Codec(Ending(levels=LEVELS), CODEC.vocabulary)
    assert codec.ids_of_prompt("a/b") == Prompt((*ids_of("a/"), codec.vocabulary.level_id("paragraph")), "b")
    assert codec.ids_of_prompt("a/") == Prompt(tuple(ids_of("a")), "/")
    assert CODEC.ids_of_prompt("a/") == Prompt(tuple(ids_of("a/")))
