"""Films painted by code: frames that carry their number, flashes with beeps, four quarters.

What a film shows is known by arithmetic, and what is painted can be read from any decoded frame,
also one that was scaled to a half or compressed hard.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
import numpy.typing as npt

from mediaflow.testing.film_writing import FilmOptions, Seconds, write_film
from mediaflow.testing.pngs import BLUE, GREEN, RED, STORED, YELLOW, Pixels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeAlias, Unpack

    from mediaflow.geometry import Orientation

    Picture: TypeAlias = Pixels | av.VideoFrame

__all__ = [
    "QUADRANTS",
    "counting_film",
    "is_lit",
    "numbered",
    "quadrant_film",
    "read_number",
    "read_quadrants",
    "rgb_of",
    "solid_film",
]

QUADRANTS: Final = (RED[:3], GREEN[:3], BLUE[:3], YELLOW[:3])
"""Colours of quarters: top left, top right, bottom left, bottom right."""

COLUMNS, ROWS = 8, 3
"""Blocks of a counting frame: two rows for the number, the last one gray with a flash at its end."""

BITS: Final = 12
CHECK: Final = 8  # the last four blocks hold the number of white ones, modulo this, and one white
FLASH_SECONDS: Final = Fraction(1, 10)
WEIGHTS: Final = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Kr and Kb of ITU-T H.273 table 4, by the code point of the matrix."""


def counting_film(
    path: Path,
    *,
    frames: int = 50,
    size: tuple[int, int] = (160, 90),
    fps: Seconds = 25,
    pts: Sequence[Seconds] | None = None,
    codec: str | None = None,
    container: str | None = None,
    gop: int = 12,
    b_frames: int = 0,
    open_gop: bool = False,
    orientation: int = 1,
    first_number: int = 0,
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film whose frames carry their number.

    Each whole second begins with a flash in the lower right corner and a beep, at exactly the time
    of the first frame of that second.

    Args:
        path: File to write.
        frames: How many; with ``pts``, as many as there are times.
        size: Width and height of the upright frame.
        fps: Constant rate.
        pts: Times of the frames in seconds, from 0, in place of the rate.
        codec: FFmpeg's name of the encoder; None takes the container's of ``CONTAINERS``.
        container: An extension of ``CONTAINERS``, or FFmpeg's name of a muxer; None takes the
            extension of the path.
        gop: Frames between keyframes.
        b_frames: Frames in a row that are predicted from both sides.
        open_gop: Whether frames before a keyframe, in display, may use the one before it.
        orientation: EXIF orientation; the samples are stored turned and a display matrix says so.
        first_number: Number of the first frame.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`.
    """
    times = _times(frames, fps, pts)
    marks = _marks(times)

    def paint(index: int) -> Pixels:
        lit = any(mark <= times[index] < mark + FLASH_SECONDS for mark in marks)
        return _stored(numbered(first_number + index, size, lit=lit), orientation)

    return write_film(
        path,
        paint,
        times,
        marks,
        codec=codec,
        container=container,
        rate=None if pts is not None else Fraction(fps),
        codec_options={**_gop_options(gop, b_frames, open_gop), **(codec_options or {})},
        matrix=orientation,
        **options,
    )


def quadrant_film(
    path: Path,
    orientation: int = 1,
    *,
    size: tuple[int, int] = (160, 96),
    frames: int = 5,
    fps: Seconds = 25,
    codec: str | None = None,
    container: str | None = None,
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film that is upright red, green, blue and yellow by its display matrix.

    Args:
        path: File to write; mp4, mov and mkv keep a display matrix.
        orientation: EXIF orientation of the stored samples.
        size: Width and height of the upright frame.
        frames: How many frames.
        fps: Constant rate.
        codec: FFmpeg's name of the encoder.
        container: Extension or muxer, in place of the path's.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`; silent where they do not say.
    """
    options.setdefault("sound", None)
    width, height = size
    upright = np.empty((height, width, 3), np.uint8)
    middle = (height // 2, width // 2)
    upright[: middle[0], : middle[1]] = QUADRANTS[0]
    upright[: middle[0], middle[1] :] = QUADRANTS[1]
    upright[middle[0] :, : middle[1]] = QUADRANTS[2]
    upright[middle[0] :, middle[1] :] = QUADRANTS[3]
    stored = np.ascontiguousarray(_stored(upright, orientation))
    times = _times(frames, fps, None)
    return write_film(
        path,
        lambda _: stored,
        times,
        _marks(times),
        rate=Fraction(fps),
        codec=codec,
        container=container,
        codec_options=codec_options or {},
        matrix=orientation,
        **options,
    )


def solid_film(
    path: Path,
    yuv: tuple[int, int, int],
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 3,
    codec: str = "ffv1",
    container: str | None = None,
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film of one colour by its sample values; ffv1 in mkv keeps them exactly.

    Args:
        path: File to write.
        yuv: Values of all samples of the three planes: of 8 bits, or of as many as the format has.
        size: Width and height.
        frames: How many frames.
        codec: FFmpeg's name of the encoder.
        container: Extension or muxer, in place of the path's.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`; a planar format of three planes, and silent where they
            do not say.
    """
    pixel_format = options.get("pixel_format", "yuv420p")
    options.setdefault("sound", None)
    frame = av.VideoFrame(size[0], size[1], pixel_format)
    deep = "10" in pixel_format or "12" in pixel_format
    for plane, value in zip(frame.planes, yuv, strict=True):
        count = plane.buffer_size // (2 if deep else 1)
        plane.update(np.full(count, value, "<u2" if deep else "u1").tobytes())
    return write_film(
        path,
        lambda _: frame,
        _times(frames, 25, None),
        (),
        rate=Fraction(25),
        codec=codec,
        container=container,
        codec_options=codec_options or {},
        matrix=1,
        **options,
    )


def read_number(picture: Picture) -> int:
    """Return the number that a frame or an array of (height, width[, 3]) carries.

    Raises:
        ValueError: The blocks break their own rule: it is no counting frame, or is turned.
    """
    gray = _gray(picture)
    values = [
        int(_block(gray, index % COLUMNS, index // COLUMNS) > 127) for index in range(2 * COLUMNS)
    ]
    number = sum(bit << place for place, bit in enumerate(values[:BITS]))
    check = sum(bit << place for place, bit in enumerate(values[BITS : BITS + 3]))
    if check != number.bit_count() % CHECK or values[-1] != 1:
        raise ValueError(f"no counting frame: its blocks are {values}")
    return number


def is_lit(picture: Picture) -> bool:
    """Tell whether the corner of a counting frame flashes."""
    return bool(_block(_gray(picture), COLUMNS - 1, ROWS - 1) > 200)


def read_quadrants(picture: Picture) -> tuple[tuple[int, int, int], ...]:
    """Return the nearest of the four colours in each quarter: upper left and right, lower ones.

    An upright film gives :data:`QUADRANTS`.
    """
    array = picture.to_ndarray(format="rgb24") if isinstance(picture, av.VideoFrame) else picture
    height, width = array.shape[:2]
    found = []
    for down in (1, 3):
        for across in (1, 3):
            y, x = height * down // 4, width * across // 4
            spot = array[y - height // 16 : y + height // 16 + 1, x - 2 : x + 3, :3]
            mean = spot.reshape(-1, 3).mean(axis=0)
            distances = [float(np.abs(mean - color).sum()) for color in QUADRANTS]
            found.append(QUADRANTS[distances.index(min(distances))])
    return tuple(found)


def _stored(upright: Pixels, orientation: int) -> Pixels:
    return STORED[cast("Orientation", orientation)](upright)


def _times(frames: int, fps: Seconds, pts: Sequence[Seconds] | None) -> list[Fraction]:
    if pts is not None:
        return [Fraction(time).limit_denominator(1_000_000) for time in pts]
    return [index / Fraction(fps) for index in range(frames)]


def _marks(times: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the times of the first frame of each second."""
    pairs = zip([None, *times], times, strict=False)
    return tuple(time for last, time in pairs if last is None or time // 1 != last // 1)


def numbered(number: int, size: tuple[int, int], *, lit: bool) -> Pixels:
    """Paint the frame of a number, gray: (height, width)."""
    assert 0 <= number < 1 << BITS
    bits = [number >> place & 1 for place in range(BITS)]
    bits += [number.bit_count() % CHECK >> place & 1 for place in range(3)] + [1]
    width, height = size
    across = np.arange(width) * COLUMNS // width
    down = np.arange(height) * ROWS // height
    blocks = np.full((ROWS, COLUMNS), 90, np.uint8)
    blocks[:2] = np.array(bits, np.uint8).reshape(2, COLUMNS) * 255
    blocks[2, -2:] = 255 if lit else 0
    return np.ascontiguousarray(blocks[down][:, across])


def _gop_options(gop: int, b_frames: int, open_gop: bool) -> dict[str, str]:
    return {
        "g": str(gop),
        "keyint_min": str(gop),
        "bf": str(b_frames),
        **({} if open_gop else {"flags": "+cgop"}),
    }


def _gray(picture: Picture) -> npt.NDArray[np.float64]:
    if isinstance(picture, av.VideoFrame):
        return picture.to_ndarray(format="rgb24")[..., 1].astype(np.float64)
    return np.asarray(picture if picture.ndim == 2 else picture[..., :3].mean(axis=2), np.float64)


def _block(gray: npt.NDArray[np.float64], column: int, row: int) -> float:
    """Return the mean of the middle of a block."""
    height, width = gray.shape
    left, right = (width * (column + share) / COLUMNS for share in (0.3, 0.7))
    top, bottom = (height * (row + share) / ROWS for share in (0.3, 0.7))
    return float(np.mean(gray[int(top) : int(bottom) + 1, int(left) : int(right) + 1]))


def rgb_of(yuv: tuple[int, int, int], matrix: int, *, full: bool, bits: int = 8) -> list[int]:
    """Return red, green and blue of 8 bits by ITU-T H.273 8.3.

    Args:
        yuv: Samples of so many bits.
        matrix: Code point of the matrix coefficients.
        full: Whether luma runs over all levels.
        bits: Bits a sample.
    """
    kr, kb = WEIGHTS[matrix]
    unit = 1 << (bits - 8)
    y, u, v = yuv
    if full:
        top = (1 << bits) - 1
        luma, blue, red = y / top, (u - 128 * unit) / top, (v - 128 * unit) / top
    else:
        luma = (y / unit - 16) / 219
        blue, red = ((value / unit - 128) / 224 for value in (u, v))
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    g = (luma - kr * r - kb * b) / (1 - kr - kb)
    return [round(min(max(channel, 0), 1) * 255) for channel in (r, g, b)]
