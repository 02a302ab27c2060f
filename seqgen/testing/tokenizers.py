"""The laws of tokenizers: what `split` and `join` owe each other, and what stands beside them owes both."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np

from seqgen import records
from seqgen.codec import Codec
from seqgen.domain import TEXT, Content
from seqgen.errors import shown
from seqgen.testing.law import law, require
from seqgen.testing.splitting import TokenizerCase, codec_of, encoded, spoken
from seqgen.testing.stock import lengthened
from seqgen.testing.trying import apart, on_each
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary, Tokenizer, options_of

STREAMED = 400
"""Symbols of a text, from which on something must come out before they have all been read."""


OVERRIDE = "Override `writer`: the one there is writes symbols as they are"


@law("tokenizer", "round trip")
def round_trip(case: TokenizerCase) -> None:
    """What is split and joined is the content again; a loss is the same the second time."""

    def hold(content: Content) -> None:
        for tokenizer in case.both:
            wanted = case.back(tokenizer, content) if case.stock.lossy else content
            found = case.back(tokenizer, wanted)
            symbols = list(islice(tokenizer.split(wanted), 12))
            there = f"{apart(wanted, found)}; it was split into {shown(symbols)}"
            require(bool(wanted == found), there, "Let split keep what join needs, or declare the loss as `lossy`")

    case.on_contents(hold)


@law("tokenizer", "join is total")
def total(case: TokenizerCase) -> None:
    """Whatever a model may say can be joined: any symbols in any order, none at all too.

    The symbols are those that a vocabulary may hold: those met in the samples, the alphabet, those of the specimens.
    """
    text = case.stock.domain.form.text

    def hold(symbols: list[str]) -> None:
        found = case.stock.whole(case.plain.join(symbols))
        kind = str if text else case.stock.domain.form.kind
        there = f"given the symbols {shown(symbols)}, {shown(found)} came back"
        require(isinstance(found, kind), there, f"Join to {kind.__name__}")

    hold([])
    case.on_symbols(hold)


@law("tokenizer", "join never changes")
def final(case: TokenizerCase) -> None:
    """What join has given stays, whatever follows; text comes while symbols do."""

    def hold(symbols: list[str]) -> None:
        begun = symbols[: len(symbols) // 2]
        one, other = (_early(case.plain, begun, rest) for rest in (symbols[len(begun) :], begun[::-1]))
        there = f"behind {shown(begun)}, one time it had given {shown(one)}, and another {shown(other)}"
        require(bool(one == other), there, "Give a piece when no later symbol can change it")

    def streams(content: Content) -> None:
        symbols = list(spoken(case.plain, content))[: 2 * STREAMED]
        early = _early(case.plain, symbols[:STREAMED], symbols[STREAMED:])
        there = f"nothing had come out after {STREAMED} of {len(symbols)} symbols"
        require(len(symbols) < 2 * STREAMED or bool(early), there, "Yield pieces while the symbols are read")

    case.on_symbols(hold)
    if case.stock.domain.form.text:
        on_each([*case.stock.contents, lengthened(case.stock.contents)], streams)


def _early(tokenizer: Tokenizer, begun: Sequence[str], rest: Iterable[str]) -> list[Content]:
    """What join gives before it asks for anything behind the symbols begun with."""
    behind = False

    def told() -> Iterator[str]:
        nonlocal behind
        yield from begun
        behind = True
        yield from rest

    found = list[Content]()
    for piece in tokenizer.join(told()):
        if behind:
            break
        found.append(piece)
    return found


@law("tokenizer", "writer is join", text_alone=True)
def written(case: TokenizerCase) -> None:
    """The writer's pieces, symbol by symbol, are what join gives."""

    def hold(symbols: list[str]) -> None:
        writer, joined = case.plain.writer(), "".join(case.plain.join(symbols))
        found, state = writer.whole(symbols), writer.behind(symbols)
        there = f"given the symbols {shown(symbols)}, join gave {shown(joined)} and the writer {shown(found)}"
        default = type(case.plain).writer is Tokenizer.writer
        require(joined == found, there, OVERRIDE if default else "Give a writer that writes as join does")
        require(hash(state) == hash(writer.behind(symbols)), f"{shown(state)} is another the next time", "Never change")

    case.on_symbols(hold)
    on_each(case.stock.contents, lambda content: hold(list(spoken(case.plain, content))))


@law("tokenizer", "encode is split")
def encode(case: TokenizerCase) -> None:
    """encode gives the ids of what split gives, in any vocabulary, with those unknown."""

    def hold(content: Content) -> None:
        for tokenizer, keep in zip(case.both, (1, 2), strict=True):
            vocabulary = codec_of(tokenizer, [content, *case.stock.contents[:1]], keep=keep).vocabulary
            wanted = [vocabulary.id_of(symbol) for symbol in tokenizer.split(content)]
            found = encoded(tokenizer, content, vocabulary)
            there = f"given {shown(content)}, encode gave {shown(found)}, and the ids of split are {shown(wanted)}"
            require(found == wanted, there, "Leave encode out, or make it the twin of split")
            kinds = {ids.dtype.kind for ids in tokenizer.encode(content, vocabulary)}
            require(kinds <= {"i", "u"}, f"the arrays are of the kinds {kinds}", "Give integers")

    case.on_contents(hold)


@law("tokenizer", "count is split")
def count(case: TokenizerCase) -> None:
    """count says how often split gives each symbol and boundary."""

    def hold(content: Content) -> None:
        for tokenizer in case.both:
            found, wanted = tokenizer.count(content), Counter(tokenizer.split(content))
            odd = next((s for s in {**found, **wanted} if found[s] != wanted[s]), None)
            there = f"given {shown(content)}, {odd!r} was counted {found[odd]} times" if odd is not None else ""
            require(odd is None, there, "Leave count out, or make it the twin of split")

    case.on_contents(hold)


@law("tokenizer", "boundaries")
def boundaries(case: TokenizerCase) -> None:
    """Symbols are text; boundaries are of the levels asked for, which the domain has."""

    def hold(content: Content) -> None:
        for tokenizer in case.both:
            for symbol in tokenizer.split(content):
                there = f"given {shown(content)}, with levels {tokenizer.levels}, {shown(symbol)} came"
                require(type(symbol) in (str, Boundary), there, "Give symbols of type str, and Boundary")
                require(symbol != DOCUMENT_BOUNDARY, there, "Leave the marks of documents to the core")
                known = not isinstance(symbol, Boundary) or symbol.level in tokenizer.levels
                require(known, there, "Give no boundary that was not asked for")

    unknown = [level for level in case.plain.levels if level not in case.stock.domain.levels]
    require(not unknown, f"it has the levels {unknown}, which its domain has not", "Name levels of the domain")
    case.on_contents(hold)


@law("tokenizer", "options")
def options(case: TokenizerCase) -> None:
    """Options have a default and a line of help, and survive JSON; name and version are plain."""
    kind, made = case.kind, case.kind(**case.stock.options)
    value = json.loads(records.canonical(options_of(made)))
    again = records.from_json(kind, value)
    require(again == made, f"{shown(made)} became {shown(again)} in JSON", "Let options be values that JSON has")
    bare = [f.name for f in fields(kind) if f.init and f.name != "levels" and not f.metadata.get("help")]
    require(not bare, f"{', '.join(bare)} has no help", "Make fields with seqgen.records.option")
    whole = type(kind.version) is int and kind.version > 0
    require(whole, f"the version is {kind.version!r}", "Count versions from 1, and up when symbols change")
    require(kind.domain == case.stock.domain.name, f"its domain is {kind.domain!r}", "Name the domain that it is of")


@law("tokenizer", "learnt")
def learnt(case: TokenizerCase) -> None:
    """What was learnt survives JSON; with it, a new tokenizer splits as the old one does."""
    value = case.plain.learnt()
    again = case.kind(**case.stock.options).with_learnt(json.loads(records.canonical(value)))
    there = f"{shown(value)} became {shown(again.learnt())}"
    require(records.canonical(again.learnt()) == records.canonical(value), there, "Let learnt give plain JSON values")
    for content in case.stock.contents:
        one, other = list(case.plain.split(content)), list(again.split(content))
        there = f"{_parting(one, other)}; it had learnt {shown(value)}"
        require(one == other, there, "Let learnt hold all that fit found")


@law("tokenizer", "determinism")
def determinism(case: TokenizerCase) -> None:
    """The same content is always split alike, by one tokenizer twice and by a new one."""
    anew = case.kind(**case.stock.options).fit(case.stock.documents)

    def hold(content: Content) -> None:
        first, *more = (list(each.split(content)) for each in (case.plain, case.plain, anew))
        for other in more:
            there = f"given {shown(content)}, {_parting(first, other)}"
            require(first == other, there, "Let nothing but the options and what was learnt have a say")

    case.on_contents(hold)


def _parting(one: list[Any], other: list[Any]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"symbol {at} was {shown(one[at : at + 3])}, and then {shown(other[at : at + 3])}"


@law("tokenizer", "heal", text_alone=True)
def heal(case: TokenizerCase) -> None:
    """The content of a prompt's whole symbols, and what must follow, are the prompt."""

    def hold(prompt: str) -> None:
        symbols, follow = case.plain.heal(prompt)
        found = case.plain.writer().whole(each for each in symbols if isinstance(each, str)) + follow
        there = f"given {prompt!r}, it gave the symbols {shown(symbols)} and the rest {follow!r}"
        if found != prompt:
            require(False, there, _towards_healing(case, prompt, symbols))

    case.on_contents(hold)


def _towards_healing(case: TokenizerCase, prompt: str, symbols: Sequence[Any]) -> str:
    """What to do about a prompt that does not come back: perhaps nothing about `heal`."""
    if not all(isinstance(each, str | Boundary) for each in symbols):
        return "See `boundaries` first"
    if case.back(case.plain, prompt) != prompt:
        return "See `round trip` first"
    if type(case.plain).writer is Tokenizer.writer and type(case.plain).heal is Tokenizer.heal:
        return OVERRIDE
    return "Hold back no more than the word that may go on"


@law("tokenizer", "lengths", text_alone=True)
def lengths(case: TokenizerCase) -> None:
    """The lengths of the symbols sum to that of the content, where figures are told per character."""

    def hold(content: str) -> None:
        codec = codec_of(case.plain, [content])
        ids = np.array(encoded(case.plain, content, codec.vocabulary), np.int32)
        there = f"given {shown(content)} of {len(content)} characters, they sum to {codec.measure(ids).sum()}"
        require(codec.measure(ids).sum() == len(content), there, "Give a writer, or mend length")

    if not case.stock.lossy and case.stock.domain.form.unit == TEXT.unit:
        case.on_contents(hold)


@law("tokenizer", "vocabulary")
def vocabulary(case: TokenizerCase) -> None:
    """One corpus gives one vocabulary; what it holds has an id, and an id its symbol."""
    anew = codec_of(case.kind(**case.stock.options).fit(case.stock.documents), case.stock.contents)
    one, other = case.codec.to_json(), anew.to_json()
    there = f"{shown(one['tokenizer'])} and then {shown(other['tokenizer'])}"
    require(one == other, f"learning the samples twice gave {there}", "Let fit follow from the corpus alone")
    again = Codec.from_json(json.loads(records.canonical(one)), {case.kind.name: case.kind})
    require(again.vocabulary == case.codec.vocabulary, "JSON changed it", "Let symbols be text")
    alphabet = case.plain.alphabet()
    require(len(set(alphabet)) == len(alphabet), "a symbol of the alphabet occurs twice", "Give each once")
    for content in case.stock.contents:
        ids = encoded(case.plain, content, case.codec.vocabulary)
        unknown = case.codec.vocabulary.unknown in ids
        require(not unknown, f"given {shown(content)}, a symbol is unknown", "Let count give every symbol of split")
