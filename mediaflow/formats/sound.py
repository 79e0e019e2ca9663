"""Codecs of sound, one row each.

Source: what the encoders of the wheels take, tried with both generations of PyAV; RFC 6716 (the
five rates of Opus).
"""

from __future__ import annotations

from typing import Final

from mediaflow.formats.codec import AudioCodec

__all__ = ["AAC", "FLAC", "MP3", "OPUS"]

_SURROUND: Final = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1")

AAC: Final = AudioCodec(
    name="aac",
    encoder="aac",
    sample_format="fltp",
    sample_rates=(
        *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000),
        *(44_100, 48_000, 64_000, 88_200, 96_000),
    ),
    layouts=_SURROUND,
    bit_rates=(64_000, 128_000, 192_000, 256_000, 320_000, 384_000),
    least_bit_rate=8_000,
    most_bit_rate=288_000,  # 6 bits a sample, of 48,000 a second
)
FLAC: Final = AudioCodec(
    name="flac",
    encoder="flac",
    sample_format="s16",
    deep_sample_format="s32",
    sample_rates=(
        *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000),
        *(44_100, 48_000, 88_200, 96_000, 176_400, 192_000),
    ),
    layouts=(*_SURROUND, "6.1", "7.1"),
)
MP3: Final = AudioCodec(
    name="mp3",
    encoder="libmp3lame",
    sample_format="fltp",
    sample_rates=(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    layouts=("mono", "stereo"),
    bit_rates=(64_000, 128_000),
    least_bit_rate=8_000,
    most_bit_rate=320_000,
)
OPUS: Final = AudioCodec(
    name="opus",
    encoder="libopus",
    sample_format="flt",
    # it takes four lower ones too, but FFmpeg then misreads when the sound of a WebM starts
    sample_rates=(48_000,),
    layouts=("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"),
    bit_rates=(64_000, 96_000, 160_000, 192_000, 224_000, 256_000, 320_000, 384_000),
    least_bit_rate=6_000,
    most_bit_rate=256_000,
)
