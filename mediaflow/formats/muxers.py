"""Containers of film, one row each.

Source: ISO/IEC 14496-14, RFC 9559 (Matroska); WebM Container Guidelines (VP8, VP9, AV1; Vorbis,
Opus); Apple HLS authoring specification 1.10 (``hvc1``).
"""

from __future__ import annotations

from typing import Final

from mediaflow.formats.codec import Container

__all__ = ["AVIF_CLIP", "GIF_CLIP", "MKV", "MOV", "MP4", "WEBM", "WEBP_CLIP"]

_APPLE_TAGS: Final = (("hevc", "hvc1"),)  # Apple's players refuse the muxer's own "hev1"

AVIF_CLIP: Final = Container(
    name="avif", muxer="avif", mime_type="image/avif", extension="avif", clip_codec="av1"
)
GIF_CLIP: Final = Container(
    name="gif", muxer="gif", mime_type="image/gif", extension="gif", has_alpha=True
)
MKV: Final = Container(
    name="mkv",
    muxer="matroska",
    mime_type="video/x-matroska",
    extension="mkv",
    video_codecs=("h264", "av1", "hevc", "vp9"),
    audio_codecs=("aac", "flac", "mp3", "opus"),
    subtitle_codecs=("subrip", "ass", "webvtt"),
    copied_codecs=(
        "ac3",
        "alac",
        "eac3",
        "ffv1",
        "mjpeg",
        "mp2",
        "mpeg1video",
        "mpeg2video",
        "mpeg4",
        "pcm_s16le",
        "pcm_s24le",
        "prores",
        "theora",
        "vorbis",
        "vp8",
    ),
    has_chapters=True,
    is_for_previews=False,
    fixed_bytes=1_000,
    packet_bytes=8,
)
MOV: Final = Container(
    name="mov",
    muxer="mov",
    mime_type="video/quicktime",
    extension="mov",
    video_codecs=("h264", "hevc"),
    audio_codecs=("aac", "mp3"),
    subtitle_codecs=("mov_text",),
    copied_codecs=("ac3", "alac", "mjpeg", "mpeg4", "pcm_s16le", "pcm_s24le", "prores"),
    has_chapters=True,
    turns=True,
    has_faststart=True,
    codec_tags=_APPLE_TAGS,
    is_for_previews=False,
)
MP4: Final = Container(
    name="mp4",
    muxer="mp4",
    mime_type="video/mp4",
    extension="mp4",
    video_codecs=("h264", "av1", "hevc", "vp9"),
    audio_codecs=("aac", "flac", "mp3", "opus"),
    subtitle_codecs=("mov_text",),
    copied_codecs=("ac3", "alac", "eac3", "mpeg4"),
    has_covers=True,
    has_chapters=True,
    turns=True,
    has_faststart=True,
    codec_tags=_APPLE_TAGS,
    clip_codec="h264",
)
WEBM: Final = Container(
    name="webm",
    muxer="webm",
    mime_type="video/webm",
    extension="webm",
    video_codecs=("vp9", "av1"),
    audio_codecs=("opus",),
    subtitle_codecs=("webvtt",),
    copied_codecs=("vorbis", "vp8"),
    has_chapters=True,
    is_for_previews=False,
    fixed_bytes=1_000,
    packet_bytes=8,
)
WEBP_CLIP: Final = Container(
    name="webp", muxer="webp", mime_type="image/webp", extension="webp", has_alpha=True
)
