"""From a request to a plan and the bytes it needs: open, probe, plan, read.

Law: everything that can be refused is refused here, before a pixel is decoded.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaflow.errors import OutputExistsError, SpecError, UnidentifiedMediaError
from mediaflow.jobs.second import Once, OpenAssets, without_sources
from mediaflow.models.serde import to_dict
from mediaflow.planning import (
    PicturePlan,
    SourceName,
    check_request,
    needs_key,
    needs_place,
    plan_image,
    template_for,
)
from mediaflow.planning.checks import check_source
from mediaflow.planning.framing import needs_look
from mediaflow.planning.names import format_of_name
from mediaflow.probing import probe
from mediaflow.probing.times import frame_seconds
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mediaflow.jobs.environment import Environment
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.models.outputs import Output
    from mediaflow.storage import OpenSource

__all__ = ["Acquired", "acquire", "plan_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """A plan and the whole input."""

    plan: PicturePlan
    data: bytes
    """The input; empty when every output is there already."""

    assets: tuple[bytes, ...] = ()
    """Second inputs of filters, in the order of the plan's; empty likewise."""

    existing: frozenset[str]
    """Names of the outputs that are there already and stay as they are."""


def plan_job(job: Job, environment: Environment) -> PicturePlan:
    """Return the plan of a job; reads the header and nothing more unless names need a digest.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        UnsupportedError: Something that the job needs is not installed.
    """
    outputs = check_request(job, environment.capabilities())
    limits = environment.limits_of(job)
    with environment.storage.open(job.source, max_bytes=limits.max_input_bytes) as source:
        return _plan(job, outputs, Once(source), OpenAssets(outputs, limits), environment)


def acquire(job: Job, environment: Environment) -> Acquired:
    """Return the plan of a job with the input read into memory.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        OutputExistsError: An output exists and the job says ``if_exists="error"``.
        StorageError: The input could not be read.
        UnsupportedError: Something that the job needs is not installed.
    """
    outputs = check_request(job, environment.capabilities())
    limits = environment.limits_of(job)
    with environment.storage.open(job.source, max_bytes=limits.max_input_bytes) as opened:
        source = Once(opened)
        assets = OpenAssets(outputs, limits)
        plan = _plan(job, outputs, source, assets, environment)
        existing = _check_places(job, plan, environment)
        wanted = [step for step in plan.outputs if step.same_as is None]
        if len(existing) == len(wanted):
            return Acquired(plan=plan, data=b"", existing=existing)
        data = source.read_all()
        if plan.walks_frames:
            plan = _plan(job, outputs, source, assets, environment, (plan.source, data))
        return Acquired(
            plan=plan,
            data=data,
            assets=assets.read_all(environment.storage),
            existing=existing,
        )


def _plan(
    job: Job,
    outputs: Sequence[Output],
    once: Once,
    assets: OpenAssets,
    environment: Environment,
    known: tuple[MediaInfo, bytes] | None = None,
) -> PicturePlan:
    """Return the plan by the header, or by the whole file where it is an animation at hand."""
    limits = environment.limits_of(job)
    storage = environment.storage
    source = once.source
    to = None if job.to is None else str(job.to)
    is_folder = job.to is not None and storage.is_folder(job.to)
    beside = storage.local_folder(job.source)
    near = beside if needs_place(outputs) else ""  # what is not stored needs no folder
    template = template_for(to, is_folder=is_folder, beside=near)
    seconds: tuple[Fraction, ...] = ()
    if known is None:
        info = probe(source, uri=source.uri, limits=limits)
    else:
        seconds = frame_seconds(
            known[1],
            known[0].format,
            where=source.uri,
            canvas=known[0].picture.stored_size,
            limits=limits,
        )
        info = _with_times(known[0], seconds)
    name = _source_name(source, beside)
    if environment.trust == "strangers" and name.format not in (None, info.format):
        raise UnidentifiedMediaError(
            f"{source.name!r} holds {info.format.upper()}, which its name does not say",
            hint="give the file the extension of what it holds",
            where=source.uri,
        )
    if needs_key(template):
        name = replace(name, key=_key(outputs, once, assets.read_all(storage)))
    capabilities = environment.capabilities(info.format)
    check_source(info, capabilities, limits)
    if any(map(needs_look, outputs)):
        from mediaflow.jobs.look import look  # loads numpy, which most jobs can do without

        outputs = look(outputs, info, once.read_all, limits, capabilities, job.fail_on)
    return plan_image(
        outputs,
        info,
        template=template,
        source_name=name,
        capabilities=capabilities,
        limits=limits,
        assets=assets.plan(storage),
        fail_on=job.fail_on,
        frame_seconds=seconds,
    )


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


def _source_name(source: OpenSource, folder: str | None) -> SourceName:
    """Return what a template may take from a source.

    Args:
        source: The open input.
        folder: Folder of a local source, or None for any other.
    """
    if source.name is None:
        return SourceName()
    place = posixpath.dirname(source.uri or "") if folder is None else os.path.abspath(folder)
    return SourceName(
        stem=posixpath.splitext(source.name)[0] or source.name,
        format=format_of_name(source.name),
        parent=posixpath.basename(place.replace("\\", "/")),
    )


def _key(outputs: Sequence[Output], once: Once, assets: Sequence[bytes]) -> str:
    digest = hashlib.sha256(once.read_all())
    for output in map(without_sources, outputs):
        digest.update(json.dumps(to_dict(output), sort_keys=True).encode())
    for data in assets:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:32]


def _check_places(job: Job, plan: PicturePlan, environment: Environment) -> frozenset[str]:
    """Refuse places that cannot be used; return the outputs that are there already."""
    storage = environment.storage
    existing: set[str] = set()
    for step in plan.outputs:
        if not step.uri or step.same_as is not None:
            continue
        place = storage.at(job.to, step.uri)
        storage.check(place)
        if storage.same_place(job.source, place):
            raise SpecError(
                f"output {step.name!r} would overwrite its own input {redact(step.uri)!r}",
                hint="give the output a suffix, or another folder with to=...",
                field="to",
            )
        if any(storage.same_place(asset.source, place) for asset in plan.assets):
            raise SpecError(
                f"output {step.name!r} would overwrite a second input of its filters, "
                f"{redact(step.uri)!r}",
                field="to",
            )
        if job.if_exists != "replace" and storage.exists(place):
            if job.if_exists == "error":
                raise OutputExistsError(f"{redact(step.uri)!r} exists already", where=step.uri)
            existing.add(step.name)
    return frozenset(existing)
