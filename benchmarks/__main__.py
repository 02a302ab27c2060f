"""Run all benchmarks, or some, each in a process of its own: `python -m benchmarks [--only NAME ...] [--quick]`."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from benchmarks import NAMES
from benchmarks.measuring import ROOT, add_common


def main(arguments: Sequence[str]) -> int:
    """Print what each prints; 1 if one of them failed, whether or not goals were reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_common(parser)
    parser.add_argument("--only", action="append", choices=NAMES, help="this one; may be repeated")
    given = parser.parse_args(arguments)
    passed = [f"--{name}" for name in ("json", "rows", "quick") if getattr(given, name)]
    failed = [name for name in given.only or NAMES if run(name, passed)]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def run(name: str, options: Sequence[str]) -> int:
    """Run one; gives its exit code."""
    print(f"\n# {name}", file=sys.stderr, flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
