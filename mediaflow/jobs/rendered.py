"""What leaves the encoders, and who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mediaflow.errors import MediaflowError
from mediaflow.models.analysis import AnalysisData
from mediaflow.models.result import Notice
from mediaflow.planning import FilmOutputStep, OutputStep

__all__ = ["AnyOutputStep", "Rendered", "Sink"]

AnyOutputStep: TypeAlias = OutputStep | FilmOutputStep
"""What makes one output of any medium."""


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


class Sink(Protocol):
    """Takes finished files; may be called from several threads at once."""

    def put(self, step: AnyOutputStep, data: bytes) -> None:
        """Keep one encoded file."""
        ...
