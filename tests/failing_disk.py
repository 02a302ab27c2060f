"""A disk that stops, fails or forgets: stands in for the module `os` within `seqgen.files`.

It forwards every file operation to the real folder, counts them, and beside that keeps what a power cut would leave.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from seqgen import files

Control = Literal["file fsync", "folder fsync", "rename"]
"""What a careless writer leaves out."""


class Stopped(BaseException):
    """The process is gone; whatever it still tries has no effect."""


@dataclass
class Inode:
    """A file's bytes, and those of them that have reached the disk."""

    data: bytes = b""
    synced: bytes = b""


@dataclass
class Disk:
    """The operations of `os`, of which number `stop_before` or `stop_after` is the last, and number `fail_at` fails."""

    folder: Path
    stop_before: int = -1
    stop_after: int = -1
    fail_at: int = -1
    error: int = 0
    most: int = 1 << 30
    without: Control | None = None
    log: list[str] = field(default_factory=list)
    images: list[dict[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        present = [path for path in self.folder.iterdir() if path.is_file()]
        self.names = {path.name: Inode(path.read_bytes(), path.read_bytes()) for path in present}
        self.synced_names = dict(self.names)
        self.descriptors: dict[int, Inode | None] = {}
        self.stopped = False

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        if self.without == "rename" and not path.is_dir():
            path, flags = _final(path), (flags & ~os.O_EXCL) | os.O_TRUNC
        return int(self._do("open", lambda: self._open(path, flags, mode)))

    def write(self, file: int, data: memoryview) -> int:
        return int(self._do("write", lambda: self._write(file, data[: self.most])))

    def fsync(self, file: int) -> None:
        kind: Control = "folder fsync" if self.descriptors[file] is None else "file fsync"
        if self.without != kind:
            self._do(kind, lambda: self._fsync(file))

    def close(self, file: int) -> None:
        if self.stopped:
            os.close(file)  # what the kernel does for a process that is gone
        self._do("close", lambda: os.close(file), even_when_failing=True)

    def replace(self, old: Path, new: Path) -> None:
        if self.without != "rename":
            self._do("rename", lambda: self._replace(old, new))

    def unlink(self, path: Path) -> None:
        self._do("unlink", lambda: self._unlink(path))

    def _do(self, name: str, act: Callable[[], Any], *, even_when_failing: bool = False) -> Any:
        number = len(self.log)
        if self.stopped or number == self.stop_before:
            self.stopped = True
            raise Stopped
        self.log.append(name)
        result = act() if number != self.fail_at or even_when_failing else None
        if number == self.fail_at:
            raise OSError(self.error, os.strerror(self.error))
        self.images += self._after_power_cut()
        if number == self.stop_after:
            self.stopped = True
            raise Stopped
        return result

    def _open(self, path: Path, flags: int, mode: int) -> int:
        file = os.open(path, flags, mode)
        if not path.is_dir():
            self.names[path.name] = Inode(b"", self.names[path.name].synced if path.name in self.names else b"")
        self.descriptors[file] = None if path.is_dir() else self.names[path.name]
        return file

    def _write(self, file: int, data: memoryview) -> int:
        inode = self.descriptors[file]
        assert inode is not None
        inode.data += bytes(data)
        return os.write(file, data)

    def _fsync(self, file: int) -> None:
        inode = self.descriptors[file]
        if inode is None:
            self.synced_names = dict(self.names)
        else:
            inode.synced = inode.data

    def _replace(self, old: Path, new: Path) -> None:
        os.replace(old, new)
        self.names[new.name] = self.names.pop(old.name)

    def _unlink(self, path: Path) -> None:
        os.unlink(path)
        self.names.pop(path.name, None)

    def _after_power_cut(self) -> Iterator[dict[str, bytes]]:
        """What the folder may hold: renames since its last fsync done or undone, bytes not synced lost or zero."""
        for names in (self.names, self.synced_names):
            yield {name: inode.synced for name, inode in names.items()}
            yield {name: inode.synced.ljust(len(inode.data), b"\0") for name, inode in names.items()}


def run(monkeypatch: pytest.MonkeyPatch, disk: Disk, save: Callable[[], None]) -> bool:
    """Save on that disk; whether it came to its end."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", disk)
        try:
            save()
        except Stopped:
            return False
    return True


def check_stops(monkeypatch: pytest.MonkeyPatch, path: Path, *, save: Callable[[], None], **how: Any) -> int:
    """Stop before and after each operation of a save until one completes: the file must be old or new. Their number."""
    old = path.read_bytes()
    assert run(monkeypatch, Disk(path.parent, **how), save)
    new, count = path.read_bytes(), 0
    assert new != old
    while True:
        done = []
        for when in ("stop_before", "stop_after"):
            _restore(path, old)
            disk = Disk(path.parent, **how)
            setattr(disk, when, count)
            done.append(run(monkeypatch, disk, save))
            assert path.read_bytes() in (old, new), f"half a file, stopped {when[5:]} operation {count}"
        if all(done):
            return count
        count += 1


def check_power_cuts(monkeypatch: pytest.MonkeyPatch, path: Path, *, save: Callable[[], None], **how: Any) -> None:
    """Cut the power after each operation of a save: the file must be old or new; and new once the save has returned."""
    old, disk = path.read_bytes(), Disk(path.parent, **how)
    assert run(monkeypatch, disk, save)
    new = path.read_bytes()
    for number, image in enumerate(disk.images):
        assert image.get(path.name) in (old, new), f"half a file, power cut after {disk.log[: number // 4 + 1]}"
    assert [image[path.name] for image in disk.images[-4:]] == [new] * 4, "the new file was lost after the save"


def parts(folder: Path) -> list[Path]:
    """What unfinished writes left."""
    return sorted(folder.glob(f".*{files.PART}"))


def _restore(path: Path, old: bytes) -> None:
    for part in parts(path.parent):
        part.unlink()
    path.write_bytes(old)


def _final(part: Path) -> Path:
    return part.with_name(part.name[1 : -len(files.PART)].rpartition(".")[0])
