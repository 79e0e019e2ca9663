"""Refusals that cost nothing: by the request alone, then with the probe. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mediaflow.errors import SpecError, UnidentifiedMediaError, UnsupportedError
from mediaflow.formats.subtitle_codecs import sidecar_of
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.animation import check_can_animate
from mediaflow.planning.backends import missing_decoder
from mediaflow.planning.film_codecs import check_preview, check_video
from mediaflow.planning.kinds import as_picture, as_sheet
from mediaflow.planning.narrow import choose_encoder, narrow
from mediaflow.planning.output_names import output_names
from mediaflow.planning.sound_codecs import check_sound
from mediaflow.planning.stream_rungs import check_stream

if TYPE_CHECKING:
    from mediaflow.formats.row import ImageFormat
    from mediaflow.geometry import Size
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.models.outputs import Output
    from mediaflow.security.limits import Limits

__all__ = ["check_allowed", "check_encoder_edge", "check_memory", "check_request", "check_source"]


def check_request(job: Job, capabilities: Capabilities) -> tuple[Output, ...]:
    """Refuse what is wrong whatever the source is; return the typed outputs.

    Args:
        job: The request.
        capabilities: What is installed.

    Raises:
        SpecError: Options of another format, two outputs of one name, an unknown format.
        UnsupportedError: A format that cannot be written here, or not losslessly.
    """
    outputs = tuple(narrow(spec) for spec in job.outputs)
    for output in outputs:
        match output:
            case ImageOutput():
                _check_image(output, capabilities)
            case VideoOutput():
                check_video(output)
            case PreviewOutput():
                check_preview(output)
            case StillOutput():
                _check_image(as_picture(output), capabilities)
            case SubtitleOutput():
                sidecar_of(output.format)
            case StoryboardOutput():
                _check_image(as_sheet(output), capabilities)
            case AudioOutput():
                check_sound(output)
            case StreamOutput():
                check_stream(output)
            case WaveformOutput():
                if output.format == "png":
                    _check_image(ImageOutput("png"), capabilities)
            case AnalysisOutput():
                pass  # it checks itself, and needs nothing but a decoder
            case _:
                assert_never(output)
    output_names(outputs)
    return outputs


def _check_image(output: ImageOutput, capabilities: Capabilities) -> None:
    row = choose_encoder(output).row
    check_can_animate(output, row)
    if row.name not in capabilities.encoders:
        raise UnsupportedError(
            f"this installation cannot write {row.name}",
            hint="reinstall Pillow from a wheel: pip install --force-reinstall pillow",
        )
    for side, length in (("width", output.width), ("height", output.height)):
        if isinstance(length, int) and length > row.max_side and output.fit != "inside":
            raise SpecError(
                f"{side} {length:,} is more than {row.name} can hold ({row.max_side:,} px)",
                field=side,
                value=length,
            )


def check_source(info: MediaInfo, capabilities: Capabilities, limits: Limits) -> None:
    """Refuse a source that may not or cannot be decoded.

    Raises:
        LimitExceededError: It is larger than the limits in force allow.
        UnidentifiedMediaError: Its format is not among those that the limits allow.
        UnsupportedError: Nothing installed decodes it.
    """
    check_allowed(info, limits)
    if info.format not in capabilities.readable:
        raise missing_decoder(info, capabilities)
    stored = info.picture.stored_size
    limits.check("max_pixels", stored.pixels, where=info.uri)
    limits.check("max_side", max(stored.width, stored.height), where=info.uri)
    if info.picture.is_animated and info.picture.frames is not None:
        limits.check("max_frames", info.picture.frames, where=info.uri)
        limits.check("max_total_pixels", info.picture.frames * stored.pixels, where=info.uri)
    if info.bytes is not None:
        limits.check("max_input_bytes", info.bytes, where=info.uri)


def check_allowed(info: MediaInfo, limits: Limits) -> None:
    """Refuse a source of a format that the limits do not allow.

    Raises:
        UnidentifiedMediaError: Its format is not among those that the limits allow.
    """
    if limits.allowed_formats is not None and info.format not in limits.allowed_formats:
        raise UnidentifiedMediaError(
            f"{info.format} is not among the formats that these limits allow "
            f"({', '.join(limits.allowed_formats)})",
            hint="raise limits.allowed_formats if that is meant",
            where=info.uri,
        )


def check_encoder_edge(row: ImageFormat, size: Size, limits: Limits) -> None:
    """Refuse a size that the encoder or the limits do not take.

    Raises:
        SpecError: An edge is longer than the encoder takes.
        LimitExceededError: The output has more pixels than the limits allow.
    """
    if max(size.width, size.height) > row.max_side:
        raise SpecError(
            f"{size.width}×{size.height} is more than {row.name} can hold "
            f"({row.max_side:,} px an edge)",
            hint="ask for a smaller width or height, or another format",
        )
    limits.check("max_output_pixels", size.pixels, who="an output")


def check_memory(peak_bytes: int, limits: Limits, *, where: str | None) -> None:
    """Refuse a plan that would need more memory than the limits allow.

    Raises:
        LimitExceededError: The plan's peak is above ``limits.max_memory_bytes``.
    """
    limits.check("max_memory_bytes", peak_bytes, where=where, who="the plan")
