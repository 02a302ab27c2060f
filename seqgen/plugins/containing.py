"""Running what a plugin brings so that it harms nobody else: what it prints, how long it takes, what it changes."""

import contextlib
import io
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import FrameType
from typing import Any, TextIO, TypeVar

from seqgen.environment import seconds_of
from seqgen.plugins.limit import TookTooLong, within_seconds

TIMEOUT = "SEQGEN_PLUGIN_TIMEOUT"
"""The environment variable that says how many seconds a plugin may take to load; 0 is for no limit."""
SECONDS = 10.0
Result = TypeVar("Result")
_ALONE = threading.RLock()
"""Two that put back what the other has changed would leave it changed."""


class LeftOut(Exception):
    """Why a plugin is left out, in words that need no name of an error before them."""


def contained(
    work: Callable[[], Result], *, own: str | None = None, seconds: float | None = None, name: str = ""
) -> Result:
    """What `work` gives, run with all that it may have changed for others put back; one at a time, in all threads.

    `own`, if known, is the package that it brings: an import of any other is not cut short. `seconds` are those that
    it may take, 0 for no limit; by default, what the environment says.

    Put back are the working folder, the environment variables that there were, the streams and arguments of `sys`, the
    depth of recursion, the filters of warnings, the state of `random`, and the handlers of signals; what is printed
    meanwhile goes to stderr, by Python each line with the `name` of the plugin, if that is given. Raises whatever
    `work` does, LeftOut if it takes too long, and KeyboardInterrupt if a person asked for it, and only then.
    """
    seconds = seconds_allowed() if seconds is None else seconds
    with _ALONE, _everything_kept(name), _interrupts() as interrupted:
        try:
            return within_seconds(seconds, work, own=own)
        except TookTooLong:
            there = f"it did not load within {seconds:g} s ({TIMEOUT} allows another number)"
            raise LeftOut(there) from None
        except KeyboardInterrupt:
            if interrupted():
                raise
            raise LeftOut("it raised KeyboardInterrupt, and nobody had interrupted") from None
        finally:
            if interrupted():
                raise KeyboardInterrupt


def seconds_allowed() -> float:
    """How long a plugin may take to load. Raises UsageError where the environment says what is no number."""
    return seconds_of(TIMEOUT, SECONDS)


@contextlib.contextmanager
def _everything_kept(name: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        for kept in (_folder, _environment, _random, _system, _handlers):
            stack.callback(kept())
        stack.enter_context(_quiet(name))
        yield


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """stdout is for data: what is written there, even by C or another process, goes to stderr; stdin is empty."""
    before, own, sys.stdin = sys.stdin, _copy_of(1), io.StringIO()
    try:
        shown: Any = sys.stderr and _Open(sys.stderr, f"the plugin {name} prints: " if name else "")
        with contextlib.redirect_stdout(shown):
            if own is not None:
                os.dup2(2, 1)
            yield
    finally:
        sys.stdin = before
        if own is not None:
            _flush()
            os.dup2(own, 1)
            os.close(own)


class _Open:
    """A stream of which whoever closes it closes nothing, and of which each line begins with a text."""

    def __init__(self, stream: TextIO, before: str) -> None:
        self._stream, self._before, self._begins = stream, before, True

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            self._stream.write(self._before + line if self._begins else line)
            self._begins = line.endswith("\n")
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _copy_of(descriptor: int) -> int | None:
    _flush()
    try:
        os.fstat(2)
        return os.dup(descriptor)
    except OSError:
        return None


def _flush() -> None:
    with contextlib.suppress(Exception):
        if sys.__stdout__:
            sys.__stdout__.flush()


@contextlib.contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Gives what says whether Ctrl-C was pressed meanwhile; a plugin may raise KeyboardInterrupt by itself."""
    before, pressed = signal.getsignal(signal.SIGINT), threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        pressed.set()
        if callable(before):
            before(number, frame)

    if _is_main() and callable(before):
        signal.signal(signal.SIGINT, note)
    yield pressed.is_set


def _folder() -> Callable[[], None]:
    try:
        before = os.getcwd()
    except OSError:  # it was removed
        return lambda: None
    return lambda: None if _same(os.getcwd, before) else os.chdir(before)


def _same(now: Callable[[], object], before: object) -> bool:
    with contextlib.suppress(OSError):
        return now() == before
    return False


def _environment() -> Callable[[], None]:
    """New variables stay, but for seqgen's own: what set them may rely on them, and nobody else on their absence."""
    before = dict(os.environ)

    def restore() -> None:
        for name in os.environ.keys() - before.keys():
            if name.startswith("SEQGEN_"):
                del os.environ[name]
        os.environ.update({name: value for name, value in before.items() if os.environ.get(name) != value})

    return restore


def _random() -> Callable[[], None]:
    """Importing `random` takes longer than the help; where nobody has, nobody relies on its state."""
    random: Any = sys.modules.get("random")
    return partial(random.setstate, random.getstate()) if random else lambda: None


def _system() -> Callable[[], None]:
    kept = ("stdin", "stdout", "stderr", "excepthook", "displayhook")
    streams, arguments = {name: getattr(sys, name) for name in kept}, list(sys.argv)
    depth = sys.getrecursionlimit()

    def restore() -> None:
        vars(sys).update(streams)
        sys.argv[:] = arguments
        sys.setrecursionlimit(depth)

    return restore


def _handlers() -> Callable[[], None]:
    """What signals do; only the main thread may say so, so only there can it have been changed."""
    if not _is_main():
        return lambda: None
    kept: dict[signal.Signals, Any] = {each: signal.getsignal(each) for each in signal.valid_signals()}

    def restore() -> None:
        for each, handler in kept.items():
            if handler is not None and signal.getsignal(each) is not handler:
                signal.signal(each, handler)

    return restore


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
