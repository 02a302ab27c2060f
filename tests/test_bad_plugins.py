"""What a bad plugin does to all the others: nothing. `seqgen plugins` says why each is left out."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from benchmarks.startup import install as crowd
from benchmarks.startup import save_model
from seqgen.cli import main
from seqgen.errors import UsageError
from seqgen.plugins import find, limit, reason
from seqgen.plugins.containing import contained, seconds_allowed

HOOK = "from seqgen.hookspecs import hookimpl\n\n@hookimpl\n"
DOMAIN = """
from seqgen_chars import DOMAIN
from dataclasses import replace
from seqgen.hookspecs import hookimpl

@hookimpl
def seqgen_domains():
    return [replace(DOMAIN, name={!r})]
"""
LIMIT = "it did not load within 0.2 s"


class Bad(NamedTuple):
    """The source of a plugin, why it is left out, and what its distribution requires; or what stands in its files."""

    source: str
    said: str
    requires: str = "seqgen"
    metadata: str | None = ""
    entry: str = "bad = bad_for_test"


BAD = {
    "an import that fails": Bad("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "no module": Bad("", "ModuleNotFoundError", entry="bad = no_such_module"),
    "bad syntax": Bad("def (:", "SyntaxError"),
    "an exit": Bad("raise SystemExit(0)", "SystemExit: 0"),
    "an exit by sys": Bad("import sys; sys.exit('bye')", "SystemExit: bye"),
    "an interrupt": Bad("raise KeyboardInterrupt", "it raised KeyboardInterrupt, and nobody had interrupted"),
    "an error of no kind": Bad("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
    "no end of recursion": Bad("def f(): f()\nf()", "RecursionError"),
    "no memory": Bad("raise MemoryError", "MemoryError"),
    "an endless loop": Bad("while True: pass", LIMIT),
    "a long sleep": Bad("import time; time.sleep(1e6)", LIMIT),
    "a loop that catches everything": Bad(
        "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass", LIMIT
    ),
    "a wait that ends well": Bad("import time\ntry: time.sleep(1e6)\nexcept BaseException: pass", LIMIT),
    "a hook without an end": Bad(HOOK + "def seqgen_domains():\n    while True: pass", LIMIT),
    "records without an end": Bad(HOOK + "def seqgen_cells():\n    while True: yield from ()", LIMIT),
    "a question": Bad("input('Proceed? ')", "EOFError"),
    "a misspelt hook": Bad(
        HOOK + "def seqgen_tokeniser(): return []", "no hook seqgen_tokeniser. Did you mean 'seqgen_tokenizers'?"
    ),
    "a hook with an argument": Bad(HOOK + "def seqgen_domains(x): return []", "PluginValidationError"),
    "a forgotten mark": Bad("def seqgen_domains(): return []", "seqgen_domains in it is not marked @hookimpl"),
    "no hook": Bad("x = 1", "no function in it is marked @hookimpl"),
    "a hook that fails": Bad(HOOK + "def seqgen_metrics(): return 1 / 0", "ZeroDivisionError"),
    "a wrong type": Bad(HOOK + "def seqgen_domains(): return ['words']", "seqgen_domains gave 'words', which is not"),
    "no list": Bad(HOOK + "def seqgen_tokenizers(): return 3", "TypeError"),
    "a newer seqgen": Bad("raise ImportError", "it is for seqgen>=999", requires="seqgen>=999"),
    "an older seqgen": Bad("raise ImportError", "it is for seqgen<0.0.1", requires="seqgen (<0.0.1)"),
    "a requirement that is none": Bad("", "what it requires cannot be read: seqgen >< 1", requires="seqgen >< 1"),
    "no metadata": Bad("raise ImportError('so')", "ImportError: so", metadata=None),
    "an entry point that is none": Bad("", "left out: ", entry="bad = 3 times nothing!"),
    "a name that seqgen has": Bad("1 / 0", "note: `seqgen corpora` is a command", entry="corpora = bad_for_test"),
}
NOT_LEFT_OUT = {
    "printing": "print('loud')\nimport sys; sys.__stdout__.write('louder')",
    "printing by others": "import os, subprocess; os.write(1, b'loud'); subprocess.run(['echo', 'louder'])",
    "an output of its own": "import sys; import io; sys.stdout = io.StringIO(); sys.argv.clear()",
    "another folder": "import os; os.makedirs('own', exist_ok=True); os.chdir('own')",
    "another environment": "import os; os.environ['SEQGEN_MIRROR'] = 'no/such/folder'; del os.environ['HOME']",
    "fixed chance": "import random; random.seed(1)",
    "stern warnings": "import warnings; warnings.simplefilter('error')",
    "deaf to signals": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "a domain that there is": DOMAIN.format("chars"),
    "a tokenizer that there is": (
        HOOK + "def seqgen_tokenizers():\n    from seqgen_chars import Chars\n    return [type('Chars', (Chars,), {})]"
    ),
}
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a plugin with its metadata where Python looks for packages."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)

    def put(bad: Bad, *, name: str = "bad-plugin", module: str = "bad_for_test") -> None:
        (site / f"{module}.py").write_text(bad.source, "utf-8")
        info = site / f"{name.replace('-', '_')}-1.5.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[seqgen]\n{bad.entry}\n", "utf-8")
        if bad.metadata is not None:
            head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\nRequires-Dist: {bad.requires}\n"
            (info / "METADATA").write_text(head + bad.metadata, "utf-8")

    yield put
    forget()


def forget() -> None:
    """Have what was imported imported again, as in a process of its own."""
    for name in [name for name in sys.modules if name.endswith("_for_test")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of text with random weights."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    save_model(path)
    return path


class Seqgen:
    """Runs command lines that must end well, and gives what they print on stdout."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: str) -> str:
        self._capfd.readouterr()
        forget()
        assert main(arguments) == 0, self._capfd.readouterr().err
        return self._capfd.readouterr().out


@pytest.fixture
def seqgen(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Seqgen:
    monkeypatch.setenv("SEQGEN_PLUGIN_TIMEOUT", "0.2")
    return Seqgen(capfd)


def work_goes_on(seqgen: Seqgen, model: Path, *, name: str = "bad") -> None:
    """The help of all and of a domain, and another domain's work."""
    assert name in seqgen("--help")
    assert "train" in seqgen("chars", "--help")
    assert seqgen("chars", "generate", str(model), "--length", "9")


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_plugin_is_left_out_and_named(bad: Bad, install: Install, seqgen: Seqgen, model: Path) -> None:
    install(bad if bad.metadata is None else bad._replace(metadata="Summary: A bad one.\n"))
    name = bad.entry.partition(" ")[0]
    work_goes_on(seqgen, model, name=name)
    assert bad.said in " ".join(seqgen("plugins").split())
    listed = {each["name"]: each for each in json.loads(seqgen("plugins", "--json"))["plugins"]}
    own = listed.pop(name)
    assert own["broken"] and own["hooks"] == [] and own["records"] == {}
    assert own["origin"] == ("" if bad.metadata is None else "bad-plugin")
    assert [each["broken"] for each in listed.values()] == [""] * 5


@pytest.mark.parametrize("source", NOT_LEFT_OUT.values(), ids=NOT_LEFT_OUT.keys())
def test_what_a_plugin_changes_is_put_back(
    source: str, install: Install, seqgen: Seqgen, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives_nothing = "" if "@hookimpl" in source else "\n" + HOOK + "def seqgen_domains(): return []\n"
    install(Bad(source + gives_nothing, "", metadata="Summary: A bad one.\n"))
    random.seed(7)
    monkeypatch.setenv("HOME", str(Path.home()))
    before = state()
    work_goes_on(seqgen, model)
    (own,) = (each for each in json.loads(seqgen("plugins", "--json"))["plugins"] if each["name"] == "bad")
    assert own["broken"] == "" and len(own["hooks"]) == 1 and own["version"] == "1.5"
    assert state() == before


def state() -> list[Any]:
    """What belongs to all."""
    signals = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return [os.getcwd(), environment, random.getstate(), warnings.filters[:], signals, sys.stdin, list(sys.argv)]


def test_two_plugins_of_one_name_are_an_error_when_it_is_asked_for(
    install: Install, seqgen: Seqgen, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in ("one", "two"):
        install(
            Bad(DOMAIN.format("twin"), "", entry=f"twin = {number}_for_test"), name=number, module=f"{number}_for_test"
        )
    assert "twin" in seqgen("--help")
    assert seqgen("chars", "generate", str(model), "--length", "9")
    assert "note: the plugin twin (two) has the same name" in seqgen("plugins")
    assert main(["twin", "train", "x.txt"]) == 2
    assert "it is given by the plugin twin (one) and the plugin twin (two)" in capfd.readouterr().err


def test_a_package_whose_entry_points_cannot_be_read_is_passed_over(
    install: Install, seqgen: Seqgen, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # torch looks at the entry points of everybody too, and half an import of it cannot be repeated.
    monkeypatch.setenv("TORCH_DEVICE_BACKEND_AUTOLOAD", "0")
    install(Bad("", ""))
    (tmp_path / "site" / "bad_plugin-1.5.dist-info" / "entry_points.txt").write_bytes(b"[seqgen]\nbad = \xff\xfe\n")
    assert "chars" in seqgen("--help") and "chars" in seqgen("plugins") and "chars (seqgen " in seqgen("info")
    assert seqgen("chars", "generate", str(model), "--length", "9")


def test_a_bad_plugin_says_why_when_it_is_asked_for(
    install: Install, seqgen: Seqgen, capfd: pytest.CaptureFixture[str]
) -> None:
    install(BAD["a newer seqgen"])
    assert main(["bad", "train", "x.txt"]) == 2
    assert "the plugin bad (bad-plugin) is broken: it is for seqgen>=999, and this is" in capfd.readouterr().err


@pytest.mark.parametrize("choice", ["--no-plugins", "SEQGEN_NO_PLUGINS", "SEQGEN_PLUGINS"])
def test_what_is_left_out_is_not_imported(
    choice: str, install: Install, seqgen: Seqgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(Bad("raise SystemExit('imported in vain')", ""))
    flags = [choice] if choice.startswith("--") else []
    if not flags:
        monkeypatch.setenv(choice, "1" if choice == "SEQGEN_NO_PLUGINS" else "chars,words")
    assert "bad" not in seqgen(*flags, "--help")
    assert "SystemExit" not in seqgen(*flags, "plugins") and "chars" in seqgen(*flags, "plugins")
    assert "train" in seqgen(*flags, "chars", "--help")
    assert "bad" not in seqgen(*flags, "info") and "chars (seqgen" in seqgen(*flags, "info")


def test_a_package_without_metadata_is_told_by_the_name_of_its_plugin(install: Install, seqgen: Seqgen) -> None:
    install(BAD["no metadata"])
    assert "| plugins | bad, chars (seqgen " in seqgen("info")


def test_the_variable_may_say_no(install: Install, seqgen: Seqgen, monkeypatch: pytest.MonkeyPatch) -> None:
    install(Bad("", ""))
    monkeypatch.setenv("SEQGEN_NO_PLUGINS", "0")
    assert "bad" in seqgen("--help")


def test_a_process_with_an_endless_import_ends(install: Install, tmp_path: Path, checkout: Path) -> None:
    install(BAD["an endless loop"])
    environment = os.environ | {"SEQGEN_PLUGIN_TIMEOUT": "1", "PYTHONPATH": f"{tmp_path / 'site'}:{checkout}"}
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "seqgen", "plugins"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and "it did not load within 1 s" in done.stdout
    assert time.monotonic() - start < 30


def test_an_endless_import_in_another_thread_ends_too() -> None:
    found: list[object] = []

    def work() -> None:
        try:
            limit.within_seconds(0.1, lambda: exec("while True: pass"))
        except limit.TookTooLong as why:
            found.append(why)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert len(found) == 1 and not thread.is_alive()


NESTED = (
    "import time\n"
    "def once():\n    while True:\n        try: time.sleep(0.01)\n        except BaseException: pass\n"
    "def again():\n    while True:\n        try: once()\n        except BaseException: pass\n"
    "def for_ever():\n    while True:\n        try: again()\n        except BaseException: pass\n"
)
HERE, ELSEWHERE = "work()", "t = threading.Thread(target=work, daemon=True); t.start(); t.join(30)"


@pytest.mark.parametrize("where", [HERE, ELSEWHERE], ids=["in the main thread", "in another"])
@pytest.mark.parametrize("never", ["for_ever()", "import endless_for_test"], ids=["loops", "the import of another"])
def test_what_cannot_be_ended_ends_the_process_and_says_so(
    never: str, where: str, tmp_path: Path, checkout: Path
) -> None:
    (tmp_path / "endless_for_test.py").write_text("import time\nwhile True: time.sleep(0.01)", "utf-8")
    program = (
        f"{NESTED}import threading\nfrom seqgen.plugins import limit\nlimit.STUBBORN, limit.HELD = 20, 0.01\n"
        f"def given():\n    {never}\n"
        f"def work(): limit.within_seconds(0.1, given, own='own_for_test')\n{where}"
    )
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{checkout}"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == limit.LIMIT_EXIT and "catches whatever would end it" in done.stderr


def test_a_pause_in_another_thread_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "STUBBORN", 3)
    found: list[object] = []

    def work() -> None:
        try:
            limit.within_seconds(0.05, lambda: time.sleep(0.3))
        except limit.TookTooLong as why:
            found.append(why)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert len(found) == 1


@pytest.mark.parametrize("apart", [False, True], ids=["in the main thread", "in another"])
def test_what_others_need_too_is_imported_to_its_end(
    apart: bool, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an import of an extension cannot be repeated: torch and numpy would be lost to the process."""
    slow = "import time\nfor k in range(60): time.sleep(0.01)\n"
    shared = tmp_path / "site" / "shared_for_test"
    shared.mkdir()
    (shared / "__init__.py").write_text(f"from shared_for_test import core\n{slow}whole = True", "utf-8")
    (shared / "core.py").write_text("times = []\n" + slow, "utf-8")
    install(Bad(f"def later():\n    import shared_for_test\nlater()\n{slow * 3}", ""))
    monkeypatch.setenv("SEQGEN_PLUGIN_TIMEOUT", "0.2")
    plugins = find()
    thread = threading.Thread(target=plugins.load, args=["bad"])
    if apart:
        thread.start()
        thread.join(30)
    else:
        plugins.load("bad")
    assert "did not load within 0.2 s" in reason(plugins.broken["bad (bad-plugin)"])
    assert sys.modules["shared_for_test"].whole and "bad_for_test" not in sys.modules


def test_what_comes_with_seqgen_has_no_limit(checkout: Path) -> None:
    environment = os.environ | {"SEQGEN_PLUGIN_TIMEOUT": "0.001"}
    program = "from seqgen.plugins import find\np = find(own_only=True); p.domains(); print(p.broken)"
    done = subprocess.run([sys.executable, "-c", program], cwd=checkout, env=environment, capture_output=True)
    assert done.stdout == b"{}\n"


def test_two_threads_leave_the_streams_as_they_were() -> None:
    before = [os.fstat(1).st_ino, sys.stdout, sys.stdin]
    inside = threading.Event()

    def pause(seconds: float) -> None:
        inside.set()
        time.sleep(seconds)

    def first() -> None:
        contained(lambda: pause(0.1))

    def second() -> None:
        inside.wait(10)
        contained(lambda: pause(0.2))

    threads = [threading.Thread(target=each) for each in (first, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert [os.fstat(1).st_ino, sys.stdout, sys.stdin] == before


def test_a_plugin_that_closes_its_output_closes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def close() -> None:
        print("so")
        sys.stdout.close()
        print("far")

    contained(close)
    print("and on", file=sys.stderr)
    assert capsys.readouterr() == ("", "so\nfar\nand on\n")


@pytest.mark.parametrize(("given", "seconds"), [("2.5", 2.5), ("0", 0), (" 3 ", 3), ("", 10)])
def test_the_time_limit_is_a_number_of_seconds(given: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_PLUGIN_TIMEOUT", given)
    assert seconds_allowed() == seconds


@pytest.mark.parametrize("given", ["soon", "-3", "inf", "nan"])
def test_a_time_limit_that_is_none_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_PLUGIN_TIMEOUT", given)
    with pytest.raises(UsageError, match="it is no number of seconds"):
        find()


def test_an_alarm_that_was_set_still_rings() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        limit.within_seconds(5, lambda: None)
        time.sleep(0.2)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == [signal.SIGALRM]


def test_the_help_with_twenty_plugins_more_imports_none_of_them_and_no_torch(tmp_path: Path, checkout: Path) -> None:
    environment = os.environ | {"PYTHONPATH": f"{crowd(tmp_path / 'site')}:{checkout}"}
    program = "import sys, seqgen.cli\nseqgen.cli.main(['--help'])\nprint(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert sum(line.lstrip().startswith("more") for line in done.stdout.splitlines()) == 20
    assert not {name for name in done.stderr.split() if name.startswith(("seqgen_", "torch", "numpy", "packaging"))}
