"""`train`: learn a corpus, with a bar that says how it goes; Ctrl-C keeps what is done."""

import math
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen import plan
from seqgen.api.asking import Choices, Kinds, Request
from seqgen.api.folder import RunFolder
from seqgen.cli.arguments import CorpusName, Json, Mirror, say
from seqgen.cli.bar import Bar
from seqgen.cli.config import configured
from seqgen.cli.data import Trained, line
from seqgen.cli.options import with_given
from seqgen.domain import Domain, plural
from seqgen.errors import counted
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.session import Session

LONG = 2000
"""Characters above which a document is too long to be written whole as a first try."""
CHUNK = 1 << 20
"""Symbols looked through at a time."""

Out = Annotated[Path, typer.Option("--out", help="The folder to keep the run in: model, state, metrics, samples")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in that folder, exactly; start it if there is none")
]


def train_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""
    own: Any = domain.corpus or ...

    def train(
        corpus: CorpusName = own,
        *,
        out: Out,
        given: dict[str, Any],
        resume: Resume = False,
        mirror: Mirror = None,
        as_json: Json = False,
    ) -> None:
        """Learn a corpus.

        Sizes are chosen from the corpus and the budget unless they are given.
        """
        from seqgen.api.running import open_session

        request = Request.sort(corpus, domain.name, given, plugins=plugins)
        session = open_session(request, RunFolder(out), resume=resume, mirror=mirror, plugins=plugins)
        stopped = 0
        if session.record.ended:
            say(f"The run in {out} is finished: {session.record.ended}.")
        else:
            _announce(session)
            stopped = _follow(session)
            _conclude(session, out, stopped=stopped)
        print(line(_trained(session, out)) if as_json else "", end="")
        if stopped:
            raise typer.Exit(128 + stopped)

    kinds = Kinds.of(domain.name, plugins=plugins)
    asked = [*plan.GROUPS.values(), Choices, kinds.domain.options, kinds.tokenizer]
    return configured(with_given(train, asked, chosen=plan.SUGGESTED, also=plugins.tokenizers(domain.name)))


def _follow(session: "Session") -> int:
    """Train to the end, or to a signal: its number, 0 if none came."""
    from seqgen.api.running import follow

    with closing(follow(session)) as steps, Bar(session) as bar, _signals() as caught:
        for progress in steps:
            bar.show(progress)
            if caught:
                return caught[0]
    return 0


@contextmanager
def _signals() -> Iterator[list[int]]:
    """A list that the first Ctrl-C or SIGTERM enters; a second one ends the program at once."""
    caught: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def catch(number: int, frame: object) -> None:
        caught.append(number)
        for each, handler in before.items():
            signal.signal(each, handler)

    for number in before:
        signal.signal(number, catch)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(session: "Session") -> None:
    """What is about to be trained, and on what."""
    model, walk, store = session.plan.model, session.plan.train.walk, session.prepared.store
    for note, count in store.header.notes.items():
        say(f"{note}: {count:,}")
    symbols, kinds = store.characters("train"), len(store.codec.vocabulary.symbols)
    unit = session.prepared.domain.form.unit
    say(f"{session.prepared.corpus.name}: {symbols:,} {plural(unit)} to learn from, {counted(kinds, 'symbol')}.")
    shape = f"{model.cell} of {model.layers} x {model.width}, {walk.lanes} lanes x {walk.window} steps"
    say(f"{shape}, reset at {session.plan.reset}, {session.plan.train.machine.precision}.")
    if not _resets(session):
        say(f"No {session.plan.reset} begins within a document here: the state is cleared where documents begin.")
    left = session.training.lanes.left_out(len(session.ids) - 1)
    if left:
        say(f"About {left:,} symbols an epoch do not fill a window and are left out (--remainder keep keeps them).")


def _resets(session: "Session") -> bool:
    """Whether the level of the reset, if it is weaker than the document, occurs in the text that is learnt."""
    level, ids = session.plan.model.reset_level, session.ids
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return level < 1 or any(((chunk > 0) & (chunk <= level)).any() for chunk in chunks)


def _conclude(session: "Session", out: Path, *, stopped: int) -> None:
    """What came of it, and what to do next."""
    if stopped:
        say(f"Stopped at step {session.training.step}; saved. Go on with the same command and --resume.")
        return
    domain = session.prepared.domain
    form = domain.form
    if math.isfinite(session.best):
        what = "text" if form.text else plural(form.document)
        held = f"held-out {what}" if session.held else f"the training {what}"
        say(f"Best: {session.best / math.log(2):.3f} bits per {form.unit} on {held}, at step {session.best_step}.")
    if session.training.step != session.training.schedule.total:
        say(f"Ended before its time: {session.ended}.")
    store = session.prepared.store
    long = form.text and store.characters("train") > LONG * store.documents("train")
    more = " --length 400" if long else "" if form.text else f" --out {form.document}{domain.suffixes[0]}"
    say(f"Kept in {out}. Now try:  seqgen {domain.name} generate {out}{more}")


def _trained(session: "Session", out: Path) -> Trained:
    return Trained(
        folder=str(out),
        step=session.training.step,
        best_step=session.best_step,
        bits=session.best / math.log(2),
        unit=session.prepared.domain.form.unit,
        held_out=bool(session.held),
        ended=session.ended,
    )
