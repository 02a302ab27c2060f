"""Files with random faults raise nothing but Refused, and what is recovered of them can be written."""

import contextlib
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from seqgen import corpus
from seqgen_midi.abc import read_abc
from seqgen_midi.reading import Manner, Refused, read_bytes
from seqgen_midi.reading.events import TrackReader
from seqgen_midi.writing import to_bytes
from tests.plugins.midi import twin
from tests.plugins.midi.broken import CASES, WHOLE

MIRROR = os.environ.get("SEQGEN_MIRROR", "")
CORPORA = ("nottingham", "irish-melodies")
MANNER = Manner(smpte="read", karaoke="lyrics")


def seeds() -> list[bytes]:
    """Files to be broken: made ones, broken ones, tunes, and other real ones where there is a mirror of them."""
    made = [twin.random_file(Random(seed)) for seed in range(30)]
    made += [
        to_bytes(score) for path in corpus.find("tunes").files for score, _, _ in read_abc(path.read_text("utf-8"))
    ]
    real = [path for name in CORPORA for path in sorted(Path(MIRROR, name).glob("*.mid"))[::100] if MIRROR]
    return made + [case.data for case in CASES] + [path.read_bytes() for path in real]


def mutated(random: Random, data: bytes) -> bytes:
    """The data with a few faults."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5))):
        at, to = sorted(random.randrange(len(found) + 1) for _ in range(2))
        match random.randrange(7):
            case 0 | 1 if at < len(found):
                found[at] ^= 1 << random.randrange(8)
            case 2:
                del found[at : at + random.choice((1, 2, 9, len(found)))]
            case 3:
                found[at:at] = random.randbytes(random.choice((1, 2, 9, 50)))
            case 4:
                found[at:at] = found[at:to]
            case 5:
                found = bytearray(b"MTrk".join(shuffled(random, bytes(found).split(b"MTrk"))))
            case 6 if at < len(found):
                found[at] = random.choice((0, 0x7F, 0x80, 0x90, 0xF0, 0xF7, 0xFF))
    return bytes(found)


def shuffled(random: Random, pieces: list[bytes]) -> list[bytes]:
    return random.sample(pieces, len(pieces))


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_mutations_raise_nothing_but_refused(count: int) -> None:
    random, files, seen = Random(count), seeds(), Counter[str]()
    for _ in range(count):
        data = mutated(random, random.choice(files))
        try:
            read = read_bytes(data, options=MANNER)
        except Refused:
            seen["refused"] += 1
            continue
        for score, report in read:
            seen["with findings" if report.findings else "without"] += 1
            assert report.notes == score.notes
            assert read_bytes(to_bytes(score))[0][0] == score
    assert min(seen.values()) > count // 50 and len(seen) == 3


def test_the_careful_steps_alone_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random, files = Random(0), seeds()
    for _ in range(300):
        data = mutated(random, random.choice(files))
        try:
            fast = read_bytes(data)
        except Refused:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(TrackReader, "fast", False)
            assert read_bytes(data) == fast


@pytest.mark.parametrize("head", [b"", WHOLE[:14], WHOLE[:14] + b"MTrk\0\0\1\0", WHOLE[:30]])
def test_any_bytes_at_all_raise_nothing_but_refused(head: bytes) -> None:
    random = Random(1)
    for _ in range(300):
        with contextlib.suppress(Refused):
            read_bytes(head + random.randbytes(random.randrange(300)), options=MANNER)


def test_an_error_of_another_kind_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgen_midi.reading.metas.LENGTHS", {})
    with pytest.raises(KeyError):
        test_mutations_raise_nothing_but_refused(300)
