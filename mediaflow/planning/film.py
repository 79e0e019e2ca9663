"""Plans one film: its renditions in one pass, its stills, its previews. Pure.

Law: every number that the film room uses is decided here, and nothing is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mediaflow.errors import UnsupportedError
from mediaflow.formats import containers
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.checks import check_memory, check_source
from mediaflow.planning.film_budget import lower_sound, plan_budget
from mediaflow.planning.film_carry import carried_of, untold_languages, unwanted_of
from mediaflow.planning.film_checks import check_places, check_whole
from mediaflow.planning.film_cost import film_bytes, film_seconds
from mediaflow.planning.film_footage import plan_rates, played_window
from mediaflow.planning.film_notices import dropped_streams
from mediaflow.planning.film_previews import Looks, plan_analysis, plan_storyboard
from mediaflow.planning.film_remux import plan_remux, why_not_copied
from mediaflow.planning.film_renditions import plan_preview, plan_rendition
from mediaflow.planning.film_rungs import without_larger
from mediaflow.planning.film_sound import plan_sound
from mediaflow.planning.film_source import FilmSource, check_film_source, choose_stream
from mediaflow.planning.film_steps import FilmPlan
from mediaflow.planning.film_stills import plan_still
from mediaflow.planning.film_subtitles import plan_sidecar
from mediaflow.planning.film_times import window_of
from mediaflow.planning.kinds import narrow_for
from mediaflow.planning.output_names import output_names
from mediaflow.planning.preview_cost import preview_bytes, preview_seconds
from mediaflow.planning.preview_steps import ScenesStep
from mediaflow.planning.sound import plan_sounds
from mediaflow.planning.sound_analysis import (
    plan_sound_analysis,
    sound_analysis_bytes,
    sound_analysis_seconds,
)
from mediaflow.planning.sound_files import SoundSource, plan_sound_file
from mediaflow.planning.steps import AnalysisStep
from mediaflow.planning.stream import plan_stream, stream_bytes
from mediaflow.planning.waveforms import plan_waveform_of, waveform_bytes, waveform_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.film_copies import RemuxStep
    from mediaflow.planning.film_steps import FilmOutputStep
    from mediaflow.planning.frame_steps import SoundStep
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.preview_steps import StoryboardStep, SurveyStep
    from mediaflow.planning.rendition_steps import RenditionStep, SidecarStep, StillStep
    from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
    from mediaflow.planning.steps import AssetStep
    from mediaflow.planning.stream_steps import StreamStep
    from mediaflow.planning.waveform_steps import WaveformStep
    from mediaflow.security.limits import Limits

__all__ = ["plan_film"]


def plan_film(
    outputs: Sequence[Output],
    info: MediaInfo,
    *,
    template: str,
    source_name: SourceName,
    capabilities: Capabilities,
    limits: Limits,
    assets: tuple[AssetStep, ...] = (),
    fail_on: FailOn = "error",
) -> FilmPlan:
    """Return the plan for all outputs of one film.

    Args:
        outputs: Typed outputs, as :func:`check_request` returned them.
        info: What the probe found.
        template: Name template of the outputs.
        source_name: What the template may take from the source.
        capabilities: What is installed, for second inputs and for two passes.
        limits: Limits in force.
        assets: Second inputs of the outputs' filters.
        fail_on: Whether a source that is cut off is an error.

    Raises:
        LimitExceededError: The source or the work is larger than allowed.
        SpecError: A size, a time or a crop does not fit the source, or two outputs share a place.
        TruncatedMediaError: The source is cut off, as its index says, and that is an error.
        UnsupportedError: An output means nothing here, or nothing decodes the source.
    """
    outputs = narrow_for(outputs, info)
    if info.kind == "audio":
        return plan_sounds(
            outputs,
            info,
            template=template,
            source_name=source_name,
            limits=limits,
            assets=assets,
            fail_on=fail_on,
        )
    stream = choose_stream(info)
    check_film_source(info, stream, limits)
    is_cut = info.container is not None and info.container.is_truncated is True
    if is_cut and fail_on == "error":
        check_whole(outputs, info)
    film = FilmSource(
        info=info,
        stream=stream,
        template=template,
        source_name=source_name,
        limits=limits,
        is_salvaged=is_cut,
    )
    for asset in assets:
        if asset.info is not None:
            check_source(asset.info, capabilities, limits)
    steps = _Steps(capabilities)
    for position, (output, name) in enumerate(zip(outputs, output_names(outputs), strict=True)):
        steps.add(output, film, name, position)
    renditions = without_larger(steps.renditions, film)
    check_places((*renditions, *steps.others))
    made = [step for step in renditions if step.same_as is None]
    made += [rung for stream_step in steps.streams for rung in stream_step.rungs]
    surveyed: list[SurveyStep] = [*steps.storyboards, *steps.scenes]
    surveyed += [step.storyboard for step in steps.streams if step.storyboard is not None]
    best = bool(steps.analyses) or any(step.at is None for step in steps.stills)
    peak = film_bytes(stream, made, steps.stills, assets) + preview_bytes(surveyed, info)
    peak += waveform_bytes(steps.waveforms, info) + stream_bytes(steps.streams)
    peak += sound_analysis_bytes(steps.sound_analyses, info)
    check_memory(peak, limits, where=info.uri)
    return FilmPlan(
        source=info,
        stream=stream.index,
        sounds=tuple(steps.sounds),
        renditions=renditions,
        remuxes=tuple(steps.remuxes),
        streams=tuple(steps.streams),
        stills=tuple(steps.stills),
        sound_files=tuple(steps.sound_files),
        waveforms=tuple(steps.waveforms),
        sound_analyses=tuple(steps.sound_analyses),
        sidecars=tuple(steps.sidecars),
        storyboards=tuple(steps.storyboards),
        scenes=tuple(steps.scenes),
        analyses=tuple(steps.analyses),
        looks=tuple(steps.looks.steps),
        assets=assets,
        fail_on=fail_on,
        peak_bytes=peak,
        estimated_seconds=film_seconds(info, stream, made, steps.stills)
        + preview_seconds(surveyed, info, stream, best=best)
        + waveform_seconds(info, len(steps.waveforms), is_decoded=bool(steps.sound_files))
        + sound_analysis_seconds(
            steps.sound_analyses, info, is_decoded=bool(steps.sound_files or steps.waveforms)
        ),
    )


class _Steps:
    """The steps of the outputs so far."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self.storyboards: list[StoryboardStep] = []
        self.scenes: list[ScenesStep] = []
        self.analyses: list[AnalysisStep] = []
        self.looks = Looks()
        self.sounds: list[SoundStep] = []
        self.renditions: list[RenditionStep] = []
        self.remuxes: list[RemuxStep] = []
        self.streams: list[StreamStep] = []
        self.sound_files: list[SoundFileStep] = []
        self.waveforms: list[WaveformStep] = []
        self.sound_analyses: list[SoundAnalysisStep] = []
        self.stills: list[StillStep] = []
        self.sidecars: list[SidecarStep] = []

    @property
    def others(self) -> tuple[FilmOutputStep, ...]:
        """All steps but those of films that are encoded."""
        return (
            *self.remuxes,
            *self.streams,
            *self.sound_files,
            *self.waveforms,
            *self.sound_analyses,
            *self.stills,
            *self.sidecars,
            *self.storyboards,
            *self.scenes,
            *self.analyses,
        )

    def add(self, output: Output, film: FilmSource, name: str, position: int) -> None:
        """Plan one more output."""
        match output:
            case VideoOutput():
                self._add_rendition(output, film, name, position)
            case StreamOutput():
                self.streams.append(
                    plan_stream(
                        output, film, self.looks, self._shared, name=name, position=position
                    )
                )
            case AudioOutput():
                self._add_sound_file(output, film, name, position)
            case WaveformOutput():
                self._add_waveform(output, film, name, position)
            case PreviewOutput():
                self.renditions.append(plan_preview(output, film, name=name, position=position))
            case StillOutput():
                index = len(self.stills)
                step = plan_still(output, film, name=name, position=position, index=index)
                self.stills.append(step)
            case SubtitleOutput():
                self.sidecars.append(plan_sidecar(output, film, name=name, position=position))
            case StoryboardOutput():
                self.storyboards.append(
                    plan_storyboard(output, film, self.looks, name=name, position=position)
                )
            case AnalysisOutput():
                self._add_analysis(output, film, name, position)
            case _:  # narrow_for left nothing else
                raise UnsupportedError(f"films have no {output.kind} output")

    def _add_sound_file(
        self, output: AudioOutput, film: FilmSource, name: str, position: int
    ) -> None:
        source = _heard(film)
        step = plan_sound_file(output, source, self._shared, name=name, position=position)
        self.sound_files.append(step)

    def _add_waveform(
        self, output: WaveformOutput, film: FilmSource, name: str, position: int
    ) -> None:
        step = plan_waveform_of(output, _heard(film), film.limits, name=name, position=position)
        self.waveforms.append(step)

    def _add_rendition(
        self, output: VideoOutput, film: FilmSource, name: str, position: int
    ) -> None:
        window = window_of(output.start, output.end, film.info)
        reason = why_not_copied(output, film)
        is_late = reason is None and output.trim == "keyframe"
        track = plan_sound(output, film.info, window, may_be_late=is_late)
        container = containers[output.format]
        carried = carried_of(output, film.info, container, window, track.copies)
        unwanted = unwanted_of(output, film.info)
        kept = {film.stream.index, *track.kept, *carried.streams, *unwanted}
        said = set(carried.streams)
        if reason is None:
            said.add(film.stream.index)
        if track.step is not None:
            said.add(track.step.stream)
        notices = (
            *track.notices,
            *dropped_streams(film.info, kept),
            *untold_languages(film.info, said, container),
        )
        played = played_window(window, output)
        kept_sound, told = lower_sound(
            track.step, output, played, plan_rates(output, film, window).frame_rate
        )
        sound = self._sound(kept_sound)
        if reason is None:
            remux = plan_remux(
                output,
                film,
                window,
                name=name,
                position=position,
                sound=sound,
                carried=carried,
                notices=notices,
            )
            self.remuxes.append(remux)
            return
        step = plan_rendition(
            output,
            film,
            name=name,
            position=position,
            sound=sound,
            carried=carried,
            reason=reason,
            notices=(*notices, *told),
        )
        self.renditions.append(plan_budget(step, kept_sound, film.info, played, self._capabilities))

    def _sound(self, step: SoundStep | None) -> int | None:
        return None if step is None else self._shared(step)

    def _shared(self, step: SoundStep) -> int:
        """Return the place of a sound among those that are encoded; equal ones are one."""
        if step not in self.sounds:
            self.sounds.append(step)
        return self.sounds.index(step)

    def _add_analysis(
        self, output: AnalysisOutput, film: FilmSource, name: str, position: int
    ) -> None:
        if output.is_of_sound:
            heard = plan_sound_analysis(output, _heard(film), name=name, position=position)
            self.sound_analyses.append(heard)
            return
        step = plan_analysis(
            output,
            film,
            self.looks,
            name=name,
            position=position,
            capabilities=self._capabilities,
        )
        match step:
            case ScenesStep():
                self.scenes.append(step)
            case AnalysisStep():
                self.analyses.append(step)
            case _:
                assert_never(step)


def _heard(film: FilmSource) -> SoundSource:
    """Return the sound of a film."""
    return SoundSource(
        info=film.info,
        template=film.template,
        source_name=film.source_name,
        is_salvaged=film.is_salvaged,
    )
