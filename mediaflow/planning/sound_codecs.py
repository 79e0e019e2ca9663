"""Which codec a file of sound has, and how much it may spend. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import SpecError
from mediaflow.formats import audio_codecs, sound_formats
from mediaflow.formats.codec import AudioCodec, Container
from mediaflow.models.encoding import Bitrate, Quality
from mediaflow.planning.film_codecs import nearest_rate

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments
    from mediaflow.models.sound import AudioOutput, SoundDepth
    from mediaflow.models.streams import AudioStream

__all__ = [
    "DEEP",
    "SoundChoice",
    "check_sound",
    "choose_sound",
    "depth_of",
    "kept_depth",
    "spending_of",
]

DEEP: Final = 16
"""Bits a sample above which a codec needs its deep layout."""

FLOATS: Final = 24  # bits a sample that a float holds
DEPTHS: Final[dict[str, tuple[SoundDepth, ...]]] = {"alac": (16, 24), "flac": (16, 24)}
"""Bits a sample that codecs are written with that have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChoice:
    """The codec of a file of sound, and the file."""

    container: Container
    row: AudioCodec


def choose_sound(output: AudioOutput, depth: SoundDepth | None = None) -> SoundChoice:
    """Return the codec of a file of sound.

    Args:
        output: What is wanted.
        depth: Bits a sample that are wanted, where a format has a codec for each.

    Raises:
        SpecError: It does not fit the format, or what is asked of it does not fit the codec.
        UnknownNameError: Nothing has that name.
    """
    container = sound_formats[output.format]
    held = container.audio_codecs
    name = output.codec or next((each for each in held if _bits(each) == depth), held[0])
    row = audio_codecs[name]
    if name not in held:
        raise SpecError(
            f"{container.name} holds no {name}; it holds {', '.join(held)}",
            hint=f"leave the codec out for {held[0]}",
            field="codec",
            value=name,
        )
    return SoundChoice(container=container, row=row)


def _bits(name: str) -> int | None:
    return audio_codecs[name].bits


def check_sound(output: AudioOutput) -> None:
    """Refuse what no source could make right.

    Raises:
        SpecError: A field does not fit the codec.
        UnknownNameError: Nothing has that name.
    """
    row = choose_sound(output, output.bit_depth).row
    _check_channels(output, row)
    if output.sample_rate is not None and output.sample_rate not in row.sample_rates:
        raise SpecError(
            f"{row.name} takes {', '.join(f'{rate:,}' for rate in row.sample_rates)} Hz, "
            f"got {output.sample_rate:,}",
            hint=f"the next one is {nearest_rate(output.sample_rate, row):,}",
            field="sample_rate",
            value=output.sample_rate,
        )
    _check_depth(output, row)
    spending_of(output, row, output.channels or 2)


def _check_channels(output: AudioOutput, row: AudioCodec) -> None:
    if output.channels is not None and output.channels > row.max_channels:
        raise SpecError(
            f"{row.name} holds up to {row.max_channels} channels, got {output.channels}",
            field="channels",
            value=output.channels,
        )
    if output.channels is not None and output.channels < row.min_channels:
        raise SpecError(
            f"{row.name} is written with {row.min_channels} channels here, got {output.channels}",
            hint="leave the codec out",
            field="channels",
            value=output.channels,
        )


def _check_depth(output: AudioOutput, row: AudioCodec) -> None:
    depth = output.bit_depth
    if depth is None:
        return
    if not row.is_lossless:
        raise SpecError(
            f"{row.name} has no bits a sample, got bit_depth {depth}",
            hint="flac, wav and alac have",
            field="bit_depth",
            value=depth,
        )
    depths: tuple[int | None, ...] = DEPTHS.get(row.name, (row.bits,))
    if depth not in depths:
        raise SpecError(
            f"{row.name} is written with {' or '.join(map(str, depths))} bits a sample, got {depth}",
            field="bit_depth",
            value=depth,
        )


def depth_of(output: AudioOutput, stream: AudioStream) -> SoundDepth:
    """Return with how many bits a sample an exact file keeps what its source has."""
    if output.bit_depth is not None:
        return output.bit_depth
    bits = stream.bit_depth or DEEP
    return 16 if bits <= DEEP else 24 if bits <= FLOATS else 32


def kept_depth(row: AudioCodec, depth: SoundDepth) -> SoundDepth:
    """Return with how many bits a sample a codec is written for a wish."""
    return min(depth, max(DEPTHS.get(row.name, (depth,))))


def spending_of(
    output: AudioOutput, row: AudioCodec, channels: int
) -> tuple[int | None, Arguments]:
    """Return bits a second, or None where they follow, and the encoder's arguments.

    Args:
        output: What is wanted.
        row: The codec.
        channels: Channels that are written.

    Raises:
        SpecError: The codec cannot spend so.
    """
    quality = output.quality
    match output.rate:
        case Bitrate(bits):
            return _checked(bits, row, channels), row.arguments
        case Quality(value):
            quality = value
        case None:
            pass
        case _:
            assert_never(output.rate)
    if quality is None:
        rates = row.file_bit_rates or row.bit_rates
        return rates[channels - 1] if rates else None, row.arguments
    if row.quality_arguments is not None:
        return None, (*row.arguments, *row.quality_arguments(quality))
    if not row.quality_bit_rates:
        raise SpecError(
            f"{row.name} takes no quality, got {quality}"
            + (": it is exact" if row.is_lossless else ""),
            field="quality",
            value=quality,
        )
    return _by_quality(row, quality) * channels, row.arguments


def _by_quality(row: AudioCodec, quality: int) -> int:
    low = max(anchor for anchor in row.quality_bit_rates if anchor[0] <= quality)
    high = min(anchor for anchor in row.quality_bit_rates if anchor[0] >= quality)
    if low == high:
        return low[1]
    share = Fraction(quality - low[0], high[0] - low[0])
    return round(low[1] + share * (high[1] - low[1]))


def _checked(bits: int, row: AudioCodec, channels: int) -> int:
    if row.is_lossless:
        raise SpecError(f"{row.name} is exact and takes no bit rate", field="rate", value=bits)
    most = row.most_bit_rate * channels
    if not row.least_bit_rate <= bits <= most:
        raise SpecError(
            f"{row.name} takes {row.least_bit_rate:,} to {most:,} bit/s here, got {bits:,}",
            field="rate",
            value=bits,
        )
    return bits
