"""Plugins are found without being imported, loaded one by one, and a broken one is named and left out."""

import importlib
import inspect
import signal
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from seqgen import hookspecs
from seqgen.cells import CELLS
from seqgen.codec import Codec
from seqgen.errors import UnknownName, UsageError
from seqgen.metric import Excerpt, Material
from seqgen.plugins import Plugins, find, reason
from seqgen.vocabulary import Vocabulary

MakeModule = Callable[[str, str], EntryPoint]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeModule:
    """Writes a module of that source, and gives an entry point of the same name for it."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, source: str) -> EntryPoint:
        (tmp_path / f"{name}_for_test.py").write_text(source, "utf-8")
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, f"{name}_for_test", raising=False)
        return EntryPoint(name, f"{name}_for_test", "seqgen")

    return make


def example(hook: str) -> str:
    """The complete plugin in the docstring of that hook."""
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""
    blocks = text.split("\n\n", 2)[2]
    return textwrap.dedent(blocks)


def named(hook: str, name: str) -> str:
    return example(hook).replace('"spaced"', f'"{name}"')


def test_the_example_of_each_hook_is_a_complete_plugin(module: MakeModule, tmp_path: Path) -> None:
    entries = [module("spaced", example("seqgen_domains")), module("splitter", example("seqgen_tokenizers"))]
    plugins = Plugins(entries)
    domain, tokenizer = plugins.domain("spaced"), plugins.tokenizer("spaced")()
    (tmp_path / "some.txt").write_text("to be or\nnot  to be\n", "utf-8")
    first, second = domain.read(tmp_path / "some.txt", domain.options(), Counter())
    symbols = list(tokenizer.split(second.content))
    assert symbols == ["not", " ", " to", " be"]
    assert "".join(tokenizer.join(s for s in symbols if isinstance(s, str))) == second.content
    assert (first.name, plugins.broken) == ("some.txt:1", {})


def test_the_example_of_a_cell_is_a_complete_plugin(module: MakeModule) -> None:
    cell = Plugins([module("memories", example("seqgen_cells"))]).cell("fading")
    assert type(cell).__name__ == "Fading" and cell.name not in CELLS


def test_the_example_of_a_metric_is_a_complete_plugin(module: MakeModule) -> None:
    (metric,) = Plugins([module("lengths", example("seqgen_metrics"))]).metrics("spaced")
    assert metric.measure([Excerpt(("to be", " or not"))], Material()) == pytest.approx(9 / 4)
    assert metric.measure([], Material()) is None


def test_the_example_of_a_constraint_is_a_complete_plugin(module: MakeModule) -> None:
    plugins = Plugins([module("echoes", example("seqgen_constraints") + "\n" + example("seqgen_tokenizers"))])
    rule = plugins.constraint("no-echo")
    constraint = rule.make(Codec(plugins.tokenizer("spaced", domain="echoes")(), Vocabulary(("document",), "ab")))
    assert constraint.step(None, "a") == "a" and constraint.step("a", "a") is None and constraint.step("a", "b") == "b"
    assert plugins.constraints("spaced") == (rule,) and plugins.constraints("neither") == ()
    assert plugins.own_constraint("spaced", domain="spaced") is rule


def test_the_example_of_a_command_is_a_complete_plugin(
    module: MakeModule, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ((name, command),) = Plugins([module("counts", example("seqgen_commands"))]).all_of("seqgen_commands").items()
    (tmp_path / "some.txt").write_text("to be or not to be", "utf-8")
    command.load()(tmp_path / "some.txt", unique=True)
    assert (name, command.domain, capsys.readouterr().out) == ("count", "spaced", "4\n")


def test_every_hook_has_an_example() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("seqgen_")]
    assert hooks and all(f"def {hook}():" in example(hook) for hook in hooks)


def test_finding_imports_nothing_and_asking_imports_the_namesake_first(module: MakeModule) -> None:
    entries = [module("other", "raise RuntimeError('imported in vain')"), module("spaced", example("seqgen_domains"))]
    plugins = Plugins(entries)
    assert plugins.names() == ("other", "spaced")
    assert "spaced_for_test" not in sys.modules
    assert plugins.domain("spaced").name == "spaced"
    assert plugins.broken == {} and "other_for_test" not in sys.modules


HOOK = "from seqgen.hookspecs import hookimpl\n@hookimpl\n"
BROKEN = {
    "an import that fails": "import no_such_module_anywhere",
    "bad syntax": "def (:",
    "an exit": "raise SystemExit(0)",
    "an unusual error": "class Odd(BaseException): pass\nraise Odd('odd')",
    "a misspelt hook": HOOK + "def seqgen_domain(): return []",
    "a hook with a wrong argument": HOOK + "def seqgen_domains(x): return []",
    "a hook that fails": HOOK + "def seqgen_domains(): return 1 / 0",
    "a wrong domain": HOOK + "def seqgen_domains(): return ['words']",
    "a wrong tokenizer": HOOK + "def seqgen_tokenizers(): return [int]",
    "a wrong metric": HOOK + "def seqgen_metrics(): return [len]",
    "a metric with a wrong direction": example("seqgen_metrics").replace("like held-out", "left"),
    "a wrong cell": HOOK + "def seqgen_cells(): return ['lstm']",
    "a cell without a name": example("seqgen_cells").replace("name = ", "named = "),
    "a cell with the name of a built-in one": example("seqgen_cells").replace('"fading"', '"lstm"'),
    "a cell with a name that is a stack": example("seqgen_cells").replace('"fading"', '"lstm,gru"'),
    "a wrong constraint": HOOK + "def seqgen_constraints(): return [len]",
    "a constraint that makes nothing": example("seqgen_constraints").replace("lambda codec: NoEcho()", "None"),
    "a constraint without a name": example("seqgen_constraints").replace('"no-echo"', '""'),
    "a constraint with a name of two words": example("seqgen_constraints").replace('"no-echo"', '"no echo"'),
    "a constraint of no tokenizer": example("seqgen_constraints").replace('("spaced",)', "()"),
    "a constraint of the letters of a name": example("seqgen_constraints").replace('("spaced",)', '"spaced"'),
    "a wrong command": HOOK + "def seqgen_commands(): return [print]",
    "a command with a name of two words": example("seqgen_commands").replace('"count"', '"count words"'),
    "a command that loads nothing": example("seqgen_commands").replace("lambda: count", "None"),
    "not a list": HOOK + "def seqgen_domains(): return 3",
    "a forgotten mark": "def seqgen_domains(): return []",
    "a second mistake": example("seqgen_domains") + "\n@hookimpl\ndef seqgen_tokenizers(): return [3]\n",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_is_named_and_left_out(module: MakeModule, source: str) -> None:
    plugins = Plugins([module("bad", source), module("spaced", example("seqgen_domains"))])
    assert set(plugins.domains()) == {"spaced"}
    assert list(plugins.broken) == ["bad"]
    with pytest.raises(UsageError, match="the plugin bad is broken: ") as caught:
        plugins.domain("bad")
    assert "Known: spaced" in str(caught.value) and caught.value.__cause__ is plugins.broken["bad"]


def test_of_several_broken_plugins_the_one_asked_for_is_told(module: MakeModule) -> None:
    plugins = Plugins([module(name, f"raise ImportError({name!r})") for name in ("one", "two", "three")])
    for ask in (plugins.domain, plugins.cell, lambda name: plugins.tokenizer("spaced", domain=name)):
        with pytest.raises(UsageError, match=r"; the plugin two is broken: ImportError: two. Repair") as caught:
            ask("two")
        assert "one" not in str(caught.value).replace("none", "") and "three" not in str(caught.value)
    with pytest.raises(UsageError, match=r"; 3 plugins are broken. `seqgen plugins` lists them. Known: none at all"):
        plugins.domain("four")


@pytest.mark.parametrize("caught", ["", "\nexcept BaseException: pass", "\nexcept BaseException: raise ImportError"])
def test_an_interrupt_while_a_plugin_loads_is_still_an_interrupt(module: MakeModule, caught: str) -> None:
    pressed = "import signal\ntry: signal.raise_signal(signal.SIGINT)" + (caught or "\nfinally: pass")
    with pytest.raises(KeyboardInterrupt):
        Plugins([module("slow", pressed)]).domains()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_nobody_asked_for_is_a_fault_of_the_plugin(module: MakeModule) -> None:
    plugins = Plugins([module("hasty", "raise KeyboardInterrupt")])
    assert plugins.domains() == {}
    assert reason(plugins.broken["hasty"]) == "it raised KeyboardInterrupt, and nobody had interrupted"


def test_what_a_plugin_prints_goes_to_the_error_stream(module: MakeModule, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line with the name of the plugin."""
    Plugins([module("loud", "print('hello', 'there\\nand')\n" + example("seqgen_domains"))]).domains()
    assert capsys.readouterr() == ("", "the plugin loud prints: hello there\nthe plugin loud prints: and\n")


def test_two_records_of_one_name_name_both_plugins(module: MakeModule) -> None:
    plugins = Plugins([module("one", named("seqgen_domains", "x")), module("two", named("seqgen_domains", "x"))])
    with pytest.raises(UsageError, match="given by the plugin one and the plugin two"):
        plugins.domain("x")


def test_two_cells_of_one_name_name_both_plugins(module: MakeModule) -> None:
    plugins = Plugins([module("one", named("seqgen_cells", "x")), module("two", example("seqgen_cells"))])
    with pytest.raises(UsageError, match="given by the plugin one and the plugin two"):
        plugins.cell("fading")


def test_two_metrics_of_one_name_in_one_domain_name_both_plugins(module: MakeModule) -> None:
    source = example("seqgen_metrics")
    plugins = Plugins([module("one", source), module("two", source)])
    more = module("more", source.replace('"word_length"', '"more"'))
    plugins = Plugins([module("one", source), module("two", source), more])
    with pytest.warns(UserWarning, match="'word_length' is left out: it is given by the plugin one and the plugin two"):
        assert [metric.name for metric in plugins.metrics("spaced")] == ["more"]
    other = module("other", source.replace('"spaced"', '"other"'))
    plugins = Plugins([module("one", source), other])
    assert [metric.domain for metric in plugins.metrics("spaced")] == ["spaced"]
    assert plugins.metrics("neither") == ()


def test_two_constraints_of_one_name_name_both_plugins(module: MakeModule) -> None:
    source = example("seqgen_constraints")
    plugins = Plugins([module("one", source), module("two", source)])
    assert plugins.constraints("spaced") == () == plugins.constraints("spaced", asked="another")
    for ask in (lambda: plugins.constraints("spaced", asked="no-echo"), lambda: plugins.constraint("no-echo")):
        with pytest.raises(UsageError, match="'no-echo': it is given by the plugin one and the plugin two"):
            ask()
    with pytest.raises(UnknownName, match=r"the constraint 'no-ecko'.* Did you mean 'no-echo'"):
        Plugins([module("one", source)]).constraint("no-ecko")


def test_only_the_plugin_of_a_tokenizer_says_what_its_models_are_kept_to(module: MakeModule) -> None:
    rule, tokenizer = example("seqgen_constraints"), example("seqgen_tokenizers") + "\n"
    spaced = module("spaced", tokenizer)
    plugins = Plugins([spaced, module("stranger", rule)])
    assert plugins.own_constraint("spaced", domain="spaced") is None and "stranger_for_test" not in sys.modules
    plugins.load("stranger")
    assert plugins.own_constraint("spaced", domain="spaced") is None and plugins.constraint("no-echo").default
    by_name = rule.replace('summary="no', 'default=False, summary="no')
    assert Plugins([module("by_name", tokenizer + by_name)]).own_constraint("spaced", domain="spaced") is None
    both = rule.replace("[NO_ECHO]", "[NO_ECHO, replace(NO_ECHO, name='other')]")
    plugins = Plugins([module("both", "from dataclasses import replace\n" + tokenizer + both)])
    with pytest.raises(UsageError, match=r"its plugin gives several by default: no-echo, other\. Choose"):
        plugins.own_constraint("spaced", domain="spaced")


def test_the_metrics_of_the_plugin_of_the_domain_come_first(module: MakeModule) -> None:
    source = example("seqgen_metrics")
    early = module("early", source.replace('"word_length"', '"early"'))
    plugins = Plugins([early, module("spaced", source), module("bad", "1 / 0")])
    assert [metric.name for metric in plugins.metrics("spaced")] == ["word_length", "early"]
    assert list(plugins.broken) == ["bad"]


def test_two_distributions_with_one_plugin_name_are_told_apart(module: MakeModule) -> None:
    entry = module("x", named("seqgen_domains", "x"))
    plugins = Plugins([entry, entry])
    assert plugins.domain("x").name == "x"
    assert "already registered" in str(plugins.broken["x"])


def test_an_unknown_name_suggests_the_nearest(module: MakeModule) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'spaced'"):
        Plugins([module("spaced", example("seqgen_domains"))]).domain("space")


def test_an_unknown_cell_suggests_the_built_in_ones_too(module: MakeModule) -> None:
    plugins = Plugins([module("memories", example("seqgen_cells"))])
    with pytest.raises(UnknownName, match=r"the cell 'lstn'.* Did you mean 'lstm'. Known: .*fading.*, gru, "):
        plugins.cell("lstn")


def test_a_plugin_at_hand_is_taken_in(module: MakeModule) -> None:
    plugins = Plugins()
    plugins.add(module("spaced", example("seqgen_tokenizers")).load(), "at hand")
    assert plugins.names() == ("at hand",)
    assert plugins.tokenizer("spaced", domain="words").__name__ == "Spaced"


def test_the_environment_says_which_plugins_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_PLUGINS", "")
    assert find().names() == ()
    monkeypatch.setenv("SEQGEN_PLUGINS", "no-such-plugin")
    with pytest.raises(UnknownName, match="SEQGEN_PLUGINS"):
        find()
