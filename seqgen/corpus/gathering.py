"""One piece of work for each of many things, several at a time."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

AT_ONCE = 8
GRACE = 1.0
"""Seconds that what is under way has to end by itself after Ctrl-C."""

_GLANCE = 0.1
"""Seconds between two looks at the workers: on some systems Ctrl-C is only seen in between."""


def for_each(things: Sequence[Thing], work: Callable[[Thing], object], *, told: Callable[[int], object]) -> None:
    """Do `work` for each thing, at most AT_ONCE together, and tell how many are done whenever one is.

    Once one has failed no other is begun; those under way are awaited, and of their errors that of the first thing is
    raised. Ctrl-C ends it whether or not they end. An only thing is done in the thread that asks.
    """
    gang = _Gang(things, work, told)
    if len(things) == 1:
        gang.labour()
    else:
        _await(gang, min(AT_ONCE, len(things)))
    if gang.failures:
        raise gang.failures[min(gang.failures)]


class _Gang(Generic[Thing]):
    """What the workers share."""

    def __init__(self, things: Sequence[Thing], work: Callable[[Thing], object], told: Callable[[int], object]) -> None:
        self._things, self._work, self._told = things, work, told
        self._waiting, self._lock, self._done = queue.SimpleQueue[int](), threading.Lock(), 0
        self.failures: dict[int, BaseException] = {}
        for place in range(len(things)):
            self._waiting.put(place)

    def labour(self) -> None:
        """Take one thing after the other, until none is left."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._do(self._waiting.get_nowait())

    def begin_no_more(self) -> None:
        """Leave what nobody has taken yet."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()

    def _do(self, place: int) -> None:
        try:
            self._work(self._things[place])
            with self._lock:
                self._done += 1
                self._told(self._done)
        except BaseException as error:
            self.failures[place] = error
            self.begin_no_more()


def _await(gang: _Gang[Thing], count: int) -> None:
    # A thread that hangs in a connection must not keep the process from ending.
    workers = [threading.Thread(target=gang.labour, daemon=True) for _ in range(count)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(_GLANCE)
    except BaseException:
        gang.begin_no_more()
        until = time.monotonic() + GRACE
        while any(worker.is_alive() for worker in workers) and time.monotonic() < until:
            time.sleep(_GLANCE)
        raise
