"""The site is built without a warning, needs nothing from elsewhere, and leaves no page out."""

import ast
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from seqgen import __version__

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SAMPLES = {"polyphoni": "music", "safetensor": "architecture"}
"""Words by their stems, which the search must find, and a page where each stands."""


@pytest.fixture(scope="module")
def conf() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(DOCS / "conf.py")))


def build(source: Path, site: Path) -> str:
    """Build the site, and give what Sphinx complains of: the command of `make docs`, in a folder of its own."""
    arguments = "-m sphinx -q --keep-going -d".split()
    command = [sys.executable, *arguments, str(site / "doctrees"), str(source), str(site / "html")]
    return subprocess.run(command, capture_output=True, text=True).stderr


def foreign(page: str) -> Iterator[str]:
    """Scripts, styles, fonts, pictures and the like that a browser would look for elsewhere."""
    for tag in re.findall(r"<(?:link|script|img|source|iframe|object|image|use)\b[^>]*>", page):
        yield from re.findall(r"""(?:href|src|srcset|data)=["']?((?:[a-z]+:)?//[^"'> ]+)""", tag)
    yield from re.findall(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)""", page)


def shown(site: Path) -> list[str]:
    """The pages that are there, without those that Sphinx adds."""
    names = (path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html"))
    return sorted(name for name in names if name != "search")


def unfound(index: str, words: dict[str, str]) -> list[str]:
    """The words that the search does not know, or does not find on their page."""
    found = re.fullmatch(r"Search\.setIndex\((.*)\)", index.strip(), re.DOTALL)
    assert found, "the index is not a script of one call"
    known = json.loads(found[1])
    where = {word: pages if isinstance(pages, list) else [pages] for word, pages in known["terms"].items()}
    return [word for word, page in words.items() if known["docnames"].index(page) not in where.get(word, [])]


def pages() -> list[str]:
    """Every page of the folder; what lies beside the pictures is material."""
    names = (path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md"))
    return sorted(name for name in names if not name.startswith("pictures/"))


def listed(conf: SimpleNamespace) -> list[str]:
    """Every page that the navigation names: those of the index, and of the lists on these."""
    named = [page for each in conf.listed((DOCS / "index.md").read_text("utf-8")).values() for page in each]
    for name in list(named):
        text = (DOCS / f"{name}.md").read_text("utf-8")
        named += [page for each in conf.listed(text, f"{name}/").values() for page in each]
    return named


def test_every_page_is_in_the_navigation_once(conf: SimpleNamespace) -> None:
    assert sorted(["index", *listed(conf)]) == pages(), "name each page in a list of docs/index.md"


def test_the_site_is_built_without_a_warning_and_stands_alone(tmp_path: Path) -> None:
    assert build(DOCS, tmp_path) == ""
    site = tmp_path / "html"
    assert shown(site) == pages()
    for path in [*site.rglob("*.html"), *site.rglob("*.css"), *site.rglob("*.svg")]:
        assert list(foreign(path.read_text("utf-8"))) == [], path
    assert unfound((site / "searchindex.js").read_text("utf-8"), SAMPLES) == []


def test_make_docs_stops_at_a_warning() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\ndocs:")[2].partition("\n\n")[0]
    assert "docs/generate.py" in recipe and "-m sphinx -W" in recipe


def small(folder: Path, **pages: str) -> Path:
    """A site of these pages with our settings."""
    (folder / "static").mkdir(parents=True)
    names = "\n".join(f"- [{name}]({name}.md)" for name in pages)
    for name, text in {"index": f"# Index\n\n## First\n\n{names}\n", **pages}.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    (folder / "conf.py").write_bytes((DOCS / "conf.py").read_bytes())
    return folder


BAD = {
    "a": "no heading",
    "b": "# B\n\n[nothing](nowhere.md)\n",
    "c": "# C\n\n[d](#nowhere)\n",
    "d": "# D\n\n```nosuchlanguage\nx\n```\n",
}


def test_a_bad_page_and_one_that_no_list_names_are_warnings(tmp_path: Path) -> None:
    folder = small(tmp_path / "docs", **BAD)
    (folder / "e.md").write_text("# E\n", "utf-8")
    said = build(folder, tmp_path)
    for name in (*BAD, "e"):
        assert re.search(rf"\b{name}\.md.*WARNING|WARNING.*'{name}'", said), name


def test_links_out_of_the_folder_become_text(tmp_path: Path) -> None:
    page = "# B\n\nSee [the page](../other.md), [the file](../other.txt) and [this one](near.py).\n"
    folder = small(tmp_path / "docs", b=page)
    (tmp_path / "other.md").write_text("# Other\n", "utf-8")
    (tmp_path / "other.txt").write_text("text", "utf-8")
    (folder / "near.py").write_text("1", "utf-8")
    assert build(folder, tmp_path) == ""
    html = (tmp_path / "html" / "b.html").read_text("utf-8")
    assert re.search(r"See the page, the file and <a [^>]*near\.py", html)


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://there.example/x.js"></script>',
        '<link rel="stylesheet" href="//there.example/x.css">',
        '<img alt="" src="http://there.example/x.svg">',
        "@font-face { src: url(https://there.example/f.woff2); }",
        '@import "https://there.example/x.css";',
    ],
)
def test_what_comes_from_elsewhere_is_seen(page: str) -> None:
    assert list(foreign(page))


@pytest.mark.parametrize("page", ['<a href="https://there.example">there</a>', '<script src="_static/x.js"></script>'])
def test_a_link_to_read_and_a_file_of_ours_may_stay(page: str) -> None:
    assert not list(foreign(page))


def test_a_word_that_is_nowhere_is_missed() -> None:
    index = 'Search.setIndex({"docnames": ["a", "b"], "terms": {"word": 0, "other": [0, 1]}})'
    assert unfound(index, {"word": "a", "other": "b", "nothing": "a"}) == ["nothing"]
    assert unfound(index, {"word": "b"}) == ["word"]


RECORDINGS = ("text", "code", "music")


def writing(picture: str) -> list[str]:
    """The lines of text in a picture."""
    rows = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(row.itertext()) for row in rows]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_small_and_stands_still_where_that_is_wanted(name: str) -> None:
    picture = (DOCS / "pictures" / f"{name}.svg").read_text("utf-8")
    assert len(picture) < 40_000
    assert "@media (prefers-reduced-motion: no-preference) { .s { animation" in picture
    assert picture.count("animation:") == 1 and "<script" not in picture
    assert "visibility" not in picture and "from { opacity: .2 }" in picture, "it is never an empty box"
    moments = [float(moment) for moment in re.findall(r"animation-delay:([\d.]+)s", picture)]
    assert moments[0] == 0 and max(moments) < 6
    assert all("animation-delay" not in line for line in picture.splitlines() if ">$ " in line), "commands are there"


def test_the_code_that_was_recorded_parses() -> None:
    lines = writing((DOCS / "pictures" / "code.svg").read_text("utf-8"))
    said = [line for line in lines if not line.startswith("$ ")][1:]
    assert len(said) > 5
    ast.parse("\n".join(said))


def test_a_recording_says_what_was_said() -> None:
    record = runpy.run_path(str(DOCS / "record.py"))
    text = 'def f(x):\n    return x < 1 & "two"\n\nf(2)\n'
    picture = record["terminal"]("seqgen code generate runs/code", text, title="Code")
    assert writing(picture) == ["$ seqgen code generate runs/code", *text.splitlines()]
    notes = record["roll"]([(0, 0.5, 60), (0.5, 1, 61)], bars=1, title="Two notes")
    assert notes.count('class="s"') == 2


def test_what_is_to_be_cited_is_this_version() -> None:
    for name in ("CITATION.cff", "docs/cite.md"):
        assert re.findall(r"^ *version *[:=] *[{]?([\d.]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE) == [
            __version__
        ], name
