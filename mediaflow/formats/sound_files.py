"""Files of sound, one row each.

Source: RFC 9639 (FLAC), RFC 7845 (Opus in Ogg), ISO/IEC 14496-14 and Apple's brands (M4A), ISO/IEC
13818-7 (ADTS), id3.org ID3v2.4 (MP3), Microsoft's Multimedia Data Standards (WAV).
"""

from __future__ import annotations

from typing import Final

from mediaflow.formats.codec import Container

__all__ = ["AAC_FILE", "FLAC_FILE", "M4A", "MP3_FILE", "OGG", "OPUS_FILE", "WAV"]

AAC_FILE: Final = Container(
    name="aac",
    muxer="adts",
    mime_type="audio/aac",
    extension="aac",
    audio_codecs=("aac",),
    is_for_previews=False,
)
FLAC_FILE: Final = Container(
    name="flac",
    muxer="flac",
    mime_type="audio/flac",
    extension="flac",
    audio_codecs=("flac",),
    is_for_previews=False,
)
M4A: Final = Container(
    name="m4a",
    muxer="mp4",
    mime_type="audio/mp4",
    extension="m4a",
    audio_codecs=("aac", "alac"),
    has_faststart=True,
    counts_samples=True,
    options=(("brand", "M4A "),),
    is_for_previews=False,
)
MP3_FILE: Final = Container(
    name="mp3",
    muxer="mp3",
    mime_type="audio/mpeg",
    extension="mp3",
    audio_codecs=("mp3",),
    options=(("id3v2_version", 4),),
    is_for_previews=False,
)
OGG: Final = Container(
    name="ogg",
    muxer="ogg",
    mime_type="audio/ogg",
    extension="ogg",
    audio_codecs=("opus", "flac", "vorbis"),
    is_for_previews=False,
)
OPUS_FILE: Final = Container(
    name="opus",
    muxer="opus",
    mime_type="audio/ogg",
    extension="opus",
    audio_codecs=("opus",),
    is_for_previews=False,
)
WAV: Final = Container(
    name="wav",
    muxer="wav",
    mime_type="audio/wav",
    extension="wav",
    audio_codecs=("pcm_s16le", "pcm_s24le", "pcm_s32le"),
    is_for_previews=False,
)
