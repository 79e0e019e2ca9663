"""The track of a storyboard: WebVTT whose cues name a part of a sheet.

Players that show pictures over their bar (hls.js plugins, Video.js, JW Player, Plyr, Shaka) read the
text of a cue as an address and its media fragment as the part of the picture.

Source: W3C WebVTT 4.1 (file, cues, time stamps); W3C Media Fragments URI 1.0, 4.2.2 (``xywh`` in px);
RFC 3986 (what an address must escape).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mediaflow.geometry import Size

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cue", "storyboard_vtt"]

MILLISECONDS: Final = 1000
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A picture on a sheet and when it is shown."""

    start: Fraction
    """Seconds."""

    end: Fraction
    """Seconds."""

    sheet: str
    """Name of the file of the sheet, which stands beside the track."""

    left: int
    """First column of its part of the sheet, in px."""

    top: int
    """First row."""

    size: Size
    """Size of the part in px."""


def storyboard_vtt(cues: Iterable[Cue]) -> str:
    """Return the text of a track.

    Times are rounded to milliseconds, so that a cue still ends where the next one starts; one that
    would last for none is left out.

    Args:
        cues: In the order of their times.

    Example:
        >>> from fractions import Fraction
        >>> from mediaflow.geometry import Size
        >>> cue = Cue(
        ...     start=Fraction(0),
        ...     end=Fraction(5),
        ...     sheet="a b.jpg",
        ...     left=0,
        ...     top=0,
        ...     size=Size(160, 90),
        ... )
        >>> print(storyboard_vtt([cue]), end="")
        WEBVTT
        <BLANKLINE>
        00:00:00.000 --> 00:00:05.000
        a%20b.jpg#xywh=0,0,160,90
    """
    blocks = ["WEBVTT\n"]
    for cue in cues:
        start, end = _stamp(cue.start), _stamp(cue.end)
        if start == end:
            continue
        part = f"{cue.left},{cue.top},{cue.size.width},{cue.size.height}"
        blocks.append(f"{start} --> {end}\n{quote(cue.sheet)}#xywh={part}\n")
    return "\n".join(blocks)


def _stamp(seconds: Fraction) -> str:
    ticks = round(seconds * MILLISECONDS)
    hours, minutes = ticks // _HOUR, ticks % _HOUR // _MINUTE
    second, rest = divmod(ticks % _MINUTE, MILLISECONDS)
    return f"{hours:02}:{minutes:02}:{second:02}.{rest:03}"
