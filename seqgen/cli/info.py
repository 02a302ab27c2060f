"""`seqgen info`: this installation, as Markdown that can be pasted where a fault is reported; or what a model is."""

import math
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import seqgen
from seqgen.cli.arguments import Json
from seqgen.cli.data import line
from seqgen.errors import SeqgenError, counted
from seqgen.plugins import Plugins, find
from seqgen.plugins.versions import home, said
from seqgen.records import to_json

if TYPE_CHECKING:
    from seqgen.api.models import Model

PACKAGES = ("torch", "numpy", "typer", "pluggy", "rich")

ModelToTell = Annotated[
    Path | None, typer.Argument(metavar="[MODEL]", help="The folder of a run, or a model file, to tell of instead")
]


@dataclass(frozen=True)
class Installed:
    """A plugin as the metadata of its distribution have it."""

    name: str
    module: str
    origin: str
    version: str


@dataclass(frozen=True)
class Cache:
    """The folder that keeps corpora and prepared stores."""

    folder: str
    bytes: int


@dataclass(frozen=True)
class Info:
    """This installation. A package that is missing has no version; `devices` says what torch can compute on."""

    seqgen: str
    python: str
    platform: str
    cores: int
    packages: dict[str, str | None]
    devices: tuple[str, ...]
    cache: Cache
    plugins: tuple[Installed, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class ModelInfo:
    """What is in a model's file. `bits` are those of the best look at held-out content, per `unit`; `files` are the
    hashes of the corpus by name."""

    path: str
    identity: str
    domain: str
    settings: dict[str, Any]
    parameters: int
    strategy: dict[str, Any]
    reset: str
    tokenizer: dict[str, Any]
    vocabulary: int
    corpus: str
    files: dict[str, str]
    documents: int
    step: int
    seed: int
    bits: float
    unit: str
    written_by: str


def command(context: typer.Context, model: ModelToTell = None, *, as_json: Json = False) -> None:
    """Tell what is installed here, to be pasted where a fault is reported; or what a model is.

    Examples:

      seqgen info

      seqgen info runs/names --json
    """
    if model is None:
        found = info(context.find_object(Plugins))
        print(line(found), end="") if as_json else print("\n".join(_markdown(found)))
    else:
        told = model_info(model)
        print(line(told), end="") if as_json else print("\n".join(_lines(told)))


def info(plugins: Plugins | None = None) -> Info:
    """This installation, with those plugins, or all that are found. Paths in the home folder go without its name."""
    return Info(
        seqgen=seqgen.__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=platform.platform(),
        cores=os.cpu_count() or 1,
        packages={name: _version(name) for name in PACKAGES},
        devices=tuple(_devices()),
        cache=_cache(),
        plugins=tuple(_installed(plugins or find())),
        environment={name: _homeless(value) for name, value in sorted(os.environ.items()) if name[:7] == "SEQGEN_"},
    )


def model_info(path: Path) -> ModelInfo:
    """What the model there is, without torch. Raises CheckpointError, and UsageError for a state of training."""
    from seqgen.api.models import load

    return _told(load(path), path)


def _told(model: "Model", path: Path) -> ModelInfo:
    held, kept = model.checkpoint, model.checkpoint.provenance
    training, corpus = kept.get("training", {}), kept.get("corpus", {})
    return ModelInfo(
        path=str(path),
        identity=held.identity,
        domain=model.domain.name,
        settings=to_json(held.model),
        parameters=sum(array.size for array in held.params.values()),
        strategy=to_json(held.strategy),
        reset=held.reset,
        tokenizer=held.codec["tokenizer"],
        vocabulary=len(model.codec.vocabulary.symbols),
        corpus=str(corpus.get("name", "")),
        files={str(name): str(each) for name, each in corpus.get("files", {}).items()},
        documents=len(held.documents),
        step=int(training.get("step", 0)),
        seed=int(training.get("seed", 0)),
        bits=float(training.get("nats", math.nan)) / math.log(2),
        unit=model.domain.form.unit,
        written_by=f"seqgen {kept.get('seqgen', '')}".strip(),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _devices() -> list[str]:
    """What torch finds, or why it finds nothing: a torch that cannot be imported is what is to be reported."""
    try:
        from seqgen.nn.machine import devices

        return devices()
    except Exception as why:
        return [f"none: torch cannot be used ({type(why).__name__}: {str(why).partition(chr(10))[0]})"]


def _cache() -> Cache:
    from seqgen.corpus import cache_folder

    try:
        folder = cache_folder()
    except SeqgenError as why:
        return Cache(why.asked, 0)
    sizes = (path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    return Cache(_homeless(str(folder)), sum(sizes))


def _installed(plugins: Plugins) -> Iterator[Installed]:
    """By the metadata alone: none is imported."""
    for entry in sorted(plugins.entries, key=lambda entry: entry.name):
        yield Installed(entry.name, entry.value, home(entry), said(entry.dist, "Version"))


def _homeless(text: str) -> str:
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text


def _labelled(plugin: Installed) -> str:
    known = " ".join(filter(None, (plugin.origin, plugin.version)))
    return f"{plugin.name} ({known})" if known else plugin.name


def _markdown(found: Info) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    system = f"{found.platform}, {counted(found.cores, 'core')}"
    rows = {"seqgen": found.seqgen, "python": found.python, "platform": system}
    rows |= {name: each or "missing" for name, each in found.packages.items()}
    rows |= {"devices": "; ".join(found.devices)}
    rows |= {"cache": f"`{found.cache.folder}`, {found.cache.bytes:,} bytes"}
    rows |= {"plugins": ", ".join(map(_labelled, found.plugins)) or "none"}
    rows |= {f"`{name}`": f"`{value}`" for name, value in found.environment.items()}
    yield from (f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in rows.items())


def _lines(found: ModelInfo) -> Iterator[str]:
    shape = found.settings
    yield f"{found.path}: a model of {found.domain}, written by {found.written_by}"
    yield f"  {shape['cell']} of {shape['layers']} x {shape['width']}, embedding {shape['embedding']}"
    yield f"  {found.parameters:,} parameters, identity {found.identity[:16]}"
    strategy = ", ".join(f"{name} {value}" for name, value in found.strategy.items() if name != "name")
    yield f"  {found.strategy['name']} ({strategy}), reset at {found.reset}"
    yield f"  tokenizer {found.tokenizer.get('name', '')}, {counted(found.vocabulary, 'symbol')}"
    files = ", ".join(f"{name} {each[:16]}" for name, each in [*found.files.items()][:3])
    more = ", ..." if len(found.files) > 3 else ""
    yield f"  learnt {counted(found.documents, 'document')} of {found.corpus} ({files}{more})"
    yield f"  step {found.step:,}, seed {found.seed}, {found.bits:.3f} bits per {found.unit} at its best look"
