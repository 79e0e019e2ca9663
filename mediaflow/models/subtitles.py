"""What is wanted of a film's subtitles: a file of text beside it.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_count, check_format, check_name, check_suffix
from mediaflow.models.film import check_window

__all__ = ["SubtitleOutput"]

MAX_INDEX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleOutput:
    """A text track of a film as a file of its own, which players and pages load beside it.

    Example:
        >>> SubtitleOutput("srt", language="en").track is None
        True
    """

    kind: Literal["subtitle"] = "subtitle"

    format: str = field(default="vtt", kw_only=False)
    """``"srt"`` or ``"vtt"`` (WebVTT, which browsers read)."""

    track: int | None = None
    """Index of the track among all streams, as the probe tells it; None takes the one of the
    language, else the default track, else the first of text."""

    language: str | None = None
    """ISO 639 code of the track to take, as the film spells it."""

    start: float = 0.0
    """Where the part of the film begins that it goes with, in seconds of the source; times are
    counted from there."""

    end: float | None = None
    """Where that part ends, in seconds of the source; None is the source's end."""

    suffix: str = ""
    """Text between the file's stem and its extension, such as ``".en"``."""

    name: str | None = None
    """Name in the result; by default the suffix or the format."""

    def __post_init__(self) -> None:
        check_format(self.format)
        check_count("track", self.track, 0, MAX_INDEX)
        language: object = self.language
        if language is not None and not (isinstance(language, str) and language):
            raise SpecError(f"language must be text, got {language!r:.80}", field="language")
        if self.track is not None and self.language is not None:
            raise SpecError("track and language exclude each other", field="language")
        check_window(self.start, self.end)
        check_name(self.name)
        check_suffix("suffix", self.suffix)
