"""Encoded files go to their places, all at the end, each atomically.

Law: nothing is visible before every output was encoded and the job may still publish; from then on
each output stands or falls alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from mediaflow.errors import (
    JobCancelledError,
    JobTimeoutError,
    MediaflowError,
    OutputExistsError,
)
from mediaflow.jobs.manifests import last_files
from mediaflow.models.events import Written
from mediaflow.models.result import Notice, OutputFile, OutputResult
from mediaflow.planning import RenditionStep, StreamStep
from mediaflow.redact import redact
from mediaflow.storage import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.jobs.rendered import AnyOutputStep, Part, Rendered
    from mediaflow.models.context import Context
    from mediaflow.models.job import Job
    from mediaflow.storage import Storage

__all__ = ["failed_output", "publish", "skipped_output"]

PUBLISH_THREADS: Final = 8  # waiting for a network, not computing


def publish(
    job: Job, rendered: Sequence[Rendered], sink: OutputFiles, storage: Storage, context: Context
) -> tuple[OutputResult, ...]:
    """Store every file that was encoded.

    Args:
        job: The request; says what to do when an output exists.
        rendered: What left the encoders.
        sink: Holds the files.
        storage: Where they go.
        context: Asked once more whether this job may still publish.

    Returns:
        One result an output, in the same order.

    Raises:
        JobCancelledError: The job was cancelled, or lost its right to publish, before any output
            stood.
        JobTimeoutError: It took longer than its limits allow; the same.
    """
    context.check()
    if not context.may_publish():
        raise JobCancelledError(f"job {context.job_id} may no longer publish")
    good = [item for item in rendered if item.error is None and item.step.uri]
    for item in rendered:
        if item.error is not None and isinstance(item.step, StreamStep):
            sink.segments.take_back(item.step)
    outcomes: dict[str, OutputResult] = {
        item.step.name: _completed(item) if item.error is None else failed_output(item)
        for item in rendered
        if item.error is not None or not item.step.uri
    }
    parts: dict[str, list[OutputFile]] = {}
    stored_all = _store_all(job, good, sink, storage, parts)
    given_up = [one for one in stored_all if isinstance(one, JobCancelledError | JobTimeoutError)]
    if given_up and not any(isinstance(one, Stored) for one in stored_all):
        raise given_up[0]
    for item, stored in zip(good, stored_all, strict=True):
        if isinstance(stored, OutputExistsError) and job.if_exists == "skip":
            outcomes[item.step.name] = skipped_output(item.step)  # it came while we worked
            continue
        if isinstance(stored, MediaflowError):
            outcomes[item.step.name] = failed_output(item, stored)
            continue
        outcomes[item.step.name] = _completed(item, stored, tuple(parts.get(item.step.name, ())))
        context.emit(
            Written(
                job_id=context.job_id,
                sequence=context.next_sequence(),
                output=item.step.name,
                uri=redact(stored.uri),
                bytes=stored.bytes,
            )
        )
        context.progress(0.9 + 0.1 * len(outcomes) / len(rendered), "store", item.step.name)
    return tuple(outcomes[item.step.name] for item in rendered)


def _store_all(
    job: Job,
    good: Sequence[Rendered],
    sink: OutputFiles,
    storage: Storage,
    parts: dict[str, list[OutputFile]],
) -> list[Stored | MediaflowError]:
    def store(item: Rendered) -> Stored | MediaflowError:
        try:
            if isinstance(item.step, StreamStep):
                stored, files = sink.segments.finish(item.step, last_files(item, item.step))
                parts[item.step.name] = list(files)
                return stored
            for part in item.parts:
                parts.setdefault(item.step.name, []).append(_store_part(job, part, storage))
            place = storage.at(job.to, item.step.uri)
            with storage.stage(place, if_exists=job.if_exists) as staged:
                for piece in sink.take(item.step.name):
                    staged.write(piece)
                return staged.publish()
        except MediaflowError as exc:
            return exc

    if len(good) <= 1 or storage.is_local(storage.at(job.to, good[0].step.uri)):
        return [store(item) for item in good]  # threads help with networks, not with one disk
    with ThreadPoolExecutor(min(PUBLISH_THREADS, len(good))) as pool:
        return list(pool.map(store, good))


def _store_part(job: Job, part: Part, storage: Storage) -> OutputFile:
    """Store a further file of an output; one that is left of an unfinished job is replaced."""
    if_exists = "replace" if job.if_exists == "skip" else job.if_exists
    with storage.stage(storage.at(job.to, part.uri), if_exists=if_exists) as staged:
        staged.write(part.data)
        stored = staged.publish()
    return OutputFile(
        uri=stored.uri,
        format=part.format,
        width=part.size.width,
        height=part.size.height,
        bytes=stored.bytes,
        sha256=stored.sha256,
    )


def _completed(
    item: Rendered, stored: Stored | None = None, files: tuple[OutputFile, ...] = ()
) -> OutputResult:
    """Return the result of an output that was made; data that is not stored has no file."""
    step = item.step
    return OutputResult(
        name=step.name,
        status="completed",
        uri="" if stored is None else stored.uri,
        format=step.format,
        width=None if step.size is None else step.size.width,
        height=None if step.size is None else step.size.height,
        crop=step.crop,
        frames=item.frames,
        duration_seconds=item.duration_seconds,
        bytes=0 if stored is None else stored.bytes,
        sha256=None if stored is None else stored.sha256,
        seconds=item.seconds,
        notices=item.notices,
        data=item.data,
        files=files,
    )


def failed_output(item: Rendered, error: MediaflowError | None = None) -> OutputResult:
    """Return the result of an output that was not made."""
    error = error or item.error
    return OutputResult(
        name=item.step.name,
        status="failed",
        uri=item.step.uri,
        format=item.step.format,
        width=None if item.step.size is None else item.step.size.width,
        height=None if item.step.size is None else item.step.size.height,
        crop=item.step.crop,
        seconds=item.seconds,
        notices=item.notices,
        error=None if error is None else error.message,
        error_code=None if error is None else error.code,
    )


def skipped_output(step: AnyOutputStep) -> OutputResult:
    """Return the result of an output that was there already, or that another one stands for."""
    notices: tuple[Notice, ...]
    notices = (Notice(code="exists_skipped", message="left as it was: it exists already"),)
    if isinstance(step, RenditionStep) and step.same_as is not None:
        notices = step.notices  # they say why it is left out
    elif step.same_as is not None:
        text = f"left out: {step.same_as!r} is the same file, as the source is no larger"
        notices = (Notice(code="duplicate_skipped", message=text),)
    return OutputResult(
        name=step.name,
        status="skipped",
        uri=step.uri,
        format=step.format,
        width=None if step.size is None else step.size.width,
        height=None if step.size is None else step.size.height,
        crop=step.crop,
        notices=notices,
    )
