"""Meta events: what stands in a track beside what is played."""

from collections.abc import Callable

from seqgen_midi.reading import kinds
from seqgen_midi.reading.part import Part
from seqgen_midi.score import MOST_SHARPS, Key, Metre, Tempo, Text

END_OF_TRACK = 0x2F
TEMPO, METRE, KEY = 0x51, 0x58, 0x59
LENGTHS = {0x00: 2, 0x20: 1, 0x21: 1, END_OF_TRACK: 0, TEMPO: 3, 0x54: 5, METRE: 4, KEY: 2}
"""How many bytes the kinds of one length have."""
TEXTS = {1: "text", 2: "copyright", 3: "name", 4: "instrument", 5: "lyric", 6: "marker", 7: "cue"}
DROPPED = {
    0x00: "sequence numbers",
    0x20: "channel prefixes",
    0x21: "ports",
    0x54: "SMPTE offsets",
    0x7F: "sequencer-specific events",
}
OTHER_TEXTS = range(0x08, 0x10)
SMALLEST_UNIT = 7
"""As a power of 2: a bar may be counted in 1/128 notes, and in nothing shorter."""


class Metas:
    """Puts the meta events of one track where they belong."""

    def __init__(self, part: Part, charset: str) -> None:
        self.part, self.charset = part, charset
        self._takers: dict[int, Callable[[int, bytes, int], None]] = {
            TEMPO: self._tempo,
            METRE: self._metre,
            KEY: self._key,
        }

    def take(self, kind: int, data: bytes, *, tick: int, offset: int) -> None:
        """A meta event of this kind, whole."""
        if kind in TEXTS:
            self.part.texts.append(Text(tick, TEXTS[kind], self._decoded(data)))
        elif kind in self._takers:
            self._measured(kind, data, tick, offset)
        else:
            other = "texts of other kinds" if kind in OTHER_TEXTS else "unknown meta events"
            self.part.found.dropped[DROPPED.get(kind, other)] += 1

    def _measured(self, kind: int, data: bytes, tick: int, offset: int) -> None:
        if len(data) < LENGTHS[kind]:
            self.part.found.add(kinds.SHORT, offset)
            return
        if len(data) > LENGTHS[kind]:
            self.part.found.add(kinds.LONG, offset)
        self._takers[kind](tick, data, offset)

    def _tempo(self, tick: int, data: bytes, offset: int) -> None:
        if micros := int.from_bytes(data[:3], "big"):
            self.part.tempos.append(Tempo(tick, micros))
        else:
            self.part.found.add(kinds.TEMPO, offset)

    def _metre(self, tick: int, data: bytes, offset: int) -> None:
        beats, unit = data[0], data[1]
        if not beats or unit > SMALLEST_UNIT:
            self.part.found.add(kinds.METRE, offset)
            return
        if data[3] != 8:
            self.part.found.dropped["quarters that are not eight 1/32 notes"] += 1
        self.part.metres.append(Metre(tick, beats, 1 << unit))

    def _key(self, tick: int, data: bytes, offset: int) -> None:
        sharps = data[0] - 256 if data[0] > 127 else data[0]
        if abs(sharps) > MOST_SHARPS or data[1] > 1:
            self.part.found.add(kinds.KEY, offset)
        else:
            self.part.keys.append(Key(tick, sharps, data[1] == 1))

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self.charset)
        except ValueError:
            self.part.found.noted[kinds.LATIN] += 1
            return data.decode("latin-1")
