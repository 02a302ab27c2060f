from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen_midi.clock import MICROS, Clock
from seqgen_midi.score import Score, Tempo

TEMPOS = st.lists(st.builds(Tempo, st.integers(0, 50), st.integers(1, (1 << 24) - 1)), max_size=4)


def test_a_piece_without_a_tempo_has_two_quarters_a_second() -> None:
    clock = Clock.of(Score(480))
    assert clock.at(960) == clock.parts and clock.step(960, 100) == 100


@pytest.mark.parametrize(("tick", "step"), [(0, 0), (4, 0), (5, 1), (14, 1), (15, 2)])
def test_halves_go_up(tick: int, step: int) -> None:
    assert Clock(500).step(tick, 100) == step


@given(TEMPOS, st.integers(0, 60), st.integers(1, 960))
def test_time_is_the_sum_of_all_ticks(tempos: list[Tempo], tick: int, division: int) -> None:
    tempos.sort(key=lambda tempo: tempo.start)
    holding = [[500_000, *(each.micros for each in tempos if each.start <= at)][-1] for at in range(tick)]
    clock = Clock(division, tempos)
    assert Fraction(clock.at(tick), clock.parts) == Fraction(sum(holding), MICROS * division)
