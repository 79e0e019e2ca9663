"""What all outputs of one film or sound are checked for together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import SpecError, TruncatedMediaError
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.names import find_duplicates
from mediaflow.planning.places import places_of
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.outputs import Output
    from mediaflow.planning.film_steps import FilmOutputStep

__all__ = ["check_places", "check_whole"]


def check_whole(outputs: Iterable[Output], info: MediaInfo) -> None:
    """Refuse a source that is cut off where an output goes on to its end.

    Raises:
        TruncatedMediaError: It is so.
    """
    if any(map(_is_to_the_end, outputs)):
        raise TruncatedMediaError(
            "the source is cut off before its end",
            hint='fail_on="none" uses what is left of it',
            where=info.uri,
        )


def _is_to_the_end(output: Output) -> bool:
    match output:
        case VideoOutput() | SubtitleOutput() | AudioOutput() | WaveformOutput() | StreamOutput():
            return output.end is None
        case AnalysisOutput():
            return output.is_of_sound or "scenes" in output.what
        case _:
            return isinstance(output, StoryboardOutput)


def check_places(steps: Iterable[FilmOutputStep]) -> None:
    """Refuse outputs that share a place.

    Raises:
        SpecError: Two do.
    """
    shared = find_duplicates(
        place for step in steps if step.same_as is None for place in places_of(step)
    )
    if shared is not None:
        raise SpecError(
            f"two outputs would be written to {redact(shared)!r}",
            hint="give them different suffixes, or use {name} or {width} in the template",
            field="to",
        )
