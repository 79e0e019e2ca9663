"""Progress of a job as one line of text that is written over itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from mediaflow.models.events import Finished, Progress

if TYPE_CHECKING:
    from mediaflow.models.events import Event

__all__ = ["ProgressLine"]

WIDTH: Final = 30


class ProgressLine:
    """Draws the progress of one job on a terminal.

    Args:
        stream: Where to write, such as ``sys.stderr``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._filled = 0

    def __call__(self, event: Event) -> None:
        """Draw one event; those without progress are passed over."""
        if isinstance(event, Progress):
            self._filled = round(WIDTH * event.fraction)
            left = _left(event.remaining_seconds)
            self._stream.write(
                f"\r[{_bar(self._filled)}] {event.fraction:4.0%} {event.stage:<9}{left:<12}"
            )
        elif isinstance(event, Finished):
            filled = WIDTH if event.status == "completed" else self._filled
            self._stream.write(f"\r[{_bar(filled)}] {event.status:<28}\n")
        self._stream.flush()


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f" {minutes}:{rest:02} left"


def _bar(filled: int) -> str:
    return "#" * filled + "-" * (WIDTH - filled)
