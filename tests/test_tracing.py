"""What a model does at each symbol: costs as it scores, units as the definition has them, resets where they are."""

import math
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqgen
from seqgen import model as definition
from seqgen.api import Model
from seqgen.api.tracing import LIKELY, activations, row_of, traced
from seqgen.cli import main
from seqgen.errors import UsageError
from seqgen.pictures import Spot, draw_heat
from seqgen.pictures.heat import WIDE, Measure, laid_out
from seqgen.pictures.scales import SCALES
from tests.colours import contrast, luminance
from tests.runs import SMALL, one_thread, write_book

TEXT = "ash deep iron\n\nmoss oak pine\nquiet"
KINDS: dict[str, dict[str, Any]] = {
    "paragraph": {"reset": "paragraph", "layers": 2},
    "many-to-one": {"context": 3},
    "one-to-many": {"horizon": 3, "cell": "gru"},
    "convolution": {"cell": "convolution"},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run of each kind; read only."""
    folder = tmp_path_factory.mktemp("runs")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        book = write_book(folder)
        for name, options in KINDS.items():
            seqgen.train(book, out=folder / name, **SMALL, steps=3, **options)
        yield folder


def loaded(runs: Path, name: str) -> Model:
    found: Model = seqgen.load(runs / name)
    return found


@pytest.mark.parametrize("name", KINDS)
def test_symbols_cost_what_scoring_says(runs: Path, name: str) -> None:
    model = loaded(runs, name)
    spots, unit = traced(model, [(TEXT, {}), ("ash", {})])
    scored = [*model.score(TEXT), *model.score("ash")]
    assert [spot.bits for spot in spots] == [each.bits for each in scored] and unit == ""
    marks = [k for k, spot in enumerate(spots) if spot.ends]
    assert [spots[k].text for k in marks] == ["⟨document⟩"] * 2 and marks[-1] == len(spots) - 1
    assert "".join(spot.text for spot in spots[: marks[0]]).replace("⟨paragraph⟩", "") == TEXT


@pytest.mark.parametrize("name", KINDS)
def test_what_was_likely_is_as_likely_as_the_bits_say(runs: Path, name: str) -> None:
    for spot in traced(loaded(runs, name), [(TEXT, {})])[0]:
        shares = [share for _, share in spot.likely]
        assert len(shares) == LIKELY and sorted(shares, reverse=True) == shares and sum(shares) <= 1 + 1e-9
        told = dict(spot.likely).get(spot.text)
        assert told is None or -math.log2(told) == pytest.approx(spot.bits)


def plain(model: Model, ids: list[int]) -> np.ndarray:
    """What the layers output behind each id, by the definition, from a document's mark on."""
    settings, params = model.checkpoint.model, model.checkpoint.params
    state, rows = definition.start(settings, params, 1), []
    for id in [0, *ids]:
        _, state = definition.step(settings, params, np.array([id]), state)
        rows.append(np.concatenate([layer[0][0] for layer in state]))
    return np.stack(rows[1:])


def test_units_are_those_of_the_definition(runs: Path) -> None:
    model = loaded(runs, "paragraph")
    row = row_of(model, TEXT, {})
    states_TU, units = activations(model, [row])
    assert np.allclose(states_TU, plain(model, row.ids), atol=1e-5) and np.ptp(states_TU) > 0.05
    assert states_TU.shape == (len(row.ids), 64) and [*map(str, (units[0], units[-1]))] == ["0:0", "1:31"]


def test_resets_are_where_the_state_is_that_of_the_start(runs: Path) -> None:
    model = loaded(runs, "paragraph")
    spots, _ = traced(model, [(TEXT, {})])
    assert [spot.text for spot in spots if spot.reset] == ["⟨paragraph⟩", "⟨document⟩"]
    states_TU, _ = activations(model, [row_of(model, TEXT, {})])
    assert [not states_U.any() for states_U in states_TU] == [spot.reset for spot in spots]


def test_a_context_is_read_from_a_fresh_state(runs: Path) -> None:
    model = loaded(runs, "many-to-one")
    one, other = (activations(model, [row_of(model, text, {})])[0] for text in ("oak ash", "moss ash"))
    assert np.array_equal(one[6], other[7]) and not np.array_equal(one[4], other[4])


def test_units_inside_a_block_are_those_of_reading_every_symbol(runs: Path) -> None:
    model = loaded(runs, "one-to-many")
    row = row_of(model, TEXT, {})
    assert np.allclose(activations(model, [row])[0], plain(model, row.ids), atol=1e-5)


def test_a_unit_is_asked_for_by_number_or_as_the_best(runs: Path) -> None:
    model = loaded(runs, "paragraph")
    states_TU, _ = activations(model, [row_of(model, TEXT, {})])
    for asked, at in {"1:2": 34, "0:7": 7, "7": 7}.items():
        spots, found = traced(model, [(TEXT, {})], unit=asked)
        assert [spot.activation for spot in spots] == states_TU[:, at].tolist() and found == f"{at // 32}:{at % 32}"
    layer, channel = map(int, traced(model, [(TEXT, {})], unit="best")[1].split(":"))
    assert states_TU.std(0)[32 * layer + channel] >= np.median(states_TU.std(0))


@pytest.mark.parametrize("unit", ["2:0", "0:32", "x", "-1", "1:", "٣", "9" * 400])
def test_a_unit_that_is_not_there_is_refused(runs: Path, unit: str) -> None:
    with pytest.raises(UsageError, match=r"the model has 0:0 to 0:31, 1:0 to 1:31"):
        traced(loaded(runs, "paragraph"), [(TEXT, {})], unit=unit)


def test_without_a_hidden_state_there_is_no_unit(runs: Path) -> None:
    with pytest.raises(UsageError, match="convolution"):
        traced(loaded(runs, "convolution"), [(TEXT, {})], unit="0")
    mixed = seqgen.mixed(loaded(runs, "paragraph"), {loaded(runs, "paragraph"): 0.5})
    assert traced(mixed, [(TEXT, {})])[0]
    with pytest.raises(UsageError, match="mixed with others"):
        traced(mixed, [(TEXT, {})], unit="0")


class Inert(HTMLParser):
    """Reads a page, and keeps its tags, the titles of its symbols and the text between <pre> and </pre>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.titles: list[str] = []
        self.text, self._inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.titles += [value or "" for name, value in attrs if name == "title" and tag == "span"]
        self._inside = self._inside or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


HOSTILE = [
    "<script>alert(1)</script>",
    "\x1b[31m",
    "\x00",
    "\u202eabc",
    "\ud800",
    "\" onclick='x'",
    "&lt;",
    "\r",
    "a\n",
]


def test_a_page_is_inert_whatever_it_shows(tmp_path: Path) -> None:
    spots = [Spot(text, 3.0, [(text, 0.5)], reset=True, ends=True) for text in HOSTILE]
    draw_heat(tmp_path / "a.html", spots, title="<b>&" + HOSTILE[0], note=HOSTILE[5])
    page = (tmp_path / "a.html").read_text("utf-8")
    found = Inert(page)
    assert found.tags == {"html", "head", "meta", "title", "style", "body", "h1", "p", "span", "pre", "b"}
    assert found.names == {"lang", "charset", "http-equiv", "content", "name", "class", "title"}
    assert "default-src 'none'" in page and "url(" not in page and "http:" not in page
    assert not {sign for sign in page if not sign.isprintable()} - {"\n"}
    for said in (HOSTILE[0], r"\x1b[31m", r"\x00", r"\u202eabc", r"\ud800", HOSTILE[5], "&lt;", r"\r", "a↵\n"):
        assert said in found.text
    draw_heat(tmp_path / "a.svg", spots, title=HOSTILE[0])
    assert "<script" not in (tmp_path / "a.svg").read_text("utf-8")


def test_a_page_says_in_words_what_it_says_in_colours(tmp_path: Path) -> None:
    spots = [Spot("a", 0.5, [("b", 0.75), (" ", 0.125)]), Spot("b", 40.0), Spot("c", 1.0, activation=-0.25)]
    draw_heat(tmp_path / "a.html", spots[:2], theme="both")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert Inert(page).titles == ["0.50 bits; likeliest: b 75.0%, ' ' 12.5%", "40.00 bits"]
    assert "@media screen and (prefers-color-scheme: dark)" in page and "8+ bits" in page
    assert 'class="h8" title="40.00 bits"' in page and 'class="h0" title="0.50 bits' in page
    draw_heat(tmp_path / "a.html", spots[2:], theme="dark")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert Inert(page).titles == ["activation -0.250; 1.00 bits"] and 'class="n2"' in page
    assert "prefers-color-scheme" not in page and SCALES["light"].ground not in page


def test_activations_beyond_one_stretch_the_scale() -> None:
    spots = [Spot("a", 1.0, activation=value) for value in (-4.0, 2.0, 0.0)]
    assert [Measure.of(spots).step(spot) for spot in spots] == [-8, 4, 0]
    assert [said for _, said in Measure.of(spots).legend()][::8] == ["-4", "0", "4"]


@pytest.mark.parametrize("theme", SCALES)
def test_scales_are_even_and_go_one_way(theme: str) -> None:
    scale = SCALES[theme]
    for sign in (1, -1):
        lights = [luminance(scale.at(sign * k / 8)) for k in range(9)]
        assert lights == sorted(lights, reverse=theme == "light") and len(set(lights)) == 9
        assert all(contrast(scale.at(sign * k / 8), scale.ink) >= 4.5 for k in range(9))
    assert scale.at(0) == scale.ground and scale.at(1) == scale.high == scale.at(7) and scale.at(-1) == scale.low
    assert luminance(scale.ground) > 0.99 or luminance(scale.ground) < 0.01


def test_letters_of_a_picture_stand_in_rows() -> None:
    spots = [Spot("a" * 50, 1.0), Spot("b" * 40, 1.0), Spot("\n", 1.0), Spot(" ", 1.0, ends=True), Spot("人", 1.0)]
    cells = [(cell.row, cell.column, cell.columns) for cell in laid_out(spots)]
    assert cells == [(0, 0, 50), (1, 0, 40), (1, 40, 1), (2, 0, 1), (3, 0, 2)]
    assert [cell.columns for cell in laid_out([Spot("c" * 99, 1.0)])] == [WIDE]


def test_a_picture_has_its_limits(tmp_path: Path) -> None:
    spots = [Spot("a", 1.0, ends=True)] * 111
    with pytest.raises(UsageError, match=r"111 rows .* Name a \.html file"):
        draw_heat(tmp_path / "a.svg", spots)
    draw_heat(tmp_path / "a.html", spots)
    draw_heat(tmp_path / "b.svg", [])
    draw_heat(tmp_path / "a.svg", [replace(spots[0], reset=True)])
    assert (tmp_path / "b.svg").stat().st_size < (tmp_path / "a.svg").stat().st_size


def test_the_command_draws_and_prints_nothing(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = str(runs / "paragraph")
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path))
    for name, more in {"a.html": [], "b.html": ["--unit", "1:3"], "c.svg": ["--theme", "dark"], "c.png": []}.items():
        assert main(["chars", "score", run, TEXT, "--heat", str(tmp_path / name), *more]) == 0
        said = capsys.readouterr()
        assert said.out == "" and f"Wrote {tmp_path / name}. 36 symbols" in said.err
    assert "activation" in (tmp_path / "b.html").read_text("utf-8")
    wrongs = (["--unit", "0"], ["--theme", "dark"], ["--heat", "a.pdf"], ["--heat", "no/a.html"])
    both, again = ["--json", "--heat", str(tmp_path / "d.html")], ["--heat", str(tmp_path / "a.html")]
    for wrong in (*wrongs, both, again):
        assert main(["chars", "score", run, TEXT, *wrong]) == 2 and "Traceback" not in capsys.readouterr().err


def test_no_picture_takes_the_place_of_a_file(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = str(runs / "paragraph")
    for name in ("notes.html", "notes.svg", "notes.txt"):
        Path(name).write_text("mine", "utf-8")
    for drawing in (
        ["chars", "score", run, TEXT, "--heat", "notes.html"],
        ["chars", "inspect", "notes.txt", "--pairs", "1", "--diagram", "notes.svg"],
        ["plot", run, "--out", "notes.svg"],
    ):
        assert main(drawing) == 2 and "is there already" in capsys.readouterr().err
    assert {each.read_text("utf-8") for each in tmp_path.glob("notes.*")} == {"mine"}


def test_what_writes_nothing_by_itself_stands_in_brackets(tmp_path: Path) -> None:
    with one_thread():
        model = seqgen.train(write_book(tmp_path), out=tmp_path / "run", domain="words", **SMALL, steps=2)
    spots, _ = traced(model, [("Deep IRON-stone.", {})])
    assert [spot.text for spot in spots if "⟨" not in spot.text] == ["Deep", " IRON", "-", "stone", "."]
    assert len(spots) > 6 and spots[-1].text == "⟨document⟩"
