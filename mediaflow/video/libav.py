"""The film back end that is built in: PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.video.budget import make_films
from mediaflow.video.describe import describe
from mediaflow.video.part_stills import make_part_stills
from mediaflow.video.remux import remux
from mediaflow.video.sidecar import make_sidecars
from mediaflow.video.stills import make_stills
from mediaflow.video.streaming import make_streams
from mediaflow.video.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import (
        AnalysisStep,
        FilmPlan,
        RemuxStep,
        RenditionStep,
        SidecarStep,
        StillStep,
        StreamStep,
    )
    from mediaflow.planning.preview_steps import SurveyStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import (
        Files,
        MadeAnalysis,
        MadeRendition,
        MadeSidecar,
        MadeStill,
        MadeStream,
        StreamFiles,
        Survey,
    )

__all__ = ["BACKEND", "LibavBackend"]


class LibavBackend:
    """Makes films and stills with the libraries of FFmpeg."""

    def make_renditions(
        self,
        plan: FilmPlan,
        steps: Sequence[RenditionStep],
        reader: ByteReader,
        files: Files,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
        parts: Sequence[ByteReader] = (),
    ) -> Sequence[MadeRendition]:
        """Make all renditions, from one decode where they may; see :func:`make_films`."""
        return make_films(
            plan, steps, reader, files, context, limits=limits, assets=assets, parts=parts
        )

    def make_streams(
        self,
        plan: FilmPlan,
        steps: Sequence[StreamStep],
        beside: Sequence[RenditionStep],
        reader: ByteReader,
        files: StreamFiles,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
    ) -> tuple[Sequence[MadeStream], Sequence[MadeRendition]]:
        """Make streams, and renditions beside them; see :func:`make_streams`."""
        return make_streams(
            plan, steps, beside, reader, files, context, limits=limits, assets=assets
        )

    def remux(
        self,
        plan: FilmPlan,
        step: RemuxStep,
        reader: ByteReader,
        files: Files,
        context: Context,
        *,
        limits: Limits,
    ) -> MadeRendition:
        """Pack a film anew whose picture needs no change; see :func:`remux`."""
        return remux(plan, step, reader, files, context, limits=limits)

    def make_stills(
        self,
        plan: FilmPlan,
        steps: Sequence[StillStep],
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
        assets: Assets,
        parts: Sequence[ByteReader] = (),
    ) -> Sequence[MadeStill]:
        """Make all stills in one forward pass; see :func:`make_stills`."""
        if plan.parts:
            return make_part_stills(plan, steps, parts, context, limits=limits, assets=assets)
        return make_stills(plan, steps, reader, context, limits=limits, assets=assets)

    def make_sidecars(
        self,
        plan: FilmPlan,
        steps: Sequence[SidecarStep],
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
    ) -> Sequence[MadeSidecar]:
        """Make all files of subtitles in one pass; see :func:`make_sidecars`."""
        return make_sidecars(plan, steps, reader, context, limits=limits)

    def survey(
        self,
        plan: FilmPlan,
        steps: Sequence[SurveyStep],
        reader: ByteReader,
        context: Context,
        *,
        best: bool,
        limits: Limits,
    ) -> Survey:
        """Make what is made of all keyframes in one walk; see :func:`survey`."""
        return survey(plan, steps, reader, context, best=best, limits=limits)

    def describe(
        self,
        plan: FilmPlan,
        steps: Sequence[AnalysisStep],
        at: Fraction,
        reader: ByteReader,
        context: Context,
        *,
        limits: Limits,
    ) -> Sequence[MadeAnalysis]:
        """Describe the frame that is displayed at a moment; see :func:`describe`."""
        return describe(plan, steps, at, reader, context, limits=limits)


BACKEND: Final = LibavBackend()
