"""The stand-in voice for tests that need to hear something."""

from __future__ import annotations

import importlib.util

import pytest

from hotline.speech.engine import EspeakEngine


@pytest.fixture(scope="session")
def engine() -> EspeakEngine:
    if importlib.util.find_spec("espeakng_loader") is None:
        pytest.skip("the stand-in voice is not installed: ./run installs it with the group demo")
    return EspeakEngine()
