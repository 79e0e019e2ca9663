"""The steps of one rendition or preview: frames, codec, container, times, notices. Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.formats import containers
from mediaflow.geometry import QUARTER_TURNS
from mediaflow.models.result import Notice
from mediaflow.planning.film_codecs import animation_quality, choose_clip, choose_video
from mediaflow.planning.film_color import RGB_COLOR, source_color
from mediaflow.planning.film_copies import NOTHING, CarriedStep
from mediaflow.planning.film_footage import (
    Footage,
    fade_of,
    footage_arguments,
    plan_footage,
    plan_rates,
    shown_footage,
)
from mediaflow.planning.film_geometry import Framed, FrameWish, frame_of
from mediaflow.planning.film_notices import (
    exact_notices,
    frame_notices,
    quality_notices,
    size_notices,
)
from mediaflow.planning.film_times import as_rate, clock_of, exact, rate_of, window_of
from mediaflow.planning.frame_steps import FrameStep, VideoStep
from mediaflow.planning.names import output_uri
from mediaflow.planning.rendition_steps import RenditionStep

if TYPE_CHECKING:
    from mediaflow.formats.codec import Container, VideoCodec
    from mediaflow.formats.row import Arguments
    from mediaflow.geometry import Size
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.previews import PreviewOutput
    from mediaflow.planning.film_codecs import VideoChoice
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = [
    "UNNAMED",
    "muxer_options_of",
    "plan_preview",
    "plan_rendition",
    "preview_wish",
    "rendition_wish",
    "salvaged",
]

FOREVER: Final = 0
KEYFRAME_SECONDS: Final = 2.0
UNNAMED: Final[Arguments] = (("fflags", "+bitexact"),)
"""Leaves out which program, of which version, wrote the file."""

MOVED_INDEX: Final[Arguments] = (("movflags", "+faststart"),)
HUNDREDTH: Final = Fraction(1, 100)  # GIF89a 23.c.vii
MILLISECOND: Final = Fraction(1, 1000)  # RFC 9649 2.7.1.1
WEBP_EFFORT: Final = 4  # of 6, libwebp's own default


def rendition_wish(output: VideoOutput) -> FrameWish:
    """Return what a rendition asks of its frames' geometry."""
    return FrameWish(
        width=output.width,
        height=output.height,
        fit=output.fit,
        gravity=output.gravity,
        upscale=output.upscale,
        crop=output.crop,
        turn=QUARTER_TURNS[output.rotate],
        even=True,
    )


def preview_wish(output: PreviewOutput) -> FrameWish:
    """Return what a preview asks of its frames' geometry."""
    return FrameWish(
        width=output.width,
        height=output.height,
        fit="inside",
        gravity="center",
        upscale=False,
        even=choose_clip(output) is not None,
    )


def plan_rendition(
    output: VideoOutput,
    film: FilmSource,
    *,
    name: str,
    position: int,
    sound: int | None,
    carried: CarriedStep,
    reason: str,
    notices: tuple[Notice, ...],
) -> RenditionStep:
    """Return how a rendition is made.

    Args:
        output: What is wanted.
        film: The source.
        name: Name of the output.
        position: Its place among all outputs.
        sound: Index of its sound among those of the plan, or None.
        carried: What goes along as it is.
        reason: Why the picture is encoded.
        notices: What is lost of the sound, and which streams are left out.

    Raises:
        LimitExceededError: It has more px than the limits allow.
        SpecError: A time, a size or a crop does not fit.
    """
    choice, container = choose_video(output), containers[output.format]
    framed = frame_of(rendition_wish(output), film.stream)
    _check_size(framed.canvas, choice.row, film, has_bit_rate=choice.has_bit_rate)
    window = window_of(output.start, output.end, film.info)
    footage = plan_footage(output, film.stream, choice.row)
    rates = plan_rates(output, film, window)
    video = VideoStep(
        codec=choice.row.name,
        encoder=choice.row.encoder,
        arguments=footage_arguments(choice.arguments, footage, film.stream, choice.row),
        bit_rate=choice.bit_rate,
        exact=choice.exact,
        codec_tag=container.tag_of(choice.row.name),
        frame=_frame(output, film, framed, footage, output.background),
        fps=rates.fps,
        frame_rate=rates.frame_rate,
        time_base=rates.time_base,
        speed=rates.speed,
        fade=fade_of(output, window),
        keyframe_seconds=exact(output.keyframe_seconds or KEYFRAME_SECONDS),
    )
    told = (
        *frame_notices(
            film.stream,
            film.info,
            film.source_name.format,
            to_rgb=False,
            keeps_alpha=False,
            bits=footage.bits,
        ),
        *footage.notices,
        *size_notices(output.width, output.height, framed),
        *quality_notices(output),
        *exact_notices(output, film.stream, footage.pixel_format),
        *notices,
        *salvaged(film, window),
    )
    return _step(
        output,
        film,
        name=name,
        position=position,
        framed=framed,
        video=video,
        window=window,
        muxer_options=muxer_options_of(output, container),
        sound=sound,
        carried=carried,
        reason=reason,
        notices=told,
    )


def plan_preview(
    output: PreviewOutput, film: FilmSource, *, name: str, position: int
) -> RenditionStep:
    """Return how a preview is made.

    A GIF has ``palette`` set and the sample layout ``"pal8"``: its frames stay red, green and blue
    until the palette of all of them is known. An animated WebP takes ``"bgra"``.

    Args:
        output: What is wanted.
        film: The source.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        LimitExceededError: It has more px than the limits allow.
        SpecError: A time does not fit.
    """
    container = containers[output.format]
    choice = choose_clip(output)
    is_film = choice is not None
    framed = frame_of(preview_wish(output), film.stream)
    _check_size(framed.canvas, None if choice is None else choice.row, film)
    end = exact(output.start) + exact(output.duration)
    window = window_of(output.start, end, film.info)
    pixel_format = choice.row.pixel_format if choice is not None else _pixel_format(output)
    footage = shown_footage(output.tone_map, film.stream, pixel_format=pixel_format, is_still=False)
    if choice is None:
        video = _animation(output, film, framed, footage)
    else:
        video = _clip(output, film, framed, footage, choice)
    notices = frame_notices(
        film.stream,
        film.info,
        film.source_name.format,
        to_rgb=not is_film,
        keeps_alpha=container.has_alpha,
    )
    return _step(
        output,
        film,
        name=name,
        position=position,
        framed=framed,
        video=video,
        window=window,
        muxer_options=(*container.options, *_loop(output, container)),
        sound=None,
        notices=(*notices, *footage.notices, *salvaged(film, window)),
    )


def _frame(
    output: VideoOutput | PreviewOutput,
    film: FilmSource,
    framed: Framed,
    footage: Footage,
    background: str,
) -> FrameStep:
    """Return how the frames of a film that stays a film are made."""
    return FrameStep(
        deinterlace=footage.deinterlace,
        crop=framed.crop,
        content=framed.content,
        orientation=framed.orientation,
        tone=footage.tone,
        filters=output.filters,
        canvas=framed.canvas,
        offset=framed.offset,
        background=background,
        pixel_format=footage.pixel_format,
        source_color=source_color(film.stream),
        color=footage.color,
    )


def _pixel_format(output: PreviewOutput) -> str:
    """Return the sample layout of an animated picture."""
    return "pal8" if output.format == "gif" else "bgra"


def _clip(
    output: PreviewOutput, film: FilmSource, framed: Framed, footage: Footage, choice: VideoChoice
) -> VideoStep:
    """Return how a preview is encoded whose pictures are those of a film."""
    fps, frame_rate = _capped(output, film)
    return VideoStep(
        codec=choice.row.name,
        encoder=choice.row.encoder,
        arguments=choice.arguments,
        frame=_frame(output, film, framed, footage, "black"),
        fps=fps,
        frame_rate=frame_rate,
        time_base=clock_of(film.stream, film.info, exact(output.start)),
    )


def _animation(
    output: PreviewOutput, film: FilmSource, framed: Framed, footage: Footage
) -> VideoStep:
    """Return how a preview is encoded that is an animated picture."""
    is_gif = output.format == "gif"
    fps, frame_rate = _capped(output, film)
    webp: Arguments = (("quality", animation_quality(output)), ("compression_level", WEBP_EFFORT))
    return VideoStep(
        codec=output.format,
        encoder="gif" if is_gif else "libwebp_anim",
        arguments=() if is_gif else webp,
        frame=replace(
            _frame(output, film, framed, footage, "white"),
            interpolation="lanczos",
            color=RGB_COLOR,
        ),
        fps=fps,
        frame_rate=frame_rate,
        time_base=HUNDREDTH if is_gif else MILLISECOND,
        palette=is_gif,
    )


def _capped(output: PreviewOutput, film: FilmSource) -> tuple[Fraction | None, Fraction]:
    """Return the rate that frames are brought to, and the one that the encoder is told.

    A source with no more frames a second than are wanted keeps each at its own time.
    """
    most, rate = as_rate(output.fps), rate_of(film.stream)
    return (most, most) if rate > most else (None, rate)


def _loop(output: PreviewOutput, container: Container) -> Arguments:
    """Return how often it is played, in the muxer's words; FFmpeg's gif counts repeats."""
    match container.name:
        case "gif" if output.loop == FOREVER:
            return (("loop", FOREVER),)
        case "gif":
            return (("loop", output.loop - 1 if output.loop > 1 else -1),)
        case "avif" | "webp":
            return (("loop", output.loop),)
        case _:
            return MOVED_INDEX if container.has_faststart else ()


def _step(
    output: VideoOutput | PreviewOutput,
    film: FilmSource,
    *,
    name: str,
    position: int,
    framed: Framed,
    video: VideoStep,
    window: Window,
    muxer_options: Arguments,
    sound: int | None,
    notices: tuple[Notice, ...],
    carried: CarriedStep = NOTHING,
    reason: str = "",
) -> RenditionStep:
    container = containers[output.format]
    return RenditionStep(
        name=name,
        uri=output_uri(film.template, film.source_name, output, name, framed.canvas),
        position=position,
        output=output,
        format=container.name,
        muxer=container.muxer,
        muxer_options=muxer_options,
        size=framed.canvas,
        crop=framed.shown,
        video=video,
        sound=sound,
        carried=carried,
        reason=reason,
        start=window.start,
        end=window.end,
        duration_seconds=None if window.seconds is None else float(window.seconds / video.speed),
        notices=notices,
    )


def _check_size(
    size: Size, row: VideoCodec | None, film: FilmSource, *, has_bit_rate: bool = False
) -> None:
    film.limits.check("max_output_pixels", size.pixels, who="an output")
    if row is None:
        return
    least = max(row.min_side, row.min_side_with_bit_rate if has_bit_rate else 0)
    if min(size.width, size.height) < least or max(size.width, size.height) > row.max_side:
        words = " with a bit rate" if least > row.min_side else ""
        raise SpecError(
            f"{size.width}×{size.height} px do not fit {row.name}{words}, which takes sides of "
            f"{least:,} to {row.max_side:,} px",
            hint="ask for another width or height, or another codec",
            field="width",
        )
    if size.width < row.min_width:
        raise SpecError(
            f"{size.width}×{size.height} px do not fit {row.name}, which takes widths from "
            f"{row.min_width} px on",
            hint="ask for another width, or another codec",
            field="width",
        )


def muxer_options_of(output: VideoOutput, container: Container) -> Arguments:
    """Return the options of the muxer of an output."""
    moved = MOVED_INDEX if output.faststart and container.has_faststart else ()
    unnamed = UNNAMED if output.metadata != "keep" else ()
    return (*container.options, *moved, *unnamed)


def salvaged(film: FilmSource, window: Window) -> tuple[Notice, ...]:
    """Tell that a part is missing of what goes on to the end of a source that is cut off."""
    if not film.is_salvaged or window.end is not None:
        return ()
    text = "the source is cut off; what is left of it is used"
    return (Notice(code="source_salvaged", message=text),)
