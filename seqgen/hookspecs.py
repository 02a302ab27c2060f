"""The hooks: everything that a plugin may offer, each with a whole plugin in its docstring.

A plugin is a module with functions of these names, made known by an entry point of the group `seqgen`:

    [project.entry-points.seqgen]
    morse = "seqgen_morse"

The built-in plugins are found in the same way and have no other door.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from seqgen.cells import Cell
    from seqgen.command import Command
    from seqgen.constraint import Rule
    from seqgen.domain import Domain, Reader
    from seqgen.metric import Metric
    from seqgen.specimens import Specimens
    from seqgen.tokenizer import Tokenizer

hookspec = pluggy.HookspecMarker("seqgen")
"""Marks what plugins may offer; for this module alone."""
hookimpl = pluggy.HookimplMarker("seqgen")
"""Marks the answer of a plugin: put it before each function that bears the name of a hook."""


@hookspec
def seqgen_domains() -> "Iterable[Domain]":  # type: ignore[empty-body]
    '''The kinds of content that this plugin reads and writes.

    A complete plugin for words separated by spaces, one document a line:

        from dataclasses import dataclass

        from seqgen.domain import Document, Domain
        from seqgen.hookspecs import hookimpl


        @dataclass(frozen=True)
        class Reading:
            """No options."""


        def read(path, options, notes):
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
                yield Document(f"{path.name}:{number}", line)


        def write(pieces, path):
            path.write_text("".join(pieces), "utf-8")


        SPACED = Domain(
            name="spaced",
            summary="words separated by spaces",
            suffixes=(".txt",),
            levels=("document",),
            tokenizer="spaced",
            options=Reading,
            read=read,
            write=write,
            show=repr,
        )


        @hookimpl
        def seqgen_domains():
            return [SPACED]
    '''


@hookspec
def seqgen_tokenizers() -> "Iterable[type[Tokenizer]]":  # type: ignore[empty-body]
    '''The ways this plugin turns content into symbols and back.

    A complete plugin, whose symbols are words with the space before them:

        import re
        from dataclasses import dataclass

        from seqgen.hookspecs import hookimpl
        from seqgen.tokenizer import Tokenizer


        @dataclass(frozen=True)
        class Spaced(Tokenizer):
            """One symbol a word, the space before it included."""

            name = "spaced"
            domain = "spaced"
            version = 1

            def split(self, content):
                return iter(re.findall(r" ?[^ ]+| ", content))

            def join(self, symbols):
                yield from symbols


        @hookimpl
        def seqgen_tokenizers():
            return [Spaced]
    '''


@hookspec
def seqgen_metrics() -> "Iterable[Metric]":  # type: ignore[empty-body]
    """Figures about content of a domain, which `evaluate` prints for what a model writes and for held-out content.

    A complete plugin, for words separated by spaces:

        from seqgen.hookspecs import hookimpl
        from seqgen.metric import Metric


        def word_length(excerpts, material):
            words = [word for excerpt in excerpts for word in "".join(excerpt.pieces).split()]
            return sum(map(len, words)) / len(words) if words else None


        LENGTH = Metric(
            name="word_length",
            domain="spaced",
            unit="letters",
            better="like held-out",
            measure=word_length,
            summary="in a word, on average",
        )


        @hookimpl
        def seqgen_metrics():
            return [LENGTH]
    """


@hookspec
def seqgen_constraints() -> "Iterable[Rule]":  # type: ignore[empty-body]
    '''What models may be kept to, by name; by default what this plugin's own tokenizers are kept to.

    A complete plugin, by which no word comes twice in a row:

        from seqgen.constraint import Constraint, Rule
        from seqgen.hookspecs import hookimpl


        class NoEcho(Constraint):
            """No symbol comes twice in a row; the state is the last one."""

            def step(self, state, symbol):
                return None if symbol == state else symbol


        NO_ECHO = Rule(
            name="no-echo",
            domain="spaced",
            tokenizers=("spaced",),
            make=lambda codec: NoEcho(),
            summary="no word comes twice in a row",
        )


        @hookimpl
        def seqgen_constraints():
            return [NO_ECHO]
    '''


@hookspec
def seqgen_cells() -> "Iterable[Cell]":  # type: ignore[empty-body]
    '''The cells that a stack may be made of, beside the built-in ones, by names of small letters, digits and hyphens.

    A complete plugin, with a memory that fades, each channel at a pace of its own:

        from seqgen import arrays
        from seqgen.cells import Cell
        from seqgen.hookspecs import hookimpl


        class Fading(Cell):
            """h' = f * h + (1 - f) * tanh(W x), where f = sigmoid(b)."""

            name = "fading"

            def shapes(self, inputs, width):
                return {"W": (width, inputs), "b": (width,)}

            def start(self, params, lanes):
                return (arrays.zeros(params["b"], (lanes, params["b"].shape[0])),)

            def step(self, params, x, state):
                (h,), f = state, arrays.sigmoid(params["b"])
                h = f * h + (1 - f) * arrays.tanh(x @ params["W"].T)
                return h, (h,)

            def output(self, state):
                return state[0]


        @hookimpl
        def seqgen_cells():
            return [Fading()]
    '''


@hookspec
def seqgen_specimens() -> "Iterable[Specimens]":  # type: ignore[empty-body]
    """What the checks of `seqgen plugin check` try this plugin's content on, and which of them are expected to fail.

    A complete plugin, for words separated by spaces:

        from seqgen.hookspecs import hookimpl
        from seqgen.specimens import Specimens


        def tales():
            yield "the cat sat by the door and the dog sat by the cat"
            yield "a dog  and a cat"


        @hookimpl
        def seqgen_specimens():
            return [Specimens("spaced", contents=tales)]
    """


@hookspec
def seqgen_commands() -> "Iterable[Command]":  # type: ignore[empty-body]
    '''Commands of a domain beside train, generate and the others that all have; those of its own plugin come first.

    A complete plugin, with a command `seqgen spaced count FILE`:

        from pathlib import Path

        from seqgen.command import Command
        from seqgen.hookspecs import hookimpl


        def count(file: Path, *, unique: bool = False) -> None:
            """Count the words of a file."""
            words = file.read_text("utf-8").split()
            print(len(set(words) if unique else words))


        @hookimpl
        def seqgen_commands():
            return [Command("count", "spaced", lambda: count)]
    '''


@hookspec
def seqgen_readers() -> "Iterable[Reader]":  # type: ignore[empty-body]
    '''Other ways to read files of a domain: by name, with --reader, or files that the domain itself does not read.

    A complete plugin, by which the domain of words separated by spaces reads subtitles:

        from seqgen.domain import Document, Reader
        from seqgen.hookspecs import hookimpl


        def read(path, options, notes):
            """A document a block: its number and its times are left out."""
            for number, block in enumerate(path.read_text("utf-8").split("\\n\\n"), start=1):
                yield Document(f"{path.name}:{number}", " ".join(block.split("\\n")[2:]))


        @hookimpl
        def seqgen_readers():
            return [Reader("subtitles", "spaced", (".srt",), read)]
    '''
