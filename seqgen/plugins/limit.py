"""A limit on the time that foreign code takes: in the main thread by an alarm, elsewhere by a thread that watches."""

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")

AGAIN = (2e-5, 5e-5, 1e-4, 2e-4, 1e-3, 2e-2)
"""Seconds between one ring and the next. Code that catches whatever is raised does so in one place of its loop; rings
at uneven moments hit the others too."""
STUBBORN = 600
"""Rings after which nothing helps."""
LIMIT_EXIT = 6
REMEDY = "Find it by its absence, with SEQGEN_PLUGINS=a,b or --no-plugins, and uninstall it"


class TookTooLong(BaseException):
    """The time is up. No `Exception`, lest the code that takes so long catches it."""


def within_seconds(seconds: float, work: Callable[[], Result]) -> Result:
    """What `work` gives. Raises TookTooLong if it takes longer than that; 0 is for no limit.

    Code that hears no signal, such as a loop in C or, outside the main thread, a pause, comes to its end first. Where
    `work` catches everything however often it is interrupted, the process ends: nothing else in it would ever run.
    """
    if not seconds:
        return work()
    if hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread():
        return _Bell(seconds).over(work)
    return _watched(seconds, work)


class _Bell:
    """An alarm that rings until the work is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._rings, self._over = seconds, 0, False
        self._pauses = itertools.cycle(AGAIN)

    def over(self, work: Callable[[], Result]) -> Result:
        before = signal.signal(signal.SIGALRM, self._ring)
        left, interval = signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            return work()
        finally:
            self._over = True
            signal.setitimer(signal.ITIMER_REAL, left, interval)
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
            if self._rings:
                raise TookTooLong

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._over:
            return
        signal.setitimer(signal.ITIMER_REAL, next(self._pauses))
        # Raised among these lines it would leave the alarm on; while Python puts an import in order, it would be lost.
        where = frame.f_code.co_filename if frame else ""
        if where != __file__ and not where.startswith("<frozen importlib"):
            self._rings += 1
            _give_up_after(self._rings)
            raise TookTooLong


def _watched(seconds: float, work: Callable[[], Result]) -> Result:
    """The work of this thread, which another one interrupts where it runs Python."""
    worker, over = threading.get_ident(), threading.Event()
    rings = itertools.count(1)

    def watch() -> None:
        pause = seconds
        while not over.wait(pause):
            next(rings)
            _raise_in(worker, TookTooLong)
            pause = 0.02

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            return work()
        finally:
            over.set()
    finally:
        over.set()
        watcher.join()
        _raise_in(worker, None)
        if next(rings) > 1:
            raise TookTooLong


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise that where it next runs Python; None takes back what it has not raised yet."""
    import ctypes

    given: Any = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)


def _give_up_after(rings: int) -> None:
    if rings > STUBBORN:
        said = "one does not end, and catches whatever would end it"
        print(f"seqgen: loading plugins: {said}. {REMEDY}.", file=sys.__stderr__, flush=True)
        os._exit(LIMIT_EXIT)
