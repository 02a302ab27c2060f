"""Fetching pinned files: over a network that is only acted, and from a mirror."""

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from seqgen import corpus
from seqgen.corpus import fetching, gathering, places
from seqgen.errors import CheckFailed, FetchError, InputError
from seqgen.files import ABANDONED
from tests.catalogue import ADDRESS, FILES, make, toml, write

Serve = Callable[[str], Iterator[bytes]]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", refuse)


def serve(monkeypatch: pytest.MonkeyPatch, changed: Callable[[bytes], bytes] = bytes) -> list[str]:
    """Let the network serve the files, perhaps changed; gives the addresses as they are asked for."""
    asked: list[str] = []

    def pieces(url: str) -> Iterator[bytes]:
        asked.append(url)
        data = changed(FILES[url.removeprefix(ADDRESS)])
        yield from (data[at : at + 1000] for at in range(0, len(data), 1000))

    monkeypatch.setattr(fetching, "pieces", pieces)
    return asked


def kept() -> dict[str, bytes]:
    """What lies in the cache's folder of the corpus."""
    folder = places.cached("tiny", "").absolute()
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.is_dir() else {}


def test_offline_nothing_is_asked_of_the_network(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch)
    monkeypatch.setenv(places.OFFLINE, "1")
    with pytest.raises(FetchError, match="SEQGEN_OFFLINE is set") as refused:
        corpus.fetch("tiny")
    assert str(places.cached("tiny", "one.txt").parent) in refused.value.remedy
    assert "--mirror DIR" in refused.value.remedy
    assert asked == [] and kept() == {}
    corpus.fetch("tiny", mirror=mirror)
    assert corpus.fetch("tiny") and asked == []
    monkeypatch.setenv(places.OFFLINE, "0")
    shutil.rmtree(places.cached("tiny", "one.txt").parent)
    assert corpus.fetch("tiny") and len(asked) == len(FILES)


def test_fetch_brings_pinned_files_once(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch)
    assert not corpus.here("tiny")
    assert corpus.fetch("tiny") == places.cached("tiny", "one.txt").parent
    assert kept() == FILES and corpus.here("tiny")
    corpus.fetch("tiny")
    assert sorted(asked) == [ADDRESS + name for name in FILES]
    assert [file.name for file in corpus.find("tiny").files] == list(FILES)
    corpus.verify("tiny")


def test_a_mirror_serves_without_a_network(mirror: Path) -> None:
    corpus.find("tiny", mirror=mirror)
    assert kept() == FILES


def test_the_environment_names_a_mirror(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.MIRROR, str(mirror))
    corpus.fetch("tiny")
    assert kept() == FILES


def test_without_a_network_both_ways_are_named(mirror: Path) -> None:
    with pytest.raises(FetchError) as caught:
        corpus.fetch("tiny")
    message = str(caught.value)
    assert str(places.cached("tiny", "one.txt")) in message
    assert "--mirror DIR" in message and places.MIRROR in message and "DIR/tiny/one.txt" in message
    write(places.cached("tiny", "one.txt"), FILES["one.txt"])
    write(places.cached("tiny", "two.txt"), FILES["two.txt"])
    corpus.fetch("tiny")


def test_a_mirror_without_the_file_is_explained(mirror: Path) -> None:
    (mirror / "tiny" / "two.txt").unlink()
    with pytest.raises(FetchError, match=r"there is no .*two\.txt"):
        corpus.fetch("tiny", mirror=mirror)
    with pytest.raises(FetchError, match="there is no"):
        corpus.fetch("tiny", mirror=mirror / "tiny" / "one.txt" / "x")


@pytest.mark.parametrize("changed", [bytes.upper, lambda data: data[:-1]], ids=["other bytes", "cut short"])
def test_a_wrong_hash_keeps_nothing(
    mirror: Path, monkeypatch: pytest.MonkeyPatch, changed: Callable[[bytes], bytes]
) -> None:
    pinned = corpus.describe("tiny").files[0].sha256
    serve(monkeypatch, changed)
    with pytest.raises(FetchError, match=f"sha256 [0-9a-f]{{64}}, and {pinned}"):
        corpus.fetch("tiny")
    for name, data in FILES.items():
        write(mirror / "tiny" / name, changed(data))
    with pytest.raises(FetchError, match=f"sha256 [0-9a-f]{{64}}, and {pinned}"):
        corpus.fetch("tiny", mirror=mirror)
    assert kept() == {}


def test_a_download_ends_at_the_pinned_size(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def endless(url: str) -> Iterator[bytes]:
        while True:
            taken.append(url)
            yield bytes(1000)

    monkeypatch.setattr(fetching, "pieces", endless)
    with pytest.raises(FetchError, match="more came than the 84,000 bytes"):
        corpus.fetch("tiny")
    assert taken.count(ADDRESS + "one.txt") == 85 and kept() == {}


def test_a_damaged_copy_is_noticed_and_fetched_again(mirror: Path) -> None:
    corpus.fetch("tiny", mirror=mirror)
    damaged = FILES["one.txt"][:-1] + b"?"
    write(places.cached("tiny", "one.txt"), damaged)
    with pytest.raises(CheckFailed, match="sha256"):
        corpus.verify("tiny")
    with pytest.raises(FetchError):
        corpus.find("tiny")
    assert kept()["one.txt"] == damaged
    corpus.find("tiny", mirror=mirror)
    assert kept() == FILES


def test_verify_names_what_is_missing(mirror: Path) -> None:
    with pytest.raises(CheckFailed, match=r"there is no .*one\.txt"):
        corpus.verify("tiny")
    corpus.verify("tiny", mirror=mirror)
    write(mirror / "tiny" / "two.txt", b"other")
    with pytest.raises(CheckFailed, match="5 bytes"):
        corpus.verify("tiny", mirror=mirror)


def test_an_interrupted_fetch_leaves_nothing(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> Iterator[bytes]:
        yield FILES["one.txt"][:5000]
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "pieces", interrupted)
    with pytest.raises(KeyboardInterrupt):
        corpus.fetch("tiny")
    assert kept() == {}


def many(folder: Path, count: int) -> dict[str, bytes]:
    """Let the corpus `tiny` have so many files."""
    files = {f"{number:03}.txt": b"%d" % number for number in range(count)}
    write(folder / "corpora" / "tiny" / "corpus.toml", toml(files, fetched=True).encode())
    for name, data in files.items():
        write(folder / "mirror" / "tiny" / name, data)
    return files


def test_many_files_come_and_are_told(mirror: Path, tmp_path: Path) -> None:
    files, told = many(tmp_path, 50), list[tuple[int, int]]()
    corpus.fetch("tiny", mirror=mirror, told=lambda here, of: told.append((here, of)))
    assert kept() == files and told == [(number, 50) for number in range(1, 51)]
    corpus.fetch("tiny", mirror=mirror, told=lambda *_: pytest.fail("all were here"))
    assert [file.name for file in corpus.find("tiny").files] == list(files)


def test_a_fetch_that_failed_is_continued(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, asked = many(tmp_path, 50), list[str]()
    broken = ["030.txt"]

    def pieces(url: str) -> Iterator[bytes]:
        name = url.removeprefix(ADDRESS)
        asked.append(name)
        if name in broken:
            raise requests.ConnectionError
        yield files[name]

    monkeypatch.setattr(fetching, "pieces", pieces)
    with pytest.raises(FetchError) as caught:
        corpus.fetch("tiny")
    first = kept()
    assert 30 <= len(first) < 50 and first.items() <= files.items()
    assert f"{len(first)} of 50 files are here" in str(caught.value)
    assert "The same command then goes on" in str(caught.value) and "DIR/tiny/030.txt" in str(caught.value)
    asked.clear()
    broken.clear()
    write(places.cached("tiny", "000.txt"), b"damaged")
    told = list[int]()
    corpus.fetch("tiny", told=lambda here, _: told.append(here))
    assert told == list(range(len(first), 51))
    assert sorted(asked) == sorted({"000.txt", *(files.keys() - first.keys())}) and kept() == files


def test_an_only_file_that_fails_is_not_counted(mirror: Path, tmp_path: Path) -> None:
    many(tmp_path, 1)
    with pytest.raises(FetchError) as caught:
        corpus.fetch("tiny")
    assert "files are here" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="a process there cannot send itself Ctrl-C")
def test_ctrl_c_ends_a_fetch_that_hangs(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, released = many(tmp_path, 50), threading.Event()
    hung = list[str]()

    def pieces(url: str) -> Iterator[bytes]:
        name = url.removeprefix(ADDRESS)
        if name == "020.txt":
            os.kill(os.getpid(), signal.SIGINT)
            hung.append(name)
            assert released.wait(20)
        time.sleep(0.01)
        yield files[name]

    monkeypatch.setattr(fetching, "pieces", pieces)
    monkeypatch.setattr(gathering, "GRACE", 0.3)
    with pytest.raises(KeyboardInterrupt):
        corpus.fetch("tiny")
    monkeypatch.setattr(fetching, "pieces", lambda url: iter([files[url.removeprefix(ADDRESS)]]))
    whole = {name: data for name, data in kept().items() if not name.startswith("tmp")}
    assert hung and "020.txt" not in whole and len(whole) < 50 and whole.items() <= files.items()
    corpus.fetch("tiny")
    released.set()
    assert files.items() <= kept().items()


def test_what_a_killed_fetch_left_is_swept(mirror: Path) -> None:
    old, new = places.cached("tiny", "tmpold"), places.cached("tiny", "tmpnew")
    write(old, b"half")
    write(new, b"half")
    os.utime(old, (0, time.time() - 2 * ABANDONED))
    corpus.fetch("tiny", mirror=mirror)
    assert kept() == {**FILES, "tmpnew": b"half"}


def test_concurrent_fetches_never_show_half_a_file(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4)
    seen: list[bytes] = []

    def pieces(url: str) -> Iterator[bytes]:
        data = FILES[url.removeprefix(ADDRESS)]
        yield data[:10]
        if url.endswith("one.txt"):
            together.wait(timeout=10)
        seen.extend(path.read_bytes() for path in (places.cached("tiny", name) for name in FILES) if path.exists())
        yield data[10:]

    monkeypatch.setattr(fetching, "pieces", pieces)
    threads = [threading.Thread(target=corpus.fetch, args=("tiny",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= set(FILES.values()) and kept() == FILES


def test_a_folder_that_cannot_be_written_is_explained(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(InputError, match="No space left"):
        corpus.fetch("tiny", mirror=mirror)
    assert kept() == {}


def answers(monkeypatch: pytest.MonkeyPatch, *, status: int = 200, body: bytes = b"", location: str = "") -> list[Any]:
    """Let every address answer so; gives the options of each request."""
    options: list[Any] = []

    def send(_: object, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        options.append(given)
        answer = requests.Response()
        answer.status_code, answer.raw, answer.request = status, io.BytesIO(body), request
        answer.url = request.url or ""
        answer.headers.update({"location": location} if location else {})
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return options


def test_pieces_come_in_time_over_https(monkeypatch: pytest.MonkeyPatch) -> None:
    options = answers(monkeypatch, body=b"text")
    assert b"".join(fetching.pieces(ADDRESS)) == b"text"
    assert options[0]["timeout"] == fetching.PATIENCE and options[0]["stream"]
    with pytest.raises(requests.exceptions.InvalidSchema):
        list(fetching.pieces("http://example.org/"))
    monkeypatch.setattr(fetching, "DEADLINE", -1.0)
    with pytest.raises(requests.Timeout):
        list(fetching.pieces(ADDRESS))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404}, "the server answered 404"),
        ({"status": 302, "location": "http://example.org/plain"}, "leads away from https"),
    ],
)
def test_the_reason_is_told(mirror: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, words: str) -> None:
    answers(monkeypatch, **answer)
    with pytest.raises(FetchError, match=words):
        corpus.fetch("tiny")


def test_a_silent_server_is_told_from_a_missing_network(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> requests.Response:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", silent)
    with pytest.raises(FetchError, match="no answer within 30 seconds"):
        corpus.fetch("tiny")


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = "import sys, seqgen.corpus; print({'pooch', 'requests', 'platformdirs', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
