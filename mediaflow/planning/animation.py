"""Whether an output moves, and how: plays, frames, grid and words. Pure.

Source of loop counts: the NETSCAPE2.0 extension counts extra repeats and its absence means one
play; RFC 9649 2.7.1.1 and PNG 3rd edition 11.3.6.1 count plays; 0 is for ever in all of them.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.formats import image_formats
from mediaflow.models.animation import Animation
from mediaflow.models.result import Notice
from mediaflow.planning.steps import AnimationStep
from mediaflow.planning.timing import Cut, choose_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.formats.row import ImageFormat
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import ImageOutput

__all__ = [
    "animation_notices",
    "check_can_animate",
    "cut_of",
    "moves",
    "plan_animation",
]

BY_DEFAULT: Final = ("gif", "webp")
"""Formats that every viewer shows moving; APNG is one that many cut to its first frame."""

FOREVER: Final = 0
MILLISECOND: Final = Fraction(1, 1000)
MAX_ESTIMATED: Final = 100_000  # frames; beyond it nothing is laid out for an estimate


def check_can_animate(output: ImageOutput, row: ImageFormat) -> None:
    """Refuse an animation in a format that holds none.

    Raises:
        UnsupportedError: The output asks for one.
    """
    if isinstance(output.animation, Animation) and not row.can_animate:
        raise UnsupportedError(
            f"{row.name} outputs cannot be animated",
            hint='write gif, webp or png, or leave animation="auto" to take the first frame',
            field="animation",
        )


def moves(output: ImageOutput, info: MediaInfo) -> bool:
    """Return whether an output of a source is an animation."""
    if not info.picture.is_animated or output.still_at is not None or output.animation is None:
        return False
    return isinstance(output.animation, Animation) or output.format in BY_DEFAULT


def plan_animation(
    output: ImageOutput, info: MediaInfo, seconds: Sequence[Fraction]
) -> AnimationStep | None:
    """Return how an output moves, or None for a still.

    Args:
        output: The output, its format under the table's own name.
        info: What the probe found.
        seconds: How long each frame is shown; empty while only the header is known.
    """
    if not moves(output, info):
        return None
    asked = output.animation if isinstance(output.animation, Animation) else Animation()
    row = image_formats[output.format]
    plays = info.picture.loop_plays if asked.loop is None else asked.loop
    plays = FOREVER if plays is None else plays
    step = AnimationStep(
        start_seconds=asked.start_seconds,
        max_seconds=asked.max_seconds,
        max_frames=asked.max_frames,
        fps=asked.fps,
        tick_ms=row.tick_ms,
        least_frame_ms=1 if info.format == row.name else row.least_frame_ms,
        most_frame_ms=row.most_frame_ms,
        plays=FOREVER if plays > row.max_plays else plays,
        has_alpha=info.picture.has_alpha or info.format == "gif",
        source_frames=info.picture.frames,
    )
    known = seconds or _even(info)
    if not known:
        return step
    kept = choose_frames(known, cut_of(step))
    total = sum(frame.ticks for frame in kept) * step.tick_ms
    return replace(step, frames=len(kept), duration_seconds=total / 1000)


def _even(info: MediaInfo) -> tuple[Fraction, ...]:
    """Return durations as if all frames were shown equally long, for an estimate."""
    frames, total = info.picture.frames, info.picture.duration_seconds
    if not frames or not total or frames > MAX_ESTIMATED:
        return ()
    return (Fraction(total).limit_denominator(10**6) / frames,) * frames


def cut_of(step: AnimationStep) -> Cut:
    """Return the exact arithmetic of a step."""
    least = step.least_frame_ms * MILLISECOND
    period = least if step.fps is None else max(least, 1 / Fraction(step.fps))
    return Cut(
        start=Fraction(step.start_seconds),
        longest=None if step.max_seconds is None else Fraction(step.max_seconds),
        most_frames=step.max_frames,
        period=period,
        tick=step.tick_ms * MILLISECOND,
        most=step.most_frame_ms * MILLISECOND,
    )


def animation_notices(
    output: ImageOutput, info: MediaInfo, step: AnimationStep | None
) -> tuple[Notice, ...]:
    """Return what an output loses of the source's motion."""
    if not info.picture.is_animated:
        return ()
    if step is None:
        if output.animation is None or output.still_at is not None:
            return ()  # a still was asked for
        return (Notice(code="animation_flattened", message="only the first frame is used"),)
    found: list[Notice] = []
    frames = info.picture.frames
    if frames is not None and step.frames is not None and step.frames < frames:
        text = f"{frames - step.frames} of {frames} frames are left out"
        found.append(Notice(code="frames_dropped", message=text))
    asked = output.animation.loop if isinstance(output.animation, Animation) else None
    plays = info.picture.loop_plays if asked is None else asked
    if plays is not None and plays != step.plays:
        text = f"{plays:,} plays become endless: {output.format} cannot count so far"
        found.append(Notice(code="loop_changed", message=text))
    return tuple(found)
