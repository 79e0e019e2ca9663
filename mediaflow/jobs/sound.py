"""Runs what a plan makes of sound: files, waveforms and what is measured, from one pass.

Files are read once more before they are published.

Law: one output's failure never stops another; a source that cannot be read stops all.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.audio.backend import audio_backends
from mediaflow.errors import EncodeError, JobCancelledError, MediaflowError
from mediaflow.jobs.rendered import Rendered, refused_by_strict
from mediaflow.jobs.verify import Watched
from mediaflow.jobs.waveform import render_waveform
from mediaflow.models.serde import to_dict
from mediaflow.planning import SoundAnalysisStep, SoundFileStep, WaveformStep
from mediaflow.probing import probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.audio.backend import MadeSound
    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.models.context import Context
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning import FilmPlan, SoundOutputStep
    from mediaflow.security.limits import Limits

__all__ = ["render_sounds"]

LENGTH_SECONDS: Final = 0.06
PRIMED_SAMPLES: Final = 4 * 1152  # that prime a decoder, and fill the last packet


def render_sounds(
    plan: FilmPlan,
    steps: Sequence[SoundOutputStep],
    reader: ByteReader,
    files: OutputFiles,
    context: Context,
    *,
    limits: Limits,
    strict: bool,
    assets: Assets,
    parts: Sequence[ByteReader] = (),
) -> dict[str, Rendered]:
    """Make files of sound and of waveforms, and measure.

    Args:
        plan: What to do.
        steps: What is made.
        reader: The source.
        files: Takes each file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        strict: Whether an output with notices fails.
        assets: The covers that outputs name.
        parts: The sounds that are joined; none for one.

    Returns:
        One entry an output, by name.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    if not steps:
        return {}
    made = audio_backends["libav"].make_sounds(
        plan, steps, reader, files, context, limits=limits, assets=assets, parts=parts
    )
    rendered: dict[str, Rendered] = {}
    for one in made:
        match one.step:
            case SoundFileStep() as step:
                fault = one.error or _fault(one, step, plan, files, context, limits)
                rendered[step.name] = _kept(one, fault, strict=strict)
            case WaveformStep() as step:
                rendered[step.name] = render_waveform(one, step, files, context, strict=strict)
            case SoundAnalysisStep() as step:
                rendered[step.name] = _measured(one, step, files, strict=strict)
            case _:
                assert_never(one.step)
    return rendered


def _kept(made: MadeSound, fault: MediaflowError | None, *, strict: bool) -> Rendered:
    return Rendered(
        step=made.step,
        seconds=made.seconds,
        notices=made.notices,
        error=fault or (refused_by_strict(made.notices) if strict else None),
        duration_seconds=made.duration_seconds,
        data=made.level,
    )


def _measured(
    made: MadeSound, step: SoundAnalysisStep, files: OutputFiles, *, strict: bool
) -> Rendered:
    error = made.error or (refused_by_strict(made.notices) if strict else None)
    if error is None and step.uri and made.found is not None:
        files.put(step, json.dumps(to_dict(made.found), indent=2).encode())
    return Rendered(
        step=step,
        seconds=made.seconds,
        notices=made.notices,
        data=made.found if error is None else None,
        error=error,
        duration_seconds=made.duration_seconds,
    )


def _fault(
    made: MadeSound,
    step: SoundFileStep,
    plan: FilmPlan,
    files: OutputFiles,
    context: Context,
    limits: Limits,
) -> MediaflowError | None:
    """Return why a file that was made cannot be published, or None."""
    try:
        with files.open(step) as reader:
            info = probe(
                Watched(reader, context), limits=replace(limits, allowed_formats=None), deep=True
            )
    except JobCancelledError:
        raise
    except MediaflowError as exc:
        return EncodeError(
            f"the file that was written cannot be read: {exc.message}", stage="verify"
        )
    first = next(_differences(info, made, step, plan), None)
    if first is None:
        return None
    return EncodeError(
        f"the file that was written is not what was encoded: {first}", stage="verify"
    )


def _differences(
    info: MediaInfo, made: MadeSound, step: SoundFileStep, plan: FilmPlan
) -> Iterator[str]:
    if len(info.audio) != 1:
        yield f"it has {len(info.audio)} sounds"
        return
    stream = info.audio[0]
    if step.sound is not None:
        wanted = plan.sounds[step.sound]
        if stream.codec != wanted.codec:
            yield f"its codec is {stream.codec} in place of {wanted.codec}"
        if stream.sample_rate != wanted.sample_rate:
            yield f"it has {stream.sample_rate} Hz in place of {wanted.sample_rate}"
        if stream.channels != wanted.channels:
            yield f"it has {stream.channels} channels in place of {wanted.channels}"
    elif step.copy is not None and stream.codec != step.copy.codec:
        yield f"its codec is {stream.codec} in place of {step.copy.codec}"
    found, length = info.duration_seconds or 0.0, made.duration_seconds or 0.0
    slack = LENGTH_SECONDS + PRIMED_SAMPLES / (stream.sample_rate or PRIMED_SAMPLES)
    if abs(found - length) > slack:
        yield f"it is {found:.3f} s long in place of {length:.3f} s"
