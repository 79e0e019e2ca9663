"""Tells of the tracks of a stream what players must know: what was measured, what the plan says. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from mediaflow.formats.codec_strings import codec_string
from mediaflow.models.stream_data import TextTrackData, TrackData

if TYPE_CHECKING:
    from mediaflow.models.stream_data import VideoRange
    from mediaflow.planning import RenditionStep, SoundStep, StreamSoundStep, StreamStep
    from mediaflow.video.cmaf import SegmentTable

__all__ = ["sound_track", "texts_of", "video_track"]

RANGES: Final[dict[int, VideoRange]] = {16: "PQ", 18: "HLG"}
"""How light is told, by the code points of transfer (ITU-T H.273 table 3)."""


def video_track(step: RenditionStep, table: SegmentTable) -> TrackData:
    """Return what is told of a rendition.

    Args:
        step: What was asked.
        table: Its segments.

    Raises:
        CorruptMediaError: What its encoder says of its codec cannot be read.
    """
    return replace(
        _measured("video", step.name, table),
        width=step.size.width,
        height=step.size.height,
        frame_rate=step.video.frame_rate,
        video_range=RANGES.get(step.video.frame.color.transfer, "SDR"),
    )


def sound_track(step: StreamSoundStep, sound: SoundStep, table: SegmentTable) -> TrackData:
    """Return what is told of a sound.

    Args:
        step: What was asked of it.
        sound: How it was encoded.
        table: Its segments.

    Raises:
        CorruptMediaError: What its encoder says of its codec cannot be read.
    """
    return replace(
        _measured("audio", step.folder, table),
        channels=sound.channels,
        sample_rate=sound.sample_rate,
        language=step.language,
        label=step.label,
        is_default=step.is_default,
    )


def texts_of(step: StreamStep) -> tuple[TextTrackData, ...]:
    """Return what is told of the texts of a stream."""
    return tuple(
        TextTrackData(
            folder=text.folder,
            language=text.language,
            label=text.label,
            is_default=text.is_default,
            is_forced=text.is_forced,
        )
        for text in step.texts
    )


def _measured(kind: Literal["audio", "video"], folder: str, table: SegmentTable) -> TrackData:
    """Return what the segments of a track say of it."""
    return TrackData(
        kind=kind,
        folder=folder,
        codecs=codec_string(table.sample_entry),
        timescale=table.timescale,
        first=table.first,
        durations=table.durations,
        sizes=table.sizes,
        init_bytes=table.init_bytes,
    )
