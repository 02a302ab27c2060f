"""Processes that train and are killed; run as `python -m tests.dying JOBS`, with JOBS as JSON.

A job is {"corpus", "out", "options", "deaths"}; for each of its deaths a process goes on with the run, and dies
without a word: after the step of that number, or, for "SAVE 2", where it would have saved its state the second time,
with the model saved already.
"""

import json
import os
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

from seqgen.api import training
from seqgen.api.folder import RunFolder


def die(*_: object) -> NoReturn:
    """End this process as a lost machine would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def live(job: dict[str, Any], death: int | str) -> None:
    """Train until death comes."""
    if isinstance(death, str):
        die_saving(int(death.removeprefix("SAVE ")))
    for progress in training(job["corpus"], out=job["out"], resume=True, **job["options"]):
        if progress.step == death:
            die()


def die_saving(time: int) -> None:
    """Let the state be saved less often than `time`, and die instead."""
    save, saved = RunFolder.save, iter(range(1, time))

    def last(folder: RunFolder, *given: Any) -> None:
        if next(saved, None) is None:
            die()
        save(folder, *given)

    setattr(RunFolder, "save", last)  # noqa: B010


def main(jobs: list[dict[str, Any]]) -> None:
    """Every death of every job, each in a process of its own."""
    import_module("torch._dynamo")  # the first step would; here it is done once for all
    for job in jobs:
        for death in job["deaths"]:
            child = os.fork()
            if not child:
                live(job, death)
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                sys.exit(f"{job['out']} outlived its death at {death}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
