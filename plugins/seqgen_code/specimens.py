"""What the checks of seqgen.testing try source code on."""

from collections.abc import Iterator

from seqgen.specimens import Specimens

PYTHON = '''"""A small module."""

import math
from collections.abc import Iterator

LIMIT = 3.5e2


class Circle:
    """A circle of some radius."""

    def __init__(self, radius: float = 1.0) -> None:
        self.radius = radius

    @property
    def area(self) -> float:
        return math.pi * self.radius**2  # the only formula


def areas(count: int) -> Iterator[float]:
    for number in range(count):
        circle = Circle(radius=number / 2)
        if circle.area > LIMIT and not number % 2:
            print(f"circle {number}: {circle.area:.2f}", end="\\n")
        yield circle.area
'''
JSON = """{
  "name": "a small file",
  "numbers": [1, 2.5, -3e-2],
  "nested": {"empty": [], "none": null, "yes": true, "no": {"quotes": "\\"a\\" \\u00e9"}}
}
"""
MARKUP = """<library open="yes">
  <book id="1"><title>The sea</title><author>N. N.</author></book>
  <book id="2"/>
  <!-- two books -->
</library>
"""
C = """#include <stdio.h>

/* greets */
int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        printf("hello, %s\\n", words[i]);
    }
    return count > 1 ? 0 : 1;
}
"""


def python() -> Iterator[str]:
    """A module, and less."""
    yield PYTHON * 3
    yield "x = 1\n"
    yield "while True:\n\tpass\n"


def json() -> Iterator[str]:
    """A file, and less."""
    yield JSON
    yield "[1, 2, [3, {}]]\n"


def markup() -> Iterator[str]:
    """A file, and less."""
    yield MARKUP
    yield "<a><b>text</b><b/></a>\n"


def other() -> Iterator[str]:
    """A program in C."""
    yield C


SPECIMENS = (
    Specimens("code", contents=python, tokenizers=("python",)),
    Specimens("code", contents=json, tokenizers=("json",)),
    Specimens("code", contents=markup, tokenizers=("markup",)),
    Specimens("code", contents=other, tokenizers=("source",), options={"lexer": "c"}),
)
