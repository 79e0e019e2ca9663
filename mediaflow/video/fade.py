"""Lets frames come up from black and go down to it.

Law: a frame that comes in stays as it is; planes of samples alone, by what they mean.
Source: ITU-T H.273 8.3 (levels of black in limited and full range).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from av import VideoFrame

from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.planning.frame_steps import FrameColor

__all__ = ["faded"]

BLACK: Final = 16  # of 8 bits, in the limited range
GRAY: Final = 128
EIGHT_BITS: Final = 8


def faded(frame: VideoFrame, level: float, color: FrameColor) -> VideoFrame:
    """Return a new frame that shows a share of another one.

    Args:
        frame: Planes of luma and chroma, of 8 to 16 bits a sample.
        level: 0 (black) to 1 (all).
        color: What its samples mean.

    Raises:
        ProcessingError: The frame cannot be read.
    """
    with translated(stage="transform"):
        made = VideoFrame(frame.width, frame.height, frame.format.name)
        bits = frame.format.components[0].bits
        unit = 1 << (bits - EIGHT_BITS)
        black = 0 if color.full_range else BLACK * unit
        kind = np.dtype(np.uint8 if bits == EIGHT_BITS else "<u2")
        for index, (source, target) in enumerate(zip(frame.planes, made.planes, strict=True)):
            rows = np.frombuffer(memoryview(source), kind).reshape(source.height, -1)
            zero = black if index == 0 or not color.matrix else GRAY * unit
            table = _table(zero, level, 1 << bits, kind)
            shown = np.zeros((target.height, target.line_size // kind.itemsize), kind)
            shown[:, : target.width] = table[rows[:, : source.width]]
            target.update(shown.tobytes())
    return made


def _table(
    zero: int, level: float, count: int, kind: np.dtype[np.generic]
) -> npt.NDArray[np.generic]:
    """Return what each value of a sample becomes."""
    values = zero + (np.arange(count) - zero) * level
    table: npt.NDArray[np.generic] = np.round(values).astype(kind)
    return table
