"""`python -m seqgen_pgn games.pgn 100` writes as many games to learn from; those beside this package were made so."""

import sys
from pathlib import Path

from seqgen_pgn.domain import write
from seqgen_pgn.playing import play

write((f"{play(seed)}\n" for seed in range(int(sys.argv[2]))), Path(sys.argv[1]))
