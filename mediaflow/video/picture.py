"""Brings a decoded frame to red, green and blue at its final size: cut, scaled and turned.

Law: the numbers of the frame are read by what the step says of them, never by their tags: tags are
missing or wrong where the plan has already decided.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np

from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    import numpy.typing as npt
    from av import VideoFrame

    from mediaflow.planning.film_steps import FrameColor, FrameStep

__all__ = ["frame_picture"]

FULL: Final = 2  # AVCOL_RANGE_JPEG
LIMITED: Final = 1  # AVCOL_RANGE_MPEG
RGB_CHANNELS: Final = 3

MATRICES: Final = {
    1: "bt709",
    4: "fcc",
    5: "bt470",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
"""FFmpeg's names by the code points of ITU-T H.273."""

TURNS: Final[dict[int, tuple[tuple[str, str], ...]]] = {
    1: (),
    2: (("hflip", ""),),
    3: (("hflip", ""), ("vflip", "")),
    4: (("vflip", ""),),
    5: (("transpose", "cclock_flip"),),
    6: (("transpose", "clock"),),
    7: (("transpose", "clock_flip"),),
    8: (("transpose", "cclock"),),
}
"""Filters that turn stored samples upright, by the eight orientations of Exif."""


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
        frame.colorspace = color.matrix
        frame.color_range = FULL if color.full_range else LIMITED
        graph = av.filter.Graph()
        nodes = [graph.add("buffer", _source(frame, color))]
        nodes += [graph.add(name, arguments) for name, arguments in _filters(step)]
        nodes.append(graph.add("buffersink"))
        for one, following in pairwise(nodes):
            one.link_to(following)
        graph.configure()
        nodes[0].push(frame)
        nodes[0].push(None)
        return _array(cast("VideoFrame", nodes[-1].pull()))


def _source(frame: VideoFrame, color: FrameColor) -> str:
    size = f"video_size={frame.width}x{frame.height}"
    tags = f"colorspace={color.matrix}:range={FULL if color.full_range else LIMITED}"
    return f"{size}:pix_fmt={frame.format.name}:time_base=1/1000:{tags}"


def _filters(step: FrameStep) -> list[tuple[str, str]]:
    filters = []
    if step.crop is not None:
        box = step.crop
        edges = (box.width, box.height, box.left, box.top)
        filters.append(("crop", ":".join(str(int(edge)) for edge in edges) + ":exact=1"))
    matrix = MATRICES.get(step.source_color.matrix)
    scale = [
        f"{step.content.width}:{step.content.height}",
        f"flags={step.interpolation}+accurate_rnd+full_chroma_int+full_chroma_inp",
        f"in_range={'pc' if step.source_color.full_range else 'tv'}",
        "out_range=pc",
    ]
    if matrix is not None:
        scale.append(f"in_color_matrix={matrix}")
    filters.append(("scale", ":".join(scale)))
    filters.append(("format", "rgb24"))
    filters += TURNS[step.orientation]
    return filters


def _array(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    kept = rows[: frame.height, : frame.width * RGB_CHANNELS]
    return kept.reshape(frame.height, frame.width, RGB_CHANNELS)
