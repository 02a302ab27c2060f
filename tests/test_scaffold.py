"""`seqgen plugin new` writes a package that is clean, can be installed, and works at once."""

import ast
import importlib
import io
import itertools
import shlex
import subprocess
import sys
import sysconfig
import tokenize
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from seqgen import scaffold
from seqgen.cli import main, root
from seqgen.corpus.catalogue import describe
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins import Plugins, find
from seqgen.scaffold import CHOICES, DOMAINS, Plan
from seqgen.scaffold.parts import CORPORA
from seqgen.testing import QUICK, examine
from tests.docs.test_docs import surroundings
from tests.runs import one_thread

COMMANDS, LINES = 5, 30
"""The most commands to a first generated sequence, and lines of code that lead to it, imports aside."""
SETS = [(), *((part,) for part in CHOICES), CHOICES, ("metric", "command"), ("cell", "metric")]


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package for every domain and every set of parts."""
    home = tmp_path_factory.mktemp("every")
    for number, (domain, parts) in enumerate(itertools.product(DOMAINS, SETS)):
        plan = Plan.of(f"try_{number}", domain, parts=parts)
        scaffold.write(scaffold.files(plan), home / f"{domain}-{'-'.join(parts)}")
    return home


def test_every_package_compiles_and_says_what_it_is(every: Path) -> None:
    packages = list(every.iterdir())
    assert len(packages) == len(DOMAINS) * len(SETS)
    for package in packages:
        (name, module), *rest = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"][
            "entry-points"
        ]["seqgen"].items()
        assert not rest and module == f"seqgen_{name}" and (package / module / "py.typed").exists()
        for path in package.rglob("*.py"):
            ast.parse(path.read_text("utf-8"))
        assert "$" not in "".join(path.read_text("utf-8") for path in package.rglob("*.*") if path.is_file())


def test_every_package_is_clean(every: Path) -> None:
    rules = ["--isolated", "--quiet", "--no-cache"]
    checks = [
        ["check", "--select", "E,F,I,UP,B,SIM,RUF,N,D1,ANN", "--ignore", "D103,D104,ANN401"],
        ["format", "--check"],
    ]
    for package in every.iterdir():
        for check in checks:
            command = [sys.executable, "-m", "ruff", *check, *rules, "."]
            done = subprocess.run(command, cwd=package, capture_output=True, text=True)
            assert done.returncode == 0, f"{package.name}\n{done.stdout}"


@pytest.mark.slow
def test_every_package_is_typed(every: Path) -> None:
    packages = [next(every.glob(f"{domain}-{'-'.join(CHOICES)}/seqgen_*")) for domain in DOMAINS]
    command = [sys.executable, "-m", "mypy", "--strict", *map(str, packages)]
    done = subprocess.run(command, cwd=every, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


SLOW = [pytest.param(domain, marks=pytest.mark.slow) for domain in ("new", "words", "code")]


@pytest.mark.parametrize("domain", ["chars", "midi", *SLOW])
def test_every_part_passes_the_checks(domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan.of("tales", domain, parts=CHOICES)
    scaffold.write(scaffold.files(plan), tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    plugins = find()
    plugins.add(importlib.import_module(plan.package), plan.name)
    with one_thread():
        found = examine(plan.name, plugins=plugins, effort=QUICK)
    assert len(found) > 20 and [(each.name, each.message) for each in found if not each.good] == []


def code(text: str) -> Iterator[str]:
    """The lines that hold code, but for imports and docstrings."""
    tree = ast.parse(text)
    left_out: set[int] = set()
    for node in ast.walk(tree):
        spoken = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if spoken or isinstance(node, ast.Import | ast.ImportFrom):
            left_out |= set(range(node.lineno, (node.end_lineno or 0) + 1))  # type: ignore[attr-defined]
    empty = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines = text.splitlines()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    held = {number for each in tokens if each.type not in empty for number in range(each.start[0], each.end[0] + 1)}
    return (lines[number - 1] for number in sorted(held - left_out))


@pytest.mark.parametrize(
    ("arguments", "corpus"),
    [
        (["tales"], "seqgen-tales/sample.txt"),
        (["tales", "--domain", "chars"], "book.txt"),
        (["tales", "--domain", "words"], "book.txt"),
        (["tales", "--domain", "code"], "some.py"),
        (["tales", "--domain", "midi", "--with", "tokenizer,constraint,metric,cell,command"], "tune.abc"),
    ],
    ids=["a new domain", "a tokenizer for text", "one for words", "one for code", "all parts for music"],
)
def test_a_few_commands_lead_to_a_first_sequence(
    arguments: list[str],
    corpus: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment, here = surroundings(tmp_path) | {"PIP_PREFIX": str(tmp_path)}, tmp_path / "here"
    del environment["PIP_TARGET"]
    tunes = (f"X:{n}\nM:4/4\nL:1/8\nK:G\n" + "GABc dedB|dedB dedB|c2ec B2dB|c2A2 A2BA|\n\n" for n in range(1, 40))
    (here / "tune.abc").write_text("".join(tunes), "utf-8")
    (here / "some.py").write_text("".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(400)), "utf-8")
    monkeypatch.chdir(here)
    # A .pth file, such as -e writes, counts where Python starts; here it is heeded by hand.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path)}))
    monkeypatch.syspath_prepend(here / "seqgen-tales")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path / "cache"))

    def run(line: str) -> str:
        capsys.readouterr()
        with one_thread():
            assert main(line.split()[1:]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    begin = f"seqgen plugin new {' '.join(arguments)}"
    install, train, generate, *_ = run(begin).splitlines()
    subprocess.run(install.split(), cwd=here, env=environment, check=True, capture_output=True)
    assert (site / "_seqgen_tales.pth").read_text("utf-8") == str(here / "seqgen-tales")
    importlib.invalidate_caches()
    known = [corpus if word in CORPORA.values() else word for word in train.split()]
    assert corpus in known
    run(" ".join(known).replace("--minutes 1", "--steps 8 --width 24 --validations 2 --precision float32"))
    assert run(f"{generate} --length 12 --seed 3").strip()
    assert len([begin, install, train, generate]) <= COMMANDS
    if len(arguments) < 4:
        texts = [path.read_text("utf-8") for path in here.glob("seqgen-tales/seqgen_tales/*.py")]
        assert 10 < sum(len(list(code(text))) for text in texts) <= LINES
    assert '"name": "tales"' in run("seqgen plugins --json")
    (tests,) = here.glob("seqgen-tales/tests/test_*.py")
    names: dict[str, Any] = {"__name__": "tests"}
    with monkeypatch.context() as patch:
        patch.setattr("seqgen.testing.checks", lambda name: [])
        exec(compile(tests.read_text("utf-8"), tests, "exec"), names)
    written = [name for name in names if name.startswith("test_") and name != "test_laws"]
    for name in written:
        names[name](*([tmp_path, capsys] if name == "test_the_command_counts" else []))
    assert written


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Nothing that a test installed is there for the next."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "seqgen_tales"]:
        del sys.modules[name]


def test_code_is_what_is_counted() -> None:
    text = '"""Spoken."""\nimport re\n\n# why\nx = [\n    1,\n]\n\n\ndef f():\n    """Said."""\n    return """a\nb"""\n'
    assert list(code(text)) == ["x = [", "    1,", "]", "def f():", '    return """a', 'b"""']


def test_nothing_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plugin", "new", "tales"]) == 0
    shown, said = capsys.readouterr()
    assert shown.splitlines()[0] == "python -m pip install -e ./seqgen-tales" and "Wrote seqgen-tales/README.md" in said
    own = tmp_path / "seqgen-tales" / "seqgen_tales" / "tokenizer.py"
    own.write_text("mine", "utf-8")
    assert main(["plugin", "new", "tales", "--with", "cell"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert own.read_text("utf-8") == "mine" and not own.with_name("cell.py").exists()
    assert main(["plugin", "new", "tales", "--with", "cell", "--force"]) == 0
    assert "class TalesTokenizer" in own.read_text("utf-8") and own.with_name("cell.py").exists()
    assert "nothing uses it" not in capsys.readouterr().err
    assert main(["plugin", "new", "tales", "--with", "metric", "--force"]) == 0
    assert f"{Path('seqgen-tales/seqgen_tales/cell.py')} is from before, and nothing uses it" in capsys.readouterr().err


def test_a_folder_with_anything_but_hidden_files_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".git").mkdir()
    Path("own.txt").write_text("mine", "utf-8")
    assert main(["plugin", "new", "tales", "--out", "."]) == 2
    assert "own.txt is there already" in capsys.readouterr().err
    Path("own.txt").unlink()
    assert main(["plugin", "new", "tales", "--out", "."]) == 0
    install, train, *_ = capsys.readouterr().out.splitlines()
    assert install == "python -m pip install -e ." and "train sample.txt" in train


@pytest.mark.parametrize("name", ["tests", "README.md", "seqgen_tales/tokenizer.py"])
def test_nothing_is_written_where_not_all_can_be(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "seqgen-tales" / name
    there.parent.mkdir(parents=True)
    if there.suffix:
        there.mkdir()
    else:
        there.write_text("x", "utf-8")
    assert main(["plugin", "new", "tales", "--force"]) == 4
    assert "Name another place with --out" in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path != there] == []


def test_a_link_that_leads_nowhere_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "README.md").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"README\.md is there already"):
        scaffold.write(scaffold.files(Plan.of("tales")), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_force_takes_no_name_but_that_of_the_files_it_writes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("chars", "plugin"):
        assert main(["plugin", "new", name, "--force"]) == 2
        assert f"'{name}': it is the name of a plugin or a command" in capsys.readouterr().err
    assert main(["plugin", "new", "tales"]) == 0
    installed = EntryPoint("tales", "seqgen_tales", "seqgen")
    monkeypatch.setattr(root, "find", lambda *args, **options: Plugins([installed]))
    assert main(["plugin", "new", "tales", "--force", "--out", "other"]) == 2
    assert main(["plugin", "new", "tales", "--force"]) == 0


def test_a_folder_with_a_space_is_one_word_of_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plugin", "new", "tales", "--out", "my tales"]) == 0
    install, train, *_ = map(shlex.split, capsys.readouterr().out.splitlines())
    assert install[-1] == "./my tales" and Path(train[3]).read_text("utf-8").count("\n") == 20


@pytest.mark.parametrize("name", ["true", "none", "test", "score", "json", "html", "calendar"])
def test_a_name_that_means_something_else_does_no_harm(name: str) -> None:
    texts = scaffold.files(Plan.of(name, "midi"))
    made = texts[f"seqgen_{name}/tokenizer.py"]
    assert f"class {name.title()}Tokenizer(Tokenizer)" in made
    (test,) = (text for path, text in texts.items() if path.startswith("tests/"))
    assert f"from seqgen_{name} import tokenizer" in test and "import Test" not in test


@pytest.mark.parametrize(
    "name",
    ["", "Tales", "my-tales", "9tales", "_tales", "tales_", "a__b", "../x", "a b", "class", "x" * 31, "täles", "x\n"],
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a plugin called"):
        Plan.of(name)


@pytest.mark.parametrize("name", ["chars", "plugins", "plugin", "corpora", "seqgen", "lstm"])
def test_a_name_that_is_taken_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plugin", "new", name]) == 2
    assert "it is the name of " in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_part_or_a_domain_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'metric'"):
        Plan.of("tales", parts=["metrics"])
    with pytest.raises(UnknownName, match="the domain 'char'"):
        Plan.of("tales", "char")
    with pytest.raises(UsageError, match="--domain new needs a domain"):
        Plan.of("tales", parts=["domain"])


@pytest.mark.parametrize("parts", ["cell, metric", ",", "cell,"])
def test_parts_are_words_between_commas(parts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plugin", "new", "tales", "--with", parts]) == 2 and not list(tmp_path.iterdir())


def test_a_summary_names_what_is_there() -> None:
    assert Plan.of("tales").summary == "The domain tales, with a tokenizer."
    assert Plan.of("tales", "midi", parts=CHOICES[:3]).summary == "A tokenizer, a constraint and a metric for midi."


def test_what_is_printed_needs_no_network() -> None:
    assert {describe(name).kind for name in CORPORA.values()} <= {"embedded", "built"}


def test_parts_bring_what_they_need() -> None:
    assert Plan.of("tales").parts == ("domain", "tokenizer")
    assert Plan.of("tales", "chars").parts == ("tokenizer",)
    assert Plan.of("tales", "chars", parts=["constraint"]).parts == ("tokenizer", "specimens", "constraint")
    assert Plan.of("tales", "chars", parts=["metric"]).parts == ("metric",)
    assert Plan.of("tales", "midi").parts == ("tokenizer", "specimens")


def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("x", "utf-8")
    assert main(["plugin", "new", "tales", "--out", "file/there"]) == 4
    assert "Name another place with --out" in capsys.readouterr().err
