"""A run in memory: the plan, the training, the held-out text it is looked at with, and the folder it is kept in."""

import math
import platform
import re
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version

import numpy as np
import torch

from seqgen import __version__
from seqgen import plan as plans
from seqgen.api.asking import Request
from seqgen.api.folder import RunFolder, RunRecord
from seqgen.api.models import content_of
from seqgen.api.preparing import Prepared
from seqgen.checkpoint import Checkpoint
from seqgen.errors import UsageError
from seqgen.evaluation import Held, quick
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.lanes import WINDOW, Lanes
from seqgen.nn import Stack, keep_memory
from seqgen.nn.machine import pick_device, pick_precision, pick_threads, prepare, remarks
from seqgen.plan import Machine, Material, Plan
from seqgen.playing import Player
from seqgen.records import from_json, to_json
from seqgen.training import Schedule, Standing, Step, Training
from seqgen.vocabulary import Vocabulary

GLANCE = 50_000
"""Held-out characters that a look during training reads at most, whatever the symbols; `evaluate` reads them all."""

NOTES = 10
"""Lines in the metrics about the loss of training, for one about a look."""

HEED = {"cpu": 1, "cuda": 10}
"""Every how many steps the loss of training is read: a GPU works ahead, and reading waits for it."""


@dataclass(frozen=True)
class Validation:
    """A look after a `step` at held-out text, or, with `held_out` false, at the loss of training: nats per character.

    `best` says whether no look before was better, `sample` shows what the model writes.
    """

    step: int
    nats: float
    best: bool
    held_out: bool
    sample: str

    @property
    def bits_per_character(self) -> float:
        """The loss in bits, for each character of the held-out content."""
        return self.nats / math.log(2)


@dataclass(frozen=True)
class Kept:
    """What a session keeps beside the tensors of training."""

    training: Standing
    every: int
    best: float | None
    best_step: int
    worse: int
    nats: float


class Session:
    """Everything that a run holds; `look`, `fix` and `save` leave it whole."""

    def __init__(self, prepared: Prepared, folder: RunFolder, record: RunRecord) -> None:
        keep_memory()
        plan = record.plan
        machine = plan.train.machine
        torch.set_num_threads(machine.threads)
        prepare(machine.device)
        self.prepared, self.folder, self.record, self.plan = prepared, folder, record, plan
        self.ids = np.asarray(prepared.store.ids("train"))
        self.held = _held(prepared, plan)
        stack = Stack.fresh(plan.model, plan.train.seed, device=machine.device)
        lanes = _lanes(plan, prepared.store.codec.vocabulary)
        stack.expect(_counts(prepared, self.ids))
        self.training = Training(stack, plan.train, lanes, precision=machine.precision)
        self.training.notes += remarks(machine, model=plan.model, lanes=plan.train.walk.lanes)
        self.every, self.best, self.best_step, self.worse = 0, math.inf, 0, 0
        self.nats, self.ended = 0.0, record.ended
        self.documents = prepared.store.document_hashes()
        self._schedule()

    @cached_property
    def symbols_per_character(self) -> float:
        """Symbols of the training part for each of its characters, labels left out."""
        labels = np.count_nonzero(self.ids >= self.prepared.store.codec.vocabulary.first_label)
        return (len(self.ids) - int(labels)) / max(1, self.prepared.store.characters("train"))

    def take(self, step: Step) -> None:
        """Follow the loss of training, a mean over about the last fifty steps, and note it now and then.

        Raises UsageError if it is no number.
        """
        heed = HEED[self.plan.train.machine.device]
        if step.number == 1 or step.number % heed == 0:
            fading = max(0.0, min(0.98**heed, 1 - heed / step.number))
            self.nats = fading * self.nats + (1 - fading) * finite(step)
        if self.every and step.number % max(1, self.every // NOTES) == 0:
            bits = self.nats * self.symbols_per_character / math.log(2)
            training = {"nats": round(self.nats, 5), "learning_rate": round(step.learning_rate, 9)}
            training["bits_per_character"] = round(bits, 5)
            self.folder.note({"step": step.number, "training": training})

    def look(self) -> Validation:
        """Measure the model on held-out text (the training loss stands in where there is none), keep it if it is the
        best so far, and let it write a sample."""
        nats = self.nats * self.symbols_per_character
        if self.held:
            with self.training.precision():
                nats = quick(self.training.stack, self.held, self.plan.strategy)
        best = nats < self.best or self.held is None
        if best:
            self.best, self.best_step, self.worse = nats, self.training.step, 0
            self.folder.save_model(_checkpoint(self))
        else:
            self.worse += 1
        self._lose_patience()
        found = Validation(self.training.step, nats, best, self.held is not None, _sample(self))
        self._note(found)
        return found

    def fix(self, total: int, looks: int) -> None:
        """Settle the number of steps, as far as the budget allows so many, and how often to look."""
        total = total if self.most is None else min(total, self.most)
        self.training.schedule = Schedule(total, self.training.step)
        self.every = max(1, math.ceil((total - self.training.step) / looks))

    def due(self) -> bool:
        """Whether this step is one after which to look."""
        schedule = self.training.schedule
        return self.training.step == schedule.total or (self.training.step - schedule.steady) % self.every == 0

    def save(self) -> None:
        """Keep all that exact resume needs."""
        best = None if math.isinf(self.best) else self.best
        kept = Kept(self.training.standing(), self.every, best, self.best_step, self.worse, self.nats)
        self.folder.save(to_json(kept), self.training.tensors())

    def resume(self) -> None:
        """Go on from what `save` kept."""
        value, tensors = self.folder.load()
        kept = from_json(Kept, value, where=str(self.folder.state))
        self.training.restore(kept.training, tensors)
        self.every, self.best_step, self.worse, self.nats = kept.every, kept.best_step, kept.worse, kept.nats
        self.best = math.inf if kept.best is None else kept.best
        self._lose_patience()

    def finish(self) -> None:
        """Say in run.json how the run ended."""
        self.ended = self.ended or "the budget is used up"
        self.folder.write(replace(self.record, ended=self.ended))

    def _lose_patience(self) -> None:
        if 0 < self.plan.train.checks.patience <= self.worse and self.held:
            self.ended = f"no better validation in {self.worse} looks"

    def _schedule(self) -> None:
        """Find the most steps that the budget allows, None for as many as its minutes do, and settle them if it has no
        minutes."""
        budget, transitions = self.plan.train.budget, len(self.ids) - 1
        epochs = None if budget.epochs is None else self.training.lanes.windows(transitions, budget.epochs)
        self.most = min((end for end in (budget.steps, epochs) if end is not None), default=None)
        if self.most is not None and budget.minutes is None:
            self.fix(self.most, self.plan.train.checks.validations)

    def _note(self, found: Validation) -> None:
        nats, bits = round(found.nats, 5), round(found.bits_per_character, 5)
        metrics = {
            "step": found.step,
            "validation" if found.held_out else "training": {"nats": nats, "bits_per_character": bits},
            "best": found.best,
        }
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", found.sample)), default=0))
        title = f"## Step {found.step}: {bits:.3f} bits per {self.prepared.domain.form.unit}"
        self.folder.note(metrics, f"{title}\n\n{fence}text\n{found.sample}\n{fence}\n\n" if found.sample else "")


def _sample(session: Session) -> str:
    """What the model writes now, from the same seed each time."""
    length = session.plan.train.checks.sample_length
    if not length:
        return ""
    player = Player(session.plan.model, session.training.stack.arrays())
    settings = GenerateSettings(length=length, seed=session.plan.train.seed)
    codec, form = session.prepared.store.codec, session.prepared.domain.form
    drawn = generate(Solo(player, session.plan.strategy), codec, settings)
    return form.glimpse(content_of(codec, (each.id for each in drawn), form=form))


def _checkpoint(session: Session) -> Checkpoint:
    training = {
        "step": session.training.step,
        "symbols": len(session.ids),
        "nats": session.best,
        "seed": session.plan.train.seed,
    }
    corpus = {key: session.record.corpus[key] for key in ("name", "licence", "files")}
    domain = session.prepared.domain.name
    return Checkpoint(
        model=session.plan.model,
        params=session.training.stack.arrays(),
        codec=session.prepared.store.codec.to_json(),
        strategy=session.plan.strategy,
        reset=session.plan.reset,
        documents=session.documents,
        provenance={
            "seqgen": __version__,
            "domain": domain,
            "corpus": corpus,
            "training": training,
            "request": to_json(replace(session.record.request, corpus=session.prepared.corpus.name)),
        },
    )


def finite(step: Step) -> float:
    """The loss of a step. Raises UsageError if it is no number."""
    nats = step.nats
    if not math.isfinite(nats):
        remedy = "Train into another folder with a smaller --learning-rate, or with --precision float32"
        raise UsageError("training on", f"the loss of step {step.number} is {nats}", remedy)
    return nats


def new_record(request: Request, prepared: Prepared) -> RunRecord:
    """The record of a new run: everything chosen that was not asked for, device and precision included."""
    store = prepared.store
    plan = _planned(request, Material(len(store.ids("train")), store.codec.vocabulary))
    corpus = {"name": prepared.corpus.name, "licence": prepared.corpus.licence, "files": prepared.hashes}
    corpus["notes"] = store.header.notes
    versions = {"seqgen": __version__, "python": platform.python_version()}
    versions |= {name: version(name) for name in ("numpy", "torch")}
    return RunRecord(prepared.request, plan, corpus, versions)


def _planned(request: Request, material: Material) -> Plan:
    """The plan for this machine; what is chosen may depend on its device."""

    def make(**machine: str) -> Plan:
        settings = {**request.settings, **machine}
        return plans.make(settings, material, strategy=request.strategy, reset=request.reset, seed=request.seed)

    plan = make()
    device = pick_device(plan.train.machine.device)
    plan = make(device=device) if device == "cuda" else plan
    wished = plan.train.machine
    precision = pick_precision(wished.precision, device, model=plan.model, lanes=plan.train.walk.lanes)
    machine = Machine(device, precision, pick_threads(wished.threads))
    return replace(plan, train=replace(plan.train, machine=machine))


def _lanes(plan: Plan, vocabulary: Vocabulary) -> Lanes:
    walk = plan.train.walk
    return Lanes(
        count=walk.lanes,
        window=walk.window,
        strategy=plan.strategy,
        reset_level=plan.model.reset_level,
        carry=plan.reset != WINDOW,
        shuffle=walk.shuffle or bool(plan.strategy.context),
        keep=walk.remainder == "keep",
        seed=plan.train.seed,
        first_label=vocabulary.first_label,
    )


def _counts(prepared: Prepared, ids: np.ndarray) -> np.ndarray:
    """How often each symbol is to be predicted."""
    vocabulary = prepared.store.codec.vocabulary
    counts_V = np.bincount(ids, minlength=vocabulary.size)
    counts_V[vocabulary.first_label :] = 0
    return counts_V


def _held(prepared: Prepared, plan: Plan) -> Held | None:
    """What training looks at: the validation part, or as much of it as a glance takes in."""
    store = prepared.store
    if not store.header.parts["validation"].ids:
        return None
    glance = GLANCE // max(1, plan.strategy.context)
    ids = np.asarray(store.ids("validation")[:glance])
    read = int(np.searchsorted(store.codec.measure(ids).cumsum(), glance))
    return Held.of(ids[: read + 1], store.codec)
