"""How Sphinx makes a site of the pages in this folder: `make docs`.

The pages are plain Markdown that is also read where the code is kept, so what only a site needs is added here: lists of
links become the navigation, a page that stands for a file of the checkout shows that file, and links that lead out of
this folder become plain text.
"""

import re
import runpy
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.addnodes import download_reference, pending_xref
from sphinx.application import Sphinx

from seqgen import __version__

HERE = Path(__file__).resolve().parent
FILES = {"changelog": HERE.parent / "CHANGELOG.md"}
"""Pages that stand for a file elsewhere in the checkout."""

project = "seqgen"
author = "The seqgen authors"
copyright = "the seqgen authors, MIT licence"
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["pictures"]
myst_heading_anchors = 4
smartquotes = False  # names and formulas have straight ones
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types of signatures that have no entry here
suppress_warnings = ["ref.python"]  # several modules have an `Array` of their own
add_module_names = False
python_maximum_signature_line_length = 88
html_theme = "furo"
html_title = f"seqgen {__version__}"
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_show_search_summary = False
"""Summaries are fetched, which a browser refuses to do for files of the disk."""
pygments_style = "tango"
pygments_dark_style = "monokai"


def listed(text: str, folder: str = "") -> dict[str, list[str]]:
    """The pages that lists of links name under each heading, in order; those of one folder, if one is asked for."""
    parts = ["", *re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)]
    lists = {
        heading: re.findall(rf"^- \[[^]]+\]\(({re.escape(folder)}[^)#:]+)\.md\)", body, re.MULTILINE)
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return {heading: pages for heading, pages in lists.items() if pages}


def navigation(text: str, folder: str = "") -> str:
    """The page, with one hidden tree of pages for each of its lists."""
    trees = (
        "\n".join(["```{toctree}", ":hidden:", *([f":caption: {heading}"] if heading else []), "", *pages, "```"])
        for heading, pages in listed(text, folder).items()
    )
    return "\n\n".join([text, *trees, ""])


def relearnt(text: str) -> str:
    """The page "From scratch" with what its program finds now: the table, and the curve within the page."""
    text, curve = runpy.run_path(str(HERE / "draw.py"))["relearnt"](text)
    return re.sub(r"!\[[^]]*\]\(from-scratch\.svg\)", lambda _: f"```{{raw}} html\n{curve}```", text)


def read_source(app: Sphinx, name: str, source: list[str]) -> None:
    """Adds the reference and the navigation, and puts a file in the place of the page that stands for it."""
    if name in FILES:
        app.env.note_dependency(str(FILES[name]))
        source[0] = FILES[name].read_text("utf-8")
    if name == "from-scratch":
        source[0] = relearnt(source[0])
    if name == "api":
        source[0] += "\n" + runpy.run_path(str(HERE / "reference.py"))["page"]()
    source[0] = navigation(source[0], "" if name == app.config.root_doc else f"{name}/")


def stay_inside(app: Sphinx, page: nodes.document) -> None:
    """Leaves only the text of links to files that are no part of the site. A link to nothing is still a warning."""
    for link in list(page.findall(pending_xref)):
        if link.get("refdomain") == "doc" and link["reftarget"] not in app.env.found_docs:
            link.replace_self(link.children[0].children)
    for link in list(page.findall(download_reference)):
        if link["reftarget"].startswith("../"):
            link.replace_self(link.children[0].children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    for kind in ("csv", "output"):
        app.add_lexer(kind, TextLexer)
    app.connect("source-read", read_source)
    app.connect("doctree-read", stay_inside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
