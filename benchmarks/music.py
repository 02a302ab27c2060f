"""Music: that what is written can be played, that nothing is lost, how long a piece is in symbols, and speed.

Samples are drawn from models whose weights are random, one for each tokenizer, by turns at four temperatures, and
keep to the constraint `legal`, by turns with and without wishes. Each is written as MIDI, which has to come back from
the reader as the same score, and from mido as the same bytes, with every note ended. Exactness is that of each
tokenizer against the files as they were read, learnt from the whole corpus. Reading is timed beside mido's own parse
with its messages made notes, on the same bytes; symbols are counted as `split` gives them. Broken files are those of
the tests; mutations are bytes of real files changed, cut and doubled at random.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import mido
import numpy as np

from benchmarks.measuring import Figure, Goal, alternate, show
from seqgen import api, model
from seqgen.api.asking import Request
from seqgen.api.preparing import documents_of
from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.tokenizer import Tokenizer
from seqgen_midi import Events, Melody, Performance, Remi
from seqgen_midi.constraints import legal
from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.losses import Losses, losses
from seqgen_midi.piece import IN_SECONDS, whole
from seqgen_midi.reading import Refused, read_bytes
from seqgen_midi.score import Note, Score, Track
from seqgen_midi.writing import to_bytes, to_bytes_many
from tests.plugins.midi.broken import CASES

KINDS: tuple[type[Tokenizer], ...] = (Events, Melody, Performance, Remi)
PARTS = ("legality", "corpora", "broken")
TEMPERATURES = (0.5, 1.0, 1.5, 2.0)
LONGEST = {"nottingham": Goal("value", "most", 3.2), "irish-melodies": Goal("value", "most", 5.6)}
"""Symbols a note of `events`, boundaries of bars counted."""
ALL, NONE = Goal("value", "least", 1), Goal("value", "most", 0)
SOON = Goal("value", "most", 50)
READ, SPLIT = Goal("ratio", "least", 5), Goal("value", "least", 200_000)
WISHES = (Wishes(), Wishes(bars=4), Wishes(key="D", range="C3-C6"), Wishes(max_polyphony=3, max_leap=12, bars=2))
"""What is asked for by turns."""
TURNS = 3


def main(arguments: Sequence[str]) -> None:
    """Print shares, counts and speeds."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Which corpora, how many samples, and how many mutations."""
    parser.add_argument("--corpora", nargs="+", default=list(LONGEST), metavar="CORPUS")
    parser.add_argument("--samples", type=int, default=10_000, help="for each tokenizer")
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Legality, then each corpus, then mutations of the first one's files."""
    if given.quick:
        with TemporaryDirectory() as folder:
            scores = [score for score, _ in read_bytes(to_bytes_many([_scale(key) for key in range(6)]))]
            for number, score in enumerate(scores):
                Path(folder, f"{number}.mid").write_bytes(to_bytes(score))
            vars(given).update(corpora=[folder], samples=4, mutations=40)
            yield from _all(given)
    else:
        yield from _all(given)


def _all(given: argparse.Namespace) -> Iterator[Figure]:
    turns = 1 if given.quick else TURNS
    for kind in KINDS if "legality" in given.parts else ():
        codec = api.prepare(given.corpora[0], domain="midi", tokenizer=kind.name, levels=("bar",)).store.codec
        yield from _legality(kind.name, codec, given.samples)
    for corpus in given.corpora if "corpora" in given.parts else ():
        found = documents_of(Request.sort(corpus, "midi", {"duplicates": "keep"}))
        name, contents = found.corpus.name, [document.content for document in found()]
        yield from _reading(name, [path.read_bytes() for path in found.corpus.files], turns=turns)
        for kind in KINDS:
            yield from _tokenizer(name, kind, contents, turns=turns)
    if "broken" in given.parts:
        yield from _broken()
        yield from _mutations(given.corpora[0], given.mutations)


def _scale(key: int) -> Score:
    return Score(480, (Track(0, tuple(Note(240 * n, 60 + key + n, 80, 240) for n in range(12))),))


def _legality(name: str, codec: Codec, count: int) -> Iterator[Figure]:
    """What becomes of samples of a model that never learnt anything."""
    settings = ModelSettings(codec.vocabulary.size, layers=1, width=16, embedding=16)
    draw = np.random.default_rng(0)
    shapes = model.shapes(settings).items()
    player = Player(settings, {name: draw.normal(size=shape, scale=0.3).astype(np.float32) for name, shape in shapes})
    constraints, total = [legal(codec, wishes) for wishes in WISHES], Counter[str]()
    for sample in range(count):
        constraint = constraints[sample // len(TEMPERATURES) % len(constraints)]
        asked = GenerateSettings.of(
            length=20 + sample % 181, until="document", temperature=TEMPERATURES[sample % len(TEMPERATURES)], seed=7
        )
        drawn = generate(Solo(player, Strategy()), codec, asked, constraint=constraint, sample=sample)
        score = whole(codec.decode(each.id for each in drawn))
        total.update(_faults(score))
        total["notes"] += score.notes
    for fault in ("dangling notes", "other score read back", "other bytes from mido"):
        yield Figure(f"{name}, untrained, {fault}", f"of {count:,} samples", total[fault], goal=NONE)
    yield Figure(f"{name}, untrained, notes", "a sample", total["notes"] / count)


def _faults(score: Score) -> Iterator[str]:
    """What is wrong with a score once it is written."""
    data = to_bytes(score)
    ((again, report),) = read_bytes(data)
    if again != score or report.findings or report.noted:
        yield "other score read back"
    file, out = mido.MidiFile(file=BytesIO(data)), BytesIO()
    file.save(file=out)
    if out.getvalue() != data:
        yield "other bytes from mido"
    for track in file.tracks:
        yield from ["dangling notes"] * (not _ended(track))


def _ended(track: mido.MidiTrack) -> bool:
    """Whether each note is ended, and none begun twice or ended unbegun."""
    open = set[tuple[int, int]]()
    for message in track:
        if message.type not in ("note_on", "note_off"):
            continue
        key = message.channel, message.note
        if (key in open) == (message.type == "note_on"):
            return False
        open ^= {key}
    return not open


def _reading(name: str, files: Sequence[bytes], *, turns: int) -> Iterator[Figure]:
    size = sum(map(len, files)) / 1e6
    own, base = alternate([lambda: size / _seconds(read_bytes, files), lambda: size / _seconds(_parsed, files)], turns)
    yield Figure.beside(f"{name}, reading beside mido", "MB/s", own=own, base=base, goal=READ)


def _seconds(read: Callable[[bytes], object], files: Sequence[bytes]) -> float:
    begun = time.perf_counter()
    for data in files:
        read(data)
    return time.perf_counter() - begun


def _parsed(data: bytes) -> list[tuple[int, int, int, int]]:
    """The notes of a file by mido: start, pitch, velocity and duration, first in first out."""
    notes = list[tuple[int, int, int, int]]()
    for track in mido.MidiFile(file=BytesIO(data)).tracks:
        tick, open = 0, dict[tuple[int, int], list[tuple[int, int]]]()
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                open.setdefault((message.channel, message.note), []).append((tick, message.velocity))
            elif message.type in ("note_on", "note_off"):
                begun = open.get((message.channel, message.note))
                if begun:
                    start, velocity = begun.pop(0)
                    notes.append((start, message.note, velocity, tick - start))
    return sorted(notes)


def _tokenizer(name: str, kind: type[Tokenizer], contents: Sequence[Score], *, turns: int) -> Iterator[Figure]:
    """Symbols a note, what is lost, and the speed of `split`."""
    tokenizer = kind(levels=("bar",)).fit(Document(str(number), content) for number, content in enumerate(contents))
    symbols = notes = 0
    lost = Losses()
    for content in contents:
        said = list(tokenizer.split(content))
        symbols += len(said)
        notes += content.notes
        back = whole(tokenizer.join(symbol for symbol in said if isinstance(symbol, str)))
        lost += losses(content, back, seconds=kind.name in IN_SECONDS)
    exact = ALL if kind is Events else None
    goal = LONGEST.get(name) if exact else None
    kept = notes - lost.counts["lost"]
    yield Figure(f"{name}, {kind.name}, length", "symbols a note that is kept", symbols / kept, goal=goal)
    yield Figure(
        f"{name}, {kind.name}, kept exactly", "share of notes", lost.counts["kept exactly"] / notes, goal=exact
    )
    unit = "seconds" if kind.name in IN_SECONDS else "quarters"
    yield Figure(f"{name}, {kind.name}, greatest movement of an onset", unit, lost.greatest)
    for what in ("onset moved", "duration changed", "velocity changed", "lost"):
        if lost.counts[what]:
            yield Figure(f"{name}, {kind.name}, {what}", "share of notes", lost.counts[what] / notes)
    speeds = []
    for _ in range(turns):
        begun = time.perf_counter()
        count = sum(1 for content in contents for _ in tokenizer.split(content))
        speeds.append(count / (time.perf_counter() - begun))
    yield Figure(f"{name}, {kind.name}, split", "symbols/s", float(np.median(speeds)), goal=SPLIT)


def _broken() -> Iterator[Figure]:
    """The broken files of the tests, each of which gives what is whole in it, or a reason."""
    slowest, neither = 0.0, 0
    for case in CASES:
        begun = time.perf_counter()
        neither += _outcome(case.data) not in ("read", "refused")
        slowest = max(slowest, time.perf_counter() - begun)
    yield Figure("broken files, neither read nor refused", f"of {len(CASES)}", neither, goal=NONE)
    yield Figure("broken files, slowest", "milliseconds", 1000 * slowest, goal=SOON)


def _mutations(corpus: str, count: int) -> Iterator[Figure]:
    """Files that are changed at random: each gives scores with a report, or is refused with a reason."""
    files = [path.read_bytes() for path in documents_of(Request.sort(corpus, "midi", {})).corpus.files]
    random, outcomes, slowest = Random(0), Counter[str](), 0.0
    for _ in range(count):
        data, begun = _mutated(random.choice(files), random), time.perf_counter()
        outcomes[_outcome(data)] += 1
        slowest = max(slowest, time.perf_counter() - begun)
    yield Figure("mutations, neither read nor refused", f"of {count:,}", outcomes["raised"], goal=NONE)
    yield Figure("mutations, refused", f"share of {count:,}", outcomes["refused"] / count)
    yield Figure("mutations, slowest", "milliseconds", 1000 * slowest)


def _outcome(data: bytes) -> str:
    try:
        read_bytes(data)
    except Refused as why:
        return "refused" if why.there and why.remedy else "raised"
    except Exception:
        return "raised"
    return "read"


def _mutated(data: bytes, random: Random) -> bytes:
    """A file with some bytes changed, cut out or doubled."""
    made = bytearray(data)
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(made) or 1)
        match random.randrange(4):
            case 0:
                made[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                del made[at : at + random.randint(1, 16)]
            case 2:
                made[at:at] = made[at : at + random.randint(1, 16)]
            case _:
                del made[max(at, 14) :]
    return bytes(made)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
