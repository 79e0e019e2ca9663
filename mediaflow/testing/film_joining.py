"""Lets a film back end join films, for the suite of back ends.

Law: as of ``film_making``: nothing of the back end is asked but its two verbs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.filters import NO_ASSETS
from mediaflow.models.concat import Concat, Part, part_labels
from mediaflow.models.context import Context
from mediaflow.planning import SourceName
from mediaflow.planning.film_parts import found_part, plan_parts
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import INSTALLED, FilmFiles, seen
from mediaflow.testing.films import counting_film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeAlias, Unpack

    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning import FilmPlan
    from mediaflow.testing.film_making import FilmSeen
    from mediaflow.testing.film_writing import FilmOptions, Seconds
    from mediaflow.video.backend import MadeRendition, MadeStill, VideoBackend

    Pieces: TypeAlias = Sequence[Path | Part]

__all__ = ["counting_films", "joined_film", "joined_plan", "run_joined", "run_joined_stills"]


def joined_plan(
    pieces: Pieces, *outputs: Output, limits: Limits | None = None, fail_on: FailOn = "error"
) -> FilmPlan:
    """Return the plan of outputs for films on disk that are joined.

    Args:
        pieces: The films in order, whole or in part.
        *outputs: What is wanted.
        limits: Limits in force.
        fail_on: Whether a part that is cut off is an error.
    """
    concat = Concat(pieces)
    found = [
        found_part(part, probe(BytesSource(data)), label=label)
        for part, data, label in zip(concat.parts, _data(pieces), part_labels(concat), strict=True)
    ]
    return plan_parts(
        outputs,
        found,
        template="{name}.{ext}",
        source_name=SourceName(stem="film"),
        capabilities=INSTALLED,
        limits=limits or Limits(),
        fail_on=fail_on,
    )


def run_joined(
    backend: VideoBackend,
    plan: FilmPlan,
    pieces: Pieces,
    folder: Path,
    context: Context | None = None,
) -> Sequence[MadeRendition]:
    """Have all renditions of a plan made in a new folder."""
    folder.mkdir()
    return backend.make_renditions(
        plan,
        plan.renditions,
        BytesSource(b""),
        FilmFiles(folder),
        context or Context(job_id="suite"),
        limits=Limits(),
        assets=NO_ASSETS,
        parts=[BytesSource(data) for data in _data(pieces)],
    )


def run_joined_stills(backend: VideoBackend, plan: FilmPlan, pieces: Pieces) -> Sequence[MadeStill]:
    """Have all stills of a plan made."""
    return backend.make_stills(
        plan,
        plan.stills,
        BytesSource(b""),
        Context(job_id="suite"),
        limits=Limits(),
        assets=NO_ASSETS,
        parts=[BytesSource(data) for data in _data(pieces)],
    )


def joined_film(
    backend: VideoBackend,
    pieces: Pieces,
    folder: Path,
    output: Output,
    *,
    fail_on: FailOn = "error",
) -> FilmSeen:
    """Join films into one in a new folder and decode it.

    Raises:
        MediaflowError: It could not be made.
    """
    plan = joined_plan(pieces, output, fail_on=fail_on)
    made = run_joined(backend, plan, pieces, folder)[0]
    if made.error is not None:
        raise made.error
    return seen(folder / f"0.{made.step.format}")


def counting_films(
    folder: Path,
    *kinds: str,
    frames: int = 30,
    fps: Seconds = 25,
    gop: int = 12,
    **facts: Unpack[FilmOptions],
) -> list[Path]:
    """Write counting films of 160×90 px, of which each counts on where the last one ended.

    Args:
        folder: Where they are written.
        *kinds: Extension of each.
        frames: How many frames each has.
        fps: Constant rate.
        gop: Frames between keyframes.
        **facts: See :class:`FilmOptions`.
    """
    return [
        counting_film(
            folder / f"part{place}.{kind}",
            frames=frames,
            first_number=place * frames,
            fps=fps,
            gop=gop,
            **facts,
        )
        for place, kind in enumerate(kinds)
    ]


def _data(pieces: Pieces) -> list[bytes]:
    """Return the bytes of each film."""
    places = [str(part.source) for part in Concat(pieces).parts]
    found = []
    for place in places:
        with open(place, "rb") as file:
            found.append(file.read())
    return found
