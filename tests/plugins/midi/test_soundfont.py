"""Playing by a soundfont: what is asked of the package, at which sample, and what is said where it is not there."""

import struct
import sys
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from seqgen.errors import InputError, LimitError, UsageError
from seqgen_midi.rendering.soundfont import RATE, TAIL, render_with
from seqgen_midi.score import Bend, Control, Note, Program, Score, Tempo, Track

Q = 480


class Fake:
    """In place of the package's synthesiser: it notes what it is told at which sample, and hums."""

    told: ClassVar[list[tuple[Any, ...]]] = []
    programs: ClassVar[set[int]] = set(range(128))

    def __init__(self, gain: float, samplerate: int) -> None:
        assert samplerate == RATE
        self.done = 0
        self.told.clear()

    def sfload(self, data: bytes) -> int:
        if data != b"soundfont":
            raise RuntimeError("Could not load SoundFont from bytes")
        return 0

    def generate(self, samples: int) -> memoryview:
        self.done += samples
        return memoryview(struct.pack("<2f", 0.25, -0.9) * samples)

    def program_change(self, chan: int, preset: int, is_drums: bool) -> None:
        if preset not in self.programs:
            raise RuntimeError("no such preset")
        self._note("program", chan, preset, is_drums)

    def control_change(self, chan: int, controller: int, value: int) -> None:
        self._note("control", chan, controller, value)

    def pitchbend(self, chan: int, value: int) -> None:
        self._note("bend", chan, value)

    def noteon(self, chan: int, key: int, velocity: int) -> None:
        self._note("on", chan, key, velocity)

    def noteoff(self, chan: int, key: int) -> None:
        self._note("off", chan, key)

    def _note(self, *what: Any) -> None:
        self.told.append((self.done, *what))


@pytest.fixture
def soundfont(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(sys.modules, "tinysoundfont", SimpleNamespace(Synth=Fake))
    monkeypatch.setattr(Fake, "programs", set(range(128)))
    path = tmp_path / "small.sf2"
    path.write_bytes(b"soundfont")
    return path


def test_everything_is_told_in_time(soundfont: Path, tmp_path: Path) -> None:
    track = Track(
        3,
        (Note(0, 60, 90, Q), Note(Q, 60, 70, Q), Note(2 * Q, 62, 70, 0)),
        programs=(Program(0, 40), Program(2 * Q, 41)),
        controls=(Control(Q, 64, 127),),
        bends=(Bend(Q, -8192), Bend(2 * Q, 0)),
    )
    drums = Track(9, (Note(0, 38, 100, 1),))
    render_with(Score(Q, (track, drums), (Tempo(0, 1_000_000),)), soundfont, tmp_path / "tune.wav")
    assert Fake.told == [
        (0, "program", 3, 40, False),
        (0, "program", 9, 0, True),
        (0, "on", 3, 60, 90),
        (0, "on", 9, 38, 100),
        (92, "off", 9, 38),
        (RATE, "off", 3, 60),
        (RATE, "control", 3, 64, 127),
        (RATE, "bend", 3, 0),
        (RATE, "on", 3, 60, 70),
        (2 * RATE, "off", 3, 60),
        (2 * RATE, "program", 3, 41, False),
        (2 * RATE, "bend", 3, 8192),
        (2 * RATE, "on", 3, 62, 70),
        (2 * RATE + 1, "off", 3, 62),
    ]


def test_the_file_holds_what_the_package_gives(soundfont: Path, tmp_path: Path) -> None:
    render_with(Score(Q, (Track(0, (Note(0, 60, 90, 8 * Q),)),)), soundfont, tmp_path / "tune.wav")
    with wave.open(str(tmp_path / "tune.wav"), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, round((4 + TAIL) * RATE))
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert set(samples[:, 0]) == {8192} and set(samples[:, 1]) == {-29242}, "a peak is bent"


def test_an_instrument_that_is_lacking_is_played_by_the_first(
    soundfont: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = Score(Q, (Track(0, (Note(0, 60, 90, Q),), programs=(Program(0, 40),)),))
    monkeypatch.setattr(Fake, "programs", {0})
    render_with(piece, soundfont, tmp_path / "tune.wav")
    assert Fake.told[0] == (0, "program", 0, 0, False)
    monkeypatch.setattr(Fake, "programs", set())
    with pytest.raises(InputError, match="it has no instrument for channel 1"):
        render_with(piece, soundfont, tmp_path / "other.wav")
    assert not (tmp_path / "other.wav").exists()


def test_a_file_that_is_no_soundfont_is_refused(soundfont: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        render_with(Score(), tmp_path / "none.sf2", tmp_path / "tune.wav")
    soundfont.write_bytes(b"text")
    with pytest.raises(InputError, match="it is no soundfont: Could not load SoundFont from bytes"):
        render_with(Score(), soundfont, tmp_path / "tune.wav")


def test_an_hour_is_the_limit(soundfont: Path, tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="3600 s is the limit"):
        render_with(Score(Q, (Track(0, (Note(0, 60, 90, 1 << 40),)),)), soundfont, tmp_path / "tune.wav")


def test_without_the_package_it_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(UsageError, match=r"it needs the package tinysoundfont. pip install 'seqgen\[soundfont\]'"):
        render_with(Score(), tmp_path / "small.sf2", tmp_path / "tune.wav")
