"""Pictures: the same byte for byte, told apart by all eyes on any ground, and inert whatever they show."""

import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seqgen import pictures
from seqgen.api.gallery import curve_of
from seqgen.cli import main
from seqgen.cli.plot import names
from seqgen.errors import InputError, UsageError
from seqgen.pictures import style
from seqgen.pictures.curve import EXCERPTS, marked
from seqgen.pictures.style import BLUE, BOTH, DARK, GREEN, LIGHT, PURPLE, VERMILION
from seqgen.pictures.writing import columns, one_line
from tests.colours import contrast

matplotlib = pytest.importorskip("matplotlib")

SAMPLES = ["a $wild$ one ```", "```\n## Step 9: no", "\x1b[31mred\x00 <script>&amp;", "ends \u202e here \ud7ff 人"]


def write_run(folder: Path, *, looks: int = 4) -> Path:
    """A run's folder, as far as a picture is made of it."""
    folder.mkdir(parents=True)
    noted, gallery = [], ""
    for step in range(10, 10 * looks + 1, 10):
        for at in (step - 5, step):
            noted.append({"step": at, "training": {"nats": 30 / at, "bits_per_character": 45 / at}})
        noted.append({"step": step, "validation": {"nats": 28 / step, "bits_per_character": 44 / step}, "best": True})
        fence = "`" * 4
        gallery += f"## Step {step}: 1 bits per character\n\n{fence}text\n{SAMPLES[step // 10 % 4]}\n{fence}\n\n"
    (folder / "metrics.jsonl").write_text("".join(json.dumps(each) + "\n" for each in noted), "utf-8")
    (folder / "samples.md").write_text(gallery, "utf-8")
    return folder


def words(path: Path) -> list[str]:
    """What an SVG says, element by element; it is XML that any reader takes."""
    found = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(each.itertext()) for each in found]


def test_what_a_run_tells_is_found_again(tmp_path: Path) -> None:
    curve = curve_of(write_run(tmp_path / "run"))
    assert (curve.name, curve.unit, curve.training_unit) == ("run", "character", "")
    assert [step for step, _ in curve.training] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert curve.best == curve.validation[-1] == (40, 1.1)
    assert [(each.step, each.text) for each in curve.samples] == [(10 * k, SAMPLES[k % 4]) for k in range(1, 5)]


def test_old_runs_tell_training_by_the_symbol(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "metrics.jsonl").write_text('{"step": 1, "training": {"nats": 0.6931471805599453}}\n')
    curve = curve_of(run)
    assert curve.training == [(1, 1.0)] and curve.training_unit == "symbol" and curve.best is None


def test_a_run_that_goes_on_is_drawn(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    for name in ("metrics.jsonl", "samples.md"):
        (run / name).write_text((run / name).read_text("utf-8")[:-12], "utf-8")
    curve = curve_of(run)
    assert len(curve.validation) == 3 and len(curve.samples) == 3
    assert main(["plot", str(run)]) == 0 and "held out" in words(run / "curve.svg")


def test_a_run_that_has_told_nothing_is_drawn(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", looks=0)
    assert main(["plot", str(run), "--out", str(tmp_path / "x.svg")]) == 0
    assert "no loss has been noted yet" in words(tmp_path / "x.svg")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"training": 1}', '{"step": 1, "training": {}}', '{"step": 1, "training": {"nats": NaN}}']
)
def test_broken_metrics_are_named_by_line(tmp_path: Path, line: str) -> None:
    run = write_run(tmp_path / "run")
    (run / "metrics.jsonl").write_text('{"step": 1}\n' + line + "\n")
    with pytest.raises(InputError, match="line 2 is none"):
        curve_of(run)


def test_what_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(write_run(tmp_path / "run"))
    assert main(["plot", str(tmp_path / "none")]) == 2 and "there is no such folder" in capsys.readouterr().err
    assert main(["plot", str(tmp_path)]) == 2 and "there is no metrics.jsonl in it" in capsys.readouterr().err
    assert main(["plot", run, "--out", "a.pdf"]) == 2 and ".svg or .png" in capsys.readouterr().err
    assert main(["plot", run, "--theme", "drak"]) == 2 and "Did you mean 'dark'?" in capsys.readouterr().err


def test_without_matplotlib_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'seqgen\[plot\]'"):
        pictures.draw_curves(tmp_path / "a.svg", [])


def test_samples_are_few_and_apart() -> None:
    points = [pictures.Point(step, 1.0) for step in range(1, 101)]
    samples = [pictures.Excerpt(step, "text") for step in range(1, 101)]
    one = pictures.Curve("one", points, samples=samples)
    steps = [mark.point.step for mark in marked([one])]
    assert len(steps) <= EXCERPTS and steps[-1] == 100 and all(b - a >= 16 for a, b in pairwise(steps))
    many = marked([one] * 20)
    assert len(many) == 20 and [mark.number for mark in many] == list(range(1, 21))
    assert marked([pictures.Curve("none")]) == []


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    runs = [str(write_run(tmp_path / name / "run")) for name in "ab"]
    assert main(["plot", *runs, "--out", str(tmp_path / "x.svg")]) == 0
    assert len({each for each in words(tmp_path / "x.svg") if each.endswith("training")}) == 2
    assert {"a/run", "b/run", "a/run, step 40"} <= set(words(tmp_path / "x.svg"))
    assert names([Path("a"), Path("b/c")]) == ["a", "c"] and names([Path("a")] * 2) == ["a", "a"]
    assert [mark.run for mark in marked([curve_of(Path(run)) for run in runs])] == [0, 0, 1, 1]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_numbers_of_two_runs_stand_on_either_side_of_both_curves(tmp_path: Path, order: tuple[int, int]) -> None:
    one, other = (
        pictures.Curve(
            name,
            validation=[pictures.Point(1, 9), pictures.Point(2, bits)],
            samples=[pictures.curve.Excerpt(2, "text")],
        )
        for name, bits in (("high", 2.1), ("low", 2.0))
    )
    pictures.draw_curves(tmp_path / "a.svg", [(one, other)[place] for place in order])
    bold = [
        each for each in ElementTree.parse(tmp_path / "a.svg").iter() if "font-weight: 700" in each.get("style", "")
    ]
    above, below = sorted(bold[:2], key=lambda each: float(each.get("y", 0)))
    assert (above.text, below.text) == (str(1 + order.index(0)), str(1 + order.index(1)))


def test_what_models_write_is_inert(tmp_path: Path) -> None:
    pictures.draw_curves(tmp_path / "a.svg", [curve_of(write_run(tmp_path / "run"))])
    said = words(tmp_path / "a.svg")
    assert {"a $wild$ one ```", r"\x1b[31mred\x00 <script>&amp;", "``` / ## Step 9: no"} <= set(said)
    assert r"ends \u202e here \ud7ff 人" in said and "<script" not in (tmp_path / "a.svg").read_text("utf-8")


def test_a_line_is_cut_by_its_columns() -> None:
    assert one_line(" a \n\n b", 9) == "a / b"
    assert one_line("人" * 9, 8) == "人人人…" and columns("人e\u0301") == 3


DRAW = """
import sys
from seqgen import pictures
from seqgen.api.gallery import curve_of
for name in sys.argv[2:]:
    pictures.draw_curves(name, [curve_of(sys.argv[1])] * 2)
assert "torch" not in sys.modules and "matplotlib.pyplot" not in sys.modules
"""


def test_a_picture_is_the_same_byte_for_byte_anywhere(tmp_path: Path, checkout: Path) -> None:
    run = write_run(tmp_path / "run")
    for name in ("one.svg", "one.png", "two.svg"):
        pictures.draw_curves(tmp_path / name, [curve_of(run)] * 2)
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "matplotlibrc").write_text("axes.linewidth: 9\nlegend.fontsize: 20\n")
    strange = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1", "LC_ALL": "C",
               "MPLCONFIGDIR": str(tmp_path / "settings")}  # fmt: skip
    others = [str(tmp_path / name) for name in ("other.svg", "other.png")]
    command = [sys.executable, "-c", DRAW, str(run), *others]
    subprocess.run(command, cwd=checkout, env=os.environ | strange, check=True)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("*.*g")}
    assert files["one.svg"] == files["two.svg"] == files["other.svg"]
    assert files["one.png"] == files["other.png"]
    assert b"<dc:date>" not in files["one.svg"] and b"atplotlib v" not in files["one.svg"] + files["one.png"]


def test_ink_and_lines_stand_out_from_every_ground() -> None:
    for ground in ("#ffffff", "#000000"):
        assert all(contrast(colour, ground) >= 3 for colour in (BOTH.ink, BLUE, VERMILION, GREEN))
        assert contrast(PURPLE, ground) >= 2.9
    assert contrast(BOTH.ink, "#ffffff") >= 4.5 and contrast(BOTH.ink, "#000000") >= 4.5
    assert all(contrast(theme.ink, theme.ground) >= 7 for theme in (LIGHT, DARK))
    assert contrast("#777777", "#777777") == 1 and contrast("#ffffff", "#000000") == 21


def test_lines_are_told_apart_without_colours() -> None:
    assert len({str(look["linestyle"]) for look in style.LOOKS}) == len({look["marker"] for look in style.LOOKS}) == 8


def test_a_theme_is_seen(tmp_path: Path) -> None:
    drawn = {}
    for name in pictures.THEMES:
        pictures.draw_curves(tmp_path / "a.svg", [], theme=name)
        drawn[name] = (tmp_path / "a.svg").read_text("utf-8")
    assert "#ffffff" in drawn["light"] and "#111111" in drawn["dark"]
    assert "#ffffff" not in drawn["both"] and "#767676" in drawn["both"]


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it would be 31 by 2 inches"):
        pictures.draw(tmp_path / "a.svg", lambda figure: None, size=(31, 2))
    with pytest.raises(UsageError, match="a folder"):
        pictures.require(tmp_path / "none" / "a.svg")


def drawn(folder: Path, checkout: Path) -> set[str]:
    """Draw the pictures of the documentation into a folder; their names."""
    runpy.run_path(str(checkout / "docs" / "draw.py"))["draw"](folder)
    return {path.name for path in folder.iterdir()}


def test_the_pictures_of_the_documentation_are_what_the_code_draws(tmp_path: Path, checkout: Path) -> None:
    kept = checkout / "docs" / "pictures"
    same = (kept / "drawn-with.txt").read_text("utf-8").split()[-1] == matplotlib.__version__
    for name in drawn(tmp_path, checkout):
        assert words(kept / name) == words(tmp_path / name), f"{name}: run `python docs/draw.py`"
        assert shapes(kept / name) == shapes(tmp_path / name), f"{name}: run `python docs/draw.py`"
        assert not same or (kept / name).read_bytes() == (tmp_path / name).read_bytes(), name


def shapes(path: Path) -> dict[str, int]:
    """How many elements of each kind an SVG has."""
    return Counter(each.tag.rpartition("}")[2] for each in ElementTree.parse(path).iter())


@pytest.mark.parametrize("quieted", [True, False])
def test_nothing_is_said_of_a_home_that_cannot_be_written_to(quieted: bool, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    others = {name: value for name, value in os.environ.items() if name not in ("XDG_CONFIG_HOME", "MPLCONFIGDIR")}
    script = "import sys; from seqgen import pictures; pictures.draw(sys.argv[1], lambda figure: None, size=(1, 1))"
    script = script if quieted else f"import matplotlib; {script}"
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.svg"],
        env=others | {"HOME": str(tmp_path / "home"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stderr == "") is quieted and (tmp_path / "a.svg").exists()
