"""What is wanted of a moving picture: how fast, how much of it, how often.

Law: numbers only; which frames stay is decided by planning.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from mediaflow.errors import SpecError

__all__ = ["Animation", "check_moment"]

MAX_SECONDS: Final = 1_000_000
MAX_FPS: Final = 1_000
WHOLE: Final = 100  # percent
MAX_COUNT: Final = 2**31 - 1  # what APNG holds (PNG 3rd edition 11.3.6.1)

_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Animation:
    """Asks for an animation, and says how much of the source's it takes.

    Example:
        >>> Animation(fps=12, loop=0).max_frames is None
        True
    """

    fps: float | None = None
    """Most frames a second; frames are left out and never made up. None keeps all."""

    max_frames: int | None = None
    """Most frames; what comes after them is cut off."""

    max_seconds: float | None = None
    """Longest play in seconds; what comes after it is cut off."""

    loop: int | None = None
    """How often it is played in all; 0 is forever, None is as often as the source."""

    start_seconds: float = 0.0
    """Where it starts, in seconds of the source."""

    def __post_init__(self) -> None:
        if self.fps is not None:
            _check_number("fps", self.fps, MAX_FPS)
        if self.max_seconds is not None:
            _check_number("max_seconds", self.max_seconds, MAX_SECONDS)
        _check_count("max_frames", self.max_frames, least=1)
        _check_count("loop", self.loop, least=0)
        _check_number("start_seconds", self.start_seconds, MAX_SECONDS, zero=True)


def check_moment(name: str, value: object) -> None:
    """Refuse what is neither seconds nor a share such as ``"25%"``; None passes.

    Raises:
        SpecError: It is something else.
    """
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        if match is not None and float(match[1]) <= WHOLE:
            return
    elif value is None or _is_within(value, MAX_SECONDS):
        return
    raise SpecError(
        f"{name} must be seconds or a share such as '25%' up to 100%, got {value!r:.80}",
        field=name,
        value=value,
    )


def _is_within(value: object, most: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and 0 <= value <= most
    )


def _check_number(name: str, value: object, most: float, *, zero: bool = False) -> None:
    if not _is_within(value, most) or (value == 0 and not zero):
        least = "from 0" if zero else "above 0"
        raise SpecError(
            f"{name} must be a number {least} to {most:,}, got {value!r:.80}",
            field=name,
            value=value,
        )


def _check_count(name: str, value: object, *, least: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_COUNT:
        raise SpecError(
            f"{name} must be a whole number from {least} to {MAX_COUNT:,}, got {value!r:.80}",
            field=name,
            value=value,
        )
