"""What environment variables say that are either on or off."""

import os
from collections.abc import Mapping

OFF = ("", "0", "false", "no", "off")
"""What a variable says that is off; anything else is on."""


def is_on(name: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether that variable is set, and does not say that it is off."""
    value = (os.environ if environment is None else environment).get(name, "")
    return value.strip().lower() not in OFF
