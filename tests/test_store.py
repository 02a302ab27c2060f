"""Prepared corpora: the parts, their marks, their vocabulary, and what must not be opened."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqgen.store.reading
import seqgen.store.writing
import seqgen.tokenizer
from seqgen.domain import Document
from seqgen.errors import CorpusError, LimitError, SeqgenError, UnknownName, UsageError
from seqgen.store import PARTS, Split, Store, fingerprint, prepare
from seqgen.tokenizer import Boundary, Label, Tokenizer
from tests.tiny import LEVELS, TOKENIZERS, Doubler, Hasty, Learner, Shouter, Syllables, Tiny

TINY = Tiny(levels=LEVELS)
THIRDS = Split(0.34, 0.33, 0.33)
texts = st.lists(st.text("#/abcdefg", min_size=1, max_size=12), min_size=3, max_size=12)


def prepared(folder: Path, contents: Iterable[Any], split: Split = Split(), **given: Any) -> Store:  # noqa: B008
    documents = [Document(f"number {i}", content) for i, content in enumerate(contents)]
    options: dict[str, Any] = {"tokenizer": TINY, "seed": 0, "notes": Counter()} | given
    return prepare(lambda: documents, folder=folder, split=split, **options)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every loop over chunks runs more than once."""
    monkeypatch.setattr(seqgen.store.writing, "CHUNK", 3)
    monkeypatch.setattr(seqgen.store.reading, "CHUNK", 5)
    monkeypatch.setattr(seqgen.tokenizer, "CHUNK", 4)


def ids_of(store: Store, part: str) -> list[int]:
    ids: list[int] = store.ids(part).tolist() if store.header.parts[part].ids else []
    return ids


def documents_of(store: Store, part: str) -> list[str]:
    """Each document of a part, decoded; a letter that training never met as `?`."""
    vocabulary, found = store.codec.vocabulary, [""]
    for symbol in map(vocabulary.symbol_of, ids_of(store, part)):
        if symbol == Boundary("document"):
            found.append("")
        elif not isinstance(symbol, Boundary | Label):
            found[-1] += symbol or "?"
    return [text for text in found if text]


# Whole documents


@settings(max_examples=40, deadline=None)
@given(texts, st.integers(0, 3))
def test_every_document_is_in_one_part_in_order(contents: list[str], seed: int) -> None:
    contents = [f"{chr(0x4E00 + i)}{content}" for i, content in enumerate(contents)]
    with TemporaryDirectory() as folder:
        store = prepared(Path(folder, "store"), contents, THIRDS, seed=seed)
        training = documents_of(store, "train")
        known = set("".join(training))
        masked = ["".join(c if c in known else "?" for c in content) for content in contents]
        parts = [documents_of(store, part) for part in PARTS]
    assert sorted(text for part in parts for text in part) == sorted(masked)
    assert all(part and _in_order(part, masked) for part in parts)


def _in_order(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(text in rest for text in part)


@settings(max_examples=20, deadline=None)
@given(texts)
def test_a_mark_before_each_document_and_one_after_the_last(contents: list[str]) -> None:
    with TemporaryDirectory() as folder:
        store = prepared(Path(folder, "store"), contents, THIRDS)
        for part in PARTS:
            ids = ids_of(store, part)
            assert ids[0] == ids[-1] == 0 and ids.count(0) == store.documents(part) + 1
            assert all(
                a >= store.codec.vocabulary.unknown or b >= store.codec.vocabulary.unknown for a, b in pairwise(ids)
            )
            assert store.characters(part) == len("".join(documents_of(store, part)))


def test_the_ids_are_those_of_the_codec(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["a#b/#c", "ca//b"], Split(1, 0, 0))
    expected = [0]
    for content in ("a#b/#c", "ca//b"):
        expected += [i for chunk in store.codec.encode(content) for i in chunk.tolist()] + [0]
    assert ids_of(store, "train") == expected


def test_held_out_parts_come_near_their_share(tmp_path: Path) -> None:
    sizes = np.random.default_rng(1).integers(1, 40, 300)
    store = prepared(tmp_path / "store", ["a" * n for n in sizes], Split(0.8, 0.15, 0.05))
    shares = [store.characters(part) / sizes.sum() for part in PARTS]
    assert shares == pytest.approx([0.8, 0.15, 0.05], abs=0.003)


def test_a_held_out_part_ends_nearest_to_its_share(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["a" * 10] * 10, Split(0.5, 0.27, 0.23))
    assert [store.documents(part) for part in PARTS] == [5, 3, 2]


def test_the_seed_decides_which_documents_are_held_out(tmp_path: Path) -> None:
    contents = [f"{a}{b}" for a in "abcdefg" for b in "abcdefg"]
    found = [prepared(tmp_path / str(i), contents, seed=seed) for i, seed in enumerate((1, 1, 2))]
    first, again, other = ({part: documents_of(store, part) for part in PARTS} for store in found)
    assert first == again and first["test"] != other["test"]
    assert (tmp_path / "0" / "header.json").read_bytes() == (tmp_path / "1" / "header.json").read_bytes()


# One document


@settings(max_examples=30, deadline=None)
@given(
    st.text("#/ab", min_size=3, max_size=60), st.sampled_from([Split(), THIRDS, Split(0.9, 0.1, 0), Split(0.5, 0, 0.5)])
)
def test_an_only_document_is_cut_by_position(content: str, split: Split) -> None:
    with TemporaryDirectory() as folder:
        store = prepared(Path(folder, "store"), ["", content], split)
        found = ["".join(documents_of(store, part)) for part in PARTS]
        held = [part for part in PARTS if store.header.parts[part].ids]
        marks = [(ids_of(store, part)[0], ids_of(store, part).count(0)) for part in held]
    known = set(found[0])
    assert "".join(found) == found[0] + "".join(c if c in known else "?" for c in content[len(found[0]) :])
    assert marks == [(0, 1)] * (len(held) - 1) + [(0, 2)]
    assert all(
        (share > 0) == bool(text)
        for share, text in zip((split.train, split.validation, split.test), found, strict=True)
    )


def test_the_cut_is_the_customary_one(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["a#" * 557], Split(0.9, 0.1, 0))
    assert store.characters("train") == 1002 and store.characters("validation") == 112
    store = prepared(tmp_path / "store", ["a" * 1000])
    assert [store.characters(part) for part in PARTS] == [900, 50, 50]


# The vocabulary


def test_the_vocabulary_is_that_of_the_training_part(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["bbaaab#z/"], Split(0.7, 0.3, 0))
    assert store.codec.vocabulary.symbols == ("a", "b")
    assert store.codec.vocabulary.levels == ("document", "chapter", "paragraph")
    unknown, part = store.codec.vocabulary.unknown, store.header.parts["validation"]
    assert ids_of(store, "train") == [0, 5, 5, 4, 4, 4, 5, 1]
    assert ids_of(store, "validation") == [0, unknown, unknown, unknown, 0]
    assert (part.unknown, part.characters, part.ids, part.documents) == (3, 3, 5, 1)


@pytest.mark.parametrize(("kept", "lost", "dtype"), [(200, 20, "uint8"), (200, 100, "uint8"), (300, 70000, "uint16")])
def test_the_type_of_the_ids_is_the_smallest(kept: int, lost: int, dtype: str, tmp_path: Path) -> None:
    content = "".join(chr(0x10000 + i) for i in range(kept)) * 3
    rare = "".join(chr(0x20000 + i) for i in range(lost))
    split = Split(len(content) / len(content + rare), len(rare) / len(content + rare), 0)
    store = prepared(tmp_path / "store", [content + rare], split)
    assert store.header.dtype == dtype and store.ids("train").dtype == np.dtype(dtype)
    assert documents_of(store, "train") == [content] and documents_of(store, "validation") == ["?" * lost]


def test_a_tokenizer_learns_from_the_training_documents_only(tmp_path: Path) -> None:
    contents = [letter * 5 for letter in "abcdefgh"]
    store = prepared(tmp_path / "store", contents, THIRDS, tokenizer=Learner())
    assert store.codec.tokenizer.learnt() == "".join(sorted(text[0] for text in documents_of(store, "train")))
    assert store.documents("train") < 8 and set("".join(documents_of(store, "test"))) == {"?"}
    whole = prepared(tmp_path / "one", ["abcdefgh"], THIRDS, tokenizer=Learner())
    assert whole.codec.tokenizer.learnt() == "abcdefgh"


# Notes


def test_an_only_document_is_cut_first_for_a_tokenizer_that_asks_for_it(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["", "abcabcxyabc"], Split(0.5, 0.3, 0.2), tokenizer=Shouter())
    assert store.codec.tokenizer.learnt() == "abc"
    assert [documents_of(store, part) for part in PARTS] == [["abcab"], ["c??"], ["abc"]]
    assert [ids_of(store, part)[0] for part in PARTS] == [0, 0, 0]
    assert [ids_of(store, part)[-1] == 0 for part in PARTS] == [False, False, True]
    assert [store.header.parts[part].characters for part in PARTS] == [6, 4, 4]
    assert store.header.notes["empty documents dropped"] == 1


def test_an_only_document_is_cut_between_two_symbols_however_long_they_are(tmp_path: Path) -> None:
    store = prepared(tmp_path, ["abcdefghij" * 20], tokenizer=Syllables())
    parts = ["".join(documents_of(store, part)) for part in PARTS]
    assert "".join(parts) == "abcdefghij" * 20 and [len(part) for part in parts] == [180, 10, 10]


def test_documents_are_dealt_out_by_their_length_whatever_the_symbols(tmp_path: Path) -> None:
    contents = [chr(97 + i % 26) * (1 + 7 * i % 23) for i in range(60)]
    plain = prepared(tmp_path / "plain", contents, tokenizer=Shouter())
    doubled = prepared(tmp_path / "doubled", contents, tokenizer=Doubler())
    other = prepared(tmp_path / "other", contents, tokenizer=Hasty())
    parts = [[store.documents(part) for part in PARTS] for store in (plain, doubled, other)]
    assert parts[0] == parts[1] != parts[2]


def test_the_alphabet_is_in_the_vocabulary_whether_or_not_it_occurs(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["ab", "bc", "ca"], Split(1, 0, 0), tokenizer=Shouter())
    assert store.codec.vocabulary.symbols == ("a", "b", "c", "?", "z")


def test_empty_documents_are_dropped_and_counted(tmp_path: Path) -> None:
    notes: Counter[str] = Counter()
    store = prepared(tmp_path / "store", ["", "a", "", "b", ""], Split(0.5, 0.5, 0), notes=notes)
    assert notes == {"empty documents dropped": 3} == store.header.notes
    assert store.documents("train") == store.documents("validation") == 1


def test_notes_count_one_pass_though_there_are_several(tmp_path: Path) -> None:
    notes = Counter({"earlier": 2})

    def read() -> Iterator[Document]:
        for content in "abc":
            notes["tabs"] += 1
            yield Document(content, content)

    for tokenizer in (Tiny(), Learner()):
        prepare(read, tokenizer, tmp_path / "store", split=THIRDS, seed=0, notes=(notes := Counter({"earlier": 2})))
        assert +notes == {"earlier": 2, "tabs": 3}


# Fingerprints


def test_fingerprints_tell_the_training_documents(tmp_path: Path) -> None:
    contents = ["ab/c", "ab/d", "ab/c", "a" * 20]
    store = prepared(tmp_path / "store", contents, Split(1, 0, 0))
    hashes = store.document_hashes()
    assert hashes.dtype == np.uint64 and len(hashes) == 3 and (np.diff(hashes) > 0).all()
    id_of = store.codec.vocabulary.id_of
    assert all(fingerprint([id_of(c) for c in content]) in hashes for content in contents)
    assert fingerprint([id_of(c) for c in "ab/"]) not in hashes


def test_a_fingerprint_passes_over_boundaries() -> None:
    assert fingerprint([0, 1, 7, 1, 9], boundaries=3) == fingerprint(np.array([7, 9], np.uint8)) == fingerprint([7, 9])
    assert fingerprint([9, 7]) != fingerprint([7, 9]) != fingerprint([0x10007, 9])


# What cannot be prepared


@pytest.mark.parametrize(
    ("contents", "split", "there"),
    [
        ([], Split(1, 0, 0), "0 symbols in 0 documents"),
        (["", ""], Split(), "0 symbols in 0 documents"),
        (["ab"], Split(), "2 symbols in 1 document, too few symbols for the 3 parts of 90,5,5"),
        (["abc", "", "de"], Split(), "5 symbols in 2 documents, too few documents for the 3 parts"),
    ],
)
def test_too_small_a_corpus_is_refused(contents: list[str], split: Split, there: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=there):
        prepared(tmp_path / "store", contents, split)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("later", [["abc"], ["ab", "c"], ["abcd", "ef"], [], ["abcd"] * 3])
@pytest.mark.parametrize(("tokenizer", "passes"), [(Tiny(), 2), (Learner(), 4)])
def test_a_corpus_that_changes_while_it_is_read_is_refused(
    later: list[str], tokenizer: Tokenizer, passes: int, tmp_path: Path
) -> None:
    versions = iter([["abcd", "e"]] * passes + [later])
    with pytest.raises(CorpusError, match="changed while it was read"):
        prepare(
            lambda: [Document("it", content) for content in next(versions)],
            tokenizer,
            tmp_path / "store",
            split=Split(0.5, 0.5, 0),
            seed=0,
            notes=Counter(),
        )


def test_a_store_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = prepared(tmp_path / "store", ["abc"], Split(1, 0, 0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(LimitError, match="No space left"):
        patch.setattr(seqgen.store.writing, "_append", full)
        prepared(tmp_path / "store", ["xyz"], Split(1, 0, 0))
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert documents_of(Store.open(old.folder, TOKENIZERS), "train") == ["abc"]
    assert documents_of(prepared(tmp_path / "store", ["xyz"], Split(1, 0, 0)), "train") == ["xyz"]
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        prepared(tmp_path, ["abc"], Split(1, 0, 0))
    assert (tmp_path / "letters.txt").read_text() == "mine"


# What cannot be opened


def test_an_empty_part_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["abc"], Split(0.5, 0.5, 0))
    with pytest.raises(UsageError, match="has train, validation"):
        store.ids("test")
    with pytest.raises(UnknownName, match="Did you mean 'validation'"):
        store.ids("validatoin")


def test_a_store_is_opened_as_it_was_prepared(tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["a/b", "c", "d"], THIRDS)
    assert Store.open(tmp_path / "store", TOKENIZERS) == store
    assert not store.ids("train").flags.writeable


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder, header: (folder / "test.ids").unlink(),
        lambda folder, header: (folder / "train.ids").write_bytes(b"\0"),
        lambda folder, header: (folder / "header.json").unlink(),
        lambda folder, header: (folder / "header.json").write_bytes(b"\xff{"),
        lambda folder, header: _rewrite(folder, header | {"format": 2}),
        lambda folder, header: _rewrite(folder, header | {"dtype": "int8"}),
        lambda folder, header: _rewrite(folder, header | {"parts": {"../../x": header["parts"]["train"]}}),
        lambda folder, header: _rewrite(folder, header | {"more": 0}),
        lambda folder, header: _rewrite(folder, header | {"split": {"train": 2.0}}),
    ],
)
def test_what_is_not_a_whole_store_is_refused(damage: Any, tmp_path: Path) -> None:
    store = prepared(tmp_path / "store", ["a", "b", "c"], THIRDS)
    damage(store.folder, json.loads((store.folder / "header.json").read_bytes()))
    with pytest.raises(SeqgenError):
        Store.open(store.folder, TOKENIZERS)


def _rewrite(folder: Path, header: dict[str, Any]) -> None:
    (folder / "header.json").write_text(json.dumps(header))


# The split


@pytest.mark.parametrize("text", ["90,5,5", "0.9,0.05,0.05"])
def test_a_split_is_written_in_shares_or_per_cents(text: str) -> None:
    assert Split.parse(text) == Split() and str(Split.parse(text)) == "90,5,5"


@pytest.mark.parametrize(
    "text", ["90,10", "", "a,b,c", "90,5,4", "0,50,50", "-10,60,50", "110,-5,-5", "nan,5,5", "1,1,1"]
)
def test_what_is_no_split_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Split.parse(text)


# Variants


def with_shouts(store_folder: Path, texts: list[str], split: Split) -> Store:
    """A store of these texts, each followed by a variant of it in another letter."""
    each = [Document(text, text) for text in texts]
    documents = [made for one in each for made in (one, Document(one.name, "g" + one.content, variant=True))]
    return prepare(lambda: documents, TINY, store_folder, split=split, seed=0, notes=Counter())


def test_a_variant_is_in_training_with_what_it_was_made_from(tmp_path: Path) -> None:
    texts = [f"{a}{b}" for a in "abc" for b in "def"]
    store = with_shouts(tmp_path / "store", texts, THIRDS)
    trained = documents_of(store, "train")
    assert {"g" + text for text in texts} & {*trained} == {"g" + text for text in trained if text in texts}
    for part in ("validation", "test"):
        held = documents_of(store, part)
        assert held and not any(text.startswith("g") for text in held)
        assert not {"g" + text for text in held} & {*trained}
    assert store.header.notes["variants added to training"] == sum(text.startswith("g") for text in trained) > 0


def test_held_out_parts_are_the_same_with_and_without_variants(tmp_path: Path) -> None:
    texts = [f"{a}{b}" for a in "abc" for b in "def"]
    plain, more = prepared(tmp_path / "plain", texts, THIRDS), with_shouts(tmp_path / "more", texts, THIRDS)
    assert [documents_of(plain, part) for part in PARTS[1:]] == [documents_of(more, part) for part in PARTS[1:]]


def test_an_only_document_has_no_variants_in_training(tmp_path: Path) -> None:
    store = with_shouts(tmp_path / "store", ["abababababab"], THIRDS)
    assert "".join(text for part in PARTS for text in documents_of(store, part)) == "abababababab"
