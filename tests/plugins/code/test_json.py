"""JSON: every text comes back, what is drawn is valid, and the machine says at every step all that may follow."""

import json

import pytest

from seqgen.codec import Codec
from seqgen.constraint import Constraint
from seqgen.errors import UnknownName
from seqgen_code.constraints import plain
from seqgen_code.constraints.json import JsonText
from seqgen_code.spelling import Automaton
from seqgen_code.tokenizers.languages import Json
from tests.plugins.code.walks import accepted, codec_of, disagreeing, garbage, lossy, miswritten, refused, said, spoken

VALUE = {"name": "foo", "items": [{"id": n, "share": n * 1.5, "tags": ["a", "b\n", None, True]} for n in range(30)]}
TEXTS = [json.dumps({**VALUE, "below": -1e-5}, indent=indent) for indent in (None, 2, 2, 2, 4)]
PARTS = """{ } [ ] : , - " \\ a true null 1 0 . e E+ "a" "id" / // # ' é 😀 _ "\\u12""".split()
PARTS += ["\n", "\r", "\t", " ", "\f", "\0", "\ud800", "\ufeff", "\n    ", "\n  "]
VALID = [
    "1",
    "-1",
    ' "a" ',
    "[]\n\n",
    "\r\n{}",
    r'"\ud83d\ude00"',
    '{"a":1,"a":2}',
    "[1 , 2\t]",
    "1E+9",
    "[" * 100 + "]" * 100,
]
INVALID = ["", "[1,]", "01", r'"\x"', "- 1", "NaN", r'"\ud800"', "1.", "[1 2]", "\f1", "{1: 2}", '"', '"\t"', "[}"]
INVALID += ["[" * 101 + "]" * 101, "/* */ 1", "1 1", "'a'", "tru", "9" * 641]


@pytest.fixture(scope="module", params=[True, False], ids=["trained", "untrained"])
def codec(request: pytest.FixtureRequest) -> Codec:
    return codec_of(Json(levels=("statement", "line")), TEXTS if request.param else ())


@pytest.fixture(scope="module")
def constraint(codec: Codec) -> Constraint:
    return JsonText(codec)


def loads(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_every_text_comes_back(codec: Codec) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, Json)
    assert lossy(tokenizer, [*TEXTS, *VALID, *INVALID, *garbage(PARTS, count=2000)]) == []


def test_all_symbols_can_be_written(codec: Codec) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, Json)
    common = [each for each in tokenizer.alphabet() if each[:2] not in (" +", " ^", " ~", " r")]
    some = [*common, " ^1", " ^a", " +2", ' +"', " ~c3", " ~a9", " r0"]
    assert miswritten(tokenizer, some, count=1000) == []


def test_what_is_drawn_is_valid(codec: Codec, constraint: Constraint) -> None:
    assert refused(codec, constraint, loads, count=300, begin=["["]) == []


@pytest.mark.slow
def test_what_is_drawn_much_is_valid(codec: Codec, constraint: Constraint) -> None:
    assert refused(codec, constraint, loads, count=3000, begin=["["]) == []


def test_an_automaton_that_takes_line_ends_in_strings_is_caught(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    careless = Automaton({"": [(frozenset("\n\\a"), "")]}, ends=[""])
    monkeypatch.setattr("seqgen_code.constraints.json.string", lambda: careless)
    assert refused(codec, JsonText(codec), loads, count=100, begin=["["])


def test_what_is_allowed_is_what_can_be_said(codec: Codec, constraint: Constraint) -> None:
    assert disagreeing(codec, constraint, count=10) == disagreeing(codec, constraint, count=10, begin=["{"]) == []


def test_shallow_nesting_is_kept_to(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "DEEPEST", 3)
    constraint = JsonText(codec)
    assert disagreeing(codec, constraint, count=20, begin=["[", "[", "["]) == []
    assert refused(codec, constraint, lambda text: loads(text) and deepest(text) <= 3, count=100, begin=["["]) == []
    assert not {"[", "{"} & set(said(codec, constraint.begin(["["] * 3), constraint))


def deepest(text: str) -> int:
    def depth(value: object) -> int:
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        return isinstance(value, list | dict) + max(map(depth, inner), default=0)

    return depth(json.loads(text))


def test_json_is_taken_and_nothing_else(codec: Codec, constraint: Constraint) -> None:
    assert [text for text in [*TEXTS, *VALID] if not accepted(codec, constraint, text)] == []
    assert [text for text in INVALID if accepted(codec, constraint, text)] == []


def test_usual_indentation_costs_nothing() -> None:
    codec = codec_of(Json(), TEXTS)
    symbols = list(codec.tokenizer.split(json.dumps([{"id": 1, "tags": [0, 0]}], indent=2)))
    assert [each for each in symbols if str(each).startswith(" _")] == []
    assert symbols[:7] == ["[", " \n", "{", " \n", '"id"', ":", "1"]


def test_the_shortest_completion_is_short(codec: Codec, constraint: Constraint) -> None:
    begun = ["{", ' s"', " +a"]
    way = [str(each) for each in constraint.complete(constraint.begin(begun)) or ()]
    assert len(way) == 4 and loads(spoken(codec, [*begun, *way]))


def test_a_level_that_is_none_is_an_error() -> None:
    with pytest.raises(UnknownName, match="block"):
        Json(levels=("block",))
