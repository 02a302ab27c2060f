"""The command `seqgen`: one sub-app a plugin, found by metadata alone; errors are caught here, once.

Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 a fault of seqgen itself or a reader that went
away, 2 to 6 as in `seqgen.errors`, 130 interrupted.
"""

import contextlib
import errno
import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqgen.cli.manner import Manner, behaving
from seqgen.errors import LimitError, SeqgenError, UsageError
from seqgen.files import explained, unread

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code. Raises nothing."""
    with _every_stream():
        return _main(sys.argv[1:] if arguments is None else list(arguments))


def _main(given: list[str]) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file or a pipe holds UTF-8 on every platform. A terminal that lacks a character must not end the run.
        own = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=own, errors="backslashreplace")
    manner = Manner()
    try:
        manner = Manner.read(given, os.environ)
        with behaving(manner):
            code = _run(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _leave_quietly()
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BaseException as error:
        return _report(error, given, debug=manner.debug)


class _Unread(io.TextIOBase):
    """What nobody reads."""

    def write(self, text: str) -> int:
        if text:
            raise BrokenPipeError
        return 0


@contextlib.contextmanager
def _every_stream() -> Iterator[None]:
    """Within, a stream that was closed before the start is there: stdin holds nothing, stderr takes anything, and of
    stdout the reader went away."""
    with contextlib.ExitStack() as opened:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                # Its number is taken too, lest a file that is opened later gets what is written to it.
                nothing = opened.enter_context(open(os.devnull, mode, encoding="utf-8"))
                setattr(sys, name, _Unread() if name == "stdout" else nothing)
                opened.callback(setattr, sys, name, None)
        yield


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["completion"]:
        from seqgen.cli.completion import answer, asked

        # Answered before Typer is set to work, which takes longer than a person waits between two keys.
        if (words := asked(arguments)) is not None:
            answer(words)
            return 0
    import typer

    from seqgen.cli.refusing import is_help, refused, require_out
    from seqgen.cli.root import build

    require_out(arguments)
    try:
        code = build(arguments)(args=arguments, prog_name="seqgen", standalone_mode=False)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except typer.Abort as why:
        raise KeyboardInterrupt from why
    except typer.TyperException as why:
        if not is_help(why):
            raise refused(why, arguments) from why
        print(why.message)
        return UsageError.exit_code
    return code if isinstance(code, int) else 0


def _report(error: BaseException, arguments: Sequence[str], *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    known = _known(error)
    if "--json" in arguments:
        from seqgen.cli.data import failure, is_asked

        with contextlib.suppress(OSError):
            print(failure(known) if is_asked(arguments) else "", end="", flush=True)
    print(f"seqgen: {known}", file=sys.stderr)
    return known.exit_code


def _known(error: BaseException) -> SeqgenError:
    if isinstance(error, SeqgenError):
        return error
    if isinstance(error, MemoryError):
        return LimitError("this command", "the memory is used up", "Choose a smaller model, or fewer lanes")
    if isinstance(error, OSError):
        what = "writing or reading" if error.filename is None else str(error.filename)
        return unread(error, what) if error.errno != errno.ENOSPC else explained(error, Path(what))
    return _unexpected(error)


def _unexpected(error: BaseException) -> SeqgenError:
    from seqgen.plugins import find
    from seqgen.plugins.blaming import blamed, told

    with contextlib.suppress(SeqgenError):
        if theirs := blamed(error, find().entries):
            return theirs
    return SeqgenError(
        "an error that seqgen did not expect",
        told(error),
        "`seqgen --debug ...` shows where; please report it, with what `seqgen info` says",
    )


def _leave_quietly() -> None:
    # Python flushes stdout once more as it exits; give it somewhere to write.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
