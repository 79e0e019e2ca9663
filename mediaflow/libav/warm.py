"""Loads what PyAV loads when it is first needed, for a process that will open no file later."""

from __future__ import annotations

import encodings.idna
from importlib import import_module
from typing import Final

import av
import numpy as np

__all__ = ["warm_up"]

LATE: Final = (
    encodings.idna.__name__,  # looked up by name when a path is handed to FFmpeg
    "av.subtitles.codeccontext",
    "av.subtitles.stream",
    "av.subtitles.subtitle",
)


def warm_up() -> None:
    """Load modules that are imported late, and the bridge to NumPy."""
    for name in LATE:
        import_module(name)
    av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24").to_ndarray()
