"""What a back end of sound must do.

Law: a back end does what the steps say and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.audio.points import Peaks
from mediaflow.errors import MediaflowError
from mediaflow.filters import NO_ASSETS
from mediaflow.models.loudness import LevelData, SoundData
from mediaflow.models.result import Notice
from mediaflow.planning import SoundOutputStep
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, SoundFileStep
    from mediaflow.security.limits import Limits

__all__ = ["AudioBackend", "MadeSound", "SoundFiles", "audio_backends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSound:
    """A file of sound as it left the muxer, points of a waveform, or what was measured; or why not."""

    step: SoundOutputStep
    seconds: float
    """Time from the start of the pass to the end of this output."""

    duration_seconds: float | None = None
    """Length of what is heard; of a copy, of its packets."""

    level: LevelData | None = None
    """How it was brought to a loudness; None where none was asked."""

    notices: tuple[Notice, ...] = ()
    """Everything that was lost or changed, those of the plan among it."""

    error: MediaflowError | None = None
    peaks: Peaks | None = None
    """The points of a waveform; None of all else, and where it failed."""

    found: SoundData | None = None
    """What an analysis found; None of all else, and where it failed."""


class SoundFiles(Protocol):
    """Gives each output a private file."""

    def path(self, step: SoundFileStep) -> str:
        """Return the path of a file that an encoder may write.

        Raises:
            StorageError: None can be made.
        """
        ...


class AudioBackend(Protocol):
    """Makes files of sound and measures waveforms."""

    def make_sounds(
        self,
        plan: FilmPlan,
        steps: Sequence[SoundOutputStep],
        reader: ByteReader,
        files: SoundFiles,
        context: Context,
        *,
        limits: Limits,
        assets: Assets = NO_ASSETS,
        parts: Sequence[ByteReader] = (),
    ) -> Sequence[MadeSound]:
        """Make files of sound, and measure waveforms, from one decode; one entry a step, in their order.

        Args:
            plan: What to do.
            steps: The files that are made, and the waveforms that are measured.
            reader: The source.
            files: Gives each output a private file.
            context: Progress out, cancellation and budget in.
            limits: Limits in force.
            assets: The covers that outputs name.
            parts: The sounds that are joined, in place of ``reader``; none for one.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        ...


audio_backends: Final[Registry[AudioBackend]] = Registry(
    "audio back end",
    group="mediaflow.audio_backends",
    builtin={"libav": Entry("mediaflow.audio.libav:BACKEND")},
)
