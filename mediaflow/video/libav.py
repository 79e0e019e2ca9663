"""The film back end that is built in: PyAV."""

from __future__ import annotations

from typing import Final

from mediaflow.video.renditions import make_renditions
from mediaflow.video.stills import make_stills

__all__ = ["BACKEND", "LibavBackend"]


class LibavBackend:
    """Makes films and stills with the libraries of FFmpeg."""

    make_renditions = staticmethod(make_renditions)
    make_stills = staticmethod(make_stills)


BACKEND: Final = LibavBackend()
