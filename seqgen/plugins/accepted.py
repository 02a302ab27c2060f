"""What each hook may give: a table of the hooks, and who says whether a record is what its hook asks for."""

import re
from collections.abc import Callable

NAME = "[a-z0-9][a-z0-9_-]*"
"""What a cell or a command may be called: stacks are written with commas and colons."""


def _is_domain(record: object) -> bool:
    from seqgen.domain import Domain

    return isinstance(record, Domain)


def _is_tokenizer(record: object) -> bool:
    from seqgen.tokenizer import Tokenizer

    named = all(hasattr(record, attribute) for attribute in ("name", "domain", "version"))
    return isinstance(record, type) and issubclass(record, Tokenizer) and named


def _is_metric(record: object) -> bool:
    from seqgen.metric import Metric

    return isinstance(record, Metric)


def _is_rule(record: object) -> bool:
    from seqgen.constraint import Rule

    return isinstance(record, Rule) and callable(record.make)


def _is_cell(record: object) -> bool:
    from seqgen.cells import BUILT_IN, Cell

    name = getattr(record, "name", None)
    named = isinstance(name, str) and re.fullmatch(NAME, name) and name not in BUILT_IN
    return isinstance(record, Cell) and bool(named)


def _is_specimens(record: object) -> bool:
    from seqgen.specimens import Specimens

    return isinstance(record, Specimens)


def _is_reader(record: object) -> bool:
    from seqgen.domain import Reader

    if not isinstance(record, Reader) or isinstance(record.suffixes, str):
        return False
    return bool(re.fullmatch(NAME, str(record.name))) and bool(record.suffixes) and callable(record.read)


def _is_command(record: object) -> bool:
    from seqgen.command import Command

    if not isinstance(record, Command):
        return False
    named = isinstance(record.name, str) and re.fullmatch(NAME, record.name)
    return bool(named) and callable(record.load)


ACCEPTS: dict[str, Callable[[object], bool]] = {
    "seqgen_domains": _is_domain,
    "seqgen_tokenizers": _is_tokenizer,
    "seqgen_metrics": _is_metric,
    "seqgen_constraints": _is_rule,
    "seqgen_cells": _is_cell,
    "seqgen_commands": _is_command,
    "seqgen_specimens": _is_specimens,
    "seqgen_readers": _is_reader,
}
