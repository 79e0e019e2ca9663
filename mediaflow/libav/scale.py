"""Lanczos by libswscale, without copies, at fractional positions.

Law: it sees arrays and grids, no files and no decoders. libswscale scales a whole number of px to
a whole number of px, so a fractional edge becomes a slightly larger region and a slightly larger
result, of which a part is kept (see :class:`mediaflow.geometry.SampleGrid`). Results leave as
planes: writing packed RGB is three times as slow inside libswscale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.geometry import SampleGrid

__all__ = ["scale_planes"]

PACKED: Final = 3  # dimensions of an array of packed px
_KERNEL: Final = Interpolation.LANCZOS


def scale_planes(
    pixels: npt.NDArray[np.uint8], across: SampleGrid, down: SampleGrid, *, threads: int
) -> tuple[npt.NDArray[np.uint8], ...]:
    """Scale a picture and return its planes.

    Args:
        pixels: (height, width, 4) with red, green, blue and an unused byte, or (height, width)
            for gray; uint8. It is only read.
        across: Columns to sample.
        down: Rows to sample.
        threads: Threads that libswscale may use.

    Returns:
        Arrays of (down.count, across.count), uint8: red, green and blue, or gray alone. They share
        memory with a frame that lives as long as they do.
    """
    region = _region(pixels, across, down)
    packed = pixels.ndim == PACKED
    with translated(stage="transform"):
        frame = VideoFrame.from_numpy_buffer(region, format="rgba" if packed else "gray")
        scaled = VideoReformatter().reformat(
            frame,
            width=across.produced,
            height=down.produced,
            format="gbrp" if packed else "gray",
            interpolation=_KERNEL,
            threads=threads,
        )
    planes = [_plane(scaled, index, across, down) for index in range(3 if packed else 1)]
    return (planes[2], planes[0], planes[1]) if packed else (planes[0],)


def _region(
    pixels: npt.NDArray[np.uint8], across: SampleGrid, down: SampleGrid
) -> npt.NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    left, right = across.first, across.first + across.length
    top, bottom = down.first, down.first + down.length
    inside = pixels[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    padding = (
        (max(-top, 0), max(bottom - height, 0)),
        (max(-left, 0), max(right - width, 0)),
    )
    if not any(map(any, padding)):
        return inside
    if pixels.ndim == PACKED:
        # one 32-bit value a pixel: numpy pads that three times as fast as four bytes
        whole = np.ascontiguousarray(inside).view(np.uint32)[..., 0]
        return (
            np.pad(whole, padding, mode="edge")
            .view(np.uint8)
            .reshape(whole.shape[0] + sum(padding[0]), whole.shape[1] + sum(padding[1]), 4)
        )
    return np.pad(inside, padding, mode="edge")


def _plane(
    frame: VideoFrame, index: int, across: SampleGrid, down: SampleGrid
) -> npt.NDArray[np.uint8]:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[
        down.skipped : down.skipped + down.count, across.skipped : across.skipped + across.count
    ]
