"""The training set of 2002: every chorus is made of what the report prints, and all of them are there."""

import hashlib
import math
from collections import Counter
from itertools import product

import pytest

from seqgen import corpus
from seqgen.errors import CorpusError, UsageError
from seqgen_midi import blues
from seqgen_midi.reading import read_bytes, read_file
from seqgen_midi.score import Note, Score, Tempo, Track
from seqgen_midi.writing import to_bytes_many

PRINTED = {
    (1, 2, 3, 7): ["G Bb F C", "C Bb G Eb"],
    (4,): ["C Bb G Bb", "C Bb Bb Eb", "G Bb G Bb", "G Bb Bb Eb"],
    (5, 6): ["F Gb G Bb", "F C' Bb Eb"],
    (8,): ["C Bb G Eb", "C Bb F C", "G Bb G Eb", "G Bb F C"],
    (9,): ["G C Eb Gb", "G C' G Gb"],
    (10,): ["F C F Eb", "F Bb F Eb"],
    (11,): ["C Eb Bb Gb"],
    (12,): ["D D G G"],
}
"""What a bar may hold, counted from 1."""
SAMPLE = (0, 1, 2, 777, 2048, 4095)
FEW = 5


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let the corpus have few choruses; the file it then is."""
    monkeypatch.setattr(blues, "COUNT", FEW)
    data = to_bytes_many(list(blues.choruses()))
    monkeypatch.setattr(blues, "SHA256", hashlib.sha256(data).hexdigest())
    return data


def spelt(bar: tuple[int, ...]) -> str:
    names = {60: "C", 62: "D", 63: "Eb", 65: "F", 66: "Gb", 67: "G", 70: "Bb", 72: "C'"}
    return " ".join(names[pitch] for pitch in bar)


def test_all_choruses_are_there_once_and_what_is_printed() -> None:
    melodies = [blues.melody(number) for number in range(blues.COUNT)]
    assert len(set(melodies)) == len(melodies) == 4096
    allowed = [next(bars for numbers, bars in PRINTED.items() if bar in numbers) for bar in range(1, 13)]
    spelt_out = {tuple(spelt(each[at : at + 4]) for at in range(0, 48, 4)) for each in melodies}
    assert spelt_out == set(product(*allowed))


def test_each_melody_needs_twelve_bits() -> None:
    counts = [Counter(number >> bit & 1 for number in range(blues.COUNT)) for bit in range(12)]
    assert all(count == {0: 2048, 1: 2048} for count in counts)
    assert math.log(blues.COUNT) == pytest.approx(blues.FLOOR_NATS)
    assert round(blues.FLOOR_NATS / 96, 4) == 0.0866
    forms = [len(each) for each in blues.SEGMENTS]
    assert math.prod(forms) == 4096 and forms.count(2) == 12


def test_a_melody_has_its_number() -> None:
    assert all(blues.index_of(blues.melody(number)) == number for number in range(blues.COUNT))
    assert blues.index_of(list(blues.melody(77))) == 77


def test_what_is_no_chorus_has_none() -> None:
    known = blues.melody(1234)
    assert blues.index_of([]) is blues.index_of(known[:-1]) is blues.index_of((*known, 60)) is None
    assert all(blues.index_of((*known[:at], 61, *known[at + 1 :])) is None for at in range(48))
    assert blues.index_of((*known[4:], *known[:4])) is None


def test_the_first_two_choruses_differ_in_the_last_choice() -> None:
    first, second, last = blues.melody(0), blues.melody(1), blues.melody(4095)
    assert [at // 4 + 1 for at in range(48) if first[at] != second[at]] == [10]
    assert spelt(first[:4]) == "G Bb F C" and spelt(last[:4]) == "C Bb G Eb"


@pytest.mark.parametrize("number", [-1, 4096])
def test_a_number_that_is_none_is_refused(number: int) -> None:
    with pytest.raises(UsageError, match="4095"):
        blues.chorus(number)


def test_chords_are_as_printed() -> None:
    assert [len(bar) for bar in blues.CHORDS] == [1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 2]
    assert len({chord for bar in blues.CHORDS for chord in bar}) == 9
    assert blues.CHORDS[0] == blues.CHORDS[2] == blues.CHORDS[6] == ((48, 52, 55),)
    assert blues.CHORDS[3] == ((50, 53, 55, 58), (48, 52, 55))
    assert blues.CHORDS[5] == ((48, 50, 54, 57),)
    assert blues.CHORDS[7] == ((52, 55, 59), (49, 52, 55, 57))
    assert blues.CHORDS[8:] == (
        ((48, 50, 53, 57),),
        ((50, 53, 55, 59),),
        ((48, 52, 55), (49, 52, 55, 57)),
        ((50, 53, 57), (50, 53, 55, 59)),
    )


@pytest.mark.parametrize("number", SAMPLE)
def test_a_chorus_is_a_melody_over_chords(number: int) -> None:
    score = blues.chorus(number)
    melody, harmony = score.tracks
    assert (score.division, score.tempos, melody.channel, harmony.channel) == (480, (Tempo(0, 500_000),), 0, 1)
    assert [(note.start, note.duration) for note in melody.notes] == [(480 * at, 480) for at in range(48)]
    assert tuple(note.pitch for note in melody.notes) == blues.melody(number)
    for half in range(24):
        bar = blues.CHORDS[half // 2]
        sounding = {note.pitch for note in harmony.notes if note.start <= half * 960 < note.end}
        assert sounding == set(bar[half % 2 if len(bar) == 2 else 0])
    whole = [note for note in harmony.notes if note.duration == 1920]
    assert len(whole) == sum(len(bar[0]) for bar in blues.CHORDS if len(bar) == 1)
    assert score.end == 12 * 1920 and harmony.notes == tuple(sorted(harmony.notes))


def test_the_order_is_that_of_the_numbers() -> None:
    each = blues.choruses()
    assert [next(each) for _ in range(3)] == [blues.chorus(number) for number in range(3)]


def test_choruses_are_read_back() -> None:
    scores = [blues.chorus(number) for number in SAMPLE]
    found = read_bytes(to_bytes_many(scores))
    assert [score for score, _ in found] == scores
    assert not any(report.findings for _, report in found)


def test_the_file_is_kept_and_mended(few: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = blues.build()
    assert path.read_bytes() == few
    with monkeypatch.context() as patch:
        patch.setattr(blues, "choruses", lambda: pytest.fail("it was there already"))
        assert blues.build() == (path,)
    path.write_bytes(few[:-1])
    assert blues.build() == (path,) and path.read_bytes() == few


def test_a_file_with_other_music_is_not_kept(few: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    other = to_bytes_many([Score(tracks=(Track(0, (Note(0, 60 + k, 127, 480),)),)) for k in range(FEW)])
    monkeypatch.setattr(blues, "to_bytes_many", lambda scores: other)
    with pytest.raises(CorpusError, match="does not read back as the choruses"):
        blues.build()
    assert not (corpus.cache_folder("corpora", "blues") / "blues.mid").exists()


def test_a_file_with_the_same_music_in_other_bytes_is_kept(few: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blues, "SHA256", "0" * 64)
    (path,) = blues.build()
    assert path.read_bytes() == few


def test_the_catalogue_builds_it(few: bytes) -> None:
    found = corpus.find("blues")
    assert (found.domain, found.documents) == ("midi", "file")
    assert len(read_file(found.files[0])) == FEW


@pytest.mark.slow
def test_the_whole_file_is_the_one_that_is_pinned() -> None:
    (path,) = corpus.find("blues").files
    scores = [score for score, _ in read_file(path)]
    assert scores == list(blues.choruses())
    assert path.stat().st_size == 3_428_366
