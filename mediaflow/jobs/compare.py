"""From two sources to figures of how alike they are: open, probe, plan, read, compare.

Law: what can be refused is refused before a pixel is decoded; nothing is written.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from mediaflow.errors import SpecError
from mediaflow.models.job import as_source
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning import PicturePlan, SourceName, plan_image
from mediaflow.planning.names import FOLDER_TEMPLATE

if TYPE_CHECKING:
    from mediaflow.image.compare import Planned
    from mediaflow.jobs.environment import Environment
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import Source
    from mediaflow.security.limits import Limits

__all__ = ["compare_sources", "difference_of"]


def compare_sources(
    a: Source, b: Source, environment: Environment, *, resize: bool, limits: Limits | None
) -> Comparison:
    """Return how alike two pictures are.

    Args:
        a: The first picture.
        b: The second one.
        environment: Storage and limits.
        resize: Whether the second is scaled when its size is another; refused otherwise.
        limits: Limits in place of those of the environment.

    Raises:
        SpecError: Their sizes differ.
        SourceError: An input is at fault.
        StorageError: An input could not be read.
    """
    limits = limits if limits is not None else environment.limits
    with environment.session(lambda: False) as surroundings:
        first, second = _acquire(a, b, surroundings, limits, resize=resize)
        return surroundings.place.compare(first, second, limits=limits)


def difference_of(
    a: Source, b: Source, environment: Environment, *, resize: bool, limits: Limits | None
) -> bytes:
    """Return a PNG that shows where two pictures differ; arguments as for the figures."""
    from mediaflow.image.compare import difference_png

    limits = limits if limits is not None else environment.limits
    return difference_png(*_acquire(a, b, environment, limits, resize=resize), limits)


def _acquire(
    a: Source, b: Source, environment: Environment, limits: Limits, *, resize: bool
) -> tuple[Planned, Planned]:
    from mediaflow.image.compare import Planned

    with ExitStack() as stack:
        opened = [
            stack.enter_context(
                environment.storage.open(as_source(source), max_bytes=limits.max_input_bytes)
            )
            for source in (a, b)
        ]
        first, second = (environment.place.probe(source, limits=limits) for source in opened)
        is_resized = first.size != second.size
        if is_resized and not resize:
            raise SpecError(
                f"the pictures differ in size: {first.width}×{first.height} and "
                f"{second.width}×{second.height} px",
                hint="pass resize=True to scale the second one to the size of the first",
                field="resize",
            )
        exact = ImageOutput("png")
        if is_resized:
            exact = ImageOutput(
                "png", width=first.width, height=first.height, fit="fill", upscale=True
            )
        plans = (
            _plan(ImageOutput("png"), first, environment, limits),
            _plan(exact, second, environment, limits),
        )
        # both pictures are held at once
        limits.check("max_memory_bytes", sum(plan.peak_bytes for plan in plans), who="comparison")
        return (
            Planned(data=opened[0].read_all(), plan=plans[0]),
            Planned(data=opened[1].read_all(), plan=plans[1], is_resized=is_resized),
        )


def _plan(
    output: ImageOutput, info: MediaInfo, environment: Environment, limits: Limits
) -> PicturePlan:
    return plan_image(
        (output,),
        info,
        template=FOLDER_TEMPLATE,
        source_name=SourceName(),
        capabilities=environment.capabilities(),  # of the default back end, which looks at both
        limits=limits,
    )
