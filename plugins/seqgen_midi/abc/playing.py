"""Measures as they are played: repeats and endings run out, and bars put together where a repeat cuts one."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from seqgen_midi.abc.measures import Event, Measure
from seqgen_midi.abc.music import Found


class Bar(NamedTuple):
    """The events of a bar as played, how long they last in whole notes, and how long they should: 0 if they are free.

    `told`: it has another length than its metre, which is told, or is the pickup.
    """

    events: list[Event]
    length: Fraction
    due: Fraction
    told: bool


def played(measures: list[Measure], found: Found) -> list[Measure]:
    """The measures in the order in which they are played."""
    begins, order = _beginnings(measures), list[int]()
    at, part, turn = 0, 0, 1
    while at < len(measures):
        each = measures[at]
        if begins[at] != part:
            part, turn = begins[at], 1
        here = not each.endings or turn in each.endings
        order += [at] * here
        if here and turn < _turns(measures, at):
            at, turn = part, turn + 1
        else:
            at += 1
    for at in sorted(set(range(len(measures))) - set(order)):
        found.say(measures[at].events[0].line, "an ending is never played, for want of a repeat sign")
    return [measures[at] for at in order]


def _beginnings(measures: list[Measure]) -> list[int]:
    """Where a repeat goes back to, for each measure: where it is opened, else the last double bar line or end of a
    repeat, else the start of the tune (ABC 2.1, section 4.8)."""
    begins, begin, opened = list[int](), 0, False
    for at, each in enumerate(measures):
        before = measures[at - 1] if at else Measure()
        ended = before.times > 0 or bool(before.endings)
        if each.opens or (before.strong and not each.endings and (ended or not opened)):
            begin, opened = at, each.opens
        begins.append(begin)
    return begins


def _turns(measures: list[Measure], at: int) -> int:
    """How often the part that the measure ends is played; 0 if it ends none."""
    if not measures[at].times or not measures[at].endings:
        return measures[at].times
    numbers = set[int]()
    for each in measures[at:]:
        if not each.endings or each.opens:
            break
        numbers |= each.endings
    return max(numbers)


def bars(measures: Iterable[Measure], found: Found) -> Iterator[Bar]:
    """The bars of measures as played: a short one is joined with the next where a double bar line or a repeat parts
    them. The first bar (a pickup) and the last may be short; others that do not last as their metre says are told."""
    waiting = list[Event]()
    for at, (each, after) in enumerate(pairwise([*measures, Measure()])):
        events = waiting + each.events
        length, due = Measure(events).length, events[0].setting.metre.bar
        waiting = []
        if due and each.strong and length < due and length + after.length == due and after.events:
            waiting = events
            continue
        wrong = length != due > 0 and (length > due or bool(after.events))
        if wrong and at:
            found.say(each.events[0].line, f"a bar lasts {length} of a whole note, and its metre says {due}")
        yield Bar(events, length, due, wrong)
