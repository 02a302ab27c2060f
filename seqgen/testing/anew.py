"""The law of other processes: sets and hashes come in another order there.

As a program it reads, in JSON, the name of a tokenizer and texts, and tells a digest of what they are split into.
"""

import hashlib
import json
import os
import subprocess
import sys
from functools import reduce
from importlib import import_module
from typing import Any

from seqgen import records
from seqgen.domain import Document
from seqgen.errors import CheckFailed
from seqgen.testing.law import law, require
from seqgen.testing.splitting import TokenizerCase
from seqgen.tokenizer import Tokenizer


@law("tokenizer", "other processes", text_alone=True)
def other_processes(case: TokenizerCase) -> None:
    """Another process, with another order of sets, learns and splits the same."""
    if case.stock.effort.processes:
        names = case.kind.__module__, case.kind.__qualname__.split(".")
        job = json.dumps([names, case.stock.options, list(case.stock.contents)]).encode()
        found = {seed: _asked(job, seed, limit=case.stock.effort.limit / 2) for seed in ("1", "2")}
        there = f"with PYTHONHASHSEED=1 it gave {found['1'][:12]}, and with PYTHONHASHSEED=2 {found['2'][:12]}"
        require(len(set(found.values())) == 1, there, "Sort what comes out of a set, and never use hash")


def _asked(job: bytes, seed: str, *, limit: float) -> str:
    """The digest that a process with that seed of hashes tells within so many seconds."""
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=job, env=environment, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        there = f"with PYTHONHASHSEED={seed} the process did not end within {limit:g} s"
        raise CheckFailed("a law", there, "Look for what goes on until a set has some order") from None
    require(done.returncode == 0, f"the process ended with {done.stderr.decode()[-200:]!r}", "Let it be imported anew")
    return done.stdout.decode().strip()


def digest(tokenizer: Tokenizer, texts: list[str]) -> str:
    """What was learnt and what these are split into, in short."""
    found = hashlib.sha256(records.canonical(tokenizer.learnt()))
    found.update(repr([list(tokenizer.split(each)) for each in texts]).encode("utf-8", "surrogatepass"))
    found.update(repr(sorted(tokenizer.alphabet())).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def main() -> None:
    """What the other process does."""
    (module, path), options, texts = json.load(sys.stdin)
    kind: Any = reduce(getattr, path, import_module(module))
    print(digest(kind(**options).fit(Document(str(n), text) for n, text in enumerate(texts)), texts))


if __name__ == "__main__":
    main()
