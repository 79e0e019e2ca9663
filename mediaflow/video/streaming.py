"""Makes adaptive streams, in the pass that makes films; of a source without a picture, from its sound.

Law: one decode for all of a job that needs the same; what is made of it is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.audio.joined import opened_sound
from mediaflow.audio.sound import Sound
from mediaflow.video.live import LiveStream
from mediaflow.video.renditions import PASSED, make_renditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from av import Packet
    from av.stream import Stream

    from mediaflow.audio.sound import Coded
    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, RenditionStep, StreamStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeRendition, MadeStream, StreamFiles

__all__ = ["make_streams"]


def make_streams(
    plan: FilmPlan,
    steps: Sequence[StreamStep],
    beside: Sequence[RenditionStep],
    reader: ByteReader,
    files: StreamFiles,
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
) -> tuple[list[MadeStream], list[MadeRendition]]:
    """Make streams from one decode, and other renditions from the same; one entry a step.

    Args:
        plan: What to do.
        steps: The streams.
        beside: Films that are made from the same decode.
        reader: The film.
        files: Takes the files of streams as they are made; gives each film a private file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: Second inputs of filters.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    lives = [LiveStream(step, plan, files) for step in steps]
    films: list[MadeRendition] = []
    if plan.stream is None:
        _hear_all(plan, lives, reader, context, limits)
    elif lives or beside:
        films = make_renditions(
            plan, beside, reader, files, context, limits=limits, assets=assets, lives=lives
        )
    return [live.made() for live in lives], films


def _hear_all(
    plan: FilmPlan,
    lives: Sequence[LiveStream],
    reader: ByteReader,
    context: Context,
    limits: Limits,
) -> None:
    """Make streams of a source that has no picture."""
    wanted = sorted({index for live in lives for index in live.sounds})
    with opened_sound(plan, reader, (), context, limits) as source:
        sounds = {index: Sound(plan.sounds[index], source.zero, limits) for index in wanted}

        def spread(index: int, packets: Iterable[Coded]) -> None:
            for coded in packets:
                for live in lives:
                    live.hear(index, coded)

        tracks = {sound.step.stream for sound in sounds.values()}
        seconds = plan.source.duration_seconds or 0.0
        for stream, block in source.blocks(tracks, set(), _ignored):
            for index, sound in sounds.items():
                if sound.step.stream == stream and not sound.is_over:
                    spread(index, sound.push(block.frame()))
            if seconds:
                context.progress(min(float(source.time) / seconds, 1.0) * PASSED, "encode")
            if all(sound.is_over for sound in sounds.values()) or all(live.error for live in lives):
                break
        for index, sound in sounds.items():
            spread(index, sound.end())
        for live in lives:
            live.lack = source.lack


def _ignored(_: Packet[Stream]) -> None:
    return None
