"""A place in the bytes of a track."""

LONGEST_NUMBER = 4
"""Bytes of a variable-length quantity (Standard MIDI Files 1.0)."""


class CutOff(Exception):
    """The track ends within an event."""


class Cursor:
    """Reads from `start` on, and never past `stop`."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self.data, self.position, self.stop = data, start, stop

    def byte(self) -> int:
        """The next byte. Raises CutOff where there is none."""
        if self.position >= self.stop:
            raise CutOff
        self.position += 1
        return self.data[self.position - 1]

    def number(self) -> tuple[int, bool]:
        """A variable-length quantity, and whether it has more bytes than it may.

        Of one that is far too long, only the last seven bytes count, so that it does not grow without bound.
        """
        start, value = self.position, 0
        while (byte := self.byte()) > 127:
            value = (value << 7 | byte & 127) & ((1 << 42) - 1)
        return value << 7 | byte, self.position - start > LONGEST_NUMBER
