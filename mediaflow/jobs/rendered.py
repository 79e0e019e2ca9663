"""What leaves the encoders, and who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mediaflow.errors import MediaflowError
from mediaflow.models.result import Notice
from mediaflow.planning import EncodeStep

__all__ = ["Rendered", "Sink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One output as it left the encoder, or why it did not."""

    step: EncodeStep
    seconds: float
    notices: tuple[Notice, ...] = ()
    error: MediaflowError | None = None
    frames: int | None = None
    """Frames of an animation; None for a still."""

    duration_seconds: float | None = None
    """Length of one play of an animation; None for a still."""


class Sink(Protocol):
    """Takes finished files; may be called from several threads at once."""

    def put(self, step: EncodeStep, data: bytes) -> None:
        """Keep one encoded file."""
        ...
