"""What is asked of readers: files of their own format, sound and damaged, and content of the domain's kind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seqgen.domain import Document, Notes, Reader
from seqgen.errors import CheckFailed
from seqgen.plugins import Plugins, find
from seqgen.specimens import Specimens
from seqgen.testing import QUICK, checks
from seqgen_midi.score import Score
from tests.testing.test_lending import module

Read = Callable[[Path, Any, Notes], Iterator[Document]]


def reading(content: Any, met: list[bytes]) -> Read:
    """What reads that of every file, and remembers the file."""

    def read(path: Path, options: Any, notes: Notes) -> Iterator[Document]:
        met.append(path.read_bytes())
        yield Document("x", content)

    return read


def asked(read: Read, *, suffix: str = ".abc", **options: Any) -> dict[str, Any]:
    """The checks of a plugin with that reader of music."""
    plugins: Plugins = find(own_only=True)
    found = checks(
        module("other", **options, readers=Reader("own", "midi", (suffix,), read)), plugins=plugins, effort=QUICK
    )
    return {check.name: check for check in found}


@pytest.mark.parametrize("name", ["reader own: files", "reader own: foreign bytes"])
def test_what_gives_no_music_is_caught(name: str) -> None:
    with pytest.raises(CheckFailed, match=r"it gave 'this is no score'. .*Give content that is Score"):
        asked(reading("this is no score", []))[name].run()
    asked(reading(Score(), []))[name].run()


def test_it_is_given_files_of_its_own_format() -> None:
    met: list[bytes] = []
    asked(reading(Score(), met))["reader own: foreign bytes"].run()
    assert not [each for each in met if each.startswith(b"MThd\0")] and [each for each in met if b"M:3/4" in each]


def test_where_there_are_none_it_asks_for_one() -> None:
    with pytest.raises(CheckFailed, match=r"no file that ends in '.odd' is there to try it on. .*Give one by `files`"):
        asked(reading(Score(), []), suffix=".odd")["reader own: foreign bytes"].run()
    given = Specimens("midi", files={"one.odd": b"odd"})
    asked(reading(Score(), []), suffix=".odd", specimens=given)["reader own: foreign bytes"].run()


def test_a_sample_is_read_by_the_plugins_own_reader(tmp_path: Path) -> None:
    (path := tmp_path / "one.odd").write_bytes(b"odd")
    met: list[bytes] = []
    plugin = module("other", readers=Reader("own", "midi", (".odd",), reading(Score(7), met)))
    found = {each.name: each for each in checks(plugin, plugins=find(own_only=True), effort=QUICK, files=[path])}
    found["reader own: files"].run()
    assert met == [b"odd"]
    case = found["reader own: files"].case()
    assert Score(7) in case.stock.given
