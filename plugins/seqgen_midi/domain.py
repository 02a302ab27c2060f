"""Music in files: pieces, sections, bars and beats."""

from seqgen.domain import Asking, Domain, Form
from seqgen_midi.filing import MidiOptions, audit, read, write
from seqgen_midi.finishing import Sounding, finish
from seqgen_midi.piece import digest, lost, whole
from seqgen_midi.priming import Opening, prime
from seqgen_midi.rendering.roll import roll
from seqgen_midi.rendering.summary import names
from seqgen_midi.score import Score

LEVELS = ("document", "section", "bar", "beat")

FORM = Form(
    text=False,
    kind=Score,
    unit="note",
    document="piece",
    whole=whole,
    picture=roll,
    glimpse=names,
    digest=digest,
    audit=audit,
    losses=lost,
    prompt=Asking(Opening, prime),
    finish=Asking(Sounding, finish),
    written=(".mid", ".midi"),
)
DOMAIN = Domain(
    name="midi",
    summary="music in MIDI files, and melodies in ABC notation",
    suffixes=(".mid", ".midi", ".kar", ".rmi", ".abc", ".MID", ".MIDI", ".KAR", ".RMI", ".ABC"),
    levels=LEVELS,
    tokenizer="events",
    options=MidiOptions,
    read=read,
    write=write,
    show=str,
    corpus="tunes",
    form=FORM,
)
