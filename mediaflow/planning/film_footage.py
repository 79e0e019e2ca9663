"""What footage needs before it can be shown: whole frames, SDR, a rate, a speed, fades. Pure.

Law: what the header says of fields, brightness and rates is believed; where it says nothing,
nothing is done. HDR is kept only where the codec is written with 10 bits.
Source: ITU-R BT.2408 (1,000 cd/m² where nothing is known), SMPTE ST 2086 and CTA-861.3 (peaks).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.models.footage import MAX_NITS, SDR_WHITE_NITS
from mediaflow.models.result import Notice
from mediaflow.planning.film_color import BT2020_PRIMARIES, SDR_COLOR, output_color, source_color
from mediaflow.planning.film_mastering import mastered_arguments, mastering_notices
from mediaflow.planning.film_times import CLOCK, MAX_FPS, as_rate, clock_of, exact, rate_of
from mediaflow.planning.footage_verdicts import is_above, keeps_hdr
from mediaflow.planning.frame_steps import DeinterlaceStep, FadeStep, FrameColor, ToneStep

if TYPE_CHECKING:
    from mediaflow.formats.codec import VideoCodec
    from mediaflow.formats.row import Arguments
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.footage import Deinterlace, ToneMap
    from mediaflow.models.sound import AudioOutput
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = [
    "Footage",
    "Rates",
    "fade_of",
    "footage_arguments",
    "footage_changes",
    "plan_footage",
    "plan_rates",
    "played_window",
    "shown_footage",
    "tone_notices",
]

EIGHT_BITS: Final = 8
TEN_BITS: Final = 10
USUAL_PEAK_NITS: Final = 1_000

_PARITIES: Final[dict[str, DeinterlaceStep]] = {
    "top_first": DeinterlaceStep(filter="bwdif", parity="tff"),
    "bottom_first": DeinterlaceStep(filter="bwdif", parity="bff"),
}
_UNTOLD: Final = DeinterlaceStep(filter="bwdif", parity="auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """What is done to each frame, whatever its geometry and its look."""

    pixel_format: str
    """FFmpeg's name of the sample layout of the result."""

    bits: int
    """Bits a sample that are left; filters see 8 of them, whatever is written."""

    color: FrameColor
    """What the samples of the result mean."""

    tone: ToneStep | None
    deinterlace: DeinterlaceStep | None
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """When the frames of an output are shown."""

    fps: Fraction | None
    """Constant rate that frames are brought to, or None."""

    frame_rate: Fraction
    """Rate that the encoder is told."""

    time_base: Fraction
    speed: Fraction


def plan_footage(output: VideoOutput, stream: VideoStream, row: VideoCodec) -> Footage:
    """Return what a film does to each frame of its source.

    Args:
        output: The output.
        stream: The moving picture.
        row: The codec, which has as many bits as are asked for.
    """
    kept = keeps_hdr(output, stream, row.name)
    tone = None if kept else _tone_of(output.tone_map, stream)
    is_deep = kept or (
        row.keeps_depth and not output.filters and (stream.bit_depth or EIGHT_BITS) > EIGHT_BITS
    )
    bits = output.bit_depth or (TEN_BITS if is_deep else EIGHT_BITS)
    deinterlace = _deinterlace_of(output.deinterlace, stream)
    return Footage(
        pixel_format=row.pixel_format_of(bits),
        bits=EIGHT_BITS if output.filters else bits,
        color=output_color(source_color(stream)) if tone is None else SDR_COLOR,
        tone=tone,
        deinterlace=deinterlace,
        notices=(
            *footage_changes(tone, deinterlace),
            *_depth_notices(row, bits),
            *(mastering_notices(stream, row) if kept else ()),
        ),
    )


def shown_footage(
    tone_map: ToneMap, stream: VideoStream, *, pixel_format: str, is_still: bool
) -> Footage:
    """Return what a preview or a still does to each frame of its source.

    Args:
        tone_map: How HDR becomes SDR.
        stream: The moving picture.
        pixel_format: Sample layout of the result, with 8 bits a sample.
        is_still: Whether there is one frame alone, whose fields no other frame can fill.
    """
    tone = _tone_of(tone_map, stream)
    deinterlace = _deinterlace_of("auto", stream)
    if deinterlace is not None and is_still:
        deinterlace = DeinterlaceStep(filter="estdif", parity=deinterlace.parity)
    return Footage(
        pixel_format=pixel_format,
        bits=EIGHT_BITS,
        color=output_color(source_color(stream)) if tone is None else SDR_COLOR,
        tone=tone,
        deinterlace=deinterlace,
        notices=footage_changes(tone, deinterlace),
    )


def footage_arguments(
    arguments: Arguments, footage: Footage, stream: VideoStream, row: VideoCodec
) -> Arguments:
    """Return encoder arguments with what kept HDR says of its display.

    Args:
        arguments: Those of the codec.
        footage: What is done to each frame.
        stream: The moving picture.
        row: The codec.
    """
    is_kept = stream.hdr is not None and footage.tone is None
    return mastered_arguments(arguments, stream, row) if is_kept else arguments


def tone_notices(footage: Footage) -> tuple[Notice, ...]:
    """Return what is to be told of HDR that becomes SDR, and of nothing else."""
    return tuple(notice for notice in footage.notices if notice.code == "tone_mapped")


def plan_rates(output: VideoOutput, film: FilmSource, window: Window) -> Rates:
    """Return when frames are shown.

    Args:
        output: The output.
        film: The source.
        window: The part of the source that is wanted.

    Raises:
        LimitExceededError: A constant rate gives more frames than allowed.
    """
    speed = exact(output.speed)
    rate = rate_of(film.stream) * speed
    asked = output.max_fps if is_above(output, film.stream) else output.fps
    fps = None if asked is None else as_rate(asked)
    if fps is None:
        ticks = clock_of(film.stream, film.info, window.start) if speed == 1 else CLOCK
        return Rates(fps=None, frame_rate=min(rate, MAX_FPS), time_base=ticks, speed=speed)
    if window.seconds is not None:
        frames = ceil(window.seconds / speed * fps)
        film.limits.check("max_film_frames", frames, where=film.info.uri, who="an output")
    return Rates(fps=fps, frame_rate=fps, time_base=1 / fps, speed=speed)


def played_window(window: Window, output: VideoOutput | AudioOutput) -> Window:
    """Return a part of the source with its length at the speed of an output."""
    seconds = None if window.seconds is None else window.seconds / exact(output.speed)
    return replace(window, seconds=seconds)


def fade_of(output: VideoOutput | AudioOutput, window: Window) -> FadeStep | None:
    """Return how an output comes up and goes down, or None where it does neither.

    Args:
        output: The output.
        window: The part of the source that is wanted.

    Raises:
        SpecError: Nobody knows when it ends, or it is too short.
    """
    up, down = exact(output.fade_in), exact(output.fade_out)
    if not up and not down:
        return None
    seconds = played_window(window, output).seconds
    if seconds is None and down:
        raise SpecError(
            "fade_out needs the source's length, which its header does not tell",
            hint="give an end",
            field="fade_out",
        )
    if seconds is not None and up + down > seconds:
        raise SpecError(
            f"fades of {float(up):g} and {float(down):g} s do not fit into {float(seconds):g} s",
            field="fade_out" if down else "fade_in",
        )
    return FadeStep(fade_in=up, fade_out=down, end=seconds if down else None)


def _tone_of(tone_map: ToneMap, stream: VideoStream) -> ToneStep | None:
    if stream.hdr is None:
        return None
    return ToneStep(
        transfer=stream.hdr,
        primaries=stream.color.primaries or BT2020_PRIMARIES,
        peak_nits=float(tone_map.peak_nits or _peak_of(stream)),
        curve=tone_map.curve,
    )


def _peak_of(stream: VideoStream) -> float:
    """Return how bright a source gets: the display it was made on bounds what is said of it."""
    mastering = stream.mastering
    if stream.hdr == "hlg" or mastering is None:
        return USUAL_PEAK_NITS
    said = [mastering.max_content_light, mastering.max_luminance]
    peak = min((each for each in said if each), default=USUAL_PEAK_NITS)
    return min(max(peak, SDR_WHITE_NITS), MAX_NITS)


def _deinterlace_of(wish: Deinterlace, stream: VideoStream) -> DeinterlaceStep | None:
    said = _PARITIES.get(stream.field_order or "")
    match wish:
        case "auto":
            return said
        case "always":
            return said or _UNTOLD
        case "never":
            return None


def footage_changes(
    tone: ToneStep | None, deinterlace: DeinterlaceStep | None
) -> tuple[Notice, ...]:
    """Return what is told of frames that change their brightness, or their fields.

    Args:
        tone: How HDR becomes SDR, or None.
        deinterlace: How fields become whole frames, or None.
    """
    found: list[Notice] = []
    if tone is not None:
        text = f"{tone.transfer.upper()} up to {tone.peak_nits:,.0f} cd/m² is shown in SDR"
        found.append(Notice(code="tone_mapped", message=text))
    if deinterlace is not None:
        text = "frames of two fields become whole ones; their number stays"
        found.append(Notice(code="deinterlaced", message=text))
    return tuple(found)


def _depth_notices(row: VideoCodec, bits: int) -> tuple[Notice, ...]:
    if bits == EIGHT_BITS or row.keeps_depth:
        return ()
    text = f"{row.name} with {bits} bits a sample plays in few browsers and on few devices"
    return (Notice(code="rarely_played", message=text),)
