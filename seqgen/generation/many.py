"""Samples drawn side by side: one step of the model serves a symbol of each.

Lanes draw in lockstep. What is drawn waits in its sample until someone asks for it, and nothing is drawn before: so the
first sample can be shown while it is made. A lane whose sample has ended takes the next one; when half of the lanes
have none, the others go on alone.

Shapes: B lanes, T rows of a table, V vocabulary.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np

from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Spoken
from seqgen.errors import SeqgenError, UsageError
from seqgen.generation.draw import uniforms
from seqgen.generation.picking import Numbers, Picker
from seqgen.generation.reader import Read
from seqgen.generation.readers import Ids, Lanes, Mask, Readers
from seqgen.generation.settings import GenerateSettings
from seqgen.generation.stopping import Drawn, bounded, last_level, most
from seqgen.generation.tracks import ROWS, Beginnings, Dice, Row, Track
from seqgen.generation.voice import Resumed, Solo
from seqgen.store import MARK


def draws_apart(
    settings: GenerateSettings, prompts: Sequence[Prompt], *, constraints: Sequence[Constraint | None]
) -> bool:
    """Whether what may be drawn depends on what was drawn before, so that each lane needs samplers of its own."""
    limited = settings.ban or any(constraints) or any(prompt.follow for prompt in prompts)
    return bool(limited or settings.samplers.look_back)


class Many:
    """The samples behind these prompts, each with its constraint, drawn by lanes that have the weights of the voice's
    player.

    Sample k is what `generate` draws, but for the rounding of products in float32: those of many lanes are summed in
    another order than those of one. Where a random number falls that close to the border between two symbols, the
    samples part.
    """

    def __init__(
        self,
        voice: Solo | Resumed,
        lanes: Lanes,
        codec: Codec,
        settings: GenerateSettings,
        *,
        prompts: Sequence[Prompt],
        constraints: Sequence[Constraint | None],
    ) -> None:
        self._voice, self._codec, self._settings = voice, codec, settings
        self._prompts, self._constraints = prompts, constraints
        self._readers, self._pick = Readers(lanes, voice.strategy), Picker(settings.samplers, codec.vocabulary)
        self._symbol_of = [cast(Spoken, codec.vocabulary.symbol_of(id)) for id in range(codec.vocabulary.size)]
        self._again = max(lanes.settings.reset_level, MARK)
        self._level, self._most = last_level(settings, codec.vocabulary), most(settings)
        self._writer, self._beginnings = codec.tokenizer.writer(), Beginnings(voice, codec, settings)
        self._apart = draws_apart(settings, prompts, constraints=constraints)
        self._started, self._tracks = 0, dict[int, Track | SeqgenError]()
        self._lay_out([None] * lanes.lanes)
        self._dice, self._counts_2B = Dice(lanes.lanes), np.zeros((2, lanes.lanes), np.int64)

    def _lay_out(self, lanes: "list[Track | None]") -> None:
        """Make an empty table of what is drawn; lanes without a sample wait, as those do that are given something."""
        self._lanes, self._row = lanes, 0
        self._ids_TB, self._shares_TB = np.zeros((ROWS, len(lanes)), np.intp), np.zeros((ROWS, len(lanes)))
        self._waits_B = np.array([track is None or bool(track.given) for track in lanes])

    def sample(self, number: int) -> Iterator[Drawn]:
        """The symbols of that sample to where it ends, drawn when they are asked for. Each sample is given once.

        Raises UnknownName for a level that the vocabulary lacks, UsageError for a prompt that a constraint does not
        bear, when it allows nothing, and for a sample that is not there or no longer.
        """
        while number not in self._tracks:
            if not self._started <= number < len(self._prompts):
                there = f"each of the {len(self._prompts)} samples is given once"
                raise UsageError(f"sample {number}", there, "Keep what was drawn")
            self._advance() if self._started else self._fill()
        track = self._tracks.pop(number)
        if isinstance(track, SeqgenError):
            raise track
        symbols = self._symbols(track)
        if not (self._settings.stop or track.course.gate):
            return symbols
        return bounded(symbols, self._codec, self._settings, course=track.course)

    def _symbols(self, track: Track) -> Iterator[Drawn]:
        symbol_of = self._symbol_of
        while True:
            self._gather(track)
            for id, share in zip(track.ids, track.shares, strict=True):
                yield Drawn(id, symbol_of[id], share)
            track.ids, track.shares = [], []
            if track.failed:
                raise track.failed
            if track.over:
                return
            self._advance()

    def _gather(self, track: Track) -> None:
        """Put what a sample has in the table to the sample."""
        if not track.over:
            rows = slice(track.since, self._row)
            track.ids += self._ids_TB[rows, track.lane].tolist()
            track.shares += self._shares_TB[rows, track.lane].tolist()
            track.since = self._row

    def _advance(self) -> None:
        """One symbol more for each lane: what is drawn, or what is given."""
        draws_B = ~self._waits_B
        over_B = np.zeros_like(draws_B)
        if self._apart:
            ids_B, shares_B = self._drawn_apart(draws_B, over_B)
        else:
            ids_B, shares_B = self._readers.draw(self._dice.roll(draws_B), self._pick)
        self._ids_TB[self._row], self._shares_TB[self._row] = ids_B, shares_B
        over_B |= self._ended(ids_B, draws_B)
        self._row += 1
        begins_B = self._tell(ids_B, draws_B) if self._codec.vocabulary.labels else ~draws_B
        self._readers.read(ids_B, begins_B)
        if over_B.any():
            self._end(over_B)
        if self._row == ROWS:
            self._turn(np.arange(len(self._lanes)))

    def _drawn_apart(self, draws_B: Mask, over_B: Mask) -> tuple[Ids, Numbers]:
        """What lanes draw with samplers and constraints of their own; what is refused there ends its sample."""
        logits_BV, ids_B, shares_B = self._readers.logits(), np.zeros(len(draws_B), np.intp), np.zeros(len(draws_B))
        for lane in np.flatnonzero(draws_B).tolist():
            track = cast(Track, self._lanes[lane])
            cast(Row, track.course.reader).logits_V = logits_BV[lane]
            try:
                ids_B[lane], _, shares_B[lane] = next(track.drawing)
            except SeqgenError as why:
                self._gather(track)
                # Nothing was drawn, so there is no more to be gathered.
                track.failed, track.over = why, True
                over_B[lane] = True
        return ids_B, shares_B

    def _ended(self, ids_B: Ids, draws_B: Mask) -> Mask:
        """Whose sample ends with what it drew: the fast twin of `cut`, and of `hold_back` as far as it ends one."""
        content_B, count_B = self._counts_2B
        count_B += draws_B
        content_B += draws_B & (ids_B > self._codec.vocabulary.unknown)
        over_B: Mask = (ids_B <= self._level) | (count_B == self._most)
        if self._settings.length:
            over_B |= content_B == self._settings.length
        if self._settings.stop:
            for lane in np.flatnonzero(draws_B).tolist():
                each = Drawn(int(ids_B[lane]), self._symbol_of[ids_B[lane]], 0)
                over_B[lane] |= cast(Track, self._lanes[lane]).stops(each, self._settings.stop, self._writer)
        return over_B & draws_B

    def _tell(self, ids_B: Ids, draws_B: Mask) -> Mask:
        """Put what is given in place of what was drawn, and give labels behind a mark; whose block ends here."""
        ends_B = ~draws_B
        for lane in np.flatnonzero(ends_B | (ids_B <= self._again)).tolist():
            track = self._lanes[lane]
            if track and track.given:
                ids_B[lane] = track.given.popleft()
                track.since = self._row
            elif track and track.labels:
                self._gather(track)
                track.given.extend(track.labels)
                ends_B[lane] = True
            self._waits_B[lane] = not track or bool(track.given)
        return ends_B

    def _end(self, over_B: Mask) -> None:
        """Let the samples of these lanes end, and others begin there; or go on without the lanes, if they are many."""
        for lane in np.flatnonzero(over_B).tolist():
            track = cast(Track, self._lanes[lane])
            self._gather(track)
            track.over, self._lanes[lane], self._waits_B[lane] = True, None, True
        self._fill()
        busy = np.flatnonzero([track is not None for track in self._lanes])
        if 0 < len(busy) <= len(self._lanes) // 2:
            self._turn(busy)
            self._readers.keep(busy)
            self._dice.keep(busy)
            self._counts_2B = self._counts_2B[:, busy]

    def _turn(self, lanes: Ids) -> None:
        """Begin another table, with these lanes alone."""
        kept = [self._lanes[lane] for lane in lanes.tolist()]
        for lane, track in enumerate(kept):
            if track:
                self._gather(track)
                track.lane, track.since = lane, 0
        self._lay_out(kept)

    def _fill(self) -> None:
        """Let lanes that have no sample begin one, while there are any; those that begin alike together."""
        free = [lane for lane, track in enumerate(self._lanes) if track is None]
        alike: dict[int, tuple[Read, list[int]]] = {}
        while free and self._started < len(self._prompts):
            number, self._started = self._started, self._started + 1
            try:
                begun, read = self._beginnings.of(self._prompts[number], self._constraints[number], number)
            except SeqgenError as why:
                self._tracks[number] = why
                continue
            lane, numbers = free.pop(0), uniforms(self._settings.seed, number, start=begun.position)
            if not self._apart:
                self._dice.begin(lane, numbers)
            course = begun.copy(Row()) if self._apart else begun
            told = () if self._voice.strategy.context else read.labels
            state = self._writer.behind(course.spoken) if self._settings.stop else None
            track = Track(lane, course, told, course.drawn(numbers), state, since=self._row)
            self._tracks[number] = self._lanes[lane] = track
            self._waits_B[lane] = False
            alike.setdefault(id(read), (read, []))[1].append(lane)
        for read, lanes in alike.values():
            self._readers.resume(np.array(lanes), read)
            self._counts_2B[:, lanes] = 0
