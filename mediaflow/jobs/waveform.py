"""Makes the file of a waveform from the points of a track.

Law: rooms meet here: sound measures and draws, the picture room encodes, and the text of JSON and
SVG is made by the formats.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, cast

from mediaflow.audio.waveform_picture import bars_coverage, outline_coverage, painted
from mediaflow.audio.waveform_shape import bars_of, outline_of
from mediaflow.errors import MediaflowError
from mediaflow.formats.waveform_json import waveform_json
from mediaflow.formats.waveform_svg import bars_path, outline_path, waveform_svg
from mediaflow.image.backend import image_backends
from mediaflow.image.pillow.raster import raster_of
from mediaflow.jobs.rendered import Rendered, refused_by_strict
from mediaflow.models.color import parse_color
from mediaflow.models.waveform import TRANSPARENT

if TYPE_CHECKING:
    from mediaflow.audio.backend import MadeSound
    from mediaflow.audio.points import Peaks
    from mediaflow.audio.waveform_shape import Bars
    from mediaflow.frames import Raster
    from mediaflow.geometry import Size
    from mediaflow.jobs.rendered import Sink
    from mediaflow.models.color import Rgb
    from mediaflow.models.context import Context
    from mediaflow.models.waveform import WaveformData, WaveformOutput
    from mediaflow.planning.steps import EncodeStep
    from mediaflow.planning.waveform_steps import WaveformStep

__all__ = ["encode_waveform", "render_waveform", "waveform_data"]

GAP: Final = 2  # a bar is so many times as wide as what is between two


def render_waveform(
    made: MadeSound, step: WaveformStep, files: Sink, context: Context, *, strict: bool
) -> Rendered:
    """Make the file of a waveform that was measured.

    Args:
        made: What was measured, or why nothing was.
        step: What is made of it.
        files: Takes the file.
        context: Cancellation.
        strict: Whether an output with notices fails.

    Raises:
        JobCancelledError: The caller gave up.
    """
    began = time.perf_counter()
    context.check()
    error = made.error or (refused_by_strict(made.notices) if strict else None)
    data: WaveformData | None = None
    if error is None and made.peaks is not None:
        try:
            files.put(step, encode_waveform(made.peaks, step))
            data = waveform_data(made.peaks, step)
        except MediaflowError as exc:
            error = exc
    return Rendered(
        step=step,
        seconds=made.seconds + time.perf_counter() - began,
        notices=made.notices,
        data=data,
        error=error,
        duration_seconds=made.duration_seconds,
    )


def waveform_data(peaks: Peaks, step: WaveformStep) -> WaveformData:
    """Return the points as data: as many as was asked for, of a picture one a column or fewer."""
    shown = peaks if step.most is None else peaks.joined(step.most)
    return shown.data(step.output.bits)


def encode_waveform(peaks: Peaks, step: WaveformStep) -> bytes:
    """Return the file of a waveform.

    Args:
        peaks: What was measured by the step.
        step: What is made of it.

    Raises:
        EncodeError: The encoder of the picture failed.
    """
    if step.size is None:
        return "".join(waveform_json(waveform_data(peaks, step))).encode()
    if step.encode is None:
        return _drawing(peaks, step.output, step.size).encode()
    return _picture(peaks, step.output, step.size, step.encode)


def _drawing(peaks: Peaks, output: WaveformOutput, size: Size) -> str:
    bars = _bars(peaks, output, size)
    if bars is None:
        outline = outline_of(peaks, size, normalize=output.normalize)
        lanes = zip(outline.tops.tolist(), outline.bottoms.tolist(), strict=True)
        path = "".join(outline_path(tops, bottoms) for tops, bottoms in lanes)
    else:
        radius = bars.width / 2
        middles = (bars.lefts + radius).tolist()
        lanes = zip((bars.tops + radius).tolist(), (bars.bottoms - radius).tolist(), strict=True)
        path = "".join(bars_path(middles, tops, bottoms) for tops, bottoms in lanes)
    return waveform_svg(
        path,
        size,
        color=parse_color(output.color, name="color"),
        background=_background(output),
        bar_width=None if bars is None else bars.width,
    )


def _picture(peaks: Peaks, output: WaveformOutput, size: Size, encode: EncodeStep) -> bytes:
    bars = _bars(peaks, output, size)
    if bars is None:
        outline = outline_of(peaks, size, normalize=output.normalize)
        coverage = outline_coverage(outline, size)
    else:
        coverage = bars_coverage(bars, size)
    color = parse_color(output.color, name="color")
    pixels = painted(coverage, color=color, background=_background(output))
    raster = cast("Raster[object]", raster_of(pixels))
    data, _ = image_backends["pillow"].encode(raster, encode)
    return data


def _bars(peaks: Peaks, output: WaveformOutput, size: Size) -> Bars | None:
    if output.bar_width is None:
        return None
    gap = -(-output.bar_width // GAP) if output.bar_gap is None else output.bar_gap
    return bars_of(peaks, size, width=output.bar_width, gap=gap, normalize=output.normalize)


def _background(output: WaveformOutput) -> Rgb | None:
    return None if output.background == TRANSPARENT else parse_color(output.background)
