"""`generate --out`: samples as files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from seqgen.errors import InputError, UsageError


def places(out: Path, count: int, suffix: str) -> list[Path]:
    """Where the samples go: an only one to `out`, several to numbered files in the folder `out`, which is made.

    Raises UsageError if a file is there already, InputError if the folder cannot be made.
    """
    if count == 1 and out.is_dir():
        raise UsageError(f"--out {out}", "it is a folder", f"Name a file, such as {out / f'sample{suffix}'}")
    if count > 1 and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}", f"it is a file, and {count} samples are asked for", "Name a folder")
    found = [out] if count == 1 else list(_numbered(out, count, suffix))
    there = next((place for place in found if place.exists()), None)
    if there is not None:
        raise UsageError(f"--out {out}", f"{there} is there already", "Name another place, or remove it first")
    try:
        found[0].parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out}", error.strerror or str(error), "Name another place") from error
    return found


def told(written: Sequence[Path]) -> str:
    """What was written, in a line."""
    if len(written) == 1:
        return f"Wrote {written[0]}."
    return f"Wrote {len(written)} files, {written[0]} to {written[-1].name}."


def _numbered(folder: Path, count: int, suffix: str) -> Iterator[Path]:
    digits = max(3, len(str(count)))
    return (folder / f"{number:0{digits}}{suffix}" for number in range(1, count + 1))
