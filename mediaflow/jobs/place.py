"""Where the bytes of a source are taken apart: in this process, or in a child of it.

Law: whoever plans and publishes asks the place and opens nothing itself; the place knows no storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, assert_never

from mediaflow.jobs.render import Inputs, render
from mediaflow.jobs.second import Once
from mediaflow.planning import FilmPlan, PicturePlan
from mediaflow.planning.plan import Plan
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage import OpenSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.image.compare import Planned
    from mediaflow.jobs.outputs import OutputFiles
    from mediaflow.jobs.rendered import Rendered
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.context import Context
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.isolation import Isolation
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.security.sandbox import SandboxReport

__all__ = ["InPlace", "Made", "Place", "Work"]

Made: TypeAlias = "tuple[tuple[Rendered, ...], str | None]"
"""What left the encoders, and a tiny picture as a data URI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A plan, and all that is needed to carry it out."""

    plan: Plan
    source: Once
    """The open input; of a joined film, all of its parts."""

    parts: tuple[OpenSource, ...] = ()
    """The films that are joined; empty for one source."""

    assets: tuple[bytes, ...] = ()
    """Second inputs, in the order of the plan's."""

    limits: Limits
    strict: bool = False
    """Whether an output with notices fails."""

    skip: frozenset[str] = frozenset()
    """Names of outputs that need not be made."""

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be made at all."""
        return any(one.same_as is None and one.name not in self.skip for one in self.plan.outputs)


class Place(Protocol):
    """Takes sources apart; each call may raise what decoders raise, a ``SourceError`` above all."""

    @property
    def isolation(self) -> Isolation:
        """Where that is."""
        ...

    @property
    def sandbox(self) -> SandboxReport | None:
        """What locks the process there; None for this one, and for one that was not needed."""
        ...

    def probe(self, source: OpenSource, *, limits: Limits, deep: bool = False) -> MediaInfo:
        """Return what a source holds; see :func:`mediaflow.probing.probe`."""
        ...

    def look(
        self,
        outputs: Sequence[Output],
        info: MediaInfo,
        source: Once,
        *,
        limits: Limits,
        capabilities: Capabilities,
        fail_on: FailOn,
    ) -> tuple[Output, ...]:
        """Return outputs with every question to the pixels answered."""
        ...

    def render(self, work: Work, files: OutputFiles, context: Context) -> Made:
        """Carry a plan out; files go to ``files``."""
        ...

    def compare(self, a: Planned, b: Planned, *, limits: Limits) -> Comparison:
        """Return how alike two pictures are."""
        ...


class InPlace:
    """Takes sources apart in this process, in the thread that asks."""

    isolation: Isolation = "none"
    """Where that is."""

    sandbox: SandboxReport | None = None
    """What locks this process: nothing."""

    def probe(self, source: OpenSource, *, limits: Limits, deep: bool = False) -> MediaInfo:
        """Return what a source holds."""
        return probe(source, uri=source.uri, limits=limits, deep=deep)

    def look(
        self,
        outputs: Sequence[Output],
        info: MediaInfo,
        source: Once,
        *,
        limits: Limits,
        capabilities: Capabilities,
        fail_on: FailOn,
    ) -> tuple[Output, ...]:
        """Return outputs with every question to the pixels answered."""
        from mediaflow.jobs.look import look  # loads numpy, which most jobs can do without

        return look(outputs, info, source.read_all, limits, capabilities, fail_on)

    def render(self, work: Work, files: OutputFiles, context: Context) -> Made:
        """Carry a plan out by the room that its medium needs."""
        match work.plan:
            case PicturePlan() as plan:
                with context.tally.timed("read"):
                    inputs = Inputs(work.source.take(), work.assets)
                return render(
                    plan,
                    inputs,
                    files,
                    context,
                    limits=work.limits,
                    strict=work.strict,
                    skip=work.skip,
                )
            case FilmPlan() as plan:
                from mediaflow.jobs.film import render_film  # loads PyAV, which pictures do without

                return render_film(
                    plan,
                    work.source.source,
                    Inputs(b"", work.assets),
                    files,
                    context,
                    limits=work.limits,
                    strict=work.strict,
                    skip=work.skip,
                    parts=work.parts,
                )
            case _:
                assert_never(work.plan)

    def compare(self, a: Planned, b: Planned, *, limits: Limits) -> Comparison:
        """Return how alike two pictures are."""
        from mediaflow.image.compare import compare_pictures

        return compare_pictures(a, b, limits)
