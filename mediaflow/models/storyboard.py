"""What is wanted of a film as a storyboard: small pictures of all of it, for the bar of a player.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from mediaflow.models.checking import (
    check_count,
    check_format,
    check_name,
    check_number,
    check_suffix,
)
from mediaflow.models.encoding import check_quality

__all__ = ["MAX_SHEET_SIDE", "StoryboardOutput"]

MAX_SHEET_SIDE: Final = 4096
"""Longest edge of a sheet in px: what every browser and phone decodes into one texture."""

MIN_WIDTH: Final = 16
MAX_WIDTH: Final = 1024
MAX_TILES: Final = 100_000
MAX_SECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryboardOutput:
    """Small pictures of a whole film on sheets, and a WebVTT file that says when each is shown.

    The result's ``uri`` is the WebVTT file; its ``files`` are the sheets, which stand beside it.

    Example:
        >>> StoryboardOutput("webp", interval_seconds=5).width
        160
    """

    kind: Literal["storyboard"] = "storyboard"

    format: str = field(default="jpeg", kw_only=False)
    """Name of the image format of the sheets."""

    interval_seconds: float | None = None
    """Seconds between two pictures; None takes the least whole number of seconds that makes no
    more than ``max_frames`` of them, or 100."""

    max_frames: int | None = None
    """Most pictures in all; an interval that would make more becomes longer, with a notice."""

    columns: int | None = None
    """Pictures in a row; None takes ten, or as many as fit into 4,096 px."""

    width: int = 160
    """Width of one picture in px; its height follows the film, which is not enlarged."""

    quality: int | None = None
    """1 to 100 on the image encoder's own scale; None takes the format's default."""

    suffix: str = ""
    """Text between the file's stem and its extension; ``"_storyboard"`` when it is empty."""

    name: str | None = None
    """Name in the result; by default the suffix or ``"storyboard"``."""

    def __post_init__(self) -> None:
        check_format(self.format)
        if self.interval_seconds is not None:
            check_number("interval_seconds", self.interval_seconds, MAX_SECONDS)
        check_count("max_frames", self.max_frames, 1, MAX_TILES)
        check_count("columns", self.columns, 1, MAX_SHEET_SIDE)
        check_count("width", self.width, MIN_WIDTH, MAX_WIDTH)
        if self.quality is not None:
            check_quality(self.quality)
        check_name(self.name)
        check_suffix("suffix", self.suffix)
