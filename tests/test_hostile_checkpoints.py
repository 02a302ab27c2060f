"""Files from strangers under our name are refused; no code runs, and memory stays within what their size warrants."""

import os
import pickle
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seqgen.checkpoint import Checkpoint
from seqgen.errors import CheckpointError, UsageError
from tests.checkpoints import checkpoint, equal, sealed, taken_apart
from tests.hostile import FILES, MIB, Evil, envelope, header, label, model

RUNS_CODE = ("exec", "compile", "import", "pickle.", "marshal.", "subprocess.", "os.", "socket.", "ctypes.", "shutil.")
_events: list[str] | None = None


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _events is not None:
        _events.append(f"{event} {arguments[0]}" if event == "open" else event)


sys.addaudithook(_record)


@contextmanager
def watched(path: Path) -> Iterator[None]:
    """Nothing within runs code, imports, starts anything, or opens another file."""
    global _events
    _events = []
    try:
        yield
    finally:
        events, _events = _events, None
        assert not [event for event in events if event.startswith(RUNS_CODE)]
        assert not [event for event in events if event.startswith("open") and event != f"open {path}"]


def whole(seed: int = 0) -> bytes:
    """The file of a sound checkpoint."""
    path = Path(os.environ["SEQGEN_CACHE_DIR"]) / f"{seed}.safetensors"
    if not path.exists():
        checkpoint(seed).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused(name: str, tmp_path: Path) -> None:
    make, message = FILES[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(make(whole()))
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with watched(path), pytest.raises(CheckpointError, match=message) as raised:
            Checkpoint.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(raised.value).startswith(f"loading {path}: ") and len(str(raised.value)) < 1000
    assert peak < MIB + 4 * path.stat().st_size
    assert time.perf_counter() - start < 1


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 100


def test_the_watch_notices_a_pickle(tmp_path: Path) -> None:
    """Were a hostile file unpickled, the watch would say so."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(AssertionError, match="pickle"), watched(path), path.open("rb") as file:
        pickle.load(file)
    with pytest.raises(AssertionError, match="open"), watched(path), (tmp_path / "other").open("w"):
        pass


def test_the_sound_file_behind_them_loads_unwatched(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(sealed(*taken_apart(whole())))
    with watched(path):
        loaded = Checkpoint.load(path)
    assert equal(loaded, checkpoint())


PAYLOADS = (
    *("os", "os.system", "torch.nn.LSTM", "builtins:eval", "__import__('os')", "seqgen.cells.lstm.LSTM", "LSTM"),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "file:///etc/passwd",
        "https://example.org/x",
        "\\\\host\\share",
        "~",
    ),
    *(
        "",
        " ",
        ".",
        "\0",
        "lstm\0",
        "lstm ",
        "gru\n",
        "\x1b[31mgru",
        "\u202egru",
        "gr\u0443",
        "\ud800",
        "\U0001f600" * 1000,
    ),
    *("%s", "{0}", "$(id)", "`id`", "';--", "None", "null", "true", "0", "-1", "__class__", "__dict__", "document/.."),
    "x" * 1_000_000,
)


@pytest.mark.parametrize("change", [lambda s: model(cell=s), lambda s: label(reset=s), lambda s: envelope(kind=s)])
def test_a_name_selects_only_what_is_registered(tmp_path: Path, change: Callable[[str], Any]) -> None:
    path = tmp_path / "model.safetensors"
    assert len(PAYLOADS) >= 40
    for payload in PAYLOADS:
        path.write_bytes(change(payload)(whole()))
        with watched(path), pytest.raises(CheckpointError, match=r"the cell|the level|its kind") as raised:
            Checkpoint.load(path)
        assert len(str(raised.value)) < 1000 and not set("\0\x1b\u202e\n") & set(str(raised.value))


def refused(path: Path, raw: bytes) -> bool:
    path.write_bytes(raw)
    try:
        Checkpoint.load(path)
    except CheckpointError:
        return True
    return False


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    raw, rng = whole(), random.Random(1)
    start = 8 + int.from_bytes(raw[:8], "little")
    flips = [(place, bit) for place in range(8) for bit in range(8)]
    flips += [(place, rng.randrange(8)) for place in range(8, start)]
    flips += [(rng.randrange(start, len(raw)), rng.randrange(8)) for _ in range(500)]
    for place, bit in flips:
        flipped = bytearray(raw)
        flipped[place] ^= 1 << bit
        assert refused(tmp_path / "file", bytes(flipped)), (place, bit)


def test_halves_of_two_checkpoints_are_refused(tmp_path: Path) -> None:
    one, other = whole(0), whole(1)
    assert len(one) == len(other)
    start = 8 + int.from_bytes(one[:8], "little")
    for cut in [start, (start + len(one)) // 2, len(one) - 44, *range(64, len(one) - 64, 97)]:
        assert refused(tmp_path / "file", one[:cut] + other[cut:]), cut
        assert refused(tmp_path / "file", other[:cut] + one[cut:]), cut
    assert not refused(tmp_path / "file", other)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    raw = whole()
    for length in [*range(0, len(raw), 13), len(raw) - 1]:
        assert refused(tmp_path / "file", raw[:length]), length


def test_no_mutation_gets_past_with_another_error(tmp_path: Path) -> None:
    """Headers mutated and sealed anew: a CheckpointError, or a checkpoint that fits together."""
    text, entries, data = taken_apart(whole())
    rng, refusals = random.Random(2), 0
    for _ in range(600):
        letters = list(text)
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice([*'"{}[],:\\09-e', "", "null", letters[place]])
        refusals += refused(tmp_path / "file", sealed("".join(letters), entries, data))
    assert 300 < refusals < 600


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.safetensors"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    error, said = (UsageError, "there is no such file") if kind == "folder" else (CheckpointError, "no ordinary one")
    with pytest.raises(error, match=said):
        Checkpoint.load(path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from /proc")
def test_the_largest_bombs_stay_within_their_bounds(tmp_path: Path, checkout: Path) -> None:
    """Headers as large as the limits allow: under 200 MB and three times the file, in under a second each."""
    empty = b'{"data_offsets":[0,0],"dtype":"U8","shape":[0]}'
    most, room = 1 << 24, b'{"__metadata__":{"hash":"","seqgen":"%b"}}'
    bombs = {
        "one astral symbol among 16 million": room % (b"\\ud83d\\ude00" + b"x" * (most - 99)),
        "a long key": b'{"' + b"x" * (most - 99) + b'":0}',
        "many objects": b'{"a":[' + b",".join([b'{"a":0}'] * (1 << 17)) + b"]}",
        "many names": b"{" + b",".join(b'"%07d":0' % i for i in range(1 << 19)) + b"}",
        "many numbers": b'{"a":[' + b",".join([b"1234.5678"] * (1 << 19)) + b"]}",
        "many tensors": b"{" + b",".join(b'"%d":%b' % (i, empty) for i in range(1 << 16)) + b"}",
        "a sparse terabyte": b'{"a":1}',
    }
    script = """
import re, sys, time
from pathlib import Path
from seqgen.checkpoint import Checkpoint
from seqgen.errors import CheckpointError
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before, start = peak(), time.process_time()
try:
    Checkpoint.load(Path(sys.argv[1]))
except CheckpointError:
    print(peak() - before, time.process_time() - start)
"""
    for number, (name, text) in enumerate(bombs.items()):
        path = tmp_path / str(number)
        path.write_bytes(header(text))
        if name == "a sparse terabyte":
            os.truncate(path, 1 << 40)
        size = min(path.stat().st_size, most)
        done = subprocess.run([sys.executable, "-c", script, path], cwd=checkout, capture_output=True, check=True)
        assert done.stdout, f"{name} was not refused"
        grown, seconds = map(float, done.stdout.split())
        assert grown * 1024 < 200e6 + 3 * size, name
        assert seconds < 2, name
