"""Reads the orientation out of EXIF data.

Law: nothing else of EXIF is looked at here, and nothing in it can make a probe fail: EXIF is written
by every camera and editor in its own way, and a picture with broken EXIF is still a picture.
Source: EXIF 2.32 4.6.5 (tag 0x0112); ISO/IEC 23008-12 6.5.10 and 6.5.12 for the turns that HEIF and
AVIF write as properties instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceError
from mediaflow.probing.ifd import Directory, read_directory

if TYPE_CHECKING:
    from mediaflow.geometry import Orientation
    from mediaflow.probing.reading import Peekable

__all__ = ["ORIENTATIONS", "orientation_in", "orientation_of", "turned"]

ORIENTATION_TAG: Final = 0x0112

ORIENTATIONS: Final[tuple[Orientation, ...]] = (1, 2, 3, 4, 5, 6, 7, 8)

_QUARTER_LEFT: Final[tuple[Orientation, ...]] = (8, 5, 6, 7, 4, 1, 2, 3)
"""What orientations 1 to 8 become by one more turn of 90 degrees counter-clockwise."""

_LEFT_RIGHT: Final[tuple[Orientation, ...]] = (2, 1, 4, 3, 6, 5, 8, 7)
"""What orientations 1 to 8 become when left and right are exchanged as well."""


def orientation_in(blob: Peekable) -> Orientation:
    """Return the orientation that EXIF data holds.

    Args:
        blob: The TIFF structure, without the ``Exif`` and two NULs that go before it in JPEG.

    Returns:
        The orientation; 1 when it is absent, out of range, or the data cannot be read.
    """
    try:
        return orientation_of(read_directory(blob))
    except SourceError:  # broken EXIF says nothing about the picture
        return 1


def orientation_of(directory: Directory) -> Orientation:
    """Return the orientation that a directory holds; 1 when it is absent or out of range.

    Raises:
        TruncatedMediaError: The value lies beyond the end.
    """
    value = directory.number(ORIENTATION_TAG)
    return ORIENTATIONS[value - 1] if value is not None and 1 <= value <= 8 else 1


def turned(
    orientation: Orientation, *, quarters_left: int = 0, exchange: str | None = None
) -> Orientation:
    """Return an orientation followed by one more turn or mirroring.

    Args:
        orientation: What has been applied before.
        quarters_left: Turns of 90 degrees counter-clockwise, as ``irot`` counts them.
        exchange: ``"left-right"`` or ``"top-bottom"``, as ``imir`` says it.

    Example:
        >>> turned(1, quarters_left=3)
        6
        >>> turned(6, exchange="left-right")
        5
    """
    for _ in range(quarters_left % 4):
        orientation = _QUARTER_LEFT[orientation - 1]
    if exchange is not None:
        orientation = _LEFT_RIGHT[orientation - 1]
    if exchange == "top-bottom":  # the same as exchanging left and right, then half a turn
        orientation = turned(orientation, quarters_left=2)
    return orientation
