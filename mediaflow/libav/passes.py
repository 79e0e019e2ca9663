"""What the first of two passes leaves to the second, where the encoder keeps no file of its own.

Law: PyAV hands such statistics over from 19 on; nobody else asks which generation it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

from av.video.codeccontext import VideoCodecContext

from mediaflow.formats import video_codecs

if TYPE_CHECKING:
    from mediaflow.formats.codec import VideoCodec

__all__ = ["Statistics", "two_pass_codecs"]

CAN_HAND_OVER: Final = hasattr(VideoCodecContext, "stats_in")


class _Open(Protocol):
    """An encoder of PyAV 19."""

    stats_in: str | None

    @property
    def stats_out(self) -> str | None: ...


class Statistics:
    """Statistics on their way from one pass to the next; used by one thread at a time."""

    def __init__(self) -> None:
        self._text: str | None = None

    def give(self, context: VideoCodecContext) -> None:
        """Hand over what an earlier pass left; nothing before there was one.

        Args:
            context: An encoder that is not open yet.
        """
        if self._text is not None:
            cast("_Open", context).stats_in = self._text

    def take(self, context: VideoCodecContext) -> None:
        """Keep what a first pass leaves.

        Args:
            context: An encoder that has given its last packet.
        """
        if self._text is None:
            self._text = cast("_Open", context).stats_out


def two_pass_codecs() -> tuple[str, ...]:
    """Return the codecs whose encoders can look at all frames before they spend bits, sorted."""
    names = video_codecs.names()
    return tuple(name for name in names if _has_two_passes(video_codecs[name]))


def _has_two_passes(row: VideoCodec) -> bool:
    return row.two_passes_from is not None and (row.statistics_option is not None or CAN_HAND_OVER)
