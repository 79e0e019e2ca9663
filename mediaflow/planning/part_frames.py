"""Where every px of a joined film comes from, part by part. Pure.

The first part decides how large an output is and where its picture stands there. A part of the same
upright size is made exactly like it. Any other is fitted into the place of the first: ``cover`` cuts
it to that place, ``fill`` stretches it, and all other words scale it, up or down, until it touches
two edges, with the background beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.geometry import (
    Box,
    Point,
    composed,
    even_placement,
    place,
    stored_box,
    stored_size,
    upright_size,
)
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.planning.film_copies import NOTHING
from mediaflow.planning.film_geometry import Framed, frame_of, stored_part
from mediaflow.planning.film_renditions import (
    plan_preview,
    plan_rendition,
    preview_wish,
    rendition_wish,
)
from mediaflow.planning.film_source import FilmSource
from mediaflow.planning.film_stills import plan_still, still_wish
from mediaflow.planning.names import SourceName
from mediaflow.planning.part_errors import naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.geometry import Fit, Size
    from mediaflow.models.outputs import Output
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning.film_geometry import FrameWish
    from mediaflow.planning.frame_steps import FrameStep
    from mediaflow.planning.part_facts import FoundPart
    from mediaflow.planning.steps import PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["part_frames", "part_pictures"]

BOTH_SIDES: Final = ("cover", "fill")


def part_frames(
    step: FrameStep, output: Output, parts: Sequence[FoundPart], limits: Limits
) -> tuple[FrameStep, ...]:
    """Return how the frames of each part of a joined film are made.

    Args:
        step: How those of the first part are made.
        output: What is wanted.
        parts: The parts in order.
        limits: Limits in force.

    Raises:
        SpecError: The output is cropped, and a part has another size than the first one.
        UnsupportedError: HDR is kept of some parts, and not all are of that one range.
    """
    made = []
    for part in parts:
        with naming(part.label):
            framed = _framed(_wish(output), part.stream, parts[0].stream)
            alone = _alone(output, part, step.canvas, limits)
        made.append(
            replace(
                alone,
                crop=framed.crop,
                content=framed.content,
                orientation=framed.orientation,
                canvas=step.canvas,
                offset=framed.offset,
                pixel_format=step.pixel_format,
                color=step.color,
            )
        )
    _check_ranges(made, parts)
    return tuple(made)


def part_pictures(
    step: FrameStep, picture: PictureStep, frames: Sequence[FrameStep]
) -> tuple[tuple[FrameStep, ...], tuple[PictureStep, ...]]:
    """Return how a still is made of a frame of each part: the frame, then its picture.

    Args:
        step: How a frame of the first part becomes a picture without padding.
        picture: What is done to that picture.
        frames: How frames of each part are made, with padding.
    """
    turned = [upright_size(each.content, each.orientation) for each in frames]
    bare = (
        replace(each, canvas=size, offset=step.offset)
        for each, size in zip(frames, turned, strict=True)
    )
    pictures = (
        replace(picture, crop=Box.whole(size), content=size, offset=each.offset)
        for each, size in zip(frames, turned, strict=True)
    )
    return tuple(bare), tuple(pictures)


def _check_ranges(frames: Sequence[FrameStep], parts: Sequence[FoundPart]) -> None:
    """Refuse parts of unlike brightness: no one tag is right for both."""
    kept = [
        None if frame.tone is not None else part.stream.hdr
        for frame, part in zip(frames, parts, strict=True)
    ]
    for part, one in zip(parts, kept, strict=True):
        if one != kept[0]:
            names = [(each or "standard range").upper() for each in (one, kept[0])]
            raise UnsupportedError(
                f"{part.label}: its brightness is {names[0]}, that of the first part is {names[1]}: "
                "joined, one of them would look wrong",
                hint='dynamic_range="sdr" brings all to the standard range',
                where=part.info.uri,
            )


def _wish(output: Output) -> FrameWish:
    """Return what an output asks of its frames' geometry."""
    match output:
        case VideoOutput():
            return rendition_wish(output)
        case PreviewOutput():
            return preview_wish(output)
        case StillOutput():
            return still_wish(output)
        case _:
            raise _refusal(output)


def _alone(output: Output, part: FoundPart, canvas: Size, limits: Limits) -> FrameStep:
    """Return how frames of a part would be made if it were the whole film, and of the final size.

    So each part is read by what it is: its colours, and whatever else its stream decides.
    """
    film = FilmSource(
        info=part.info,
        stream=part.stream,
        template="{name}.{ext}",
        source_name=SourceName(),
        limits=limits,
    )
    name, width, height = "part", canvas.width, canvas.height
    match output:
        case VideoOutput():
            wanted = replace(
                output,
                width=width,
                height=height,
                fit="fill",
                upscale=True,
                crop=None,
                start=0.0,
                end=None,
                speed=1.0,
                fade_in=0.0,
                fade_out=0.0,
            )
            step = plan_rendition(
                wanted,
                film,
                name=name,
                position=0,
                sound=None,
                carried=NOTHING,
                reason="",
                notices=(),
            )
            return step.video.frame
        case PreviewOutput():
            clip = replace(output, width=width, height=height, start=0.0)
            return plan_preview(clip, film, name=name, position=0).video.frame
        case StillOutput():
            still = replace(output, width=width, height=height, fit="fill", upscale=True, at=0.0)
            return plan_still(still, film, name=name, position=0, index=0).frame
        case _:
            raise _refusal(output)


def _refusal(output: Output) -> UnsupportedError:
    return UnsupportedError(f"films have no {output.kind} output")  # narrow_for left none


def _framed(wish: FrameWish, stream: VideoStream, first: VideoStream) -> Framed:
    """Return where the px of a part stand on the canvas that the first part has."""
    if stream.display_size == first.display_size:
        return frame_of(wish, stream)
    if wish.crop is not None:
        size, wanted = stream.display_size, first.display_size
        raise SpecError(
            f"a crop is in px of the first part, {wanted.width}×{wanted.height}; this one has "
            f"{size.width}×{size.height} px",
            hint="crop the parts on their own first, then join them",
            field="crop",
        )
    whole = frame_of(wish, first)
    room, fit = whole.turned, _fit(wish.fit)
    source = upright_size(stream.display_size, wish.turn)
    exact = place(
        source,
        width=room.width,
        height=room.height,
        fit=fit,
        gravity=wish.gravity,
        upscale=True,
    )
    placed = (
        even_placement(exact, width=room.width, height=room.height, fit=fit, limit=None)
        if wish.even
        else exact
    )
    inner = stored_box(placed.crop, source, wish.turn)
    orientation = composed(stream.orientation, wish.turn)
    offset = whole.offset
    return Framed(
        shown=None if inner == Box.whole(stream.display_size) else inner,
        crop=stored_part(inner, stream),
        content=stored_size(placed.content, orientation),
        orientation=orientation,
        canvas=whole.canvas,
        offset=Point(offset.x + placed.offset.x, offset.y + placed.offset.y),
        exact_canvas=whole.exact_canvas,
    )


def _fit(fit: Fit) -> Fit:
    return fit if fit in BOTH_SIDES else "contain"
