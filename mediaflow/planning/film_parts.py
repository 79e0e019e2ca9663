"""Plans films that are joined into one: what each part adds to the plan of the whole. Pure.

Law: the whole is planned like any film, by the facts of the joined one; here stands only what differs
from part to part. Nothing of a joined film is copied: all of it is decoded and encoded.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, TruncatedMediaError, UnsupportedError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import BEST, PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.checks import check_memory
from mediaflow.planning.film import plan_film
from mediaflow.planning.film_color import RGB_COLOR, source_color
from mediaflow.planning.film_cost import film_bytes
from mediaflow.planning.film_source import check_film_source, choose_stream
from mediaflow.planning.film_steps import PartStep
from mediaflow.planning.film_times import exact, window_of
from mediaflow.planning.film_verdicts import COPY
from mediaflow.planning.kinds import narrow_for
from mediaflow.planning.part_errors import naming
from mediaflow.planning.part_facts import FoundPart, joined_info, part_at, streams_of
from mediaflow.planning.part_frames import part_frames, part_pictures
from mediaflow.planning.part_notices import left_out, part_notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.concat import Part
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.film_steps import FilmPlan
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.rendition_steps import RenditionStep, StillStep
    from mediaflow.planning.steps import AssetStep
    from mediaflow.security.limits import Limits

__all__ = ["check_parts", "found_part", "plan_parts"]

JOINED_WORDS: Final = "parts are joined"
VOWELS: Final = "aeiou"


def found_part(part: Part, info: MediaInfo, *, label: str, claimed: str | None = None) -> FoundPart:
    """Return a part as it was found.

    Args:
        part: What was asked for.
        info: What the probe found.
        label: What messages call it, without secrets.
        claimed: Format that the name of the source claims, or None.

    Raises:
        SpecError: It starts beyond the end of its film.
        UnsupportedError: It is no film, or one that cannot be decoded.
    """
    with naming(label):
        if info.kind == "image":
            raise UnsupportedError(
                f"a {info.format} picture cannot be a part of a film",
                hint="make a film of it first",
                where=info.uri,
            )
        window_of(part.start, part.end, info)
        return FoundPart(
            label=label,
            info=info,
            stream=choose_stream(info),
            start=exact(part.start),
            end=None if part.end is None else exact(part.end),
            claimed=claimed,
        )


def check_parts(parts: Sequence[FoundPart], limits: Limits) -> MediaInfo:
    """Refuse parts that may not be read; return what they make together.

    Args:
        parts: The parts in order.
        limits: Limits in force, for each part and for all together.

    Raises:
        LimitExceededError: A part, or all together, are larger or longer than allowed.
        UnidentifiedMediaError: The format of a part is not among those that the limits allow.
    """
    for part in parts:
        with naming(part.label):
            check_film_source(part.info, part.stream, limits)
    whole = joined_info(parts)
    limits.check("max_input_bytes", whole.bytes or 0, who="all parts together")
    limits.check(
        "max_duration_seconds", ceil(whole.duration_seconds or 0), who="all parts together"
    )
    return whole


def plan_parts(
    outputs: Sequence[Output],
    parts: Sequence[FoundPart],
    *,
    template: str,
    source_name: SourceName,
    capabilities: Capabilities,
    limits: Limits,
    assets: tuple[AssetStep, ...] = (),
    fail_on: FailOn = "error",
) -> FilmPlan:
    """Return the plan for all outputs of films that are joined.

    Args:
        outputs: Typed outputs, as :func:`check_request` returned them.
        parts: The parts in order.
        template: Name template of the outputs.
        source_name: What the template may take from the source.
        capabilities: What is installed, for second inputs.
        limits: Limits in force, for each part and for all together.
        assets: Second inputs of the outputs' filters.
        fail_on: Whether a part that is cut off is an error.

    Raises:
        LimitExceededError: A part, all together, or the work are larger than allowed.
        SpecError: A size, a time or a crop does not fit, or two outputs share a place.
        TruncatedMediaError: A part is cut off, as its index says, and that is an error.
        UnsupportedError: An output means nothing here, or parts do not go together.
    """
    info = check_parts(parts, limits)
    outputs = narrow_for(outputs, info)
    _check_possible(outputs)
    if fail_on == "error":
        _check_whole(parts)
    plan = plan_film(
        outputs,
        info,
        template=template,
        source_name=replace(source_name, format=None),
        capabilities=capabilities,
        limits=replace(limits, allowed_formats=None),  # each part was asked
        assets=assets,
        fail_on=fail_on,
    )
    made = [step for step in plan.renditions if step.same_as is None]
    peaks = (film_bytes(part.stream, made, plan.stills, assets) for part in parts)
    peak = max(plan.peak_bytes, *peaks)
    check_memory(peak, limits, where=None)
    return replace(
        plan,
        sounds=tuple(replace(sound, reason=JOINED_WORDS) for sound in plan.sounds),
        parts=tuple(_step(part, parts) for part in parts),
        renditions=tuple(
            _rendition(step, outputs, plan, parts, limits) for step in plan.renditions
        ),
        stills=tuple(_still(step, outputs, parts, limits) for step in plan.stills),
        peak_bytes=peak,
    )


def _step(part: FoundPart, parts: Sequence[FoundPart]) -> PartStep:
    return PartStep(
        label=part.label,
        source=part.info,
        streams=streams_of(part, parts),
        color=source_color(part.stream),
        start=part.start,
        end=part.end,
        seconds=part.seconds,
    )


def _rendition(
    step: RenditionStep,
    outputs: Sequence[Output],
    plan: FilmPlan,
    parts: Sequence[FoundPart],
    limits: Limits,
) -> RenditionStep:
    """Return a rendition with the frames and the notices of all parts."""
    if step.same_as is not None:
        return step
    video = step.video
    frames = part_frames(video.frame, outputs[step.position], parts, limits)
    sound = None if step.sound is None else plan.sounds[step.sound]
    is_rgb = video.frame.color == RGB_COLOR
    notices = part_notices(step.notices, parts, frames, sound, to_rgb=is_rgb)
    if isinstance(step.output, VideoOutput):
        notices = (*notices, *left_out(step.output, parts, sound))
    reason = JOINED_WORDS if step.reason else ""
    video = replace(video, part_frames=frames)
    return replace(step, video=video, reason=reason, notices=notices)


def _still(
    step: StillStep, outputs: Sequence[Output], parts: Sequence[FoundPart], limits: Limits
) -> StillStep:
    """Return a still with the frames and the notices of all parts."""
    padded = replace(step.frame, canvas=step.size, offset=step.picture.offset)
    frames = part_frames(padded, outputs[step.position], parts, limits)
    bare, pictures = part_pictures(step.frame, step.picture, frames)
    shown = part_at(step.at or Fraction(0), parts)
    notices = part_notices(step.notices, parts, frames, None, to_rgb=True, shown=shown)
    return replace(step, part_frames=bare, part_pictures=pictures, notices=notices)


def _check_possible(outputs: Sequence[Output]) -> None:
    """Refuse what is made of one film only.

    Raises:
        SpecError: A copy is asked: packets of two films do not go together in one stream.
        UnsupportedError: Something else is asked than films, previews and stills at a moment.
    """
    for output in outputs:
        match output:
            case VideoOutput():
                _refuse_copy(output)
            case StillOutput(at=at) if at == BEST:
                raise _refusal("the best still")
            case StillOutput() | PreviewOutput():
                pass
            case AudioOutput() | WaveformOutput():
                raise _other_job(_named(output))
            case AnalysisOutput() if output.is_of_sound:
                raise _other_job("an analysis of sound")
            case _:
                raise _refusal(_named(output))


def _named(output: Output) -> str:
    article = "an" if output.kind[0] in VOWELS else "a"
    return f"{article} {output.kind} output"


def _refuse_copy(output: VideoOutput) -> None:
    for name in ("codec", "audio"):
        if getattr(output, name) == COPY:
            raise SpecError(
                f"{name}='copy' is not for films that are joined: all of them are encoded",
                hint=f"leave {name} out",
                field=name,
            )


def _other_job(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"films are joined in one job into pictures or into sound; this one asks for {what} beside "
        "pictures",
        hint="ask for all that is heard in a second job of the same Concat",
    )


def _refusal(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"{what} is not made of films that are joined",
        hint="join them first, then make it of what came out",
    )


def _check_whole(parts: Sequence[FoundPart]) -> None:
    """Refuse a part that is cut off, where it would be read to its end."""
    for part in parts:
        if part.is_cut_off:
            raise TruncatedMediaError(
                f"{part.label}: the source is cut off before its end",
                hint='fail_on="none" uses what is left of it',
                where=part.info.uri,
            )
