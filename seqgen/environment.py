"""What environment variables say that are either on or off, or a number."""

import math
import os
from collections.abc import Mapping

from seqgen.errors import UsageError, shown

ON, OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
"""What a variable says that is on, and one that is off."""


def is_on(name: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether that variable says that it is on; unset it is off. Raises UsageError for what says neither."""
    given = (os.environ if environment is None else environment).get(name, "")
    value = given.strip().lower()
    if value not in (*ON, *OFF):
        remedy = f"Set it to {', '.join(ON)}; or to {', '.join(OFF[:-1])}, or nothing"
        raise UsageError(f"{name}={shown(given)}", "it is neither on nor off", remedy)
    return value in ON


def seconds_of(name: str, default: float) -> float:
    """The seconds that variable says, the default where it is unset or empty. Raises UsageError for no such number."""
    given = os.environ.get(name, "").strip()
    try:
        seconds = float(given or default)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise UsageError(f"{name}={shown(given)}", "it is no number of seconds", "Set it to one, such as 10")
    return seconds
