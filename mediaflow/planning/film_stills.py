"""The steps of one still: the frame, the picture that is made of it, its file. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.geometry import Box, Point
from mediaflow.models.previews import BEST
from mediaflow.planning.checks import check_encoder_edge
from mediaflow.planning.film_color import RGB_COLOR, source_color
from mediaflow.planning.film_footage import shown_footage
from mediaflow.planning.film_geometry import FrameWish, frame_of
from mediaflow.planning.film_notices import frame_notices
from mediaflow.planning.film_times import late_notices, still_moment
from mediaflow.planning.frame_steps import FrameStep
from mediaflow.planning.kinds import as_picture
from mediaflow.planning.names import output_uri
from mediaflow.planning.narrow import choose_encoder
from mediaflow.planning.rendition_steps import StillStep
from mediaflow.planning.steps import EncodeStep, PictureStep

if TYPE_CHECKING:
    from mediaflow.models.previews import StillOutput
    from mediaflow.planning.film_footage import Footage
    from mediaflow.planning.film_geometry import Framed
    from mediaflow.planning.film_source import FilmSource

__all__ = ["plan_still", "still_wish"]


def plan_still(
    output: StillOutput, film: FilmSource, *, name: str, position: int, index: int
) -> StillStep:
    """Return how a still is made.

    Args:
        output: What is wanted.
        film: The source.
        name: Name of the output.
        position: Its place among all outputs.
        index: Its place among the stills.

    Raises:
        LimitExceededError: It has more px than the limits allow.
        SpecError: A size or a time does not fit.
    """
    framed = frame_of(still_wish(output), film.stream)
    footage = shown_footage(output.tone_map, film.stream, pixel_format="rgb24", is_still=True)
    picture = as_picture(output)
    choice = choose_encoder(picture)
    check_encoder_edge(choice.row, framed.canvas, film.limits)
    notices = (
        *frame_notices(
            film.stream, film.info, film.source_name.format, to_rgb=True, keeps_alpha=False
        ),
        *footage.notices,
        *(() if output.at == BEST else late_notices(output.at, film.info)),
    )
    uri = output_uri(film.template, film.source_name, output, name, framed.canvas)
    return StillStep(
        name=name,
        uri=uri,
        position=position,
        at=None if output.at == BEST else still_moment(output.at, film.info),
        frame=_frame(framed, film, output, footage),
        picture=_picture(framed, output, index),
        encode=EncodeStep(
            name=name,
            uri=uri,
            picture=index,
            output=picture,
            format=choice.row.name,
            arguments=choice.arguments,
            size=framed.canvas,
            crop=framed.shown,
            flatten=False,
            notices=notices,
        ),
        format=choice.row.name,
        size=framed.canvas,
        crop=framed.shown,
        notices=notices,
    )


def still_wish(output: StillOutput) -> FrameWish:
    """Return what a still asks of its frame's geometry."""
    return FrameWish(
        width=output.width,
        height=output.height,
        fit=output.fit,
        gravity=output.gravity,
        upscale=output.upscale,
        even=False,
    )


def _frame(framed: Framed, film: FilmSource, output: StillOutput, footage: Footage) -> FrameStep:
    return FrameStep(
        deinterlace=footage.deinterlace,
        crop=framed.crop,
        content=framed.content,
        interpolation="lanczos",
        orientation=framed.orientation,
        tone=footage.tone,
        canvas=framed.turned,
        offset=Point(0, 0),
        background=output.background,
        pixel_format=footage.pixel_format,
        source_color=source_color(film.stream),
        color=RGB_COLOR,
    )


def _picture(framed: Framed, output: StillOutput, index: int) -> PictureStep:
    """Return what is left to do to the picture of a frame: filters and padding."""
    return PictureStep(
        index=index,
        origin=None,
        crop=Box.whole(framed.turned),
        reduce=1,
        scaler="none",
        grids=None,
        content=framed.turned,
        color="keep",
        orientation=1,
        filters=output.filters,
        canvas=framed.canvas,
        offset=framed.offset,
        background=output.background,
    )
