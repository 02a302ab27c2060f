"""What the constraint of remi allows: exactly what split says, and with wishes music that keeps to them."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from seqgen.codec import Codec
from seqgen.constraint import Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_midi.bars import Bars
from seqgen_midi.constraints.remi import Legal, legal
from seqgen_midi.constraints.remi_choices import Choices
from seqgen_midi.constraints.remi_masks import durations_of
from seqgen_midi.constraints.remi_states import At
from seqgen_midi.constraints.wishes import NONE, Wishes
from seqgen_midi.score import DRUMS, Note, Score
from seqgen_midi.tokenizers.remi import Remi, lasting
from tests.plugins.midi.test_remi import SCORES, joined, tangled

LEVELS = ((), ("bar",), ("section", "bar", "beat"), ("section", "beat"), ("beat",))
OPTIONS = (
    *(Remi(levels=levels, section_bars=2) for levels in LEVELS),
    Remi(velocities=0, tempos=False, programs=False),
    Remi(resolution=1, velocities=2, levels=("beat",)),
    Remi(resolution=5),
)


def codec_of(tokenizer: Remi) -> Codec:
    return Codec(tokenizer, Vocabulary.build(("document", *tokenizer.levels), {}, alphabet=tokenizer.alphabet()))


CODECS = tuple(map(codec_of, OPTIONS))
RULES = tuple(map(legal, CODECS))


def row_of(codec: Codec, score: Score) -> list[Spoken]:
    """What the store has of a score, with the mark behind it."""
    found = [codec.vocabulary.symbol_of(int(id)) for ids in codec.encode(score) for id in ids]
    return [*(each for each in found if isinstance(each, str | Boundary)), DOCUMENT_BOUNDARY]


def accepts(rule: Legal, row: Sequence[Spoken]) -> bool:
    state: At | None = rule.start
    for symbol in row:
        state = None if state is None else rule.step(state, symbol)
    return state is not None


class Walk:
    """Pieces drawn at random; the kinds of symbols are drawn first, each as likely as its weight says."""

    def __init__(self, codec: Codec, rule: Legal, seed: int) -> None:
        self._codec, self._rule, self._random = codec, rule, Random(seed)
        meaning, symbols = codec.tokenizer.meaning, codec.vocabulary.symbols  # type: ignore[attr-defined]
        kinds = [*range(codec.vocabulary.unknown), -1, *(100 + meaning[each][0] for each in symbols)]
        self._kinds = np.array(kinds)
        self.states: list[At] = []

    def draw(self, length: int, *, low: int = 0, high: int = 128) -> list[Spoken]:
        """At most so many symbols, and a way to the end; `low` and `high` bound the numbers drawn, where they can."""
        weights = {kind: self._random.choice([1, 1, 5, 20]) for kind in set(self._kinds.tolist())} | {0: 0.3}
        state, row = self._rule.start, list[Spoken]()
        for _ in range(length):
            self.states.append(state)
            ids = np.flatnonzero(self._rule.allowed(state))
            assert len(ids), row[-9:]
            kinds = sorted(set(self._kinds[ids].tolist()))
            (kind,) = self._random.choices(kinds, [weights[each] for each in kinds])
            row.append(self._symbol(self._random.choice(ids[self._kinds[ids] == kind].tolist())))
            if row[-1] == DOCUMENT_BOUNDARY:
                return row
            state = self._next(state, row)
        for symbol in self._rule.complete(state):
            row.append(symbol)
            state = self._next(state, row)
        return [*row, DOCUMENT_BOUNDARY]

    def _next(self, state: At, row: Sequence[Spoken]) -> At:
        new = self._rule.step(state, row[-1])
        assert new is not None, row[-9:]
        return new

    def _symbol(self, id: int) -> Spoken:
        symbol = self._codec.vocabulary.symbol_of(id)
        assert isinstance(symbol, str | Boundary)
        return symbol


def walks(rule: Legal, codec: Codec, *, count: int, length: int = 60) -> list[list[Spoken]]:
    walk = Walk(codec, rule, count)
    return [walk.draw(walk._random.randrange(length)) for _ in range(count)]


def misspelt(rule: Legal, codec: Codec, *, count: int) -> list[list[Spoken]]:
    """Of so many random pieces those that are not legal, or not what split says of them."""
    rows = walks(rule, codec, count=count)
    scores = [joined(row, codec.tokenizer) for row in rows]  # type: ignore[arg-type]
    return [row for row, score in zip(rows, scores, strict=True) if tangled(score) or row_of(codec, score) != row]


@pytest.mark.parametrize("which", range(len(OPTIONS)))
def test_what_is_drawn_is_what_split_says(which: int) -> None:
    assert misspelt(RULES[which], CODECS[which], count=250) == []


@pytest.mark.parametrize("name", ["_free", "_places"])
def test_a_constraint_that_forgets_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful: dict[str, Any] = {"_free": lambda *_: (1 << 128) - 1, "_places": lambda *_: ((), (1, 1000))}
    monkeypatch.setattr(Choices, name, forgetful[name])
    assert misspelt(legal(CODECS[1]), CODECS[1], count=100) != []


@pytest.mark.parametrize("which", range(len(OPTIONS)))
def test_what_split_says_is_allowed(which: int) -> None:
    @settings(max_examples=60, deadline=None)
    @given(SCORES)
    def law(score: Score) -> None:
        assert accepts(RULES[which], row_of(CODECS[which], score))

    law()


@pytest.mark.parametrize("wishes", [NONE, Wishes(bars=3, max_polyphony=2, max_leap=5)])
def test_the_mask_is_what_step_takes(wishes: Wishes) -> None:
    codec = CODECS[2]
    rule, vocabulary = legal(codec, wishes), codec.vocabulary
    walk = Walk(codec, rule, 3)
    for _ in range(12):
        walk.draw(30)
    for state in walk.states[::5]:
        mask = rule.allowed(state)
        assert not mask.flags.writeable and rule.allowed(replace_nothing(state)) is mask
        taken = [
            rule.step(state, each) is not None for id in range(vocabulary.size) for each in _spoken(vocabulary, id)
        ]
        assert taken == mask[[id for id in range(vocabulary.size) if _spoken(vocabulary, id)]].tolist()
        assert not mask[vocabulary.unknown]
    assert rule.step(rule.start, "what is this") is None


def replace_nothing(state: At) -> At:
    """The same state as another object."""
    return state._replace(bars=state.bars)


def _spoken(vocabulary: Vocabulary, id: int) -> list[Spoken]:
    symbol = vocabulary.symbol_of(id)
    return [symbol] if isinstance(symbol, str | Boundary) else []


@pytest.mark.parametrize(
    "said",
    [
        "p60",
        "@5",
        "bar p60",
        "bar d12",
        "bar bar m4/4 m3/4",
        "bar v62 d12 p60 p60",
        "bar v62 d12 p60 @6 p60",
        "bar v62 d12 p60 p59",
        "bar v62 d12 p60 @48",
        "bar v62 d12 p60 @6 @7",
        "bar v62 d12 p60 v62",
        "bar v62 d12 p60 @12 bar p60",
        "bar v62 d12 i0",
        "bar q120 q120",
        "bar i33 v62 d12 drum36",
        "bar v62 d12 d48",
        "bar v62 d48 d48",
        "bar v62 d48 p60 @12 d48 p62",
        "bar m4/4 v62 d12 p60 bar m4/4",
    ],
)
def test_the_last_symbol_is_refused(said: str) -> None:
    *before, last = said.split()
    rule = legal(codec_of(Remi(levels=())))
    state = rule.begin(before)
    assert rule.step(state, last) is None


def test_durations_have_one_spelling() -> None:
    whole = 8
    parts = [*range(1, whole), *(whole << power for power in range(10))]
    for now, room in ((0, 60), (16, 60), (24, 24), (16, 16)):
        ways: list[tuple[int, ...]] = [()]
        for way in ways:
            may = durations_of(sum(way), now, room, whole=whole)
            ways += [(*way, part) for part in parts if may(part)]
        spelt = {tuple(int(part[1:]) for part in lasting(total, whole)) for total in range(1, room + 1) if total != now}
        assert {way for way in ways if way and sum(way) != now} == spelt


def kept(wishes: Wishes, *, which: int = 1, count: int = 150) -> list[Score]:
    """Pieces drawn under wishes, each of which the constraint without any takes too, but for how they end."""
    codec = CODECS[which]
    rows = walks(legal(codec, wishes), codec, count=count)
    scores = [joined(row, codec.tokenizer) for row in rows]  # type: ignore[arg-type]
    assert not any(map(tangled, scores)) and any(score.notes > 3 for score in scores)
    for row, score in zip(rows, scores, strict=True):
        again = row_of(codec, score)[:-1]
        assert row[: len(again)] == again
    return scores


def melodic(score: Score) -> list[list[Note]]:
    return [list(track.notes) for track in score.tracks if track.channel != DRUMS]


def test_pitches_are_kept_to() -> None:
    wishes = Wishes(key="D", range="D4-A4")
    played = [note.pitch for score in kept(wishes) for notes in melodic(score) for note in notes]
    assert set(played) == {62, 64, 66, 67, 69}


def test_a_program_all_of_whose_pitches_sound_is_not_said() -> None:
    rule = legal(CODECS[1], Wishes(range="C4-C4"))
    state = rule.begin("bar i33 v62 d48 p60 i40 d12 p60 @24".split())
    assert [name for name in ("i0", "i33", "i41") if rule.step(state, name)] == ["i0", "i41"]


def test_polyphony_is_kept_to() -> None:
    for most in (1, 3):
        for score in kept(Wishes(max_polyphony=most)):
            notes = [note for track in score.tracks for note in track.notes]
            assert max((sum(o.start <= n.start < o.end for o in notes) for n in notes), default=0) <= most


def test_leaps_are_kept_to() -> None:
    for score in kept(Wishes(max_leap=4, range="C3-C5")):
        for notes in melodic(score):
            assert all(abs(a.pitch - b.pitch) <= 4 for a, b in pairwise(notes))


def test_the_metre_is_kept_to() -> None:
    assert {str(metre) for score in kept(Wishes(metre="7/8")) for metre in score.metres} == {"7/8"}
    assert all(len(score.metres) == 1 for score in kept(Wishes(metre="7/8")) if score.notes)
    with pytest.raises(UsageError):
        legal(CODECS[1], Wishes(metre="3/64"))


@pytest.mark.parametrize("which", range(len(OPTIONS)))
@pytest.mark.parametrize("bars", [1, 5])
def test_a_piece_ends_with_its_bars(which: int, bars: int) -> None:
    codec, wishes = CODECS[which], Wishes(bars=bars)
    for row in walks(legal(codec, wishes), codec, count=60):
        score = joined([*row, "bar", "v64", "d1", "p0"], codec.tokenizer)  # type: ignore[arg-type]
        line = Bars.of(score).at(max(note.start for track in score.tracks for note in track.notes))
        assert row.count("bar") == bars == line.number
        assert max(
            (note.end for track in score.tracks for note in track.notes if note.start < line.start), default=0
        ) <= (line.start)


def test_wishes_together() -> None:
    wishes = Wishes(key="C", range="C4-C5", metre="3/4", max_polyphony=1, max_leap=7, bars=4)
    for score in kept(wishes):
        notes = sorted(note for track in score.tracks for note in track.notes)
        assert all(a.end <= b.start for a, b in pairwise(notes))
        assert score.end <= 4 * 3 * 480


def test_a_way_to_the_end_is_short() -> None:
    rule = legal(CODECS[1], Wishes(bars=2, metre="3/4"))
    assert list(rule.complete(rule.start)) == ["bar", "m3/4", Boundary("bar"), "bar"]
    rule = RULES[1]
    assert list(rule.complete(rule.start)) == []
    assert list(rule.complete(rule.begin(["bar", "@12"]))) == ["v62", "d12", "p60"]
    assert list(rule.complete(rule.begin(["bar"]))) == ["v62", "d12", "p60"]
