"""Plans one source of sound: its files of sound, its waveforms, what is measured. Pure.

Law: every number that the audio room uses is decided here, and nothing is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.checks import check_allowed, check_memory
from mediaflow.planning.film_checks import check_places, check_whole
from mediaflow.planning.film_steps import FilmPlan
from mediaflow.planning.output_names import output_names
from mediaflow.planning.sound_analysis import (
    plan_sound_analysis,
    sound_analysis_bytes,
    sound_analysis_seconds,
)
from mediaflow.planning.sound_files import SoundSource, plan_sound_file
from mediaflow.planning.stream import plan_sound_stream, stream_bytes
from mediaflow.planning.waveforms import plan_waveform_of, waveform_bytes, waveform_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.frame_steps import SoundStep
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
    from mediaflow.planning.steps import AssetStep
    from mediaflow.planning.stream_steps import StreamStep
    from mediaflow.planning.waveform_steps import WaveformStep
    from mediaflow.security.limits import Limits

__all__ = ["plan_sounds", "sound_seconds"]

FIXED_BYTES: Final = 24_000_000  # decoders, encoders and muxers
LANE_BYTES: Final = 4_000_000  # of one encoder, and what waits for it
DECODE_SECONDS: Final = 0.002  # a second of stereo, median of MP3 and AAC
ENCODE_SECONDS: Final = 0.012  # a second of stereo, median of MP3, AAC and Opus
UNTOLD_SECONDS: Final = 180.0


def plan_sounds(
    outputs: Sequence[Output],
    info: MediaInfo,
    *,
    template: str,
    source_name: SourceName,
    limits: Limits,
    assets: tuple[AssetStep, ...] = (),
    fail_on: FailOn = "error",
) -> FilmPlan:
    """Return the plan for all outputs of a source that has sound and no moving picture.

    Args:
        outputs: Typed outputs that mean something of sound.
        info: What the probe found.
        template: Name template of the outputs.
        source_name: What the template may take from the source.
        limits: Limits in force.
        assets: The covers that outputs name.
        fail_on: Whether a source that is cut off is an error.

    Raises:
        LimitExceededError: The source or the work is larger than allowed.
        SpecError: A time does not fit the source, or two outputs share a place.
        TruncatedMediaError: The source is cut off, as its index says, and that is an error.
        UnsupportedError: An output means nothing here, or nothing decodes the source.
    """
    check_allowed(info, limits)
    if info.bytes is not None:
        limits.check("max_input_bytes", info.bytes, where=info.uri)
    is_cut = info.container is not None and info.container.is_truncated is True
    if is_cut and fail_on == "error":
        check_whole(outputs, info)
    source = SoundSource(info=info, template=template, source_name=source_name, is_salvaged=is_cut)
    sounds: list[SoundStep] = []

    def shared(step: SoundStep) -> int:
        if step not in sounds:
            sounds.append(step)
        return sounds.index(step)

    steps: list[SoundFileStep] = []
    waveforms: list[WaveformStep] = []
    analyses: list[SoundAnalysisStep] = []
    streams: list[StreamStep] = []
    for position, (output, name) in enumerate(zip(outputs, output_names(outputs), strict=True)):
        match output:
            case AudioOutput():
                steps.append(plan_sound_file(output, source, shared, name=name, position=position))
            case WaveformOutput():
                waveforms.append(
                    plan_waveform_of(output, source, limits, name=name, position=position)
                )
            case AnalysisOutput():
                analyses.append(plan_sound_analysis(output, source, name=name, position=position))
            case StreamOutput():
                streams.append(
                    plan_sound_stream(output, source, shared, name=name, position=position)
                )
            case _:  # narrow_for left nothing else
                raise UnsupportedError(f"sounds have no {output.kind} output", where=info.uri)
    check_places((*steps, *waveforms, *analyses, *streams))
    peak = FIXED_BYTES + LANE_BYTES * len(sounds) + waveform_bytes(waveforms, info)
    peak += sound_analysis_bytes(analyses, info) + stream_bytes(streams)
    check_memory(peak, limits, where=info.uri)
    return FilmPlan(
        source=info,
        stream=None,
        sounds=tuple(sounds),
        streams=tuple(streams),
        sound_files=tuple(steps),
        waveforms=tuple(waveforms),
        sound_analyses=tuple(analyses),
        assets=assets,
        fail_on=fail_on,
        peak_bytes=peak,
        estimated_seconds=sound_seconds(info, len(sounds))
        + waveform_seconds(info, len(waveforms), is_decoded=True)
        + sound_analysis_seconds(analyses, info, is_decoded=True),
    )


def sound_seconds(info: MediaInfo, sounds: int) -> float:
    """Return the time that sounds take on one typical core, in seconds.

    Args:
        info: What the probe found.
        sounds: How many are encoded.
    """
    seconds = info.duration_seconds or UNTOLD_SECONDS
    return seconds * (DECODE_SECONDS + sounds * ENCODE_SECONDS)
