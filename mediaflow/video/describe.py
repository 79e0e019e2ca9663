"""Describes one frame of a film as a picture is described.

Law: the frame is found as a still is; what is said of it is the picture back end's business.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from mediaflow.errors import CorruptMediaError, MediaflowError
from mediaflow.image.backend import image_backends
from mediaflow.image.pillow.raster import raster_of
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.video.backend import MadeAnalysis
from mediaflow.video.picture import frame_picture
from mediaflow.video.seek import frames_at, moving_picture, zero_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from av import VideoFrame

    from mediaflow.frames import ByteReader, Raster
    from mediaflow.models.context import Context
    from mediaflow.planning import AnalysisStep, FilmPlan
    from mediaflow.security.limits import Limits

__all__ = ["describe"]


def describe(
    plan: FilmPlan,
    steps: Sequence[AnalysisStep],
    at: Fraction,
    reader: ByteReader,
    context: Context,
    *,
    limits: Limits,
) -> list[MadeAnalysis]:
    """Describe the frame that is displayed at a moment.

    Args:
        plan: What to do.
        steps: What is said of it.
        at: The moment, in seconds of the film.
        reader: The film.
        context: Cancellation and budget in.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    began = time.perf_counter()
    source = plan.source
    with open_input(
        reader, format=source.format, limits=limits, where=source.uri, check=context.check
    ) as container:
        stream = moving_picture(container, plan.stream)
        open_decoder(stream, limits, threads=context.budget.threads, where=source.uri)
        moment = zero_of(container, stream) + at
        frames = frames_at(
            container,
            stream,
            [moment],
            check=context.check,
            where=source.uri,
            tally=context.tally,
        )
        shown = next(frames, None)
        return [_said(None if shown is None else shown.frame, plan, step, began) for step in steps]


def _said(
    frame: VideoFrame | None, plan: FilmPlan, step: AnalysisStep, began: float
) -> MadeAnalysis:
    try:
        if frame is None:
            raise CorruptMediaError("no frame of the film can be decoded", where=plan.source.uri)
        pixels = frame_picture(frame, plan.looks[step.picture])
        picture = cast("Raster[object]", raster_of(pixels))
        data, notices = image_backends["pillow"].analyze(picture, step)
    except MediaflowError as exc:
        return MadeAnalysis(step=step, seconds=time.perf_counter() - began, error=exc)
    seconds = time.perf_counter() - began
    return MadeAnalysis(step=step, seconds=seconds, found=data, notices=notices)
