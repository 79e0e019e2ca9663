"""Names how colour is stored beside brightness.

Law: a table of the names that people use; sampling factors without a name are "other".
Source: the J:a:b notation of ITU-R BT.601, as JPEG, AV1 and TIFF files use it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

__all__ = ["Chroma", "chroma_name"]

Chroma: TypeAlias = Literal["4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1", "other"]

_NAMES: Final[dict[tuple[int, int], Chroma]] = {
    (1, 1): "4:4:4",
    (1, 2): "4:4:0",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (4, 1): "4:1:1",
}


def chroma_name(across: int, down: int) -> Chroma:
    """Return the name for one colour sample per so many brightness samples.

    Args:
        across: Brightness samples beside each other that share one colour sample.
        down: Brightness samples above each other that share one colour sample.

    Example:
        >>> chroma_name(2, 2)
        '4:2:0'
    """
    return _NAMES.get((across, down), "other")
