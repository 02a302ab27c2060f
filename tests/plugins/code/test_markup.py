"""Markup: every text comes back, what is drawn is well-formed; the machine says all that may follow."""

from random import Random
from xml.etree import ElementTree

import pytest

from seqgen.codec import Codec
from seqgen.constraint import Constraint
from seqgen.errors import UnknownName
from seqgen.tokenizer import Boundary
from seqgen_code.constraints import plain
from seqgen_code.constraints.markup import MarkupText
from seqgen_code.spelling import Automaton, markup
from seqgen_code.tokenizers.languages import Markup
from tests.plugins.code.walks import accepted, codec_of, disagreeing, garbage, lossy, miswritten, refused, spoken

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c -->\n<!DOCTYPE article>\n'
SECTION = """  <section kind="p" n="1">
    <p class="x">Some <em>text</em>, &lt; &#233;.<br/></p>
    <zeppelin big='1'
      size="2"/><![CDATA[a <b> ]]> <zeppelin >x</zeppelin
></section>
"""
ARTICLE = f'{PROLOG}<article id="a1" lang="en">\n{20 * SECTION}</article>\n'
PARTS = """< > </ /> = " ' a b p <a <p> </p> </div> x="1" y='2' & &amp; &lt &# &#x41; ; <!-- --> -- <![CDATA[ ]]> <? ?>
<! <!DOCTYPE ! é br <br> <zeppelin zeppelin 1 . : / _ class= id="i 😀""".split()
PARTS += [" ", "\n", "\t", "\r", "\f", "\0", "\ud800", "\ufeff", "<div ", " disabled"]
VALID = [
    ARTICLE,
    "<a/>",
    "<a></a >",
    '<a b="1" c="2"/>\n',
    "<zz zy='&amp;'>x<zz zy='1'></zz>y</zz>",
    "<a><!-- - --></a>",
]
VALID += ["<a>" * 100 + "</a>" * 100, "<a>]]</a>", '<a b = "]]>"\n>&#x10FFFF;</a>']
INVALID = [
    "<a><b></a></b>",
    '<a b="1" b="2"/>',
    '<a b="1"c="2"/>',
    "<a>&nbsp;</a>",
    "<a>",
    "a<a/>",
    "<a>]]></a>",
    "<a/><b/>",
]
INVALID += [
    "",
    "< a/>",
    "<a b=1/>",
    "<a b/>",
    "<a>&#0;</a>",
    "<a>\f</a>",
    "<a>\uffff</a>",
    "<a><!-- -- --></a>",
    "</a>",
]
INVALID += ["<a/><!-- ---->", "<zy zx='1' zx='1'/>", "<zy zx='1' q='' zx='1'/>", "<a b='<'/>", "<a:b/>", "<br><p></p>"]
INVALID += [
    "<?xml version='2.0'?><a/>",
    "<a/><?xml version='1.0'?>",
    "<a>" * 101 + "</a>" * 101,
    "<!DOCTYPE a",
    "<a/>x",
]


@pytest.fixture(scope="module", params=[True, False], ids=["trained", "untrained"])
def codec(request: pytest.FixtureRequest) -> Codec:
    return codec_of(Markup(levels=("block",)), [ARTICLE, ARTICLE] if request.param else ())


@pytest.fixture(scope="module")
def constraint(codec: Codec) -> Constraint:
    return MarkupText(codec)


def parses(text: str) -> bool:
    try:
        ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    return True


def test_every_text_comes_back(codec: Codec) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, Markup)
    assert lossy(tokenizer, [*VALID, *INVALID, *garbage(PARTS, count=3000)]) == []


def test_the_lexemes_are_the_text() -> None:
    for text in [*VALID, *INVALID, *garbage(PARTS, count=1000)]:
        assert "".join(gap + lexeme for gap, lexeme in Markup().language.lexemes(text)) == text


def test_all_symbols_can_be_written(codec: Codec) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, Markup)
    common = [each for each in tokenizer.alphabet() if each[:2] not in (" +", " ^", " ~", " r")]
    some = [*common, " ^1", " ^", " ^z", " +2", ' +"', " ~c3", " ~a9", " r0", " r1"]
    assert miswritten(tokenizer, some, count=1000) == []


def test_what_is_drawn_is_well_formed(codec: Codec, constraint: Constraint) -> None:
    assert refused(codec, constraint, parses, count=300, begin=["<", " ^a", ">"]) == []


@pytest.mark.slow
def test_what_is_drawn_much_is_well_formed(codec: Codec, constraint: Constraint) -> None:
    assert refused(codec, constraint, parses, count=3000, begin=["<", " ^a", ">"]) == []


def test_text_that_takes_every_sign_is_caught(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    careless = Automaton({"": [(frozenset("a&<"), "")]}, ends=[""])
    monkeypatch.setattr(markup, "content", lambda: careless)
    assert refused(codec, MarkupText(codec), parses, count=50, begin=["<", " ^a", ">"])


def test_attributes_that_come_twice_are_caught(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = ["<", " ^a", " ^b", "=", ' s"', " ."]
    assert refused(codec, MarkupText(codec), parses, count=300, begin=begin) == []

    known = MarkupText._fresh
    monkeypatch.setattr(MarkupText, "_fresh", lambda self, mask, writer, _: known(self, mask, writer, ()))
    assert refused(codec, MarkupText(codec), parses, count=300, begin=begin)


def test_what_is_allowed_is_what_can_be_said(codec: Codec, constraint: Constraint) -> None:
    assert disagreeing(codec, constraint, count=10, begin=["<", " ^a", ">"]) == []
    assert disagreeing(codec, constraint, count=10, begin=["<", " ^a"]) == []


def test_shallow_nesting_is_kept_to(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "DEEPEST", 3)
    constraint = MarkupText(codec)
    begin = ["<", " ^a", ">"] * 2

    def fits(text: str) -> bool:
        return parses(text) and deepest(ElementTree.fromstring(text)) <= 4

    assert refused(codec, constraint, fits, count=200, begin=begin) == []
    assert not accepted(codec, constraint, "<a>" * 4 + "</a>" * 4)


def deepest(element: ElementTree.Element) -> int:
    return 1 + max(map(deepest, element), default=0)


def test_well_formed_markup_is_taken_and_nothing_else(codec: Codec, constraint: Constraint) -> None:
    assert [text for text in VALID if not (parses(text) and accepted(codec, constraint, text))] == []
    assert [text for text in INVALID if accepted(codec, constraint, text)] == []


def test_one_symbol_closes_an_element() -> None:
    tokenizer = Markup()
    symbols = list(tokenizer.split("<p>a<br></p><q>b</q\n>"))
    assert symbols.count(" .") == 1 and symbols.count("</") == 1
    assert symbols[-2:] == [" _\n", " ."]
    assert "".join(tokenizer.join(["<", " ^p", ">", " +x", " .", " ."])) == "<p>x</p>"


def test_children_of_the_outermost_element_are_blocks() -> None:
    symbols = Markup(levels=("block",)).split("<a>x<b><c/></b>y<d/></a>")
    text = "".join(str(each) if isinstance(each, str) else "|" for each in symbols)
    assert text.count("|") == 2 and Boundary("block") not in Markup().split("<a><b/></a>")
    with pytest.raises(UnknownName, match="line"):
        Markup(levels=("line",))


def test_references_are_to_characters_of_xml() -> None:
    text, random = markup.content(), Random(1)
    edges = [0, 8, 9, 10, 11, 13, 31, 32, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFD, 0xFFFE, 0x10000, 0x10FFFF, 0x110000]
    for code in [*edges, *(random.randrange(0x120000) for _ in range(1000))]:
        legal = any(low <= code <= high for low, high in markup.CODES)
        for said in (f"&#{code};", f"&#x{code:x};", f"a&#x00{code:X};b"):
            assert text.accepts(text.run(text.start, said)) == legal == parses(f"<a>{said}</a>")


def test_the_shortest_completion_is_short(codec: Codec, constraint: Constraint) -> None:
    def completed(*begun: str) -> str:
        return spoken(codec, [*begun, *(constraint.complete(constraint.begin(begun)) or ())])

    assert completed("<", " ^p", ">", " +a") == "<p>a</p>"
    assert completed("<", " ^p", " ^b", "=", ' s"', " .", " ^b").startswith('<p b="" b')
    assert parses(completed("<", " ^p", " ^b", "=", ' s"', " .", " ^b"))
