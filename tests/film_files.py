"""Films on disk as rooms below the hallway take them: bytes by position, and what a probe finds."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av

from mediaflow.geometry import Size
from mediaflow.models.colorinfo import ColorInfo
from tests.film import moving_stream
from tests.film_infos import film_info, video

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo

__all__ = ["FileReader", "described"]

FORMATS: Final = {
    ".avi": "avi",
    ".flv": "flv",
    ".mkv": "matroska",
    ".mov": "mov",
    ".mp4": "mp4",
    ".mpg": "mpeg",
    ".ts": "mpegts",
    ".webm": "matroska",
}


class FileReader:
    """Bytes of a local file; counts how many were read."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self.bytes_read = 0

    @property
    def size(self) -> int:
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        self.bytes_read += length
        return self._data[offset : offset + length]


def described(path: Path, *, orientation: int = 1, **facts: Any) -> MediaInfo:
    """Return what is known of a film without a probe: its header as PyAV tells it.

    Args:
        path: The film.
        orientation: As it was painted.
        facts: Of the video stream, in place of what the header says.
    """
    with av.open(str(path)) as film:
        stream = moving_stream(film)
        context = stream.codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        primaries, transfer, matrix = (None if tag == 2 else int(tag) for tag in tags)
        sar = context.sample_aspect_ratio
        rate = stream.average_rate
        seconds = None if film.duration is None else film.duration / 1_000_000
        found = {
            "index": stream.index,
            "codec": context.name,
            "pixel_format": context.pix_fmt,
            "orientation": orientation,
            "sample_aspect_ratio": _fraction(sar) or Fraction(1),
            "frame_rate_average": _fraction(rate),
            "time_base": _fraction(stream.time_base),
            "color": ColorInfo(
                primaries=primaries,
                transfer=transfer,
                matrix=matrix,
                full_range={1: False, 2: True}.get(int(context.color_range)),
            ),
        }
        size = Size(context.width, context.height)
    return film_info(
        video(size.width, size.height, **{**found, **facts}),
        seconds=seconds,
        format=FORMATS[path.suffix],
        bytes=path.stat().st_size,
        uri=str(path),
    )


def _fraction(value: Any) -> Fraction | None:
    if value is None or not value.numerator or not value.denominator:
        return None
    return Fraction(value.numerator, value.denominator)
