"""One request: a source, the outputs wanted from it, and where they go.

Law: what a caller may write loosely is made exact here, once; nothing is opened or looked up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import (
    ClassVar,
    Literal,
    TypeAlias,
    cast,
    get_args,
)

from mediaflow.errors import SpecError
from mediaflow.models.callback import Callback
from mediaflow.models.checking import check_choice
from mediaflow.models.concat import JobSource, as_job_source, describe_job_source
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput, Output, OutputSpec
from mediaflow.models.serde import from_dict
from mediaflow.models.source import (
    FilesystemPath,
    Source,
    as_location,
    as_source,
    describe_source,
    is_filesystem_path,
)
from mediaflow.redact import redact
from mediaflow.security.limits import Limits

__all__ = [
    "AnyOutput",
    "FailOn",
    "FilesystemPath",
    "IfExists",
    "Job",
    "OnFailure",
    "Place",
    "Source",
    "as_outputs",
    "as_place",
    "as_source",
    "describe_source",
    "is_filesystem_path",
]


Place: TypeAlias = str | os.PathLike[str] | FilesystemPath
"""Where outputs go: a folder or a name template."""

AnyOutput: TypeAlias = Output | OutputSpec
FailOn: TypeAlias = Literal["error", "none"]
IfExists: TypeAlias = Literal["replace", "error", "skip"]
OnFailure: TypeAlias = Literal["raise", "partial"]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Job:
    """What is wanted: outputs from one source.

    Example:
        >>> Job("in.jpg", [ImageOutput("webp", width=640)], to="out/").to
        'out/'
    """

    json_version: ClassVar[int] = 1
    """Version of the JSON form, written beside the fields."""

    source: JobSource
    """The input; strings are paths or URLs, a :class:`Concat` is several films in a row."""

    outputs: tuple[AnyOutput, ...]
    """Typed outputs and short forms; a single one and plain dicts are accepted."""

    to: Place | None = None
    """Folder (ends in "/", exists, or has no suffix) or name template; None stands beside a
    local source."""

    if_exists: IfExists = "replace"
    """What to do when an output is there already; replacing is atomic."""

    on_failure: OnFailure = "raise"
    """Whether failed outputs raise after the good ones are published, or are only reported."""

    fail_on: FailOn = "error"
    """Whether a source that is cut off is an error, or what is left of it is used (``"none"``)."""

    strict: bool = False
    """Whether a notice (something lost or converted) makes its output fail."""

    limits: Limits | None = None
    """Limits in place of those that the processor's trust gives."""

    callback: Callback | None = None
    """Whom to tell when the job has ended; a job that holds one is not written as JSON."""

    def __init__(
        self,
        source: JobSource,
        outputs: object = (),
        *,
        to: Place | None = None,
        if_exists: IfExists = "replace",
        on_failure: OnFailure = "raise",
        fail_on: FailOn = "error",
        strict: bool = False,
        limits: Limits | None = None,
        callback: Callback | None = None,
    ) -> None:
        """Normalise what the caller wrote.

        Args:
            source: The input.
            outputs: One output or many: typed outputs, short forms, or dicts of either.
            to: Folder or name template.
            if_exists: ``"replace"``, ``"error"`` or ``"skip"``.
            on_failure: ``"raise"`` or ``"partial"``.
            fail_on: ``"error"`` or ``"none"``.
            strict: Whether notices are errors.
            limits: Limits in place of the processor's own.
            callback: Whom to tell when the job has ended.

        Raises:
            SpecError: A value is not what its field takes.
        """
        check_choice("if_exists", if_exists, get_args(IfExists))
        check_choice("on_failure", on_failure, get_args(OnFailure))
        check_choice("fail_on", fail_on, get_args(FailOn))
        if not isinstance(strict, bool):
            raise SpecError(f"strict must be true or false, got {strict!r}", field="strict")
        if limits is not None and not isinstance(limits, Limits):
            raise SpecError(f"limits must be a Limits, got {limits!r:.80}", field="limits")
        if callback is not None and not isinstance(callback, Callback):
            raise SpecError("callback must be a Callback", field="callback")
        values = {
            "source": as_job_source(source),
            "outputs": as_outputs(outputs),
            "to": None if to is None else as_place(to),
            "if_exists": if_exists,
            "on_failure": on_failure,
            "fail_on": fail_on,
            "strict": strict,
            "limits": limits,
            "callback": callback,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        to = "" if self.to is None else f", to={redact(str(self.to))!r}"
        return f"Job({describe_job_source(self.source)!r}, {len(self.outputs)} outputs{to})"


def as_place(value: object) -> Place:
    """Return a destination as text, or as the ``UPath`` that it is.

    Raises:
        SpecError: The value is no path or URL.
    """
    return cast("Place", value) if is_filesystem_path(value) else as_location("to", value)


def as_outputs(value: object) -> tuple[AnyOutput, ...]:
    """Return one or many outputs, loosely written, as a tuple of specs.

    Raises:
        SpecError: There is none, or one of them is no output.
    """
    one = isinstance(value, AnyOutput | Mapping)
    if not one and (not isinstance(value, Iterable) or isinstance(value, str | bytes)):
        raise SpecError(
            f"outputs must be output specs such as ImageOutput('webp'), got {value!r:.80}",
            field="outputs",
        )
    items = [value] if one else list(cast("Iterable[object]", value))
    if not items:
        raise SpecError(
            "a job needs at least one output",
            hint="for example outputs=[ImageOutput('webp', width=640)]",
            field="outputs",
        )
    return tuple(_as_output(item, index) for index, item in enumerate(items))


def _as_output(item: object, index: int) -> AnyOutput:
    if isinstance(item, AnyOutput):
        return item
    if isinstance(item, Mapping):
        cls = cast("type[AnyOutput]", Output if "kind" in item else OutputSpec)
        if "kind" not in item:
            _check_short_form(item, index)
        return from_dict(cls, item, path=f"outputs[{index}]")
    raise SpecError(
        f"outputs[{index}] must be an output spec or a dict, got {type(item).__name__}",
        field="outputs",
    )


def _check_short_form(item: Mapping[str, object], index: int) -> None:
    """Refuse a field that only a typed output has, and say which one has it."""
    short = set(OutputSpec.__dataclass_fields__)
    for kind, cls in (("image", ImageOutput), ("video", VideoOutput)):
        beyond = sorted(set(item) & (set(cls.__dataclass_fields__) - short))
        if beyond:
            raise SpecError(
                f"outputs[{index}]: the short form has no field {beyond[0]!r}",
                hint=f'add "kind": "{kind}" for an output with all fields',
                field=beyond[0],
            )
