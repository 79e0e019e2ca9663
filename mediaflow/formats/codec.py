"""The shapes of the tables of film: a container, a codec of pictures, a codec of sound.

Law: what FFmpeg's muxers and encoders are called and take, as data and arithmetic; nothing is
opened. Every row was tried with both generations of PyAV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from mediaflow.errors import SpecError
from mediaflow.formats.row import Argument, Arguments
from mediaflow.models.plugins import EncoderOptions

__all__ = ["AudioCodec", "Container", "Spending", "VideoCodec", "quality_crf"]

HALF = Fraction(1, 2)
EIGHT_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How much an encoder may spend, in the words that all of them share."""

    crf: float | None
    """Constant rate factor on the codec's own scale, or None where a mean bit rate rules, or
    nothing is lost."""

    exact: bool = False
    """Whether decoding gives back every sample as it was."""

    effort: int
    """0 (fastest) to 9 (smallest)."""

    forced_keyframes: bool
    """Whether keyframes stand only where the plan puts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCodec:
    """What one codec of moving pictures can do, and how options become encoder arguments."""

    name: str
    """Name in specs and results."""

    encoder: str
    """FFmpeg's name of the encoder."""

    default_crf: float
    """Constant rate factor when nothing is asked."""

    max_crf: int
    """Worst constant rate factor; the best is 0."""

    has_fractional_crf: bool = False
    """Whether the factor may lie between two whole numbers."""

    anchors: tuple[tuple[int, float], ...]
    """Quality and constant rate factor, from quality 1 to 100; lines connect them."""

    default_effort: int
    """Effort when none is asked."""

    efforts: tuple[str, ...]
    """What efforts 0 to 9 are in the encoder's own words."""

    arguments: Callable[[Spending, EncoderOptions], Arguments]
    """Encoder arguments."""

    can_be_lossless: bool = False
    """Whether the encoder can keep every sample."""

    two_passes_from: int | None = None
    """Least effort at which the encoder can look at all frames before it spends bits; None for
    never."""

    statistics_option: str | None = None
    """Option that names the file in which the first pass leaves its statistics to the second; None
    where the library hands them over."""

    header_bytes: int = 200
    """Bytes that it writes beside frames: parameters and its own settings."""

    pixel_format: str = "yuv420p"
    """FFmpeg's name of the sample layout that is written."""

    deep_pixel_format: str | None = None
    """The same with 10 bits a sample; None where the encoder has none."""

    keeps_depth: bool = False
    """Whether players of the codec take 10 bits a sample, so that they are written unasked."""

    min_side: int
    """Shortest edge that the encoder takes, in px."""

    min_side_with_bit_rate: int = 0
    """The same where a mean bit rate is asked, if it is longer then."""

    min_width: int = 0
    """Least width, where narrower frames make the encoder write beyond its own memory."""

    max_side: int
    """Longest edge that the encoder takes, in px."""

    default_options: EncoderOptions
    """Options when the caller gives none."""

    seconds_per_megapixel: float
    """Typical encoder time of a frame on one core at the default effort, for estimates."""

    effort_factor: float = 1.6
    """How much longer each step of effort takes, for estimates."""

    frames_held: int
    """Memory that the encoder takes, in frames of 4:2:0; measured from 360p to 1080p."""

    deep_memory_factor: float = 2.0
    """How much more memory those frames take with 10 bits a sample."""

    bytes_held: int
    """Memory that the encoder takes beside it, whatever the size, in bytes."""

    @property
    def options(self) -> type[EncoderOptions]:
        """The typed options."""
        return type(self.default_options)

    def pixel_format_of(self, bits: int) -> str:
        """Return FFmpeg's name of the sample layout with 8 or 10 bits a sample.

        Raises:
            SpecError: The encoder has no such layout.
        """
        if bits == EIGHT_BITS:
            return self.pixel_format
        if self.deep_pixel_format is None:
            raise SpecError(
                f"{self.name} is written with {EIGHT_BITS} bits a sample here, got {bits}",
                hint="hevc and av1 have 10",
                field="bit_depth",
                value=bits,
            )
        return self.deep_pixel_format

    def check_crf(self, crf: float) -> None:
        """Refuse a constant rate factor that the codec does not have.

        Raises:
            SpecError: It is beyond the codec's range, or a fraction that it does not take.
        """
        if not 0 <= crf <= self.max_crf:
            raise SpecError(
                f"{self.name} takes a crf of 0 to {self.max_crf}, got {crf:g}",
                field="rate",
                value=crf,
            )
        if crf != int(crf) and not self.has_fractional_crf:
            raise SpecError(
                f"{self.name} takes whole numbers as crf, got {crf:g}", field="rate", value=crf
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCodec:
    """What one codec of sound can do."""

    name: str
    """Name in specs and results."""

    encoder: str
    """FFmpeg's name of the encoder."""

    sample_format: str
    """FFmpeg's name of the sample layout that the encoder takes."""

    deep_sample_format: str | None = None
    """The same for sources of more than 16 bits, where the codec keeps them."""

    sample_rates: tuple[int, ...]
    """Rates that it takes in Hz, rising."""

    layouts: tuple[str, ...]
    """FFmpeg's names of the layouts of 1, 2, 3 … channels."""

    min_channels: int = 1
    """Fewest channels that the encoder takes."""

    bit_rates: tuple[int, ...] = ()
    """Bits a second of 1, 2, 3 … channels when none are asked; empty for an exact codec."""

    file_bit_rates: tuple[int, ...] = ()
    """The same for a file of sound alone, where it is to have more; empty for as many."""

    least_bit_rate: int = 0
    """Fewest bits a second that the encoder takes."""

    most_bit_rate: int = 0
    """Most bits a second and channel that the encoder takes."""

    arguments: Arguments = ()
    """Encoder arguments."""

    bits: int | None = None
    """Bits a sample of an exact codec that has but one depth."""

    quality_bit_rates: tuple[tuple[int, int], ...] = ()
    """Quality and bits a second and channel, from quality 1 to 100; lines connect them. Empty where
    quality means nothing, or the encoder has a scale of its own."""

    quality_arguments: Callable[[int], Arguments] | None = None
    """Encoder arguments of a quality, 1 to 100, where the encoder has a scale of its own."""

    @property
    def max_channels(self) -> int:
        """Most channels that it holds."""
        return len(self.layouts)

    @property
    def is_lossless(self) -> bool:
        """Whether samples are kept exactly."""
        return not self.bit_rates

    def layout_of(self, channels: int) -> str:
        """Return FFmpeg's name of the layout of a number of channels, at most those it holds."""
        return self.layouts[min(channels, self.max_channels) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What one container can hold, and how it is written."""

    name: str
    """Name in specs and results."""

    muxer: str
    """FFmpeg's name of the muxer."""

    mime_type: str
    extension: str
    """File name extension, without the dot."""

    video_codecs: tuple[str, ...] = ()
    """Codecs of pictures that fit; the first is the default. Empty for an animation, which is a
    codec of its own."""

    audio_codecs: tuple[str, ...] = ()
    """Codecs of sound that fit; the first is the default. Empty where sound does not fit."""

    subtitle_codecs: tuple[str, ...] = ()
    """Codecs of subtitles that fit; the first is the default. Empty where none fits."""
    copied_codecs: tuple[str, ...] = ()
    """Codecs of pictures and sound that fit beside those, though none is written in them; sorted."""

    has_covers: bool = False
    """Whether a picture can be attached as the cover."""

    has_chapters: bool = False
    turns: bool = False
    """Whether it tells viewers to turn the frames of a picture that is copied."""

    has_faststart: bool = False
    """Whether the index can be put before the media."""

    counts_samples: bool = False
    """Whether the index can say to the sample where a sound ends, if its clock ticks so."""

    codec_tags: tuple[tuple[str, str], ...] = ()
    """Four characters that name a codec, where the muxer's own choice does not play everywhere."""

    has_alpha: bool = False
    """Whether px can be transparent in what is written."""

    clip_codec: str | None = None
    """Codec of the picture of a preview; None for an animation, which is a codec of its own."""

    is_for_previews: bool = True
    """Whether a preview can be written in it."""

    options: tuple[Argument, ...] = ()
    """Muxer options that are always set."""

    fixed_bytes: int = 2_000
    """Bytes that it takes for itself and its tracks, for budgets."""

    packet_bytes: int = 12
    """Bytes that it takes for each packet, its part of the index among them, for budgets."""

    def tag_of(self, codec: str) -> str | None:
        """Return the four characters that name a codec, or None for the usual ones."""
        return dict(self.codec_tags).get(codec)


def quality_crf(codec: VideoCodec, quality: int) -> float:
    """Return the constant rate factor of a quality, by the codec's table.

    Between two anchors the line that connects them is followed; what the codec does not take as
    a fraction is rounded, half a step to the better.

    Args:
        codec: Row of the codec.
        quality: 1 to 100, higher is better.
    """
    low = max(anchor for anchor in codec.anchors if anchor[0] <= quality)
    high = min(anchor for anchor in codec.anchors if anchor[0] >= quality)
    if low == high:
        return low[1]
    share = Fraction(quality - low[0], high[0] - low[0])
    exact = Fraction(low[1]) + share * (Fraction(high[1]) - Fraction(low[1]))
    steps = 10 if codec.has_fractional_crf else 1
    whole = -((HALF - exact * steps) // 1)  # half a step goes down, where quality is better
    return float(whole / steps) if whole % steps else int(whole / steps)
