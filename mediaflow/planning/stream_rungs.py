"""The renditions of an adaptive stream: which sizes, at which rates, on one grid of keyframes. Pure.

Law: a rung is planned like any film, so that it is scaled, coloured and coded like one. Only what a
player needs differs: one grid of keyframes, a codec that mp4 holds, and no tags.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.formats import containers
from mediaflow.formats.fragments import FRAGMENTED_PICTURE
from mediaflow.models.adaptive import Rendition
from mediaflow.models.film import VideoOutput
from mediaflow.models.result import Notice
from mediaflow.planning.film_codecs import check_video, choose_audio
from mediaflow.planning.film_copies import NOTHING
from mediaflow.planning.film_geometry import is_above
from mediaflow.planning.film_renditions import plan_rendition, rendition_wish

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments
    from mediaflow.geometry import Size
    from mediaflow.models.adaptive import StreamOutput
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.rendition_steps import RenditionStep

__all__ = ["CONTAINER", "LADDER", "SAFE_TEMPLATE", "check_stream", "plan_rungs"]

CONTAINER: Final = "mp4"
SAFE_TEMPLATE: Final = "{name}.{ext}"
"""Names what has no place of its own."""

LADDER: Final[dict[int, int]] = {1080: 8_500_000, 720: 6_000_000, 540: 3_500_000, 360: 1_500_000}
"""Lines of the rungs that are taken by themselves, and most bits a second that each may take."""

BUFFER_SECONDS: Final = 2


def check_stream(output: StreamOutput) -> None:
    """Refuse a stream that cannot be written, whatever the source is.

    Raises:
        SpecError: A rate does not fit its codec, or a codec of a sound does not fit mp4.
    """
    rungs = () if output.renditions == "auto" else output.renditions
    for rung in rungs:
        check_video(_film_of(output, rung))
    for track in output.audio:
        choose_audio(track, containers[CONTAINER])


def plan_rungs(
    output: StreamOutput, film: FilmSource
) -> tuple[tuple[RenditionStep, ...], tuple[Notice, ...]]:
    """Return the renditions, largest first, and what is told of those that are left out.

    Args:
        output: What is wanted.
        film: The source.

    Raises:
        LimitExceededError: A rendition has more px than the limits allow.
        SpecError: A time or a size does not fit.
    """
    asked = _ladder(film.stream.display_size) if output.renditions == "auto" else output.renditions
    wanted = sorted(asked, key=lambda rung: -rung.height)
    above = [rung for rung in wanted if _is_above(output, rung, film)]
    told: tuple[Notice, ...] = ()
    if len(above) == len(wanted):
        above.remove(above[-1])  # something must play, at the source's own size
    if above and output.renditions != "auto":
        size = film.info.size
        lines = ", ".join(str(rung.height) for rung in above)
        text = f"left out: the source has {size.width}×{size.height} px, which is below {lines}"
        told = (Notice(code="rung_above_source", message=text),)
    steps: dict[str, RenditionStep] = {}
    for rung in wanted:
        if rung in above:
            continue
        step = _rung(output, rung, film)
        steps.setdefault(step.name, step)
    return tuple(steps.values()), told


def _ladder(source: Size) -> tuple[Rendition, ...]:
    """Return the rungs that are taken by themselves; lines are those of the shorter side."""
    shorter = min(source.width, source.height)
    factor = source.height / shorter
    return tuple(Rendition(round(lines * factor / 2) * 2) for lines in LADDER)


def _is_above(output: StreamOutput, rung: Rendition, film: FilmSource) -> bool:
    return is_above(rendition_wish(_film_of(output, rung)), film.stream)


def _film_of(output: StreamOutput, rung: Rendition) -> VideoOutput:
    """Return the film that a rendition is, without its sound."""
    return VideoOutput(
        CONTAINER,
        height=rung.height,
        codec=rung.codec,
        rate=rung.rate,
        effort=output.effort,
        fps=output.fps,
        filters=output.filters,
        keyframe_seconds=output.segment_seconds,
        start=output.start,
        end=output.end,
        audio=None,
        subtitles="drop",
        metadata="strip",
    )


def _rung(output: StreamOutput, rung: Rendition, film: FilmSource) -> RenditionStep:
    step = plan_rendition(
        _film_of(output, rung),
        replace(film, template=SAFE_TEMPLATE),
        name="rung",
        position=0,
        sound=None,
        carried=NOTHING,
        reason="it is cut into segments",
        notices=(),
    )
    video = step.video
    lines = min(step.size.width, step.size.height)
    if rung.rate is None and rung.codec == "h264":
        cap = next((most for lines_of, most in LADDER.items() if lines >= lines_of), LADDER[360])
        limit: Arguments = (("maxrate", cap), ("bufsize", BUFFER_SECONDS * cap))
        video = replace(video, arguments=(*video.arguments, *limit))
    return replace(
        step,
        name=f"v{step.size.height}_{video.codec}",
        uri="",
        muxer_options=FRAGMENTED_PICTURE,
        video=video,
    )
