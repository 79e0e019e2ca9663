"""Which track a waveform is measured on, and what waveforms cost. Pure.

Law: tracks are chosen as for files of sound, so that both of one job read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.planning.film_times import window_of
from mediaflow.planning.names import output_uri
from mediaflow.planning.sound_files import USUAL_RATE, salvaged_notices, track_of
from mediaflow.planning.waveform_steps import plan_waveform, waveform_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.waveform import WaveformOutput
    from mediaflow.planning.sound_files import SoundSource
    from mediaflow.planning.waveform_steps import WaveformStep
    from mediaflow.security.limits import Limits

__all__ = ["plan_waveform_of", "waveform_bytes", "waveform_seconds"]

UNTOLD_SECONDS: Final = 180.0
WAITING_BYTES: Final = 1_000_000  # samples that wait to be measured
POINT_BYTES: Final = 64  # of one channel: its numbers, packed and as text
PIXEL_BYTES: Final = 16  # how much of it is covered, its colour, and the encoder's own
DECODE_SECONDS: Final = 0.002  # a second of stereo, median of MP3 and AAC
PEAK_SECONDS: Final = 0.0003  # a second of stereo


def plan_waveform_of(
    output: WaveformOutput, source: SoundSource, limits: Limits, *, name: str, position: int
) -> WaveformStep:
    """Return how a waveform of a source is made.

    Args:
        output: What is wanted.
        source: The source.
        limits: Limits in force.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        LimitExceededError: A picture has more px than it may.
        SpecError: A time does not fit, or there would be more points than samples allow.
        UnsupportedError: The source has no such track.
    """
    stream = track_of(output, source.info)
    window = window_of(output.start, output.end, source.info)
    uri = output_uri(source.template, source.source_name, output, name, waveform_size(output))
    return plan_waveform(
        output,
        name=name,
        uri=uri,
        position=position,
        stream=stream.index,
        sample_rate=stream.sample_rate or USUAL_RATE,
        samples=None,  # what a header tells of its length is no more than a hint
        limits=limits,
        notices=salvaged_notices(source, window),
    )


def waveform_bytes(steps: Sequence[WaveformStep], info: MediaInfo) -> int:
    """Return the working memory of waveforms, in bytes.

    Args:
        steps: The waveforms.
        info: What the probe found.
    """
    seconds = info.duration_seconds or UNTOLD_SECONDS
    return sum(_bytes(step, seconds, info) for step in steps)


def _bytes(step: WaveformStep, seconds: float, info: MediaInfo) -> int:
    channels = 1
    if step.output.channels == "split":
        channels = next(each.channels or 2 for each in info.audio if each.index == step.stream)
    points = step.points
    if step.samples_per_point is not None:
        points = min(points, int(seconds * step.sample_rate / step.samples_per_point) + 1)
    pixels = 0 if step.encode is None or step.size is None else step.size.pixels
    return WAITING_BYTES + points * channels * POINT_BYTES + pixels * PIXEL_BYTES


def waveform_seconds(info: MediaInfo, count: int, *, is_decoded: bool) -> float:
    """Return the time of waveforms on one typical core, in seconds.

    Args:
        info: What the probe found.
        count: How many are made.
        is_decoded: Whether the sound is decoded for something else as well.
    """
    if not count:
        return 0.0
    each = count * PEAK_SECONDS + (0 if is_decoded else DECODE_SECONDS)
    return (info.duration_seconds or UNTOLD_SECONDS) * each
