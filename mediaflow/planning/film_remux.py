"""The step of a film whose picture is copied, or the reason why it has to be encoded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.errors import UnsupportedError
from mediaflow.formats import containers
from mediaflow.planning.film_carry import copy_of
from mediaflow.planning.film_codecs import choose_video
from mediaflow.planning.film_copies import RemuxStep
from mediaflow.planning.film_geometry import frame_of
from mediaflow.planning.film_renditions import muxer_options_of, rendition_wish, salvaged
from mediaflow.planning.film_verdicts import COPY, why_encoded
from mediaflow.planning.names import output_uri

if TYPE_CHECKING:
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.result import Notice
    from mediaflow.planning.film_copies import CarriedStep
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = ["plan_remux", "why_not_copied"]


def why_not_copied(output: VideoOutput, film: FilmSource) -> str | None:
    """Return why the picture is encoded, or None when it is copied.

    Args:
        output: What is wanted.
        film: The source.

    Raises:
        SpecError: A crop does not fit the source.
        UnsupportedError: A copy is asked that the container cannot hold, or that would show what
            the source hides.
    """
    container, stream = containers[output.format], film.stream
    if output.codec != COPY:
        framed = frame_of(rendition_wish(output), stream)
        return why_encoded(output, film, framed, choose_video(output).row.name, container)
    if stream.codec not in (*container.video_codecs, *container.copied_codecs):
        raise _refusal(f"{container.name} holds no {stream.codec}", film)
    if stream.orientation != 1 and not container.turns:
        raise _refusal(f"{container.name} cannot say that frames are turned", film)
    if stream.hidden_seconds:
        raise _refusal(
            f"a copy would show {stream.hidden_seconds:.2f} s of the picture that the source hides",
            film,
        )
    return None


def _refusal(message: str, film: FilmSource) -> UnsupportedError:
    return UnsupportedError(
        message,
        hint="take another container, or leave the codec out, and the picture is encoded",
        field="codec",
        where=film.info.uri,
    )


def plan_remux(
    output: VideoOutput,
    film: FilmSource,
    window: Window,
    *,
    name: str,
    position: int,
    sound: int | None,
    carried: CarriedStep,
    notices: tuple[Notice, ...],
) -> RemuxStep:
    """Return how a film is made whose picture is copied.

    Args:
        output: What is wanted.
        film: The source.
        window: The part that is wanted.
        name: Name of the output.
        position: Its place among all outputs.
        sound: Index of its sound among those of the plan, or None.
        carried: What goes along.
        notices: What is lost.
    """
    container, stream = containers[output.format], film.stream
    size = stream.display_size
    return RemuxStep(
        name=name,
        uri=output_uri(film.template, film.source_name, output, name, size),
        position=position,
        output=output,
        format=container.name,
        muxer=container.muxer,
        muxer_options=muxer_options_of(output, container),
        size=size,
        video=copy_of(stream, "video", container),
        reason="asked"
        if output.codec == COPY
        else f"{stream.codec} of this size is what is wanted",
        sound=sound,
        carried=carried,
        start=window.start,
        end=window.end,
        trim=output.trim,
        duration_seconds=None if window.seconds is None else float(window.seconds),
        notices=(*notices, *salvaged(film, window)),
    )
