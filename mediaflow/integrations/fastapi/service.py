"""What the endpoints share: who asks, what he may see, and how a job begins."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeAlias

from starlette.exceptions import HTTPException

from mediaflow.aio import Processor
from mediaflow.errors import MediaflowError, SpecError
from mediaflow.integrations.fastapi.book import Book, Record
from mediaflow.integrations.fastapi.places import absolute, check_location, folder_of, relative
from mediaflow.integrations.fastapi.problems import Problem, hidden
from mediaflow.integrations.fastapi.uploads import Uploads
from mediaflow.models.callback import Callback
from mediaflow.models.job import Job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import HTTPConnection

    from mediaflow.integrations.fastapi.policy import ServicePolicy
    from mediaflow.models.job import IfExists
    from mediaflow.models.serde import Json

__all__ = ["Auth", "Authorize", "Service"]

Auth: TypeAlias = "Callable[[HTTPConnection], Awaitable[str]]"
"""Tells who asks, or raises."""

Authorize: TypeAlias = "Callable[[str | None, str], Awaitable[bool]]"
"""Tells whether a principal may see a location or the job of an id."""


class Service:
    """A processor, its callers and their jobs.

    Args:
        processor: Runs the jobs; for strangers and isolated.
        policy: Bounds.
        auth: Tells who asks; None lets everybody in as one.
        authorize: Lets a principal see what is not his own; None never does.

    Raises:
        SpecError: The processor is not made for strangers.
    """

    def __init__(
        self,
        processor: Processor,
        policy: ServicePolicy,
        auth: Auth | None,
        authorize: Authorize | None,
    ) -> None:
        if not isinstance(processor, Processor):
            raise SpecError(
                "a service needs the processor of mediaflow.aio, whose jobs leave the loop alone",
                hint=_HOW,
            )
        environment = processor._processor._environment
        if environment.trust != "strangers" or environment._pool is None:
            raise SpecError("a service needs an isolated processor for strangers", hint=_HOW)
        storage = environment._storage
        if storage is None or not storage._policy.roots:
            raise SpecError("a service needs a storage that is confined to its root", hint=_HOW)
        self.processor: Processor = processor
        self.policy: ServicePolicy = policy
        self.book: Book = Book(policy)
        self.uploads: Uploads = Uploads(
            policy.root,
            policy.max_upload_bytes,
            most_open=policy.max_open_uploads,
            stale_seconds=policy.upload_seconds,
        )
        self._auth = auth
        self._authorize = authorize

    async def who(self, connection: HTTPConnection) -> str | None:
        """Return who asks.

        Raises:
            Problem: Nobody who may.
        """
        if self._auth is None:
            if connection.headers.get("sec-fetch-site") == "cross-site":
                raise Problem(403, "cross_site", "a page of another site may not ask")
            return None
        try:
            principal = await self._auth(connection)
        except HTTPException as exc:
            raise Problem(exc.status_code, "unauthorized", "you may not") from exc
        except Exception as exc:
            raise Problem(401, "unauthorized", "say who you are") from exc
        if not isinstance(principal, str) or not principal:
            raise Problem(401, "unauthorized", "say who you are")
        return principal

    async def watcher(self, connection: HTTPConnection, job_id: str) -> str | None:
        """Return who asks to follow a job: by a ticket, or as everywhere."""
        ticket = connection.query_params.get("ticket")
        if ticket is not None:
            return self.book.redeem(ticket, job_id)
        return await self.who(connection)

    async def see(self, principal: str | None, location: str, code: int = 404) -> str:
        """Return a location that a principal may see.

        Raises:
            Problem: He may not.
        """
        check_location(location.rstrip("/"))
        if self._auth is not None and location.split("/")[0] != folder_of(principal):
            allowed = self._authorize is not None and await self._authorize(principal, location)
            if not allowed:
                raise Problem(code, "not_found", "there is no such file")
        return location

    async def job(self, principal: str | None, job_id: str) -> Record:
        """Return a job that a principal may see.

        Raises:
            Problem: There is none.
        """
        record = self.book.find(job_id)
        if record is not None and await self.sees(principal, record):
            return record
        raise Problem(404, "not_found", "there is no such job")

    async def sees(self, principal: str | None, record: Record) -> bool:
        """Return whether a principal may see a job."""
        if record.principal == principal:
            return True
        return self._authorize is not None and await self._authorize(principal, record.handle.id)

    async def build(
        self,
        principal: str | None,
        source: str,
        outputs: object,
        *,
        to: str | None = None,
        if_exists: IfExists = "replace",
        callback_url: str | None = None,
    ) -> Job:
        """Return a job whose locations are within the root and may be seen."""
        await self.see(principal, source)
        folder = to or f"{folder_of(principal)}/outputs/{secrets.token_hex(12)}"
        await self.see(principal, folder)
        if "{" in folder or "}" in folder:
            raise SpecError("to is a folder here, not a template", field="to")
        callback = None
        if callback_url is not None:
            if self.policy.callback_secret is None:
                raise SpecError("this service sends no callbacks", field="callback_url")
            callback = Callback(callback_url, self.policy.callback_secret)
        return Job(
            absolute(self.policy.root, source),
            outputs,
            to=absolute(self.policy.root, folder) + "/",
            if_exists=if_exists,
            callback=callback,
        )

    async def start(self, principal: str | None, job: Job, key: str | None = None) -> Record:
        """Begin a job within the bounds."""
        self.book.reserve(principal)
        try:
            plan = await self.processor.plan(job)
            record = Record(
                handle=await self.processor.submit(job),
                job=job,
                principal=principal,
                estimated_seconds=plan.estimated_seconds,
                estimated_bytes=plan.peak_bytes,
            )
            self.book.keep(record, key)
        finally:
            self.book.release(principal)
        return record

    def shown(self, uri: str) -> str:
        """Return a path of this machine as a location."""
        return relative(self.policy.root, uri.removeprefix("file://"))

    def job_json(self, record: Record) -> dict[str, Json]:
        """Return what is told about a job."""
        handle = record.handle
        ended = handle.completed_at
        error = handle.error
        return {
            "job_id": handle.id,
            "status": handle.status,
            "progress": handle.progress,
            "error": None if error is None else hidden(error),
            "outputs": self._outputs(record),
            "created_at": handle.created_at.isoformat(),
            "completed_at": None if ended is None else ended.isoformat(),
        }

    def _outputs(self, record: Record) -> list[Json]:
        future = record.handle._handle.future
        if not future.done():
            return []
        error = future.exception()
        if error is None:
            result = future.result()
        elif isinstance(error, MediaflowError) and "result" in error.details:
            result = error.details["result"]  # type: ignore[assignment]  # run_job puts it there
        else:
            return []
        return [
            {
                "name": one.name,
                "status": one.status,
                "location": self.shown(one.uri),
                "format": one.format,
                "width": one.width,
                "height": one.height,
                "bytes": one.bytes,
                "error": None if one.error is None else hidden(one.error),
                "error_code": one.error_code,
            }
            for one in result.outputs
        ]


_HOW = (
    "mediaflow.aio.Processor(trust='strangers', storage=Storage(policy=UriPolicy(roots=(root,))))"
)
