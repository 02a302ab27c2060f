"""The events of a track, fast.

What a step does is the definition. The loop here does the same for notes, controllers and pitch bends that are well
formed and have a delta time of one or two bytes, which nearly all events are, and leaves all else to the step.
"""

from seqgen_midi.reading import kinds
from seqgen_midi.reading.lane import REST, SILENT
from seqgen_midi.reading.steps import CENTRE, NO_STATUS, Steps, check
from seqgen_midi.score import Bend, Control

SEGMENT = 1 << 16
"""Bytes after which the limits are looked at again."""
MARGIN = 5
"""Bytes of the longest event that the fast loop takes: two of delta time, the status, two of data."""
TWO_BYTES = (1 << 14) - 1
"""The longest delta time of two bytes."""


class TrackReader(Steps):
    """Reads one track into a Part."""

    fast = True

    def read(self, events: int) -> int:
        """All of it; gives the place at which it ends. Raises Refused for more events, or what is over a limit."""
        fast_stop = self.stop - MARGIN if self.fast and self.limits.delta >= TWO_BYTES else 0
        while self.position < self.stop and not self.over:
            origin, segment = self.position, min(self.stop, self.position + SEGMENT)
            numbers = list(self.data[origin : segment + MARGIN])  # indexed in half the time of bytes
            while self.position < segment and not self.over:
                if not self.stale and self.position < fast_stop:
                    self._rush(numbers, origin, stop=min(segment, fast_stop))
                if self.position < segment:
                    self.step()
            check(self.tick, self.limits.length, self.position, unit="ticks")
            check(self.part.events(), events, self.position, unit="events")
        self._finish()
        return self.position

    def _rush(self, data: list[int], origin: int, *, stop: int) -> None:
        """Events of the usual kinds, up to the first of another; the data are those from `origin` on."""
        place, tick, status, released, part = self.position - origin, self.tick, self.status, 0, self.part
        stop, quick = stop - origin, part.quick[status]
        while place < stop:
            now, at = data[place], place + 1
            if now > 127:
                if data[at] > 127:
                    break
                now, at = (now & 127) << 7 | data[at], at + 1
            now += tick
            first = data[at]
            if first > 127:
                if first >= NO_STATUS:
                    break
                status, first, at = first, data[at + 1], at + 1
                quick = part.quick[status]
            second = data[at + 1]
            if (first | second) > 127:
                break
            if quick:
                starts, velocities, add = quick
                start = starts[first]
                if second and status > 0x8F:
                    if start != SILENT:
                        break
                    starts[first], velocities[first] = now, second
                elif 0 <= start < now:
                    add((start, first, velocities[first], now - start))
                    starts[first] = SILENT
                    if second and second != REST:
                        released += 1
                else:
                    break
            elif not self._set(status, now, first, second):
                break
            place, tick = at + 2, now
        self.position, self.tick, self.status = origin + place, tick, status
        if released:
            part.found.dropped[kinds.RELEASE] += released

    def _set(self, status: int, now: int, first: int, second: int) -> bool:
        """A controller or a bend, where that is what it is."""
        kind, lane = status >> 4, self.part.lanes.get(status & 15)
        if lane is None or (kind == 0xB and first in kinds.SILENCED):
            return False
        if kind == 0xB:
            lane.controls.append(Control(now, first, second))
        elif kind == 0xE:
            lane.bends.append(Bend(now, (second << 7 | first) - CENTRE))
        return kind in (0xB, 0xE)

    def _finish(self) -> None:
        found, declared = self.part.found, self.extent.declared
        if not self.ends and not self.cut:
            found.add(kinds.CUT if declared > self.stop else kinds.NO_END, self.position)
        if self.position != declared and (self.ends or declared < self.stop):
            found.add(kinds.LENGTH, self.extent.start)
        self.part.close(self.tick, self.position)
