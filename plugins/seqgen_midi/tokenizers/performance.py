"""The tokenizer whose symbols are keys going down and up in time, as on a piano, with no notion of bars.

After the event representation of Oore et al., "This Time with Feeling: Learning Expressive Musical Performance"
(2018), section 3.2, but that a velocity comes back as the middle of its bin, and that no pitch sounds twice at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from seqgen.records import flag, option, within
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_midi.clock import Clock
from seqgen_midi.marks import checked, marks
from seqgen_midi.playing import HOUR, Sound, played
from seqgen_midi.score import PITCHES, Note, Score, Track

ON, OFF, WAIT, LOUD = "on", "off", "w", "v"
LOUDEST = 127
PLAIN = 64
"""The velocity of a note of which none is said (MIDI 1.0)."""
FASTEST = 1000
"""Steps a second, at most."""
BEGINS = PITCHES
"""What tells beginnings from ends: at a step they come behind them."""
MARK = -1
"""What stands for a pitch where there is a boundary, which comes before both."""

Event = tuple[int, int, int, str]
"""Step; pitch, with BEGINS added where it begins, or MARK; the bin of its velocity; level of a boundary."""


@dataclass(frozen=True)
class Performance(Tokenizer):
    """Keys down and up at steps of time: `w50 v20 on60 w25 off60`.

    `w` waits so many steps, `v` says in which of the bins of velocity, counted from 1, the notes that follow lie, `on`
    and `off` are keys. All tracks but drums become one; tempos are played out and gone. At a step ends come first, then
    beginnings, both by rising pitch. Levels are positions only, for a piece that comes back has 120 quarters a minute,
    four in a bar. Law: `join` of `split` is `quantised`. Raises UsageError for an option out of its range.
    """

    name = "performance"
    domain = "midi"
    version = 1

    rate: int = option(100, "Steps of time in a second")
    longest: int = option(100, "Steps that one symbol waits, at most")
    velocities: int = option(32, "Bins of velocity, each of which comes back as its middle; 0 leaves velocity out")
    pedal: bool = option(True, "Let notes sound until the sustain pedal is let go")
    section_bars: int = option(4, "Bars of a section, where sections are marked")

    def __post_init__(self) -> None:
        """Check the options."""
        within(flag("rate"), self.rate, 1, FASTEST)
        within(flag("longest"), self.longest, 1, 10_000)
        within(flag("velocities"), self.velocities, 0, LOUDEST)
        checked(self.levels, self.section_bars)

    def split(self, content: Score) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary where something of that level begins, up to where the last note does."""
        now = said = 0
        for step, key, bin, level in self._events(content):
            if step > now:
                yield from self.waits(step - now)
                now = step
            if level:
                yield Boundary(level)
            elif key < BEGINS:
                yield f"{OFF}{key}"
            else:
                if bin != said:
                    yield f"{LOUD}{bin}"
                    said = bin
                yield f"{ON}{key - BEGINS}"

    def join(self, symbols: Iterable[str]) -> Iterator[Score]:
        """One piece, with a whole number of ticks in a step; notes that are still open end with it.

        An `on` of a pitch that sounds ends it first; an `off` of one that does not, and a note without time, are
        nothing.
        """
        keys = _Keys(HOUR * self.rate)
        velocity, meanings = self.middles[0], self.meanings
        for symbol in symbols:
            kind, number = meanings.get(symbol, ("", 0))
            if kind == WAIT:
                keys.wait(number)
            elif kind == LOUD:
                velocity = self.middles[number]
            elif kind:
                keys.end(number)
                if kind == ON:
                    keys.begin(number, velocity)
        yield _score(keys.let_go(), self.rate)

    def quantised(self, score: Score) -> Score:
        """What comes back of a piece."""
        sounds = played(score, self.rate, pedal=self.pedal)
        middled = (sound._replace(velocity=self.middles[self._bin(sound.velocity)]) for sound in sounds)
        return _score(middled, self.rate)

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        return tuple(self.meanings)

    def length(self, symbol: str) -> int:
        """1 for what begins a note, so that figures are per note."""
        return int(symbol.startswith(ON))

    def waits(self, steps: int) -> list[str]:
        """The symbols that wait so many steps: the longest as often as it goes, then the rest."""
        count, rest = divmod(steps, self.longest)
        return [f"{WAIT}{self.longest}"] * count + [f"{WAIT}{rest}"] * (rest > 0)

    @cached_property
    def meanings(self) -> dict[str, tuple[str, int]]:
        """What each symbol does, and its number."""
        numbers = {
            ON: range(PITCHES),
            OFF: range(PITCHES),
            WAIT: range(1, self.longest + 1),
            LOUD: range(1, self.velocities + 1),
        }
        return {f"{kind}{number}": (kind, number) for kind, each in numbers.items() for number in each}

    @cached_property
    def middles(self) -> list[int]:
        """The velocity that comes back for each bin, and first for none."""
        bins: list[list[int]] = [[] for _ in range(self.velocities + 1)]
        for velocity in range(1, LOUDEST + 1):
            bins[self._bin(velocity)].append(velocity)
        found = [(each[0] + each[-1]) // 2 for each in bins[1:]]
        return [found[self._bin(PLAIN) - 1] if found else PLAIN, *found]

    def _bin(self, velocity: int) -> int:
        return (velocity - 1) * self.velocities // LOUDEST + 1 if self.velocities else 0

    def _events(self, score: Score) -> list[Event]:
        sounds = played(score, self.rate, pedal=self.pedal)
        bins = [self._bin(velocity) for velocity in range(LOUDEST + 1)]
        events: list[Event] = [(start, pitch + BEGINS, bins[velocity], "") for start, pitch, velocity, _ in sounds]
        events += [(end, pitch, 0, "") for _, pitch, _, end in sounds]
        if self.levels and sounds:
            events += self._marks(score, sounds[-1].start)
        return sorted(events)

    def _marks(self, score: Score, last: int) -> Iterator[Event]:
        """The boundaries up to a step, one at each, the strongest."""
        step, strength, found = Clock.of(score).step, self.levels.index, dict[int, str]()
        for tick, level in marks(score, self.levels, section_bars=self.section_bars, until=score.end):
            at = step(tick, self.rate)
            if at > last:
                break
            if at and (at not in found or strength(level) < strength(found[at])):
                found[at] = level
        return ((at, MARK, 0, level) for at, level in found.items())


def _score(sounds: Iterable[Sound], rate: int) -> Score:
    """The piece of these sounds, in about a thousand ticks a second, half of them a quarter."""
    half = max(1, FASTEST // 2 // rate)
    ticks = 2 * half
    notes = tuple(Note(s.start * ticks, s.pitch, s.velocity, (s.end - s.start) * ticks) for s in sounds)
    return Score(rate * half, (Track(0, notes),) if notes else ())


class _Keys:
    """The keys of the piano while a piece is played; no two events are more than `farthest` steps apart."""

    def __init__(self, farthest: int) -> None:
        self._now, self._latest, self._farthest = 0, 0, farthest
        self._down: dict[int, tuple[int, int]] = {}
        self._sounds: list[Sound] = []

    def wait(self, steps: int) -> None:
        self._now = min(self._now + steps, self._latest + self._farthest)

    def begin(self, pitch: int, velocity: int) -> None:
        self._down[pitch] = self._now, velocity
        self._latest = self._now

    def end(self, pitch: int) -> None:
        """End the note of the pitch, if it sounds; it is none if it has not lasted a step."""
        start, velocity = self._down.pop(pitch, (self._now, 0))
        if start < self._now:
            self._sounds.append(Sound(start, pitch, velocity, self._now))
            self._latest = self._now

    def let_go(self) -> list[Sound]:
        """All notes in order, when the last of them have ended."""
        for pitch in [*self._down]:
            self.end(pitch)
        return sorted(self._sounds)
