"""Byte-pair merges (Sennrich et al., arXiv 1508.07909) over the bytes of UTF-8: cutting text into the pieces within
which they apply, learning them, applying them.

A pre-token is a run of letters, of digits or of other signs, with a space before it if there is one; what follows an
apostrophe within a word; or a run of whitespace. It is never longer than `LONGEST` characters and a space, so that time
grows with the length of a text, whatever is in it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Self

import regex

from seqgen.errors import InputError, UsageError
from seqgen.records import from_json
from seqgen.text.pieces import Memo
from seqgen.vocabulary import Vocabulary
from seqgen_words.utf8 import BYTES, bytes_of, symbol_of

LONGEST = 32
"""Characters of a pre-token, a space before them not counted."""
LONGEST_SYMBOL = 4 * (LONGEST + 1)
"""Bytes."""

Pair = tuple[str, str]
_SOME = f"{{1,{LONGEST}}}"

_SPACE = r"\s\x1c-\x1f"
"""White space as `str.isspace` has it, so that no pre-token is in two of the pieces that text comes in."""

pre_tokens = regex.compile(
    rf" ?[\p{{L}}\p{{M}}]{_SOME}"
    rf"|['\u2019](?<=\p{{L}}.)[\p{{L}}\p{{M}}]{_SOME}"
    rf"| ?[^{_SPACE}\p{{L}}\p{{M}}\p{{N}}]{_SOME}"
    rf"| ?\p{{N}}{_SOME}"
    rf"|[{_SPACE}]{_SOME}(?= [^{_SPACE}])|[{_SPACE}]{_SOME}"
).findall
"""The pre-tokens of a text; all of them together are the text."""

_SHIFT = 0x100
"""What is added to a byte to make the character that it is trained as: visible, and a letter of no script in use."""


@dataclass(frozen=True)
class Merges:
    """What was learnt: pairs of symbols that are made one, the first first."""

    pairs: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        """Raise InputError for a symbol that is longer than any pre-token."""
        if any(len(bytes_of(left) + bytes_of(right)) > LONGEST_SYMBOL for left, right in self.pairs):
            raise InputError("the merges of bpe", f"one has more than {LONGEST_SYMBOL} bytes", "Train them anew")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The merges of a list of pairs. Raises InputError for anything else."""
        return cls(from_json(_Pairs, {"pairs": value}, where="merges").pairs)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """All symbols there can be: the single bytes, then what the merges make."""
        merged = (symbol_of(bytes_of(left) + bytes_of(right)) for left, right in self.pairs)
        return tuple(dict.fromkeys([*BYTES, *merged]))

    def spell(self, pre_token: str) -> list[str]:
        """The symbols of a pre-token: of the pairs in it the first one learnt is merged, the leftmost, until none is
        left."""
        pieces = [bytes([value]) for value in pre_token.encode("utf-8", "surrogatepass")]
        never = len(self.pairs)
        ranks = [self._ranks.get(pair, never) for pair in pairwise(pieces)]
        while ranks and (best := min(ranks)) < never:
            at = ranks.index(best)
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
            del ranks[at]
            for pair in range(max(at - 1, 0), min(at + 1, len(ranks))):
                ranks[pair] = self._ranks.get((pieces[pair], pieces[pair + 1]), never)
        return [symbol_of(piece) for piece in pieces]

    @cached_property
    def spellings(self) -> Memo[list[str]]:
        """The symbols of pre-tokens, remembered."""
        return Memo(self.spell)

    @cached_property
    def table(self) -> Callable[[Vocabulary], Memo[tuple[int, ...]]]:
        """The ids of pre-tokens in a vocabulary, remembered."""
        return lru_cache(maxsize=4)(self._table)

    def _table(self, vocabulary: Vocabulary) -> Memo[tuple[int, ...]]:
        return Memo(lambda pre_token: tuple(map(vocabulary.id_of, self.spellings[pre_token])))

    @cached_property
    def _ranks(self) -> dict[tuple[bytes, bytes], int]:
        return {(bytes_of(left), bytes_of(right)): rank for rank, (left, right) in enumerate(self.pairs)}


@dataclass(frozen=True)
class _Pairs:
    pairs: tuple[Pair, ...]


def last(text: str) -> str:
    """How a text ends that may go on: its last pre-token, or the whitespace at its end."""
    return text[len(text.rstrip()) :] or "".join(pre_tokens(text)[-1:])


def train(counts: Counter[str], size: int) -> Merges:
    """The merges for a vocabulary of that size, bytes included, from pre-tokens and how often each occurs.

    They are learnt by the package `tokenizers`, a byte at a time a character. Raises UsageError if it is not there.
    """
    try:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    except ImportError as error:
        there, remedy = "it needs the package tokenizers", "pip install 'seqgen[bpe]'"
        raise UsageError("training the merges of bpe", there, remedy) from error
    model = Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.CharDelimiterSplit("\n")
    alphabet = [chr(_SHIFT + value) for value in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, show_progress=False, initial_alphabet=alphabet)
    model.train_from_iterator(_lines(counts), trainer)
    pairs = json.loads(model.to_str())["model"]["merges"]
    return Merges(tuple((_trained(left), _trained(right)) for left, right in pairs))


def _lines(counts: Counter[str]) -> Iterator[str]:
    """Each pre-token as often as it occurs, a line each time."""
    for pre_token, count in sorted(counts.items()):
        line = "".join(chr(_SHIFT + value) for value in pre_token.encode("utf-8", "surrogatepass"))
        yield f"{line}\n" * count


def _trained(piece: str) -> str:
    """The symbol of a piece that is a character a byte."""
    return symbol_of(bytes(ord(character) - _SHIFT for character in piece))
