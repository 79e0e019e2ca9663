"""Reads how long a track lasts where only a tag of it tells: in Matroska and WebM.

Law: a tag is text that anyone may have written. It counts where it is a time, and not longer than the
whole file says it is; else the length of the track stays unknown.

Source: Matroska tag specifications, DURATION (written as HH:MM:SS.nnnnnnnnn). libavformat writes
when the last packet ends, counted from 0; mkvmerge writes the time from the first packet to the end
of the last. Which of the two a file has, its muxing application tells.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["tagged_seconds", "track_seconds"]

TAGGED: Final = "matroska"
"""Demuxer of the formats that have such a tag; FFmpeg may add its other names."""

NAME: Final = "DURATION"
TIME: Final = re.compile(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?")
LONGEST: Final = 24  # characters of a time that TIME takes
ENDS: Final = "Lavf"
"""How the application is called that writes when a track ends, not how long it lasts."""

SLACK: Final = Fraction(
    1, 10
)  # seconds; the length of a file may be rounded, or be without padding


def track_seconds(stream: Stream) -> float | None:
    """Return how long a track lasts by its tag, in seconds; None in other formats."""
    container = cast("InputContainer", stream.container)
    if not container.format.name.startswith(TAGGED):
        return None
    start = (stream.start_time or 0) * (rational(stream.time_base) or Fraction(0))
    whole = None if container.duration is None else Fraction(container.duration, av.time_base)
    said = {name.lower(): value for name, value in container.metadata.items()}
    return tagged_seconds(stream.metadata, start=start, whole=whole, writer=said.get("encoder", ""))


def tagged_seconds(
    tags: Mapping[str, str], *, start: Fraction, whole: Fraction | None, writer: str
) -> float | None:
    """Return how long a track lasts by its tag, in seconds; None where that cannot be true.

    Args:
        tags: The tags of the track.
        start: When its first packet starts, in seconds.
        whole: How long the file is by its header, in seconds; None where it does not tell.
        writer: The application that wrote the file.
    """
    is_end = writer.startswith(ENDS)
    told = _seconds(tags.get(NAME) or ("" if is_end else _named(tags)))
    if told is None or whole is None:
        return None
    length = told - max(start, Fraction(0)) if is_end else told
    return float(length) if 0 < length <= whole + SLACK else None


def _named(tags: Mapping[str, str]) -> str:
    """Return the tag in a language, which stands behind a hyphen; libavformat copies old ones."""
    named = (value for name, value in tags.items() if name.upper().startswith(f"{NAME}-"))
    return next(named, "")


def _seconds(text: str) -> Fraction | None:
    found = TIME.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    hours, minutes, seconds, part = found.groups()
    whole = int(hours) * 3_600 + int(minutes) * 60 + int(seconds)
    return whole + Fraction(int((part or "").ljust(9, "0")), 10**9)
