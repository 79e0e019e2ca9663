"""Adds tables of colours to a graph, as HALD CLUT images with a source of their own.

Law: a table comes as an array and goes as a frame of the same depth as the frames that it is for;
what it does to colours is known elsewhere. One object serves one thread.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
from av import VideoFrame

from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt
    from av.filter import Graph
    from av.filter.context import FilterContext

__all__ = ["HaldTables"]

BEFORE_ALL: Final = -1_000_000_000
"""Time of a table in seconds: frames that come before it would stay as they are."""

RGB: Final = 0  # AVCOL_SPC_RGB
FULL: Final = 2  # AVCOL_RANGE_JPEG
LAYOUTS: Final[dict[object, str]] = {np.dtype(np.uint8): "rgb24", np.dtype(np.uint16): "rgb48le"}
"""FFmpeg's names of packed layouts; tables in planar ones come out with their channels swapped."""


class HaldTables:
    """The tables of one graph."""

    def __init__(self) -> None:
        self._waiting: list[tuple[FilterContext, VideoFrame]] = []

    def add(
        self, graph: Graph, last: FilterContext, cube: npt.NDArray[np.uint8 | np.uint16]
    ) -> FilterContext:
        """Add a node that maps colours by a table; return it.

        Args:
            graph: Not configured yet.
            last: The node before, which gives out rgb24, or rgb48le for a table of 16 bits.
            cube: (levels, levels, levels, 3): blue, green, red, then the channels of the result; as
                many levels as make a square image.

        Raises:
            ProcessingError: libavfilter refuses.
        """
        side = round(cube.shape[0] ** 1.5)
        layout = LAYOUTS[cube.dtype]
        with translated(stage="transform"):
            pixels: npt.NDArray[Any] = np.ascontiguousarray(cube).reshape(side, side, 3)
            table = VideoFrame.from_ndarray(pixels, format=layout)
            table.pts, table.time_base = BEFORE_ALL, Fraction(1)
            table.colorspace, table.color_range = RGB, FULL
            source = graph.add(
                "buffer",
                f"video_size={side}x{side}:pix_fmt={layout}:time_base=1/1:"
                f"colorspace={RGB}:range={FULL}",
            )
            node = graph.add("haldclut", "clut=first:interp=tetrahedral")
            last.link_to(node)
            source.link_to(node, 0, 1)
        self._waiting.append((source, table))
        return node

    def start(self) -> None:
        """Hand the graph its tables; to be called once, when it is configured.

        Raises:
            ProcessingError: libavfilter refuses.
        """
        with translated(stage="transform"):
            for source, table in self._waiting:
                source.push(table)
                source.push(None)  # else frames wait for a second table
        self._waiting = []
