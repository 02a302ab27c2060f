"""A file is old or new, never half, whatever stops."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seqgen import files
from seqgen.errors import InputError, LimitError, SeqgenError, UsageError
from seqgen.files import sha256_of, write_atomically
from tests.failing_disk import Disk, check_power_cuts, check_stops, parts, run

OLD, NEW = b"old " * 100, [b"new " * 70, b"", b"and more " * 30]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "kept"
    path.write_bytes(OLD)
    return path


def test_it_writes_bytes_or_pieces(tmp_path: Path) -> None:
    cases: list[tuple[Any, bytes]] = [
        (b"", b""),
        (b"one", b"one"),
        ([b"one", memoryview(b"two")], b"onetwo"),
        ([], b""),
        (iter([b"x"]), b"x"),
        (memoryview(array("d", [0.5])), array("d", [0.5]).tobytes()),
    ]
    for data, wanted in cases:
        write_atomically(tmp_path / "file", data)
        assert (tmp_path / "file").read_bytes() == wanted
    assert os.listdir(tmp_path) == ["file"]


def test_a_stopped_process_leaves_the_old_file_or_the_new(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_stops(monkeypatch, path, save=lambda: write_atomically(path, NEW), most=100) >= 12


def test_a_power_cut_leaves_the_old_file_or_the_new(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_power_cuts(monkeypatch, path, save=lambda: write_atomically(path, NEW), most=100)


def test_without_the_file_fsync_the_check_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="half a file, power cut"):
        check_power_cuts(monkeypatch, path, save=lambda: write_atomically(path, NEW), without="file fsync")


def test_without_the_folder_fsync_the_check_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="the new file was lost"):
        check_power_cuts(monkeypatch, path, save=lambda: write_atomically(path, NEW), without="folder fsync")


def test_without_the_rename_both_checks_fail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="half a file, stopped"):
        check_stops(monkeypatch, path, save=lambda: write_atomically(path, NEW), without="rename")
    path.write_bytes(OLD)
    with pytest.raises(AssertionError, match="half a file, power cut"):
        check_power_cuts(monkeypatch, path, save=lambda: write_atomically(path, NEW), without="rename")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES])
def test_a_failing_disk_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    wanted = LimitError if code in (errno.ENOSPC, errno.EDQUOT) else InputError
    run(monkeypatch, complete := Disk(path.parent, most=100), lambda: write_atomically(path, NEW))
    for number, name in enumerate(complete.log):
        path.write_bytes(OLD)
        disk = Disk(path.parent, most=100, fail_at=number, error=code)
        with pytest.raises(wanted, match=os.strerror(code)) as raised:
            run(monkeypatch, disk, lambda: write_atomically(path, NEW))
        assert str(path) in str(raised.value)
        renamed = number > complete.log.index("rename")
        assert path.read_bytes() == (b"".join(NEW) if renamed else OLD), name
        assert not parts(path.parent), name


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_disk_that_cannot_synchronise_folders_will_do(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    run(monkeypatch, complete := Disk(path.parent), lambda: write_atomically(path, NEW))
    disk = Disk(path.parent, fail_at=complete.log.index("folder fsync"), error=code)
    assert run(monkeypatch, disk, lambda: write_atomically(path, NEW))
    assert path.read_bytes() == b"".join(NEW)


def test_a_real_limit_on_file_size_is_a_limit_error(path: Path, checkout: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from typing import Any
from seqgen.errors import LimitError
from seqgen.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), bytes(5000))
except LimitError:
    sys.exit(6)
"""
    assert subprocess.run([sys.executable, "-c", script, path], cwd=checkout, check=False).returncode == 6
    assert path.read_bytes() == OLD
    assert not parts(path.parent)


def test_an_interrupt_leaves_the_old_file_alone(path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"begun"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, pieces())
    assert path.read_bytes() == OLD
    assert not parts(path.parent)


def test_killed_writers_leave_the_old_file_or_the_new(path: Path, checkout: Path) -> None:
    script = """
import sys
from pathlib import Path
from seqgen.files import write_atomically
print("ready", flush=True)
for number in range(1 << 20):
    write_atomically(Path(sys.argv[1]), [bytes([number % 256]) * 65536] * 16)
"""
    halves = 0
    for kill in range(60):
        with subprocess.Popen([sys.executable, "-c", script, path], cwd=checkout, stdout=subprocess.PIPE) as process:
            assert process.stdout and process.stdout.readline()
            time.sleep(0.02 + 0.003 * kill)
            process.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert content == OLD or (len(content) == 1 << 20 and len(set(content)) == 1)
        halves += len(parts(path.parent))
        for part in parts(path.parent):
            part.unlink()
        if halves == 4:
            return
    pytest.fail("too few kills hit a write, so too little was tested")


def test_two_writers_leave_one_of_two_files(path: Path) -> None:
    wanted = [bytes([letter]) * 100_000 for letter in b"ab"]

    def write(data: bytes) -> None:
        for _ in range(20):
            write_atomically(path, data)

    threads = [threading.Thread(target=write, args=[data]) for data in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        assert path.read_bytes() in wanted
    assert not parts(path.parent)


def test_what_killed_writers_left_is_removed_in_time(path: Path) -> None:
    ours, fresh, foreign = (path.with_name(f".{name}{files.PART}") for name in ("kept.1", "kept.2", "other.1"))
    for part in (ours, fresh, foreign):
        part.write_bytes(b"half")
    long_ago = time.time() - files.ABANDONED - 60
    os.utime(ours, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))
    write_atomically(path, b"new")
    assert parts(path.parent) == [fresh, foreign]


def test_a_link_stays_a_link(path: Path) -> None:
    link = path.parent / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(path)
    write_atomically(link, b"new")
    assert link.is_symlink() and path.read_bytes() == b"new"


def test_the_mode_is_that_of_any_new_file(path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(path, b"new")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no/file.*folder exists"):
        write_atomically(tmp_path / "no" / "file", b"")
    with pytest.raises(SeqgenError, match="writing"):
        write_atomically(tmp_path, b"")


def test_sha256_of_a_file(path: Path) -> None:
    assert sha256_of(path) == hashlib.sha256(OLD).hexdigest()
    with pytest.raises(UsageError, match="reading"):
        sha256_of(path.with_name("none"))
