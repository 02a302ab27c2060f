"""What is known about a piece: labels, from the file itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from seqgen_midi.score import KEYS, Key, Score

KNOWN = ("title", "key", "metre", "composer", "rhythm", "origin")
"""What a piece can be labelled with; the last three are told by ABC, a composer by some MIDI files too."""
COMPOSER = ("composer:", "composed by", "music by", "by ")
"""How a text begins that names the composer."""


def labels_of(score: Score, known: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Those of the labels asked for that are known, from what a file says of the piece, else from the score."""
    found = {**dict(_own(score)), **known}
    return {name: found[name] for name in names if found.get(name)}


def key_name(key: Key) -> str:
    """The name of a key, such as D major. Sharps beyond seven are an error of the file, and so no key."""
    return f"{KEYS[key.sharps + 7 + 3 * key.minor]} {'minor' if key.minor else 'major'}"


def _own(score: Score) -> Iterator[tuple[str, str]]:
    """What the score says of itself."""
    titles = [text.text.strip() for text in score.texts if text.kind == "name"]
    titles += [track.name.strip() for track in score.tracks]
    yield "title", next(filter(None, titles), "")
    if score.keys:
        yield "key", key_name(score.keys[0])
    if score.metres:
        yield "metre", _metre(score)
    texts = (text.text.strip() for text in score.texts)
    yield "composer", next((name for text in texts if (name := _composer(text))), "")


def _metre(score: Score) -> str:
    """The metre that holds longest; of equals the first."""
    lasting: Counter[str] = Counter()
    for one, other in pairwise((*score.metres, None)):
        if one is not None:
            end = max(score.end, one.start) if other is None else other.start
            lasting[str(one)] += end - one.start
    return lasting.most_common(1)[0][0]


def _composer(text: str) -> str:
    begun = next((each for each in COMPOSER if text.lower().startswith(each)), None)
    return text[len(begun) :].strip() if begun else ""
