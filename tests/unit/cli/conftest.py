"""What the tests of commands share: a runner, and a small photo in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media import photo_jpeg


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of whoever runs the tests change widths and colours."""
    for variable in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def run() -> Callable[..., Any]:
    """Return a function that runs one command line; it needs the extra ``cli``."""
    pytest.importorskip("typer", reason="the extra cli is not installed")
    from typer.testing import CliRunner

    from mediaflow.cli.app import app

    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a JPEG of 320×240 px."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg(320, 240))
    return path


@pytest.fixture
def broken_format(monkeypatch: pytest.MonkeyPatch) -> str:
    """Install a plug-in for the format ``xyz`` that cannot be imported; return its name."""
    from importlib.metadata import EntryPoint

    from mediaflow.formats import image_formats

    point = EntryPoint("xyz", "no_such_package_of_anyone:ROW", image_formats.group)
    monkeypatch.setattr(image_formats, "_plugins", {"xyz": point})
    return "xyz"
