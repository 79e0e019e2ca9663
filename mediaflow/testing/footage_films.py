"""Films that need work before they can be shown, painted: HDR patches, woven fields, telecined film.

Law: as of ``films``: what a film shows is known by arithmetic, and its frames can be read again.
Source: ITU-R BT.2100 table 6 (luma and chroma of BT.2020), SMPTE RP 197 (how film is telecined).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.testing.film_writing import FilmOptions, write_film
from mediaflow.testing.films import numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Unpack

    from mediaflow.testing.pngs import Pixels

__all__ = [
    "PATCH",
    "bar_place",
    "combed_share",
    "hdr_film",
    "patch_film",
    "read_patches",
    "telecined_film",
    "woven_film",
]

PATCH: Final = 32
"""Width and height of a patch in px."""

HDR_CODES: Final = {"pq": 16, "hlg": 18}
KR, KB = 0.2627, 0.0593
BAR: Final = 12  # px
STEP: Final = 2  # px from one field to the next
COMBED: Final = 16  # levels by which rows must differ from the next
TELECINED: Final = ((0, 0), (1, 1), (1, 2), (2, 3), (3, 3))
"""Which of four frames of film give the top and the bottom field of five frames of video."""


def patch_film(
    path: Path,
    codes: Sequence[Sequence[float]],
    transfer: str,
    *,
    frames: int = 3,
    codec: str = "ffv1",
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film of patches beside each other, of BT.2020 with 10 bits.

    Args:
        path: File to write.
        codes: Red, green and blue of each patch, 0 to 1, in the transfer.
        transfer: ``"pq"`` or ``"hlg"``.
        frames: How many frames.
        codec: FFmpeg's name of the encoder.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`.
    """
    row = np.repeat(np.array(codes, np.float64)[None], PATCH, axis=1)
    return hdr_film(
        path,
        np.repeat(row, PATCH, axis=0),
        transfer,
        frames=frames,
        codec=codec,
        codec_options=codec_options,
        **options,
    )


def hdr_film(
    path: Path,
    codes: npt.NDArray[np.float64],
    transfer: str,
    *,
    frames: int = 1,
    codec: str = "ffv1",
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film of one picture of HDR, of BT.2020 with 10 bits.

    Args:
        path: File to write.
        codes: (height, width, 3), red, green and blue, 0 to 1, in the transfer; even sides.
        transfer: ``"pq"`` or ``"hlg"``.
        frames: How many frames.
        codec: FFmpeg's name of the encoder.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`.
    """
    frame = av.VideoFrame(codes.shape[1], codes.shape[0], "yuv420p10le")
    for plane, samples in zip(frame.planes, _samples(codes), strict=True):
        rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
        rows[:, : plane.width] = np.round(samples)
        plane.update(rows.tobytes())
    options.setdefault("sound", None)
    options.setdefault("pixel_format", "yuv420p10le")
    options.setdefault("color", (9, HDR_CODES[transfer], 9))
    return write_film(
        path,
        lambda _: frame,
        [Fraction(index, 25) for index in range(frames)],
        (),
        rate=Fraction(25),
        codec=codec,
        container=None,
        codec_options=codec_options or {},
        matrix=1,
        **options,
    )


def read_patches(picture: npt.NDArray[np.generic], count: int) -> list[tuple[float, ...]]:
    """Return the mean of the middle of each patch.

    Args:
        picture: (height, width, channels), scaled or not.
        count: How many patches there are.
    """
    height, width = picture.shape[:2]
    found = []
    for index in range(count):
        left, right = (round(width * (index + share) / count) for share in (0.3, 0.7))
        spot = picture[height // 4 : 3 * height // 4, left:right].astype(np.float64)
        found.append(tuple(map(float, spot.reshape(-1, picture.shape[2]).mean(axis=0))))
    return found


def woven_film(
    path: Path,
    *,
    top_first: bool = True,
    frames: int = 12,
    size: tuple[int, int] = (128, 96),
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a counting film of 25 frames a second whose frames are two fields of a moving bar.

    Args:
        path: File to write.
        top_first: Whether the upper field is the earlier one.
        frames: How many frames.
        size: Width and height.
        **options: See :class:`FilmOptions`.
    """

    def paint(index: int) -> Pixels:
        fields = [_barred(index, 2 * index + later, size) for later in (0, 1)]
        return _woven(*(fields if top_first else fields[::-1]))

    return _write_fields(path, paint, frames, top_first=top_first, options=options)


def telecined_film(path: Path, *, frames: int = 20, size: tuple[int, int] = (128, 96)) -> Path:
    """Write 24 frames of film as 30 of video: two of five frames are woven of two of film.

    Args:
        path: File to write.
        frames: How many frames of video.
        size: Width and height.
    """

    def paint(index: int) -> Pixels:
        cycle, place = divmod(index, len(TELECINED))
        top, bottom = (4 * cycle + film for film in TELECINED[place])
        return _woven(_barred(index, 2 * top, size), _barred(index, 2 * bottom, size))

    return _write_fields(path, paint, frames, top_first=True, options={})


def combed_share(luma: npt.NDArray[np.generic]) -> float:
    """Return the share of px at which five rows go up and down in turn, as woven fields do."""
    steps = np.diff(luma.astype(np.int16), axis=0)
    large = np.abs(steps) > COMBED
    turns = large[1:] & large[:-1] & ((steps[1:] > 0) != (steps[:-1] > 0))
    return float((turns[2:] & turns[1:-1] & turns[:-2]).mean())


def bar_place(luma: npt.NDArray[np.generic]) -> float:
    """Return where the moving bar stands: the mean column of what is bright in the lowest third."""
    part = luma[luma.shape[0] * 5 // 6 :].astype(np.float64)
    weights = np.clip(part.mean(axis=0) - 150, 0, None)
    return float((weights * np.arange(len(weights))).sum() / weights.sum())


def _samples(codes: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Return luma and chroma of 10 bits in the limited range; four px share a chroma sample."""
    red, green, blue = np.moveaxis(codes, -1, 0)
    luma = KR * red + (1 - KR - KB) * green + KB * blue
    parts = (blue - luma) / (2 * (1 - KB)), (red - luma) / (2 * (1 - KR))
    halves = [(part[::2] + part[1::2]) / 2 for part in parts]
    quarters = [(part[:, ::2] + part[:, 1::2]) / 2 for part in halves]
    return [876 * luma + 64, *(896 * part + 512 for part in quarters)]


def _barred(number: int, moment: int, size: tuple[int, int]) -> Pixels:
    """Paint a counting frame with a bar in its lowest row of blocks."""
    frame = numbered(number, size, lit=False)
    left = 8 + STEP * moment % (size[0] - BAR - 24)
    frame[size[1] * 3 // 4 :, left : left + BAR] = 235
    return frame


def _woven(top: Pixels, bottom: Pixels) -> Pixels:
    frame = top.copy()
    frame[1::2] = bottom[1::2]
    return frame


def _write_fields(
    path: Path,
    paint: Callable[[int], Pixels],
    frames: int,
    *,
    top_first: bool,
    options: FilmOptions,
) -> Path:
    options.setdefault("sound", None)
    order = "tff=1" if top_first else "bff=1"
    return write_film(
        path,
        paint,
        [Fraction(index, 25) for index in range(frames)],
        (),
        rate=Fraction(25),
        codec="libx264",
        container=None,
        codec_options={"x264-params": order, "crf": "10", "bf": "0"},
        matrix=1,
        **options,
    )
