"""Every number has symbols, in one way, and the machine knows how they go on."""

from itertools import pairwise

from seqgen_midi.tokenizers.sums import Sums

KNOWN = (3, 5, 6, 12, 24, 40, 100, 999)


def test_what_is_known_is_one_symbol_and_all_else_a_sum() -> None:
    sums = Sums("d", KNOWN, 300)
    assert sums[12] == ("d12",)
    assert sums[64] == ("d64",)
    assert sums[104] == ("d64+", "d40")
    assert sums[200] == ("d128+", "d64+", "d8")
    assert 999 not in sums.known


def test_no_two_numbers_are_said_alike_and_none_is_the_beginning_of_another() -> None:
    sums = Sums("d", KNOWN, 300)
    said = sorted(sums[number] for number in range(1, 301))
    assert all(b[: len(a)] != a for a, b in pairwise(said))
    assert {symbol for symbols in said for symbol in symbols} <= {*sums.whole.values(), *sums.parts.values()}


def test_what_may_follow_is_what_begins_the_rest_of_a_number() -> None:
    for known in ((), KNOWN, range(1, 100), range(30, 60)):
        sums = Sums("d", known, 150)
        for fits in ((lambda n: n <= 150), (lambda n: n <= 47), (lambda n: n % 7 == 3), (lambda n: n > 90)):
            ways: dict[int, set[str]] = {}
            for number in filter(fits, range(1, 151)):
                for index, symbol in enumerate(sums[number]):
                    begun = sum(int(part[1:-1]) for part in sums[number][:index])
                    ways.setdefault(begun, set()).add(symbol)
            for begun in ways | {0: set()}:
                assert set(sums.ways(begun, fits)) == ways.get(begun, set()), (begun, known)
