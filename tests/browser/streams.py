"""The stream that the clients play: one set of segments with an HLS and a DASH manifest.

Law: only :func:`stream_set` knows what makes the set; tests know its manifests and the folders of its
tracks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mediaflow as mf
from tests.browser.painted import paint_film

__all__ = ["StreamSet", "stream_set"]

SEGMENT_SECONDS = 2
LARGE, SMALL = mf.Bitrate(600_000), mf.Bitrate(200_000)
SOUND = 96_000


@dataclass(frozen=True, kw_only=True)
class StreamSet:
    """A stream's manifests, and by what its tracks are known in paths of segments."""

    folder: Path
    hls: str
    dash: str
    video: Mapping[int, str]
    """By lines of the picture."""

    audio: Mapping[str, str]
    """By language."""

    text: str
    """The file of the subtitles."""


def stream_set(folder: Path) -> StreamSet:
    """Make the painted film a stream in two sizes, with two sounds and subtitles."""
    film = paint_film(folder / "film.mp4")
    made = folder / "made"
    sounds = [mf.AudioTrack(bit_rate=SOUND, language=language) for language in ("eng", "deu")]
    output = mf.StreamOutput(
        renditions=(mf.Rendition(360, rate=LARGE), mf.Rendition(180, rate=SMALL)),
        segment_seconds=SEGMENT_SECONDS,
        audio=tuple(sounds),
        effort=2,
    )
    mf.process(film, output, to=f"{made}/")
    return StreamSet(
        folder=made,
        hls="film.m3u8",
        dash="film.mpd",
        video={360: "/v360_h264/seg_", 180: "/v180_h264/seg_"},
        audio={"en": "/a_en/seg_", "de": "/a_de/seg_"},
        text="s_en/subtitles.vtt",
    )
