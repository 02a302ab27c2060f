"""The progress of a run on stderr: a bar on a terminal, a line a validation elsewhere."""

import math
import os
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from seqgen.cli.manner import has_bar, now, say
from seqgen.domain import plural

if TYPE_CHECKING:
    from seqgen.api.running import Progress
    from seqgen.api.session import Session

LN2 = math.log(2)
EXCERPT = 60
"""Characters of a sample that are shown."""


class Bar:
    """Shows `Progress` as it comes."""

    def __init__(self, session: "Session") -> None:
        self._ratio, self._notes, self._noted = session.symbols_per_character, session.training.notes, 0
        form = session.prepared.domain.form
        self._unit, self._what = form.unit, "text" if form.text else plural(form.document)
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if has_bar():
            from rich.progress import BarColumn, Progress, TextColumn

            columns = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}")]
            self._bar = Progress(*columns, console=_console())
            self._bar.start()
            self._task = self._bar.add_task("training", total=None, figures="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: "Progress") -> None:
        """Move on."""
        for note in self._notes[self._noted :]:
            self._say(note)
        self._noted = len(self._notes)
        if self._bar is not None:
            self._bar.update(self._task, completed=progress.step, total=progress.total, figures=self._figures(progress))
        if progress.validation is not None:
            found = progress.validation
            best = ", the best so far" if found.best else ""
            where = f"{'held-out' if found.held_out else 'the training'} {self._what}"
            bits = f"{found.bits_per_character:.3f} bits per {self._unit} on {where}{best}"
            self._say(f"step {found.step:,}: {bits} · {self._figures(progress)}")
            excerpt = " / ".join(found.sample[:EXCERPT].splitlines()).rstrip(" .")
            if excerpt:
                self._say(f"    it writes: {excerpt} ...")

    def _figures(self, progress: "Progress") -> str:
        bits = progress.nats * self._ratio / LN2
        left = "" if progress.seconds_left is None else f" · {_time(progress.seconds_left)} left"
        return f"{bits:.3f} bits in training · {progress.symbols_per_second:,.0f} symbols/s{left}"

    def _say(self, message: str) -> None:
        if self._bar is not None:
            self._bar.console.print(message, markup=False, highlight=False)
        else:
            say(message)


def _console() -> Any:
    from rich.console import Console

    colours = now().colours(os.environ)
    return Console(stderr=True, force_terminal=True, color_system=colours, no_color=colours is None)


def _time(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
