"""Takes sources apart in a child, which gets open files and gives back data.

Law: the child opens nothing and publishes nothing. Each file that it made is looked at here before
anybody else sees it; what it says besides is read as data. Whatever ends the child, the job ends with
a typed error and nothing of it stays.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from mediaflow.errors import JobCancelledError, SpecError, WorkerLostError
from mediaflow.executors.children import Watch
from mediaflow.jobs.calls import (
    error_of,
    look_from_dict,
    plan_to_dict,
    preview_from,
    spent_from,
)
from mediaflow.jobs.handed_back import HandedBack
from mediaflow.models.comparison import Comparison
from mediaflow.models.info import MediaInfo
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.planning.framing import needs_look
from mediaflow.security.sandbox import SandboxReport
from mediaflow.storage.spool import descriptor_of, spooled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from mediaflow.executors.children import Child
    from mediaflow.executors.line import Message
    from mediaflow.executors.pool import ChildPool
    from mediaflow.image.compare import Planned
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.jobs.place import Made, Work
    from mediaflow.jobs.second import Once
    from mediaflow.jobs.seen import Seen
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.context import Context
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import ImageOutput, Output
    from mediaflow.planning.plan import Plan
    from mediaflow.security.limits import Limits
    from mediaflow.storage import OpenSource

__all__ = ["IsolatedPlace"]

UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What comes of reading what was made to confuse."""

LEAST_BYTES: Final = 256 * 1024 * 1024
"""Working memory that any job gets."""

PLAN_FACTOR: Final = 4
"""A plan's own figure of memory leaves out what codecs need for themselves."""

VIRTUAL_BYTES: Final = 1024 * 1024 * 1024
"""Address space beyond memory: stacks of threads, and what allocators keep."""


class IsolatedPlace:
    """A place for one job; its child is lent when it is first needed.

    Args:
        pool: Lends the child.
        cancelled: Whether the caller has given up.
        scratch: Folder for copies of inputs, or None for the system's own.
        seen: What is known of files that were looked at before.
    """

    def __init__(
        self,
        pool: ChildPool,
        cancelled: Callable[[], bool],
        scratch: str | None = None,
        *,
        seen: Seen,
    ) -> None:
        self._pool, self._cancelled, self._scratch = pool, cancelled, scratch
        self._seen = seen
        self._stack = ExitStack()
        self._child: Child | None = None
        self._known: list[OpenSource] = []
        """Sources that the child has; it calls them by their places here."""

        self._info: MediaInfo | None = None
        """What the child said last of a source, and knows itself."""

        self._is_over = False
        """Whether the child has forgotten the job."""

        self._allowed: int | None = None
        self._base = 0
        self._began = 0.0
        """When the child was lent: a job has its time once, not once a call."""

    @property
    def isolation(self) -> Isolation:
        """In what kind of child."""
        return "job" if self._pool.serves_once else "worker"

    @property
    def sandbox(self) -> SandboxReport | None:
        """What locks the child; None before it was needed."""
        told = None if self._child is None else (self._child.about or {}).get("sandbox")
        return None if told is None else _report_of(json.dumps(told))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        child = self._child
        if child is not None and not self._is_over:
            child.tell({"do": "end"})
        try:
            if child is not None and not _empty(child.folder):
                child.kill()  # no job makes folders there
        finally:
            self._stack.close()

    def probe(self, source: OpenSource, *, limits: Limits, deep: bool = False) -> MediaInfo:
        """Return what a source holds; a local file that was looked at a moment ago is known."""
        known = None if deep else self._seen.get(source, limits)
        if known is not None:
            return known
        asked = {"do": "probe", "deep": deep}
        answer = self._ask(asked, [source], limits)
        with self._reading():
            self._info = from_dict(MediaInfo, _mapping(answer.data["info"]))
        if not deep:
            self._seen.put(source, limits, self._info)
        return self._info

    def look(
        self,
        outputs: Sequence[Output],
        info: MediaInfo,
        source: Once,
        *,
        limits: Limits,
        capabilities: Capabilities,
        fail_on: FailOn,
    ) -> tuple[Output, ...]:
        """Return outputs with every question to the pixels answered."""
        wanted = [number for number, output in enumerate(outputs) if needs_look(output)]
        # a look asks where; what is done to the part, and with what, is not the child's business
        bare = [replace(cast("ImageOutput", outputs[number]), filters=()) for number in wanted]
        asked = {
            "do": "look",
            "outputs": [to_dict(output) for output in bare],
            "info": to_dict(info),
            "capabilities": to_dict(capabilities),
            "fail_on": fail_on,
        }
        answer = self._ask(asked, [source.source], limits)
        found = list(outputs)
        with self._reading():
            rows = cast("Sequence[Mapping[str, object]]", answer.data["found"])
            for number, row in zip(wanted, rows, strict=True):
                image = cast("ImageOutput", outputs[number])
                found[number] = look_from_dict(row, image, info.size)
        return tuple(found)

    def render(self, work: Work, files: OutputFiles, context: Context) -> Made:
        """Carry a plan out; files go to ``files``."""
        back = HandedBack(work, files, context)
        asked = {
            "do": "render",
            **_travelling(work.plan, known=self._info),
            "last": True,
            "strict": work.strict,
            "skip": sorted(work.skip),
            "threads": context.budget.threads,
            "bytes": context.budget.bytes,
            "joined": len(work.parts),
            "assets": len(work.assets),
        }
        sources = [*(work.parts or (work.source.source,))]
        with ExitStack() as stack:
            assets = []
            for data in work.assets:
                assets.append(spooled((data,), len(data), scratch=self._scratch))
                stack.callback(os.close, assets[-1])
            answer = self._ask(
                asked, sources, work.limits, plan=work.plan, take=back.take, more=assets
            )
        self._is_over = True
        child = self._lent()
        with self._reading():
            # the child's memory is read from outside: a locked one cannot look at itself
            spent = replace(
                spent_from(answer.data["spent"]), peak_rss_bytes=child.memory.peak_rss_bytes()
            )
            context.tally.take(spent)
            if "file" in answer.data:
                back.take(answer)
            made = back.made(answer.data, child.folder)
            return made, preview_from(answer.data.get("preview"))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Blame the child for an answer that cannot be read, and have no more of it.

        Raises:
            WorkerLostError: It is so.
        """
        try:
            yield
        except WorkerLostError:
            self._end_child()
            raise
        except UNREADABLE as exc:
            self._end_child()
            raise WorkerLostError(
                f"the process of the job answered what cannot be read: {type(exc).__name__}"
            ) from exc

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()

    def compare(self, a: Planned, b: Planned, *, limits: Limits) -> Comparison:
        """Return how alike two pictures are."""
        asked = {
            "do": "compare",
            "a": plan_to_dict(a.plan),
            "b": plan_to_dict(b.plan),
            "is_resized": b.is_resized,
        }
        with ExitStack() as stack:
            given = [spooled((one.data,), len(one.data), scratch=self._scratch) for one in (a, b)]
            for descriptor in given:
                stack.callback(os.close, descriptor)
            answer = self._ask(asked, [], limits, more=given)
        with self._reading():
            return from_dict(Comparison, _mapping(answer.data["comparison"]))

    def _ask(
        self,
        data: Mapping[str, object],
        sources: Sequence[OpenSource],
        limits: Limits,
        *,
        plan: Plan | None = None,
        take: Callable[[Message], None] | None = None,
        more: Sequence[int] = (),
    ) -> Message:
        """Ask the child, and hand it what it has not yet.

        Raises:
            MediaflowError: Whatever the child says, or whatever became of it.
        """
        child = self._lent()
        seconds = limits.seconds_for(None if plan is None else plan.source.duration_seconds)
        most = limits.max_memory_bytes
        if plan is not None or data["do"] == "probe":
            planned = 0 if plan is None else plan.peak_bytes * PLAN_FACTOR
            most = min(most, max(LEAST_BYTES, planned))
        if most != self._allowed:
            child.allow(most + VIRTUAL_BYTES)
            self._allowed = most
        watch = Watch(
            cancelled=self._cancelled,
            deadline=self._began + seconds,
            limit_seconds=seconds,
            most_bytes=self._base + most,
        )
        with ExitStack() as stack:
            new, given, numbers = [], [], []
            for source in sources:
                places = [at for at, known in enumerate(self._known) if known is source]
                if not places:
                    given.append(descriptor_of(source, self._check, scratch=self._scratch))
                    stack.callback(os.close, given[-1])
                    places = [len(self._known)]
                    self._known.append(source)
                    new.append({"uri": source.uri, "name": source.name})
                numbers += places
            asked = {**data, "limits": _words_of(limits), "new": new, "sources": numbers}
            answer = child.call(asked, take or _refuse, watch, descriptors=[*given, *more])
        with self._reading():
            error = error_of(answer.data)
        if error is not None:
            raise error
        return answer

    def _lent(self) -> Child:
        if self._child is None:
            self._child = self._stack.enter_context(self._pool.child(cancelled=self._cancelled))
            self._child.memory.forget_peak()
            self._base = self._child.memory.resident_bytes() or 0
            self._began = time.monotonic()
        return self._child

    def _check(self) -> None:
        if self._cancelled():
            raise JobCancelledError("the job was cancelled")


def _travelling(plan: Plan, *, known: MediaInfo | None) -> dict[str, object]:
    """Return a plan as JSON values, without what the child said itself."""
    try:
        return dict(plan_to_dict(plan, without_source=plan.source is known))
    except SpecError as exc:
        raise SpecError(
            f"an isolated job takes no code and no open objects: {exc.message}",
            hint='leave isolation="none", or say it by a filter of the library',
            field="outputs",
        ) from exc


@lru_cache(maxsize=8)
def _words_of(limits: Limits) -> str:
    """Return limits as text; most calls bring those of the one before."""
    return json.dumps(to_dict(limits))


@lru_cache(maxsize=8)
def _report_of(text: str) -> SandboxReport:
    """Return what locks a child; most say the same as the one before."""
    return from_dict(SandboxReport, _mapping(json.loads(text)))


def _empty(folder: str) -> bool:
    """Remove the files that a job left in the folder of its child; tell whether it is empty."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                os.unlink(entry.path)
    except FileNotFoundError:
        return True  # it went with its child
    except OSError:
        return False
    return True


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise WorkerLostError(f"the process of the job answered with {value!r:.80}")
    return value


def _refuse(message: Message) -> None:
    raise WorkerLostError(f"the process of the job said {list(message.data)!r:.80} unasked")
