"""What a film's plan costs in memory and time, before it runs. Pure.

Law: figures are counted from the steps; rates are medians of the project's own measurements (two
cores, x86-64) and serve estimates only.
"""

from __future__ import annotations

from math import fsum  # Python 3.12 changed how sum adds floats; plans are the same on all
from typing import TYPE_CHECKING, Final

from mediaflow.formats import video_codecs
from mediaflow.planning.cost import seconds_to_filter
from mediaflow.planning.film_times import rate_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning.rendition_steps import RenditionStep, StillStep
    from mediaflow.planning.steps import AssetStep

__all__ = ["film_bytes", "film_seconds"]

MEGAPIXEL: Final = 1_000_000
YUV_BYTES: Final = 1.5  # a px with 4:2:0 and 8 bits
DEEP: Final = 2  # bytes a sample above 8 bits
RGB_BYTES: Final = 4
DEEP_RGB_BYTES: Final = 6
FRAMES_QUEUED: Final = 8
FRAMES_TONED: Final = 2  # before the table and behind it
FRAMES_DECODED: Final = 24  # references of H.264 at most 16, and those of the decoder's threads
FRAMES_OF_PALETTE: Final = 2  # each frame is kept until the palette is known, once to make it
FIXED_BYTES: Final = 24_000_000  # codecs, muxers, sound
PALETTE_CODEC: Final = "gif"
UNTOLD_SECONDS: Final = 60.0

DECODE_SECONDS: Final = 0.004  # a megapixel; H.264 of 1080p in one thread
SCALE_SECONDS: Final = 0.002  # a megapixel of the source
TONE_SECONDS: Final = 0.03  # a megapixel of the result, by a table of 16 bits
DEINTERLACE_SECONDS: Final = 0.005  # a megapixel of the source
SEEK_SECONDS: Final = 0.05
ANIMATION_SECONDS: Final = {"gif": 0.05, "webp": 0.15}  # a megapixel


def film_bytes(
    stream: VideoStream,
    renditions: Sequence[RenditionStep],
    stills: Sequence[StillStep],
    assets: Sequence[AssetStep],
) -> int:
    """Return the working memory of a plan above the idle process, in bytes."""
    sample = DEEP if (stream.bit_depth or 8) > 8 else 1
    stored = stream.coded_size.pixels * YUV_BYTES * sample
    total = FIXED_BYTES + stored * FRAMES_DECODED
    total += sum(map(_rendition_bytes, renditions))
    total += max((step.size.pixels * RGB_BYTES * 3 for step in stills), default=0)
    for asset in assets:
        decoded = 0 if asset.info is None else asset.info.size.pixels * RGB_BYTES
        total += decoded + (asset.bytes or 0)
    return int(total)


def _rendition_bytes(step: RenditionStep) -> float:
    frame = step.size.pixels * YUV_BYTES
    is_deep = "10" in step.video.frame.pixel_format
    queued = FRAMES_QUEUED * frame * (DEEP if is_deep else 1)
    if step.video.frame.tone is not None:
        queued += step.video.frame.content.pixels * DEEP_RGB_BYTES * FRAMES_TONED
    if step.video.codec in video_codecs.names():
        row = video_codecs[step.video.codec]
        factor = row.deep_memory_factor if is_deep else 1
        return queued + row.bytes_held + frame * row.frames_held * factor
    kept = _frames(step) * step.size.pixels * RGB_BYTES
    return queued + kept * (FRAMES_OF_PALETTE if step.video.palette else 1)


def film_seconds(
    info: MediaInfo,
    stream: VideoStream,
    renditions: Sequence[RenditionStep],
    stills: Sequence[StillStep],
) -> float:
    """Return the time of a plan on one typical core, in seconds."""
    stored = stream.coded_size.pixels / MEGAPIXEL
    shared = [step for step in renditions if step.budget is None]
    walked = max((_walked(step, info) for step in shared), default=0.0)
    walked += fsum(_walked(step, info) * _passes(step) for step in renditions if step.budget)
    seconds = walked * float(rate_of(stream)) * stored * DECODE_SECONDS
    for step in renditions:
        frames = _seconds(step, info) * float(step.video.frame_rate) * _passes(step)
        seconds += frames * (stored * SCALE_SECONDS + _seconds_to_encode(step))
        seconds += frames * seconds_to_filter(step.video.frame.filters, step.size)
        seconds += frames * _seconds_of_footage(step, stored)
    return seconds + len(stills) * (SEEK_SECONDS + stored * DECODE_SECONDS * 10)


def _walked(step: RenditionStep, info: MediaInfo) -> float:
    """Return how many seconds of the source are decoded for an output."""
    return _seconds(step, info) * float(step.video.speed)


def _seconds_of_footage(step: RenditionStep, stored: float) -> float:
    frame = step.video.frame
    toned = 0.0 if frame.tone is None else frame.content.pixels / MEGAPIXEL * TONE_SECONDS
    return toned + (0.0 if frame.deinterlace is None else stored * DEINTERLACE_SECONDS)


def _seconds_to_encode(step: RenditionStep) -> float:
    size = step.size.pixels / MEGAPIXEL
    if step.video.codec not in video_codecs.names():
        return size * ANIMATION_SECONDS.get(step.video.codec, 0.1)
    row = video_codecs[step.video.codec]
    effort = getattr(step.output, "effort", None)
    more = 0 if effort is None else effort - row.default_effort
    return float(size * row.seconds_per_megapixel * row.effort_factor**more)


def _passes(step: RenditionStep) -> int:
    """Return how often a film is encoded, if its first try fits."""
    return 1 if step.budget is None else step.budget.passes


def _frames(step: RenditionStep) -> float:
    seconds = UNTOLD_SECONDS if step.duration_seconds is None else step.duration_seconds
    return seconds * float(step.video.frame_rate)


def _seconds(step: RenditionStep, info: MediaInfo) -> float:
    known = step.duration_seconds
    if known is not None:
        return known
    return (info.duration_seconds or UNTOLD_SECONDS) / float(step.video.speed)
