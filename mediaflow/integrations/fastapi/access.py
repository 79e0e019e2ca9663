"""Who asks, and what he may see.

Law: what belongs to another does not exist; a page of another site asks for nobody.
Source: Fetch Metadata Request Headers (W3C), RFC 6454 (origins).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from mediaflow.integrations.fastapi.places import check_location, folder_of
from mediaflow.integrations.fastapi.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import HTTPConnection

    from mediaflow.integrations.fastapi.book import Book, Record

__all__ = ["Access", "Auth", "Authorize"]

Auth: TypeAlias = "Callable[[HTTPConnection], Awaitable[str]]"
"""Tells who asks, or raises."""

Authorize: TypeAlias = "Callable[[str | None, str], Awaitable[bool]]"
"""Tells whether a principal may see a location or the job of an id."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIMPLE: Final = frozenset(
    {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
)
"""Types of a body that a page may send to another site without being asked whether it may."""


class Access:
    """The doors of a service.

    Args:
        book: Knows jobs and tickets.
        auth: Tells who asks; None lets everybody in as one.
        authorize: Lets a principal see what is not his own; None never does.
    """

    def __init__(self, book: Book, auth: Auth | None, authorize: Authorize | None) -> None:
        self._book = book
        self._auth = auth
        self._authorize = authorize

    async def who(self, connection: HTTPConnection) -> str | None:
        """Return who asks.

        Raises:
            Problem: Nobody who may.
        """
        if _comes_from_elsewhere(connection, has_auth=self._auth is not None):
            raise Problem(403, "cross_site", "a page of another site may not ask")
        if self._auth is None:
            return None
        try:
            principal = await self._auth(connection)
        except HTTPException as exc:
            raise Problem(exc.status_code, "unauthorized", "you may not", exc.headers) from exc
        except Exception as exc:  # whatever an application's own code raises lets nobody in
            raise Problem(401, "unauthorized", "say who you are") from exc
        if not isinstance(principal, str) or not principal:
            raise Problem(401, "unauthorized", "say who you are")
        return principal

    async def watcher(self, connection: HTTPConnection, job_id: str) -> str | None:
        """Return who asks to follow a job: by a ticket, or as everywhere.

        Raises:
            Problem: Nobody who may, or the ticket is not good.
        """
        ticket = connection.query_params.get("ticket")
        if ticket is not None:
            return self._book.redeem(ticket, job_id)
        return await self.who(connection)

    async def see(self, principal: str | None, location: str) -> str:
        """Return a location that a principal may see.

        Raises:
            Problem: He may not.
            ForbiddenLocationError: It is no location of a service.
        """
        check_location(location.rstrip("/"))
        if self._auth is not None and location.split("/")[0] != folder_of(principal):
            allowed = self._authorize is not None and await self._authorize(principal, location)
            if not allowed:
                raise Problem(404, "not_found", "there is no such file")
        return location

    async def job(self, principal: str | None, job_id: str) -> Record:
        """Return a job that a principal may see.

        Raises:
            Problem: There is none.
        """
        record = self._book.find(job_id)
        if record is not None and await self.sees(principal, record):
            return record
        raise Problem(404, "not_found", "there is no such job")

    async def sees(self, principal: str | None, record: Record) -> bool:
        """Return whether a principal may see a job."""
        if record.principal == principal:
            return True
        return self._authorize is not None and await self._authorize(principal, record.handle.id)


def _comes_from_elsewhere(connection: HTTPConnection, *, has_auth: bool) -> bool:
    """Return whether a browser sends this for a page of another site, which could not read it.

    With a login that the browser sends by itself, such a page could still change something: by a
    request that needs no leave, and by a web socket, which never needs one.
    """
    headers, scope = connection.headers, connection.scope
    if scope["type"] == "websocket":
        origin = headers.get("origin")
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    site = headers.get("sec-fetch-site")
    if site not in ("cross-site", "same-site"):
        return False
    if not has_auth:
        is_link = headers.get("sec-fetch-dest") == "document" and scope["method"] == "GET"
        return site == "cross-site" and not is_link
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return scope["method"] not in SAFE and kind in SIMPLE
