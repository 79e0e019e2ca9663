"""From a request of several films in a row to their open files, their facts and their plan.

Law: every part is opened once, through the storage and its policy, and stays open until its job ends,
so that what is planned is what is read. An error says which part is at fault.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mediaflow.errors import UnsupportedError
from mediaflow.jobs.planned import Planner
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.concat import Concat, part_labels
from mediaflow.models.sound import AudioOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.film_parts import check_parts, found_part, plan_parts
from mediaflow.planning.film_times import exact
from mediaflow.planning.names import format_of_name
from mediaflow.planning.part_errors import naming
from mediaflow.planning.sound_parts import check_sound_parts, found_sound, plan_sound_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from mediaflow.jobs.environment import Environment
    from mediaflow.jobs.place import Place
    from mediaflow.jobs.second import Once, OpenAssets
    from mediaflow.models.concat import JobSource
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.models.outputs import Output
    from mediaflow.planning.part_facts import FoundPart
    from mediaflow.planning.plan import Plan
    from mediaflow.planning.sound_parts import SoundPart
    from mediaflow.security.limits import Limits
    from mediaflow.storage import OpenSource, Storage

__all__ = ["JoinedPlanner", "JoinedSource", "open_source", "parts_of", "planner_of", "probe_source"]


class JoinedSource:
    """The open parts of a joined film; outputs are named after the first.

    Read as bytes, which only a digest for names does, it is its files one after another.

    Args:
        parts: The open parts in order.
        keep: Closes them.
    """

    def __init__(self, parts: Sequence[OpenSource], keep: ExitStack) -> None:
        self.parts: tuple[OpenSource, ...] = tuple(parts)
        self.uri: str | None = parts[0].uri
        self.name: str | None = parts[0].name
        sizes = [part.size for part in parts]
        self.size: int | None = None if None in sizes else sum(filter(None, sizes))
        self._keep = keep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all parts."""
        self._keep.close()

    def read_all(self) -> bytes:
        """Return the bytes of all parts."""
        return b"".join(part.read_all() for part in self.parts)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``."""
        found = []
        for part in self.parts:
            size = part.size or 0
            first, last = min(max(offset, 0), size), min(max(offset + length, 0), size)
            if last > first:
                found.append(part.read_at(first, last - first))
            offset -= size
        return b"".join(found)


class JoinedPlanner(Planner):
    """Plans one job from the open parts of its film.

    Args:
        job: What is wanted.
        outputs: Typed outputs, as :func:`check_request` returned them.
        source: The open source.
        assets: Second inputs of filters.
        environment: Storage and limits.
        concat: What is joined.
        parts: The open parts in order.
    """

    def __init__(
        self,
        job: Job,
        outputs: Sequence[Output],
        source: Once,
        assets: OpenAssets,
        environment: Environment,
        *,
        concat: Concat,
        parts: Sequence[OpenSource],
    ) -> None:
        super().__init__(job, outputs, source, assets, environment)
        self._concat, self._parts = concat, parts

    def plan(self) -> Plan:
        """Return the plan by the headers of all parts.

        Raises:
            SpecError: The request does not fit the source.
            SourceError: A part is at fault.
            UnsupportedError: Nothing installed can do it, or the parts do not go together.
        """
        limits = self.environment.limits_of(self.job)
        infos = _infos(self._concat, self._parts, self.environment.place, limits)
        for label, info, opened in zip(part_labels(self._concat), infos, self._parts, strict=True):
            with naming(label):
                self._check_name(opened, info)
        name, template = self._names(infos[0])
        crossfade = exact(self._concat.crossfade_seconds)
        if all(map(_is_heard, self.outputs)):
            return plan_sound_parts(
                self.outputs,
                _sounds(self._concat, infos),
                crossfade=crossfade,
                template=template,
                source_name=name,
                limits=limits,
                assets=self.assets.plan(self.environment.storage, self.environment.place),
                fail_on=self.job.fail_on,
            )
        if crossfade:
            raise UnsupportedError(
                "films are joined without a crossfade",
                hint="leave crossfade_seconds out, or ask for sounds and waveforms alone",
                field="crossfade_seconds",
            )
        return plan_parts(
            self.outputs,
            _films(self._concat, self._parts, infos),
            template=template,
            source_name=name,
            capabilities=self.environment.capabilities(),
            limits=limits,
            assets=self.assets.plan(self.environment.storage, self.environment.place),
            fail_on=self.job.fail_on,
        )

    def _key(self) -> str:
        pieces = [
            (opened.size, part.start, part.end)
            for opened, part in zip(self._parts, self._concat.parts, strict=True)
        ]
        return hashlib.sha256(f"{super()._key()} {pieces}".encode()).hexdigest()[:32]


def open_source(source: JobSource, storage: Storage, limits: Limits) -> OpenSource:
    """Open the source of a job for reading.

    Args:
        source: One source, or several films that are joined.
        storage: Where it is opened.
        limits: Limits in force; each part may be as large as a source of its own.

    Returns:
        A reader, to be used in a ``with`` statement.

    Raises:
        ForbiddenLocationError: The policy does not allow a location.
        SourceError: There is nothing, or it is larger than allowed.
        StorageError: It cannot be read.
    """
    allowed = limits.max_input_bytes
    if not isinstance(source, Concat):
        return storage.open(source, max_bytes=allowed)
    with ExitStack() as stack:
        parts: list[OpenSource] = []
        for part, label in zip(source.parts, part_labels(source), strict=True):
            with naming(label):
                parts.append(stack.enter_context(storage.open(part.source, max_bytes=allowed)))
            total = sum(opened.size or 0 for opened in parts)
            limits.check("max_input_bytes", total, who="all parts together")
        return JoinedSource(parts, stack.pop_all())


def parts_of(source: OpenSource) -> tuple[OpenSource, ...]:
    """Return the open parts of a joined film; none of any other source."""
    return source.parts if isinstance(source, JoinedSource) else ()


def planner_of(
    job: Job,
    outputs: Sequence[Output],
    source: Once,
    assets: OpenAssets,
    environment: Environment,
) -> Planner:
    """Return what plans a job; see :class:`Planner`."""
    if not isinstance(job.source, Concat):
        return Planner(job, outputs, source, assets, environment)
    parts = parts_of(source.source)
    return JoinedPlanner(job, outputs, source, assets, environment, concat=job.source, parts=parts)


def probe_source(
    source: JobSource, environment: Environment, *, limits: Limits, deep: bool = False
) -> MediaInfo:
    """Return what a source holds; of a joined film, what its parts are together.

    Args:
        source: One source, or several films that are joined.
        environment: Where it is opened and looked at.
        limits: Limits in force.
        deep: Whether to read all of a film or sound file.

    Raises:
        SourceError: The input is at fault.
        StorageError: The input could not be read.
        UnsupportedError: A part is no film, or the parts do not go together.
    """
    with (
        open_source(source, environment.storage, limits) as opened,
        environment.session(lambda: False) as surroundings,
    ):
        place = surroundings.place
        if not isinstance(source, Concat):
            return place.probe(opened, limits=limits, deep=deep)
        parts = parts_of(opened)
        infos = _infos(source, parts, place, limits, deep=deep)
        if any(info.kind == "audio" for info in infos):
            fade = exact(source.crossfade_seconds)
            return check_sound_parts(_sounds(source, infos), limits, fade)
        return check_parts(_films(source, parts, infos), limits)


def _infos(
    source: Concat,
    parts: Sequence[OpenSource],
    place: Place,
    limits: Limits,
    *,
    deep: bool = False,
) -> list[MediaInfo]:
    """Probe every part."""
    found = []
    for opened, label in zip(parts, part_labels(source), strict=True):
        with naming(label):
            found.append(place.probe(opened, limits=limits, deep=deep))
    return found


def _films(
    source: Concat, parts: Sequence[OpenSource], infos: Sequence[MediaInfo]
) -> list[FoundPart]:
    rows = zip(source.parts, parts, infos, part_labels(source), strict=True)
    return [
        found_part(
            part,
            info,
            label=label,
            claimed=None if opened.name is None else format_of_name(opened.name),
        )
        for part, opened, info, label in rows
    ]


def _sounds(source: Concat, infos: Sequence[MediaInfo]) -> list[SoundPart]:
    rows = zip(source.parts, infos, part_labels(source), strict=True)
    return [found_sound(part, info, label=label) for part, info, label in rows]


def _is_heard(output: Output) -> bool:
    """Return whether an output is of what is heard alone."""
    match output:
        case AudioOutput() | WaveformOutput():
            return True
        case AnalysisOutput():
            return output.is_of_sound
        case _:
            return False
