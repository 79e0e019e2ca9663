"""Keeps within the planes of sound that PyAV can reach.

Law: no frame of more planes is ever looked into: PyAV reads behind its end, which ends the process.
Such a frame is brought to one plane first; none of its samples is changed.
"""

from __future__ import annotations

from typing import Final

import av

from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated

__all__ = ["MOST_PLANES", "within_reach"]

MOST_PLANES: Final = 7
"""Up to how many planes PyAV 18 and 19 count right; of 8, PyAV 18 sees 9."""


def within_reach(frame: av.AudioFrame) -> av.AudioFrame:
    """Return a frame whose planes can be read: itself, or one with all channels side by side."""
    if not frame.format.is_planar or frame.layout.nb_channels <= MOST_PLANES:
        return frame
    packer = av.AudioResampler(
        format=frame.format.packed.name, layout=frame.layout.name, rate=max(frame.sample_rate, 1)
    )
    with translated(stage="decode"):
        (made,) = packer.resample(frame)
    base = rational(frame.time_base)
    if frame.pts is not None and base is not None:
        made.pts, made.time_base = frame.pts, base
    return made
