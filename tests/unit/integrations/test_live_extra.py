"""Without aiortc the room can still be imported, and says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mediaflow.integrations.webrtc as room

WITHOUT = """
import sys
sys.modules["aiortc"] = None  # as if it were not installed
from mediaflow.errors import MissingExtraError
import mediaflow.integrations.webrtc as room
room.Ladder(1.0)
for name in ("LivePeers", "Peer", "ProcessedVideoTrack"):
    try:
        getattr(room, name)
    except MissingExtraError as error:
        print(name, error.hint)
"""


def test_missing_package_is_named_on_use() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=True
    )

    line = "pip install 'pymediaflow[webrtc]'"
    assert done.stdout.splitlines() == [
        f"{name} {line}" for name in ("LivePeers", "Peer", "ProcessedVideoTrack")
    ]


def test_room_is_imported_without_aiortc_and_without_a_loop() -> None:
    text = "import sys, mediaflow.integrations.webrtc; print({'aiortc', 'av'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "set()"


def test_every_name_is_there() -> None:
    pytest.importorskip("aiortc", reason="the extra webrtc is not installed here")

    assert [name for name in room.__all__ if getattr(room, name, None) is None] == []


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(room, "Pier")
