"""Times and rates of a film's outputs, exact. Pure.

Source: SMPTE ST 12-1 (rates of 1000/1001). Law: what a caller wrote in decimals is taken by its
digits; half way between two known facts nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import VideoStream

__all__ = [
    "CLOCK",
    "MAX_FPS",
    "Window",
    "as_rate",
    "clock_of",
    "exact",
    "late_notices",
    "rate_of",
    "still_moment",
    "window_of",
]

NTSC: Final = Fraction(1000, 1001)
NTSC_SLACK: Final = Fraction(5, 1000)  # 23.98 and 29.97 are ways to write such rates
USUAL_FPS: Final = Fraction(25)
MAX_FPS: Final = Fraction(240)
FINEST: Final = 1_000_000
COARSE: Final = Fraction(1, 1000)
CLOCK: Final = Fraction(1, 90_000)  # of MPEG systems; holds all usual rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the source."""

    start: Fraction
    end: Fraction | None
    """None is the source's end."""

    seconds: Fraction | None
    """Its length, where the source's is known."""


def exact(seconds: float | Fraction) -> Fraction:
    """Return a time by the digits that were written, so that 0.1 is a tenth."""
    return Fraction(str(seconds))


def as_rate(fps: float) -> Fraction:
    """Return frames a second as they are meant: 29.97 is 30000/1001.

    Example:
        >>> str(as_rate(29.97)), str(as_rate(12.5))
        ('30000/1001', '25/2')
    """
    asked = exact(fps)
    if asked.denominator == 1:
        return asked
    near = round(asked / NTSC) * NTSC
    if near and abs(near - asked) < NTSC_SLACK:
        return near
    return asked.limit_denominator(1_001) or asked.limit_denominator(FINEST) or asked


def rate_of(stream: VideoStream) -> Fraction:
    """Return how many frames a second a stream has in the mean, as far as is known."""
    known = stream.frame_rate_average or stream.frame_rate_base or USUAL_FPS
    return min(known, MAX_FPS) if known > 0 else USUAL_FPS


def clock_of(stream: VideoStream, info: MediaInfo, start: Fraction = Fraction(0)) -> Fraction:
    """Return a tick that holds the time of every frame of a stream, counted from a start.

    A stream's own ticks do, unless they are as long as frames and the start lies between two of
    them: rounding to such a tick would part picture and sound.

    Args:
        stream: The moving picture.
        info: What the probe found.
        start: Where the output starts, in seconds of the source.
    """
    base = stream.time_base
    if not base > 0 or base.denominator > FINEST:
        return CLOCK
    zero = None if info.container is None else info.container.start_seconds
    between = start % base or stream.start_seconds != zero
    return CLOCK if base > COARSE and between else base


def window_of(start: float, end: float | Fraction | None, info: MediaInfo) -> Window:
    """Return the part of a source that is wanted; an end beyond the source's is the source's.

    The length of a recording counts where its header or its packets tell it. An estimate, as of an
    MP3 whose first frame says nothing, may be seconds off, and decides nothing.

    Raises:
        SpecError: It starts at or after the source's end.
    """
    first = exact(start)
    last = None if end is None else exact(end)
    known = _decisive_seconds(info)
    if known is None:
        return Window(start=first, end=last, seconds=None if last is None else last - first)
    total = exact(known)
    if first and first >= total:
        raise SpecError(
            f"start {start:g} s is beyond the source's end at {known:g} s",
            field="start",
            value=start,
        )
    if last is not None and last >= total:
        last = None
    return Window(
        start=first, end=last, seconds=max((total if last is None else last) - first, Fraction(0))
    )


def _decisive_seconds(info: MediaInfo) -> float | None:
    """Return the length of a source as far as it may decide what is wanted."""
    told = info.container
    if info.kind != "audio" or told is None:
        return info.duration_seconds
    packets = told.duration_seconds_from_packets
    return told.duration_seconds_from_header if packets is None else packets


def late_notices(at: float | str, info: MediaInfo) -> tuple[Notice, ...]:
    """Return what is to be said of a still that is asked for after the end."""
    known = info.duration_seconds
    if isinstance(at, str) or known is None or exact(at) <= exact(known):
        return ()
    text = f"{at:g} s is beyond the source's end at {known:g} s; the last frame is taken"
    return (Notice(code="time_clamped", message=text),)


def still_moment(at: float | str, info: MediaInfo) -> Fraction:
    """Return the moment of a still, in seconds; after the end it is the end.

    Raises:
        SpecError: A share is asked of a source whose length is not known.
    """
    known = info.duration_seconds
    if isinstance(at, str):
        if known is None:
            raise SpecError(
                f"at={at!r} needs the source's length, which its header does not tell",
                hint="give seconds, such as at=1.5",
                field="at",
                value=at,
            )
        return Fraction(at.removesuffix("%")) / 100 * exact(known)
    return exact(at) if known is None else min(exact(at), exact(known))
