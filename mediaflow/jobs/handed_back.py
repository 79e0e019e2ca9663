"""Takes what a child hands back of a plan: events, files and what it says of them.

Law: a child may have been taken over. What nobody asked for, comes twice, is missing or is too much ends
the job with an error that blames the child; a file is looked at before anybody else sees it, and one
that lay in the child's folder is copied first, so that what was looked at is what is published.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast, get_args

from mediaflow.errors import (
    EncodeError,
    JobCancelledError,
    JobTimeoutError,
    MediaflowError,
    WorkerLostError,
)
from mediaflow.jobs.calls import rendered_from_dict
from mediaflow.jobs.handed_stream import HandedStream
from mediaflow.jobs.made_files import check_made_file
from mediaflow.jobs.rendered import Part
from mediaflow.models.events import Stage
from mediaflow.planning import StreamStep
from mediaflow.planning.preview_steps import StoryboardStep
from mediaflow.storage.source import BytesSource
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediaflow.executors.line import Message
    from mediaflow.frames import ByteReader
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.jobs.place import Work
    from mediaflow.jobs.rendered import AnyOutputStep, Rendered
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmStep

__all__ = ["HandedBack"]

MOST_PARTS: Final = (
    10_000  # sheets of a storyboard; a day in tiles of ten seconds has a few hundred
)
COPIED_AT_ONCE: Final = 1024 * 1024
READING: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class HandedBack:
    """What comes back of one plan.

    Args:
        work: What was asked.
        files: Takes the files.
        context: Progress out.
    """

    def __init__(self, work: Work, files: OutputFiles, context: Context) -> None:
        self._files, self._context = files, context
        self._steps: dict[str, AnyOutputStep] = {
            step.name: step
            for step in work.plan.outputs
            if step.same_as is None and step.name not in work.skip
        }
        self._left = self._most = work.limits.max_memory_bytes
        self._parts: dict[tuple[str, int], bytes] = {}
        self._came: set[str] = set()
        self._faults: dict[str, MediaflowError] = {}
        self._streams: dict[str, HandedStream] = {
            step.name: HandedStream(step)
            for step in self._steps.values()
            if isinstance(step, StreamStep)
        }

    def take(self, message: Message) -> None:
        """Take one message.

        Raises:
            WorkerLostError: It is none that a child may send.
        """
        is_held = "segment" not in message.data  # segments go on at once
        self._left -= len(message.payload) if is_held else 0
        if self._left < 0 or len(message.payload) > self._most:
            raise WorkerLostError("the process of the job sent more than the job may hold")
        match message.data:
            case {"event": {"fraction": float(fraction), "stage": str(stage), "output": name}}:
                self._tell(fraction, stage, name)
            case {"file": str(name)} if name in self._steps and name not in self._came:
                self._came.add(name)
                step = self._steps[name]
                if self._is_good(BytesSource(message.payload), step):
                    self._files.put(step, message.payload)
            case {"segment": str(name), "path": str(path)} if name in self._streams:
                self._hand_on(name, path, message.payload)
            case {"part": str(name), "number": int(number)} if self._is_new(name, number):
                self._parts[name, number] = message.payload
            case _:
                raise WorkerLostError("the process of the job said what nobody understands")

    def made(self, answer: Mapping[str, object], folder: str) -> tuple[Rendered, ...]:
        """Return what left the encoders, in the plan's order.

        Args:
            answer: What the child says at the end.
            folder: Where it may have left files.

        Raises:
            WorkerLostError: It says too much, too little, or what it cannot know.
            StorageError: A file cannot be copied.
        """
        rows = cast("Sequence[Mapping[str, object]]", answer["rendered"])
        if sorted(str(row["name"]) for row in rows) != sorted(self._steps):
            raise WorkerLostError(
                "the process of the job tells of other outputs than were asked for"
            )
        made = {str(row["name"]): rendered_from_dict(row, self._steps) for row in rows}
        for name, file in cast("Mapping[str, object]", answer["paths"]).items():
            if name in made and made[name].error is None and name not in self._came:
                self._came.add(name)
                self._adopt(os.path.join(folder, os.path.basename(str(file))), self._steps[name])
        return tuple(self._judged(made[name]) for name in self._steps)

    def _judged(self, made: Rendered) -> Rendered:
        """Return an output with its further files, or with what is wrong with it."""
        step = made.step
        if made.error is not None:
            return made
        if isinstance(step, StreamStep):
            return self._judged_stream(made, step)
        if step.uri and step.name not in self._came:
            raise WorkerLostError(f"the process of the job made no file of {step.name!r}")
        sizes = [part.size for part in made.parts]
        parts = []
        if isinstance(step, StoryboardStep):
            for number, size in enumerate(sizes):
                data = self._parts[step.name, number]
                format = step.encode.format
                self._is_good(BytesSource(data), step, format)
                uri = step.sheet_uri(number + 1)
                parts.append(Part(uri=uri, format=format, size=size, data=data))
        return replace(made, parts=tuple(parts), error=self._faults.get(step.name))

    def _judged_stream(self, made: Rendered, step: StreamStep) -> Rendered:
        """Return a stream with its further files, or with what is wrong with it."""
        parts = []
        for number, part in enumerate(made.parts):
            data, path = self._parts[step.name, number], step.part_path(number)
            if path.endswith(".vtt"):
                self._is_good(BytesSource(data), step, "vtt")
            format = path.rpartition(".")[2]
            parts.append(Part(uri=step.place(path), format=format, size=part.size, data=data))
        fault = self._faults.get(step.name)
        table = None if fault is not None else self._streams[step.name].checked(made.data)
        return replace(made, parts=tuple(parts), data=table, error=fault)

    def _hand_on(self, name: str, path: str, data: bytes) -> None:
        """Store a file of a stream; one that is no good, or cannot be stored, ends the stream."""
        step = cast("StreamStep", self._steps[name])
        if name in self._faults:
            return
        try:
            self._streams[name].check(path, data)
            self._files.put_segment(step, path, data)
        except (WorkerLostError, JobCancelledError, JobTimeoutError):
            raise
        except MediaflowError as exc:
            self._faults[name] = exc

    def _adopt(self, place: str, step: AnyOutputStep) -> None:
        """Copy a file that lies in the child's folder, and look at the copy.

        Raises:
            WorkerLostError: It is no file of the child's own.
        """
        try:
            source = os.open(place, READING)
        except OSError as exc:
            raise WorkerLostError(f"the process of the job left no file: {exc.strerror}") from exc
        film = cast("FilmStep", step)
        target = self._files.path(film)
        try:
            status = os.fstat(source)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise WorkerLostError("the process of the job left what is no file")
            with translated("a scratch file"), open(target, "xb") as copy:
                _copy(source, copy.fileno(), status.st_size)
            os.unlink(place)
        finally:
            os.close(source)
        with self._files.open(film) as file:
            self._is_good(file, step)

    def _tell(self, fraction: float, stage: str, name: object) -> None:
        if stage not in get_args(Stage):
            raise WorkerLostError("the process of the job is in a stage that nobody knows")
        known = name if isinstance(name, str) and name in self._steps else None
        self._context.progress(fraction, cast("Stage", stage), known)

    def _is_new(self, name: str, number: int) -> bool:
        step = self._steps.get(name)
        is_one = isinstance(step, StoryboardStep | StreamStep) and 0 <= number < MOST_PARTS
        return is_one and (name, number) not in self._parts

    def _is_good(self, file: ByteReader, step: AnyOutputStep, format: str | None = None) -> bool:
        """Look at a file, and remember what is wrong with it."""
        try:
            check_made_file(file, format or step.format)
        except EncodeError as exc:
            self._faults.setdefault(step.name, exc)
        return step.name not in self._faults


def _copy(source: int, target: int, size: int) -> None:
    """Copy so many bytes and no more, however many there are by now."""
    at = 0
    while at < size:
        data = os.pread(source, min(COPIED_AT_ONCE, size - at), at)
        if not data:
            raise WorkerLostError("the process of the job cut off a file that it had made")
        os.write(target, data)
        at += len(data)
