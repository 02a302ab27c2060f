"""The commands of the domain: from files of music to new ones, to pictures and to sound."""

import json
import shutil
import wave
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

import seqgen
from seqgen.domain import Notes
from seqgen.errors import UnknownName, UsageError
from seqgen_midi.abc import read_abc
from seqgen_midi.filing import MidiOptions, audit, read
from seqgen_midi.labelling import key_name, labels_of
from seqgen_midi.priming import Opening, prime
from seqgen_midi.reading import read_file
from seqgen_midi.score import Key, Metre, Note, Score, Tempo, Text, Track
from seqgen_midi.writing import to_bytes, to_bytes_many, write
from tests.cli.test_commands import Terminal
from tests.runs import one_thread

TUNE = "X:{0}\nT:Tune {0}\nC:Nobody\nR:reel\nM:4/4\nL:1/8\nK:D\n{1}\n\n"
BARS = ("DEFG ABcd|", "dcBA GFED|", "D2F2 A2d2|", "ABAF D2D2|", "e2dc B2A2|", "FGAB c2d2|")

SMALL: dict[str, Any] = {"steps": 12, "width": 32, "layers": 1, "lanes": 4, "window": 16, "validations": 1}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a file of forty tunes, a folder of MIDI files, two of them broken, and a model; read only."""
    folder = tmp_path_factory.mktemp("studio")
    text = "".join(TUNE.format(k, " ".join(BARS[(k * k + i) % len(BARS)] for i in range(4))) for k in range(40))
    (folder / "tunes.abc").write_text(text, "utf-8")
    (folder / "files").mkdir()
    for number, (score, _, _) in enumerate(read_abc(text)[:12]):
        write(score, folder / "files" / f"{number:02}.mid")
    cut = (folder / "files" / "03.mid").read_bytes()
    (folder / "files" / "03.mid").write_bytes(cut[:-40])
    (folder / "files" / "04.mid").write_bytes(b"this is no music")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        seqgen.train(folder / "tunes.abc", out=folder / "model", domain="midi", label=("key", "metre"), **SMALL)
        yield folder


@pytest.fixture
def tunes(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal in a fresh folder with what is in the studio."""
    shutil.copytree(studio, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys)


@pytest.mark.parametrize("tokenizer", ["events", "melody", "performance", "remi"])
def test_a_model_of_every_tokenizer_writes_music_that_reads_back(tunes: Terminal, tokenizer: str) -> None:
    said = tunes(f"midi train tunes.abc --out of --tokenizer {tokenizer} --steps 4 --width 32 --layers 1 --lanes 4")
    assert said.code == 0 and "notes to learn from" in said.err, said.err
    assert "bits per note on held-out pieces" in said.err and "generate of --out piece.mid" in said.err
    said = tunes("midi generate of -n 3 --length 60 --out new")
    assert said.code == 0, said.err
    for path in (tunes.folder / "new").iterdir():
        ((score, report),) = read_file(path)
        assert not report.findings and not report.noted
        assert mido.MidiFile(path).type == 1
        assert to_bytes(score) == path.read_bytes()


def test_wishes_tempo_picture_and_sound(tunes: Terminal) -> None:
    wishes = "--bars 3 --key G --range G3-G5 --metre 3/4 --max-leap 7"
    said = tunes(f"midi generate model {wishes} --tempo 96 --out new.mid --wav new.wav")
    assert said.code == 0 and "3 bars of 3/4, 96 quarters a minute" in said.out, said.err
    ((score, _),) = read_file(tunes.folder / "new.mid")
    assert {note.pitch % 12 for track in score.tracks for note in track.notes} <= {7, 9, 11, 0, 2, 4, 6}
    assert all(55 <= note.pitch <= 79 for track in score.tracks for note in track.notes)
    assert [each.micros for each in score.tempos] == [625_000] and score.keys == (Key(0, 1, False),)
    assert score.end <= 9 * score.division
    with wave.open(str(tunes.folder / "new.wav")) as sound:
        assert sound.getframerate() == 44_100 and sound.getnframes() > 3 * 9 * 0.625 / 9 * 44_100


def test_a_primer_and_pitches_are_gone_on_with(tunes: Terminal) -> None:
    said = tunes("midi generate model --pitches 62,E4:0.5,66 --bars 2 --out one.mid")
    assert said.code == 0, said.err
    ((score, _),) = read_file(tunes.folder / "one.mid")
    first = [(note.start, note.pitch, note.duration) for note in score.tracks[0].notes[:3]]
    assert first == [(0, 62, 480), (480, 64, 240), (720, 66, 480)]
    said = tunes("midi generate model --primer files/00.mid --primer-bars 1 --bars 2 --out two.mid")
    assert said.code == 0, said.err
    ((primed, _),), ((given, _),) = read_file(tunes.folder / "two.mid"), read_file(tunes.folder / "files" / "00.mid")
    assert primed.tracks[0].notes[:8] == given.tracks[0].notes[:8]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("--pitches 62,H4", "'H4'"),
        ("--pitches 200", "none from 0 to 127"),
        ("--pitches 62:0", "that is no length"),
        ("--pitches 62 --primer files/00.mid", "both --primer and --pitches"),
        ("--primer files/04.mid", "files/04.mid"),
        ("--primer nothing.mid", "nothing.mid"),
        ("--primer-bars 2", "no --primer is given"),
        ("--key H", "'H'"),
        ("--scale dorian", "no key says where it begins"),
        ("--scale lydia --key C", "lydian"),
        ("--range 80-60", "the higher one"),
        ("--metre 4/5", "'4/5'"),
        ("--tempo 1", "tempo"),
        ("--soundfont x.sf2", "no --wav is given"),
        ("--free --bars 4", "knows nothing of bars"),
        ("--wav files", "its name has another end"),
        ("--plot roll.jpg", "End it in .png or .svg"),
        ("--wav new.wav --soundfont none.sf2", "soundfont"),
        ("--pitches 64 --bars 1 --key Eb", "does not allow that note (p64)"),
        ("--bars -1", "bars"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(tunes: Terminal, asked: str, answer: str) -> None:
    said = tunes(f"midi generate model {asked} --out new.mid")
    assert said.code in (2, 4) and answer in said.err, said.err
    assert not (tunes.folder / "new.mid").exists()


def test_a_sample_is_written_to_a_midi_file_alone(tunes: Terminal) -> None:
    for name in ("new.wav", "new.abc", "new"):
        said = tunes(f"midi generate model --length 20 --out {name}")
        assert said.code == 2 and "End it in .mid or .midi" in said.err and not (tunes.folder / name).exists()


def test_pitches_are_in_the_metre_asked_for(tunes: Terminal) -> None:
    said = tunes("midi generate model --pitches 62,64 --metre 3/4 --bars 2 --out new.mid")
    assert said.code == 0 and "2 bars of 3/4" in said.out, said.err


def test_a_primer_that_leaves_nothing_to_say_is_refused(tunes: Terminal) -> None:
    write(Score(480, (Track(9, (Note(0, 38, 80, 120),)),)), tunes.folder / "drums.mid")
    said = tunes("midi train tunes.abc --out line --tokenizer melody --steps 2 --width 32 --layers 1 --lanes 4")
    assert said.code == 0
    said = tunes("midi generate line --primer drums.mid")
    assert said.code == 2 and "melody has nothing to say of it" in said.err


def test_only_what_stands_in_its_bars_is_taken_of_a_primer(tunes: Terminal) -> None:
    codec = seqgen.prepare("tunes.abc", domain="midi").store.codec
    later = (Metre(0, 4, 4), Metre(1920 * 500, 3, 4))
    long = Score(480, (Track(0, (Note(0, 60, 80, 4000), Note(3840, 62, 80, 480))),), (Tempo(960_000, 1),), later)
    write(long, tunes.folder / "long.mid")
    found = prime(Opening(primer=tunes.folder / "long.mid", primer_bars=2), codec, {})
    assert found == Score(480, (Track(0, (Note(0, 60, 80, 3840),)),), (), later[:1])


def test_a_piece_of_endless_bars_is_refused(tunes: Terminal) -> None:
    write(Score(1, (Track(0, (Note(0, 60, 80, 1), Note(1 << 27, 60, 80, 1))),)), tunes.folder / "endless.mid")
    said = tunes("midi inspect endless.mid")
    assert said.code == 4 and "bars, and the limit is 100,000" in said.err


def test_a_file_ends_with_its_last_bar(tmp_path: Path) -> None:
    write(Score(480, (Track(0, (Note(0, 60, 80, 480), Note(1920, 60, 80, 480))),)), tmp_path / "two.mid")
    conductor = mido.MidiFile(tmp_path / "two.mid").tracks[0]
    assert [(message.type, message.time) for message in conductor] == [("end_of_track", 3840)]


def test_inspect_tells_of_each_broken_file(tunes: Terminal) -> None:
    said = tunes("midi inspect files")
    assert said.code == 0, said.err
    assert "03.mid: kept: 2" in said.out and "track" in said.out and "04.mid: refused: " in said.out
    assert "files refused, as inspect tells one by one: 1" in said.out and "kept exactly" in said.out
    found = json.loads(tunes("midi inspect files --json").out)
    assert set(found["audit"]) == {"03.mid", "04.mid"} and found["unit"] == "note"
    alone = tunes("midi inspect files/04.mid")
    assert alone.code == 4 and "04.mid" in alone.err


def test_evaluate_sets_samples_beside_held_out_pieces(tunes: Terminal) -> None:
    said = tunes("midi evaluate model --samples 3")
    assert said.code == 0, said.err
    for name in ("bits/note", "per piece", "per bar", "pitch_class_entropy", "groove_consistency", "novelty_4"):
        assert name in said.out


def test_score_costs_each_symbol_of_a_file(tunes: Terminal) -> None:
    said = tunes("midi score model files/00.mid")
    assert said.code == 0 and "bits per note" in said.err and "p62" in said.out


def test_labels_are_learnt_and_asked_for(tunes: Terminal) -> None:
    said = tunes("midi generate model --label metre=4/4 --length 20")
    assert said.code == 0 and "key=D major, metre=4/4" in said.err
    assert tunes("midi generate model --label key=Q").code == 2


def test_variants_are_learnt_and_never_held_out(tunes: Terminal) -> None:
    plain = seqgen.prepare("tunes.abc", domain="midi").store
    more = seqgen.prepare("tunes.abc", domain="midi", transpose=2, stretch=(1.05,)).store
    assert more.documents("train") == 6 * plain.documents("train")
    assert more.documents("validation") == plain.documents("validation")
    assert more.header.notes["variants added to training"] == 5 * plain.documents("train")


def test_a_variant_has_the_key_that_it_is_moved_to(tunes: Terminal) -> None:
    (one, *others) = read(tunes.folder / "tunes.abc", MidiOptions(label=("key", "title"), transpose=2), Counter())
    assert one.labels == {"key": "D major", "title": "Tune 0"} and not one.variant
    assert [(each.name, each.labels["key"], each.labels["title"]) for each in others[:4]] == [
        ("tunes.abc:1 -2", "C major", "Tune 0"), ("tunes.abc:1 -1", "Db major", "Tune 0"),
        ("tunes.abc:1 +1", "Eb major", "Tune 0"), ("tunes.abc:1 +2", "E major", "Tune 0"),
    ]  # fmt: skip
    first = one.content.tracks[0].notes[0].pitch
    assert [each.content.tracks[0].notes[0].pitch - first for each in others[:4]] == [-2, -1, 1, 2]


def test_what_is_dropped_is_counted(tmp_path: Path) -> None:
    file = mido.MidiFile(type=0)
    named = (
        mido.Message("aftertouch", value=3),
        mido.Message("note_on", note=60),
        mido.Message("note_off", note=60, time=9),
    )
    file.tracks.append(mido.MidiTrack([*named]))
    file.save(tmp_path / "a.mid")
    notes: Notes = Counter()
    list(read(tmp_path / "a.mid", MidiOptions(), notes))
    assert notes == {"aftertouch of a channel": 1}


def test_pieces_of_a_file_of_type_2_are_documents(tmp_path: Path) -> None:
    scores = [Score(480, (Track(0, (Note(0, pitch, 80, 480),)),)) for pitch in (60, 62, 64)]
    path = tmp_path / "three.mid"
    path.write_bytes(to_bytes_many([*scores, Score()]))
    notes: Notes = Counter()
    documents = list(read(path, MidiOptions(), notes))
    assert [each.content.tracks[0].notes[0].pitch for each in documents] == [60, 62, 64]
    assert [each.name for each in documents] == ["three.mid:1", "three.mid:2", "three.mid:3"]
    assert notes["pieces without notes dropped"] == 1 and list(audit(path, MidiOptions())) == [
        "4: 0 notes",
        "  no notes: left out",
    ]


def test_only_the_channels_asked_for_are_read(tmp_path: Path) -> None:
    write(Score(480, tuple(Track(k, (Note(0, 60 + k, 80, 480),)) for k in range(3))), tmp_path / "a.mid")
    (only,) = read(tmp_path / "a.mid", MidiOptions(channels=(2,)), Counter())
    assert [track.channel for track in only.content.tracks] == [1]


def test_labels_from_the_score_itself() -> None:
    score = Score(
        480,
        (Track(0, (Note(0, 60, 80, 480 * 13),), "Flute"),),
        metres=(Metre(0, 1, 4), Metre(480, 3, 4)),
        keys=(Key(0, -3, True),),
        texts=(Text(0, "name", "A Song"), Text(0, "text", "Composed by N. N.")),
    )
    names = ("title", "key", "metre", "composer", "rhythm")
    found = {"title": "A Song", "key": "C minor", "metre": "3/4", "composer": "N. N."}
    assert labels_of(score, {}, names) == found
    assert labels_of(score, {"title": "Other"}, ("title",)) == {"title": "Other"}
    assert labels_of(Score(), {}, names) == {}
    assert [key_name(Key(0, sharps, False)) for sharps in (-7, 0, 7)] == ["Cb major", "C major", "C# major"]


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnknownName, match="title"):
        MidiOptions(label=("titel",))
    for wrong in ({"transpose": -1}, {"stretch": (0.0,)}, {"channels": (0,)}):
        with pytest.raises(UsageError):
            MidiOptions(**wrong)


def test_a_primer_has_the_ticks_that_the_model_knows(tunes: Terminal) -> None:
    codec = seqgen.prepare("tunes.abc", domain="midi").store.codec
    write(Score(96, (Track(0, (Note(0, 60, 80, 96), Note(96, 62, 80, 48))),)), tunes.folder / "p.mid")
    found = prime(Opening(primer=tunes.folder / "p.mid"), codec, {})
    assert found is not None and found.division == 480 and found.tracks[0].notes[1] == Note(480, 62, 80, 240)
    assert prime(Opening(), codec, {}) is None


def test_tokenizers_of_text_are_none_of_music(tunes: Terminal) -> None:
    said = tunes("midi train tunes.abc --tokenizer chars --out no")
    assert said.code == 2 and "events, melody, performance, remi" in said.err
    said = tunes("chars train tunes.abc --tokenizer events --out no")
    assert said.code == 2 and "the tokenizer of chars 'events'" in said.err


def test_suffixes_may_be_in_large_letters(tunes: Terminal) -> None:
    (tunes.folder / "loud").mkdir()
    for number, suffix in enumerate((".MID", ".Mid", ".MIDI", ".mid")):
        shutil.copy(tunes.folder / "files" / f"{number + 5:02}.mid", tunes.folder / "loud" / f"{number}{suffix}")
    assert json.loads(tunes("midi inspect loud --split 100,0,0 --duplicates keep --json").out)["documents"] == 4


def test_a_selection_that_leaves_nothing_says_what_was_there(tunes: Terminal) -> None:
    said = tunes("midi train files --channels 5 --out no")
    assert said.code == 4 and "pieces without notes dropped: 11" in said.err
    (tunes.folder / "bad").mkdir()
    for name in "ab":
        (tunes.folder / "bad" / f"{name}.mid").write_bytes(b"no music")
    said = tunes("midi inspect bad")
    assert said.code == 4 and "none of its 2 files can be read" in said.err and "there is no MIDI header" in said.err


def test_a_sample_that_was_cut_says_so(tunes: Terminal) -> None:
    said = tunes("midi generate model --bars 8 --length 10")
    assert said.code == 0 and "Ended by --length 10" in said.err
    assert "Ended by" not in tunes("midi generate model --bars 1").err
    said = tunes("midi generate model -n 3 --length 10 --out many")
    assert said.err.count("by --length") == 1 and "of 3 samples were ended by --length 10" in said.err
