"""Gathers the samples of small blocks, and turns samples into 16-bit numbers.

A frame of MP3 has 1,152 samples; arithmetic on so few costs more for the call than for the numbers.

Law: a block is read where it lies, and stays as it is.
Source: the sample formats of libavutil; libsndfile, which audiowaveform reads by, cuts more than 16
bits off and takes 8 bits for the upper ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.audio.block import Block

    Samples = npt.NDArray[Any]

__all__ = ["Batch", "SampleKind", "integers", "kind_of"]

TYPES: Final[dict[str, type[np.generic]]] = {
    "dbl": np.float64,
    "flt": np.float32,
    "s16": np.int16,
    "s32": np.int32,
    "s64": np.int64,
    "u8": np.uint8,
}
"""NumPy's type of each sample format of FFmpeg, without the letter for planes."""

PLANES: Final = "p"  # the letter for planes
LEAST: Final = -(1 << 15)
GREATEST: Final = (1 << 15) - 1
MIDDLE: Final = 128  # of unsigned samples


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleKind:
    """How samples lie in memory."""

    type: str
    """Name in :data:`TYPES`."""

    is_planar: bool
    """Whether each channel has a plane of its own."""

    channels: int


def kind_of(block: Block) -> SampleKind:
    """Return how the samples of a block lie; it has some."""
    name = block.format.removesuffix(PLANES)
    is_planar = name != block.format
    each = block.samples * np.dtype(TYPES[name]).itemsize
    return SampleKind(
        type=name,
        is_planar=is_planar,
        channels=len(block.planes) if is_planar else len(block.planes[0]) // each,
    )


class Batch:
    """Room for samples of one kind.

    Args:
        kind: How the samples of all blocks lie.
        room: Samples of a channel that are gathered.
        measure: Takes (channels, samples), which are valid until it returns.
    """

    def __init__(self, kind: SampleKind, room: int, measure: Callable[[Samples], None]) -> None:
        self.kind = kind
        self._measure = measure
        self._room, self._held = room, 0
        rows = (kind.channels, room) if kind.is_planar else (room, kind.channels)
        self._samples: Samples = np.empty(rows, TYPES[kind.type])

    def add(self, block: Block, first: int, until: int) -> None:
        """Take some samples of a block of the kind."""
        each = 1 if self.kind.is_planar else self.kind.channels
        kind = self._samples.dtype
        planes = [np.frombuffer(plane, kind, count=until * each) for plane in block.planes]
        while first < until:
            some = min(until - first, self._room - self._held)
            here = slice(self._held, self._held + some)
            if self.kind.is_planar:
                for row, plane in zip(self._samples, planes, strict=True):
                    row[here] = plane[first : first + some]
            else:
                part = planes[0][first * each : (first + some) * each]
                self._samples[here] = part.reshape(some, each)
            first += some
            self._took(some)

    def add_silence(self, count: int) -> None:
        """Take samples of silence."""
        silence = MIDDLE if self.kind.type == "u8" else 0
        while count > 0:
            some = min(count, self._room - self._held)
            here = slice(self._held, self._held + some)
            self._samples[(slice(None), here) if self.kind.is_planar else here] = silence
            count -= some
            self._took(some)

    def flush(self) -> None:
        """Have what was gathered measured."""
        if not self._held:
            return
        rows = self._samples if self.kind.is_planar else self._samples.T
        rows = rows[:, : self._held]
        if rows.dtype.kind == "f":
            _repair(rows)
        self._measure(rows)
        self._held = 0

    def _took(self, count: int) -> None:
        self._held += count
        if self._held == self._room:
            self.flush()


def integers(samples: Samples) -> npt.NDArray[np.int32]:
    """Return samples of any kind as 16-bit numbers; order is kept.

    Args:
        samples: Any form; all of them numbers.
    """
    kind = samples.dtype
    if kind == np.int16:
        return samples.astype(np.int32)
    if kind == np.uint8:
        return (samples.astype(np.int32) - MIDDLE) << 8
    if kind.kind == "i":
        return (samples >> (8 * kind.itemsize - 16)).astype(np.int32)
    with np.errstate(over="ignore"):
        scaled = samples.astype(np.float32, copy=False) * np.float32(GREATEST)
    return np.clip(scaled, LEAST, GREATEST, out=scaled).astype(np.int32)


def _repair(samples: Samples) -> None:
    """Put silence where there is no number, and full scale for what has no end."""
    with np.errstate(invalid="ignore", over="ignore"):
        is_sound = np.isfinite(samples.sum())
    if not is_sound:
        np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
