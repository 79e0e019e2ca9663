"""Films that are joined into one: what plays after what.

Law: parts play one after another as one film; nothing is opened or looked up here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_number
from mediaflow.models.film import check_window
from mediaflow.models.source import Source, as_source, describe_source

__all__ = [
    "Concat",
    "JobSource",
    "Part",
    "as_job_source",
    "describe_job_source",
    "part_labels",
    "sources_of",
]

MAX_PARTS: Final = 500
"""Every part stays open while its job runs, and Linux lets a process open 1,024 files."""

MAX_CROSSFADE: Final = 60
HIDDEN_QUERY: Final = "?***"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Part:
    """One of the films or sounds that are joined, or a piece of it.

    Example:
        >>> Part("intro.mp4", end=2.5)
        Part('intro.mp4', start=0.0, end=2.5)
    """

    source: Source
    """The film; strings are paths or URLs."""

    start: float = 0.0
    """Where the piece starts, in seconds of this film; exact to the frame and to the sample."""

    end: float | None = None
    """Where it ends, in seconds of this film; None is the end of its picture, of sound its end."""

    def __init__(self, source: Source, *, start: float = 0.0, end: float | None = None) -> None:
        """Normalise what the caller wrote.

        Raises:
            SpecError: A value is not what its field takes.
        """
        check_window(start, end)
        values = {
            "source": as_source(source),
            "start": float(start),
            "end": None if end is None else float(end),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"Part({describe_source(self.source)!r}, start={self.start}, end={self.end})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Concat:
    """Films or sounds that play one after another, as the source of one job.

    The joined film has the upright size of its first part; other sizes are fitted into it. A part
    is as long as its picture: sound beyond is cut, and sound that is missing is silence. Where all
    outputs are sounds, parts are as long as their sound, and may be sounds or films.

    Example:
        >>> Concat(["intro.mp4", Part("talk.mov", start=12)])
        Concat(['intro.mp4', Part('talk.mov', start=12.0, end=None)])
    """

    parts: tuple[Part, ...]
    """The films in the order of playing; sources that are no :class:`Part` are taken whole."""

    crossfade_seconds: float = 0.0
    """For how long the end of each sound and the start of the next are heard together, the one
    going down as the other comes up; of sounds only."""

    def __init__(self, parts: Iterable[Part | Source], *, crossfade_seconds: float = 0.0) -> None:
        """Normalise what the caller wrote.

        Raises:
            SpecError: There is no part, there are too many, one of them is no source, or the
                crossfade is no time.
        """
        object.__setattr__(self, "parts", tuple(map(_as_part, _listed(parts))))
        check_number("crossfade_seconds", crossfade_seconds, MAX_CROSSFADE, zero=True)
        object.__setattr__(self, "crossfade_seconds", float(crossfade_seconds))

    def __repr__(self) -> str:
        fade = f", crossfade_seconds={self.crossfade_seconds:g}" if self.crossfade_seconds else ""
        return f"Concat([{', '.join(map(_described, self.parts))}]{fade})"


JobSource: TypeAlias = Source | Concat
"""Where the input of a job is: one source, or several films that are joined."""


def as_job_source(value: object) -> JobSource:
    """Return the source of a job in one of the forms that rooms expect.

    Raises:
        SpecError: The value is no path, URL, bytes, binary file or :class:`Concat`.
    """
    return value if isinstance(value, Concat) else as_source(value)


def sources_of(source: JobSource) -> tuple[Source, ...]:
    """Return all that is read of the source of a job, in order."""
    return tuple(part.source for part in source.parts) if isinstance(source, Concat) else (source,)


def part_labels(source: Concat) -> tuple[str, ...]:
    """Return what messages call each part, without secrets.

    Example:
        >>> part_labels(Concat(["intro.mp4", "talk.mov"]))
        ('part 1 of 2 (intro.mp4)', 'part 2 of 2 (talk.mov)')
    """
    count = len(source.parts)
    return tuple(
        f"part {place} of {count} ({describe_source(part.source).removesuffix(HIDDEN_QUERY)})"
        for place, part in enumerate(source.parts, start=1)
    )


def describe_job_source(source: JobSource) -> str:
    """Return a short text for messages, without secrets."""
    return " + ".join(map(describe_source, sources_of(source)))


def _listed(parts: object) -> list[object]:
    if isinstance(parts, str | bytes | bytearray | Part) or not isinstance(parts, Iterable):
        raise SpecError(
            f"Concat takes a list of sources, got {type(parts).__name__}",
            hint='for example Concat(["intro.mp4", "talk.mov"])',
            field="parts",
        )
    found = list(parts)
    if not 1 <= len(found) <= MAX_PARTS:
        raise SpecError(
            f"Concat takes 1 to {MAX_PARTS} parts, got {len(found)}",
            hint="join some of them first, then join what came out" if found else None,
            field="parts",
        )
    return found


def _as_part(value: object) -> Part:
    if isinstance(value, Concat):
        raise SpecError("a part cannot be a Concat itself; list its parts", field="parts")
    return value if isinstance(value, Part) else Part(cast("Source", value))


def _described(part: Part) -> str:
    is_whole = part == Part(part.source)
    return repr(describe_source(part.source)) if is_whole else repr(part)
