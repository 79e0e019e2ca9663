"""Reads the header of a Windows bitmap (BMP).

Law: the two headers at the start and nothing else; a negative height means rows from the top down.
Opacity is told only by masks that name it.

Source: Microsoft, "Bitmap Storage": BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER,
BITMAPV4HEADER.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["read_bmp"]

FILE_HEADER: Final = 14  # bytes before the second header
CORE_HEADER: Final = 12  # length of the oldest second header, with 16-bit sides
INFO_HEADER: Final = 40
MASKED_HEADERS: Final = (56, 108, 124)  # lengths of those with an alpha mask
_ALPHA_MASK: Final = FILE_HEADER + 52
_DEPTHS: Final = frozenset({0, 1, 2, 4, 8, 16, 24, 32})
PALETTE_BITS: Final = 8
DEEPEST: Final = 32  # bits a px; the fourth byte may be opacity


def read_bmp(source: HeaderReader) -> ImageInfo:
    """Read the headers of a bitmap.

    Raises:
        CorruptMediaError: A side is 0, or the headers are of no known kind.
        TruncatedMediaError: The file ends inside them.
    """
    length = int.from_bytes(source.read(FILE_HEADER, 4), "little")
    if length == CORE_HEADER:
        core = source.read(FILE_HEADER, CORE_HEADER)
        width, height = (int.from_bytes(core[at : at + 2], "little") for at in (4, 6))
        depth = int.from_bytes(core[10:12], "little")
    elif length >= INFO_HEADER:
        header = source.read(FILE_HEADER, INFO_HEADER)
        width, height = (
            int.from_bytes(header[at : at + 4], "little", signed=True) for at in (4, 8)
        )
        depth = int.from_bytes(header[14:16], "little")
    else:
        raise source.corrupt(f"a bitmap header of {length:,} bytes is of no known kind")
    height = abs(height)
    if width < 1 or height < 1 or depth not in _DEPTHS:
        raise source.corrupt(f"a bitmap of {width}×{height} px and {depth} bits a px cannot be")
    masked = length in MASKED_HEADERS and any(source.peek(_ALPHA_MASK, 4))
    return ImageInfo(
        stored_size=Size(width, height),
        color=ColorInfo(model="palette" if 0 < depth <= PALETTE_BITS else "rgb"),
        has_alpha=masked or depth == DEEPEST,
    )
