"""What the symbols of the tokenizer `events` say, and the piece that they make."""

from dataclasses import dataclass, field

from seqgen_midi.score import DIVISION, LAST_TICK, Bend, Control, Key, Metre, Note, Program, Score, Tempo, Track
from seqgen_midi.tokenizers.numbers import BITS, part_of

DEEPEST = 8192
"""How far the pitch wheel goes down."""
PLAIN = 64
"""The velocity of a note of which none is said (MIDI 1.0)."""
PITCHES = tuple(f"p{pitch}" for pitch in range(128))
UNITS = tuple(f"/{1 << power}" for power in range(8))


def key_symbol(sharps: int, minor: bool) -> str:
    """The symbol of a key."""
    return f"s{sharps}{'m' if minor else ''}"


KEYS = {key_symbol(sharps, minor): (sharps, minor) for minor in (False, True) for sharps in range(-7, 8)}
"""What the symbol of each key means: sharps, and whether it is minor."""
_PITCH = {symbol: pitch for pitch, symbol in enumerate(PITCHES)}
_UNIT = {symbol: int(symbol[1:]) for symbol in UNITS}


@dataclass
class _Voice:
    """A track, and what its next note sounds with."""

    channel: int = 0
    velocity: int = PLAIN
    duration: int | None = None
    controller: int | None = None
    notes: list[Note] = field(default_factory=list)
    programs: dict[int, Program] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    bends: dict[int, Bend] = field(default_factory=dict)

    def track(self) -> Track:
        bends = list(self.bends.values())
        while bends and not bends[0].value:
            del bends[0]
        notes, programs = tuple(sorted(self.notes)), tuple(self.programs.values())
        return Track(self.channel, notes, "", programs, tuple(self.controls), tuple(bends))


class Joining:
    """Symbols said so far: `say` takes the next, whatever it is, and `score` is the piece when none is left."""

    def __init__(self) -> None:
        self._division, self._now, self._beats = DIVISION, 0, 0
        self._voice = _Voice()
        self._voices = {0: self._voice}
        self._tempos: dict[int, Tempo] = {}
        self._metres: dict[int, Metre] = {}
        self._keys: dict[int, Key] = {}
        self._kind, self._number, self._below = "", 0, 0

    def say(self, symbol: str) -> None:
        """Take a symbol; a number is known only when another one comes."""
        part = part_of(symbol)
        if part is None:
            self._settle()
            self._mean(symbol)
        elif part.kind == self._kind and 0 < part.value < self._below:
            self._number, self._below = self._number + part.value, part.value
        else:
            self._settle()
            self._kind, self._number, self._below = part

    def score(self) -> Score:
        """The piece."""
        self._settle()
        tracks = (voice.track() for _, voice in sorted(self._voices.items()) if voice.notes)
        tempos, metres = tuple(self._tempos.values()), tuple(self._metres.values())
        return Score(self._division, tuple(tracks), tempos, metres, tuple(self._keys.values()))

    def _mean(self, symbol: str) -> None:
        """What is no number."""
        voice, now = self._voice, self._now
        if symbol in _PITCH:
            duration = self._division if voice.duration is None else voice.duration
            voice.notes.append(Note(now, _PITCH[symbol], voice.velocity, min(duration, LAST_TICK - now)))
        elif symbol in _UNIT and self._beats:
            self._metres[now] = Metre(now, self._beats, _UNIT[symbol])
        elif symbol in KEYS:
            self._keys[now] = Key(now, *KEYS[symbol])
        self._beats = 0

    def _settle(self) -> None:
        """Do what the number that has been said means."""
        kind, number, now, voice = self._kind, self._number, self._now, self._voice
        self._kind = ""
        if not kind or not number < 1 << BITS[kind]:
            return
        match kind:
            case "t":
                self._now = min(now + number, LAST_TICK)
            case "d":
                voice.duration = number
            case "v" if number:
                voice.velocity = number
            case "k":
                self._voice = self._voices.setdefault(number, _Voice())
            case "c":
                voice.channel = number
            case "i":
                voice.programs[now] = Program(now, number)
            case "x" if number:
                self._division = number
            case "q" if number:
                self._tempos[now] = Tempo(now, number)
            case "m":
                self._beats = number
            case "o":
                voice.controller = number
            case "u" if voice.controller is not None:
                voice.controls.append(Control(now, voice.controller, number))
                voice.controller = None
            case "b" | "f":
                voice.bends[now] = Bend(now, number if kind == "b" else -min(number, DEEPEST))
