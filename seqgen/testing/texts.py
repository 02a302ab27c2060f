"""Text that the checks bring along: real, hostile, and growing."""

from collections.abc import Callable, Mapping
from typing import Any

TALE = (
    "CHAPTER I\n\n"
    'The old man sat by the door. "Where is the boy?" he asked; nobody said a word. The boy, Peter, sat (as he\n'
    "mostly did) by the sea, and sang. He sang of 3.14 ships, of a well-known island and of the north wind.\n\n"
    '"I can\'t say," said the man. THE SEA! The old man, in the end, went to the sea; the boy sang on.\n\f'
    "CHAPTER II\n\nIt was late... The boy sang, the man sang, and so did the sea.\n"
)
LINE = "if (a[0] == {'x': \"y\"}): return f(1, 2.5)  # done"
SAMPLES = (TALE * 4, f"{TALE}\n{LINE}\n", LINE)
HARD = (
    "",
    " ",
    "\n",
    "a\r\nb\r\rc\n\r\nd\r",
    "a\x00b\x1c\x85\x0b\x0cc\u2028d",
    "e\u0301te\u0301 a\u0323\u0307 \u0301",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea #\ufe0f\u20e3",
    "नमस्ते \u05e9\u05dc\u05d5\u05dd \u202etfel\u202c 日本語\u3002",
    "İstanbul ß STRASSE ǅ ﬁne iPhone",
    "a\ud800 \udfffb \ud83d\ude00",
    '\ufeff--- \'\' """ ``` {[(<%#\\',
    "x" * 5000,
    "one\n\n\n \n\ttwo\n",
)
"""Line ends of all kinds, controls, marks that combine, other scripts and directions, halves of characters, long
words."""
PARTS = (
    "the ",
    "The sea",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\f",
    '"',
    "'",
    "(",
    "]",
    "{",
    "\\",
    "#",
    "0",
    "12.5",
)


def hostile() -> Any:
    """A Hypothesis strategy of text with every kind of character, and of text that has some shape."""
    from hypothesis import strategies as st

    shaped = st.lists(st.sampled_from(PARTS)).map("".join)
    return st.one_of(st.text(st.characters()), st.text(st.characters(max_codepoint=127)), shaped, st.sampled_from(HARD))


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _nested(opening: str, closing: str) -> Callable[[int], str]:
    return lambda size: opening * (size // 2) + closing * (size // 2)


FAMILIES: Mapping[str, Callable[[int], str]] = {
    "one letter": _repeated("a"),
    "spaces": _repeated(" "),
    "spaces before a letter": lambda size: " " * size + "a",
    "line ends": _repeated("\n"),
    "carriage returns": _repeated("\r"),
    "tabs and line ends": _repeated("\t\n"),
    "digits": _repeated("1234567890"),
    "dots": _repeated("."),
    "words": _repeated("the sea "),
    "long words": _repeated("a" * 500 + " "),
    "capitals": _repeated("AbC"),
    "quotes": _repeated('"'),
    "apostrophes": _repeated("it's '"),
    "backslashes": _repeated("\\"),
    "underscores": _repeated("_a"),
    "hyphens": _repeated("-"),
    "brackets that nest": _nested("(", ")"),
    "braces that open": _repeated("{"),
    "marks that combine": lambda size: "e" + "\u0301" * size,
    "no word of any language": _repeated("\u4e2d\u0e01\u0905"),
}
"""Texts of a size that have brought down other tokenizers."""
