"""A new plugin as a package that can be installed and tested at once, written from templates; nothing in it is run."""

import errno
import keyword
import os
import re
import shlex
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import seqgen
from seqgen.cells import BUILT_IN
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.files import write_atomically
from seqgen.plugins import GROUP
from seqgen.scaffold.parts import CHOICES, CORPORA, DOMAINS, NEW, PARTS, SHORT, SYMBOLS, TESTED, UNCHECKED, Domain

__all__ = ["CHOICES", "DOMAINS", "Domain", "Plan", "brought", "files", "left_over", "project", "steps", "write"]

TEMPLATES = Path(__file__).with_name("templates")
NAME = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 30


@dataclass(frozen=True)
class Plan:
    """What the new plugin is called, the domain that it is for, and its parts in their order."""

    name: str
    domain: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, name: str, domain: str = NEW, *, parts: Sequence[str] = (), taken: Collection[str] = ()) -> "Plan":
        """The plan with all parts that those asked for need; a tokenizer by default.

        Raises UsageError for a name that is none or is among those taken, UnknownName for a domain or a part.
        """
        _require_a_name(name, taken)
        if domain not in DOMAINS:
            raise UnknownName("the domain", domain, DOMAINS)
        _require_parts(parts)
        wanted = {*(parts or ("tokenizer",)), *(("domain",) if domain == NEW else ())}
        wanted |= {need for part in wanted for need in PARTS[part].needs}
        if "constraint" in wanted or (domain == "midi" and "tokenizer" in wanted):
            wanted.add("specimens")
        return cls(name, domain, tuple(part for part in PARTS if part in wanted))

    @property
    def project(self) -> str:
        """The name of the distribution."""
        return project(self.name)

    @property
    def package(self) -> str:
        """The name of what is imported."""
        return f"seqgen_{self.name}"

    @property
    def home(self) -> str:
        """The name of the domain that its parts are for."""
        return self.name if self.domain == NEW else self.domain

    @property
    def command(self) -> str:
        """What its command is called."""
        return "count" if self.domain == NEW else self.name.replace("_", "-")

    @property
    def sample(self) -> str:
        """The file that its commands are first tried on, if any; it stands in the folder of the project."""
        wanted = self.domain == NEW or "command" in self.parts
        return ("sample.abc" if self.domain == "midi" else "sample.txt") if wanted else ""

    @property
    def summary(self) -> str:
        """What it brings, in a sentence."""
        kinds = [f"a {part}" for part in self.parts if part not in ("domain", "specimens")]
        listed = " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))
        if self.domain == NEW:
            return f"The domain {self.name}, with {listed}."
        return f"{listed.capitalize()} for {self.domain}."

    @property
    def names(self) -> dict[str, str]:
        """What the templates leave open."""
        about, pattern = SYMBOLS.get(self.domain, ("", ""))
        rule = "piano" if self.domain == "midi" else "varied"
        return {
            "name": self.name,
            "Class": "".join(word.title() for word in self.name.split("_")),
            "project": self.project,
            "package": self.package,
            "domain": self.home,
            "command": self.command,
            "summary": self.summary,
            "about": about,
            "pattern": pattern,
            "rule": rule,
            "Rule": rule.title(),
            "version": seqgen.__version__,
        }


def project(name: str) -> str:
    """The name of the distribution of a plugin, and of its folder."""
    return f"seqgen-{name.replace('_', '-')}"


def files(plan: Plan) -> dict[str, str]:
    """The text of each file of the package, by its path."""
    parts = {f"{plan.package}/{part}.py": _filled(f"{part}.py", plan) for part in plan.parts}
    return {
        "pyproject.toml": _filled("pyproject.toml", plan),
        "README.md": _filled(
            "README.md", plan, table=_table(plan), commands="\n".join(map("    {}".format, use(plan)))
        ),
        f"{plan.package}/__init__.py": _init(plan),
        f"{plan.package}/py.typed": "",
        **parts,
        f"tests/test_{plan.name}.py": _test(plan),
        **({plan.sample: _filled(plan.sample, plan)} if plan.sample else {}),
    }


def write(texts: Mapping[str, str], folder: Path, *, force: bool = False) -> list[Path]:
    """Write the files into a folder, which is made; gives their paths.

    Raises UsageError if one is there already, or any other that is not hidden, unless by `force`, and InputError if a
    folder cannot be made or stands where a file is to be; then none is written. Raises InputError too if a file cannot
    be written, LimitError where the disk is full.
    """
    paths = [folder / path for path in texts]
    there = next(filter(os.path.lexists, [*paths, *sorted(folder.glob("[!.]*"))]), None)
    if there is not None and not force:
        raise UsageError(f"writing a plugin to {folder}", f"{there} is there already", "Give --force, or another --out")
    for path in paths:
        _make_way(path)
    for path, text in zip(paths, texts.values(), strict=True):
        write_atomically(path, text.encode("utf-8"))
    return paths


def brought(folder: Path) -> str:
    """The plugin that the package in a folder brings, as its pyproject.toml says; empty where there is none."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        return str(next(iter(project["entry-points"][GROUP])))
    except (OSError, ValueError, LookupError, TypeError, StopIteration):
        return ""


def left_over(plan: Plan, folder: Path) -> list[Path]:
    """The modules in a folder that were written for parts which the plan does not have."""
    modules = (folder / plan.package / f"{part}.py" for part in PARTS if part not in plan.parts)
    return [path for path in modules if path.exists()]


def _make_way(path: Path) -> None:
    """Make the folder of a file. Raises InputError if that cannot be, or the file is a folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        why = os.strerror(errno.EISDIR) if path.is_dir() else ""
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        raise InputError(f"writing {path}", why, "Name another place with --out")


def steps(plan: Plan, folder: Path) -> list[str]:
    """The commands by which one comes from the new package to what it does."""
    named = folder.is_absolute() or folder.parts[:1] in ((), ("..",))
    place = shlex.quote(str(folder) if named else f"./{folder}")
    return [f"python -m pip install -e {place}", *use(plan, folder), f"seqgen plugin check {plan.name}"]


def use(plan: Plan, folder: Path = Path()) -> list[str]:
    """The commands that use the parts of an installed plugin, whose project is in that folder."""
    run, sample = f"runs/{plan.name}", shlex.quote(str(folder / plan.sample))
    corpus = CORPORA.get(plan.domain, sample)
    chosen = {"tokenizer": plan.domain != NEW, "cell": True}
    options = "".join(f" --{part} {plan.name}" for part, named in chosen.items() if named and part in plan.parts)
    asked = f" --constraint {plan.names['rule']}" if "constraint" in plan.parts else ""
    asked += "" if plan.domain in SHORT else " --length 100"
    lines = [
        f"seqgen {plan.home} train {corpus}{options} --minutes 1 --out {run}",
        f"seqgen {plan.home} generate {run}{asked}",
    ]
    if "metric" in plan.parts:
        lines.append(f"seqgen {plan.home} evaluate {run}")
    if "command" in plan.parts:
        lines.append(f"seqgen {plan.home} {plan.command} {sample}")
    return lines


def _require_a_name(name: str, taken: Collection[str]) -> None:
    asked = f"a plugin called {name!r}"
    if not NAME.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name):
        there = f"a name is made of small letters, digits and single underscores, at most {LONGEST}, and is no keyword"
        raise UsageError(asked, there, "Choose another one, such as morse")
    for known, what in ((taken, "a plugin or a command"), (BUILT_IN, "a cell"), (("seqgen",), "the program")):
        if name in known:
            raise UsageError(asked, f"it is the name of {what} that is there", "Choose another one")


def _require_parts(parts: Sequence[str]) -> None:
    for part in parts:
        if part in PARTS and part not in CHOICES:
            there = "it is written by itself where it is needed; --domain new needs a domain"
            raise UsageError(f"the part {part!r}", there, f"Choose among: {', '.join(CHOICES)}")
        if part not in CHOICES:
            raise UnknownName("the part", part, CHOICES)


def _filled(name: str, plan: Plan, **more: str) -> str:
    """A template, that of the domain if it has its own, with what it leaves open."""
    stem, _, suffix = name.rpartition(".")
    own = TEMPLATES / f"{stem}.{plan.domain}.{suffix}.tmpl"
    path = own if own.exists() else TEMPLATES / f"{name}.tmpl"
    return Template(path.read_text("utf-8")).substitute(plan.names | more)


def _init(plan: Plan) -> str:
    parts = [PARTS[part] for part in plan.parts]
    sources = sorted((part.source, part.type) for part in parts if part.source)
    modules = sorted((part.name, Template(part.record).substitute(plan.names)) for part in parts)
    lines = [f"from {source} import {kind}" for source, kind in sorted([*sources, ("seqgen.hookspecs", "hookimpl")])]
    lines += ["", *(f"from {plan.package}.{module} import {record}" for module, record in modules)]
    return _filled("init.py", plan, imports="\n".join(lines), hooks="".join(_hooks(plan)).rstrip("\n"))


def _hooks(plan: Plan) -> Iterator[str]:
    for name in plan.parts:
        part, names = PARTS[name], plan.names
        record = Template(part.record).substitute(names) + ("()" if name == "cell" else "")
        yield _filled("hook.py", plan, hook=part.hook, type=Template(part.type).substitute(names), record=record)


def _table(plan: Plan) -> str:
    rows = [(f"{plan.package}/__init__.py", "the hooks: what this plugin offers")]
    rows += [(f"{plan.package}/{part}.py", PARTS[part].about) for part in plan.parts]
    rows.append((f"tests/test_{plan.name}.py", "what must hold"))
    return "\n".join(f"| `{path}` | {about} |" for path, about in rows)


def _test(plan: Plan) -> str:
    """The tests of the parts that there are, with what these import."""
    laws, own = not set(plan.parts) <= UNCHECKED, [part for part in TESTED if part in plan.parts]
    command = "command" in own
    marks = plan.domain == NEW
    blocks = [
        ["from pathlib import Path"] if command else [],
        [
            *(["import pytest"] if laws or command else []),
            *(["from seqgen.testing import Check, checks"] if laws else []),
            *(["from seqgen.tokenizer import Boundary"] if marks else []),
        ],
        sorted(Template(TESTED[part]).substitute(plan.names) for part in own),
    ]
    imports = "\n".join("\n" + "\n".join(block) for block in blocks if block)
    tests = [_filled(f"test_{part}.py", plan) for part in (*(["laws"] if laws else []), *own)]
    return _filled("test.py", plan, imports=imports, tests="\n" + "".join(tests).rstrip("\n"))
