"""Each article is one command that runs, and the page shows that command and what came of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks import articles
from benchmarks.articles import ARTICLES, PAGE


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for the runs; they take one thread, so the others are given back."""
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ARTICLES)
def test_each_article_is_one_command(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    article = ARTICLES[name]
    articles.main([name, "--quick", "--seeds", "0", "--out", "kept"])
    printed, said = capfd.readouterr()
    assert sum(line.startswith("$ seqgen chars train ") for line in said.splitlines()) == len(article.models)
    for model in article.models:
        assert f"| `{model}`, 0 | " in printed
    assert printed.count("```text") == bool(article.looks)
    assert all(f"\n| {each} | " in printed for each in article.temperatures)
    articles.main([name, "--quick", "--seeds", "0", "--out", "kept"])
    again, said = capfd.readouterr()
    assert again == printed and "chars train" not in said, "what is kept is not trained again"


@pytest.mark.parametrize("name", ARTICLES)
def test_the_page_has_the_command_and_a_row_for_every_run(name: str) -> None:
    article, page = ARTICLES[name], PAGE.read_text("utf-8")
    commands = re.sub(r" \\\n +", " ", page)
    assert article.command(next(iter(article.models)), 0, f"runs/{name}") in commands
    assert f"python -m benchmarks.articles {name}" in page
    (told,) = re.findall(rf"<!-- measured: {name} -->(.*?)<!-- end -->", page, re.DOTALL)
    rows = [(model, seed) for model in article.models for seed in article.seeds]
    assert re.findall(r"^\| `([\w-]+)`, (\d) \|", told, re.MULTILINE) == [(model, str(seed)) for model, seed in rows]


def test_a_section_goes_into_its_own_place() -> None:
    page = "<!-- measured: names -->\nold\n<!-- end -->\n<!-- measured: novel -->\nkept\n<!-- end -->\n"
    found = articles.filled(page, "names", "new\n")
    assert "new" in found and "old" not in found and "kept" in found


def test_a_section_is_written_with_its_picture(tmp_path: Path) -> None:
    page = tmp_path / "articles.md"
    page.write_text("<!-- measured: novel -->\n<!-- end -->\n", "utf-8")
    articles.main(["novel", "--quick", "--seeds", "0", "--write", str(page)])
    assert "| `gru`, 0 |" in page.read_text("utf-8")
    assert "<svg" in (tmp_path / "pictures" / "article-novel.svg").read_text("utf-8")


def test_a_command_that_fails_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        articles.seqgen("seqgen chars generate nothing-there")
    assert "nothing-there" in capfd.readouterr().err
