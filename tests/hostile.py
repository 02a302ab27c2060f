"""Files that look like a checkpoint and are not: how each is made of a sound one, and what its refusal must say."""

import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.checkpoints import dump, sealed, taken_apart

MIB = 1 << 20
Change = Callable[[bytes], bytes]
Case = tuple[Change, str]
FOREIGN = "Give a file that seqgen saved"
LIES = "do not lie where"
SHAPE = "the shape of a tensor"


class Evil:
    """What a pickle can be: a call."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("false",)


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def with_length(raw: bytes, length: int) -> bytes:
    return length.to_bytes(8, "little") + raw[8:]


def header(text: bytes, data: bytes = b"") -> bytes:
    """Any bytes as the header of a file."""
    return len(text).to_bytes(8, "little") + text + data


def deep(depth: int) -> bytes:
    return b'{"__metadata__":' + b"[" * depth + b"]" * depth + b"}"


RAW: dict[str, Case] = {
    "nothing": (lambda raw: b"", FOREIGN),
    "seven bytes": (lambda raw: raw[:7], FOREIGN),
    "eight zeros": (lambda raw: bytes(8), "its header"),
    "only a length": (lambda raw: raw[:8], FOREIGN),
    "half a header": (lambda raw: raw[:200], FOREIGN),
    "a byte less": (lambda raw: raw[:-1], "bytes of tensors, where"),
    "a byte more": (lambda raw: raw + b"\0", "bytes of tensors, where"),
    "two in one": (lambda raw: raw + raw, "bytes of tensors, where"),
    "a byte before": (lambda raw: b"\0" + raw, FOREIGN),
    "a pickle, protocol 0": (lambda raw: pickle.dumps(Evil(), 0), FOREIGN),
    "a pickle, protocol 2": (lambda raw: pickle.dumps(Evil(), 2) + raw, "may be a pickle"),
    "a pickle, protocol 5": (lambda raw: pickle.dumps(Evil(), 5) + raw, "may be a pickle"),
    "a pickle behind": (lambda raw: raw + pickle.dumps(Evil()), "bytes of tensors, where"),
    "a zip of a pickle": (lambda raw: zipped("archive/data.pkl", pickle.dumps(Evil())), "may be a zip archive"),
    "a zip behind": (lambda raw: raw + zipped("data.pkl", pickle.dumps(Evil())), "bytes of tensors, where"),
    "a zip of ours": (lambda raw: zipped("model.safetensors", raw), "may be a zip archive"),
    "a Keras file": (lambda raw: b"\x89HDF\r\n\x1a\n" + raw, "may be an HDF5 file"),
    "a web page": (lambda raw: b"<!doctype html><html><body>Not found</body></html>", FOREIGN),
    "random bytes": (lambda raw: random.Random(0).randbytes(4096), FOREIGN),
    "the largest length": (lambda raw: with_length(raw, (1 << 64) - 1), FOREIGN),
    "a length beyond signed": (lambda raw: with_length(raw, 1 << 63), FOREIGN),
    "a length of a terabyte": (lambda raw: with_length(raw, 1 << 40), FOREIGN),
    "a length one too long for the file": (lambda raw: with_length(raw, len(raw) - 7), FOREIGN),
    "a length into the data": (
        lambda raw: with_length(raw, int.from_bytes(raw[:8], "little") + 8),
        LIES + "|canonical|its header",
    ),
    "a length too short": (
        lambda raw: with_length(raw, int.from_bytes(raw[:8], "little") - 8),
        LIES + "|canonical|its header",
    ),
    "a list": (lambda raw: header(b"[1,2]"), "canonical JSON object"),
    "a number": (lambda raw: header(b"17      "), "canonical JSON object"),
    "no metadata": (lambda raw: header(b"{}"), "__metadata__: expected an object"),
    "a byte order mark": (lambda raw: header(b"\xef\xbb\xbf{}"), "its header"),
    "UTF-16": (lambda raw: header('{"a":1}'.encode("utf-16")), "its header"),
    "raw UTF-8": (lambda raw: header('{"é":{}}'.encode()), "canonical"),
    "spaces": (lambda raw: header(b'{"a": 1}'), "canonical"),
    "a line break as padding": (lambda raw: header(b'{"a":1}\n'), "canonical"),
    "NaN": (lambda raw: header(b'{"a":NaN}'), "not JSON compliant"),
    "infinity": (lambda raw: header(b'{"a":1e999}'), "not JSON compliant"),
    "a number of 5,000 digits": (lambda raw: header(b'{"a":' + b"9" * 5000 + b"}"), "integer string"),
    "a lone surrogate": (lambda raw: header(rb'{"__metadata__":{"hash":"","seqgen":"\ud800"}}'), "its header"),
    "a nest of 100": (lambda raw: header(deep(100)), "expected an object"),
    "a nest of 900": (lambda raw: header(deep(900)), "recursion|expected an object"),
    "a nest of 100,000": (lambda raw: header(deep(100_000)), "recursion.*Take another copy"),
    "300,000 lists": (lambda raw: header(b'{"a":[' + b"[]," * 300_000 + b"[]]}"), "more than any model needs"),
    "a million objects": (lambda raw: header(b'{"a":[' + b"{}," * MIB + b"{}]}"), "more than any model needs"),
    "two million numbers": (lambda raw: header(b"[" + b"0," * 2 * MIB + b"0]"), "more than any model needs"),
}
"""Whole files of another kind, or cut, or with a lying length, or with JSON that is not ours."""


def entry(name: str, **changes: Any) -> Change:
    """A sound file with one tensor's entry changed, and sealed anew."""

    def change(raw: bytes) -> bytes:
        text, entries, data = taken_apart(raw)
        entries[name] = {key: value for key, value in (entries[name] | changes).items() if value is not None}
        return sealed(text, entries, data)

    return change


def tensors(change: Callable[[dict[str, Any]], Any], more: bytes = b"") -> Change:
    """A sound file with its tensors' entries changed, and sealed anew."""

    def changed(raw: bytes) -> bytes:
        text, entries, data = taken_apart(raw)
        change(entries)
        return sealed(text, entries, data + more)

    return changed


def swap(entries: dict[str, Any]) -> None:
    one, other = entries["layers.0.U"], entries["layers.1.U"]
    one["data_offsets"], other["data_offsets"] = other["data_offsets"], one["data_offsets"]


def twice(raw: bytes) -> bytes:
    text, entries, data = taken_apart(raw)
    once = sealed(text, entries, data)
    end = 8 + int.from_bytes(once[:8], "little")
    extra = b'"output.b":' + dump(entries["output.b"]).encode() + b","
    doubled = once[8:end].rstrip().replace(b'"output.b":', extra + b'"output.b":')
    return header(doubled, data)


def weights(name: str, value: float) -> Change:
    def change(raw: bytes) -> bytes:
        text, entries, data = taken_apart(raw)
        begin = entries[name]["data_offsets"][0]
        return sealed(text, entries, data[:begin] + np.float32(value).tobytes() + data[begin + 4 :])

    return change


TENSORS: dict[str, Case] = {
    "an overlap": (entry("output.b", data_offsets=[0, 44]), LIES),
    "all in one place": (tensors(lambda e: [v.update(data_offsets=[0, 4]) for v in e.values()]), LIES),
    "a hole": (tensors(lambda e: e.pop("embedding")), LIES),
    "a hole at the end": (tensors(lambda e: None, b"\0" * 8), "bytes of tensors, where"),
    "two tensors swapped": (tensors(swap), LIES),
    "a negative offset": (entry("output.b", data_offsets=[-44, 0]), LIES),
    "an offset beyond the file": (entry("output.b", data_offsets=[1 << 62, (1 << 62) + 44]), LIES),
    "an end before its beginning": (entry("output.b", data_offsets=[44, 0]), LIES),
    "one offset": (entry("output.b", data_offsets=[0]), "expected a list of 2"),
    "an offset that is text": (entry("output.b", data_offsets=["0", "44"]), "expected int"),
    "a tensor twice": (twice, "a key twice"),
    "a product past 64 bits": (entry("output.b", shape=[1 << 32, 1 << 32]), SHAPE),
    "a product that wraps to the right size": (entry("output.b", shape=[11, (1 << 62) + 1]), SHAPE),
    "a huge size beside a zero": (entry("output.b", shape=[0, 1 << 62, 1 << 62]), SHAPE),
    "a petabyte": (entry("output.b", shape=[1 << 47]), LIES),
    "a thousand axes": (entry("output.b", shape=[1] * 1000), SHAPE),
    "a negative size": (entry("output.b", shape=[-11]), SHAPE),
    "two negative sizes": (entry("output.b", shape=[-11, -1]), SHAPE),
    "a broken size": (entry("output.b", shape=[11.0]), "expected int"),
    "a size that is true": (entry("output.b", shape=[True, 11]), "expected int"),
    "no shape": (entry("output.b", shape=None), "the key 'shape' is missing"),
    "a type of objects": (entry("output.b", dtype="O"), "expected 'F64' or"),
    "an unknown type": (entry("output.b", dtype="F4_E2M1"), "expected 'F64' or"),
    "a type that is a list": (entry("output.b", dtype=["F32"]), "expected 'F64' or"),
    "an unknown key": (entry("output.b", shapes=[11]), "the key 'shapes' is unknown. Did you mean 'shape'"),
    "a smaller type": (entry("output.b", dtype="U16", shape=[22]), LIES + "|uint16"),
    "integers as weights": (entry("output.b", dtype="I32"), "it is int32"),
    "a parameter of another name": (tensors(lambda e: e.update(output=e.pop("output.b"))), LIES),
    "a tensor that is a path": (tensors(lambda e: e.update({"../../x": e.pop("output.b")})), LIES),
    "a tensor that is no object": (tensors(lambda e: e.update({"output.b": 3})), "expected an object"),
    "an empty tensor too many": (
        tensors(lambda e: e.update({"z": {"data_offsets": [0, 0], "dtype": "U8", "shape": [0]}})),
        "do not lie where|'z': the model has none",
    ),
    "a weight that is no number": (weights("output.b", float("nan")), "not finite"),
    "an infinite weight": (weights("output.b", float("inf")), "not finite"),
}
"""Headers that lie about tensors, sealed with the right hash."""


def text(change: Callable[[dict[str, Any]], Any]) -> Change:
    """A sound file with its text changed, and sealed anew."""

    def changed(raw: bytes) -> bytes:
        text, entries, data = taken_apart(raw)
        envelope = json.loads(text)
        change(envelope)
        return sealed(dump(envelope), entries, data)

    return changed


def envelope(**changes: Any) -> Change:
    return text(lambda envelope: envelope.update(changes))


def label(**changes: Any) -> Change:
    return text(lambda envelope: envelope["value"].update(changes))


def model(**changes: Any) -> Change:
    return text(lambda envelope: envelope["value"]["model"].update(changes))


def symbols(symbols: Any) -> Change:
    return text(lambda envelope: envelope["value"]["codec"]["vocabulary"].update(symbols=symbols))


def inner(old: str, new: str) -> Change:
    def change(raw: bytes) -> bytes:
        text, entries, data = taken_apart(raw)
        assert old in text
        return sealed(text.replace(old, new), entries, data)

    return change


TEXTS: dict[str, Case] = {
    "a newer format": (envelope(format=2), "it is 2, and this seqgen reads formats up to 1. Upgrade seqgen"),
    "a newer format with other keys": (text(lambda e: [e.pop("value"), e.update(format=9, all="new")]), "Upgrade"),
    "format 0": (envelope(format=0), "there is no format 0"),
    "a format that is true": (envelope(format=True), "expected int"),
    "a format that is text": (envelope(format="1"), "expected int"),
    "no format": (text(lambda e: e.pop("format")), "'format' is missing"),
    "the training state": (envelope(kind="training"), "it is 'training'"),
    "an unknown kind": (envelope(kind="__import__"), "it is '__import__'"),
    "a value that is a list": (envelope(value=[]), "expected an object"),
    "a key too many beside the value": (envelope(values={}), "Did you mean 'value'"),
    "NaN within": (inner('"seed":0', '"seed":NaN'), "not JSON compliant"),
    "a key twice within": (inner('"seed":0', '"seed":0,"seed":0'), "a key twice"),
    "an unknown key": (label(modle={}), "the key 'modle' is unknown. Did you mean 'model'"),
    "a key that names code": (label(auto_map={"AutoModel": "evil.Model"}), "'auto_map' is unknown"),
    "a setting that names code": (model(_target_="os.system"), "'_target_' is unknown"),
    "a missing key": (text(lambda e: e["value"].pop("strategy")), "'strategy' is missing"),
    "an unknown cell": (model(cell="lstn"), "the cell 'lstn': there is none of that name. Did you mean 'lstm'"),
    "another cell": (model(cell="lstm"), "'layers.0.c': the model has none"),
    "a setting misspelt": (model(widht=6), "the key 'widht' is unknown. Did you mean 'width'"),
    "a width of a billion": (model(width=10**9), "width = 1000000000"),
    "a width of 4,000 digits": (model(width=10**4000), "width = "),
    "a negative width": (model(width=-6), "width = -6"),
    "a width that is text": (model(width="6"), "expected int"),
    "a width that is a fraction": (model(width=6.0), "expected int"),
    "a flag that is a number": (model(residual=1), "expected bool"),
    "more layers": (model(layers=64), "it is missing"),
    "a billion layers": (model(layers=10**9), "layers = 1000000000"),
    "fewer layers": (model(layers=1), "the model has none of that name"),
    "a vocabulary of 100 million": (model(vocabulary=10**8), "vocabulary = 100000000"),
    "a vocabulary of another size": (model(vocabulary=12), "'vocabulary': it is 12, where .* 11"),
    "symbols too many": (symbols(list("abcdefghi")), "'vocabulary': it is 11, where .* 12"),
    "a symbol twice": (symbols(list("abcdefgg")), "twice"),
    "symbols that are numbers": (symbols(list(range(8))), "expected str"),
    "symbols that are text": (symbols("abcdefgh"), "expected a list"),
    "levels without a document": (
        text(lambda e: e["value"]["codec"]["vocabulary"].update(levels=["a", "b"])),
        "Let them begin with 'document'",
    ),
    "a codec that is text": (label(codec="os.system"), "expected an object"),
    "a tied output of other widths": (model(tied=True), "a tied output"),
    "a reset level beyond": (model(reset_level=7), "'reset_level': it is 7"),
    "an unknown strategy": (label(strategy={"name": "one-to-all", "context": 0, "horizon": 1}), "expected 'one-to"),
    "a strategy without bound": (
        label(strategy={"name": "many-to-one", "context": 10**12, "horizon": 1}),
        "Give a context from 1 to",
    ),
    "a horizon that is not the model's": (
        label(strategy={"name": "one-to-many", "context": 0, "horizon": 5}),
        "'horizon': it is 1, where .* 5",
    ),
    "an unknown reset": (label(reset="paragrph"), "Did you mean 'paragraph'"),
    "a provenance that is a list": (label(provenance=[]), "expected an object"),
}
"""Labels that do not hold together, sealed with the right hash."""


FILES = {
    f"{family}: {name}": case
    for family, cases in (("raw", RAW), ("tensors", TENSORS), ("text", TEXTS))
    for name, case in cases.items()
}
