"""Hands filters the second inputs that they name, each decoded once.

Law: what a filter did not name was not acquired, and is an error.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mediaflow.errors import MediaflowError, ProcessingError
from mediaflow.formats.subtitles import plain_cues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from mediaflow.formats.subtitles import Cue
    from mediaflow.models.job import Source
    from mediaflow.planning import AssetStep
    from mediaflow.security.limits import Limits

__all__ = ["JobAssets"]


class JobAssets:
    """The second inputs of a render; a picture is decoded when a filter first asks for it.

    Args:
        steps: What is known about each.
        data: The whole of each, in the same order.
        limits: Limits in force.
    """

    def __init__(self, steps: Sequence[AssetStep], data: Sequence[bytes], limits: Limits) -> None:
        self._steps = steps
        self._data = data
        self._limits = limits
        self._lock = threading.Lock()
        self._pictures: dict[int, Image.Image | MediaflowError] = {}
        self._cues: dict[int, tuple[Cue, ...]] = {}

    def picture(self, source: Source) -> Image.Image:
        """Return a decoded picture: RGBA, upright, in sRGB; it must not be changed.

        Raises:
            SourceError: It cannot be decoded.
        """
        index = self._find(source, "picture")
        from mediaflow.image.pillow.filtering import decode_asset  # loads Pillow

        info = self._steps[index].info
        if info is None:
            raise ProcessingError("a second input was taken for a file, not for a picture")
        with self._lock:
            if index not in self._pictures:
                try:
                    self._pictures[index] = decode_asset(self._data[index], info, self._limits)
                except MediaflowError as exc:
                    self._pictures[index] = exc
            found = self._pictures[index]
        if isinstance(found, MediaflowError):
            raise found
        return found

    def file(self, source: Source) -> bytes:
        """Return the bytes of a file."""
        return self._data[self._find(source, "file")]

    def cues(self, source: Source) -> tuple[Cue, ...]:
        """Return what a file of subtitles shows, by start, without markup.

        Raises:
            SourceError: It cannot be read.
        """
        index = self._find(source, "file")
        with self._lock:
            if index not in self._cues:
                self._cues[index] = plain_cues(self._data[index])
            return self._cues[index]

    def _find(self, source: Source, holds: str) -> int:
        for index, step in enumerate(self._steps[: len(self._data)]):
            if step.source == source and step.holds == holds:
                return index
        raise ProcessingError("a filter asked for a second input that it does not name in assets()")
