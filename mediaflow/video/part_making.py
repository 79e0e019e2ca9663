"""Makes the frames of one output from those of a joined film, part by part.

Law: each part has graphs of its own, so that nothing of one part reaches into the next; all frames
leave alike. A palette is made of the frames of all parts.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import chain as joined
from typing import TYPE_CHECKING, Final

from mediaflow.libav.compat import rational
from mediaflow.libav.graph import Chain, source_node
from mediaflow.libav.translate import translated
from mediaflow.planning.film_color import RGB_COLOR
from mediaflow.video.frames import RGB, FrameMaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame

    from mediaflow.filters.base import Assets
    from mediaflow.planning import VideoStep

__all__ = ["PartFrameMaker"]

ORDER: Final = Fraction(1, 25)  # of the frames that share a palette; their times stand elsewhere


class PartFrameMaker:
    """The graphs of one output; serves one thread. Of one film it is a :class:`FrameMaker`.

    Args:
        step: What is done to each frame.
        time_base: Seconds a tick of the film's time stamps.
        assets: Second inputs of filters.
    """

    def __init__(self, step: VideoStep, time_base: Fraction, assets: Assets) -> None:
        self._step, self._time_base, self._assets = step, time_base, assets
        self._shares_palette = step.palette and bool(step.part_frames)
        self._part: int | None = None
        self._maker: FrameMaker | None = None
        self._palette: Chain | None = None
        self._colored = 0

    def push(self, frame: VideoFrame, seconds: Fraction, part: int = 0) -> Iterator[VideoFrame]:
        """Put a frame of a part in; yield what is finished.

        Args:
            frame: The frame; it stays as it is.
            seconds: When it is shown, in seconds of the joined film.
            part: Which part it belongs to, from 0.

        Raises:
            ProcessingError: libavfilter or a filter failed.
        """
        left: Iterator[VideoFrame] = iter(())
        if self._maker is None or part != self._part:
            left = iter(list(self._left()))
            self._part = part
            self._maker = self._made(part, rational(frame.time_base) or self._time_base)
        return self._finished(joined(left, self._maker.push(frame, seconds)))

    def end(self) -> Iterator[VideoFrame]:
        """Yield what is left when the last frame is in."""
        yield from self._finished(self._left())
        if self._palette is not None:
            yield from self._palette.push(None)

    def _left(self) -> Iterator[VideoFrame]:
        if self._maker is not None:
            yield from self._maker.end()

    def _made(self, part: int, time_base: Fraction) -> FrameMaker:
        step = self._step
        if step.part_frames:
            step = replace(step, frame=step.part_frames[part])
        if self._shares_palette:
            step = replace(step, palette=False, frame=replace(step.frame, pixel_format=RGB))
        return FrameMaker(step, time_base, self._assets)

    def _finished(self, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield frames as they are, or put them to those that share a palette."""
        if not self._shares_palette:
            yield from frames
            return
        for frame in frames:
            frame.pts, frame.time_base = self._colored, ORDER
            self._colored += 1
            if self._palette is None:
                self._palette = _palette_of(frame)
            yield from self._palette.push(frame)


def _palette_of(frame: VideoFrame) -> Chain:
    with translated(stage="transform"):
        chain = Chain(source_node(frame, ORDER, RGB_COLOR))
        chain.add_palette()
        chain.configure()
    return chain
