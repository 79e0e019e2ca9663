"""One adaptive stream while it is made: every rendition on one grid, every sound cut to it.

Law: the first rendition says where segments start; sounds follow it to the nearest packet. A stream is
whole or failed: what goes wrong with one of its tracks ends all of them, and no other output.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from mediaflow.audio.sound import add_sound
from mediaflow.errors import EncodeError, MediaflowError
from mediaflow.models.result import Notice
from mediaflow.models.stream_data import StreamData
from mediaflow.video.backend import MadeStream
from mediaflow.video.cmaf import SegmentSink
from mediaflow.video.cmaf_sound import SoundSegments
from mediaflow.video.stream_table import sound_track, texts_of, video_track

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from mediaflow.audio.sound import Coded
    from mediaflow.planning import FilmPlan, RenditionStep, SoundStep, StreamStep
    from mediaflow.video.backend import MadeRendition, StreamFiles
    from mediaflow.video.cmaf import SegmentTable

__all__ = ["LiveStream"]


class LiveStream:
    """One stream while it is made: where its segments go, where they are cut, what went wrong.

    Each rendition is made by a thread of its own, sounds by the one that reads.

    Args:
        step: The stream.
        plan: The plan that it is a part of.
        files: Takes its files.
    """

    def __init__(self, step: StreamStep, plan: FilmPlan, files: StreamFiles) -> None:
        self.step: StreamStep = step
        self.error: MediaflowError | None = None
        """What ended it; None while all is well."""

        self.lack: str | None = None
        """What is missing of a source without a picture, in words; None without a lack."""

        self._began = time.perf_counter()
        self._lock = threading.Lock()
        self._made: list[MadeRendition] = []

        def put(folder: str, name: str, data: bytes) -> None:
            files.put_segment(step, f"{folder}/{name}", data)

        grid = step.segment_seconds
        self.sinks: dict[str, SegmentSink] = {
            rung.name: SegmentSink(partial(put, rung.name), segment_seconds=grid)
            for rung in step.rungs
        }
        """What takes the segments of each rendition, by its name."""

        self.sounds: dict[int, SoundSegments] = {
            one.sound: SoundSegments(
                partial(_with_sound, plan.sounds[one.sound]),
                partial(put, one.folder),
                segment_seconds=grid,
            )
            for one in step.sounds
        }
        """What cuts each sound, by its index in the plan."""

        self._plan = plan
        self._tables: dict[str, SegmentTable] = {}
        self._sound_tables: dict[int, SegmentTable] = {}
        self._turn = threading.Lock()  # sounds are fed by one thread and cut by another
        if not step.rungs:
            for sound in self.sounds.values():
                sound.go_on()

    def on_key_of(self, rung: RenditionStep) -> Callable[[Fraction], None]:
        """Return what a rendition tells the starts of its segments to; sounds follow the first."""
        sink = self.sinks[rung.name]

        def start(at: Fraction) -> None:
            sink.check()
            if rung is self.step.rungs[0]:
                self._cut(at)

        return start

    def hear(self, index: int, coded: Coded) -> None:
        """Take a packet of a sound."""
        if index in self.sounds and self.error is None:
            self._try(partial(self.sounds[index].push, coded))

    def fail(self, error: MediaflowError) -> None:
        """End it, because one of its tracks cannot be made."""
        with self._lock:
            self.error = self.error or error

    def ended(
        self, rung: RenditionStep, error: MediaflowError | None, until: Fraction
    ) -> MediaflowError | None:
        """Return what ended a rendition, the first cause of it; None where it is whole.

        Args:
            rung: The rendition, whose muxer is closed.
            error: What its encoder or its muxer said.
            until: When its last frame ends, in seconds of the output.
        """
        sink = self.sinks[rung.name]
        try:
            sink.check()
            if error is None and self.error is None:
                self._tables[rung.name] = sink.finish(until)
        except MediaflowError as exc:
            error = exc  # FFmpeg only knows that it could not write
        if error is not None:
            self.fail(error)
        return self.error

    def take(self, made: MadeRendition) -> None:
        """Take what became of a rendition."""
        self._made.append(made)

    def made(self) -> MadeStream:
        """Return what became of it, once its pictures are made."""
        for index in self.sounds:
            if self.error is None:
                self._try(partial(self._end, index))
        data: StreamData | None = None
        if self.error is None:
            try:
                data = self._table()
            except MediaflowError as exc:
                self.error = exc
        told = [notice for made in self._made for notice in made.notices]
        if self.lack is not None:
            told.append(Notice(code="source_salvaged", message=self.lack))
        return MadeStream(
            step=self.step,
            seconds=time.perf_counter() - self._began,
            data=data,
            frames=sum(made.frames or 0 for made in self._made),
            notices=tuple(dict.fromkeys((*self.step.notices, *told))),
            error=self.error,
        )

    def _cut(self, at: Fraction) -> None:
        for sound in self.sounds.values():
            if self.error is None:
                self._try(partial(sound.cut_at, at))

    def _end(self, index: int) -> None:
        self._sound_tables[index] = self.sounds[index].finish()

    def _try(self, call: Callable[[], None]) -> None:
        try:
            with self._turn:
                call()
        except MediaflowError as exc:
            self.fail(exc)

    def _table(self) -> StreamData:
        """Return the table of all segments.

        Raises:
            EncodeError: Renditions are not cut alike, or a frame is missing.
        """
        for made in self._made:
            packed = sum(one.samples for one in self._tables[made.step.name].segments)
            if packed != made.frames:
                raise EncodeError(
                    f"{made.step.name} has {packed} frames in place of {made.frames}",
                    stage="verify",
                )
        video = [video_track(rung, self._tables[rung.name]) for rung in self.step.rungs]
        if len({self._tables[rung.name].starts for rung in self.step.rungs}) > 1:
            raise EncodeError("the renditions are not cut alike", stage="verify")
        audio = [
            sound_track(one, self._plan.sounds[one.sound], self._sound_tables[one.sound])
            for one in self.step.sounds
        ]
        return StreamData(video=tuple(video), audio=tuple(audio), texts=texts_of(self.step))


def _with_sound(step: SoundStep, container: OutputContainer) -> AudioStream:
    return add_sound(container, step)
