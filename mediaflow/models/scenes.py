"""Where the scenes of a film begin and end: data of an analysis.

Law: data checks that it is what it says, so that a player may trust it without another look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_number

__all__ = ["Scene", "ScenesData"]

MAX_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A part of a film between two cuts.

    Example:
        >>> Scene(start_seconds=1.5, end_seconds=4.0).end_seconds
        4.0
    """

    start_seconds: float
    """Time of its first frame, in seconds of the film."""

    end_seconds: float
    """Where the next scene starts, or the film ends."""

    def __post_init__(self) -> None:
        check_number("start_seconds", self.start_seconds, MAX_SECONDS, zero=True)
        check_number("end_seconds", self.end_seconds, MAX_SECONDS)
        if self.end_seconds <= self.start_seconds:
            raise SpecError(
                f"end_seconds {self.end_seconds} must be after start_seconds {self.start_seconds}",
                field="end_seconds",
                value=self.end_seconds,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesData:
    """The scenes of a film in order, without gaps.

    A scene starts at the keyframe that shows it first: encoders put one at a cut. A cut without a
    keyframe is found at the next one, or not at all where the picture is back by then.
    """

    kind: Literal["scenes"] = "scenes"

    scenes: tuple[Scene, ...]
    """At least one; the first starts with the picture, the last ends with the film."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scenes", tuple(self.scenes))
        if not self.scenes:
            raise SpecError("scenes must hold at least one scene", field="scenes")
        for one, following in zip(self.scenes, self.scenes[1:], strict=False):
            if one.end_seconds != following.start_seconds:
                raise SpecError(
                    f"a scene ends at {one.end_seconds} s and the next starts at "
                    f"{following.start_seconds} s; they must meet",
                    field="scenes",
                )
