"""Sound as a WAV file: 16 bits, two channels."""

import io
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqgen.files import write_atomically

Block = NDArray[np.float32]

WIDTH, SIDES = 2, 2
"""Bytes of a sample, and channels."""
FULL = 32767


def write(path: Path, blocks: Iterable[Block], *, samples: int, rate: int) -> None:
    """Write blocks of (n, 2), each sample from -1 to 1, whole or not at all; `samples` says how many they are in all.

    One block is in memory at a time. Raises what `seqgen.files.write_atomically` does.
    """
    write_atomically(path, _pieces(blocks, samples=samples, rate=rate))


def _pieces(blocks: Iterable[Block], *, samples: int, rate: int) -> Iterator[bytes]:
    yield _header(samples, rate)
    for block in blocks:
        yield np.round(np.clip(block, -1, 1) * FULL).astype("<i2").tobytes()


def _header(samples: int, rate: int) -> bytes:
    """What stands before the samples. It is taken before the file is closed, which would say that there are none."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((SIDES, WIDTH, rate, samples, "NONE", ""))
        sound.writeframesraw(b"")
        return file.getvalue()
