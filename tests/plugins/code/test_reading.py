"""Source files: every byte of them is read and can be written again, in the encoding that they declare."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.domain import Notes
from seqgen.errors import UnknownName, UsageError
from seqgen_code import DOMAIN
from seqgen_code.reading import KEPT, UNSTRIPPED, CodeOptions, declared, read_code, write_code

KEEP = CodeOptions(newlines="keep")
COOKIES = {
    "# coding: latin-1\n": "iso8859-1",
    "#!/usr/bin/python\n# -*- coding: cp1252 -*-\n": "cp1252",
    "# vim: set fileencoding=koi8-r :\n": "koi8-r",
    "\f# coding=latin-1\r\n": "iso8859-1",
    "\n# coding: latin-1\n": "iso8859-1",
    "\n\n# coding: latin-1\n": "utf-8",
    "x = 1\n# coding: latin-1\n": "utf-8",
    "x = 1 # coding: latin-1\n": "utf-8",
    "# coding: no-such-thing\n": "utf-8",
    "# coding: rot13\n": "utf-8",
    "# coding: utf-16\n": "utf-8",
    "# coding: utf-7\n": "utf-8",
    "# coding: unicode_escape\n": "utf-8",
    "# coding: raw_unicode_escape\n": "utf-8",
    "": "utf-8",
}


def read(path: Path, data: bytes, options: CodeOptions = KEEP) -> tuple[str, Notes]:
    """The text of a file with these bytes; what there is none of gives an empty one."""
    path.write_bytes(data)
    notes: Notes = Counter()
    return "".join(document.content for document in read_code(path, options, notes)), +notes


@pytest.mark.parametrize(("head", "encoding"), COOKIES.items(), ids=COOKIES.keys())
def test_the_encoding_is_the_one_that_the_first_lines_declare(head: str, encoding: str, tmp_path: Path) -> None:
    text = head + 'x = "é"\n'
    assert declared(text) == encoding
    data = text.encode(encoding, "replace")
    assert (read(tmp_path / "a.py", data)[0].encode(encoding), declared(text)) == (data, encoding)


@settings(deadline=None)
@given(st.sampled_from([*COOKIES]), st.binary(max_size=30))
def test_bytes_of_any_kind_are_read_and_come_back(head: str, junk: bytes) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        data = head.encode() + b"x " + junk
        text, notes = read(Path(folder, "a.py"), data)
        write_code([text[:3], text[3:]], Path(folder, "b.py"))
        found = Path(folder, "b.py").read_bytes()
        again, _ = read(Path(folder, "c.py"), found)
        assert again == text
        assert found == data or declared(text) != "utf-8", "another encoding may write what it read otherwise"
        assert (KEPT in notes) == any("\udc80" <= c <= "\udcff" for c in text)


def test_bytes_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    text, notes = read(tmp_path / "a.py", b"x = '\xff\xfe'\n")
    assert text == "x = '\udcff\udcfe'\n" and notes == {KEPT: 2, "files in utf-8": 1}
    text, notes = read(tmp_path / "a.py", b"# coding: ascii\nx = '\xc3\xa9'\n")
    assert text.endswith("x = 'é'\n") and notes == {"files in utf-8": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_decides_and_goes(encoding: str, tmp_path: Path) -> None:
    data = ("\ufeff" * (encoding == "utf-16-be") + "# coding: latin-1\nx = 'é'\n").encode(encoding)
    assert read(tmp_path / "a.py", data)[0] == "# coding: latin-1\nx = 'é'\n"


def test_line_ends_are_made_one_kind_or_kept(tmp_path: Path) -> None:
    data = b"a = 1\r\nb = 2\rc = 3\n\0"
    assert read(tmp_path / "a.py", data)[0].encode() == data
    text, notes = read(tmp_path / "a.py", data, CodeOptions())
    assert text == "a = 1\nb = 2\nc = 3\n\0" and notes["carriage returns normalised"] == 2 and len(notes) == 3


def test_a_named_encoding_holds(tmp_path: Path) -> None:
    assert read(tmp_path / "a.py", b"# coding: utf-8\n\xe9", CodeOptions(encoding="latin-1"))[0].endswith("é")
    with pytest.raises(UnknownName, match="the encoding 'latin-99'"):
        CodeOptions(encoding="latin-99")
    with pytest.raises(UnknownName, match="the line ends 'both'"):
        CodeOptions(newlines="both")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="what is done about duplicates, 'hide'"):
        CodeOptions(duplicates="hide")  # type: ignore[arg-type]


def test_a_file_of_line_ends_is_dropped_and_a_missing_one_named(tmp_path: Path) -> None:
    assert read(tmp_path / "a.py", b"\r\n\n") == ("", {"empty documents dropped": 1, "files in utf-8": 1})
    with pytest.raises(UsageError, match=r"reading .*none\.py"):
        next(read_code(tmp_path / "none.py", KEEP, Counter()))


def test_what_cannot_be_written_is_a_question_mark(tmp_path: Path) -> None:
    DOMAIN.write(["x = '\ud800\udcff'"], tmp_path / "a.py")
    assert (tmp_path / "a.py").read_bytes() == b"x = '?\xff'"


def test_stripping_is_an_option_and_what_it_cannot_do_is_counted(tmp_path: Path) -> None:
    source = b'"""Doc."""\nx = 1  # one\n'
    assert read(tmp_path / "a.py", source, CodeOptions(strip_comments=True))[0] == '"""Doc."""\nx = 1\n'
    assert read(tmp_path / "a.py", source, CodeOptions(strip_docstrings=True))[0] == "x = 1  # one\n"
    text, notes = read(tmp_path / "a.py", b"x = (1  # one\n", CodeOptions(strip_comments=True))
    assert text == "x = (1  # one\n" and notes[UNSTRIPPED] == 1
    assert read(tmp_path / "a.py", b"# alone\n", CodeOptions(strip_comments=True))[1]["empty documents dropped"] == 1
