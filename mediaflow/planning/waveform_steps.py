"""The step of a waveform, and how many samples make one of its points. Pure.

Law: a plan is data. Where the length of a sound is told by its header alone, nothing depends on it:
finer points are measured, and joined when all of them are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.geometry import Size
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.result import Notice
from mediaflow.models.waveform import MAX_POINTS, WaveformFormat, WaveformOutput
from mediaflow.planning.film_times import exact
from mediaflow.planning.narrow import choose_encoder
from mediaflow.planning.steps import EncodeStep

if TYPE_CHECKING:
    from mediaflow.security.limits import Limits

__all__ = ["WaveformStep", "plan_waveform", "waveform_size"]

USUAL_POINTS: Final = 20  # a second
USUAL_SIZE: Final = Size(1800, 280)
FEWEST_SAMPLES: Final = 2  # of a point, as in audiowaveform
FINER: Final = 16  # points of a column at most, and at least half as many: its edges fall on them


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformStep:
    """Measure the points of one track, and write or draw them."""

    name: str
    uri: str = field(repr=False)
    """Final place; may hold a signed query, so it is never shown unredacted."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: WaveformOutput
    format: WaveformFormat
    stream: int
    """Index of the track among all streams of the source."""

    sample_rate: int
    """Hz that points are counted in."""

    samples_per_point: int | None
    """Samples that make a point; None measures few of them and joins points in pairs."""

    points: int
    """Most points that are held."""

    most: int | None
    """Most points that are written, or told of a picture; None is all that were measured."""

    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    size: Size | None
    """Size of the picture in px; None for JSON."""

    encode: EncodeStep | None
    """How a picture of px is encoded; None for JSON and SVG."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    crop: None = None
    same_as: None = None
    animation: None = None


def plan_waveform(
    output: WaveformOutput,
    *,
    name: str,
    uri: str,
    position: int,
    stream: int,
    sample_rate: int,
    samples: int | None,
    limits: Limits,
    notices: tuple[Notice, ...] = (),
) -> WaveformStep:
    """Return how a waveform is made.

    Args:
        output: What is wanted.
        name: Name of the output.
        uri: Its place.
        position: Its place among all outputs.
        stream: Index of the track.
        sample_rate: Hz of the track.
        samples: Length of the part in samples of a channel, where it is known exactly.
        limits: Limits in force.
        notices: What will be lost or changed.

    Raises:
        LimitExceededError: It has more points or px than it may.
        SpecError: It would have more points than samples allow.
    """
    size = waveform_size(output)
    each, points = _points(output, sample_rate, samples, size)
    if size is not None:
        limits.check("max_output_pixels", size.pixels, who="a waveform")
    if each is not None and samples is not None and -(-samples // each) > MAX_POINTS:
        raise LimitExceededError(
            f"a waveform would have more than {MAX_POINTS:,} points",
            hint="ask for fewer points a second, or for a part of the sound",
        )
    return WaveformStep(
        name=name,
        uri=uri,
        position=position,
        output=output,
        format=output.format,
        stream=stream,
        sample_rate=sample_rate,
        samples_per_point=each,
        points=points,
        most=output.width if size is None else size.width,
        start=exact(output.start),
        end=None if output.end is None else exact(output.end),
        size=size,
        encode=_encode(name, uri, size, notices) if size and output.format == "png" else None,
        notices=notices,
    )


def waveform_size(output: WaveformOutput) -> Size | None:
    """Return the size of the picture in px; None for JSON."""
    if not output.is_picture:
        return None
    return Size(output.width or USUAL_SIZE.width, output.height or USUAL_SIZE.height)


def _points(
    output: WaveformOutput, rate: int, samples: int | None, size: Size | None
) -> tuple[int | None, int]:
    """Return the samples of a point and the most points that are held."""
    if size is not None:
        return None, FINER * size.width
    if output.samples_per_point is not None:
        return output.samples_per_point, MAX_POINTS
    if output.width is not None:
        if samples is None:
            return None, FINER * output.width
        return max(-(-samples // output.width), FEWEST_SAMPLES), MAX_POINTS
    wanted = exact(output.points_per_second or USUAL_POINTS)
    each = int(rate / wanted)  # cut off, as audiowaveform does
    if each < FEWEST_SAMPLES:
        raise SpecError(
            f"points_per_second {float(wanted):g} is more than half of {rate:,} samples a second",
            field="points_per_second",
            value=output.points_per_second,
        )
    return each, MAX_POINTS


def _encode(name: str, uri: str, size: Size, notices: tuple[Notice, ...]) -> EncodeStep:
    picture = ImageOutput("png")
    choice = choose_encoder(picture)
    return EncodeStep(
        name=name,
        uri=uri,
        picture=0,
        output=picture,
        format=choice.row.name,
        arguments=choice.arguments,
        size=size,
        crop=None,
        flatten=False,
        notices=notices,
    )
