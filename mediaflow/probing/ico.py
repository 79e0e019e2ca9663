"""Reads the directory of a Windows icon (ICO).

Law: the directory alone; of the pictures inside, the one with most px counts, and among equals the
one with most bits, which is also the one that decoders show. Cursors are no icons.

Source: Microsoft, "Icons" (ICONDIR and ICONDIRENTRY): a side of 0 means 256 px.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["read_ico"]

HEAD: Final = 6
ENTRY: Final = 16
LARGEST: Final = 256  # px; what a side of 0 means
MAX_ENTRIES: Final = 256
ICON: Final = 1  # 2 is a cursor


def read_ico(source: HeaderReader) -> ImageInfo:
    """Read the directory of an icon.

    Raises:
        CorruptMediaError: It is a cursor, empty, or has more entries than any icon.
        TruncatedMediaError: The file ends inside its directory.
    """
    head = source.read(0, HEAD)
    kind, count = (int.from_bytes(head[at : at + 2], "little") for at in (2, 4))
    if kind != ICON or not 1 <= count <= MAX_ENTRIES:
        raise source.corrupt(f"an icon file of kind {kind} with {count} pictures cannot be")
    entries = source.read(HEAD, count * ENTRY)
    sizes = [
        Size(entries[at] or LARGEST, entries[at + 1] or LARGEST)
        for at in range(0, count * ENTRY, ENTRY)
    ]
    largest = max(sizes, key=lambda size: size.pixels)
    return ImageInfo(stored_size=largest, color=ColorInfo(model="rgb"), has_alpha=True)
