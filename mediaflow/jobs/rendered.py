"""What leaves the encoders, and who takes it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from mediaflow.errors import MediaflowError, SpecError
from mediaflow.geometry import Size
from mediaflow.models.analysis import AnalysisData
from mediaflow.models.result import Notice
from mediaflow.planning import (
    EncodeStep,
    FilmOutputStep,
    OutputStep,
    RenditionStep,
    StillStep,
    StreamStep,
)
from mediaflow.planning.preview_steps import StoryboardStep

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AnyOutputStep",
    "Part",
    "Rendered",
    "Sink",
    "data_uri",
    "encoded_frames",
    "is_tiny",
    "refused_by_strict",
]

PREVIEW_BYTES: Final = 4096  # an output of up to this size is a preview as it is

HARMLESS: Final = frozenset({"encoded_again"})  # told of what was made as it was asked

AnyOutputStep: TypeAlias = OutputStep | FilmOutputStep
"""What makes one output of any medium."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A further file of an output."""

    uri: str = field(repr=False)
    """Final place; may hold a secret, so it is never shown unredacted."""

    format: str
    size: Size
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One output as it left the encoder, or why it did not."""

    step: AnyOutputStep
    seconds: float
    notices: tuple[Notice, ...] = ()
    data: AnalysisData | None = None
    """What an analysis found."""

    error: MediaflowError | None = None
    frames: int | None = None
    """Frames of an animation; None for a still."""

    duration_seconds: float | None = None
    """Length of one play of an animation; None for a still."""

    parts: tuple[Part, ...] = ()
    """Further files, stored before the first one."""


class Sink(Protocol):
    """Takes finished files; may be called from several threads at once."""

    def put(self, step: AnyOutputStep, data: bytes) -> None:
        """Keep one encoded file."""
        ...


def refused_by_strict(notices: Sequence[Notice]) -> SpecError | None:
    """Return the error of an output whose notices are errors, or None without any."""
    first = next((one for one in notices if one.code not in HARMLESS), None)
    if first is None:
        return None
    return SpecError(
        f"strict: {first.message}",
        hint="leave strict=False to accept it and find it in the notices",
        notice=first.code,
    )


def encoded_frames(item: Rendered) -> int:
    """Return how many frames of an output were encoded; none where they were copied, or drawn."""
    match item.step:
        case EncodeStep() | StillStep():
            return 1 if item.frames is None else item.frames
        case RenditionStep() | StoryboardStep() | StreamStep():
            return item.frames or 0
        case _:
            return 0


def is_tiny(data: bytes) -> bool:
    """Return whether a picture is small enough to be a preview as it is."""
    return len(data) <= PREVIEW_BYTES


def data_uri(mime_type: str, data: bytes) -> str:
    """Return a picture as text that a page can show."""
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"
