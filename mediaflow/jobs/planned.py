"""From an open source and a request to a plan: probe, name, plan.

Law: the header is all that is read, unless the name of an output asks for a digest, or only pixels
tell which part of a picture an output shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaflow.errors import UnidentifiedMediaError
from mediaflow.jobs.second import without_sources
from mediaflow.models.concat import sources_of
from mediaflow.models.serde import to_dict
from mediaflow.planning import (
    PicturePlan,
    SourceName,
    narrow_for,
    needs_key,
    needs_place,
    plan_film,
    plan_image,
    template_for,
)
from mediaflow.planning.checks import check_source
from mediaflow.planning.framing import needs_look
from mediaflow.planning.names import UNNAMED_STEMS, format_of_name, names_format
from mediaflow.probing.times import frame_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mediaflow.jobs.environment import Environment
    from mediaflow.jobs.second import Once, OpenAssets
    from mediaflow.models.info import MediaInfo, MediaKind
    from mediaflow.models.job import Job
    from mediaflow.models.outputs import Output
    from mediaflow.planning.plan import Plan
    from mediaflow.storage import OpenSource

__all__ = ["Planner", "is_walk"]


class Planner:
    """Plans one job from its open source.

    Args:
        job: What is wanted.
        outputs: Typed outputs, as :func:`check_request` returned them.
        source: The open source.
        assets: Second inputs of filters.
        environment: Storage and limits.
    """

    def __init__(
        self,
        job: Job,
        outputs: Sequence[Output],
        source: Once,
        assets: OpenAssets,
        environment: Environment,
    ) -> None:
        self.job = job
        self.outputs = outputs
        self.source = source
        self.assets = assets
        self.environment = environment

    def plan(self) -> Plan:
        """Return the plan by the header.

        Raises:
            SpecError: The request does not fit the source.
            SourceError: The input is at fault.
            UnsupportedError: Nothing installed can do it.
        """
        opened = self.source.source
        limits = self.environment.limits_of(self.job)
        return self._plan(self.environment.place.probe(opened, limits=limits), ())

    def plan_walk(self, info: MediaInfo, data: bytes) -> Plan:
        """Return the plan of an animation whose whole file is at hand, which tells its times.

        Raises:
            SourceError: The input is at fault.
            SpecError: The request does not fit the source.
        """
        seconds = frame_seconds(
            data,
            info.format,
            where=self.source.source.uri,
            canvas=info.picture.stored_size,
            limits=self.environment.limits_of(self.job),
        )
        return self._plan(_with_times(info, seconds), seconds)

    def _plan(self, info: MediaInfo, seconds: Sequence[Fraction]) -> Plan:
        name, template = self._names(info)
        assets = self.assets.plan(self.environment.storage, self.environment.place)
        capabilities = self.environment.capabilities(info.format)
        limits = self.environment.limits_of(self.job)
        if info.kind != "image":
            from mediaflow.libav.passes import two_pass_codecs  # loads PyAV, which films need

            capabilities = replace(capabilities, two_pass_codecs=two_pass_codecs())
            return plan_film(
                self.outputs,
                info,
                template=template,
                source_name=name,
                capabilities=capabilities,
                limits=limits,
                assets=assets,
                fail_on=self.job.fail_on,
            )
        check_source(info, capabilities, limits)
        outputs = narrow_for(self.outputs, info)
        if any(map(needs_look, outputs)):
            outputs = self.environment.place.look(
                outputs,
                info,
                self.source,
                limits=limits,
                capabilities=capabilities,
                fail_on=self.job.fail_on,
            )
        return plan_image(
            outputs,
            info,
            template=template,
            source_name=name,
            capabilities=capabilities,
            limits=limits,
            assets=assets,
            fail_on=self.job.fail_on,
            frame_seconds=seconds,
        )

    def _names(self, info: MediaInfo) -> tuple[SourceName, str]:
        """Return what names of outputs are made from."""
        job, storage = self.job, self.environment.storage
        opened = self.source.source
        to = None if job.to is None else str(job.to)
        is_folder = job.to is not None and storage.is_folder(job.to)
        beside = storage.local_folder(sources_of(job.source)[0])
        near = beside if needs_place(self.outputs) else ""  # what is not stored needs no folder
        template = template_for(to, is_folder=is_folder, beside=near)
        name = _source_name(opened, beside, info.kind)
        self._check_name(opened, info)
        if needs_key(template):
            name = replace(name, key=self._key())
        return name, template

    def _check_name(self, opened: OpenSource, info: MediaInfo) -> None:
        """Refuse a stranger's file that holds another format than its name says."""
        claimed = None if opened.name is None else format_of_name(opened.name)
        is_strange = self.environment.trust == "strangers" and claimed is not None
        if is_strange and not names_format(claimed, info.format):
            raise UnidentifiedMediaError(
                f"{opened.name!r} holds {info.format.upper()}, which its name does not say",
                hint="give the file the extension of what it holds",
                where=opened.uri,
            )

    def _key(self) -> str:
        digest = hashlib.sha256()
        for part in self.source.parts():
            digest.update(part)
        for output in map(without_sources, self.outputs):
            digest.update(json.dumps(to_dict(output), sort_keys=True).encode())
        for data in self.assets.read_all(self.environment.storage):
            digest.update(hashlib.sha256(data).digest())
        return digest.hexdigest()[:32]


def is_walk(plan: Plan) -> bool:
    """Return whether a plan is of an animation, whose whole file tells more than its header."""
    return isinstance(plan, PicturePlan) and plan.walks_frames


def _with_times(info: MediaInfo, seconds: Sequence[Fraction]) -> MediaInfo:
    """Return facts with what only a walk over the whole file tells."""
    if not seconds:
        return info
    length = float(sum(seconds)) if len(seconds) > 1 else None
    image = replace(
        info.picture,
        frames=len(seconds),
        is_animated=len(seconds) > 1,
        loop_plays=info.picture.loop_plays if len(seconds) > 1 else None,
        duration_seconds=length,
    )
    return replace(info, image=image)


def _source_name(source: OpenSource, folder: str | None, kind: MediaKind) -> SourceName:
    """Return what a template may take from a source.

    Args:
        source: The open input.
        folder: Folder of a local source, or None for any other.
        kind: What the source is, which names one that has no name.
    """
    if source.name is None:
        return SourceName(stem=UNNAMED_STEMS[kind])
    place = posixpath.dirname(source.uri or "") if folder is None else os.path.abspath(folder)
    return SourceName(
        stem=posixpath.splitext(source.name)[0] or source.name,
        format=format_of_name(source.name),
        parent=posixpath.basename(place.replace("\\", "/")),
    )
