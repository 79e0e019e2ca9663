"""Finds the frame that is displayed at a moment, exactly, in any container.

A frame is displayed from its time stamp on until the next one's. Demuxers do not keep that promise
when they seek: they land on a frame that is no keyframe, behind the target, or on a keyframe whose
neighbours in display need the one before it. So a seek is only a proposal here. Packets are dropped
up to the first keyframe, frames that would be displayed before that one are not trusted, and where
nothing is left at or before the target, the seek is repeated from further back, at last from the
start. Containers whose seeks nobody has checked are decoded from the start.

Law: frames leave in the order of the targets' times and are not kept. The targets are seconds of the
stream's own time stamps (see :func:`zero_of` for the film's zero), whatever these start with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from av import VideoFrame

from mediaflow.errors import UnsupportedError
from mediaflow.libav.compat import rational
from mediaflow.libav.translate import translated
from mediaflow.video.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.models.spent import Tally

__all__ = ["Shown", "frames_at", "moving_picture", "seek_before", "zero_of"]

ATTACHED_PICTURE: Final = 0x400  # AV_DISPOSITION_ATTACHED_PIC


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame that was looked for."""

    index: int
    """Place of its time among those asked for."""

    frame: VideoFrame
    """The frame; it may come again for a later time, so it must not be changed."""

    is_last: bool
    """Whether the stream has no later frame."""

    is_damaged: bool
    """Whether the frame could not be decoded, so that an earlier one stands for it, or one that it
    rests on."""


def moving_picture(container: InputContainer, index: int | None = None) -> VideoStream:
    """Return a moving picture of a container; an attached picture is none.

    Args:
        container: An open container.
        index: Its place among all streams; None takes the first.

    Raises:
        UnsupportedError: There is none.
    """
    for stream in container.streams.video:
        attached = int(stream.disposition) & ATTACHED_PICTURE
        if not attached and index in (None, stream.index):
            return stream
    raise UnsupportedError(f"stream {index if index is not None else ''} is no moving picture")


def zero_of(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return the time stamp, in seconds, that counts as 0: where picture or sound starts first.

    Args:
        container: An open container.
        stream: Its moving picture.
    """
    starts = []
    for one in (stream, *container.streams.audio):
        base = rational(one.time_base)
        if one.start_time is not None and base is not None:
            starts.append(one.start_time * base)
    return min(starts, default=Fraction(0))


def frames_at(
    container: InputContainer,
    stream: VideoStream,
    times: Sequence[Fraction],
    *,
    check: Callable[[], None] = lambda: None,
    where: str | None = None,
    tally: Tally | None = None,
) -> Iterator[Shown]:
    """Yield the frames that are displayed at some moments, in one forward pass.

    A time before the first frame gives the first one, a time after the end the last one. A film
    without any frame gives none.

    Args:
        container: Open, with nothing read from it yet.
        stream: Its moving picture, with its decoder set up.
        times: Seconds by the stream's time stamps, in any order.
        check: Called for each packet; may raise to stop.
        where: Location of the input, for errors.
        tally: Counts what is decoded.

    Raises:
        CorruptMediaError: The container cannot be read.
    """
    walk = Walk(container, stream, check, tally)
    order = sorted(range(len(times)), key=lambda index: times[index])
    ticks = [int(times[index] // walk.time_base) for index in order]
    for place, index in enumerate(order):
        later = ticks[place + 1] if place + 1 < len(ticks) else None
        with translated(stage="decode", where=where):
            frame = walk.to(ticks[place], later)
        if frame is not None:
            yield Shown(index, frame, walk.is_last, walk.is_damaged(ticks[place]))


def seek_before(
    container: InputContainer,
    stream: VideoStream,
    time: Fraction,
    *,
    check: Callable[[], None] = lambda: None,
) -> int | None:
    """Move a container to a place from which the frame displayed at a moment can be decoded.

    Packets of the stream before its first keyframe must be dropped, and so must frames with a time
    stamp below the returned one: they may lack what they refer to.

    Args:
        container: Open, with nothing read from it yet; its other streams are moved too, as near as
            its demuxer does.
        stream: Its moving picture.
        time: Seconds by the stream's time stamps.
        check: Called for each packet; may raise to stop.

    Returns:
        Time stamp of the first keyframe, or None for the start of the file, where all is decoded.

    Raises:
        CorruptMediaError: The container cannot be read.
    """
    walk = Walk(container, stream, check)
    target = int(time // walk.time_base)
    with translated(stage="decode"):
        if not walk.is_far(target):
            return None
        for ticks in walk.proposals(target):
            key = walk.seek(ticks, target)
            if key is not None:
                container.seek(ticks, stream=stream)
                return key
        walk.rewind()
    return None
