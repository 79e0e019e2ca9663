"""Which film and sound formats and codecs are read at all, and by which demuxer of FFmpeg.

Law: what is not in these tables never reaches a demuxer or a decoder. Playlists, lists of files,
streams of the network and everything that can name another file are not in them.

Source: FFmpeg's names of demuxers and codecs; advisories against rarely used ones are why the
tables are short.
"""

from __future__ import annotations

from typing import Final

__all__ = ["AUDIO_DECODERS", "DEMUXERS", "NUMBERED_AS_STORED", "VIDEO_DECODERS"]

DEMUXERS: Final[dict[str, str]] = {
    "aac": "aac",
    "avi": "avi",
    "flac": "flac",
    "flv": "flv",
    "m4a": "mov",
    "matroska": "matroska",
    "mov": "mov",
    "mp3": "mp3",
    "mp4": "mov",
    "mpeg": "mpeg",
    "mpegts": "mpegts",
    "ogg": "ogg",
    "wav": "wav",
}
"""Demuxer of each format that leading bytes tell."""

VIDEO_DECODERS: Final = (
    "av1",
    "ffv1",
    "flv",
    "h263",
    "h264",
    "hevc",
    "libdav1d",
    "mjpeg",
    "mpeg1video",
    "mpeg2video",
    "mpeg4",
    "png",
    "prores",
    "rawvideo",
    "theora",
    "vp8",
    "vp9",
)
"""Decoders of moving pictures that are used."""

AUDIO_DECODERS: Final = (
    "aac",
    "ac3",
    "alac",
    "eac3",
    "flac",
    "mp2",
    "mp2float",
    "mp3",
    "mp3float",
    "opus",
    "pcm_alaw",
    "pcm_f32le",
    "pcm_mulaw",
    "pcm_s16be",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_s32le",
    "pcm_u8",
    "vorbis",
)
"""Decoders of sound that are used."""

NUMBERED_AS_STORED: Final = ("h264", "hevc")
"""Codecs whose frames FFmpeg's demuxer of AVI counts as they are stored, not as they are displayed."""
