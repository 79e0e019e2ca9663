"""Decode once, make every picture, encode them beside each other.

Law: no storage, no network, no credentials: a plan and bytes come in, encoded files go to a sink.
This is the part that can run in an isolated child. One output's failure never stops another.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from mediaflow.errors import MediaflowError, ProcessingError
from mediaflow.formats import image_formats
from mediaflow.frames import Raster
from mediaflow.image.backend import ImageBackend, image_backends
from mediaflow.jobs.animate import FrameWalk
from mediaflow.jobs.filtering import Filtering
from mediaflow.jobs.rendered import Rendered, Sink, data_uri, is_tiny, refused_by_strict
from mediaflow.models.context import Context
from mediaflow.models.serde import to_dict
from mediaflow.planning import AnalysisStep, EncodeStep, OutputStep, PicturePlan
from mediaflow.planning.cost import seconds_to_make

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from mediaflow.models.analysis import AnalysisData
    from mediaflow.models.result import Notice
    from mediaflow.planning import PictureStep
    from mediaflow.security.limits import Limits

    _Submit: TypeAlias = "Callable[..., Future[Rendered]]"

__all__ = ["DECODED", "ENCODED", "Inputs", "Rendered", "Sink", "render"]

_logger = logging.getLogger(__name__)

DECODED: float = 0.4  # share of a typical job; progress needs an order, not exactness
ENCODED: float = 0.9


@dataclass(slots=True)
class Inputs:
    """The bytes a render needs, handed over once so that nobody else keeps them alive."""

    data: bytes
    assets: tuple[bytes, ...] = ()
    """Second inputs, in the order of the plan's."""

    def take(self) -> bytes:
        """Return the input and forget it."""
        data, self.data = self.data, b""
        return data


@dataclass(slots=True, kw_only=True)
class _Run:
    """The state of one render."""

    plan: PicturePlan
    steps: tuple[OutputStep, ...]
    sink: Sink
    context: Context
    strict: bool
    backend: ImageBackend[object]
    base: Raster[object] | None = None
    pictures: dict[int, Raster[object]] = field(default_factory=dict)
    tiny: list[tuple[int, str, bytes]] = field(default_factory=list)
    """Length, media type and bytes of each output that is small enough to be the preview."""

    filtering: Filtering
    failures: dict[int, MediaflowError] = field(default_factory=dict)
    futures: list[Future[Rendered]] = field(default_factory=list)
    reported: int = 0

    def report(self, future: Future[Rendered]) -> None:
        """Tell the context that one more output left its encoder."""
        self.reported += 1
        share = DECODED + (ENCODED - DECODED) * self.reported / len(self.steps)
        self.context.progress(share, "encode", future.result().step.name)

    def keep(self, step: OutputStep, data: bytes, notices: tuple[Notice, ...]) -> None:
        """Hand a file to the sink, unless the job takes notices for errors.

        Raises:
            SpecError: It does, and there is one.
        """
        refusal = refused_by_strict(notices) if self.strict else None
        if refusal is not None:
            raise refusal
        if step.uri:
            self.sink.put(step, data)
        if isinstance(step, EncodeStep) and is_tiny(data):
            self.tiny.append((len(data), image_formats[step.format].mime_type, data))

    def at_once(self, function: Callable[..., Rendered], /, *arguments: object) -> Future[Rendered]:
        """Run a call here and now, as an executor without threads would."""
        future: Future[Rendered] = Future()
        future.set_result(function(*arguments))
        self.report(future)
        return future


def render(
    plan: PicturePlan,
    inputs: Inputs,
    sink: Sink,
    context: Context,
    *,
    limits: Limits,
    strict: bool = False,
    skip: frozenset[str] = frozenset(),
) -> tuple[tuple[Rendered, ...], str | None]:
    """Run a plan.

    Args:
        plan: What to do.
        inputs: The whole input.
        sink: Takes each encoded file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        strict: Whether an output with notices fails.
        skip: Names of outputs that need not be made.

    Returns:
        One entry an output that was not skipped, in the plan's order, and a tiny picture as a
        data URI (None when no picture was made).

    Raises:
        SourceError: The input cannot be decoded; no output can be made then.
        JobCancelledError: The caller gave up.
    """
    steps = tuple(step for step in plan.outputs if step.name not in skip and step.same_as is None)
    if not steps:
        return (), None
    backend = image_backends[plan.decode.backend]
    run = _Run(
        plan=plan,
        steps=steps,
        sink=sink,
        context=context,
        strict=strict,
        backend=backend,
        filtering=Filtering(plan, steps, inputs.assets, backend, limits),
    )
    context.check()
    context.tally.read(len(inputs.data) + sum(map(len, inputs.assets)))
    threads = 1 if plan.peak_bytes > context.budget.bytes else context.budget.threads
    moving: list[Rendered] = []
    if plan.walks_frames:
        moving = _walk(run, inputs.take(), limits, threads)
        run.steps = tuple(step for step in steps if step.animation is None)
    else:
        with context.tally.timed("decode"):
            _decode(run, inputs.take(), limits)
        context.tally.decoded()
        context.progress(DECODED, "decode")
    made = _encode_all(run, min(threads, len(run.steps)))
    order = {step.name: index for index, step in enumerate(steps)}
    return tuple(sorted((*moving, *made), key=lambda r: order[r.step.name])), _preview(run)


def _walk(run: _Run, data: bytes, limits: Limits, threads: int) -> list[Rendered]:
    walk = FrameWalk(
        plan=run.plan,
        steps=run.steps,
        backend=run.backend,
        context=run.context,
        limits=limits,
        data=data,
        keep=run.keep,
        pictures=run.pictures,
        failures=run.failures,
        filtered=run.filtering.apply,
    )
    made = walk.run(threads)
    run.context.check()
    return made


def _encode_all(run: _Run, threads: int) -> list[Rendered]:
    """Make the pictures and encode them, beside each other where threads and memory allow."""
    if not run.steps:
        return []
    if threads == 1:
        _transform(run, run.at_once)
        return _outcome(run)
    with ThreadPoolExecutor(threads, thread_name_prefix="mediaflow-encode") as pool:
        try:
            _transform(run, pool.submit)
            for future in as_completed(run.futures):
                run.report(future)
            return _outcome(run)
        finally:
            for future in run.futures:
                future.cancel()  # only those that have not begun; the pool waits for the others


def _decode(run: _Run, data: bytes, limits: Limits) -> None:
    plan, backend = run.plan, run.backend
    if not plan.decode.ahead or run.context.budget.threads == 1:
        run.base = backend.decode(data, plan.decode, plan.source, limits)
        return
    first = plan.pictures[0]
    run.base, made = backend.decode_ahead(data, plan.decode, first, plan.source, limits)
    if made is not None:
        run.pictures[first.index] = made


def _outcome(run: _Run) -> list[Rendered]:
    run.context.check()
    return [future.result() for future in run.futures]


def _transform(run: _Run, submit: _Submit) -> None:
    """Make the pictures, largest first, and start the encoders of each as soon as may be."""
    needed = {step.picture for step in run.steps}
    for step in reversed(run.plan.pictures):
        if step.index in needed and step.origin is not None:
            needed.add(step.origin)
    pictures = [step for step in run.plan.pictures if step.index in needed]
    last_of_base = max(step.index for step in pictures if step.origin is None)
    waiting: list[PictureStep] = []
    for step in pictures:
        run.context.check()
        _make(run, step)
        waiting.append(step)
        if step.index == last_of_base:
            run.base = None
        if run.base is None or not run.plan.decode.release_first:
            for made in waiting:
                _start(run, made, submit)
            waiting.clear()


def _make(run: _Run, step: PictureStep) -> None:
    """Make one picture, or keep the reason why it cannot be made."""
    if step.index in run.pictures or step.index in run.failures:
        return  # it was made, or tried, while the source was decoded
    origin = run.base if step.origin is None else run.pictures.get(step.origin)
    if origin is None:
        text = "the picture that this output is made from could not be made"
        run.failures[step.index] = ProcessingError(text)
        return
    try:
        with run.context.tally.timed("transform"):
            run.pictures[step.index] = run.backend.transform(
                origin, step, threads=run.context.budget.threads
            )
    except MediaflowError as exc:
        run.failures[step.index] = exc


def _start(run: _Run, step: PictureStep, submit: _Submit) -> None:
    """Start the encoders and analyses of one picture."""
    outputs = [output for output in run.steps if output.picture == step.index]
    outputs.sort(key=lambda output: -seconds_to_make(output))  # the longest must not start last
    for output in outputs:
        if step.index in run.failures:
            run.futures.append(submit(_failed, output, run.failures[step.index]))
        else:
            run.futures.append(submit(_finish, run, output, run.pictures))


def _finish(run: _Run, step: OutputStep, pictures: dict[int, Raster[object]]) -> Rendered:
    """Make one output from its picture, or keep the reason why it cannot be made."""
    started = time.perf_counter()
    notices: tuple[Notice, ...] = ()
    found: AnalysisData | None = None
    error: MediaflowError | None = None
    try:
        run.context.check()
        with run.filtering.finished(step.picture, pictures) as picture:
            file, found, notices = _made(run, step, picture)
        run.keep(step, file, notices)
    except MediaflowError as exc:
        error, found = exc, None
    seconds = time.perf_counter() - started
    return Rendered(step=step, seconds=seconds, notices=notices, data=found, error=error)


def _made(
    run: _Run, step: OutputStep, picture: Raster[object]
) -> tuple[bytes, AnalysisData | None, tuple[Notice, ...]]:
    """Return the file of an output, its data, and what was lost."""
    match step:
        case EncodeStep():
            file, notices = run.backend.encode(picture, step)
            return file, None, notices
        case AnalysisStep():
            data, notices = run.backend.analyze(picture, step)
            return json.dumps(to_dict(data), indent=2).encode(), data, notices
        case _:
            assert_never(step)


def _failed(step: OutputStep, error: MediaflowError) -> Rendered:
    return Rendered(step=step, seconds=0.0, error=error)


def _preview(run: _Run) -> str | None:
    if not run.tiny and run.pictures:
        smallest = min(run.pictures.values(), key=lambda picture: picture.size.pixels)
        try:
            run.tiny.append((0, "image/jpeg", run.backend.preview(smallest)))
        except MediaflowError:
            _logger.debug("no preview of job %s", run.context.job_id, exc_info=True)
    if not run.tiny:
        return None
    _, mime_type, data = min(run.tiny)
    return data_uri(mime_type, data)
