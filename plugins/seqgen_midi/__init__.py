"""Music in MIDI files, and melodies in ABC notation."""

from collections.abc import Callable, Iterable

from seqgen.command import Command
from seqgen.constraint import Rule
from seqgen.domain import Domain, Reader
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.specimens import Specimens
from seqgen.tokenizer import Tokenizer
from seqgen_midi.constraints import RULE
from seqgen_midi.domain import DOMAIN
from seqgen_midi.filing import ABC, audit, read
from seqgen_midi.metrics import METRICS
from seqgen_midi.specimens import SPECIMENS
from seqgen_midi.tokenizers.events import Events
from seqgen_midi.tokenizers.melody import Melody
from seqgen_midi.tokenizers.performance import Performance
from seqgen_midi.tokenizers.remi import Remi

__all__ = [
    "DOMAIN",
    "Events",
    "Melody",
    "Performance",
    "Remi",
    "seqgen_commands",
    "seqgen_constraints",
    "seqgen_domains",
    "seqgen_metrics",
    "seqgen_readers",
    "seqgen_specimens",
    "seqgen_tokenizers",
]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Music."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """One that keeps every tick, and three that keep what matters to them."""
    return [Events, Melody, Performance, Remi]


@hookimpl
def seqgen_constraints() -> Iterable[Rule]:
    """That music can be played, and what is asked of it."""
    return [RULE]


@hookimpl
def seqgen_metrics() -> Iterable[Metric]:
    """Keys, rhythm, texture, repetition, and what is new."""
    return METRICS


@hookimpl
def seqgen_commands() -> Iterable[Command]:
    """What can be done with music without a model."""
    return [Command("render", "midi", _render)]


def _render() -> Callable[..., None]:
    from seqgen_midi.command import command

    return command


@hookimpl
def seqgen_readers() -> Iterable[Reader]:
    """Melodies in ABC notation, as the domain reads them: the name to ask for where another plugin reads such files."""
    return [Reader("abc", DOMAIN.name, (ABC,), read, summary="melodies in ABC notation", audit=audit)]


@hookimpl
def seqgen_specimens() -> Iterable[Specimens]:
    """Music of one voice and of several, and how more of it is made."""
    return SPECIMENS
