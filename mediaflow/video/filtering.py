"""Applies the filters of an output to the frames of a film: the specs that pictures have too.

Filters of colour that come first in the list are nodes of the graph that scales the frames: curves
where a channel depends on itself alone (exact), and one HALD CLUT image of 64 levels for what lies
between (within 2/255 of exact arithmetic). From the first filter of a picture on, each frame leaves
the graph and is filtered as a picture. What does not depend on a frame, such as the letters of a
text, is made once.

Who runs the frames does it in this order::

    looks = FrameFilters(step.filters, assets, size)     # size of the frames, turned, not padded
    graph = av.filter.Graph()
    ...                                                  # crop, scale, turn, to rgb24, full range
    last = looks.nodes(graph, last)                      # rgb24 in, rgb24 out; maybe no node at all
    ...                                                  # only without looks.needs_frames: pad, format
    graph.configure()
    looks.start()                                        # once, right after each configure()
    source.push(frame)                                   # never graph.push: it feeds all sources
    frame = looks.apply(sink.pull(), seconds)            # a new rgb24 frame; only with needs_frames

Law: a frame that comes in is never changed; what comes out has its time stamp, time base and
duration. One object serves one thread.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from av import VideoFrame

from mediaflow.filters.base import START, ColorFilter, PictureFilter, TimedFilter
from mediaflow.filters.lut import color_cube, color_curves, expanded_filters
from mediaflow.image.pillow.filtering import filter_pixels
from mediaflow.libav.compat import rational
from mediaflow.libav.hald import HaldTables
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from av.filter import Graph
    from av.filter.context import FilterContext

    from mediaflow.filters.base import Assets
    from mediaflow.geometry import Size
    from mediaflow.models.plugins import Filter

__all__ = ["FrameFilters", "pixels_of"]

LEVELS: Final = 64
"""Levels of a HALD CLUT along a channel; a whole square number of them makes a square image."""

RGB: Final = 0  # AVCOL_SPC_RGB
FULL: Final = 2  # AVCOL_RANGE_JPEG
TOP: Final = 255
NOISE: Final = 0.01  # of float32 in a table, in levels
RGB_CHANNELS: Final = 3


class FrameFilters:
    """The filters of one output.

    Args:
        filters: Any filters, in order.
        assets: Second inputs; most are asked for here, once.
        size: Size of the frames in px.

    Raises:
        SourceError: A second input cannot be used.
    """

    def __init__(self, filters: Sequence[Filter], assets: Assets, size: Size) -> None:
        every = tuple(expanded_filters(filters))
        first = tuple(takewhile(lambda one: isinstance(one, ColorFilter), every))
        self._colors = tuple(one.bound(assets) for one in cast("tuple[ColorFilter, ...]", first))
        self._pictures = tuple(_ready(one, assets, size) for one in every[len(first) :])
        self._assets = assets
        self._tables = HaldTables()

    @property
    def needs_rgb(self) -> bool:
        """Whether there is anything to do, for which frames must be rgb24."""
        return bool(self._colors or self._pictures)

    @property
    def needs_frames(self) -> bool:
        """Whether each frame must pass through :meth:`apply`."""
        return bool(self._pictures)

    def nodes(self, graph: Graph, last: FilterContext) -> FilterContext:
        """Add the colour filters to a graph; return the node that is then the last.

        Args:
            graph: Not configured yet.
            last: Its last node so far, which gives out rgb24 of full range.

        Raises:
            ProcessingError: libavfilter refuses.
        """
        self._tables = HaldTables()
        before, between, after = _parts(self._colors)
        with translated(stage="transform"):
            for part in (before, between, after):
                if part and part is between:
                    last = self._tables.add(graph, last, _table(part))
                elif part:
                    node = _curves(graph, part)
                    last.link_to(node)
                    last = node
        return last

    def start(self) -> None:
        """Hand the graph its tables; to be called once, when it is configured.

        Raises:
            ProcessingError: libavfilter refuses.
        """
        self._tables.start()

    def apply(self, frame: VideoFrame, seconds: Fraction = START) -> VideoFrame:
        """Return a new frame with the picture filters applied, or the same where none does a thing.

        Args:
            frame: rgb24; it stays as it is.
            seconds: When it is shown, in seconds of the film.

        Raises:
            ProcessingError: A filter failed.
        """
        filters = [
            one.at(seconds) if isinstance(one, TimedFilter) else one for one in self._pictures
        ]
        present = [one for one in filters if one is not None]
        if not present:
            return frame
        pixels = filter_pixels(pixels_of(frame), present, self._assets)
        with translated(stage="transform"):
            made = VideoFrame.from_numpy_buffer(pixels, format="rgb24")
            made.pts, made.duration = frame.pts, frame.duration
            made.time_base = rational(frame.time_base) or Fraction(1)
            made.colorspace, made.color_range = RGB, FULL
        return made


def _table(filters: tuple[ColorFilter, ...]) -> npt.NDArray[np.uint8]:
    """Return one table for some filters; libavfilter cuts off what it interpolates, so up."""
    levels: npt.NDArray[np.float32] = np.ceil(color_cube(filters, LEVELS) * TOP - NOISE)
    return levels.astype(np.uint8, copy=False)


def _ready(one: Filter, assets: Assets, size: Size) -> Filter:
    if isinstance(one, ColorFilter):
        return one.bound(assets)
    if isinstance(one, PictureFilter | TimedFilter):
        return one.fitted((size.width, size.height), assets)
    return one  # apply_filters says what is wrong with it


def _parts(
    filters: tuple[ColorFilter, ...],
) -> tuple[tuple[ColorFilter, ...], tuple[ColorFilter, ...], tuple[ColorFilter, ...]]:
    """Split a chain: curves at its start, what needs a table, curves at its end."""
    before = tuple(takewhile(lambda one: one.channelwise, filters))
    rest = filters[len(before) :]
    after = tuple(takewhile(lambda one: one.channelwise, reversed(rest)))[::-1]
    return before, rest[: len(rest) - len(after)], after


def _curves(graph: Graph, filters: tuple[ColorFilter, ...]) -> FilterContext:
    """Add curves through all 256 levels of each channel, so that nothing is interpolated."""
    words = [
        f"{name}='{' '.join(_points(curve))}'"
        for name, curve in zip("rgb", color_curves(filters), strict=True)
    ]
    return graph.add("curves", ":".join(["interp=natural", *words]))


def _points(curve: npt.NDArray[np.uint8]) -> list[str]:
    """Return the points of a curve; a quarter of a level keeps truncation from taking a whole."""
    places = np.minimum((np.arange(TOP + 1) + 0.25) / TOP, 1)
    values = np.minimum((curve + 0.25) / TOP, 1)
    return [f"{x:.6f}/{y:.6f}" for x, y in zip(places, values, strict=True)]


def pixels_of(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """Return the px of an rgb24 frame, without a copy."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    kept = rows[: frame.height, : frame.width * RGB_CHANNELS]
    return kept.reshape(frame.height, frame.width, RGB_CHANNELS)
