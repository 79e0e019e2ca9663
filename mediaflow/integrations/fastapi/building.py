"""Requests become jobs: locations of the service become paths, and nothing else is reached.

Law: whoever asks may see each input, the main one and second ones, and writes to his own folder.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from mediaflow.errors import ForbiddenLocationError, SpecError
from mediaflow.integrations.fastapi.places import absolute, folder_of
from mediaflow.jobs.second import sources_of, with_sources
from mediaflow.models.callback import Callback
from mediaflow.models.job import Job, as_outputs
from mediaflow.models.outputs import OutputSpec
from mediaflow.planning.narrow import narrow

if TYPE_CHECKING:
    from mediaflow.integrations.fastapi.access import Access
    from mediaflow.integrations.fastapi.policy import ServicePolicy
    from mediaflow.models.job import AnyOutput, IfExists, Source

__all__ = ["Builder"]


class Builder:
    """Makes jobs of requests.

    Args:
        root: Folder of the service.
        access: Tells what may be seen.
        policy: Says what signs callbacks.
    """

    def __init__(self, root: str, access: Access, policy: ServicePolicy) -> None:
        self._root = root
        self._access = access
        self._policy = policy

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
        """Return a job whose locations are within the root and may be seen.

        Raises:
            Problem: A location may not be seen.
            SpecError: Something cannot be meant.
            ForbiddenLocationError: A location is none of a service.
        """
        place = await self.source(principal, source)
        folder = to or f"{folder_of(principal)}/outputs/{secrets.token_hex(12)}"
        await self._access.see(principal, folder)
        if "{" in folder or "}" in folder:
            raise SpecError("to is a folder here, not a template", field="to")
        return Job(
            place,
            [await self._placed(principal, output) for output in as_outputs(outputs)],
            to=absolute(self._root, folder) + "/",
            if_exists=if_exists,
            callback=self._callback(callback_url),
        )

    async def source(self, principal: str | None, location: str) -> str:
        """Return an input as a path of this machine.

        Raises:
            Problem: It may not be seen.
            ForbiddenLocationError: It is no location of a service.
        """
        return absolute(self._root, await self._access.see(principal, location))

    def _callback(self, url: str | None) -> Callback | None:
        if url is None:
            return None
        if self._policy.callback_secret is None:
            raise SpecError("this service sends no callbacks", field="callback_url")
        return Callback(url, self._policy.callback_secret, root=self._root)

    async def _placed(self, principal: str | None, output: AnyOutput) -> AnyOutput:
        """Return an output whose second inputs are paths of this machine."""
        if isinstance(output, OutputSpec):  # the short form has none
            return output
        typed = narrow(output)
        places: dict[Source, Source] = {}
        for source in sources_of(typed):
            if not isinstance(source, str):
                raise SpecError("a second input is a location", field="source")
            places[source] = await self.source(principal, source)
        made = with_sources(typed, lambda source: places[source]) if places else typed
        if not set(sources_of(made)) <= set(places.values()):
            raise ForbiddenLocationError("this filter's second input cannot be named here")
        return made
