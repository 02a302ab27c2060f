"""`generate --interactive`: the model offers words and a person chooses."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqgen.cli.manner import tell
from seqgen.errors import SeqgenError, UsageError

if TYPE_CHECKING:
    from seqgen.api.writing import Writing
    from seqgen.generation.wording import Offer

HELP = "A number takes that word, Enter draws one, +TEXT or any other text is added as it stands, u goes back, q ends."
SHOWN = 300
"""Characters of the text so far that are shown."""


def interact(writing: "Writing", show: Callable[[str], str]) -> None:
    """Ask until the sample ends, the person ends it, or there is no more input. Talks on stderr, reads stdin."""
    tell(HELP)
    while not writing.ended:
        offers = _offers(writing)
        tell(f"\n{writing.text[-SHOWN:]}")
        for number, offer in enumerate(offers, start=1):
            tell(f"  {number}  {_share(offer.probability)}  {show(offer.text)}")
        line = sys.stdin.readline()
        if line.rstrip("\r\n") == "q" or not line:
            return
        try:
            _answer(writing, line.rstrip("\r\n"), offers)
        except SeqgenError as error:
            tell(str(error))


def _share(probability: float) -> str:
    """A probability in six columns: with two digits where one is 0."""
    short = f"{probability:6.1%}"
    return short if float(short.rstrip("%")) or not probability else f"{probability:6.2%}"


def _offers(writing: "Writing") -> "list[Offer]":
    try:
        return writing.offers()
    except SeqgenError as error:
        tell(str(error))
        return []


def _answer(writing: "Writing", line: str, offers: "list[Offer]") -> None:
    """Do what the person said."""
    if not line:
        writing.draw()
    elif line == "u":
        if not writing.undo():
            tell("There is nothing to take back.")
    elif line.isdecimal():
        if not 1 <= int(line) <= len(offers):
            raise UsageError(f"the word {line}", f"there are {len(offers)}", "Write +TEXT to add a number")
        writing.take(offers[int(line) - 1])
    else:
        for message in writing.add(line.removeprefix("+")):
            tell(f"Your text: {message}.")
