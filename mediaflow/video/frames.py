"""Makes the frames of one output from those of the film: cut, scaled, turned, filtered, padded.

Law: frames of the film are shared with other threads and only ever put into a graph. When the film
changes its size or its sample layout, the graph is made anew and the output keeps its own.
"""

from __future__ import annotations

from collections import deque
from itertools import chain as joined
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import upright_size
from mediaflow.libav.graph import (
    DEEP_RGB,
    Chain,
    frame_nodes,
    pad_nodes,
    source_node,
    tone_nodes,
)
from mediaflow.libav.hald import HaldTables
from mediaflow.libav.translate import translated
from mediaflow.planning.film_color import RGB_COLOR
from mediaflow.video.filtering import FrameFilters
from mediaflow.video.tone import tone_cube

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from av import VideoFrame

    from mediaflow.filters.base import Assets
    from mediaflow.planning import VideoStep

__all__ = ["RGB", "FrameMaker"]

RGB: Final = "rgb24"
"""Sample layout of frames on their way through filters of pictures, and to a palette."""


class FrameMaker:
    """The graphs of one output; serves one thread.

    Args:
        step: What is done to each frame.
        time_base: Seconds a tick of the film's time stamps.
        assets: Second inputs of filters.
    """

    def __init__(self, step: VideoStep, time_base: Fraction, assets: Assets) -> None:
        self._step, self._time_base = step, time_base
        self._turned = upright_size(step.frame.content, step.frame.orientation)
        self._looks = FrameFilters(step.frame.filters, assets, self._turned)
        self._times: deque[Fraction] = deque()
        """When the frames are shown that are on their way through the first graph."""

        self._shape: tuple[int, int, str] | None = None
        self._first: Chain | None = None
        self._second: Chain | None = None

    def push(self, frame: VideoFrame, seconds: Fraction) -> Iterator[VideoFrame]:
        """Put a frame of the film in; yield what is finished.

        Args:
            frame: The frame; it stays as it is.
            seconds: When it is shown, in seconds of the film.

        Raises:
            ProcessingError: libavfilter or a filter failed.
        """
        shape = (frame.width, frame.height, frame.format.name)
        left: Iterator[VideoFrame] = iter(())
        if shape != self._shape:
            left = iter(list(self._through(None)))
            self._shape = shape
            self._first = self._made(frame)
        self._times.append(seconds)
        return joined(left, self._through(frame))

    def end(self) -> Iterator[VideoFrame]:
        """Yield what is left when the last frame is in."""
        yield from self._through(None)
        if self._second is not None:
            yield from self._second.push(None)

    def _through(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        if self._first is None:
            return
        for made in self._first.push(frame):
            seconds = self._times.popleft()
            if not self._is_split:
                yield made
                continue
            look = self._looks.apply(made, seconds)
            if self._second is None:
                self._second = self._padding(look)
            yield from self._second.push(look)

    @property
    def _is_split(self) -> bool:
        return self._looks.needs_frames or self._step.palette

    def _made(self, frame: VideoFrame) -> Chain:
        step = self._step.frame
        rgb = self._looks.needs_rgb or self._step.palette
        with translated(stage="transform"):
            chain = Chain(source_node(frame, self._time_base, step.source_color))
            tables = HaldTables()
            color = RGB_COLOR if rgb or step.tone else step.color
            if step.tone is None:
                frame_nodes(chain, step, RGB if rgb else step.pixel_format, color)
            else:
                frame_nodes(chain, step, DEEP_RGB, color)
                tone_nodes(chain, tables, tone_cube(step.tone))
                if rgb:
                    chain.add("format", RGB)
            if rgb:
                chain.last = self._looks.nodes(chain.graph, chain.last)
            if not self._is_split:
                pad_nodes(chain, step, self._turned, color)
                chain.add("format", step.pixel_format)
            chain.configure()
            tables.start()
            self._looks.start()
        return chain

    def _padding(self, frame: VideoFrame) -> Chain:
        step = self._step.frame
        with translated(stage="transform"):
            chain = Chain(source_node(frame, self._time_base, RGB_COLOR))
            pad_nodes(chain, step, self._turned, RGB_COLOR)
            if self._step.palette:
                chain.add_palette()
            else:
                chain.add("format", step.pixel_format)
            chain.configure()
        return chain
