"""A domain whose content is no text: strings of beads, which are tuples of numbers, one a file."""

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar

import pytest

import seqgen
from seqgen.cli import root
from seqgen.codec import Codec
from seqgen.constraint import Constraint, Rule, Spoken, State
from seqgen.domain import Asking, Document, Domain, Finish, Form, Notes
from seqgen.errors import UsageError
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins
from seqgen.records import option
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary, Tokenizer
from tests.cli.test_commands import Terminal, home, terminal  # noqa: F401

Beads = tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """No options."""


@dataclass(frozen=True)
class First:
    first: str = option("", "The beads to begin with, such as 1,2")


@dataclass(frozen=True)
class Added:
    add: int = option(0, "Add this to every bead")
    note: Path | None = option(None, "Write how many beads there are to this new file")


@dataclass(frozen=True)
class Counted:
    beads: int = option(0, "End after so many beads")


@dataclass(frozen=True)
class Strung(Tokenizer):
    """One symbol a bead."""

    name: ClassVar[str] = "strung"
    domain: ClassVar[str] = "beads"
    version: ClassVar[int] = 1

    def split(self, content: Beads) -> Iterator[str | Boundary]:
        return map(str, content)

    def join(self, symbols: Iterable[str]) -> Iterator[Beads]:
        yield tuple(map(int, symbols))

    def length(self, symbol: str) -> int:
        return 1


class Exactly(Constraint):
    """So many beads, if any number is asked for; the state counts them."""

    start: Hashable = 0

    def __init__(self, codec: Codec, wish: Counted) -> None:
        self.wish = wish

    def step(self, state: State, symbol: Spoken) -> State | None:
        if not self.wish.beads:
            return state
        if symbol == DOCUMENT_BOUNDARY:
            return state if state == self.wish.beads else None
        return state + 1 if state < self.wish.beads else None


def read(path: Path, options: Any, notes: Notes) -> Iterator[Document]:
    for number, line in enumerate(path.read_text("utf-8").split()):
        yield Document(f"{path.name}:{number}", tuple(map(int, line.split(","))))


def write(contents: Iterable[Beads], path: Path) -> None:
    path.write_text("\n".join(",".join(map(str, beads)) for beads in contents), "utf-8")


def prompt(options: First, codec: Codec, asked: Mapping[str, Any]) -> Beads | None:
    return tuple(map(int, options.first.split(","))) if options.first else None


def finish(options: Added, count: int, asked: Mapping[str, Any]) -> Finish:
    if options.note and options.note.exists():
        raise UsageError(f"--note {options.note}", "it is there already", "Name another place")

    def note(number: int, beads: Beads) -> Iterator[Path]:
        if options.note:
            options.note.write_text(f"{number}: {len(beads)}", "utf-8")
            yield options.note

    return Finish(lambda beads: tuple(bead + options.add for bead in beads), note)


FORM = Form(
    text=False,
    unit="bead",
    document="string",
    whole=lambda pieces: next(iter(pieces)),
    picture=lambda beads: "o" * len(beads),
    glimpse=lambda beads: f"{len(beads)} beads",
    digest=hash,
    audit=lambda path, options: ["it has a knot"] if path.name == "b.beads" else [],
    losses=lambda before, after, name: Counter({f"{name} kept" if before == after else "lost": 1}),
    prompt=Asking(First, prompt),
    finish=Asking(Added, finish),
    written=(".beads",),
)
BEADS = Domain("beads", "strings of beads", (".beads",), ("document",), "strung", Reading, read, write, str, form=FORM)


class Plugin:
    @hookimpl
    def seqgen_domains(self) -> list[Domain]:
        return [BEADS]

    @hookimpl
    def seqgen_tokenizers(self) -> list[type[Tokenizer]]:
        return [Strung]

    @hookimpl
    def seqgen_constraints(self) -> list[Rule]:
        return [Rule("exactly", "beads", ("strung",), Exactly, "so many beads", options=Counted)]


class Entry:
    name, group, dist, value = "beads", "seqgen", None, "beads"

    def load(self) -> Plugin:
        return Plugin()


@pytest.fixture
def beads(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:  # noqa: F811
    found: Any = [Entry(), *(each for each in entry_points(group="seqgen") if each.name == "chars")]
    for place in (root, seqgen.api.models, seqgen.api.asking):
        monkeypatch.setattr(place, "find", lambda **given: Plugins(found))
    (terminal.folder / "strings").mkdir()
    for name in "abc":
        lines = " ".join(",".join(str((i + k) % 5) for i in range(6)) for k in range(8))
        (terminal.folder / "strings" / f"{name}.beads").write_text(lines, "utf-8")
    return terminal


def trained(beads: Terminal) -> Terminal:
    said = beads("beads train strings --out beaded --steps 8 --width 32 --layers 1 --reset string")
    assert said.code == 0 and "beads to learn from" in said.err and "bits per bead on held-out strings" in said.err
    assert "Now try:  seqgen beads generate beaded --out string.beads" in said.err
    return beads


def test_a_wish_a_beginning_and_what_becomes_of_a_sample(beads: Terminal) -> None:
    said = trained(beads)("beads generate beaded --beads 7 --first 1,2 --add 10 --note n.txt --out new.beads")
    assert (said.code, said.out) == (0, "ooooooo\n"), said.err
    found = (beads.folder / "new.beads").read_text("utf-8").split(",")
    assert len(found) == 7 and found[:2] == ["11", "12"] and min(map(int, found)) >= 10
    assert (beads.folder / "n.txt").read_text("utf-8") == "0: 7"
    again = beads("beads generate beaded --note n.txt")
    assert again.code == 2 and "it is there already" in again.err
    (sample,) = seqgen.load("beaded").generate((1, 2), beads=4)
    assert sample.content[:2] == (1, 2) and len(sample.content) == 4
    for name in ("stop", "ban"):
        with pytest.raises(UsageError, match=f"--{name}: it is looked for in text"):
            next(seqgen.load("beaded").generate(**{name: ("1",)}))


def test_without_out_samples_are_shown(beads: Terminal) -> None:
    said = trained(beads)("beads generate beaded -n 2 --beads 3 --first 1")
    assert (said.code, said.out) == (0, "ooo\nooo\n")
    (shown,) = [json.loads(line) for line in beads("beads generate beaded --beads 3 --json").out.splitlines()]
    assert len(shown["content"]) == 3 and "text" not in shown


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("--ban 1", "there is none of that name"),
        ("--stop 1", "there is none of that name"),
        ("--free --beads 3", "knows nothing of beads"),
        ("--prompt 1", "there is none of that name"),
        ("--out new.txt", "no string is written to such a file"),
    ],
)
def test_what_is_for_text_alone_is_refused(beads: Terminal, asked: str, answer: str) -> None:
    said = trained(beads)(f"beads generate beaded {asked}")
    assert said.code == 2 and answer in said.err


def test_inspect_and_evaluate_tell_of_beads(beads: Terminal) -> None:
    said = trained(beads)("beads inspect strings")
    assert "  beads: 144" in said.out and "b.beads: it has a knot" in said.out and "strung kept 24" in said.out
    told = beads("beads evaluate beaded --samples 0")
    assert told.code == 0 and "bits/bead" in told.out and " per string" in told.out
    drawn = beads("beads score beaded strings/a.beads --heat a.html")
    assert drawn.code == 0 and drawn.out == "" and "bits; likeliest: " in (beads.folder / "a.html").read_text("utf-8")
    missing = beads("beads score beaded 1,2,3")
    assert missing.code == 2 and "no such file" in missing.err


def test_what_is_of_another_kind_of_content_is_refused(beads: Terminal) -> None:
    said = beads("beads generate run")
    assert said.code == 2 and "it is a model of chars" in said.err and "`seqgen chars`" in said.err
    assert beads("beads evaluate run").code == beads("beads score run strings/a.beads").code == 2


def test_a_corpus_of_nothing_says_so(beads: Terminal) -> None:
    (beads.folder / "none").mkdir()
    (beads.folder / "none" / "a.beads").write_text("", "utf-8")
    said = beads("beads train none --out no")
    assert said.code == 4 and "there is nothing in it" in said.err, said.err
