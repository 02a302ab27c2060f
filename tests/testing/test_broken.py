"""A plugin with one fault fails the check that is for it, and the message says which law, and what to do."""

import pytest

from seqgen.errors import CheckFailed
from seqgen.plugins import Plugins
from seqgen.testing import LAWS, QUICK, checks, examine
from tests.testing import toy
from tests.testing.broken import BROKEN, effort


def test_every_law_has_one_that_breaks_it() -> None:
    assert set(BROKEN) == {(law.kind, law.name) for law in LAWS}
    assert all(law.about.endswith(".") and law.since == 1 for law in LAWS)


def test_the_plugin_that_they_are_made_of_is_sound() -> None:
    found = examine(toy.plugin(), plugins=Plugins(), effort=QUICK)
    assert [result for result in found if not result.good] == []
    assert len(found) == len(LAWS)


@pytest.mark.parametrize(("kind", "law"), BROKEN, ids=str)
def test_it_is_caught_by_name(kind: str, law: str) -> None:
    plugin, said = BROKEN[kind, law]
    asked = checks(plugin, plugins=Plugins(), effort=effort(law))
    (check,) = [each for each in asked if (each.law.kind, each.law.name) == (kind, law)]
    with pytest.raises(CheckFailed, match=said) as found:
        check.run()
    message = str(found.value)
    assert message.startswith(f"{check.name}: ") and check.about in message and "`Checking a plugin`" in message
