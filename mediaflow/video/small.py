"""Makes small pictures of many frames, one after the other.

Law: the numbers of a frame are read by what the plan says of them, never by their tags; a frame
belongs to one thread here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from mediaflow.libav.graph import (
    DEEP_RGB,
    Chain,
    frame_nodes,
    range_code,
    source_node,
    tone_nodes,
)
from mediaflow.libav.hald import HaldTables
from mediaflow.libav.translate import translated
from mediaflow.planning.film_color import RGB_COLOR
from mediaflow.video.filtering import pixels_of
from mediaflow.video.scoring import seen
from mediaflow.video.tone import tone_cube

if TYPE_CHECKING:
    import numpy.typing as npt
    from av import VideoFrame

    from mediaflow.planning.frame_steps import FrameColor, FrameStep
    from mediaflow.video.scoring import Seen

    Plane = npt.NDArray[np.uint8]

__all__ = ["SmallPictures", "Watcher"]

CLOCK: Final = Fraction(1, 1000)  # a picture needs no time
SEEN_SIDE: Final = 160  # px along the longer edge
LEAST_SIDE: Final = 3


class SmallPictures:
    """Brings frames to red, green and blue at one small size.

    Args:
        step: How a frame is scaled and turned.
    """

    def __init__(self, step: FrameStep) -> None:
        self._step = step
        self._chain: Chain | None = None
        self._shape: tuple[int, int, str] | None = None

    def picture(self, frame: VideoFrame) -> Plane:
        """Return the picture of a frame: (height, width, 3), uint8, sRGB as encoded.

        Raises:
            ProcessingError: libavfilter failed.
        """
        color = self._step.source_color
        shape = (frame.width, frame.height, frame.format.name)
        with translated(stage="transform"):
            frame.colorspace, frame.color_range = color.matrix, range_code(color)
            if self._chain is None or shape != self._shape:
                self._chain, self._shape = self._made(frame), shape
            return pixels_of(next(self._chain.push(frame)))

    def _made(self, frame: VideoFrame) -> Chain:
        chain = Chain(source_node(frame, CLOCK, self._step.source_color))
        tables = HaldTables()
        tone = self._step.tone
        frame_nodes(chain, self._step, "rgb24" if tone is None else DEEP_RGB, RGB_COLOR)
        if tone is not None:
            tone_nodes(chain, tables, tone_cube(tone))
            chain.add("format", "rgb24")
        chain.configure()
        tables.start()
        return chain


class Watcher:
    """Looks at frames for what a still and a scene are judged by.

    Args:
        color: What the samples of the film mean.
    """

    def __init__(self, color: FrameColor) -> None:
        self._color = color
        self._scaler = VideoReformatter()

    def look(self, frame: VideoFrame) -> Seen:
        """Return what is seen of a frame.

        Raises:
            ProcessingError: libswscale failed.
        """
        longest = max(frame.width, frame.height, SEEN_SIDE)
        width, height = (
            max(side * SEEN_SIDE // longest, LEAST_SIDE) for side in (frame.width, frame.height)
        )
        with translated(stage="transform"):
            frame.colorspace, frame.color_range = self._color.matrix, range_code(self._color)
            small = self._scaler.reformat(
                frame,
                width=width,
                height=height,
                format="yuv420p",
                interpolation=Interpolation.AREA,
                dst_color_range=ColorRange.JPEG,
            )
        luma, blue, red = (_plane(small, index) for index in range(3))
        return seen(luma, blue, red)


def _plane(frame: VideoFrame, index: int) -> Plane:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
