"""Applies filters to live frames, one after the other, in the thread of a track.

Filters are those of stills and film, by the code of film: colour filters at the start of the list
are compiled once into curves and a table that libavfilter applies. Frames come in any layout and
leave as yuv420p, which is what encoders of calls take. Numbers of a frame that does not say what
they mean are read as BT.601 of limited range, as those of a call are (RFC 6386 9.2 for VP8).

Law: a frame that comes in is never changed. What comes out has its size, its pts and its time base.
One object serves one thread.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.filters.base import NO_ASSETS
from mediaflow.filters.own_code import OnFrames
from mediaflow.geometry import Size
from mediaflow.libav.compat import rational
from mediaflow.libav.graph import MATRICES, Chain
from mediaflow.libav.translate import translated
from mediaflow.models.filtering import as_filters
from mediaflow.models.plugins import Filter
from mediaflow.video.filtering import FULL, RGB, FrameFilters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from av import VideoFrame

    from mediaflow.integrations.webrtc.ladder import Level

    Filters: TypeAlias = Iterable[Filter] | Callable[..., Any]

__all__ = ["FrameWork", "live_filters"]

BT601: Final = 6  # SMPTE 170M, by ITU-T H.273
LIMITED: Final = 1  # AVCOL_RANGE_MPEG
LAYOUT: Final = "yuv420p"
KERNEL: Final = "bilinear"  # live: a frame is seen for 33 ms


def live_filters(filters: Filters) -> tuple[Filter, ...]:
    """Return the filters of a track, from a tuple of them or from one function on pixels.

    Raises:
        SpecError: Something else is among them, or one needs a second input.
    """
    if callable(filters) and not isinstance(filters, Filter | type):
        return (OnFrames(filters),)
    every = as_filters(filters)
    for one in every:
        if one.assets():
            raise SpecError(
                f"{one.kind} needs a second input, which live filters do not take",
                hint="put what you have loaded into a function: filters.OnFrames(function)",
                field="filters",
            )
    return every


class FrameWork:
    """The filters of one track.

    Args:
        filters: Any filters without second inputs, in order.
        max_pixels: A larger frame is refused.
    """

    def __init__(self, filters: tuple[Filter, ...], *, max_pixels: int) -> None:
        self.filters: tuple[Filter, ...] = filters
        self._max_pixels = max_pixels
        self.started: Fraction | None = None
        """Time of the first frame, from which timed filters count."""
        self._key: tuple[object, ...] | None = None
        self._lane: _Lane | None = None

    def __call__(self, frame: VideoFrame, level: Level) -> VideoFrame:
        """Return a frame with the filters applied, or the same one where there is nothing to do.

        Raises:
            LimitExceededError: It is too large.
            ProcessingError: A filter failed.
        """
        if frame.width * frame.height > self._max_pixels:
            raise LimitExceededError(
                f"a live frame has {frame.width}×{frame.height} px, more than {self._max_pixels}",
                stage="transform",
            )
        if not self.filters or level == "through":
            return frame
        pts, base = frame.pts or 0, rational(frame.time_base) or Fraction(1)
        seconds = pts * base
        if self.started is None:
            self.started = seconds
        key = (level, base, *_layout(frame))
        if self._lane is None or key != self._key:
            self._lane = _Lane(self.filters, frame, base, half=level == "half")
        self._key = key
        return self._lane.apply(frame, max(seconds - self.started, Fraction(0)))


class _Lane:
    """The graphs for frames of one layout."""

    def __init__(
        self, filters: tuple[Filter, ...], frame: VideoFrame, base: Fraction, *, half: bool
    ) -> None:
        width, height, layout, matrix, full = _layout(frame)
        shrink = 2 if half else 1
        size = Size(max(width // shrink, 1), max(height // shrink, 1))
        self._looks = FrameFilters(filters, NO_ASSETS, size)
        is_rgb = matrix == RGB or frame.format.is_rgb
        self._matrix = matrix if matrix in MATRICES else BT601
        words = f"{size.width}:{size.height}:flags={KERNEL}:out_range=pc"
        if not is_rgb:
            tone = "pc" if full == FULL else "tv"
            words += f":in_color_matrix={MATRICES[self._matrix]}:in_range={tone}"
        self._before = self._chain(f"{width}x{height}", layout, base, matrix, full)
        self._before.add("scale", words)
        self._before.add("format", "rgb24")
        with translated(stage="transform"):
            graph = self._before.graph
            self._before.last = self._looks.nodes(graph, self._before.last)
        self._after = self._before
        if self._looks.needs_frames:
            self._before.add("format", "rgb24")
            self._before.configure()
            self._after = self._chain(f"{size.width}x{size.height}", "rgb24", base, RGB, FULL)
        back = f"{width}:{height}:flags={KERNEL}:in_range=pc:out_range=tv"
        self._after.add("scale", f"{back}:out_color_matrix={MATRICES[self._matrix]}")
        self._after.add("format", LAYOUT)
        self._after.configure()
        self._looks.start()

    def apply(self, frame: VideoFrame, seconds: Fraction) -> VideoFrame:
        """Return a new frame; graphs keep its pts and time base."""
        made = _only(self._before, frame)
        if self._after is not self._before:
            made = _only(self._after, self._looks.apply(made, seconds))
        made.colorspace, made.color_range = self._matrix, LIMITED
        return made

    @staticmethod
    def _chain(size: str, layout: str, base: Fraction, matrix: int, full: int) -> Chain:
        with translated(stage="transform"):
            return Chain(
                f"video_size={size}:pix_fmt={layout}:colorspace={matrix}:range={full}:"
                f"time_base={base.numerator}/{base.denominator}"
            )


def _only(chain: Chain, frame: VideoFrame) -> VideoFrame:
    """Return the frame that a graph makes of one."""
    (made,) = chain.push(frame)
    return made


def _layout(frame: VideoFrame) -> tuple[int, int, str, int, int]:
    matrix, full = cast("Any", frame.colorspace), cast("Any", frame.color_range)
    return frame.width, frame.height, frame.format.name, int(matrix), int(full)
