"""Ready-made outputs of a film: ladders for the web and for players, a poster, previews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.encoding import Crf
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import BEST, PreviewOutput, StillOutput
from mediaflow.models.storyboard import StoryboardOutput

if TYPE_CHECKING:
    from mediaflow.models.outputs import Output

__all__ = ["adaptive", "gif_preview", "poster", "previews", "streaming"]

POSTER_QUALITY: Final = 85
CLIP_WIDTH: Final = 320


def adaptive() -> tuple[StreamOutput, ...]:
    """Return a film for players that switch its size as their line allows, by HLS and by DASH.

    One set of segments of six seconds serves both: H.264 of 1080, 720, 540 and 360 lines, as many of
    them as the film has, which any player decodes, and the sound as AAC, encoded once.

    Example:
        >>> (output,) = adaptive()
        >>> output.renditions, output.segment_seconds, output.protocols
        ('auto', 6.0, ('hls', 'dash'))
    """
    return (StreamOutput(),)


def gif_preview(
    start: float = 0.0, duration: float = 3.0, *, fps: float = 10, width: int = 480
) -> tuple[PreviewOutput, ...]:
    """Return a short silent GIF with one palette, which plays for ever.

    Args:
        start: Where it starts, in seconds of the film.
        duration: Length in seconds.
        fps: Most frames a second.
        width: Width in px; a smaller film is not enlarged.

    Example:
        >>> [(output.format, output.suffix) for output in gif_preview(2.0)]
        [('gif', '_preview')]
    """
    return (
        PreviewOutput(
            "gif", start=start, duration=duration, fps=fps, width=width, suffix="_preview"
        ),
    )


def poster(at: float | str = 1.0, *, width: int | str | None = None) -> tuple[StillOutput, ...]:
    """Return one frame as a JPEG, to stand in front of a player.

    Args:
        at: Seconds, a share of the length such as ``"25%"``, or ``"best"``; the first second is
            often black.
        width: Width in px or as a share of the film's; None keeps it.

    Example:
        >>> [(output.at, output.suffix) for output in poster("25%")]
        [('25%', '_poster')]
    """
    return (StillOutput(at, width=width, quality=POSTER_QUALITY, suffix="_poster"),)


def previews(*, clip: str = "webp") -> tuple[Output, ...]:
    """Return what a page shows of a film before it plays, from one walk over its keyframes.

    A poster of the best still, a storyboard for the bar of the player, a clip of three seconds for
    the pointer, and the scenes as data.

    Args:
        clip: Format of the clip: ``"avif"`` (smallest), ``"gif"``, ``"mp4"`` or ``"webp"``.

    Example:
        >>> [output.kind for output in previews()]
        ['still', 'storyboard', 'preview', 'analysis']
    """
    return (
        StillOutput(BEST, quality=POSTER_QUALITY, suffix="_poster"),
        StoryboardOutput(),
        PreviewOutput(clip, width=CLIP_WIDTH, suffix="_clip"),
        AnalysisOutput(what=("scenes",), name="scenes"),
    )


def streaming() -> tuple[VideoOutput, ...]:
    """Return a ladder of four films: mp4 at 1080p, 720p and 480p, WebM at 720p.

    All are made in one pass. Rungs above the film are left out, with a notice; where all are above
    it, the smallest is made at the film's own size.

    Example:
        >>> [output.suffix for output in streaming()]
        ['_1080p', '_720p', '_480p', '_720p_webm']
    """
    return (
        _rung("mp4", 1920, 1080, 23, "_1080p"),
        _rung("mp4", 1280, 720, 25, "_720p"),
        _rung("mp4", 854, 480, 28, "_480p"),
        _rung("webm", 1280, 720, 30, "_720p_webm"),
    )


def _rung(container: str, width: int, height: int, crf: int, suffix: str) -> VideoOutput:
    return VideoOutput(
        container, width=width, height=height, rate=Crf(crf), suffix=suffix, skip_larger=True
    )
