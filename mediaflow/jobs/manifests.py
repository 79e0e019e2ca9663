"""Writes what players read first of a stream, from the table of its segments.

Law: manifests come last, and after all that they name. They are written here and not where the film
was taken apart, so that a child can say numbers but no addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mediaflow.errors import EncodeError
from mediaflow.models.stream_data import StreamData
from mediaflow.video.dash import mpd
from mediaflow.video.hls import multivariant_playlist, track_playlists

if TYPE_CHECKING:
    from mediaflow.jobs.rendered import Rendered
    from mediaflow.models.adaptive import Protocol
    from mediaflow.planning import StreamStep

__all__ = ["last_files"]


def last_files(made: Rendered, step: StreamStep) -> list[tuple[str, bytes]]:
    """Return the files of a stream that are written at its end, in order, by path.

    Args:
        made: What left the encoders.
        step: What was asked.

    Raises:
        EncodeError: The table of the segments is missing.
    """
    data = made.data
    if not isinstance(data, StreamData):
        raise EncodeError("the stream has no table of its segments", stage="store")
    files = [(step.part_path(number), part.data) for number, part in enumerate(made.parts)]
    if "hls" in step.output.protocols:
        files += [(path, text.encode()) for path, text in track_playlists(data).items()]
    for protocol, name in zip(step.output.protocols, step.manifests, strict=True):
        files.append((name, _manifest(protocol, data).encode()))
    return files


def _manifest(protocol: Protocol, data: StreamData) -> str:
    match protocol:
        case "hls":
            return multivariant_playlist(data, base="")
        case "dash":
            return mpd(data, base="")
        case _:
            assert_never(protocol)
