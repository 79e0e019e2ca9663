"""Reads the header of an SVG drawing: its root tag.

Law: nothing behind the root tag is read and nothing is rendered; a drawing that declares a document
type is refused (see :mod:`mediaflow.formats.svg_text`). The stored size is the natural size in CSS
px, rounded half up; the drawing itself has no px.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.formats.svg_text import ROOT_BYTES, svg_size
from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["read_svg"]


def read_svg(source: HeaderReader) -> ImageInfo:
    """Read the root tag of a drawing.

    Raises:
        CorruptMediaError: There is no root tag, it states no size, or a document type is declared.
    """
    natural = svg_size(source.peek(0, ROOT_BYTES), where=source.where)
    size = Size(max(1, int(natural.width + 0.5)), max(1, int(natural.height + 0.5)))
    return ImageInfo(stored_size=size, color=ColorInfo(model="rgb"), has_alpha=True)
