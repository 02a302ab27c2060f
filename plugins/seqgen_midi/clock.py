"""Ticks in seconds, exactly: whole numbers alone, so that nothing is rounded before it must be."""

from bisect import bisect_right
from collections.abc import Iterable

from seqgen_midi.score import TEMPO, Score, Tempo

MICROS = 1_000_000


class Clock:
    """The time of each tick under the tempos of a piece, counted in parts of a second, `parts` to one."""

    def __init__(self, division: int, tempos: Iterable[Tempo] = ()) -> None:
        self.parts = MICROS * division
        self._starts, self._times, self._micros = [0], [0], [TEMPO]
        for tempo in tempos:
            self._go_on(tempo)

    @classmethod
    def of(cls, score: Score) -> "Clock":
        """That of a score."""
        return cls(score.division, score.tempos)

    def at(self, tick: int) -> int:
        """The time of a tick."""
        index = bisect_right(self._starts, tick) - 1
        return self._times[index] + (tick - self._starts[index]) * self._micros[index]

    def step(self, tick: int, rate: int) -> int:
        """The nearest of so many steps a second, halves up."""
        return (2 * self.at(tick) * rate + self.parts) // (2 * self.parts)

    def _go_on(self, tempo: Tempo) -> None:
        time = self.at(tempo.start)
        if tempo.start == self._starts[-1]:
            self._micros[-1] = tempo.micros
        else:
            self._starts.append(tempo.start)
            self._times.append(time)
            self._micros.append(tempo.micros)
