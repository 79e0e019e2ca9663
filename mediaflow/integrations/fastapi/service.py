"""What the endpoints share: a processor, its callers and their jobs."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi.responses import Response

from mediaflow.aio import Processor
from mediaflow.errors import SpecError
from mediaflow.integrations.fastapi.access import Access
from mediaflow.integrations.fastapi.answers import job_answer
from mediaflow.integrations.fastapi.book import ENDED, Book, Record
from mediaflow.integrations.fastapi.building import Builder
from mediaflow.integrations.fastapi.feed import Feeds
from mediaflow.integrations.fastapi.live import Live
from mediaflow.integrations.fastapi.places import folder_of, relative
from mediaflow.integrations.fastapi.policy import ServicePolicy
from mediaflow.integrations.fastapi.problems import RETRY_AFTER, Problem, hidden
from mediaflow.integrations.fastapi.quota import Quota
from mediaflow.integrations.fastapi.remaking import unmade
from mediaflow.integrations.fastapi.requests import read_body
from mediaflow.integrations.fastapi.responses import PRIVATE, answer
from mediaflow.integrations.fastapi.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

    from mediaflow.integrations.fastapi.access import Auth, Authorize
    from mediaflow.integrations.fastapi.answers import JobAnswer
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.planning import Plan

__all__ = ["Service"]

SETTLE_SECONDS = 5.0
"""Between the last event of a job and its result lie moments."""

LOOKS_THAT_WAIT = 32
"""For each that is made."""


class Service:
    """A processor, its callers and their jobs.

    Args:
        processor: Runs the jobs; for strangers and isolated.
        policy: Bounds; None takes the usual ones.
        auth: Tells who asks; None lets everybody in as one.
        authorize: Lets a principal see what is not his own; None never does.

    Raises:
        SpecError: The processor is not made for strangers.
    """

    def __init__(
        self,
        processor: Processor,
        policy: ServicePolicy | None,
        auth: Auth | None,
        authorize: Authorize | None,
    ) -> None:
        policy = policy or ServicePolicy()
        self.processor: Processor = processor
        self.root: str = _root_of(processor, policy.root)
        """Folder of all inputs and outputs."""
        self.policy: ServicePolicy = policy
        self.book: Book = Book(policy)
        self.access: Access = Access(self.book, auth, authorize)
        self.builder: Builder = Builder(self.root, self.access, policy)
        self.quota: Quota = Quota(self.root, policy.max_bytes_each)
        self.uploads: Uploads = Uploads(
            self.root,
            policy.max_upload_bytes,
            most_open=policy.max_open_uploads,
            stale_seconds=policy.upload_seconds,
            idle_seconds=policy.idle_seconds,
            quota=self.quota,
        )
        self.feeds: Feeds = Feeds(self.shown, policy.max_watchers)
        self.live: Live = Live(policy)
        self._looks = asyncio.Semaphore(policy.max_looks)
        self._looking = 0

    async def body(self, request: Request) -> bytes:
        """Return the JSON body of a request.

        Raises:
            Problem: It is not said to be JSON, too long or too slow.
        """
        return await read_body(request, self.policy.max_body_bytes, self.policy.idle_seconds)

    async def plan(self, job: Job) -> Plan:
        """Return the plan of a job; so many are made at once as the policy says.

        Raises:
            Problem: Too many wait for theirs.
            MediaflowError: It cannot be done.
        """
        async with self._look():
            return await self.processor.plan(job)

    async def probe(self, path: str) -> MediaInfo:
        """Return what a file holds.

        Raises:
            Problem: Too many wait for theirs.
            MediaflowError: It is nothing that is known.
        """
        async with self._look():
            return await self.processor.probe(path)

    @asynccontextmanager
    async def _look(self) -> AsyncIterator[None]:
        if self._looking >= self.policy.max_looks * LOOKS_THAT_WAIT:
            raise Problem(503, "queue_full", "too many files are looked at", RETRY_AFTER)
        self._looking += 1
        try:
            async with self._looks:
                yield
        finally:
            self._looking -= 1

    async def start(
        self,
        principal: str | None,
        job: Job,
        *,
        key: str | None = None,
        retry_of: str | None = None,
    ) -> Record:
        """Begin a job within the bounds.

        Args:
            principal: Whose it is.
            job: What is wanted.
            key: Idempotency key that was claimed for it.
            retry_of: The job whose rest it makes.

        Raises:
            Problem: There is no room for it.
            MediaflowError: It cannot be done.
        """
        self.book.reserve(principal)
        try:
            await self.quota.check(folder_of(principal))
            plan = await self.plan(job)
            record = Record(
                handle=await self.processor.submit(job),
                job=job,
                principal=principal,
                estimated_seconds=plan.estimated_seconds,
                estimated_bytes=plan.peak_bytes,
                source_bytes=plan.source.bytes,
                plan=self.words(plan),
                output_names=tuple(one.name for one in plan.outputs),
                retry_of=retry_of,
            )
            self.book.keep(record, key)
        finally:
            self.book.release(principal)
        return record

    async def retry(self, principal: str | None, record: Record) -> Record:
        """Make what a job did not make, as a new job.

        Raises:
            Problem: There is no room for it.
            MediaflowError: It cannot be done.
        """
        again = unmade(record.job, record.handle.outcome)
        return await self.start(principal, again, retry_of=record.handle.id)

    async def drain(self) -> None:
        """Take no more jobs, let those that run end, and cancel those that do not in time."""
        self.book.is_draining = True
        await self.live.close()
        running = [one.handle for one in self.book.all() if one.handle.status not in ENDED]
        waits = [asyncio.create_task(one.wait(self.policy.drain_seconds)) for one in running]
        await asyncio.gather(*waits)
        late = [one for one in running if one.status not in ENDED]
        for one in late:
            await asyncio.to_thread(one.cancel)
        await asyncio.gather(*(one.wait(self.policy.cancel_seconds) for one in late))

    def words(self, plan: Plan) -> tuple[str, ...]:
        """Return a plan in words, with locations in place of paths."""
        text = str(plan).replace(f"{self.root}{os.sep}", "")
        return tuple(hidden(line) for line in text.splitlines())

    def shown(self, uri: str) -> str:
        """Return a path of this machine as a location."""
        return relative(self.root, uri.removeprefix("file://"))

    def told(self, record: Record) -> JobAnswer:
        """Return what is told about a job."""
        return job_answer(record, self.shown)

    async def job_response(self, record: Record) -> Response:
        """Return the answer about a job; one that has ended is written once."""
        if record.body is None:
            is_over = record.handle.status in ENDED and await record.handle.wait(SETTLE_SECONDS)
            made = answer(self.told(record))
            if not is_over:
                return made
            record.body = bytes(made.body)
        return Response(record.body, 200, PRIVATE, "application/json")


def _root_of(processor: object, root: str | None) -> str:
    """Return the folder that a service works in.

    Raises:
        SpecError: The processor reaches more than that, is not isolated or not for strangers.
    """
    if not isinstance(processor, Processor):
        raise SpecError(
            "a service needs the processor of mediaflow.aio, whose jobs leave the loop alone",
            hint=_HOW,
        )
    if processor.trust != "strangers" or processor.isolation == "none":
        raise SpecError("a service needs an isolated processor for strangers", hint=_HOW)
    roots = processor.storage.policy.roots
    if not roots:
        raise SpecError("a service needs a storage that is confined to its root", hint=_HOW)
    if root is None and len(roots) == 1:
        return roots[0]
    if root is None or not any(os.path.commonpath((root, one)) == one for one in roots):
        raise SpecError(
            f"the policy's root {root!r} must lie in a folder of the storage",
            hint="ServicePolicy(root=...)",
            field="root",
        )
    return root


_HOW = "mediaflow.aio.Processor(trust='strangers', storage=Storage.within('/srv/media'))"
