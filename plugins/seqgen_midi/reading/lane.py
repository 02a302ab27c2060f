"""What one channel of one track holds, and the pairing of the beginnings and ends of its notes."""

from collections import deque
from itertools import repeat

from seqgen_midi.reading import kinds
from seqgen_midi.reading.report import Tally
from seqgen_midi.score import PITCHES, Bend, Control, Note, Program, Track

REST = 64
"""The velocity of a note's end that says nothing (MIDI 1.0)."""
SILENT, SEVERAL = -1, -2
"""What `starts` holds where no note of a pitch sounds, and where more than one does."""

_SILENCE = [SILENT] * PITCHES
Raw = tuple[int, int, int, int]


class Lane:
    """Collects the events of a channel.

    A pitch that is struck again while it sounds is several notes, and each end is that of the one that has sounded
    longest. `starts` and `velocities` are by pitch; of a pitch that sounds more than once `queues` has both, the oldest
    note first.
    """

    def __init__(self, channel: int, found: Tally) -> None:
        self.channel, self.found = channel, found
        self.notes, self.programs = list[Raw](), list[Program]()
        self.controls, self.bends = list[Control](), list[Bend]()
        self.starts, self.velocities = _SILENCE.copy(), [0] * PITCHES
        self.queues = dict[int, deque[tuple[int, int]]]()

    def strike(self, tick: int, pitch: int, *, velocity: int) -> None:
        """A note begins."""
        start = self.starts[pitch]
        if start == SILENT:
            self.starts[pitch], self.velocities[pitch] = tick, velocity
            return
        self.found.noted[kinds.OVERLAP] += 1
        if start != SEVERAL:
            self.queues[pitch] = deque([(start, self.velocities[pitch])])
            self.starts[pitch] = SEVERAL
        self.queues[pitch].append((tick, velocity))

    def release(self, tick: int, pitch: int, *, offset: int) -> None:
        """The oldest sounding note of a pitch ends."""
        if not self._end(tick, pitch):
            self.found.add(kinds.NO_NOTE, offset)

    def control(self, control: Control, offset: int) -> None:
        """A controller is set; two of them end all notes."""
        self.controls.append(control)
        if (kind := kinds.SILENCED.get(control.controller)) and (ended := self.end_all(control.start)):
            self.found.add(kind, offset, count=ended)

    def end_all(self, tick: int) -> int:
        """All sounding notes end here; gives how many those are."""
        ended = 0
        for pitch, start in enumerate(self.starts if self.starts != _SILENCE else ()):
            if start != SILENT:
                while self._end(tick, pitch):
                    ended += 1
        return ended

    def events(self) -> int:
        """How many there are that are kept."""
        return len(self.notes) + len(self.programs) + len(self.controls) + len(self.bends)

    def track(self, name: str) -> Track:
        """All of it, sorted, with this name."""
        # Half the time of calls of Note, without a check that nothing here needs.
        notes = tuple(map(tuple.__new__, repeat(Note), sorted(self.notes)))
        return Track(self.channel, notes, name, tuple(self.programs), tuple(self.controls), tuple(self.bends))

    def _end(self, tick: int, pitch: int) -> bool:
        """The oldest sounding note ends, if there is one."""
        start, velocity = self.starts[pitch], self.velocities[pitch]
        if start == SILENT:
            return False
        self.starts[pitch] = SILENT
        if start == SEVERAL:
            start, velocity = self._next_of(pitch)
        if start == tick:
            self.found.noted[kinds.NO_LENGTH] += 1
        self.notes.append((start, pitch, velocity, tick - start))
        return True

    def _next_of(self, pitch: int) -> tuple[int, int]:
        queue = self.queues[pitch]
        oldest = queue.popleft()
        if len(queue) == 1:
            self.starts[pitch], self.velocities[pitch] = self.queues.pop(pitch)[0]
        else:
            self.starts[pitch] = SEVERAL
        return oldest
