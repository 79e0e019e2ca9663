"""Tells how many samples a sound has, and how many are only there for its decoder.

Law: what a codec or a container says by itself, from its header; what needs a table of an index is
told by the probing. Nothing is guessed: what is not said is None.

Source: RFC 7845 5.1 (pre-skip of Opus) and 4 (granule positions), RFC 9639 8.2 (STREAMINFO),
Multimedia Programming Interface 1.0 (the data chunk of WAVE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from av.audio.stream import AudioStream as SoundStream

__all__ = ["NOTHING", "SampleCounts", "sample_counts"]

OPUS_HEAD: Final = b"OpusHead"
OPUS_HEAD_BYTES: Final = 19
STREAM_INFO_BYTES: Final = 34
TOTAL_BITS: Final = 36  # of the number of samples in STREAMINFO


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCounts:
    """Samples of each channel; None is unknown."""

    delay: int | None = None
    """Those before the first that is heard."""

    padding: int | None = None
    """Those behind the last that is heard."""

    samples: int | None = None
    """Those that are heard."""


NOTHING: Final = SampleCounts()


def sample_counts(stream: SoundStream, demuxer: str) -> SampleCounts:
    """Return what the header of a sound says of its samples.

    Args:
        stream: The sound.
        demuxer: FFmpeg's name of the demuxer.
    """
    context = stream.codec_context
    codec, data = context.codec.canonical_name, context.extradata or b""
    match demuxer, codec:
        case "flac" | "ogg", "flac":
            return _exact(_flac_samples(data))
        case "wav", _ if codec.startswith("pcm_"):
            return _exact(_ticks(stream))
        case "ogg", "opus" if _is_opus_head(data):
            skipped, end = int.from_bytes(data[10:12], "little"), _ticks(stream)
            heard = None if end is None or stream.start_time else end - skipped
            return SampleCounts(delay=skipped, samples=heard if heard and heard > 0 else None)
        case "matroska,webm", "opus" if _is_opus_head(data):
            return SampleCounts(delay=int.from_bytes(data[10:12], "little"))
        case _:
            return NOTHING


def _exact(samples: int | None) -> SampleCounts:
    """Return the counts of a codec that stores what it is given, no more and no less."""
    return SampleCounts(delay=0, padding=0, samples=samples)


def _ticks(stream: SoundStream) -> int | None:
    """Return the length of a sound whose ticks are samples."""
    base = rational(stream.time_base)
    is_of_samples = base is not None and base * stream.codec_context.sample_rate == 1
    return stream.duration if is_of_samples and stream.duration else None


def _flac_samples(data: bytes) -> int | None:
    if len(data) < STREAM_INFO_BYTES:
        return None
    samples = int.from_bytes(data[13:18], "big") & ((1 << TOTAL_BITS) - 1)
    return samples or None


def _is_opus_head(data: bytes) -> bool:
    return len(data) >= OPUS_HEAD_BYTES and data.startswith(OPUS_HEAD)
