"""An output meets the kind of its source: what it means there, or that it means nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import UnsupportedError
from mediaflow.formats import JpegOptions, containers
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.animation import Animation
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import BEST, PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.narrow import is_open, px_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import Length, Output

__all__ = ["as_picture", "as_sheet", "narrow_for"]

_PICTURE_ONLY: Final = ("aspect", "crop", "trim", "rate", "linear", "color", "metadata")
"""What only a picture that is no frame may be asked."""

DEFAULT: Final = ImageOutput("jpeg")
PREVIEW: Final = PreviewOutput()
PLAIN_JPEG: Final = JpegOptions(progressive=False, optimize=False)
"""A sheet is large and shown only when it is whole; the rest would cost more than it saves."""


def narrow_for(outputs: Iterable[Output], info: MediaInfo) -> tuple[Output, ...]:
    """Return what outputs mean for a source of its kind.

    A picture that is asked of a film is its frame; an animation is a preview. A still that is
    asked of a picture is that picture.

    Args:
        outputs: Typed outputs, as :func:`check_request` returned them.
        info: What the probe found.

    Raises:
        UnsupportedError: The source has nothing that an output could be made of.
    """
    match info.kind:
        case "image":
            return tuple(_checked(_of_picture(output, info), info) for output in outputs)
        case "video":
            return tuple(_of_film(output, info) for output in outputs)
        case "audio":
            return tuple(_of_sound(output, info) for output in outputs)
        case _:
            assert_never(info.kind)


def _of_sound(output: Output, info: MediaInfo) -> Output:
    match output:
        case AudioOutput() | WaveformOutput() | StreamOutput():
            return output
        case AnalysisOutput() if output.is_of_sound:
            return output
        case AnalysisOutput():
            hint = "AnalysisOutput(what=('loudness', 'silence')) measures a sound"
        case _:
            hint = "AudioOutput('mp3') makes a file of sound, WaveformOutput('png') shows it"
    raise UnsupportedError(
        f"the source is {info.format} with sound only; there is nothing to see in it",
        hint=hint,
        where=info.uri,
    )


def _of_picture(output: Output, info: MediaInfo) -> Output:
    match output:
        case ImageOutput():
            return output
        case AnalysisOutput():
            _refuse_what_moves(output, info)
            return output
        case StillOutput():
            return as_picture(output)
        case StreamOutput():
            raise UnsupportedError(
                f"the source is a {info.format} picture, of which no stream is made",
                hint="a stream is made of a film or of sound",
                where=info.uri,
            )
        case StoryboardOutput():
            raise UnsupportedError(
                f"the source is a {info.format} picture, of which no storyboard is made",
                hint="ask for thumbnails of a picture: mediaflow.recipes.thumbnails()",
                where=info.uri,
            )
        case VideoOutput() | PreviewOutput():
            raise UnsupportedError(
                f"the source is a {info.format} picture, of which no {output.format} film is made",
                hint="ask for ImageOutput('webp', animation=Animation()) of an animation",
                where=info.uri,
            )
        case SubtitleOutput() | AudioOutput() | WaveformOutput():
            what = "subtitles" if isinstance(output, SubtitleOutput) else "sound"
            raise UnsupportedError(
                f"the source is a {info.format} picture, which has no {what}", where=info.uri
            )
        case _:
            assert_never(output)


def _checked(output: Output, info: MediaInfo) -> Output:
    """Return an output of a picture whose filters need no film.

    Raises:
        UnsupportedError: One does.
    """
    for one in getattr(output, "filters", ()):
        if one.needs_film:
            raise UnsupportedError(
                f"{one.kind} need a film; the source is a {info.format} picture",
                hint="filters.Text(...) writes on pictures",
                field="filters",
                where=info.uri,
            )
    return output


def _of_film(output: Output, info: MediaInfo) -> Output:
    match output:
        case ImageOutput():
            return _of_frames(output, info)
        case (
            VideoOutput()
            | StillOutput()
            | PreviewOutput()
            | SubtitleOutput()
            | StoryboardOutput()
            | AnalysisOutput()
            | AudioOutput()
            | WaveformOutput()
            | StreamOutput()
        ):
            return output
        case _:
            assert_never(output)


def _of_frames(output: ImageOutput, info: MediaInfo) -> StillOutput | PreviewOutput:
    """Return the still or the preview that a picture asked of a film means."""
    _refuse_fields(output, _PICTURE_ONLY, info, "a still of a film")
    if isinstance(output.animation, Animation):
        return _preview(output, output.animation, info)
    if output.format == "gif" and output.animation == "auto" and output.still_at is None:
        return _preview(output, Animation(), info)
    gravity = output.gravity
    if is_open(gravity):
        raise _refusal("a still of a film", "gravity", gravity, info)
    width, height = (_scaled(side, output.dpr) for side in (output.width, output.height))
    if output.max_side is not None:
        width = height = px_of(output.max_side, output.dpr)
    return StillOutput(
        0.0 if output.still_at is None else output.still_at,
        format=output.format,
        width=width,
        height=height,
        fit="inside" if output.max_side is not None else output.fit,
        gravity=gravity,
        upscale=output.upscale,
        background=output.background,
        quality=output.quality,
        filters=output.filters,
        options=output.options,
        suffix=output.suffix,
        name=output.name,
    )


def _preview(output: ImageOutput, asked: Animation, info: MediaInfo) -> PreviewOutput:
    fields = ("fit", "gravity", "max_side", "dpr", "upscale", "options")
    _refuse_fields(output, fields, info, "a preview")
    sides = (output.width, output.height)
    if any(isinstance(side, str) for side in sides):
        raise _refusal("a preview", "width and height", sides, info)
    if output.format not in containers.names():
        raise UnsupportedError(
            f"no {output.format} animation is made of a film",
            hint="write avif, gif or webp",
            field="animation",
        )
    seconds = PREVIEW.duration if asked.max_seconds is None else asked.max_seconds
    fps = PREVIEW.fps if asked.fps is None else asked.fps
    if asked.max_frames is not None:
        seconds = min(seconds, asked.max_frames / fps)
    return PreviewOutput(
        output.format,
        start=asked.start_seconds,
        duration=seconds,
        fps=fps,
        width=PREVIEW.width if sides == (None, None) else px_of(output.width, 1),
        height=px_of(output.height, 1),
        loop=asked.loop or 0,
        quality=output.quality if output.format != "gif" else None,
        filters=output.filters,
        suffix=output.suffix,
        name=output.name,
    )


def as_picture(still: StillOutput) -> ImageOutput:
    """Return a still as a picture of what may also be an animation."""
    return ImageOutput(
        still.format,
        width=still.width,
        height=still.height,
        fit=still.fit,
        gravity=still.gravity,
        upscale=still.upscale,
        quality=still.quality,
        background=still.background,
        filters=still.filters,
        options=still.options,
        still_at=0.0 if still.at == BEST else still.at,
        suffix=still.suffix,
        name=still.name,
    )


def as_sheet(output: StoryboardOutput) -> ImageOutput:
    """Return the picture that a sheet of a storyboard is."""
    options = PLAIN_JPEG if output.format == "jpeg" else None
    return ImageOutput(output.format, quality=output.quality, options=options, animation=None)


def _refuse_what_moves(output: AnalysisOutput, info: MediaInfo) -> None:
    if output.is_of_sound or "scenes" in output.what:
        lacking = "sound" if output.is_of_sound else "scenes"
        raise UnsupportedError(
            f"the source is a {info.format} picture, which has no {lacking}",
            hint="AnalysisOutput(what=('placeholder',)) describes a picture",
            field="what",
            where=info.uri,
        )


def _scaled(length: Length | None, dpr: float) -> Length | None:
    return length if length is None or isinstance(length, str) else px_of(length, dpr)


def _refuse_fields(output: ImageOutput, names: Iterable[str], info: MediaInfo, what: str) -> None:
    for name in names:
        value = getattr(output, name)
        if value != getattr(DEFAULT, name):
            raise _refusal(what, name, value, info)


def _refusal(what: str, name: str, value: object, info: MediaInfo) -> UnsupportedError:
    return UnsupportedError(
        f"{what} takes no {name}, got {value!r:.80}",
        hint="make a StillOutput of the film first, and the rest of its picture",
        field=name,
        where=info.uri,
    )
