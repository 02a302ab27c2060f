"""A limit on the time that foreign code takes: in the main thread by an alarm, elsewhere by a thread that watches."""

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")

AGAIN = (1e-6, 2e-6, 4e-6, 8e-6, 1.2e-5, 1.6e-5, 2.4e-5, 3.2e-5, 5e-5, 1e-4, 1e-3, 2e-2)
"""Seconds between one ring and the next. Code that catches whatever is raised does so in one place of its loop; rings
at uneven moments hit the others too."""
HELD = 0.05
"""Seconds between rings while what others need too is being imported."""
PATIENT = 4
"""Rings that leave time to put things in order, where that is asked for."""
STUBBORN = 600
"""Rings after which nothing helps."""
LIMIT_EXIT = 6
REMEDY = "Find it by its absence, with SEQGEN_PLUGINS=a,b or --no-plugins, and uninstall it"


class TookTooLong(BaseException):
    """The time is up. No `Exception`, lest the code that takes so long catches it."""


def within_seconds(
    seconds: float, work: Callable[[], Result], *, own: str | None = None, patience: float = 0
) -> Result:
    """What `work` gives. Raises TookTooLong if it takes longer than that; 0 is for no limit.

    With `own`, a package, any other one that is being imported meanwhile is imported to its end first: half an import
    of an extension cannot be repeated. Code that hears no signal, such as a loop in C or, outside the main thread, a
    pause, comes to its end first too. Where `work` catches everything however often it is interrupted, or such an
    import does not end, the process ends: nothing else could be trusted to run in it.

    `patience` are the seconds between the first few rings, for work that has to put things in order when it is
    interrupted. A limit within a limit takes its time from the outer one.
    """
    if not seconds:
        return work()
    pauses = itertools.chain(itertools.repeat(patience, PATIENT if patience else 0), itertools.cycle(AGAIN))
    if hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread():
        return _Bell(seconds, own, pauses).over(work)
    return _watched(seconds, work, watch=_Watch(threading.get_ident(), own, pauses))


class _Bell:
    """An alarm that rings until the work is over."""

    def __init__(self, seconds: float, own: str | None, pauses: Iterator[float]) -> None:
        self._seconds, self._own, self._rings, self._over = seconds, own, 0, False
        self._pauses = pauses

    def over(self, work: Callable[[], Result]) -> Result:
        before = signal.signal(signal.SIGALRM, self._ring)
        left, interval = signal.setitimer(signal.ITIMER_REAL, self._seconds)
        begun = monotonic()
        try:
            return work()
        finally:
            self._over = True
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
            if left:
                signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - begun), AGAIN[0]), interval)
            if self._rings:
                raise TookTooLong

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._over:
            return
        busy = _is_busy(frame)
        shared = not busy and _is_shared(frame, self._own)
        self._rings += not busy
        _give_up_after(self._rings)
        signal.setitimer(signal.ITIMER_REAL, HELD if shared else next(self._pauses))
        if not busy and not shared:
            raise TookTooLong


def _is_busy(frame: FrameType | None) -> bool:
    """Whether no error may be raised here: among these lines it would leave the alarm on; while Python puts an import
    in order, it would be lost."""
    where = frame.f_code.co_filename if frame else ""
    return where == __file__ or where.startswith("<frozen importlib")


def _is_shared(frame: FrameType | None, own: str | None) -> bool:
    """Whether a module of another package than that is being imported, anywhere between here and the work."""
    while own is not None and frame is not None and frame.f_code.co_filename != __file__:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if frame.f_code.co_name == "<module>" and package != own:
            return True
        frame = frame.f_back
    return False


class _Watch:
    """A look, from time to time, at a thread that has taken too long."""

    def __init__(self, thread: int, own: str | None, pauses: Iterator[float]) -> None:
        self._thread, self._own, self._rings = thread, own, 0
        self._pauses = pauses
        self.late = False
        watch = self

        class Heard(TookTooLong):
            """Made only where it is raised: a pause does not hear."""

            def __init__(self) -> None:
                watch._rings += 1

        self._error = Heard

    def ring(self) -> float:
        """Interrupt it where it may be; gives the seconds until the next time."""
        self.late = True
        frame = sys._current_frames().get(self._thread)
        if _is_busy(frame):
            return next(self._pauses)
        if _is_shared(frame, self._own):
            self._rings += 1
            pause = HELD
        else:
            _raise_in(self._thread, self._error)
            pause = next(self._pauses)
        _give_up_after(self._rings)
        return pause


def _watched(seconds: float, work: Callable[[], Result], *, watch: _Watch) -> Result:
    """The work of this thread, which another one interrupts where it runs Python."""
    over = threading.Event()

    def look() -> None:
        pause = seconds
        while not over.wait(pause):
            pause = watch.ring()

    # The import of ctypes that this brings would, between a look and the ring, let the thread run on.
    _raise_in(threading.get_ident(), None)
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        try:
            return work()
        finally:
            over.set()
    finally:
        over.set()
        watcher.join()
        _raise_in(threading.get_ident(), None)
        if watch.late:
            raise TookTooLong


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise that where it next runs Python; None takes back what it has not raised yet."""
    import ctypes

    given: Any = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)


def _give_up_after(rings: int) -> None:
    if rings > STUBBORN:
        said = "one does not end, and catches whatever would end it or is importing what others need too"
        print(f"seqgen: loading plugins: {said}. {REMEDY}.", file=sys.__stderr__, flush=True)
        os._exit(LIMIT_EXIT)
