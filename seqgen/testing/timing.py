"""The law of time: twice the content takes about twice as long."""

import gc
from collections import deque
from collections.abc import Callable, Iterable
from math import inf
from time import process_time

from seqgen.domain import Content
from seqgen.errors import shown
from seqgen.plugins.limit import TookTooLong, within_seconds
from seqgen.testing.law import law, require
from seqgen.testing.splitting import TokenizerCase
from seqgen.testing.stock import lengthened
from seqgen.tokenizer import Tokenizer

SMALLEST, LARGEST = 1 << 4, 1 << 17
"""The sizes between which a time is looked for that can be measured."""
MOST = 2.5
"""Times as long that content of twice the size may take."""
TRIES = 6
"""Measurements after which what is too slow is no accident."""
AGAIN = (2, 4)
"""Times the size at which it is looked at again."""
LONGEST = 1.0
"""Seconds that a work may take whose growth is looked at again."""
HANGING = 10.0
"""Seconds after which it is not waited for."""
AT_MOST = 10.0
"""Seconds that a million characters may take."""
Work = Callable[[Content], object]


@law("tokenizer", "linear time")
def linear(case: TokenizerCase) -> None:
    """Twice the content takes less than 2.5 times as long to encode and to count, however odd it is."""
    for name, grow in case.stock.families.items():
        for what, work in _works(case.plain, case).items():
            size, found = growth(work, grow, case.stock.effort.seconds)
            times = f"{found:.1f} times as long" if found < inf else f"more than {HANGING:g} s"
            there = f"{what} of {name}, {shown(grow(30))}, took {times} for {2 * size} as for {size}"
            require(found < MOST, there, "Look at each character a bounded number of times; beware of expressions")


@law("tokenizer", "speed", text_alone=True)
def speed(case: TokenizerCase) -> None:
    """A million characters like those of the samples take 10 s at most to encode, and to count."""
    content = lengthened(case.stock.contents)
    for what, work in _works(case.plain, case).items():
        found = min(_seconds(work, content) for _ in range(3)) * 10**6 / len(content)
        there = f"{what} took as long for {len(content)} characters as makes {found:.1f} s for a million"
        require(found <= AT_MOST, there, "Look for what is made anew for each symbol")


def _works(tokenizer: Tokenizer, case: TokenizerCase) -> dict[str, Work]:
    vocabulary = case.codec.vocabulary
    return {
        "encode": lambda content: _through(tokenizer.encode(content, vocabulary)),
        "count": tokenizer.count,
    }


def _through(pieces: Iterable[object]) -> None:
    """Ask for all of them, and keep none: lists that grow have a time of their own."""
    deque(pieces, maxlen=0)


def growth(work: Work, grow: Callable[[int], Content], least: float) -> tuple[int, float]:
    """A size whose work takes at least so many seconds, and how many times as long twice the size takes.

    Of several tries the least counts, for whatever else the machine does only ever adds; and what grows too fast does
    so at twice and four times the size as well, where memory is no longer new. What hangs takes infinitely longer than
    half of it.
    """
    size, content = SMALLEST, grow(SMALLEST)
    while (taken := _seconds(work, content)) < least and size < LARGEST:
        size *= 2
        content = grow(size)
    if taken == inf:
        return size // 2, inf
    found = _ratio(work, content, grow(2 * size))
    for times in AGAIN:
        if found >= MOST and times * found * least < LONGEST:
            found = min(found, _ratio(work, grow(times * size), grow(2 * times * size)))
    return size, found


def _ratio(work: Work, content: Content, double: Content) -> float:
    small = large = float("inf")
    for _ in range(TRIES):
        small, large = min(small, _seconds(work, content)), min(large, _seconds(work, double))
        if large < (MOST - 0.3) * small or large == inf:
            break
    return large / small


def _seconds(work: Work, content: Content) -> float:
    """The processor's time, garbage left lying; infinite for what hangs."""
    was = gc.isenabled()
    gc.disable()
    begun = process_time()
    try:
        within_seconds(HANGING, lambda: work(content))
        return process_time() - begun
    except TookTooLong:
        return inf
    finally:
        if was:
            gc.enable()
