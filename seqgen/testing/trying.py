"""Trying a law on content that Hypothesis makes up, and shrinks where the law is broken."""

from collections.abc import Callable, Iterable
from typing import Any

from seqgen.errors import CheckFailed, UsageError, shown
from seqgen.plugins.limit import TookTooLong

Tried = Callable[[Any], None]


def need_hypothesis() -> None:
    """Raises UsageError where hypothesis is missing."""
    try:
        import hypothesis  # noqa: F401
    except ImportError as why:
        raise UsageError("the checks for plugins", "hypothesis is missing", "pip install 'seqgen[testing]'") from why


def on_made_up(strategy: Any, examples: int, hold: Tried) -> None:
    """Try it on so many values of a Hypothesis strategy; the smallest one that breaks it is the one in the message."""
    from hypothesis import HealthCheck, Phase, given, settings

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def tried(value: Any) -> None:
        _on(value, hold)

    tried()


def on_each(values: Iterable[Any], hold: Tried) -> None:
    """Try it on each value."""
    for value in values:
        _on(value, hold)


def _on(value: Any, hold: Tried) -> None:
    try:
        hold(value)
    except (CheckFailed, KeyboardInterrupt):
        raise
    except TookTooLong as why:
        why.add_note(f"given {shown(value)}")
        raise
    except BaseException as why:
        there = f"given {shown(value)}, it raised {type(why).__name__}: {why}"
        raise CheckFailed("a law", there, "Nothing may be raised for it") from why


def apart(wanted: Any, found: Any) -> str:
    """Where two texts part, or two values as they are, for a message."""
    if not (isinstance(wanted, str) and isinstance(found, str)):
        return f"given {shown(wanted)}, {shown(found)} came back"
    at = next((i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found)))
    if len(wanted) <= 100:
        return f"given {wanted!r}, {shown(found)} came back"
    begin = max(0, at - 20)
    return f"given a text with {wanted[begin : at + 20]!r} at character {begin}, {found[begin : at + 20]!r} came back"
