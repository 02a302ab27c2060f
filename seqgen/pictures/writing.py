"""Text as it may stand in a picture or a page: what cannot be seen, or would act, is spelt out."""

import unicodedata

ENDS = "…"


def visible(text: str) -> str:
    """The text with all that does not print spelt out, as Python would: control characters, those that turn the order
    of writing, halves of pairs."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def one_line(text: str, most: int) -> str:
    """The beginning of a text in a line of at most so many columns; lines are parted by a stroke."""
    line = visible(" / ".join(part.strip() for part in text[: 4 * most].splitlines() if part.strip()))
    return line if columns(line) <= most else _cut(line, most - 1) + ENDS


def columns(text: str) -> int:
    """How many columns a text takes up in letters of one width."""
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _cut(text: str, most: int) -> str:
    taken = 0
    for at, sign in enumerate(text):
        taken += _columns(sign)
        if taken > most:
            return text[:at]
    return text
