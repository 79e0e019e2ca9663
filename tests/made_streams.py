"""Adaptive streams as tests make, spy on and read them: by names, and by FFmpeg's own demuxers."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av

import mediaflow as mf
from mediaflow.models.stream_data import StreamData, TrackData
from mediaflow.testing.film_reading import numbers_in, time_of

__all__ = [
    "SpiedStorage",
    "alone",
    "data_of",
    "files_of",
    "first_frames",
    "frames_of",
    "manifest_last",
    "named_by",
    "sound_of",
    "starts_of",
    "streamed",
    "whole",
]

_MAP = re.compile(r'URI="([^"]+)"')


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, by their path from it."""
    return {
        place.relative_to(folder).as_posix(): place.read_bytes()
        for place in sorted(folder.rglob("*"))
        if place.is_file()
    }


def streamed(source: Any, to: Path, **words: Any) -> mf.OutputResult:
    """Make one stream in segments of a second, with one thread; return what came out.

    Args:
        source: The film.
        to: The folder.
        **words: Of the output; renditions are one of 48 lines where they do not say.
    """
    given = {"renditions": (mf.Rendition(48),), "segment_seconds": 1.0, "effort": 0} | words
    (output,) = mf.process(source, mf.StreamOutput(**given), to=f"{to}/").outputs
    return output


def data_of(output: mf.OutputResult) -> StreamData:
    """Return the table of a stream."""
    assert isinstance(output.data, StreamData)
    return output.data


def named_by(playlist: str) -> list[str]:
    """Return what a playlist of HLS names: by attributes and by lines, in order."""
    found: list[str] = []
    for line in playlist.splitlines():
        if line.startswith("#"):
            found += _MAP.findall(line)
        elif line:
            found.append(line)
    return found


def starts_of(track: TrackData) -> list[Fraction]:
    """Return when each segment of a track is shown first, in seconds."""
    at = Fraction(track.first, track.timescale)
    starts = []
    for seconds in track.seconds:
        starts.append(at)
        at += seconds
    return starts


def whole(files: Mapping[str, bytes], track: TrackData) -> io.BytesIO:
    """Return a track as one file."""
    return io.BytesIO(b"".join(files[name] for name in (track.init, *track.segments)))


def alone(files: Mapping[str, bytes], track: TrackData, number: int) -> io.BytesIO:
    """Return one segment, from 0, behind what precedes each of them."""
    return io.BytesIO(files[track.init] + files[track.segments[number]])


def frames_of(place: Path | io.BytesIO) -> list[tuple[Fraction, int]]:
    """Return time and number of each frame of the only picture of a file or a playlist."""
    with av.open(str(place) if isinstance(place, Path) else place) as film:
        return numbers_in(film)


def first_frames(files: Mapping[str, bytes], track: TrackData) -> list[int]:
    """Return with which number each segment begins, decoded with nothing but its head."""
    return [frames_of(alone(files, track, number))[0][1] for number in range(len(track.sizes))]


def sound_of(place: Path | io.BytesIO) -> tuple[Fraction, Fraction]:
    """Return when the sound of a file begins and ends, by its decoded samples, in seconds."""
    with av.open(str(place) if isinstance(place, Path) else place) as film:
        frames = list(film.decode(audio=0))
    last = frames[-1]
    return time_of(frames[0]), time_of(last) + Fraction(last.samples, last.sample_rate)


def manifest_last(names: list[str]) -> None:
    """Hold that each playlist was stored after all that it names, the manifests after all else."""
    heads = [name for name in names if name.endswith((".m3u8", ".mpd")) and "/" not in name]
    assert names[-len(heads) :] == heads
    for name in names:
        folder, _, file = name.rpartition("/")
        if folder and file == "playlist.m3u8":
            inside = [names.index(one) for one in names if one.startswith(f"{folder}/")]
            assert names.index(name) == max(inside)


class SpiedStorage(mf.Storage):
    """Writes down what is published and removed; fails or waits where it is told to.

    Args:
        before: Called with the path and the number, from 1, of each file before it is published.
        **words: Of the storage.
    """

    def __init__(self, before: Callable[[str, int], None] | None = None, **words: Any) -> None:
        super().__init__(**words, durable=False)
        self.before = before
        self.events: list[tuple[str, str]] = []
        self.tries = self.on_the_way = self.most = 0
        self._turn = threading.Lock()

    @property
    def published(self) -> list[str]:
        """Places of files in the order in which they stood."""
        return [place for deed, place in self.events if deed == "put"]

    def stage(self, uri: Any, **words: Any) -> Any:
        return _Spied(super().stage(uri, **words), str(uri), self)

    def remove(self, uri: Any) -> None:
        super().remove(uri)
        self.events.append(("remove", str(uri)))

    def publish(self, staged: Any, place: str) -> Any:
        """Publish one file, and write it down."""
        with self._turn:
            self.tries += 1
            number = self.tries
            self.on_the_way += 1
            self.most = max(self.most, self.on_the_way)
        try:
            if self.before is not None:
                self.before(place, number)
            stored = staged.publish()
        finally:
            with self._turn:
                self.on_the_way -= 1
        self.events.append(("put", place))
        return stored


class _Spied(AbstractContextManager[Any]):
    """One file on its way."""

    def __init__(self, staged: Any, place: str, storage: SpiedStorage) -> None:
        self._staged, self._place, self._storage = staged, place, storage

    def __enter__(self) -> Self:
        self._staged.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._staged.__exit__(*error)

    def write(self, data: bytes) -> None:
        self._staged.write(data)

    def publish(self) -> Any:
        return self._storage.publish(self._staged, self._place)
