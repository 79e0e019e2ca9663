"""The verbs of the front door: process, plan, probe and compare, in the calling thread.

Law: each is one call of a Processor that is made for it and closed behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.processor import Processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.geometry import Fit
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.concat import JobSource
    from mediaflow.models.events import Event
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn, IfExists, Job, OnFailure, Place, Source
    from mediaflow.models.result import JobResult
    from mediaflow.planning import Plan
    from mediaflow.security.limits import Limits

__all__ = ["compare", "plan", "probe", "process"]


def process(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> JobResult:
    """Make every output of one source, in the calling thread.

    Args:
        source: A path, URL, bytes, binary file or ``UPath``; a :class:`Concat` of several films;
            or a whole :class:`Job`.
        outputs: Output specs, such as ``recipes.thumbnails()``; or a name template such as
            ``"out/{stem}_{width}.webp"``, whose extension says the format.
        to: Folder or name template; None stands beside a local source.
        width: Width in px or as a share such as ``"50%"``, when ``outputs`` is a template.
        height: Height likewise.
        fit: How the picture meets width and height, when ``outputs`` is a template.
        quality: 1 to 100, when ``outputs`` is a template.
        if_exists: What to do when an output is there already.
        on_failure: ``"raise"``, or ``"partial"`` to find failed outputs in the result only.
        fail_on: ``"error"``, or ``"none"`` to use what is left of a source that is cut off.
        strict: Whether a notice makes its output fail.
        limits: Limits in place of the generous ones for a person's own files.
        on_event: Called with every event, in the calling thread.

    Raises:
        SpecError: The request is wrong.
        SourceError: The input is at fault.
        StorageError: The input could not be read.
        OutputsFailedError: Some outputs failed; the good ones are published.

    Example:
        >>> process("photo.jpg", "out/{stem}_{width}.webp", width=640)  # doctest: +SKIP
    """
    with Processor(executor="inline") as processor:
        return processor.process(
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
            on_event=on_event,
        )


def plan(
    source: JobSource | Job,
    outputs: object = None,
    *,
    to: Place | None = None,
    width: int | str | None = None,
    height: int | str | None = None,
    fit: Fit | None = None,
    quality: int | None = None,
    if_exists: IfExists = "replace",
    on_failure: OnFailure = "raise",
    fail_on: FailOn = "error",
    strict: bool = False,
    limits: Limits | None = None,
) -> Plan:
    """Return what :func:`process` would do and why, without doing it.

    The arguments and errors are those of :func:`process`; ``print`` shows the plan in words.
    """
    with Processor(executor="inline") as processor:
        return processor.plan(
            source,
            outputs,
            to=to,
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            if_exists=if_exists,
            on_failure=on_failure,
            fail_on=fail_on,
            strict=strict,
            limits=limits,
        )


def probe(source: JobSource, *, deep: bool = False, limits: Limits | None = None) -> MediaInfo:
    """Return what a file holds, read from its header alone.

    Args:
        source: A path, URL, bytes, binary file or ``UPath``; or a :class:`Concat`, which tells the
            facts of the joined film, whose format and codecs are ``"concat"``.
        deep: Whether to read all of a film or sound file, without decoding it: tells its true
            length, and whether a part is missing.
        limits: Limits in place of the generous ones for a person's own files.

    Raises:
        SourceError: The input is at fault.
        StorageError: The input could not be read.
    """
    with Processor(executor="inline") as processor:
        return processor.probe(source, deep=deep, limits=limits)


def compare(
    a: Source, b: Source, *, resize: bool = False, limits: Limits | None = None
) -> Comparison:
    """Return how alike two pictures are: PSNR, SSIM, a score from 0 to 100, and the worst place.

    Both are seen as viewers show them: upright and in sRGB, the first frame of an animation, with
    8 bits a channel.

    Args:
        a: The first picture: a path, URL, bytes, binary file or ``UPath``.
        b: The second one.
        resize: Whether the second is scaled to the size of the first where they differ.
        limits: Limits in place of the generous ones for a person's own files.

    Raises:
        SpecError: The pictures differ in size and ``resize`` is not set.
        SourceError: An input is at fault.
        StorageError: An input could not be read.

    Example:
        >>> compare("before.png", "after.webp").score  # doctest: +SKIP
    """
    with Processor(executor="inline") as processor:
        return processor.compare(a, b, resize=resize, limits=limits)
