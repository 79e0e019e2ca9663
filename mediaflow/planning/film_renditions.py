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
from mediaflow.planning.film_color import RGB_COLOR, output_color, source_color
from mediaflow.planning.film_copies import NOTHING, CarriedStep
from mediaflow.planning.film_geometry import Framed, FrameWish, frame_of
from mediaflow.planning.film_notices import (
    exact_notices,
    frame_notices,
    quality_notices,
    size_notices,
)
from mediaflow.planning.film_steps import FrameStep, RenditionStep, VideoStep
from mediaflow.planning.film_times import as_rate, clock_of, exact, rate_of, window_of
from mediaflow.planning.names import output_uri

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
    "muxer_options_of",
    "plan_preview",
    "plan_rendition",
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
    fps = None if output.fps is None else as_rate(output.fps)
    video = VideoStep(
        codec=choice.row.name,
        encoder=choice.row.encoder,
        arguments=choice.arguments,
        bit_rate=choice.bit_rate,
        exact=choice.exact,
        codec_tag=container.tag_of(choice.row.name),
        frame=_frame(output, film, framed, choice.row.pixel_format, output.background),
        fps=fps,
        frame_rate=rate_of(film.stream) if fps is None else fps,
        time_base=clock_of(film.stream, film.info, window.start) if fps is None else 1 / fps,
        keyframe_seconds=exact(output.keyframe_seconds or KEYFRAME_SECONDS),
    )
    told = (
        *frame_notices(
            film.stream, film.info, film.source_name.format, to_rgb=False, keeps_alpha=False
        ),
        *size_notices(output.width, output.height, framed),
        *quality_notices(output),
        *exact_notices(output, film.stream),
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
    wish = FrameWish(
        width=output.width,
        height=output.height,
        fit="inside",
        gravity="center",
        upscale=False,
        even=is_film,
    )
    framed = frame_of(wish, film.stream)
    _check_size(framed.canvas, None if choice is None else choice.row, film)
    end = exact(output.start) + exact(output.duration)
    window = window_of(output.start, end, film.info)
    video = (
        _animation(output, film, framed) if choice is None else _clip(output, film, framed, choice)
    )
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
        notices=(*notices, *salvaged(film, window)),
    )


def _frame(
    output: VideoOutput | PreviewOutput,
    film: FilmSource,
    framed: Framed,
    pixel_format: str,
    background: str,
) -> FrameStep:
    """Return how the frames of a film that stays a film are made."""
    color = source_color(film.stream)
    return FrameStep(
        crop=framed.crop,
        content=framed.content,
        orientation=framed.orientation,
        filters=output.filters,
        canvas=framed.canvas,
        offset=framed.offset,
        background=background,
        pixel_format=pixel_format,
        source_color=color,
        color=output_color(color),
    )


def _clip(
    output: PreviewOutput, film: FilmSource, framed: Framed, choice: VideoChoice
) -> VideoStep:
    """Return how a preview is encoded whose pictures are those of a film."""
    fps, frame_rate = _capped(output, film)
    return VideoStep(
        codec=choice.row.name,
        encoder=choice.row.encoder,
        arguments=choice.arguments,
        frame=_frame(output, film, framed, choice.row.pixel_format, "black"),
        fps=fps,
        frame_rate=frame_rate,
        time_base=clock_of(film.stream, film.info, exact(output.start)),
    )


def _animation(output: PreviewOutput, film: FilmSource, framed: Framed) -> VideoStep:
    """Return how a preview is encoded that is an animated picture."""
    is_gif = output.format == "gif"
    fps, frame_rate = _capped(output, film)
    webp: Arguments = (("quality", animation_quality(output)), ("compression_level", WEBP_EFFORT))
    return VideoStep(
        codec=output.format,
        encoder="gif" if is_gif else "libwebp_anim",
        arguments=() if is_gif else webp,
        frame=replace(
            _frame(output, film, framed, "pal8" if is_gif else "bgra", "white"),
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
        duration_seconds=None if window.seconds is None else float(window.seconds),
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
