"""From when to when the sounds of one file are heard, told while they are packed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.planning import FilmStep
    from mediaflow.video.backend import MadeRendition

__all__ = ["Heard"]


class Heard:
    """The sounds of one file.

    Args:
        step: The film that is made; all sounds that it copies are waited for.
    """

    def __init__(self, step: FilmStep) -> None:
        copies = (copy for copy in step.carried.copies if copy.kind == "audio")
        self._awaited = {copy.stream: copy.codec for copy in copies}
        self._sounds = frozenset(self._awaited)
        self._start: Fraction | None = None
        self._until = Fraction(0)

    def is_copied(self, stream: int) -> bool:
        """Tell whether a stream of the source is a sound that is copied."""
        return stream in self._sounds

    def take(self, stream: int | None, start: Fraction, until: Fraction) -> None:
        """Count a packet.

        Args:
            stream: Index of its stream in the source; None for sound that was encoded.
            start: When it begins to be heard, in seconds of the file.
            until: When it ends.
        """
        if stream is not None:
            self._awaited.pop(stream, None)
        self._start = start if self._start is None else min(self._start, start)
        self._until = max(self._until, until)

    def measured(self, made: MadeRendition, first: Fraction, until: Fraction) -> MadeRendition:
        """Return a film with its length, the place of its sound, and which sounds it lacks.

        Args:
            made: The film.
            first: When its first frame is shown, in seconds of the file.
            until: When its last frame ends.
        """
        start = first if self._start is None else self._start
        return replace(
            made,
            duration_seconds=float(until - min(first, start)),
            first_seconds=float(first - start),
            sound_seconds=float(self._until),
            silent=tuple(sorted(self._awaited)),
            notices=(*made.notices, *self._lack()),
        )

    def _lack(self) -> tuple[Notice, ...]:
        return tuple(
            Notice(
                code="audio_absent",
                message=f"stream {stream} ({codec}) has no sound within the part",
            )
            for stream, codec in sorted(self._awaited.items())
        )
