"""What the outputs of a job are called: each by a name of its own. Pure.

Law: a name tells outputs of one job apart and is no name of a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import SpecError
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.outputs import Output

__all__ = ["ANALYSIS", "STORYBOARD", "WAVEFORM", "output_names"]

ANALYSIS: Final = "analysis"
STORYBOARD: Final = "storyboard"
STREAM: Final = "stream"
WAVEFORM: Final = "waveform"


def output_names(outputs: Sequence[Output]) -> tuple[str, ...]:
    """Return a unique name for every output: its own, its suffix, or what it is.

    Raises:
        SpecError: Two outputs ask for the same name.
    """
    names: list[str] = []
    seen: set[str] = set()
    taken = {output.name for output in outputs}
    following: dict[str, int] = {}  # number that is free: many outputs take no longer each
    for output in outputs:
        name = output.name
        if name is not None and name in seen:
            raise SpecError(f"two outputs are called {name!r}", field="name", value=name)
        if name is None:
            wish = output.suffix.strip("_-. ") or _plain_name(output)
            name, number = wish, following.get(wish, 2)
            while name in taken:
                name, number = f"{wish}_{number}", number + 1
            following[wish] = number
            taken.add(name)
        seen.add(name)
        names.append(name)
    return tuple(names)


def _plain_name(output: Output) -> str:
    match output:
        case (
            ImageOutput()
            | VideoOutput()
            | StillOutput()
            | PreviewOutput()
            | SubtitleOutput()
            | AudioOutput()
        ):
            return output.format
        case AnalysisOutput():
            return ANALYSIS
        case StoryboardOutput():
            return STORYBOARD
        case WaveformOutput():
            return WAVEFORM
        case StreamOutput():
            return STREAM
        case _:
            assert_never(output)
