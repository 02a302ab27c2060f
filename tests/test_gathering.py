"""Work for many things: several at a time, none begun after a failure, and Ctrl-C does not wait."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from seqgen.corpus import gathering
from seqgen.corpus.gathering import AT_ONCE, for_each

PATIENCE = 20.0
"""Seconds after which a test takes it that something hangs."""


def nothing(_: int) -> None:
    pass


class Counting:
    """Work that notes how much of it is under way at once."""

    def __init__(self, together: Callable[[], object]) -> None:
        self._lock, self._together, self.now, self.most = threading.Lock(), together, 0, 0

    def __call__(self, _: int) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self._together()
        with self._lock:
            self.now -= 1


def test_each_is_done_and_told() -> None:
    done, told = list[int](), list[int]()
    for_each(range(100), done.append, told=told.append)
    assert sorted(done) == list(range(100)) and told == list(range(1, 101))


@pytest.mark.parametrize("at_once", [1, 3, AT_ONCE])
def test_so_many_are_under_way_together_and_no_more(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "AT_ONCE", at_once)
    barrier = threading.Barrier(at_once)
    work = Counting(lambda: barrier.wait(PATIENCE))
    for_each(range(4 * at_once), work, told=nothing)
    assert work.most == at_once


def test_eight_are_the_rule() -> None:
    assert AT_ONCE == 8


def test_nothing_to_do_is_done() -> None:
    for_each([], nothing, told=lambda _: pytest.fail("there was nothing"))


def test_an_only_one_is_done_here() -> None:
    threads = list[threading.Thread]()
    for_each([1], lambda _: threads.append(threading.current_thread()), told=nothing)
    for_each([1, 2], lambda _: threads.append(threading.current_thread()), told=nothing)
    assert [each is threading.current_thread() for each in threads] == [True, False, False]


def begun_after_a_failure(monkeypatch: pytest.MonkeyPatch, *, stops: bool) -> list[int]:
    """What is begun when the sixth of fifty things fails, and then the third, if a failure stops the others or not."""
    together, stopped = threading.Barrier(AT_ONCE), threading.Event()
    begin_no_more = gathering._Gang.begin_no_more
    begun = list[int]()

    def stop(gang: "gathering._Gang[int]") -> None:
        if stops:
            begin_no_more(gang)
        stopped.set()

    def work(place: int) -> None:
        begun.append(place)
        if place < AT_ONCE:
            together.wait(PATIENCE)
        if place == 5:
            raise ValueError(place)
        stopped.wait(PATIENCE)
        if place == 2:
            raise KeyError(place)

    monkeypatch.setattr(gathering._Gang, "begin_no_more", stop)
    with pytest.raises(KeyError, match="2"):
        for_each(range(50), work, told=nothing)
    return sorted(begun)


def test_after_a_failure_none_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begun_after_a_failure(monkeypatch, stops=True) == list(range(AT_ONCE))


def test_without_the_stop_all_would_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begun_after_a_failure(monkeypatch, stops=False) == list(range(50))


def test_those_under_way_end_before_the_error_is_raised() -> None:
    together, ended = threading.Barrier(4), list[int]()

    def work(place: int) -> None:
        together.wait(PATIENCE)
        if place == 0:
            raise ValueError
        time.sleep(0.3)
        ended.append(place)

    with pytest.raises(ValueError):
        for_each(range(4), work, told=nothing)
    assert sorted(ended) == [1, 2, 3]


def test_who_is_told_may_fail() -> None:
    def told(_: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        for_each(range(20), nothing, told=told)


@pytest.mark.skipif(os.name == "nt", reason="a process there cannot send itself Ctrl-C")
def test_ctrl_c_does_not_wait_for_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GRACE", 0.2)
    released, begun, late = threading.Event(), list[int](), list[int]()

    def work(place: int) -> None:
        begun.append(place)
        if place == AT_ONCE - 1:
            os.kill(os.getpid(), signal.SIGINT)
        if not released.wait(PATIENCE):
            late.append(place)

    with pytest.raises(KeyboardInterrupt):
        for_each(range(50), work, told=nothing)
    hung = not late
    released.set()
    time.sleep(0.2)  # for those that hung to go on to another, if they would
    assert hung and sorted(begun) == list(range(AT_ONCE))


@pytest.mark.skipif(os.name == "nt", reason="a process there cannot send itself Ctrl-C")
def test_ctrl_c_lets_what_is_quick_end() -> None:
    together, ended = threading.Barrier(AT_ONCE), list[int]()

    def work(place: int) -> None:
        together.wait(PATIENCE)
        if place == 0:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)
        ended.append(place)

    with pytest.raises(KeyboardInterrupt):
        for_each(range(AT_ONCE), work, told=nothing)
    assert sorted(ended) == list(range(AT_ONCE))
