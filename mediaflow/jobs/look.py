"""Looks at the pixels of a source where an output cannot be planned without: borders, focus.

Law: it decodes once, asks, and gives back outputs in which every crop is a box and every gravity a
point; from there on they are planned like any others. The whole look is deterministic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Box
from mediaflow.image.backend import image_backends
from mediaflow.image.focus import focus_detectors
from mediaflow.image.seen import Seen
from mediaflow.models.framing import Trim
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.framing import (
    detector_of,
    kept_part,
    look_step,
    with_crop,
    with_focus,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.security.limits import Limits

__all__ = ["look"]

BYTES_HELD: Final = 12  # a px: as it is decoded, as red, green, blue and alpha, and premultiplied


def look(
    outputs: Sequence[Output],
    info: MediaInfo,
    read: Callable[[], bytes],
    limits: Limits,
    capabilities: Capabilities,
    fail_on: FailOn = "error",
) -> tuple[Output, ...]:
    """Return the outputs with every question to the pixels answered.

    Args:
        outputs: Typed outputs.
        info: What the probe found; the source was checked against the limits.
        read: Returns the whole input.
        limits: Limits in force.
        capabilities: What is installed.
        fail_on: Whether a source that is cut off is an error.

    Raises:
        UnknownNameError: No detector has that name.
        SourceError: The input cannot be decoded.
        SpecError: A crop reaches beyond the source.
    """
    open_ones = [output for output in outputs if isinstance(output, ImageOutput)]
    for name in filter(None, map(detector_of, open_ones)):
        focus_detectors[name]  # an unknown one is refused before anything is read
    able = next(one for one in (capabilities, *capabilities.others) if info.format in one.decoders)
    backend = image_backends[able.backend]
    step = look_step(info, open_ones, able.backend)
    held = step.size.pixels * BYTES_HELD
    limits.check("max_memory_bytes", held, where=info.uri, who="a look at the pixels")
    if fail_on == "none":
        step = replace(step, fill="white")
    raster = backend.decode(read(), step, info, limits)
    is_upright = info.format in able.upright_decoders
    orientation = 1 if is_upright else info.picture.orientation
    seen = Seen(backend.to_array(raster), info.size, orientation)
    return tuple(
        _answered(output, seen) if isinstance(output, ImageOutput) else output for output in outputs
    )


def _answered(output: ImageOutput, seen: Seen) -> ImageOutput:
    if isinstance(output.trim, Trim):
        box = output.crop or Box.whole(seen.source)
        found = seen.inside_border(box, output.trim.threshold)
        output = with_crop(output, found or box, seen.source)
    name = detector_of(output)
    if name is None:
        return output
    box, aspect = kept_part(output, seen.source)
    return with_focus(output, focus_detectors[name].find(seen.small(box), float(aspect)))
