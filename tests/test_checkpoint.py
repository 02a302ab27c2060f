"""A checkpoint comes back as it went, from a file that is old or new, never half."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from seqgen.checkpoint import MODEL_FILE, Checkpoint, load, save
from seqgen.errors import CheckpointError, LimitError, UsageError
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings, shapes
from seqgen.vocabulary import Vocabulary
from tests.checkpoints import CODEC, SETTINGS, checkpoint, equal, sealed, taken_apart
from tests.failing_disk import check_power_cuts, check_stops

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TYPES = ("f8", "i8", "u8", "f4", "i4", "u4", "u2", "u1", ">f4", ">i8")
ARRAYS = st.builds(
    lambda kind, shape, seed: np.random.default_rng(seed).integers(0, 200, shape).astype(kind),
    st.sampled_from(TYPES),
    st.lists(st.integers(0, 4), max_size=4).map(tuple),
    st.integers(0, 99),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.dictionaries(st.text(), JSON, max_size=4), tensors=st.dictionaries(st.text(), ARRAYS, max_size=5))
def test_what_is_saved_comes_back(tmp_path: Path, value: dict[str, Any], tensors: dict[str, Any]) -> None:
    path = tmp_path / "file"
    save(path, value, tensors=tensors, kind="training")
    found, arrays = load(path, kind="training")
    assert found == value and arrays.keys() == tensors.keys()
    for name, array in arrays.items():
        assert array.dtype == tensors[name].dtype.newbyteorder("<") and array.shape == tensors[name].shape
        assert (array == tensors[name]).all()
        assert array.flags.aligned and array.flags.writeable
    before = path.read_bytes()
    save(path, found, tensors=arrays, kind="training")
    assert path.read_bytes() == before


def test_the_safetensors_library_reads_the_same(tmp_path: Path) -> None:
    tensors: dict[str, Any] = {
        "c": np.arange(6.0)[::-2],
        "b": np.arange(3, dtype=np.uint8),
        "a": np.eye(3, dtype=np.float32).T[:, 1:],
        "é": np.array(2.5),
    }
    save(tmp_path / "file", {"a surrogate": "\ud800"}, tensors=tensors, kind="training")
    found = load_file(tmp_path / "file")
    assert found.keys() == tensors.keys()
    assert all((found[name] == tensors[name]).all() for name in tensors)


def test_the_file_is_that_of_format_1(tmp_path: Path) -> None:
    """A file of format 1, written out: later seqgens must read it."""
    header = (
        '{"__metadata__":{"hash":"0dcfedead8f40f0a5239127ae82229d8dc18b6e3a5eeebbb2d212c673f7f9181",'
        '"seqgen":"{\\"format\\":1,\\"kind\\":\\"training\\",\\"value\\":{\\"step\\":7}}"},'
        '"lane":{"data_offsets":[8,10],"dtype":"U8","shape":[2]},'
        '"rate":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}'
    )
    data = bytes.fromhex("0000003f 000080bf 03 04")
    header += " " * (-len(header) % 8)
    raw = len(header).to_bytes(8, "little") + header.encode() + data
    (tmp_path / "file").write_bytes(raw)
    value, tensors = load(tmp_path / "file", kind="training")
    assert value == {"step": 7}
    assert tensors["rate"].tolist() == [[0.5, -1]] and tensors["lane"].tolist() == [3, 4]
    save(tmp_path / "file", value, tensors=tensors, kind="training")
    assert (tmp_path / "file").read_bytes() == raw


def test_files_made_by_hand_load(tmp_path: Path) -> None:
    """The hostile files of the tests are refused for what is changed in them, not for how they are made."""
    checkpoint().save(tmp_path / "file")
    raw = (tmp_path / "file").read_bytes()
    assert sealed(*taken_apart(raw)) == raw


def test_a_checkpoint_comes_back_from_the_file_or_the_folder(tmp_path: Path) -> None:
    whole = checkpoint()
    whole.save(tmp_path / MODEL_FILE)
    assert equal(Checkpoint.load(tmp_path), whole)
    assert equal(Checkpoint.load(tmp_path / MODEL_FILE), whole)


def test_saving_over_the_file_one_has_loaded_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "file"
    checkpoint().save(path)
    for number in range(20):
        loaded = Checkpoint.load(path)
        kept = {name: array.copy() for name, array in loaded.params.items()}
        loaded.params["output.b"] += 1
        replace(loaded, provenance={"number": number, "longer": "x" * 999 * number}).save(path)
        again = Checkpoint.load(path)
        kept["output.b"] += 1
        assert again.provenance["number"] == number
        for name, array in kept.items():
            assert (again.params[name] == array).all() and (loaded.params[name] == array).all()


def test_a_stopped_save_leaves_the_old_checkpoint_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    checkpoint(seed=1).save(path)
    assert check_stops(monkeypatch, path, save=lambda: checkpoint(seed=2).save(path)) >= 12
    checkpoint(seed=1).save(path)
    check_power_cuts(monkeypatch, path, save=lambda: checkpoint(seed=2).save(path))
    assert equal(Checkpoint.load(path), checkpoint(seed=2))


def test_loading_is_fast_and_needs_no_torch(tmp_path: Path, checkout: Path) -> None:
    """A model of 14 MB takes about 10 ms on a quiet machine; the limit here leaves room for a busy one."""
    sizes = replace(SETTINGS, cell="lstm", width=512, embedding=128)
    params = {name: np.ones(shape, np.float32) for name, shape in shapes(sizes).items()}
    checkpoint(model=sizes, params=params).save(tmp_path / "file")
    assert (tmp_path / "file").stat().st_size > 13e6
    times = []
    for _ in range(5):
        start = time.perf_counter()
        Checkpoint.load(tmp_path / "file")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
    script = "import sys, seqgen.checkpoint; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=checkout, check=False).returncode == 0


def nest(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


NOT_KEPT: dict[str, tuple[Any, Any, str]] = {
    "a number that is not finite": ({"loss": float("nan")}, {}, "not JSON compliant"),
    "keys that are not text": ({2: "two", 10: "ten"}, {}, "canonical"),
    "keys of two types": ({2: "two", "a": "b"}, {}, "not supported"),
    "what is not JSON": ({"path": Path()}, {}, "not JSON serializable"),
    "a type that has no name": ({}, {"z": np.zeros(2, complex)}, "its type is complex128. Use one of F64"),
    "objects": ({}, {"o": np.array([{}])}, "its type is object"),
    "the reserved name": ({}, {"__metadata__": np.zeros(2)}, "Rename it"),
    "too many axes": ({}, {"z": np.zeros((1,) * 9)}, "shape"),
    "too many values": ({"v": [0] * (1 << 21)}, {}, "smaller vocabulary"),
    "too long a header": ({"v": "x" * (1 << 24)}, {}, "smaller vocabulary"),
    "a deep nest": ({"v": nest(2000)}, {}, "recursion"),
}


@pytest.mark.parametrize("what", NOT_KEPT)
def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path, what: str) -> None:
    value, tensors, message = NOT_KEPT[what]
    with pytest.raises(CheckpointError, match=message) as raised:
        save(tmp_path / "file", value, tensors=tensors, kind="model")
    assert str(raised.value).startswith(f"saving {tmp_path / 'file'}: ")
    assert not list(tmp_path.iterdir())


def changed(**params: Any) -> dict[str, Any]:
    """The small checkpoint's parameters, with some changed, or gone where None."""
    found = checkpoint().params | {name.replace("_", "."): array for name, array in params.items()}
    return {"params": {name: array for name, array in found.items() if array is not None}}


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "a missing parameter": (changed(output_b=None), "parameter 'output.b': it is missing"),
    "a parameter too many": (changed(output_c=np.zeros(1, np.float32)), "'output.c': the model has none of that name"),
    "a wrong shape": (changed(output_b=np.zeros(12, np.float32)), r"\(12,\), where the settings want float32 \(11,\)"),
    "a transposed matrix": (changed(output_W=np.zeros((6, 11), np.float32)), r"\(6, 11\), where .* \(11, 6\)"),
    "a wrong type": (changed(output_b=np.zeros(11)), "float64"),
    "a weight that is no number": (changed(output_b=np.full(11, np.nan, np.float32)), "not finite"),
    "an infinite weight": (changed(output_b=np.full(11, np.inf, np.float32)), "not finite"),
    "another width": ({"model": replace(SETTINGS, width=7)}, "settings want"),
    "another vocabulary": ({"model": replace(SETTINGS, vocabulary=12)}, "'vocabulary': it is 12, where .* 11"),
    "no vocabulary": ({"codec": {}}, "vocabulary: expected an object"),
    "a double symbol": ({"codec": {"vocabulary": {"levels": ["document"], "symbols": ["a", "a"]}}}, "twice"),
    "another horizon": ({"strategy": Strategy("one-to-many", horizon=3)}, "'horizon': it is 1, where .* 3"),
    "another reset": ({"reset": "paragraph"}, "'reset_level': it is 0, where .* 1"),
    "an unknown reset": ({"reset": "paragraf"}, "Did you mean 'paragraph'"),
    "a strategy that resets otherwise": ({"strategy": Strategy("many-to-one", context=3)}, "Use the reset 'window'"),
    "documents of a wrong type": ({"documents": np.zeros(3)}, "float64"),
    "documents out of order": ({"documents": np.array([2, 1], np.uint64)}, "out of order"),
    "documents of two axes": ({"documents": np.zeros((2, 2), np.uint64)}, "2 axes"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_does_not_fit_together_is_named(what: str) -> None:
    changes, message = UNFIT[what]
    with pytest.raises(CheckpointError, match=message):
        checkpoint(**changes)


def test_every_strategy_and_reset_that_fits_comes_back(tmp_path: Path) -> None:
    for strategy, reset, level in (
        (Strategy(), "never", -1),
        (Strategy(), "paragraph", 1),
        (Strategy("many-to-one", context=3), "window", 0),
        (Strategy("one-to-many", horizon=3), "document", 0),
    ):
        sizes = replace(SETTINGS, reset_level=level, horizon=strategy.horizon)
        params = {name: np.ones(shape, np.float32) for name, shape in shapes(sizes).items()}
        whole = checkpoint(model=sizes, params=params, strategy=strategy, reset=reset)
        whole.save(tmp_path / "file")
        assert equal(Checkpoint.load(tmp_path / "file"), whole)


def test_a_large_vocabulary_of_any_script_comes_back(tmp_path: Path) -> None:
    words = Vocabulary(["document"], [f"{chr(0x4E00 + i % 9999)}{i}\U0001f600" for i in range(60_000)])
    sizes = ModelSettings(vocabulary=words.size, width=2, embedding=2, reset_level=0)
    params = {name: np.ones(shape, np.float32) for name, shape in shapes(sizes).items()}
    whole = checkpoint(model=sizes, params=params, codec=CODEC | {"vocabulary": words.to_json()})
    whole.save(tmp_path / "file")
    assert Vocabulary.from_json(Checkpoint.load(tmp_path / "file").codec["vocabulary"]) == words


def test_the_kinds_are_not_mixed_up(tmp_path: Path) -> None:
    save(tmp_path / "file", {}, tensors={}, kind="training")
    with pytest.raises(CheckpointError, match=r"its kind: it is 'training'\. Give a file of kind 'model'"):
        Checkpoint.load(tmp_path / "file")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.safetensors: there is no such file. Give a run folder"):
        Checkpoint.load(tmp_path / "none.safetensors")
    with pytest.raises(UsageError, match=MODEL_FILE):
        Checkpoint.load(tmp_path)


def test_a_model_too_large_for_memory_is_a_limit_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any) -> None:
        raise MemoryError

    checkpoint().save(tmp_path / "file")
    monkeypatch.setattr(np, "empty", no_memory)
    with pytest.raises(LimitError, match="does not fit in memory"):
        load(tmp_path / "file", kind="model")
