"""What a new plugin may be made of: for each part its module, its hook, and the record that it gives."""

from dataclasses import dataclass
from typing import Literal, get_args

Domain = Literal["new", "chars", "words", "code", "midi"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
NEW = "new"
CORPORA = {"chars": "fantasy-names", "words": "python-reference", "code": "stdlib", "midi": "tunes"}
"""What to learn from first, in a domain that there is: nothing that must be fetched."""
SHORT = ("chars", "midi")
"""Where the documents of that are short, so that a model learns to end them; elsewhere a length is asked for."""


@dataclass(frozen=True)
class Part:
    """A part: `record` is what its module offers, of that `type` from that `source`; `needs` names parts it is for."""

    name: str
    about: str
    record: str
    type: str
    source: str = ""
    needs: tuple[str, ...] = ()

    @property
    def hook(self) -> str:
        """The hook that gives its record."""
        return f"seqgen_{self.name.removesuffix('s')}s"


PARTS = {
    part.name: part
    for part in (
        Part("domain", "how files are read and written", "DOMAIN", "Domain", "seqgen.domain", ("tokenizer",)),
        Part("tokenizer", "what a symbol is", "${Class}Tokenizer", "type[${Class}Tokenizer]"),
        Part("specimens", "what the checks must know", "SPECIMENS", "Specimens", "seqgen.specimens"),
        Part("constraint", "what may follow what", "RULE", "Rule", "seqgen.constraint", ("tokenizer",)),
        Part("metric", "a figure for `evaluate`", "METRIC", "Metric", "seqgen.metric"),
        Part("cell", "one step of a recurrent network", "${Class}Cell", "Cell", "seqgen.cells"),
        Part("command", "a command of the domain", "COMMAND", "Command", "seqgen.command"),
    )
}
CHOICES = ("tokenizer", "constraint", "metric", "cell", "command")
"""The parts that may be asked for by name."""
UNCHECKED = {"command", "specimens"}
"""Those of which `seqgen plugin check` asks nothing."""
TESTED = {
    "tokenizer": "from $package import tokenizer",  # a class that begins with Test would be taken for tests
    "constraint": "from $package.constraint import $Rule",
    "command": "from $package.command import COMMAND",
}
"""Those that have tests of their own, and what these import."""

SYMBOLS = {
    NEW: ("a word with the space before it, or any other character", r"(?s) ?\w+|."),
    "chars": ("some consonants and the vowels after them, or any other character",
              r"(?is)[^\W\d_aeiouy]{0,4}[aeiouy]{1,3}|."),
    "words": ("a word with the space before it, or any other character", r"(?s) ?\w+|."),
    "code": ("a word, spaces in a row, or any other character", r"(?s)\w+| +|."),
}  # fmt: skip
"""What a symbol of text is at first, in words and as a pattern."""
