"""Commands that plugins add to a domain: loaded when they are asked for, and no other command suffers by them."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from seqgen.cli import main, root
from seqgen.plugins import Plugins

HEAD = "from seqgen.command import Command\nfrom seqgen.hookspecs import hookimpl\n"
HELLO = 'def hello(name: str) -> None:\n    """Say hello."""\n    print(f"Hello, {name}.")\n'
HELLO += "def unknown(x: 'NoSuchName') -> None: ...\n"
HOOK = "@hookimpl\ndef seqgen_commands():\n    return [Command({name!r}, 'chars', lambda: {load})]\n"
Offer = Callable[..., None]


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Installs, beside the plugin of text, plugins each of which offers one command of that name for it."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(*names: str, load: str = "hello") -> None:
        entries = list(entry_points(group="seqgen", name="chars"))
        for number, name in enumerate(names):
            module = f"added_for_test_{number}"
            (tmp_path / f"{module}.py").write_text(HEAD + HELLO + HOOK.format(name=name, load=load), "utf-8")
            monkeypatch.delitem(sys.modules, module, raising=False)
            entries.append(EntryPoint(f"added{number}", module, "seqgen"))
        monkeypatch.setattr(root, "find", lambda *args, **options: Plugins(entries))

    return install


def test_a_command_of_another_plugin_runs_and_is_in_the_help(offer: Offer, capsys: pytest.CaptureFixture[str]) -> None:
    offer("hello")
    assert main(["chars", "hello", "Ann"]) == 0
    assert capsys.readouterr().out == "Hello, Ann.\n"
    assert main(["chars", "--help"]) == 0
    assert "hello     Say hello." in capsys.readouterr().out


def test_the_other_verbs_import_no_stranger(offer: Offer, capsys: pytest.CaptureFixture[str]) -> None:
    offer("hello")
    assert main(["chars", "train", "--help"]) == 0
    assert "added_for_test_0" not in sys.modules


@pytest.mark.parametrize(
    ("names", "load", "said"),
    [
        (("hello", "hello"), "hello", "it is given by the plugin added0 and the plugin added1"),
        (("hello",), "1 / 0", "the plugin added0 cannot load it: ZeroDivisionError: division by zero"),
        (("hello",), "exit(0)", "the plugin added0 cannot load it: SystemExit: 0"),
        (("hello",), "3", "the plugin added0 gives no function for it"),
        (("hello",), "unknown", "the plugin added0 cannot load it: NameError: name 'NoSuchName' is not defined"),
    ],
    ids=["two of one name", "a load that fails", "a load that exits", "no function", "a name that is none"],
)
def test_what_cannot_be_had_is_an_error_when_it_is_asked_for(
    names: tuple[str, ...], load: str, said: str, offer: Offer, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(*names, load=load)
    assert main(["chars", "hello", "Ann"]) == 2
    assert said in capsys.readouterr().err
    assert main(["chars", "--help"]) == 0
    assert "Cannot be had: " in capsys.readouterr().out
    assert main(["chars", "score", "--help"]) == 0


def test_a_stranger_cannot_take_the_place_of_a_verb(offer: Offer, capsys: pytest.CaptureFixture[str]) -> None:
    offer("train")
    assert main(["chars", "--help"]) == 0
    assert "train     Learn a corpus." in capsys.readouterr().out
    assert main(["chars", "train", "--help"]) == 0


def test_a_verb_in_the_plugin_of_the_domain_itself_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = "import seqgen_chars\n"
    for hook, given in (("domains", "DOMAIN"), ("tokenizers", "Chars")):
        own += f"@hookimpl\ndef seqgen_{hook}():\n    return [seqgen_chars.{given}]\n"
    (tmp_path / "own_for_test.py").write_text(HEAD + HELLO + own + HOOK.format(name="train", load="hello"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    plugins = [EntryPoint("chars", "own_for_test", "seqgen")]
    monkeypatch.setattr(root, "find", lambda *args, **options: Plugins(plugins))
    assert main(["chars", "train", "Ann"]) == 2
    assert "every domain has one of that name, and the plugin chars gives another" in capsys.readouterr().err
    assert main(["chars", "score", "--help"]) == 0
