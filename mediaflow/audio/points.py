"""Keeps the points of a waveform: as many samples each as was asked for, or as few as fit.

Law: a point is the least and the greatest of its samples; the last one is of those that are left.
Memory is that of the points.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mediaflow.errors import LimitExceededError
from mediaflow.models.waveform import WaveformData

if TYPE_CHECKING:
    from mediaflow.models.waveform import WaveformBits

    Samples = npt.NDArray[Any]
    Integers = npt.NDArray[np.int32]

__all__ = ["FEWEST_SAMPLES", "Peaks", "PointStore"]

FEWEST_SAMPLES: Final = 2  # of a point, as in audiowaveform
BYTE: Final = 256
FIRST_ROOM: Final = 4096  # points


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peaks:
    """The points of a track."""

    sample_rate: int
    """Hz."""

    samples_per_point: int

    samples: int
    """How many were measured, of each channel."""

    values: npt.NDArray[np.int16]
    """(points, channels, 2): the least and the greatest sample of each."""

    def joined(self, most: int) -> Peaks:
        """Return not more than ``most`` points, each of as many of these as that needs.

        The numbers are those that would have been measured with so many samples a point.
        """
        group = -(-len(self.values) // most)
        if group <= 1:
            return self
        starts = np.arange(0, len(self.values), group)
        low = np.minimum.reduceat(self.values[..., 0], starts, axis=0)
        high = np.maximum.reduceat(self.values[..., 1], starts, axis=0)
        return Peaks(
            sample_rate=self.sample_rate,
            samples_per_point=self.samples_per_point * group,
            samples=self.samples,
            values=np.stack([low, high], axis=-1),
        )

    def data(self, bits: WaveformBits) -> WaveformData:
        """Return the points as data; numbers of 8 bits are cut off toward 0."""
        values = self.values.astype(np.int32)
        if bits == 8:
            values = np.sign(values) * (np.abs(values) // BYTE)
        return WaveformData.of(
            array("h", values.astype(np.int16).tobytes()),
            sample_rate=self.sample_rate,
            samples_per_point=self.samples_per_point,
            channels=self.values.shape[1],
            bits=bits,
        )


class PointStore:
    """Points while samples come in.

    Args:
        samples_per_point: Samples that make a point; None begins with two, and joins points in
            pairs whenever there are more than ``most``.
        most: Most points.
    """

    def __init__(self, samples_per_point: int | None, most: int) -> None:
        self._joins = samples_per_point is None
        self._each = FEWEST_SAMPLES if samples_per_point is None else samples_per_point
        self._most = most
        self._values = np.empty((0, 1, 2), np.int16)
        self._count = 0  # points that are complete
        self._samples = 0
        self._open: tuple[Integers, Integers] | None = None  # the point that is not complete
        self._held = 0  # samples in it

    def extremes(self, samples: Samples) -> tuple[Samples, Samples]:
        """Return the least and the greatest of the parts that samples have in each point.

        Args:
            samples: (channels, samples), of any kind; they come next.

        Returns:
            Two arrays, (channels, parts), for :meth:`add`. What is done to them before that must
            keep their order, and may be what would else be done to each sample.
        """
        head = min((self._each - self._held) % self._each, samples.shape[1])
        whole = (samples.shape[1] - head) // self._each
        tail = head + whole * self._each
        body = samples[:, head:tail].reshape(len(samples), whole, self._each)
        ends = [part for part in (samples[:, :head], samples[:, tail:]) if part.shape[1]]
        lows = [part.min(axis=1, keepdims=True) for part in ends]
        highs = [part.max(axis=1, keepdims=True) for part in ends]
        lows.insert(1 if head else 0, body.min(axis=2))
        highs.insert(1 if head else 0, body.max(axis=2))
        return np.concatenate(lows, axis=1), np.concatenate(highs, axis=1)

    def add(self, low: Integers, high: Integers, count: int) -> None:
        """Take what :meth:`extremes` returned, as 16-bit numbers.

        Args:
            low: (channels, parts).
            high: The same.
            count: Samples of a channel that they are of.

        Raises:
            LimitExceededError: There are too many points.
        """
        self._samples += count
        total = self._held + count
        if self._open is not None:
            low[:, 0] = np.minimum(low[:, 0], self._open[0])
            high[:, 0] = np.maximum(high[:, 0], self._open[1])
        whole, self._held = divmod(total, self._each)
        self._open = (low[:, -1].copy(), high[:, -1].copy()) if self._held else None
        self._keep(low[:, :whole], high[:, :whole])
        while self._joins and self._count > self._most:
            self._join()

    def end(self, sample_rate: int) -> Peaks:
        """Return all points, the last of the samples that are left."""
        if self._open is not None:
            low, high = self._open
            self._keep(low[:, np.newaxis], high[:, np.newaxis])
        return Peaks(
            sample_rate=sample_rate,
            samples_per_point=self._each,
            samples=self._samples,
            values=self._values[: self._count].copy(),
        )

    def _keep(self, low: Integers, high: Integers) -> None:
        until = self._count + low.shape[1]
        if not self._joins and until > self._most:
            raise LimitExceededError(
                f"a waveform would have more than {self._most:,} points",
                hint="ask for fewer points a second, or for a part of the sound",
                stage="decode",
            )
        if until > len(self._values) or not self._count:
            room = max(until, 2 * self._count, FIRST_ROOM)
            values = np.empty((room, len(low), 2), np.int16)
            values[: self._count] = self._values[: self._count]
            self._values = values
        self._values[self._count : until, :, 0] = low.T
        self._values[self._count : until, :, 1] = high.T
        self._count = until

    def _join(self) -> None:
        """Make one point of each two; an odd one is not complete any more."""
        if self._count % 2:
            self._count -= 1
            low, high = self._values[self._count].T.astype(np.int32)
            if self._open is not None:
                low = np.minimum(low, self._open[0])
                high = np.maximum(high, self._open[1])
            self._open, self._held = (low, high), self._held + self._each
        pairs = self._values[: self._count]
        half = self._count // 2
        self._values[:half, :, 0] = np.minimum(pairs[::2, :, 0], pairs[1::2, :, 0])
        self._values[:half, :, 1] = np.maximum(pairs[::2, :, 1], pairs[1::2, :, 1])
        self._count = half
        self._each *= 2
