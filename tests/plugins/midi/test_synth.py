"""The synthesiser: what is in the sound is what is in the score, and nothing else."""

import math
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seqgen.errors import InputError, LimitError, UsageError
from seqgen_midi.rendering import percussion, synth, voices
from seqgen_midi.rendering.room import Room, _answer
from seqgen_midi.rendering.schedule import Sound, schedule
from seqgen_midi.rendering.synth import BLOCK, KNEE, limited, render, write_wav
from seqgen_midi.rendering.timbres import timbre_of
from seqgen_midi.score import Bend, Control, Note, Program, Score, Tempo, Track

Q = 480
RATE = 44100
FLUTE, ORGAN, TRUMPET, STRINGS, VIBRAPHONE = 73, 16, 56, 48, 11
FAMILIES = [*range(0, 128, 8), 12, 14, 20, 45, 47, 52, 71, 80, 110]


def score(*notes: Note, program: int = 0, channel: int = 0, tempos: tuple[Tempo, ...] = ()) -> Score:
    return Score(Q, (Track(channel, notes, programs=(Program(0, program),)),), tempos)


def note(start: float = 0, pitch: int = 60, velocity: int = 100, beats: float = 1) -> Note:
    return Note(round(start * Q), pitch, velocity, round(beats * Q))


def loudness(sound: NDArray[np.float32], start: float = 0, stop: float = 0.4) -> float:
    return float(np.sqrt((sound[round(start * RATE) : round(stop * RATE)] ** 2).mean()))


def strongest(sound: NDArray[np.float32], start: float, stop: float) -> float:
    """The frequency that is strongest in a stretch, in hertz, by a parabola through the highest points."""
    part = sound[round(start * RATE) : round(stop * RATE), 0]
    size = 1 << 19
    spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) + 1e-12)
    k = int(spectrum.argmax())
    below, here, above = spectrum[k - 1 : k + 2]
    return float((k + (below - above) / (below - 2 * here + above) / 2) * RATE / size)


def test_a_piece_without_notes_is_a_short_silence() -> None:
    for empty in (Score(), Score(tracks=(Track(0), Track(9)))):
        sound = render(empty)
        assert sound.shape == (RATE // 4, 2) and not sound.any()


@pytest.mark.parametrize("program", FAMILIES)
def test_every_family_sounds_and_keeps_within_bounds(program: int) -> None:
    sound = render(score(note(pitch=60), note(1, 48), note(1, 72), note(2, 108), program=program))
    assert sound.dtype == np.float32 and sound.shape[1] == 2
    assert np.isfinite(sound).all() and np.abs(sound).max() <= 1
    assert loudness(sound) > 0.05
    assert np.abs(sound[:3]).max() < 1e-3 and np.abs(sound[-3:]).max() < 1e-3, "it begins and ends in silence"
    assert 1.5 + 1 < len(sound) / RATE < 20


@pytest.mark.parametrize("program", FAMILIES)
def test_notes_begin_and_end_without_a_click(program: int) -> None:
    """The highest jump of a low note is that of its partials; one cut in the middle of a swing is far higher."""
    low = Sound(0, RATE // 2, 36, 0.8, 0.8, 0.0, program, False, ((0, 1.0),))
    whole = voices.wave(low, 0, voices.length(low, RATE), rate=RATE)
    edges = [whole[:200], whole[RATE // 2 - 200 : RATE // 2 + 200], whole[-200:]]
    jumps = [
        np.abs(np.diff(edge, prepend=0 if i == 0 else edge[0], append=0 if i == 2 else edge[-1])).max()
        for i, edge in enumerate(edges)
    ]
    within = np.abs(np.diff(whole[RATE // 200 : RATE // 2 - 200])).max()
    assert max(jumps) <= 1.6 * within + 1e-3
    loud = int(np.abs(whole[: RATE // 4]).argmax())
    assert np.abs(np.diff(whole[:loud], append=0)).max() > 3 * within, "what a click would be"


@pytest.mark.parametrize("pitch", [33, 60, 69, 93])
@pytest.mark.parametrize("program", [ORGAN, 0, 24, FLUTE, 71, VIBRAPHONE])
def test_the_fundamental_is_the_pitch(program: int, pitch: int) -> None:
    sound = render(score(note(pitch=pitch, beats=2), program=program))
    found = strongest(sound, 0.1, 0.9)
    expected = 440 * 2 ** ((pitch - 69) / 12)
    overtone = round(found / expected)
    assert overtone >= 1 and abs(12 * math.log2(found / overtone / expected)) < 0.06
    if program in (FLUTE, VIBRAPHONE, 71):
        assert overtone == 1


def test_nothing_is_above_the_highest_frequency() -> None:
    """A note whose partials would fold back into hearing has none of them."""
    sound = render(score(note(pitch=120, beats=2), program=TRUMPET), rate=22050)
    spectrum = np.abs(np.fft.rfft(sound[2205:22050, 0] * np.hanning(19845)))
    place = np.arange(len(spectrum)) * 22050 / 19845
    lower = (place > 50) & (place < 440 * 2 ** ((120 - 69) / 12) * 0.97)
    assert spectrum[lower].max() < 0.01 * spectrum.max()
    assert not render(score(note(pitch=127), program=TRUMPET), rate=8000).any()


def test_the_tempo_moves_what_comes() -> None:
    def second(tempos: tuple[Tempo, ...]) -> float:
        sound = np.abs(render(score(note(0, 60, beats=0.25), note(4, 84, beats=0.25), program=ORGAN, tempos=tempos)))
        return float(np.flatnonzero(sound[RATE // 2 :, 0] > 0.05)[0] / RATE + 0.5)

    assert second(()) == pytest.approx(2.0, abs=0.02)
    assert second((Tempo(0, 250_000),)) == pytest.approx(1.0, abs=0.02)
    assert second((Tempo(0, 500_000), Tempo(2 * Q, 1_000_000))) == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize("program", [0, ORGAN, TRUMPET, VIBRAPHONE])
def test_more_velocity_is_louder_and_brighter(program: int) -> None:
    levels = [loudness(render(score(note(velocity=v), program=program))) for v in (1, 30, 60, 90, 127)]
    assert levels == sorted(levels) and levels[-1] > 5 * levels[1]
    soft, hard = (_centre(render(score(note(velocity=v), program=program))) for v in (20, 127))
    assert hard > 1.05 * soft or program == VIBRAPHONE


def _centre(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound[: RATE // 2, 0])) ** 2
    return float((np.arange(len(spectrum)) * spectrum).sum() / spectrum.sum())


def test_many_notes_at_once_do_not_clip() -> None:
    sound = render(score(*(note(pitch=pitch, velocity=127) for pitch in range(30, 100)), program=STRINGS))
    assert np.abs(sound).max() <= 1 and (np.abs(sound) > 0.95).mean() < 0.01


def test_the_limiter_leaves_what_is_within() -> None:
    x = np.linspace(-4, 4, 8001, dtype=np.float32)
    bent = limited(x)
    assert np.array_equal(bent[np.abs(x) <= KNEE], x[np.abs(x) <= KNEE])
    assert np.abs(bent).max() <= 1 and (np.diff(bent) >= 0).all() and np.abs(np.diff(bent)).max() < 0.0011


def test_the_pedal_holds_until_it_is_let_go() -> None:
    def held(*controls: Control) -> float:
        track = Track(0, (note(beats=0.5), note(6, 90)), programs=(Program(0, ORGAN),), controls=controls)
        return loudness(render(Score(Q, (track,))), 1.0, 1.4)

    pedal = Control(0, 64, 127)
    assert held() < 0.02 < 0.1 < held(pedal)
    assert held(pedal, Control(Q, 64, 0)) < 0.02
    assert held(Control(0, 64, 63)) < 0.02


def test_the_pedal_of_a_channel_holds_all_its_tracks_and_a_stroke_ends_the_one_before() -> None:
    pedal = Track(0, controls=(Control(0, 64, 127), Control(4 * Q, 64, 0)))
    notes = Track(0, (note(0), note(0, 64), note(2)))
    apart = Track(1, (note(0),))
    found = schedule(Score(Q, (pedal, notes, apart)), RATE)
    assert [(each.pitch, each.start / RATE, each.stop / RATE) for each in found] == [
        (60, 0, 0.5),
        (60, 0, 1.0),
        (64, 0, 2.0),
        (60, 1.0, 2.0),
    ]


def test_the_wheel_bends_the_pitch_without_a_click() -> None:
    bends = (Bend(2 * Q, 8191), Bend(4 * Q, -8192), Bend(6 * Q, 0))
    track = Track(0, (note(beats=8),), programs=(Program(0, FLUTE),), bends=bends)
    sound = render(Score(Q, (track,)))
    c4 = 440 * 2 ** (-9 / 12)
    for second, semitones in enumerate((0, 2, -2, 0)):
        found = strongest(sound, second + 0.1, second + 0.9)
        assert 12 * math.log2(found / c4) == pytest.approx(semitones, abs=0.06)
        middle = sound[(second + 1) * RATE - 100 : (second + 1) * RATE + 100]
        assert second == 3 or np.abs(np.diff(middle, axis=0)).max() < 0.06


def test_volume_expression_and_pan_are_obeyed() -> None:
    def sides(*controls: Control) -> list[float]:
        track = Track(0, (note(),), programs=(Program(0, ORGAN),), controls=controls)
        sound = render(Score(Q, (track,)))[: RATE // 2].astype(np.float64)
        return [float(np.sqrt((side**2).mean())) for side in sound.T]

    plain = sides()
    assert plain[0] == pytest.approx(plain[1], rel=0.25)
    assert sides(Control(0, 7, 50)) == pytest.approx([side / 2 for side in plain], rel=0.01)
    assert sides(Control(0, 11, 0)) == [0, 0]
    left, right = sides(Control(0, 10, 0)), sides(Control(0, 10, 127))
    assert left[0] > 3 * left[1] and right[1] > 3 * right[0]


def test_tracks_sit_apart() -> None:
    tracks = (*(Track(i, (note(),)) for i in range(5)), Track(9, (note(pitch=36),)))
    pans = [each.pan for each in sorted(schedule(Score(Q, tracks), RATE), key=lambda each: each.pan) if not each.drum]
    assert len(set(pans)) == 5 and pans[2] == 0 and pans == [-each for each in reversed(pans)] and pans[-1] < 0.5
    assert next(each for each in schedule(Score(Q, tracks), RATE) if each.drum).pan == 0


def test_programs_change_within_a_track() -> None:
    track = Track(0, (note(0), note(1)), programs=(Program(0, 3), Program(Q, ORGAN)))
    assert [each.program for each in schedule(Score(Q, (track,)), RATE)] == [3, ORGAN]
    elsewhere = Track(0, programs=(Program(0, 40),))
    assert schedule(Score(Q, (Track(0, (note(),)), elsewhere)), RATE)[0].program == 40


@pytest.mark.parametrize("key", range(27, 88))
def test_every_drum_sounds_and_ends(key: int) -> None:
    stroke = Sound(0, 1, key, 0.8, 0.8, 0.0, 0, True, ((0, 1.0),))
    sound = percussion.wave(stroke, 0, percussion.length(stroke, RATE), rate=RATE)
    assert len(sound) < 5 * RATE and np.isfinite(sound).all()
    assert 0.02 < np.abs(sound).max() < 4 and abs(sound[0]) < 1e-6 and np.abs(sound[-5:]).max() < 0.01


def test_a_kick_is_low_and_a_hat_is_high() -> None:
    kick, snare, hat = (_centre(render(score(note(pitch=key), channel=9))) for key in (36, 38, 42))
    assert kick < snare < hat


def test_blocks_join_without_a_seam() -> None:
    """A note that goes through the end of a block is what it is in one."""
    sound = Sound(0, 3 * BLOCK, 60, 0.8, 0.8, 0.0, STRINGS, False, ((0, 1.0), (BLOCK // 3, 1.1)))
    whole = voices.wave(sound, 0, 2 * BLOCK, rate=RATE)
    parts = [voices.wave(sound, i * BLOCK, (i + 1) * BLOCK, rate=RATE) for i in range(2)]
    assert np.array_equal(np.concatenate(parts), whole)
    long = render(score(note(beats=12, pitch=36), program=ORGAN))
    assert np.abs(np.diff(long[BLOCK - 50 : BLOCK + 50], axis=0)).max() < 0.03


def test_a_piece_is_as_long_as_its_notes_and_what_rings() -> None:
    short, long = (len(render(score(note(beats=beats), program=ORGAN))) for beats in (1, 5))
    assert abs(long - short - 2 * RATE) <= 1
    assert RATE // 2 < short < 2 * RATE


def test_the_same_piece_is_the_same_sound() -> None:
    piece = score(note(), note(1, pitch=38), channel=9)
    assert np.array_equal(render(piece), render(piece))


def test_an_hour_is_the_limit() -> None:
    with pytest.raises(LimitError, match="it lasts 3700 s, and 3600 s is the limit"):
        render(score(Note(0, 60, 100, 3700 * 2 * Q)))
    with pytest.raises(LimitError):
        render(score(Note(1 << 60, 60, 100, 1)))


def test_a_rate_out_of_bounds_is_refused() -> None:
    for rate in (100, 10_000_000):
        with pytest.raises(UsageError, match="the rate is to be from 8000 to 192000"):
            render(Score(), rate=rate)


def test_a_file_holds_the_sound(tmp_path: Path) -> None:
    piece = score(note(), note(1, 64), note(5, 67))
    sound, path = render(piece), tmp_path / "tune.wav"
    write_wav(piece, path)
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        assert file.getnframes() == len(sound) > BLOCK
        samples = np.frombuffer(file.readframes(len(sound)), "<i2").reshape(-1, 2)
    assert np.abs(samples / 32767 - sound).max() <= 0.51 / 32767
    assert [each.name for each in tmp_path.iterdir()] == ["tune.wav"]


def test_a_file_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Check that the folder exists"):
        write_wav(Score(), tmp_path / "no" / "tune.wav")


def test_timbres_are_those_of_all_programs() -> None:
    def sane(values: Iterable[float]) -> bool:
        return all(math.isfinite(value) and value >= 0 for value in values)

    for program in range(128):
        timbre = timbre_of(program, 60)
        assert bool(timbre.partials) != bool(timbre.modes), program
        assert sane(timbre.partials) and min(timbre.attack, timbre.release, timbre.fade) >= 0.001, program
        assert max(timbre.bright[:2]) <= 1, program


def test_the_room_does_not_make_some_notes_far_louder() -> None:
    levels = [loudness(render(score(note(pitch=pitch), program=ORGAN)), 0.2, 0.45) for pitch in range(48, 73)]
    assert max(levels) < 1.7 * min(levels)


def test_the_room_gives_back_what_a_convolution_does() -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(3 * 8192).astype(np.float32)
    room = Room(8000, 8192)
    heard = np.concatenate([room(part) for part in sound.reshape(3, 8192)])
    for side, answer in enumerate(_answer(8000)):
        assert np.allclose(heard[:, side], np.convolve(sound, answer)[: len(sound)], atol=1e-4)


def test_the_sound_does_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = (Track(0, (note(0), note(0.7, 64), note(1.2, 30))), Track(9, (note(0.4, 38), note(0.9, 49))))
    whole = render(Score(Q, tracks))
    monkeypatch.setattr(synth, "BLOCK", 5000)
    assert np.allclose(render(Score(Q, tracks)), whole, atol=1e-5)
