"""Containers and codecs that an output asks for: which ones, and whether they go together. Pure.

Law: everything that is wrong without looking at the source is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.formats import audio_codecs, containers, image_formats, quality_crf, video_codecs
from mediaflow.formats.codec import Spending, VideoCodec
from mediaflow.formats.row import Arguments
from mediaflow.models.encoding import Bitrate, Crf, Lossless, MaxBytes, Quality
from mediaflow.models.film import AudioTrack
from mediaflow.planning.film_verdicts import COPY, check_copy

if TYPE_CHECKING:
    from mediaflow.formats.codec import AudioCodec, Container
    from mediaflow.models.encoding import FilmRate
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.previews import PreviewOutput

__all__ = [
    "VideoChoice",
    "animation_quality",
    "check_depth",
    "check_preview",
    "check_video",
    "choose_audio",
    "choose_clip",
    "choose_video",
    "nearest_rate",
]

EIGHT_BITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoChoice:
    """A codec, how much it may spend, and what that is in its own words."""

    row: VideoCodec
    crf: float | None
    bit_rate: int | None
    exact: bool = False
    effort: int
    arguments: Arguments

    @property
    def has_bit_rate(self) -> bool:
        """Whether a mean bit rate rules, be it asked or found from a number of bytes."""
        return self.crf is None and not self.exact


def check_video(output: VideoOutput) -> None:
    """Refuse a film that cannot be written, whatever the source is.

    Raises:
        SpecError: Codecs, options or rates do not go together.
    """
    container = _film_container(output)
    if isinstance(output.audio, AudioTrack):
        choose_audio(output.audio, container)
    if output.codec == COPY:
        check_copy(output)
        return
    row = choose_video(output).row
    check_depth(output, row)
    sides = (
        ("width", output.width, max(row.min_side, row.min_width)),
        ("height", output.height, row.min_side),
    )
    for name, length, least in sides:
        if not isinstance(length, int):
            continue
        if length < least or (length > row.max_side and output.fit != "inside"):
            raise SpecError(
                f"{row.name} takes a {name} of {least:,} to {row.max_side:,} px, got {length:,}",
                field=name,
                value=length,
            )


def check_depth(output: VideoOutput, row: VideoCodec) -> None:
    """Refuse bits a sample, or HDR, that a codec is not written with.

    Args:
        output: The output.
        row: Its codec.

    Raises:
        SpecError: It is so.
    """
    if output.dynamic_range == "keep" and not row.keeps_depth and output.bit_depth is None:
        hint = "take hevc or av1" + (", or bit_depth=10" if row.deep_pixel_format else "")
        raise SpecError(
            f"HDR takes 10 bits a sample, and {row.name} is written with 8",
            hint=hint,
            field="dynamic_range",
        )
    if output.bit_depth is None:
        return
    row.pixel_format_of(output.bit_depth)
    profile = getattr(output.options, "profile", "auto")
    if row.name == "h264" and output.bit_depth > EIGHT_BITS and profile != "auto":
        raise SpecError(
            f"the profile {profile!r} of h264 has 8 bits a sample, got bit_depth "
            f"{output.bit_depth}",
            hint="leave the profile out",
            field="profile",
        )


def check_preview(output: PreviewOutput) -> None:
    """Refuse a preview in a format that holds none.

    Raises:
        SpecError: The container holds no preview, or a quality that it does not have.
    """
    container = containers[output.format]
    if not container.is_for_previews:
        fits = [name for name in containers.names() if containers[name].is_for_previews]
        raise SpecError(
            f"a preview cannot be {output.format}; it can be {', '.join(fits)}",
            hint=f"VideoOutput({output.format!r}, audio=None) is a silent film",
            field="format",
            value=output.format,
        )
    if output.quality is not None and output.format == "gif":
        raise SpecError("a gif has no quality", hint="ask for fewer px or frames", field="quality")


def choose_video(output: VideoOutput) -> VideoChoice:
    """Return the codec of an output with what it may spend.

    Raises:
        SpecError: The codec does not fit the container, the rate is none of the codec's, or the
            options are another codec's.
        UnknownNameError: No codec has that name.
        UnsupportedError: The codec cannot be lossless.
    """
    container = _film_container(output)
    name = output.codec or container.video_codecs[0]
    row = video_codecs[name]
    if name not in container.video_codecs:
        raise SpecError(
            f"{container.name} holds no {name}; it holds {', '.join(sorted(container.video_codecs))}",
            field="codec",
            value=name,
        )
    options = row.default_options if output.options is None else output.options
    if not isinstance(options, row.options):
        raise SpecError(
            f"options of {options.kind} do not fit {name}",
            hint=f"use formats.{row.options.__name__}",
            field="options",
        )
    crf, bit_rate = _rate(row, output.rate, output.quality)
    effort = row.default_effort if output.effort is None else output.effort
    exact = isinstance(output.rate, Lossless)
    spending = Spending(crf=crf, exact=exact, effort=effort, forced_keyframes=True)
    return VideoChoice(
        row=row,
        crf=crf,
        bit_rate=bit_rate,
        exact=exact,
        effort=effort,
        arguments=row.arguments(spending, options),
    )


def _film_container(output: VideoOutput) -> Container:
    container = containers[output.format]
    if not container.video_codecs:
        raise SpecError(
            f"{output.format} holds no film",
            hint=f"PreviewOutput({output.format!r}) is an animation of a film",
            field="format",
        )
    return container


def choose_clip(output: PreviewOutput) -> VideoChoice | None:
    """Return the codec of a preview; None for an animation, which is a codec of its own."""
    name = containers[output.format].clip_codec
    if name is None:
        return None
    row = video_codecs[name]
    crf, bit_rate = _rate(row, None, output.quality)
    spending = Spending(crf=crf, effort=row.default_effort, forced_keyframes=False)
    return VideoChoice(
        row=row,
        crf=crf,
        bit_rate=bit_rate,
        effort=row.default_effort,
        arguments=row.arguments(spending, row.default_options),
    )


def animation_quality(output: PreviewOutput) -> int:
    """Return the quality of an animated picture."""
    return output.quality or image_formats[output.format].default_quality or 100


def _rate(
    row: VideoCodec, rate: FilmRate | None, quality: int | None
) -> tuple[float | None, int | None]:
    """Return the constant rate factor or the mean bit rate."""
    if quality is not None:
        return quality_crf(row, quality), None
    match rate:
        case None:
            return row.default_crf, None
        case Quality(value):
            return quality_crf(row, value), None
        case Crf(crf):
            row.check_crf(crf)
            return crf, None
        case Bitrate(bits):
            return None, bits
        case Lossless():
            _check_lossless(row)
            return None, None
        case MaxBytes():
            return None, None
        case _:
            assert_never(rate)


def _check_lossless(row: VideoCodec) -> None:
    if not row.can_be_lossless:
        able = [name for name in video_codecs.names() if video_codecs[name].can_be_lossless]
        raise UnsupportedError(
            f"{row.name} cannot be lossless", hint=f"lossless codecs: {', '.join(able)}"
        )


def choose_audio(track: AudioTrack, container: Container) -> AudioCodec:
    """Return the codec of a sound track.

    Raises:
        SpecError: It does not fit the container, or its rates and channels are none of the codec's.
        UnknownNameError: No codec has that name.
    """
    name = track.codec or container.audio_codecs[0]
    row = audio_codecs[name]
    if name not in container.audio_codecs:
        raise SpecError(
            f"{container.name} holds no {name}; it holds {', '.join(container.audio_codecs)}",
            hint=f"leave the codec out for {container.audio_codecs[0]}",
            field="codec",
            value=name,
        )
    if track.channels is not None and track.channels > row.max_channels:
        raise SpecError(
            f"{name} holds up to {row.max_channels} channels, got {track.channels}",
            field="channels",
            value=track.channels,
        )
    if track.sample_rate is not None and track.sample_rate not in row.sample_rates:
        raise SpecError(
            f"{name} takes {', '.join(f'{rate:,}' for rate in row.sample_rates)} Hz, "
            f"got {track.sample_rate:,}",
            hint=f"the next one is {nearest_rate(track.sample_rate, row):,}",
            field="sample_rate",
            value=track.sample_rate,
        )
    _check_bit_rate(track, row)
    return row


def _check_bit_rate(track: AudioTrack, row: AudioCodec) -> None:
    if track.bit_rate is None:
        return
    if row.is_lossless:
        raise SpecError(
            f"{row.name} is exact and takes no bit rate", field="bit_rate", value=track.bit_rate
        )
    most = row.most_bit_rate * (track.channels or 2)
    if not row.least_bit_rate <= track.bit_rate <= most:
        raise SpecError(
            f"{row.name} takes {row.least_bit_rate:,} to {most:,} bit/s here, "
            f"got {track.bit_rate:,}",
            field="bit_rate",
            value=track.bit_rate,
        )


def nearest_rate(rate: int, row: AudioCodec) -> int:
    """Return the lowest rate of a codec that loses nothing of another one, or its highest."""
    return next((each for each in row.sample_rates if each >= rate), row.sample_rates[-1])
