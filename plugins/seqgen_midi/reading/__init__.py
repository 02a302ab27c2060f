"""MIDI files, as they are found, to scores.

A file that is broken gives what is whole in it, and a report says what was wrong and what was done about it. Only what
is no MIDI at all, or is over a limit, is refused.
"""

from seqgen_midi.reading.files import read_bytes, read_file
from seqgen_midi.reading.options import Limits, Manner
from seqgen_midi.reading.report import Finding, Refused, Report

__all__ = ["Finding", "Limits", "Manner", "Refused", "Report", "read_bytes", "read_file"]
