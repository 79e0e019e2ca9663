"""Which track is measured, what that costs, and how it is told. Pure.

Law: tracks are chosen as for files of sound, so that both of one job read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.planning.film_times import window_of
from mediaflow.planning.names import output_uri
from mediaflow.planning.sound_files import salvaged_notices, track_of
from mediaflow.planning.sound_steps import SoundAnalysisStep
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.analysis import AnalysisOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.sound_files import SoundSource

__all__ = [
    "plan_sound_analysis",
    "sound_analysis_bytes",
    "sound_analysis_seconds",
    "sound_analysis_words",
]

UNTOLD_SECONDS: Final = 180.0
WAITING_BYTES: Final = 8_000_000  # samples that wait, and those that are looked at
SECOND_BYTES: Final = 2_000  # ten steps: their power, and two numbers that are told, also as text
DECODE_SECONDS: Final = 0.002  # a second of stereo, median of MP3 and AAC
LOUDNESS_SECONDS: Final = 0.0034  # a second of stereo at 48 kHz
SILENCE_SECONDS: Final = 0.00025  # a second of stereo


def plan_sound_analysis(
    output: AnalysisOutput, source: SoundSource, *, name: str, position: int
) -> SoundAnalysisStep:
    """Return how a sound is measured.

    Args:
        output: What is wanted.
        source: The source.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        SpecError: The name of a file that is to be stored is unsafe.
        UnsupportedError: The source has no such track.
    """
    uri = ""
    if output.store:
        uri = output_uri(source.template, source.source_name, output, name, None)
    return SoundAnalysisStep(
        name=name,
        uri=uri,
        position=position,
        output=output,
        stream=track_of(output, source.info).index,
        notices=salvaged_notices(source, window_of(0.0, None, source.info)),
    )


def sound_analysis_bytes(steps: Sequence[SoundAnalysisStep], info: MediaInfo) -> int:
    """Return the working memory of what is measured, in bytes.

    Args:
        steps: What is measured.
        info: What the probe found.
    """
    seconds = info.duration_seconds or UNTOLD_SECONDS
    return len(steps) * (WAITING_BYTES + int(seconds * SECOND_BYTES))


def sound_analysis_seconds(
    steps: Sequence[SoundAnalysisStep], info: MediaInfo, *, is_decoded: bool
) -> float:
    """Return the time of what is measured on one typical core, in seconds.

    Args:
        steps: What is measured.
        info: What the probe found.
        is_decoded: Whether the sound is decoded for something else as well.
    """
    if not steps:
        return 0.0
    asked = {word for step in steps for word in step.output.what}
    each = LOUDNESS_SECONDS * ("loudness" in asked) + SILENCE_SECONDS * ("silence" in asked)
    return (info.duration_seconds or UNTOLD_SECONDS) * (
        each + (0 if is_decoded else DECODE_SECONDS)
    )


def sound_analysis_words(step: SoundAnalysisStep) -> list[str]:
    """Return what will be measured."""
    output = step.output
    silence = f"silences of {output.silence_seconds:g} s or more up to {output.silence_dbfs:g} dBFS"
    told = {"loudness": "loudness and peaks", "silence": silence}
    what = " and ".join(words for word, words in told.items() if word in output.what)
    place = f" → {redact(step.uri)}" if step.uri else " as data"
    return [
        f"output {step.name}: {what} of stream {step.stream}{place}",
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]
