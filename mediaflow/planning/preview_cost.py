"""What a walk over the keyframes of a film costs in memory and time, before it runs. Pure.

Law: figures are counted from the steps; rates are medians of the project's own measurements (two
cores, x86-64) and serve estimates only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.planning.film_cost import MEGAPIXEL, UNTOLD_SECONDS
from mediaflow.planning.preview_steps import StoryboardStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning.preview_steps import SurveyStep

__all__ = ["preview_bytes", "preview_seconds"]

RGB_BYTES: Final = 3
SHEET_BYTES: Final = 8  # a px of a sheet: its array, Pillow's own, and the encoder's planes
SEEN_BYTES: Final = 4_000  # kept of a keyframe for scenes and the best still
USUAL_GOP_SECONDS: Final = 2.0
KEYFRAME_SECONDS: Final = 0.012
"""A megapixel of a keyframe; three times as much as of a usual frame."""

LOOK_SECONDS: Final = 0.0003
JPEG_SECONDS: Final = 0.01  # a megapixel of a sheet


def preview_bytes(steps: Sequence[SurveyStep], info: MediaInfo) -> int:
    """Return the working memory of storyboards and scenes, in bytes."""
    total = int(_keyframes(info) * SEEN_BYTES) if steps else 0
    for step in steps:
        if isinstance(step, StoryboardStep):
            tiles = step.most if step.tiles is None else step.tiles
            on_a_sheet = min(tiles, step.columns * step.rows)
            total += step.size.pixels * (tiles * RGB_BYTES + on_a_sheet * SHEET_BYTES)
    return total


def preview_seconds(
    steps: Sequence[SurveyStep], info: MediaInfo, stream: VideoStream, *, best: bool
) -> float:
    """Return the time of a walk on one typical core, in seconds; 0 where there is none."""
    if not steps and not best:
        return 0.0
    each = stream.coded_size.pixels / MEGAPIXEL * KEYFRAME_SECONDS + LOOK_SECONDS
    seconds = _keyframes(info) * each
    for step in steps:
        if isinstance(step, StoryboardStep):
            tiles = step.most if step.tiles is None else step.tiles
            seconds += tiles * step.size.pixels / MEGAPIXEL * JPEG_SECONDS
    return seconds


def _keyframes(info: MediaInfo) -> float:
    return (info.duration_seconds or UNTOLD_SECONDS) / USUAL_GOP_SECONDS
