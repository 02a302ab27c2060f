"""Training as a user meets it: a request and a folder in, progress out."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqgen.api.asking import Request
from seqgen.api.folder import RunFolder, RunRecord
from seqgen.api.models import Model, load
from seqgen.api.preparing import prepare_request
from seqgen.api.session import Session, Validation, new_record
from seqgen.api.stacks import knowing
from seqgen.errors import CorpusError, UsageError
from seqgen.plugins import Plugins, find
from seqgen.records import to_json
from seqgen.training import Step
from seqgen.training import train as steps_of

MEASURED = 5.0
"""Seconds after which a budget in minutes is turned into steps."""
WARM = 5
"""Steps left out of the measure: the first ones make the kernels."""
EARLY = 1.0
"""Seconds before the first look."""
LOOKING = 0.03
"""The most of a budget in minutes that looking at held-out text may take."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands after an optimiser step.

    `nats` is the loss per scored symbol; `total` None as long as a budget in minutes is being measured.
    """

    step: int
    """How many steps there were."""
    total: int | None
    nats: float
    learning_rate: float
    """That of the step."""
    epoch: int
    """How often the training part was read whole."""
    symbols_per_second: float
    """Symbols read, validations left out."""
    seconds: float
    """How long the run has been training."""
    seconds_left: float | None
    """How long it will go on; None as long as that cannot be said."""
    validation: Validation | None = None
    """The look at held-out text after this step, if there was one."""


def train(corpus: str | Path, *, out: str | Path, **options: Any) -> Model:
    """Train a model in the folder `out` to the end, and give back the best one.

    Takes what `seqgen.api.training` takes: `domain`, `resume`, `mirror`, and as options the settings of a run
    (`minutes`, `width`, ...), `strategy`, `context`, `horizon`, `reset`, `split`, `seed`, and the options of reading
    and of the tokenizer: the names are those of `seqgen chars train --help`, with underscores.
    """
    for _ in training(corpus, out=out, **options):
        pass
    return load(out)


def training(
    corpus: str | Path,
    *,
    out: str | Path,
    domain: str = "chars",
    resume: bool = False,
    mirror: Path | None = None,
    **options: Any,
) -> Generator[Progress, None, None]:
    """Train a model in the folder `out`, one optimiser step at a time; closing the generator keeps the run for
    `resume`.

    `corpus` is a name, a file, a folder, a glob, or `-`. The options are the settings of a run (`minutes`, `width`,
    ...), those of the strategy (`strategy`, `context`, `horizon`), `reset`, `split`, `seed`, and those of reading
    and of the tokenizer.
    """
    request = Request.sort(corpus, domain, options)
    return follow(open_session(request, RunFolder(Path(out)), resume=resume, mirror=mirror))


def open_session(
    request: Request,
    folder: RunFolder,
    *,
    resume: bool = False,
    mirror: Path | None = None,
    plugins: Plugins | None = None,
) -> Session:
    """A new run in that folder, or the one that is there if it has been saved.

    Raises UsageError if one is there and resuming was not asked for, or it cannot be resumed.
    """
    plugins = plugins or find()
    record = folder.read(knowing=knowing(plugins))
    _require_room(folder, record, resume=resume)
    if record is None or not folder.state.exists():
        prepared = prepare_request(request, mirror=mirror, plugins=plugins)
        record = new_record(request, prepared)
        session = Session(prepared, folder, record)
        folder.begin(record)
        return session
    check_same(record.request, request, folder)
    prepared = prepare_request(replace(record.request, corpus=request.corpus), mirror=mirror, plugins=plugins)
    if sorted(prepared.hashes.values()) != sorted(record.corpus["files"].values()):
        there = _difference(record.corpus["files"], prepared.hashes)
        raise CorpusError(f"the corpus {request.corpus!r}", there, "Restore it, or train into another folder")
    session = Session(prepared, folder, record)
    session.resume()
    return session


def _require_room(folder: RunFolder, record: RunRecord | None, *, resume: bool) -> None:
    """Raise UsageError for a place in which a run can neither begin nor go on."""
    if folder.path.exists() and not folder.path.is_dir():
        raise UsageError(f"--out {folder.path}", "it is a file", "Name a folder")
    asked = "going on with a run" if resume else "a new run"
    if lacking := folder.lacking(record):
        there = f"{folder.path} has {lacking}, so it cannot be gone on with"
        raise UsageError(asked, there, "Choose another folder with --out")
    if record and not resume:
        there = f"{folder.path} holds a run already"
        raise UsageError(asked, there, "Add --resume to go on with it, or choose another folder with --out")


def check_same(was: Request, asked: Request, folder: RunFolder) -> None:
    """Raise UsageError unless everything `asked` for is as it `was`; what is left out may stay left out."""
    if asked.domain != was.domain:
        there = f"the run in {folder.path} is one of {was.domain}"
        raise UsageError(f"resuming with the domain {asked.domain}", there, f"Use `seqgen {was.domain} train`")
    for group in ("choices", "reading", "tokenizing", "settings"):
        before = getattr(was, group)
        for name, value in getattr(asked, group).items():
            if to_json(before.get(name)) != to_json(value):
                had = f"was begun with {before[name]!r}" if name in before else "was begun without it"
                there = f"the run in {folder.path} {had}"
                raise UsageError(
                    f"resuming with {name} = {value!r}", there, "Leave it out, or train into another folder"
                )


def _difference(was: dict[str, str], found: dict[str, str]) -> str:
    """The first file that differs, with both sides."""
    name = min(name for name in was | found if was.get(name) != found.get(name))
    before, now = (side[name][:12] + "..." if name in side else "absent" for side in (was, found))
    return f"the run began with {name} of SHA-256 {before}, and it is {now} now"


def follow(session: Session) -> Generator[Progress, None, None]:
    """Train to the end of the budget, looking and saving on the way."""
    clock = Clock(session)
    for step in steps_of(session.training, session.ids) if not session.ended else ():
        clock.tick(step)
        session.take(step)
        validation = _look(session, clock)
        try:
            yield clock.progress(step, validation)
        except GeneratorExit:
            session.save()
            raise
        if session.ended:
            break
    session.finish()


def _look(session: Session, clock: "Clock") -> Validation | None:
    """A look at held-out text where one is due, and the state saved.

    A budget in minutes has an early look, at a model that knows next to nothing, and one that turns it into steps.
    """
    unsettled = session.training.schedule.total is None
    if unsettled and clock.early():
        return clock.aside(session.look)
    if not (clock.measured() if unsettled else session.due()):
        return None
    began = time.perf_counter()
    found = session.look()
    if unsettled:
        _fix(session, clock, time.perf_counter() - began)
    session.save()
    return found


def _fix(session: Session, clock: "Clock", looking: float) -> None:
    """Settle the steps that the rest of a budget in minutes allows, if a look takes `looking` seconds."""
    looks = max(1, min(session.plan.train.checks.validations, int(LOOKING * clock.budget / looking)))
    left = clock.budget - clock.seconds - looks * looking
    session.fix(session.training.step + max(1, int(left * clock.rate)), looks)


class Clock:
    """Time, speed and loss since this session began."""

    def __init__(self, session: Session) -> None:
        self.session, self.began = session, time.perf_counter()
        self.budget = 60 * (session.plan.train.budget.minutes or 0.0)
        self.steps, self.symbols = 0, 0
        self.warm, self.rate, self.counted, self.looked = self.began, 0.0, -WARM, False

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.perf_counter() - self.began

    def tick(self, step: Step) -> None:
        """Count a step."""
        self.steps, self.symbols, self.counted = self.steps + 1, self.symbols + step.scored, self.counted + 1
        if self.counted == 0:
            self.warm = time.perf_counter()

    def early(self) -> bool:
        """Whether it is time for the early look; true once."""
        due = not self.looked and self.counted > 0 and self.seconds > min(EARLY, self.budget / 20)
        self.looked = self.looked or due
        return due

    def aside(self, look: Callable[[], Validation]) -> Validation:
        """A look that does not count in the measure of speed."""
        began = time.perf_counter()
        found = look()
        self.warm += time.perf_counter() - began
        return found

    def measured(self) -> bool:
        """Whether the speed is known well enough to fix the number of steps, or there may be no more of them anyway;
        keeps it as `rate`, in steps a second."""
        if self.session.training.step == self.session.most:
            return True
        if self.counted <= WARM or self.seconds < min(MEASURED, self.budget / 4):
            return False
        self.rate = self.counted / (time.perf_counter() - self.warm)
        return True

    def progress(self, step: Step, validation: Validation | None) -> Progress:
        """What to tell the caller."""
        total = self.session.training.schedule.total
        left = None if total is None else (total - step.number) * self.seconds / self.steps
        return Progress(
            step=step.number,
            total=total,
            nats=self.session.nats,
            learning_rate=step.learning_rate,
            epoch=step.position.epoch,
            symbols_per_second=self.symbols / self.seconds,
            seconds=self.seconds,
            seconds_left=left,
            validation=validation,
        )
