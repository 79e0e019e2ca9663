"""What the numbers of a film's frames mean, also where its tags do not say. Pure.

The one rule for untagged film: a picture of 720 rows or more, upright, is BT.709, a smaller one is
BT.601 as of SMPTE 170M. Red, green and blue are full range and become BT.709 in the limited range.
A tag that is there is believed, and what is missing beside it is what usually goes with it.
Source: ITU-T H.273 (code points), ITU-R BT.709, BT.601, BT.2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.planning.frame_steps import FrameColor

if TYPE_CHECKING:
    from mediaflow.models.streams import VideoStream

__all__ = [
    "BT2020_PRIMARIES",
    "RGB_COLOR",
    "SDR_COLOR",
    "is_rgb",
    "output_color",
    "source_color",
]

HD_ROWS: Final = 720
UNSPECIFIED: Final = 2
RGB_MATRIX: Final = 0
BT709: Final = (1, 1, 1)
BT601: Final = (6, 6, 6)

_FAMILIES: Final[dict[int, tuple[int, int, int]]] = {
    1: BT709,
    5: (5, 6, 5),  # BT.470BG, which shares the transfer of BT.601
    6: BT601,
    7: (7, 7, 7),
    9: (9, 14, 9),  # BT.2020 with 10 bits
}
"""Primaries, transfer and matrix that go together, by the code point of matrix or primaries."""

RGB_COLOR: Final = FrameColor(primaries=1, transfer=13, matrix=RGB_MATRIX, full_range=True)
"""sRGB, for pictures made of frames."""

SDR_COLOR: Final = FrameColor(primaries=1, transfer=1, matrix=1, full_range=False)
"""BT.709, for HDR that became SDR."""

BT2020_PRIMARIES: Final = 9


def is_rgb(stream: VideoStream) -> bool:
    """Return whether frames are stored as red, green and blue."""
    name = stream.pixel_format or ""
    return name.startswith(("argb", "abgr", "bgr", "gbr", "pal", "rgb", "0rgb", "0bgr"))


def source_color(stream: VideoStream) -> FrameColor:
    """Return what the samples of a stream mean."""
    color = stream.color
    tags = [_known(color.primaries), _known(color.transfer), _known(color.matrix)]
    if is_rgb(stream):
        return FrameColor(
            primaries=tags[0] or BT709[0],
            transfer=tags[1] or BT709[1],
            matrix=RGB_MATRIX,
            full_range=True,
        )
    anchor = _FAMILIES.get(tags[2] or 0) or _FAMILIES.get(tags[0] or 0)
    usual = anchor or (BT709 if stream.display_size.height >= HD_ROWS else BT601)
    primaries, transfer, matrix = (tag or each for tag, each in zip(tags, usual, strict=True))
    full = color.full_range
    if full is None:
        full = (stream.pixel_format or "").startswith("yuvj")
    return FrameColor(primaries=primaries, transfer=transfer, matrix=matrix, full_range=full)


def output_color(source: FrameColor) -> FrameColor:
    """Return what the samples of an encoded film mean: as in its source, never RGB."""
    if source.matrix != RGB_MATRIX:
        return source
    return FrameColor(
        primaries=source.primaries, transfer=source.transfer, matrix=1, full_range=False
    )


def _known(tag: int | None) -> int | None:
    """Return a tag, or None for one that says nothing; a matrix of 0 is RGB, and said otherwise."""
    return None if tag in (None, 0, UNSPECIFIED) else tag
