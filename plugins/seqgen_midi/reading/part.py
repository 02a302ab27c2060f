"""What one track of a file holds."""

from collections.abc import Callable

from seqgen_midi.reading import kinds
from seqgen_midi.reading.lane import Lane, Raw
from seqgen_midi.reading.report import Tally
from seqgen_midi.score import Key, Metre, Tempo, Text, Track

NOTE_OFF, NOTE_ON = 0x80, 0x90

Quick = tuple[list[int], list[int], Callable[[Raw], None]]
"""Starts and velocities by pitch, and what takes a note that has ended."""


class Part:
    """Collects one track of a file: what is played, by channel, and what stands beside it."""

    def __init__(self, index: int) -> None:
        self.found = Tally(index)
        self.lanes = dict[int, Lane]()
        self.quick: list[Quick | None] = [None] * 256
        """By the status of notes: what the fast loop needs of the channel's lane, once there is one."""
        self.tempos, self.metres, self.keys, self.texts = list[Tempo](), list[Metre](), list[Key](), list[Text]()

    def lane(self, channel: int) -> Lane:
        """That of a channel."""
        if channel not in self.lanes:
            lane = self.lanes[channel] = Lane(channel, self.found)
            quick = (lane.starts, lane.velocities, lane.notes.append)
            self.quick[NOTE_ON | channel] = self.quick[NOTE_OFF | channel] = quick
        return self.lanes[channel]

    def close(self, tick: int, offset: int) -> None:
        """The track ends at this tick, and with it all that sounds."""
        if ended := sum(lane.end_all(tick) for lane in self.lanes.values()):
            self.found.add(kinds.NEVER_ENDED, offset, count=ended)

    def events(self) -> int:
        """How many there are that are kept."""
        beside = len(self.tempos) + len(self.metres) + len(self.keys) + len(self.texts)
        return beside + sum(lane.events() for lane in self.lanes.values())

    def tracks(self) -> tuple[Track, ...]:
        """A track for each channel that has events, named as the track of the file is. To be asked for once.

        The name is the first that stands at tick 0; any other, or any where no channel has events, stays a text.
        """
        lanes = [lane for _, lane in sorted(self.lanes.items()) if lane.events()]
        name = self._take_name() if lanes else ""
        return tuple(lane.track(name) for lane in lanes)

    def _take_name(self) -> str:
        for index, text in enumerate(self.texts):
            if text.start == 0 and text.kind == "name":
                return self.texts.pop(index).text
        return ""
