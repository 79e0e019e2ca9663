"""What a caller wrote at the front door becomes a Job."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mediaflow.errors import SpecError
from mediaflow.formats import canonical_name, is_film_format, sound_formats
from mediaflow.formats.subtitle_codecs import SIDECARS
from mediaflow.geometry import Fit
from mediaflow.models.film import VideoOutput
from mediaflow.models.job import Job, as_place, is_filesystem_path
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.planning.names import format_of_template

if TYPE_CHECKING:
    from mediaflow.models.concat import JobSource
    from mediaflow.models.job import FailOn, IfExists, OnFailure, Place
    from mediaflow.security.limits import Limits

__all__ = ["Shape", "SingleOutput", "build_job", "single_output"]

SingleOutput: TypeAlias = ImageOutput | SubtitleOutput | VideoOutput | AudioOutput
"""What one name can mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The one-liner's words for a single output."""

    width: int | str | None = None
    height: int | str | None = None
    fit: Fit | None = None
    quality: int | None = None

    @property
    def given(self) -> list[str]:
        """Names of the words that were used."""
        names = ("width", "height", "fit", "quality")
        return [name for name in names if getattr(self, name) is not None]


def build_job(
    source: JobSource | Job,
    outputs: object,
    shape: Shape,
    *,
    to: Place | None,
    if_exists: IfExists,
    on_failure: OnFailure,
    fail_on: FailOn,
    strict: bool,
    limits: Limits | None,
) -> Job:
    """Return the job that a call of ``process`` or ``plan`` means.

    Raises:
        SpecError: The words contradict each other or name no output.
    """
    if isinstance(source, Job):
        beside = (outputs, to, if_exists, on_failure, fail_on, strict, limits)
        if beside != (None, None, "replace", "raise", "error", False, None) or shape.given:
            raise SpecError(
                "a Job already says its outputs, sizes, place and settings",
                hint="change the job, or pass its source",
                field="outputs",
            )
        return source
    if isinstance(outputs, str | os.PathLike) or is_filesystem_path(outputs):
        if to is not None:
            raise SpecError(
                "a name template and 'to' both say where the output goes; pass one",
                hint="write the whole place into the template, such as 'out/{stem}.webp'",
                field="to",
            )
        to, outputs = as_place(outputs), None
    if outputs is None:
        outputs = _single(to, shape)
    elif shape.given:
        raise SpecError(
            f"{', '.join(shape.given)} cannot stand beside outputs, which carry their own",
            hint="for example ImageOutput('webp', width=640)",
            field=shape.given[0],
        )
    return Job(
        source,
        outputs,
        to=to,
        if_exists=if_exists,
        on_failure=on_failure,
        fail_on=fail_on,
        strict=strict,
        limits=limits,
    )


def _single(to: Place | None, shape: Shape) -> SingleOutput:
    if to is None:
        raise SpecError(
            "nothing says what to make",
            hint="pass outputs such as recipes.thumbnails(), or a name such as 'out/{stem}.webp'",
            field="outputs",
        )
    return single_output(format_of_template(str(to)), shape)


def single_output(name: str, shape: Shape) -> SingleOutput:
    """Return the output of a format: a film, a sound or subtitles by their names, else a picture.

    Args:
        name: Name or alias of the format.
        shape: Size, fit and quality.

    Raises:
        SpecError: A word is none of the output's.
    """
    if canonical_name(name) in SIDECARS:
        if shape.given:
            raise SpecError(
                f"{name} is text: it has no {', '.join(shape.given)}", field=shape.given[0]
            )
        return SubtitleOutput(name)
    if canonical_name(name) in sound_formats:
        return _sound(name, shape)
    make = VideoOutput if is_film_format(canonical_name(name)) else ImageOutput
    return make(
        name,
        width=shape.width,
        height=shape.height,
        fit=shape.fit or "inside",
        quality=shape.quality,
    )


def _sound(name: str, shape: Shape) -> AudioOutput:
    odd = [word for word in shape.given if word != "quality"]
    if odd:
        raise SpecError(f"{name} is sound: it has no {', '.join(odd)}", field=odd[0])
    return AudioOutput(name, quality=shape.quality)
