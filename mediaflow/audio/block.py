"""Decoded sound on its way from one thread to several others.

Law: frames of FFmpeg are never shared between threads, since mixing writes on them; what is shared
is bytes, of which every thread makes a frame of its own. Frames that follow each other travel as
one, which costs each thread one call in place of many.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av

from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Block", "blocks_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Samples of one shape."""

    format: str
    """FFmpeg's name of the sample layout."""

    layout: str
    sample_rate: int
    """Hz."""

    samples: int
    """Samples of each channel."""

    planes: tuple[bytes, ...]
    """The samples, one entry a channel of planar layouts."""

    time: Fraction | None
    """When the first is heard, by the time stamps of the source, in seconds."""

    def frame(self) -> av.AudioFrame:
        """Return the samples as a frame that nobody else has."""
        made = av.AudioFrame(self.format, self.layout, self.samples)
        for plane, data in zip(made.planes, self.planes, strict=True):
            plane.update(data)
        made.sample_rate = self.sample_rate
        if self.time is not None:
            made.pts = round(self.time * self.sample_rate)
            made.time_base = Fraction(1, self.sample_rate)
        return made


def blocks_of(frames: Sequence[av.AudioFrame]) -> Iterator[Block]:
    """Yield frames in the order they came, those that follow each other as one.

    Args:
        frames: Decoded frames; they stay as they are.
    """
    run: list[av.AudioFrame] = []
    clock: _Clock | None = None
    for frame in frames:
        if clock is None or not clock.takes(frame):
            if run:
                yield _joined(run)
                run = []
            clock = _Clock(frame)
        run.append(frame)
        clock.go_on(frame)
    if run:
        yield _joined(run)


class _Clock:
    """Tells whether frames follow each other, in whole numbers: there are many of them.

    Args:
        first: The first frame.
    """

    def __init__(self, first: av.AudioFrame) -> None:
        self._shape = _shape(first)
        self._base: object = first.time_base
        base = rational(first.time_base)
        rate = max(first.sample_rate, 1)
        # a tick is so many parts of a second, and a sample so many of the same
        self._tick = 0 if base is None else base.numerator * rate
        self._sample = 0 if base is None else base.denominator
        self._until: int | None = None
        if first.pts is not None and base is not None:
            self._until = first.pts * self._tick

    def takes(self, frame: av.AudioFrame) -> bool:
        """Return whether a frame follows what came before, without a gap.

        What is less than a tick is no gap: Matroska rounds to milliseconds.
        """
        if frame.time_base != self._base or _shape(frame) != self._shape:
            return False
        if frame.pts is None or not self._tick:
            return True
        if self._until is None:
            return False
        return abs(frame.pts * self._tick - self._until) < max(self._tick, 1)

    def go_on(self, frame: av.AudioFrame) -> None:
        """Take a frame that follows."""
        if self._until is not None:
            self._until += frame.samples * self._sample


def _joined(frames: Sequence[av.AudioFrame]) -> Block:
    first = frames[0]
    step = first.format.bytes * (1 if first.format.is_planar else first.layout.nb_channels)
    planes = tuple(
        b"".join(memoryview(frame.planes[at])[: frame.samples * step] for frame in frames)
        for at in range(len(first.planes))
    )
    return Block(
        format=first.format.name,
        layout=first.layout.name,
        sample_rate=max(first.sample_rate, 1),
        samples=sum(frame.samples for frame in frames),
        planes=planes,
        time=_time(first),
    )


def _shape(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _time(frame: av.AudioFrame) -> Fraction | None:
    base = rational(frame.time_base)
    return None if frame.pts is None or base is None else frame.pts * base
