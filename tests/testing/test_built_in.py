"""The built-in plugins pass the checks that plugins are asked to pass."""

from time import process_time

import pytest

from seqgen.plugins import find
from seqgen.testing import QUICK, Check, checks, examine

NAMES = ("chars", "code", "midi", "mogrifier", "words")
EACH_MINUTE = 60.0
"""Seconds that all checks of one tokenizer may take."""


def every() -> list[Check]:
    """The checks of all built-in plugins, each tried on a little."""
    plugins = find(own_only=True)
    return [check for name in NAMES for check in checks(name, plugins=plugins, effort=QUICK)]


@pytest.mark.parametrize("check", every(), ids=str)
def test_it_holds(check: Check) -> None:
    check.run()


@pytest.mark.parametrize(("name", "of"), [("chars", ""), ("mogrifier", ""), ("midi", "tokenizer events: round trip")])
def test_all_that_is_asked_of_fast_ones_holds_at_full_effort(name: str, of: str) -> None:
    found = [check for check in checks(name, plugins=find(own_only=True)) if check.name.startswith(of)]
    assert [fault for check in found if (fault := check.fault())] == [] and found


def test_every_built_in_plugin_is_asked() -> None:
    assert set(NAMES) == set(find(own_only=True).names())


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_asked_of_a_plugin_holds_within_a_minute_for_each_tokenizer(name: str) -> None:
    begun = process_time()
    found = examine(name, plugins=find(own_only=True))
    assert [result for result in found if not result.good] == []
    taken: dict[str, float] = {}
    for result in found:
        of = result.name.partition(":")[0]
        taken[of] = taken.get(of, 0.0) + result.seconds
    print(name, f"{process_time() - begun:.1f} s", {of: round(seconds, 1) for of, seconds in taken.items()})
    assert max(taken.values()) < EACH_MINUTE
