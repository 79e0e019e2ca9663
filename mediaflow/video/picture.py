"""Brings a decoded frame to red, green and blue at its final size: cut, scaled and turned.

Law: the numbers of the frame are read by what the step says of them, never by their tags: tags are
missing or wrong where the plan has already decided.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain as joined
from typing import TYPE_CHECKING, Final

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
from mediaflow.video.tone import tone_cube

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av import VideoFrame

    from mediaflow.planning.frame_steps import FrameStep

__all__ = ["frame_picture"]

EXACT: Final = "+accurate_rnd+full_chroma_int+full_chroma_inp"  # a still is looked at for long
CLOCK: Final = Fraction(1, 1000)  # one frame needs no time


def frame_picture(frame: VideoFrame, step: FrameStep) -> npt.NDArray[np.uint8]:
    """Return the picture of a frame.

    Args:
        frame: A decoded frame; its tags are set to what the step says, its samples stay.
        step: How it is cut, scaled and turned.

    Returns:
        (height, width, 3), uint8: sRGB as encoded.

    Raises:
        ProcessingError: libavfilter failed.
    """
    color = step.source_color
    with translated(stage="transform"):
        frame.colorspace, frame.color_range = color.matrix, range_code(color)
        chain = Chain(source_node(frame, CLOCK, color))
        tables = HaldTables()
        frame_nodes(chain, step, DEEP_RGB if step.tone else "rgb24", RGB_COLOR, flags=EXACT)
        if step.tone is not None:
            tone_nodes(chain, tables, tone_cube(step.tone))
            chain.add("format", "rgb24")
        chain.configure()
        tables.start()
        return pixels_of(next(joined(chain.push(frame), chain.push(None))))
