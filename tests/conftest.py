"""What every test may lean on: a cache folder of its own, and no plugin or mirror from the environment."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The models of the tests are tiny: threads would only wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"
# A test says what is true, not how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the user's cache and settings out of the tests."""
    for name in [each for each in os.environ if each.startswith("SEQGEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
