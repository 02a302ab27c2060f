"""What can be asked of music is kept to or refused, and named in messages."""

import re

import pytest

from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.errors import UsageError
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen.vocabulary import Vocabulary
from seqgen_midi.constraints import legal
from seqgen_midi.constraints.wishes import NONE, Wishes, in_words
from seqgen_midi.tokenizers.events import Events
from seqgen_midi.tokenizers.melody import Melody
from seqgen_midi.tokenizers.performance import Performance
from seqgen_midi.tokenizers.remi import Remi
from tests.plugins.midi.test_events_constraint import TUNE

TOKENIZERS = (Events(), Melody(), Performance(), Remi())


def codec_of(tokenizer: Tokenizer) -> Codec:
    return Codec(tokenizer, Vocabulary.build(("document", *tokenizer.levels), {}, alphabet=tokenizer.alphabet()))


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=lambda tokenizer: tokenizer.name)
def test_a_refusal_names_what_was_asked_for(tokenizer: Tokenizer) -> None:
    codec = codec_of(tokenizer)
    assert str(legal(codec, NONE)) == "the constraint legal"
    rule = legal(codec, Wishes(key="D", max_leap=7, bars=4))
    assert str(rule) == "the constraint legal, with --key D and --max-leap 7 and --bars 4"
    wrong = ["on60", "on60"] if isinstance(tokenizer, Performance) else [tokenizer.alphabet()[0]] * 99
    with pytest.raises(UsageError, match=r"the constraint legal, with --key D .* does not allow"):
        rule.begin(wrong)


def test_a_beginning_that_is_refused_is_told_of_in_words() -> None:
    tokenizer = Events().fit([Document("it", TUNE)])
    rule, symbols = legal(codec_of(tokenizer), Wishes(bars=4)), list(tokenizer.split(TUNE))
    with pytest.raises(
        UsageError, match=r"^what the sample begins with: .*, with --bars 4 does not allow one bar more"
    ):
        rule.begin(symbols)
    for each in TOKENIZERS:
        assert not [symbol for symbol in each.alphabet() if not re.match(r"(that|an|one) \w+", in_words(symbol))]
    assert in_words("m4") == "that metre (m4)" and in_words(Boundary("bar")) == "one bar more"


def test_what_has_no_metres_refuses_one() -> None:
    codec = codec_of(Performance())
    with pytest.raises(UsageError, match="--metre 3/4"):
        legal(codec, Wishes(metre="3/4"))
    legal(codec, Wishes(bars=3))
