"""ABC notation (standard 2.1), the subset for melodies, to scores.

What is read: the fields X T C O R M L Q K; notes, chords and rests with their lengths, accidentals, ties, broken
rhythms and tuplets; bar lines, repeats and endings, which are played out; changes of K, M, L and Q within a tune.
Of several voices the first is read. All else is skipped, and counted in the last message of its tune.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from seqgen_midi.abc import fields
from seqgen_midi.abc.fields import KeySignature, Signature
from seqgen_midi.abc.lexing import signs
from seqgen_midi.abc.measures import Setting
from seqgen_midi.abc.music import Found, Music
from seqgen_midi.abc.playing import bars, played
from seqgen_midi.abc.scoring import Scoring
from seqgen_midi.score import Score

LABELS = {"T": "title", "C": "composer", "O": "origin", "R": "rhythm"}
"""Fields that become labels as they are; "metre" and "key" come from M: and K:."""

_FIELD = re.compile(r"([A-Za-z+]):(?![|:\]])[ \t]*(.*)")
_VOICE = re.compile(r"\[V:[ \t]*([^\s\]]+)[^\]]*\](.*)")
_MUSIC = "KMLQ"

Line = tuple[int, str]
Tune = tuple[Score, dict[str, str], list[str]]


@dataclass
class _Text:
    """The lines of a tune by their numbers, and those behind its end that belong to none."""

    lines: list[Line]
    strays: list[int] = field(default_factory=list)


def read_abc(text: str) -> list[Tune]:
    """The tunes of a text: the score, its labels, and messages of what was not understood, with numbers of lines.

    A tune begins with `X:` and ends with an empty line. Ticks are 480 to a quarter, there is one track on channel 0,
    named by the title, and every note has velocity 80. A tune without a tempo gets one that suits its rhythm. A short
    first bar, and a bar of a wrong length, which is told, gets a metre of its own, so that bars lie where written.
    """
    return [_Reader().read(tune) for tune in _tunes(text)]


def _tunes(text: str) -> list[_Text]:
    """The tunes; fields before the first one hold for all."""
    common, tunes, within = list[Line](), list[_Text](), False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("X:"):
            tunes.append(_Text([*common, (number, line)]))
            within = True
        elif not line.strip():
            within = False
        elif within:
            tunes[-1].lines.append((number, line))
        elif tunes and not line.startswith("%"):
            tunes[-1].strays.append(number)
        elif _FIELD.match(line):
            common.append((number, line))
    return tunes


class _Reader:
    """Reads one tune: first its header, which K: ends, then its music."""

    def __init__(self) -> None:
        self.labels, self.found = dict[str, str](), Found()
        self._header: dict[str, Line] = {}
        self._music: Music | None = None
        self._voice, self._heard = "", True

    def read(self, tune: _Text) -> Tune:
        """The tune."""
        for number, line in tune.lines:
            self._line(number, line)
        scoring = Scoring(self.found)
        if self._music:
            scoring.take(bars(played(self._music.end(), self.found), self.found))
        return scoring.score(self.labels.get("title", "")), self.labels, self._messages(tune)

    def _line(self, number: int, line: str) -> None:
        if line.startswith("%%"):
            self.found.skipped["directives"] += 1
        text = re.split(r"(?<!\\)%", line)[0].rstrip()
        if match := _FIELD.fullmatch(text):
            self._field(number, *match.groups())
            return
        if match := _VOICE.fullmatch(text):
            self._turn_to(match.group(1))
            text = match.group(2)
        self._notes(number, text)

    def _notes(self, number: int, text: str) -> None:
        if not text:
            return
        if not self._music:
            self.found.say(number, "music before K: is left out")
        elif self._heard:
            self._music.read(number, signs(text))
        else:
            self.found.skipped["lines of other voices"] += 1

    def _field(self, number: int, letter: str, text: str) -> None:
        if letter in LABELS and (letter != "T" or "title" not in self.labels):
            self.labels[LABELS[letter]] = text
        elif letter == "V":
            self._turn_to((text.split() or [""])[0])
        elif letter in "wW":
            self.found.skipped["lines of lyrics"] += 1
        elif letter not in _MUSIC:
            self.found.skipped["other fields"] += letter != "X"
        elif self._music:
            self._change(self._music, letter, (number, text))
        else:
            self._header[letter] = (number, text)
            if letter == "K":
                self._begin()

    def _turn_to(self, voice: str) -> None:
        self._voice = self._voice or voice
        self._heard = voice == self._voice or not self._music

    def _change(self, music: Music, letter: str, line: Line) -> None:
        if not music.change(letter, line[1]):
            self.found.say(line[0], f"{letter}:{line[1]} is not understood")

    def _begin(self) -> None:
        """Begin the music with what the header says, in the order in which one field needs another."""
        micros = fields.pace(self.labels.get("rhythm", ""))
        music = Music(Setting(Signature(0, 1), Fraction(1, 8), KeySignature(), micros), self.found)
        for letter in "MLQK":
            if letter in self._header:
                self._change(music, letter, self._header[letter])
            elif letter == "L":
                music.change("L", str(fields.usual_length(music.setting.metre)))
        metre, key = music.setting.metre, music.setting.key
        said = {"metre": f"{metre.beats}/{metre.unit}" if metre.beats else "", "key": key.name}
        self.labels |= {name: text for name, text in said.items() if text}
        self._music = music

    def _messages(self, tune: _Text) -> list[str]:
        """What was said, and what was skipped."""
        for number in tune.strays:
            self.found.say(number, "text outside of the tunes is left out")
        if not self._music:
            self.found.say(tune.lines[-1][0], "the tune has no K:, and so no music")
        counts = [f"{count} {what}" for what, count in sorted(self.found.skipped.items()) if count]
        return self.found.messages + ([f"skipped: {', '.join(counts)}"] if counts else [])
