"""Where a plugin comes from, and whether its distribution asks for this version of seqgen: told by metadata alone."""

import ast
import re
from importlib.metadata import Distribution, EntryPoint
from importlib.util import find_spec
from pathlib import Path

import seqgen
from seqgen.plugins.containing import LeftOut

OWN = "seqgen"
"""The distribution whose plugins come with seqgen."""
ABOUT_SEQGEN = re.compile(r"\s*seqgen(?![\w.-])", re.IGNORECASE)


def home(entry: EntryPoint) -> str:
    """The name of the distribution that brings a plugin; empty where none is known."""
    return said(entry.dist, "Name")


def said(dist: Distribution | None, field: str) -> str:
    """A field of the metadata of a distribution in one line; empty where there is none, or they cannot be read."""
    try:
        return " ".join(str(dist.metadata[field] or "").split()) if dist else ""
    except Exception:  # a package may hold anything
        return ""


def first_line(entry: EntryPoint) -> str:
    """The first line of the docstring of a plugin's module, which is read and not imported; empty where there is none,
    or the module is part of a package, which would have to be."""
    try:
        spec = None if "." in entry.module else find_spec(entry.module)
        source = Path(spec.origin or "").read_bytes() if spec else b""
        return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    except Exception:  # a package may hold anything
        return ""


def is_own(entry: EntryPoint) -> bool:
    """Whether it comes with seqgen."""
    return home(entry) == OWN


def require_this_version(entry: EntryPoint) -> None:
    """Raises LeftOut if the distribution of that plugin asks for another version of seqgen."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import Version

    here = Version(seqgen.__version__)
    for line in _requirements(entry.dist):
        try:
            wanted = Requirement(line)
        except InvalidRequirement as why:
            raise LeftOut(f"what it requires cannot be read: {line}") from why
        applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        # A version on its way counts as the one that it will be.
        met = any(wanted.specifier.contains(each, prereleases=True) for each in (str(here), here.base_version))
        if applies and not met:
            raise LeftOut(f"it is for seqgen{wanted.specifier}, and this is {here}")


def _requirements(dist: Distribution | None) -> list[str]:
    """What is said about seqgen; nothing where the metadata cannot be read, as if nothing were required."""
    try:
        lines = (dist.requires if dist else None) or []
    except Exception:
        return []
    return [line for line in lines if ABOUT_SEQGEN.match(line)]
