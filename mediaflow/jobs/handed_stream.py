"""Takes the files of a stream that a child hands back, and compares them with what it says of them.

Law: a child may have been taken over. Files come in their order, each is what its place says, and the
table that manifests are written of tells of those files and of no others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mediaflow.errors import WorkerLostError
from mediaflow.jobs.made_files import check_segment
from mediaflow.models.stream_data import INIT_NAME, StreamData, segment_name
from mediaflow.video.stream_table import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.stream_data import TrackData
    from mediaflow.planning import StreamStep

__all__ = ["HandedStream"]

_PATH: Final = re.compile(r"([a-z0-9_\-]+)/(init\.mp4|seg_[0-9]{5,9}\.m4s)")


class HandedStream:
    """The files of one stream so far.

    Args:
        step: What was asked for.
    """

    def __init__(self, step: StreamStep) -> None:
        self._step = step
        self._sizes: dict[str, list[int]] = {folder: [] for folder in step.folders}

    def check(self, path: str, data: bytes) -> None:
        """Look at a file that came.

        Raises:
            WorkerLostError: Nobody asked for it, or not now.
            EncodeError: It is no segment.
        """
        found = _PATH.fullmatch(path)
        sizes = None if found is None else self._sizes.get(found[1])
        if found is None or sizes is None:
            raise WorkerLostError("the process of the job sent a segment that nobody asked for")
        expected = segment_name(len(sizes)) if sizes else INIT_NAME
        if found[2] != expected:
            raise WorkerLostError("the process of the job sent a segment out of turn")
        check_segment(data, is_init=not sizes)
        sizes.append(len(data))

    def checked(self, data: object) -> StreamData:
        """Return the table of the stream, if it tells of what came.

        Raises:
            WorkerLostError: It tells of something else.
        """
        step = self._step
        if not isinstance(data, StreamData):
            raise WorkerLostError("the process of the job made no table of a stream")
        pictures = [(rung.name, rung.size.width, rung.size.height) for rung in step.rungs]
        sounds = [(one.folder, one.language, one.label, one.is_default) for one in step.sounds]
        is_asked = (
            [(one.folder, one.width, one.height) for one in data.video] == pictures
            and [(one.folder, one.language, one.label, one.is_default) for one in data.audio]
            == sounds
            and data.texts == texts_of(step)
            and self._is_told((*data.video, *data.audio))
        )
        if not is_asked:
            raise WorkerLostError("the process of the job tells of other segments than it sent")
        return data

    def _is_told(self, tracks: Sequence[TrackData]) -> bool:
        return all(
            self._sizes[track.folder] == [track.init_bytes, *track.sizes] for track in tracks
        )
