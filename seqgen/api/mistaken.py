"""What a file is that was taken for a text and is none: a model, a file of another domain, or one of bytes."""

from pathlib import Path

from seqgen.errors import InputError, TextError
from seqgen.plugins import find

HEAD = 1 << 16
"""Bytes that are looked at."""


def mistaken(path: Path, why: InputError, domain: str) -> InputError:
    """The error that says what the file is, and what takes it; `why`, where that is not told or that is no question."""
    if not isinstance(why, TextError):
        return why
    if path.suffix == ".safetensors":
        return InputError(why.asked, "it is a model, and no text", f"Use it with `seqgen {domain} generate {path}`")
    others = [each for each in find(own_only=True).domains().values() if path.suffix.lower() in each.suffixes]
    if others and domain not in (each.name for each in others):
        there = f"it is no text, and files in {path.suffix} are those of {others[0].name}"
        return InputError(why.asked, there, f"Use `seqgen {others[0].name} train {path}`")
    with path.open("rb") as file:
        binary = b"\0" in file.read(HEAD)
    if binary:
        remedy = "Name a text; one in UTF-16 or UTF-32 says so by --encoding"
        return InputError(why.asked, f"{why.there}, and there are NUL bytes: it is no text", remedy)
    return why
