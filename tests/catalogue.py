"""A small catalogue for tests, with one embedded and one fetched corpus, and a mirror of the latter."""

import hashlib
from pathlib import Path

import pytest

FILES = {"one.txt": b"To be, or not to be.\n" * 4000, "two.txt": b"That is the question.\n"}
ADDRESS = "https://example.org/"

_HEAD = 'title = "T"\ndomain = "text"\nsource = "S"\nlicence = "L"\ndocuments = "line"\nsplit = [0.8, 0.2, 0]\n'


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the catalogue in place of the real one; gives the mirror."""
    monkeypatch.setattr("seqgen.corpus.places._PACKAGE", folder / "seqgen")
    write(folder / "corpora" / "poem" / "poem.txt", b"roses\n")
    write(folder / "corpora" / "poem" / "corpus.toml", toml({"poem.txt": b"roses\n"}, fetched=False).encode())
    write(folder / "corpora" / "tiny" / "corpus.toml", toml(FILES, fetched=True).encode())
    for name, data in FILES.items():
        write(folder / "mirror" / "tiny" / name, data)
    return folder / "mirror"


def toml(files: dict[str, bytes], *, fetched: bool) -> str:
    """A corpus.toml that pins these files."""
    return _HEAD + "".join(
        f'[[files]]\nname = "{name}"\nbytes = {len(data)}\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
        + (f'url = "{ADDRESS}{name}"\n' if fetched else "")
        for name, data in files.items()
    )


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
