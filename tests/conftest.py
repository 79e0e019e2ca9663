"""What all tests share: hypothesis profiles, the folder of real files, the loop for async tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines that run tests beside each other are too uneven for a deadline per example.
settings.register_profile("dev", deadline=None, max_examples=100)
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=200,
    derandomize=True,  # a run can be repeated
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def media() -> Path:
    """Return the folder of real files that MEDIAFLOW_MEDIA names, or skip the test."""
    folder = os.environ.get("MEDIAFLOW_MEDIA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("MEDIAFLOW_MEDIA names no folder of real files")
    return Path(folder)


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the one loop that the library has a shell for."""
    return "asyncio"
