"""Codecs of sound, one row each.

Source: what the encoders of the wheels take, tried with both generations of PyAV; RFC 6716 (the
five rates of Opus).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats.codec import AudioCodec

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["AAC", "ALAC", "FLAC", "MP3", "OPUS", "PCM_S16", "PCM_S24", "PCM_S32", "VORBIS"]

_SURROUND: Final = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1")
_EIGHT: Final = (*_SURROUND, "6.1", "7.1")
_LAMBDA: Final = 118  # FF_QP2LAMBDA
_WORST_VBR: Final = 9


def _lame_vbr(quality: int) -> Arguments:
    """Return LAME's variable bit rate of a quality: V9 (about 65 kbit/s) at 1 to V0 (245) at 100."""
    level = _WORST_VBR - round((quality - 1) * _WORST_VBR / 99)
    return (("flags", "+qscale"), ("global_quality", level * _LAMBDA))


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
    quality_bit_rates=((1, 16_000), (50, 48_000), (75, 64_000), (100, 160_000)),
)
ALAC: Final = AudioCodec(
    name="alac",
    encoder="alac",
    sample_format="s16p",
    deep_sample_format="s32p",
    sample_rates=(8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000),
    layouts=("mono", "stereo"),
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
    layouts=_EIGHT,
)
MP3: Final = AudioCodec(
    name="mp3",
    encoder="libmp3lame",
    sample_format="fltp",
    sample_rates=(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    layouts=("mono", "stereo"),
    bit_rates=(64_000, 128_000),
    file_bit_rates=(128_000, 192_000),
    least_bit_rate=8_000,
    most_bit_rate=160_000,  # 320 kbit/s of stereo, the most that MPEG-1 has
    quality_arguments=_lame_vbr,
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
    quality_bit_rates=((1, 8_000), (50, 32_000), (75, 48_000), (100, 128_000)),
)
_PCM_RATES: Final = (
    *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000),
    *(44_100, 48_000, 88_200, 96_000, 176_400, 192_000),
)
PCM_S16: Final = AudioCodec(
    name="pcm_s16le",
    encoder="pcm_s16le",
    sample_format="s16",
    sample_rates=_PCM_RATES,
    layouts=_EIGHT,
    bits=16,
)
PCM_S24: Final = AudioCodec(
    name="pcm_s24le",
    encoder="pcm_s24le",
    sample_format="s32",
    sample_rates=_PCM_RATES,
    layouts=_EIGHT,
    bits=24,
)
PCM_S32: Final = AudioCodec(
    name="pcm_s32le",
    encoder="pcm_s32le",
    sample_format="s32",
    sample_rates=_PCM_RATES,
    layouts=_EIGHT,
    bits=32,
)
VORBIS: Final = AudioCodec(
    name="vorbis",
    encoder="vorbis",
    sample_format="fltp",
    sample_rates=(8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000),
    layouts=("mono", "stereo"),
    min_channels=2,  # FFmpeg's own encoder knows no other number
    bit_rates=(128_000, 128_000),
    least_bit_rate=45_000,
    most_bit_rate=250_000,
    arguments=(("strict", "experimental"),),
)
