"""What is looked for is found: against enumeration, and against the textbook, on models small enough to see through."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Self

import numpy as np
import pytest

import seqgen
from seqgen.api.models import Model
from seqgen.api.writing import Writing
from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.generation import Course, Drawn, GenerateSettings, Solo, generate, searching, stopping
from seqgen.generation.draw import log_probabilities, uniforms
from seqgen.generation.settings import BEAM_LIMIT, LIMIT
from seqgen.generation.stopping import bounded
from seqgen.tokenizer import Label
from seqgen.vocabulary import Vocabulary
from tests.cli.test_commands import Terminal
from tests.test_generation import CODEC as LARGER
from tests.test_generation import STRATEGIES, player
from tests.test_mixing import folder, models, terminal  # noqa: F401
from tests.tiny import Tiny

CODEC = Codec(Tiny(), Vocabulary(("document",), "ab"))
END, UNKNOWN, A, B = range(4)
MOST = 5
Found = tuple[int, ...]
Table = Callable[[Found], Sequence[float]]


class Told:
    """A reading whose logits a table gives for all that was read."""

    begun = 0

    def __init__(self, table: Table, read: Found = ()) -> None:
        self.table, self.before = table, read

    def begin(self, labels: Sequence[int] = ()) -> Self:
        Told.begun += 1
        return type(self)(self.table)

    def read(self, id: int) -> None:
        self.before = (*self.before, id)

    def begin_block(self) -> None:
        pass

    def logits(self) -> Any:
        return np.array(self.table(self.before), np.float32)

    def copy(self) -> Self:
        return type(self)(self.table, self.before)


def noise(seed: int) -> Table:
    """Logits that are unlike after every beginning."""
    return lambda read: np.random.default_rng([seed, *read]).normal(size=4, scale=2).tolist()


def log_p(table: Table, read: Found, id: int) -> float:
    z = np.array(table(read), np.float32).tolist()
    return float(z[id]) - math.log(sum(map(math.exp, z)))


def ids(drawn: Sequence[Drawn]) -> Found:
    return tuple(each.id for each in drawn)


def sample(table: Table, number: int = 0, constraint: Constraint | None = None, **options: Any) -> list[Drawn]:
    settings = GenerateSettings.of(**options)
    return list(generate(Told(table), CODEC, settings, sample=number, constraint=constraint))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "LIMIT", MOST)
    monkeypatch.setattr(stopping, "BEAM_LIMIT", MOST)


# Beam search.


def every(
    table: Table, most: int = MOST, read: Found = (), *, stops: Sequence[str] = ()
) -> Iterator[tuple[Found, float]]:
    """All samples that end with their document or a stop, or are full, each with its score."""
    for id in (END, A, B):
        score, now = log_p(table, read, id), (*read, id)
        if id == END or most == 1 or any(stop in spelt(now) for stop in stops):
            yield (id,), score
        else:
            yield from (((id, *rest), score + more) for rest, more in every(table, most - 1, now, stops=stops))


def value(score: float, length: int, penalty: float) -> float:
    return score / float(((5 + length) / 6) ** penalty)


@pytest.mark.parametrize("penalty", [0, 0.6, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_as_wide_as_there_are_samples_finds_the_best_of_all(seed: int, penalty: float) -> None:
    table = noise(seed)
    ranked = sorted(every(table), key=lambda each: -value(each[1], len(each[0]), penalty))
    for rank in (0, 1, 2, 7, 20):
        drawn = sample(table, rank, beam=3**MOST, length_penalty=penalty)
        wanted, score = ranked[rank]
        assert ids(drawn) == wanted
        assert sum(math.log(each.probability) for each in drawn) == pytest.approx(score, abs=1e-5)


def textbook(table: Table, width: int, penalty: float) -> list[Found]:
    """The ended hypotheses of a beam that goes on to the last step, best first."""
    live: list[tuple[Found, float]] = [((), 0.0)]
    ended: list[tuple[Found, float]] = []
    for step in range(1, MOST + 1):
        grown = [((*read, id), score + log_p(table, read, id)) for read, score in live for id in (END, A, B)]
        kept = sorted(grown, key=lambda each: -each[1])[:width]
        ended += (each for each in kept if each[0][-1] == END or step == MOST)
        live = [each for each in kept if each[0][-1] != END]
    return [read for read, _ in sorted(ended, key=lambda each: -value(each[1], len(each[0]), penalty))]


@pytest.mark.parametrize("penalty", [0, 1])
@pytest.mark.parametrize("width", [2, 3, 5])
def test_a_narrow_beam_is_that_of_the_textbook_though_it_stops_sooner(width: int, penalty: float) -> None:
    best = set()
    for seed in range(30):
        table = noise(seed)
        wanted = textbook(table, width, penalty)[:width]
        drawn = [ids(sample(table, rank, beam=width, length_penalty=penalty)) for rank in range(len(wanted))]
        assert drawn == wanted
        assert len(set(drawn)) == len(drawn)
        best.add(wanted[0] == max(every(table), key=lambda each: value(each[1], len(each[0]), penalty))[0])
    assert best == ({True, False} if width == 2 else best)  # negative control: a narrow beam may well be wrong


def garden(read: Found) -> list[float]:
    """`a` is likelier at first, but what follows it is uncertain; `b` is surely followed by the end."""
    p = {(): (0.0, 0.6, 0.4), (A,): (0.3, 0.35, 0.35), (B,): (1.0, 0.0, 0.0)}.get(read, (1.0, 0.0, 0.0))
    end, a, b = (math.log(max(each, 1e-9)) for each in p)
    return [end, -30, a, b]


def test_a_beam_of_two_is_not_led_up_the_garden_path() -> None:
    assert ids(sample(garden, temperature=0)) == (A, A, END)
    drawn = sample(garden, beam=2)
    assert ids(drawn) == (B, END)
    assert math.prod(each.probability for each in drawn) == pytest.approx(0.4)


def test_a_search_stops_as_soon_as_nothing_can_change() -> None:
    asked = []

    def sure(read: Found) -> list[float]:
        asked.append(read)
        return [5, 0, 0, 0]

    assert ids(sample(sure, beam=2)) == (END,)
    assert set(asked) == {()}


@pytest.mark.parametrize("length", [1, 3, 4])
def test_a_length_ends_hypotheses_too(length: int) -> None:
    def endless(read: Found) -> list[float]:
        return [-50.0, *noise(4)(read)[1:]]

    ranked = sorted(every(endless, length), key=lambda each: -each[1])
    assert [ids(sample(endless, rank, beam=81, length=length)) for rank in range(2)] == [ranked[0][0], ranked[1][0]]


def test_what_a_stop_costs_counts_though_it_is_cut_off() -> None:
    def table(read: Found) -> list[float]:
        return {(): [-9.0, -9, 1, 0], (A,): [-9.0, -9, -2, 0], (A, B): [0.0, -9, -9, -9]}.get(read, [-3.0, -9, 0, 0])

    ranked = sorted(every(table, stops=("ab", "bba")), key=lambda each: -each[1])
    cut = [read[: max(spelt(read).find("ab"), spelt(read).find("bba"), 0) or None] for read, _ in ranked]
    cut = [() if spelt(read).startswith(("ab", "bba")) else each for (read, _), each in zip(ranked, cut, strict=True)]
    once = [*dict.fromkeys(cut)][:12]
    assert [ids(sample(table, rank, beam=99, stop=("ab", "bba"))) for rank in range(12)] == once
    assert (
        () in once
        and len({*cut}) < len(cut)
        and any(0 < len(short) < len(read) for short, (read, _) in zip(cut, ranked, strict=True))
    )


@pytest.mark.parametrize(("lazy", "stops"), [(None, ("a", "b")), (False, ("ab", "ba")), (True, ("ab", "ba"))])
def test_samples_that_differ_in_their_stop_alone_are_one(lazy: bool | None, stops: tuple[str, ...]) -> None:
    constraint = None if lazy is None else NoTwice(lazy=lazy)
    for seed in range(5):
        drawn = {ids(sample(noise(seed), rank, constraint, beam=8, stop=stops)) for rank in range(2)}
        assert drawn == {(), (END,) if constraint is None else (B, END)}
        with pytest.raises(UsageError, match="there are but 2 that the beam can end"):
            sample(noise(seed), 2, constraint, beam=8, stop=stops)


def test_all_of_a_beam_have_the_same_labels() -> None:
    codec = Codec(Tiny(), Vocabulary(("document",), "ab", labels=[Label("k", "v"), Label("k", "w")]), (5, 5))
    begun = set[int]()

    class Heard(Told):
        def begin(self, labels: Sequence[int] = ()) -> Self:
            begun.update(labels)
            return super().begin(labels)

    for settings, several in (GenerateSettings.of(length=1, beam=9), 1), (GenerateSettings.of(length=1, best_of=2), 2):
        begun.clear()
        for number in range(5):
            list(generate(Heard(lambda read: [0.0] * 6), codec, settings, sample=number))
        assert len(begun) == several


def spelt(read: Found) -> str:
    return "".join({A: "a", B: "b"}.get(id, "") for id in read)


class NoTwice(Constraint):
    """No letter twice in a row, and an end only behind a `b`; `lazy` gives no mask."""

    start = ""

    def __init__(self, *, lazy: bool) -> None:
        self.lazy = lazy

    def step(self, state: str, symbol: Spoken) -> str | None:
        if not isinstance(symbol, str):
            return "" if state == "b" else None
        return None if symbol == state else symbol

    def allowed(self, state: str) -> Mask | None:
        taken = [self.step(state, CODEC.vocabulary.symbol_of(id)) is not None for id in (END, A, B)]  # type: ignore[arg-type]
        return None if self.lazy else np.array([taken[0], False, *taken[1:]])

    def complete(self, state: str) -> Sequence[Spoken]:
        return ("b",) if state == "a" else ()


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_that_a_constraint_allows_is_found_and_ended(seed: int, lazy: bool) -> None:
    table, constraint = noise(seed), NoTwice(lazy=lazy)

    def legal(read: Found) -> bool:
        text = spelt(read)
        return "aa" not in text and "bb" not in text and (read[-1] != END or text[-1:] == "b")

    ranked = [read for read, _ in sorted(every(table), key=lambda each: -each[1]) if legal(read)]
    for rank in range(3):
        wanted = ranked[rank]
        drawn = ids(sample(table, rank, constraint, beam=3**MOST))
        assert drawn == (wanted if spelt(wanted)[-1] == "b" else (*wanted, B))


def test_where_nothing_is_allowed_the_constraint_is_named() -> None:
    class Nothing(NoTwice):
        def step(self, state: str, symbol: Spoken) -> str | None:
            return None

    for lazy in (False, True):
        with pytest.raises(UsageError, match="'Nothing'"):
            sample(noise(0), 0, Nothing(lazy=lazy), beam=2)


def test_broken_logits_are_refused() -> None:
    with pytest.raises(InputError, match="at a lower rate"):
        sample(lambda read: [math.nan, 0, 0, 0], beam=2)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_every_strategy_can_be_searched(strategy: Any) -> None:
    played = player(strategy, document=-100, chapter=-100, paragraph=-100)
    voice, score = Solo(played, strategy), dict[Found, float]()
    letters = range(LARGER.vocabulary.unknown + 1, LARGER.vocabulary.size)
    for first in letters:
        reader = voice.begin()
        mine = log_probabilities(reader.logits()).item(first)
        reader.read(first)
        theirs = log_probabilities(reader.logits())
        score |= {(first, second): mine + theirs.item(second) for second in letters}
    drawn = list(generate(voice, LARGER, GenerateSettings.of(beam=64, length=2)))
    assert ids(drawn) == max(score, key=lambda pair: score[pair])
    assert sum(math.log(each.probability) for each in drawn) == pytest.approx(max(score.values()))


# Best of n.


def plain_best(voice: Any, codec: Codec, settings: GenerateSettings, count: int, sample: int) -> list[Drawn]:
    """Each candidate drawn from the start, and that of the highest mean log-probability."""
    found = []
    for candidate in range(count):
        course, numbers = (
            Course(voice, codec, settings, sample=sample),
            uniforms(settings.seed, sample, candidate=candidate),
        )
        drawn = list(bounded(course.drawn(numbers), codec, settings, course=course))
        found.append((sum(math.log(each.probability) for each in drawn) / len(drawn), drawn))
    return max(found, key=lambda each: each[0])[1]


@pytest.mark.parametrize("options", [{}, {"top_k": 4, "repetition_penalty": 1.3}, {"until": "chapter"}], ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_the_best_of_several_is_the_likeliest_candidate(strategy: Any, options: Any) -> None:
    voice, settings = Solo(player(strategy), strategy), GenerateSettings.of(best_of=5, length=20, seed=3, **options)
    chosen = set()
    for number in range(4):
        drawn = list(generate(voice, LARGER, settings, sample=number))
        assert drawn == plain_best(voice, LARGER, settings, 5, number)
        chosen.add(drawn == plain_best(voice, LARGER, settings, 1, number))
    assert False in chosen  # negative control: not always the first


def test_the_best_of_one_is_what_is_drawn_anyway() -> None:
    assert sample(noise(1), best_of=1) == sample(noise(1))
    assert list(islice(uniforms(5, 3, candidate=0), 300)) == list(islice(uniforms(5, 3), 300))
    first, second = (list(islice(uniforms(5, 3, candidate=each), 300)) for each in range(2))
    assert not {*first} & {*second}


def test_candidates_are_cut_and_completed_as_samples_are() -> None:
    for number in range(5):
        drawn = sample(noise(2), number, NoTwice(lazy=False), best_of=4, length=3)
        text = spelt(ids(drawn))
        assert text.endswith("b") and "aa" not in text and "bb" not in text
        assert "ab" not in spelt(ids(sample(noise(2), number, best_of=4, stop=("ab",))))


def test_the_prompt_is_read_once() -> None:
    options: Any
    for options in ({"best_of": 9}, {"beam": 9}):
        Told.begun = 0
        list(generate(Told(noise(3)), CODEC, GenerateSettings.of(**options), prompt=Prompt((A, B))))
        assert Told.begun == 1


def test_a_sample_without_symbols_is_the_last_choice() -> None:
    assert searching.mean([]) == -math.inf < searching.mean([Drawn(A, "a", 1e-9)])
    assert searching.mean([Drawn(A, "a", 0.0)]) == -math.inf


# What is refused.


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"beam": 0}, "beam"),
        ({"best_of": 0}, "--best-of = 0"),
        ({"beam": 2, "length_penalty": -1}, "--length-penalty = -1"),
        ({"length_penalty": 1}, "--length-penalty: --beam is not given. Give it too"),
        ({"beam": 2, "best_of": 2}, "--best-of 2 is asked for too"),
        ({"beam": 2, "top_p": 0.5, "temperature": 0.5}, "--temperature is given.*Leave --temperature and --top-p out"),
        ({"beam": 2, "repetition_penalty": 2}, "--repetition-penalty is given too"),
        ({"best_of": 2, "temperature": 0}, "all candidates are the same"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        GenerateSettings.of(**options)


def test_a_beam_without_a_length_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BEAM_LIMIT == 1000 < LIMIT
    monkeypatch.setattr(stopping, "LIMIT", 11)
    monkeypatch.setattr(stopping, "BEAM_LIMIT", 7)
    options: Any
    for options, length in (({"beam": 2}, 7), ({}, 11), ({"beam": 2, "length": 9}, 9)):
        assert len(sample(lambda read: [-99.0, 0, 1, 0.5], **options)) == length


def test_more_samples_than_the_beam_has_are_refused() -> None:
    with pytest.raises(UsageError, match="3 samples are asked for"):
        sample(noise(0), 2, beam=2)
    with pytest.raises(UsageError, match="there are but 2 that"):
        sample(noise(0), 2, NoTwice(lazy=True), beam=3, length=1)


def test_an_unknown_level_is_refused() -> None:
    options: Any
    for options in ({"beam": 2}, {"best_of": 2}):
        with pytest.raises(UnknownName, match="paragraf"):
            sample(noise(0), until="paragraf", **options)


def test_scores_fall_and_of_equals_the_first_comes_first() -> None:
    scores = np.array([1.0, 3, -np.inf, 3, 2, 1, 3])
    for first in range(1, 9):
        assert list(searching.falling(scores, first)) == [1, 3, 6, 4, 0, 5]


# Models, and the command line.


def test_samples_of_a_beam_are_its_best_in_order(models: tuple[Model, Model]) -> None:  # noqa: F811
    one, _ = models
    found = list(one.generate("ab", count=3, beam=4, length=6))
    scores = [sum(math.log(each.probability) for each in sample.symbols) for sample in found]
    assert scores == sorted(scores, reverse=True) and len({sample.symbols for sample in found}) == 3
    likely = next(one.generate("ab", best_of=9, length=6)).symbols
    assert searching.mean(likely) > searching.mean(next(one.generate("ab", length=6)).symbols)
    mixed = seqgen.mixed(one, {models[1]: 0.4})
    assert next(mixed.generate("ab", beam=4, length=6)).text != found[0].text


def test_more_than_the_beam_has_is_refused_before_the_first_is_written(
    terminal: Terminal,  # noqa: F811
    models: tuple[Model, Model],  # noqa: F811
) -> None:
    with pytest.raises(UsageError, match="3 samples are asked for"):
        next(models[0].generate(count=3, beam=2, length=3))
    said = terminal("chars generate one --beam 2 -n 3 --length 3")
    assert (said.code, said.out) == (2, "") and "a beam of 2: 3 samples are asked for" in said.err
    assert terminal("chars generate one --beam 2 -n 2 --length 3").code == 0


@pytest.mark.parametrize("option", ["beam", "best_of"])
def test_a_person_needs_no_search(terminal: Terminal, option: str) -> None:  # noqa: F811
    options: dict[str, Any] = {option: 2, "length": 3}
    settings = GenerateSettings.of(**options)
    with pytest.raises(UsageError, match="Leave out --best-of and --beam"):
        Writing(seqgen.load(terminal.folder / "one"), Prompt(), settings)
