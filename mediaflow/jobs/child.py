"""What an isolated child runs: warm up, lock the door, then serve one call after the other.

Law: all that will be needed is imported before the sandbox closes. After that the process reads the
descriptors that it is handed, writes into its one folder and speaks over its one line; it ends when
its parent does. It knows no storage, no network and no credentials.
"""

from __future__ import annotations

import codecs
import gc
import importlib
import json
import os
import pkgutil
import socket
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, cast

from mediaflow.errors import (
    LimitExceededError,
    MediaflowError,
    ProcessingError,
    WorkerLostError,
    let_go,
)
from mediaflow.executors.line import Line, line_pair
from mediaflow.executors.zygote import serve_forks
from mediaflow.jobs.calls import look_to_dict, plan_from_dict, rendered_to_dict, spent_to_dict
from mediaflow.jobs.child_ends import Beat, SentFiles, Stop
from mediaflow.jobs.joining import JoinedSource
from mediaflow.jobs.place import InPlace, Work
from mediaflow.jobs.rehearsal import Rehearsal
from mediaflow.jobs.second import Once
from mediaflow.jobs.wire import error_to_dict
from mediaflow.models.capabilities import Capabilities
from mediaflow.models.context import Budget, Context
from mediaflow.models.events import Progress
from mediaflow.models.info import MediaInfo
from mediaflow.models.outputs import ImageOutput, Output
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.security.limits import Limits
from mediaflow.security.parent import die_with_parent
from mediaflow.security.sandbox import ResourceCaps, lock_down, sandbox_support
from mediaflow.storage.files import DescriptorSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from mediaflow.executors.line import Message
    from mediaflow.models.events import Event
    from mediaflow.models.serde import Json
    from mediaflow.security.sandbox import SandboxMode

__all__ = ["Server", "main"]

EVENT_SECONDS: Final = 0.05
"""How often progress is told; what is over sooner tells none."""

OPEN_FILES: Final = 512  # films that are joined are open together
SIZE_LIMIT: Final = 1 << 62
REHEARSALS: Final = 16
"""How often a job is rehearsed before the lock. The interpreter adapts its code as it runs, which costs
a fork a copy of each page that it changes: so it is done before."""

WARM_ROOMS: Final = (
    "audio",
    "filters",
    "formats",
    "image",
    "jobs",
    "libav",
    "planning",
    "probing",
    "video",
)
TEXT_ENCODINGS: Final = (
    "ascii",
    "cp1252",
    "latin_1",
    "utf_8_sig",
    "utf_16",
    "utf_16_be",
    "utf_16_le",
)
"""Looked up by name when a tag is read."""


def main(options: Mapping[str, object]) -> None:
    """Serve a parent until it is gone.

    Args:
        options: The descriptor of the line, the folder to write in, the parent's process id, the
            mode of the sandbox, and whether to fork children in place of serving.
    """
    die_with_parent(cast("int", options["parent"]))
    line = Line(socket.socket(fileno=cast("int", options["line"])))
    _warm_up()
    _hush()
    sandbox_support()
    folder, mode = str(options["folder"]), cast("SandboxMode", options["sandbox"])
    rehearsal = Rehearsal.planned()
    for _ in range(REHEARSALS):
        with _Stage(folder) as stage:
            stage.play(rehearsal)
    gc.collect()
    gc.freeze()  # what is there stays: collections look at what jobs make, and forks share the rest
    if options.get("forks"):
        line.send({"ready": True})
        serve_forks(line, partial(_serve, mode=mode, rehearsal=rehearsal))
    else:
        _serve(line, folder, mode=mode, rehearsal=rehearsal)


def _serve(line: Line, folder: str, *, mode: SandboxMode, rehearsal: Rehearsal) -> None:
    """Lock this process and serve a parent until it is gone."""
    stage = _Stage(folder)  # it needs sockets
    tempfile.tempdir = folder  # no other will open
    try:
        report = lock_down(writable=[folder], mode=mode, caps=ResourceCaps(open_files=OPEN_FILES))
    except MediaflowError as exc:
        line.send({"failed": exc.message})
        raise
    with stage:
        stage.play(rehearsal)
    server = Server(line, folder, Beat(line))
    line.send({"ready": True, "sandbox": to_dict(report)})
    while server.serve():
        pass


class Server:
    """Answers the calls of one parent.

    Args:
        line: The line to it.
        folder: Where films are written.
        beat: Held while a call is answered.
    """

    def __init__(self, line: Line, folder: str, beat: AbstractContextManager[None]) -> None:
        self._line, self._folder, self._beat = line, folder, beat
        self._sources: list[DescriptorSource] = []
        self._next_event = 0.0
        self._payload = b""
        """Bytes beside the answer on its way."""

        self._info: MediaInfo | None = None
        """What the last source that was probed holds."""

        self._place = InPlace()
        self._calls: dict[str, Callable[[_Call], dict[str, Json]]] = {
            "compare": self._compare,
            "look": self._look,
            "probe": self._probe,
            "render": self._render,
        }

    def serve(self) -> bool:
        """Answer one call; tell whether there may be another."""
        try:
            message = self._line.receive()
        except WorkerLostError:
            return False
        assert message is not None  # noqa: S101  # there is no timeout
        what = message.data.get("do")
        if what == "end":
            self._end()
        if what not in self._calls:
            return True
        answer = self._answer(message)
        payload, self._payload = self._payload, b""
        try:
            self._line.send(answer, payload)
        except WorkerLostError:
            return False
        if message.data.get("last"):
            self._end()
        return True

    def _answer(self, message: Message) -> dict[str, object]:
        error: MediaflowError
        try:
            with self._beat:
                call = _Call(message, self._taken_over(message))
                return {"answer": "good", **self._calls[str(message.data["do"])](call)}
        except MediaflowError as exc:
            error = exc
        except MemoryError:
            error = LimitExceededError(
                "the job needs more memory than it may take",
                hint="raise limits.max_memory_bytes if that is meant",
                limit="max_memory_bytes",
            )
        except Exception as exc:  # noqa: BLE001  # a fault of ours costs its job, not the child
            error = ProcessingError(f"internal error: {type(exc).__name__}: {exc}")
        let_go(error)
        return {"answer": "bad", "error": error_to_dict(error)}

    def _taken_over(self, message: Message) -> tuple[int, ...]:
        """Take the sources that are new; return the descriptors that are left."""
        new = cast("Sequence[Mapping[str, str | None]]", message.data.get("new", ()))
        for row, descriptor in zip(new, message.descriptors, strict=False):
            source = DescriptorSource(
                descriptor, uri=row["uri"], name=row["name"], max_bytes=SIZE_LIMIT
            )
            self._sources.append(source)
        return message.descriptors[len(new) :]

    def _of(self, call: _Call) -> list[DescriptorSource]:
        return [self._sources[number] for number in call.numbers]

    def _probe(self, call: _Call) -> dict[str, Json]:
        (source,) = self._of(call)
        info = self._place.probe(source, limits=call.limits, deep=bool(call.data["deep"]))
        self._info = info
        return {"info": to_dict(info, omit_defaults=True)}

    def _look(self, call: _Call) -> dict[str, Json]:
        (source,) = self._of(call)
        outputs = cast("Sequence[Mapping[str, object]]", call.data["outputs"])
        found = self._place.look(
            [from_dict(cast("type[Output]", Output), one) for one in outputs],
            from_dict(MediaInfo, cast("Mapping[str, object]", call.data["info"])),
            Once(source),
            limits=call.limits,
            capabilities=from_dict(
                Capabilities, cast("Mapping[str, object]", call.data["capabilities"])
            ),
            fail_on="none" if call.data["fail_on"] == "none" else "error",
        )
        return {"found": [look_to_dict(cast("ImageOutput", output)) for output in found]}

    def _render(self, call: _Call) -> dict[str, Json]:
        sources = self._of(call)
        joined = bool(call.data["joined"])
        opened = JoinedSource(sources, ExitStack()) if joined else sources[0]
        self._next_event = time.monotonic() + EVENT_SECONDS
        files, context = SentFiles(self._line, self._folder), self._context(call)
        used, tally = time.process_time(), context.tally
        work = Work(
            plan=plan_from_dict(call.data, self._info),
            source=Once(opened),
            parts=tuple(sources) if joined else (),
            assets=tuple(_whole(descriptor) for descriptor in call.more),
            limits=call.limits,
            strict=bool(call.data["strict"]),
            skip=frozenset(cast("Sequence[str]", call.data["skip"])),
        )
        with tally.timed("encode"):
            made, preview = self._place.render(work, files, context)
        for one in made:
            for number, part in enumerate(one.parts):
                self._line.send({"part": one.step.name, "number": number}, part.data)
        last = files.last()
        if last is not None:
            self._payload = last[1]
        return {
            **({} if last is None else {"file": last[0]}),
            "rendered": [rendered_to_dict(one) for one in made],
            "paths": {name: os.path.basename(path) for name, path in files.written.items()},
            "preview": preview,
            "spent": spent_to_dict(tally, time.process_time() - used),
        }

    def _compare(self, call: _Call) -> dict[str, Json]:
        from mediaflow.image.compare import Planned

        first, second = (
            Planned(
                data=_whole(descriptor),
                plan=plan_from_dict(cast("Mapping[str, object]", call.data[name])),  # type: ignore[arg-type]  # pictures are compared
                is_resized=name == "b" and bool(call.data["is_resized"]),
            )
            for name, descriptor in zip("ab", call.more, strict=True)
        )
        return {"comparison": to_dict(self._place.compare(first, second, limits=call.limits))}

    def _context(self, call: _Call) -> Context:
        budget = Budget(
            threads=cast("int", call.data["threads"]), bytes=cast("int", call.data["bytes"])
        )
        stop = Stop(self._line)
        return Context(job_id="isolated", emit=self._tell, cancelled=stop.is_set, budget=budget)

    def _tell(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, Progress) and now >= self._next_event:
            self._next_event = now + EVENT_SECONDS
            self._line.send(
                {
                    "event": {
                        "fraction": event.fraction,
                        "stage": event.stage,
                        "output": event.output,
                    }
                }
            )

    def _end(self) -> None:
        """Forget the job: its sources are closed."""
        for source in self._sources:
            source.close()
        self._sources.clear()


class _Stage:
    """Both ends of a line, where a job is rehearsed.

    Args:
        folder: Where this process writes.
    """

    def __init__(self, folder: str) -> None:
        self._ours, theirs = line_pair()
        self._theirs = Line(theirs)
        self._server = Server(self._theirs, folder, nullcontext())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._theirs.close()

    def play(self, rehearsal: Rehearsal) -> bool:
        """Do a job; tell whether all of it went well."""
        return rehearsal.play(self._ours, self._server.serve)


class _Call:
    """What is asked.

    Args:
        message: How it came.
        more: Descriptors beside those of sources.
    """

    def __init__(self, message: Message, more: tuple[int, ...]) -> None:
        self.data = message.data
        self.more = more
        self.numbers = cast("Sequence[int]", message.data["sources"])
        self.limits = _limits(cast("str", message.data["limits"]))


@lru_cache(maxsize=8)
def _limits(text: str) -> Limits:
    """Return limits; most calls bring those of the one before."""
    return from_dict(Limits, json.loads(text))


def _warm_up() -> None:
    """Import all that a job may need."""
    for room in WARM_ROOMS:
        package = importlib.import_module(f"mediaflow.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "vips" not in found.name:  # it starts threads, and a child does without
                importlib.import_module(found.name)
    for name in TEXT_ENCODINGS:
        codecs.lookup(name)
    from mediaflow.filters import filters
    from mediaflow.image.backend import installed
    from mediaflow.image.focus import focus_detectors
    from mediaflow.image.pillow.warm import warm_up as warm_pillow
    from mediaflow.libav.warm import warm_up as warm_libav

    filters.load_plugins()
    focus_detectors.load_plugins()
    installed("own")
    warm_pillow()
    warm_libav()


def _hush() -> None:
    """Say nothing any more where others would see it; codecs print what they like."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _whole(descriptor: int) -> bytes:
    with DescriptorSource(descriptor, uri=None, name=None, max_bytes=SIZE_LIMIT) as source:
        return source.read_all()
