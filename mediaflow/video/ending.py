"""Where a header says that a film ends, and whether it says so of the picture or of the whole.

A sound may outlast the picture, so a length of the whole says nothing of the last frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = [
    "AHEAD_SECONDS",
    "INTERLEAVE_SECONDS",
    "MICROSECOND",
    "SLACK_SECONDS",
    "Ending",
    "claimed_ending",
    "is_in_file_order",
]

AHEAD_SECONDS: Final = Fraction(3)
"""By how much sound may be stored ahead of its picture, where a seek goes by the picture alone."""

INTERLEAVE_SECONDS: Final = 10
"""By how much files store sound behind the picture at most."""


MICROSECOND: Final = Fraction(1, 1_000_000)  # AV_TIME_BASE, the unit of a container's duration
SLACK_SECONDS: Final = Fraction(1, 2)
"""By how much headers of whole films are off: they count sound, or round to frames."""

FILE_ORDER: Final = frozenset({"flv", "matroska", "webm"})
"""Containers without an index of their own for each stream: the header tells the length of the
whole, which FFmpeg copies to the streams, and a seek goes by the picture alone."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A claim of a header."""

    time: Fraction
    """Time stamp in seconds."""

    is_of_picture: bool
    """Whether the picture alone is meant; else the whole, sound included."""


def is_in_file_order(container: InputContainer) -> bool:
    """Tell whether streams have no index of their own; see :data:`FILE_ORDER`."""
    return not FILE_ORDER.isdisjoint(container.format.name.split(","))


def claimed_ending(container: InputContainer, stream: VideoStream) -> Ending | None:
    """Return where a header says that a film ends; None where it does not say."""
    base = rational(stream.time_base)
    is_one = is_in_file_order(container)
    if stream.duration and base is not None and not is_one:
        return Ending(((stream.start_time or 0) + stream.duration) * base, is_of_picture=True)
    if container.duration:
        # Matroska counts it from time stamp 0, others from their first one
        first = 0 if is_one else container.start_time or 0
        return Ending((first + container.duration) * MICROSECOND, is_of_picture=False)
    return None
