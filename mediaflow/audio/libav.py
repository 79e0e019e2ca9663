"""The back end of sound that is built in: PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.audio.files import make_sound_files
from mediaflow.filters import NO_ASSETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.audio.backend import MadeSound, SoundFiles
    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, SoundOutputStep
    from mediaflow.security.limits import Limits

__all__ = ["BACKEND", "LibavAudioBackend"]


class LibavAudioBackend:
    """Makes files of sound with the libraries of FFmpeg."""

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
        """Make files and measure waveforms from one decode; see :func:`make_sound_files`."""
        return make_sound_files(
            plan, steps, reader, files, context, limits=limits, assets=assets, parts=parts
        )


BACKEND: Final = LibavAudioBackend()
