"""Reads the samples of frames as floats, many at a time.

Law: full scale is 1, whatever the format; what is no number is silence, and infinity is full scale.
A frame stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mediaflow.audio.planes import within_reach
from mediaflow.audio.samples import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import av

__all__ = ["Batches", "Floats", "floats_of"]

Floats: TypeAlias = npt.NDArray[np.float32]
"""Samples, (channels, samples), full scale being 1."""

BATCH: Final = 1 << 15  # samples of all channels together: what fits near the processor
LEAST_BATCH: Final = 1 << 12  # samples a channel
MOST: Final = np.float32(1e6)  # 120 dB above full scale; squares of more leave a float


def floats_of(frame: av.AudioFrame) -> Floats:
    """Return the samples of a frame, (channels, samples), full scale being 1."""
    kind: np.dtype[Any] = np.dtype(TYPES[frame.format.packed.name])
    channels, count = frame.layout.nb_channels, frame.samples
    frame = within_reach(frame)
    rows: npt.NDArray[Any]
    if frame.format.is_planar:
        rows = np.stack([np.frombuffer(memoryview(plane), kind, count) for plane in frame.planes])
    else:
        rows = (
            np.frombuffer(memoryview(frame.planes[0]), kind, count * channels)
            .reshape(count, channels)
            .T
        )
    if kind.kind == "u":
        return (rows.astype(np.float32) - 128) / np.float32(128)
    if kind.kind == "i":
        return rows.astype(np.float32) / np.float32(2.0 ** (8 * kind.itemsize - 1))
    return _numbers(rows)


class Batches:
    """Gathers frames of one layout and rate into batches, since each batch costs a few calls.

    Args:
        channels: Number of channels.
        multiple: What the length of a batch is a multiple of.
    """

    def __init__(self, channels: int, multiple: int) -> None:
        wanted = max(BATCH // channels, LEAST_BATCH)
        self._space: Floats = np.empty((channels, wanted // multiple * multiple), np.float32)
        self._filled = 0

    def push(self, samples: Floats) -> Iterator[Floats]:
        """Put samples in; yield full batches, each to be used before the next is asked for."""
        size = self._space.shape[1]
        done, count = 0, samples.shape[1]
        while done < count:
            some = min(size - self._filled, count - done)
            self._space[:, self._filled : self._filled + some] = samples[:, done : done + some]
            self._filled += some
            done += some
            if self._filled == size:
                self._filled = 0
                yield self._space

    def end(self) -> Floats:
        """Return what is left, which may be nothing."""
        filled, self._filled = self._filled, 0
        return self._space[:, :filled]


def _numbers(rows: npt.NDArray[Any]) -> Floats:
    """Return floats as numbers that can be squared."""
    if rows.size and np.abs(rows).max() <= MOST:  # false for what is no number as well
        return rows.astype(np.float32, copy=False)
    bound = rows.dtype.type(MOST)
    numbers = np.nan_to_num(rows, nan=0.0, posinf=1.0, neginf=-1.0)
    clipped: Floats = np.clip(numbers, -bound, bound).astype(np.float32)
    return clipped
