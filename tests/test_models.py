"""What a model writes, as text."""

from collections.abc import Iterator

import pytest

from seqgen.api.models import one_text, pieces
from seqgen.codec import Codec
from seqgen.vocabulary import Vocabulary
from tests.tiny import Tiny

CODEC = Codec(Tiny(("paragraph",)), Vocabulary(("document", "paragraph"), "ab"))
MARK, PARAGRAPH, A, B = 0, 1, 3, 4


def test_text_streams() -> None:
    taken: list[int] = []

    def drawn() -> Iterator[int]:
        for id in (A, B, MARK, A, MARK):
            taken.append(id)
            yield id

    stream = pieces(CODEC, drawn())
    assert [next(stream), next(stream)] == ["a", "b"] and taken == [A, B]
    assert [next(stream), next(stream)] == ["\n", "a"] and taken == [A, B, MARK, A]
    assert list(stream) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((), ""),
        ((MARK,), ""),
        ((A, MARK), "a"),
        ((A, MARK, B), "a\nb"),
        ((A, MARK, MARK), "a\n"),
        ((MARK, A), "\na"),
        ((A, PARAGRAPH, B), "ab"),
    ],
    ids=str,
)
def test_a_new_line_stands_between_documents(ids: tuple[int, ...], said: str) -> None:
    assert one_text(CODEC, ids) == said
