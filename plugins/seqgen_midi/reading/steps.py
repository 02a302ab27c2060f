"""One event of a track after another, whatever the bytes are: the definition of how they are read."""

from seqgen_midi.reading import kinds
from seqgen_midi.reading.chunks import TRACK, Extent
from seqgen_midi.reading.cursor import Cursor, CutOff
from seqgen_midi.reading.lane import REST
from seqgen_midi.reading.metas import END_OF_TRACK, LENGTHS, Metas
from seqgen_midi.reading.options import Limits
from seqgen_midi.reading.part import Part
from seqgen_midi.reading.report import Refused
from seqgen_midi.score import Bend, Control, Program

NO_STATUS = 0xF0
SYSEX, ESCAPE, META = 0xF0, 0xF7, 0xFF
SYSTEM = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0}
"""How many data bytes the system common messages have."""
REALTIME = (0xF8, 0xFA, 0xFB, 0xFC, 0xFE)
CENTRE = 8192
"""What the pitch wheel says at rest."""


def check(number: int, most: int, place: int, *, unit: str) -> None:
    """Raise Refused for more than a limit."""
    if number > most:
        there = f"{number} {unit} at byte {place}, and the limit is {most}"
        raise Refused("reading MIDI", there, "Raise the limit, if the file is meant to be like that")


class Steps(Cursor):
    """Takes one event at a time into a Part."""

    def __init__(self, data: bytes, extent: Extent, part: Part, *, charset: str, limits: Limits) -> None:
        super().__init__(data, extent.start, extent.stop)
        self.extent, self.part, self.metas, self.limits = extent, part, Metas(part, charset), limits
        self.tick, self.status, self.stale = 0, NO_STATUS, False
        self.ends, self.cut, self.over = 0, False, False

    def step(self) -> None:
        """The next event, whatever it is; of one that is not whole, nothing."""
        start, tick = self.position, self.tick
        try:
            self._event(start)
        except CutOff:
            self.position, self.tick, self.cut = self.stop, tick, True
            self.part.found.add(kinds.CUT, start)

    def _event(self, start: int) -> None:
        delta, long = self.number()
        check(delta, self.limits.delta, start, unit="ticks in one delta time")
        if long:
            self.part.found.add(kinds.DELTA, start)
        self.tick += delta
        status = self._status(start)
        if status < NO_STATUS:
            self._play(status, start)
        elif status == META:
            self._meta(start)
        else:
            self._system(status, start)

    def _status(self, start: int) -> int:
        status = self.byte()
        if status > 127:
            return status
        if self.status != NO_STATUS:
            self.position -= 1
            if self.stale:
                self.part.found.add(kinds.RUNNING, start)
            return self.status
        self.part.found.add(kinds.STRAY, start)
        while (status := self.byte()) < 128:
            pass
        return status

    def _play(self, status: int, start: int) -> None:
        self.status, self.stale = status, False
        kind, lane = status >> 4, self.part.lane(status & 15)
        first = self._datum()
        second = 0 if kind in (0xC, 0xD) else self._datum()
        if kind == 0x9 and second:
            lane.strike(self.tick, first, velocity=second)
        elif kind <= 0x9:
            lane.release(self.tick, first, offset=start)
            self._drop(kinds.RELEASE, second not in (0, REST))
        elif kind == 0xB:
            lane.control(Control(self.tick, first, second), start)
        elif kind == 0xC:
            lane.programs.append(Program(self.tick, first))
        elif kind == 0xE:
            lane.bends.append(Bend(self.tick, (second << 7 | first) - CENTRE))
        else:
            self._drop("aftertouch of a channel" if kind == 0xD else "aftertouch of a key")

    def _datum(self) -> int:
        byte = self.byte()
        if byte > 127:
            self.part.found.add(kinds.DATA, self.position - 1)
        return min(byte, 127)

    def _drop(self, what: str, one: bool = True) -> None:
        if one:
            self.part.found.dropped[what] += 1

    def _meta(self, start: int) -> None:
        kind, (length, _) = self.byte(), self.number()
        self.stale = True
        if length > self.stop - self.position:
            length = LENGTHS.get(kind, length)
            if length > self.stop - self.position:
                raise CutOff
            self.part.found.add(kinds.META_LENGTH, start)
        data = self.data[self.position : self.position + length]
        self.position += length
        if kind == END_OF_TRACK:
            self._end_of_track(start)
        else:
            self.metas.take(kind, data, tick=self.tick, offset=start)

    def _end_of_track(self, start: int) -> None:
        """Only the end of the chunk ends it for certain; where that is not known, this does."""
        self.ends += 1
        if self.position == self.stop:
            return
        if not self.extent.sure or self.data.startswith(TRACK, self.position):
            self.over = True
        elif self.ends == 1 and not self.data[self.position : self.stop].strip(b"\0"):
            self.part.found.add(kinds.PADDED, self.position)
            self.position = self.stop
        else:
            self.part.found.add(kinds.EARLY_END, start)

    def _system(self, status: int, start: int) -> None:
        if status in REALTIME:
            self.part.found.add(kinds.REALTIME, start)
            return
        self.stale = True
        if status in (SYSEX, ESCAPE):
            self._sysex(start)
        elif status in SYSTEM:
            self.part.found.add(kinds.SYSTEM, start)
            for _ in range(SYSTEM[status]):
                self.byte()
        else:
            self.part.found.add(kinds.UNDEFINED, start)

    def _sysex(self, start: int) -> None:
        length, _ = self.number()
        end = self.position + length
        if end > self.stop:
            end = self.data.find(ESCAPE, self.position, self.stop) + 1
            if not end:
                raise CutOff
            self.part.found.add(kinds.SYSEX_LENGTH, start)
        self.position = end
        self._drop("system exclusive events")
