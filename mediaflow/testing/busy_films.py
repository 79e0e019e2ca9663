"""Films of known difficulty, for suites that ask how many bytes an encoder takes.

Law: what is painted hangs on the arguments alone: the same words paint the same film everywhere.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mediaflow.testing.film_writing import FilmOptions, Seconds, write_film

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from mediaflow.testing.pngs import Pixels

__all__ = ["Difficulty", "busy_film"]

Difficulty: TypeAlias = Literal["flat", "moving", "noise"]
"""Gray without anything; a texture that moves by three px a frame; each frame unlike all others."""

SPEED = 3  # px a frame


def busy_film(
    path: Path,
    difficulty: Difficulty = "moving",
    *,
    frames: int = 25,
    size: tuple[int, int] = (96, 64),
    fps: Seconds = 25,
    codec: str | None = None,
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film that is easy or hard to compress.

    Args:
        path: File to write.
        difficulty: What it shows.
        frames: How many.
        size: Width and height.
        fps: Constant rate.
        codec: FFmpeg's name of the encoder.
        codec_options: Options of the encoder; x264 keeps every sample where they do not say.
        **options: See :class:`FilmOptions`.
    """
    width, height = size
    texture = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)

    def paint(index: int) -> Pixels:
        match difficulty:
            case "flat":
                return np.full((height, width, 3), 128, np.uint8)
            case "moving":
                return np.ascontiguousarray(np.roll(texture, SPEED * index, axis=1))
            case "noise":
                fresh = np.random.default_rng(1_000 + index)
                return fresh.integers(0, 256, (height, width, 3), np.uint8)

    given = {"qp": "0"} if codec is None else {}
    return write_film(
        path,
        paint,
        [index / Fraction(fps) for index in range(frames)],
        (),
        codec=codec,
        container=None,
        rate=Fraction(fps),
        codec_options=given if codec_options is None else codec_options,
        matrix=1,
        **options,
    )
