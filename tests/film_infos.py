"""Probe results and plans of films written by hand: facts of a file that need no file."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from mediaflow.geometry import Size, square_size
from mediaflow.models.info import MediaInfo
from mediaflow.models.streams import AudioStream, ContainerInfo, VideoStream
from mediaflow.planning import SourceName, plan_film
from mediaflow.planning.narrow import narrow
from mediaflow.security.limits import Limits
from tests.infos import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.job import AnyOutput
    from mediaflow.planning import FilmPlan

__all__ = ["CLIP", "film_info", "film_planned", "sound_info", "track", "video"]

TEMPLATE: Final = "out/{name}_{stem}{suffix}.{ext}"
CLIP: Final = SourceName(stem="clip", parent="films")


def video(width: int = 1920, height: int = 1080, **facts: Any) -> VideoStream:
    """Return a moving picture of MPEG-4, which is encoded anew everywhere.

    Width and height are those of the stored frames.
    """
    stored = Size(width, height)
    given = {
        "index": 0,
        "codec": "mpeg4",
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "frame_rate_average": Fraction(25),
        "time_base": Fraction(1, 12_800),
        "disposition": ("default",),
        **facts,
    }
    shown = square_size(
        stored, given.get("sample_aspect_ratio", Fraction(1)), given.get("orientation", 1)
    )
    return VideoStream(**{"coded_size": stored, "display_size": shown, **given})


def track(**facts: Any) -> AudioStream:
    """Return a sound track: stereo AC-3 of 48 kHz, which is encoded anew everywhere."""
    given = {
        "index": 1,
        "codec": "ac3",
        "sample_rate": 48_000,
        "channels": 2,
        "channel_layout": "stereo",
        "disposition": ("default",),
    }
    return AudioStream(**{**given, **facts})


def film_info(
    *streams: VideoStream,
    audio: Sequence[AudioStream] = (),
    seconds: float | None = 10.0,
    container: dict[str, Any] | None = None,
    **facts: Any,
) -> MediaInfo:
    """Return what a probe of a film would find; by default 1080p of ten seconds."""
    films = streams or (video(),)
    given = {
        "kind": "video",
        "format": "mp4",
        "mime_type": "video/mp4",
        "uri": "films/clip.mp4",
        "bytes": 1_000_000,
        "width": films[0].display_size.width,
        "height": films[0].display_size.height,
    }
    facts_of_container = {"demuxer": "mov", "duration_seconds_from_header": seconds}
    return MediaInfo(
        **{**given, **facts},
        container=ContainerInfo(**{**facts_of_container, **(container or {})}),
        video=films,
        audio=tuple(audio),
    )


def sound_info() -> MediaInfo:
    """Return what a probe of a sound file would find."""
    return MediaInfo(
        kind="audio", format="mp3", mime_type="audio/mpeg", bytes=1_000, audio=(track(index=0),)
    )


def film_planned(
    outputs: AnyOutput | Sequence[AnyOutput],
    info: MediaInfo | None = None,
    *,
    template: str = TEMPLATE,
    limits: Limits | None = None,
    **words: Any,
) -> FilmPlan:
    """Return the plan of outputs for a film of 1080p, or for another one."""
    wanted = outputs if isinstance(outputs, list | tuple) else [outputs]
    return plan_film(
        [narrow(output) for output in wanted],
        film_info() if info is None else info,
        template=template,
        source_name=CLIP,
        capabilities=CAPABILITIES,
        limits=Limits() if limits is None else limits,
        **words,
    )
