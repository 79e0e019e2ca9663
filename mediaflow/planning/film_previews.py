"""The steps of what is made from the keyframes of a film: storyboards, scenes, what is said. Pure.

Law: sizes, numbers of pictures and places are decided here; which frame stands on a sheet is told
by the film alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.geometry import Point, Size
from mediaflow.models.footage import ToneMap
from mediaflow.models.result import Notice
from mediaflow.models.storyboard import MAX_SHEET_SIDE
from mediaflow.planning.analysis import SEEN_SIDE
from mediaflow.planning.checks import check_encoder_edge
from mediaflow.planning.film_color import RGB_COLOR, source_color
from mediaflow.planning.film_footage import shown_footage, tone_notices
from mediaflow.planning.film_geometry import FrameWish, frame_of
from mediaflow.planning.film_notices import frame_notices
from mediaflow.planning.film_times import exact
from mediaflow.planning.frame_steps import FrameStep
from mediaflow.planning.kinds import as_sheet
from mediaflow.planning.names import output_uri
from mediaflow.planning.narrow import choose_encoder
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.planning.steps import AnalysisStep, EncodeStep

if TYPE_CHECKING:
    from mediaflow.geometry import Fit
    from mediaflow.models.analysis import AnalysisOutput
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.storyboard import StoryboardOutput
    from mediaflow.planning.film_footage import Footage
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = ["Looks", "plan_analysis", "plan_storyboard"]

USUAL_TILES: Final = 100
USUAL_COLUMNS: Final = 10
OF_THE_FILE: Final = frozenset({"extension_mismatch", "source_salvaged"})
"""Losses that have nothing to do with how a frame looks."""


class Looks:
    """The small pictures that a plan makes of frames, each kind once."""

    def __init__(self) -> None:
        self.steps: list[FrameStep] = []

    def index_of(self, step: FrameStep) -> int:
        """Return the index of a look, which is added where it is new."""
        if step not in self.steps:
            self.steps.append(step)
        return self.steps.index(step)


def plan_storyboard(
    output: StoryboardOutput,
    film: FilmSource,
    looks: Looks,
    *,
    name: str,
    position: int,
    window: Window | None = None,
) -> StoryboardStep:
    """Return how a storyboard is made.

    Args:
        output: What is wanted.
        film: The source.
        looks: Takes how a frame becomes one picture.
        name: Name of the output.
        position: Its place among all outputs.
        window: The part of the film that it shows; None for all of it.

    Raises:
        LimitExceededError: Its sheets have more px than the limits allow.
        SpecError: A row is longer than a sheet, or its place has a query.
    """
    look = _small(film, output.width, None)
    tile = look.canvas
    columns, rows = _grid(output, tile)
    seconds = _length(film) if window is None else window.seconds
    interval, tiles, notices = _times(output, seconds)
    film.limits.check("max_output_pixels", (tiles or 1) * tile.pixels, who="a storyboard")
    uri = output_uri(film.template, film.source_name, output, name, tile)
    if "://" in uri and "?" in uri:
        raise SpecError(
            "a storyboard is several files, and a place with a query is one",
            hint="give a folder, and its credentials by a storage profile",
            field="to",
        )
    picture = as_sheet(output)
    choice = choose_encoder(picture)
    sheet = Size(columns * tile.width, min(rows, -(-(tiles or 1) // columns)) * tile.height)
    check_encoder_edge(choice.row, sheet, film.limits)
    lost = (*_lost(film), *notices)
    return StoryboardStep(
        name=name,
        uri=uri,
        position=position,
        look=looks.index_of(look),
        encode=EncodeStep(
            name=name,
            uri=uri,
            picture=0,
            output=picture,
            format=choice.row.name,
            arguments=choice.arguments,
            size=sheet,
            crop=None,
            flatten=False,
            notices=(),
        ),
        interval=interval,
        tiles=tiles,
        most=output.max_frames or (USUAL_TILES if tiles is None else tiles),
        columns=columns,
        rows=rows,
        seconds=seconds,
        size=tile,
        start=Fraction(0) if window is None else window.start,
        notices=lost,
    )


def plan_analysis(
    output: AnalysisOutput,
    film: FilmSource,
    looks: Looks,
    *,
    name: str,
    position: int,
    capabilities: Capabilities,
) -> ScenesStep | AnalysisStep:
    """Return how a film is described.

    Args:
        output: What is wanted.
        film: The source.
        looks: Takes how a frame becomes what is looked at.
        name: Name of the output.
        position: Its place among all outputs.
        capabilities: What is installed.

    Raises:
        UnsupportedError: Several things are wanted of one output.
    """
    if len(output.what) > 1:
        raise UnsupportedError(
            f"one analysis of a film tells one thing, got {', '.join(output.what)}",
            hint="ask for an AnalysisOutput each, with names of their own",
            field="what",
            where=film.info.uri,
        )
    size = film.stream.display_size
    uri = ""
    if output.store:
        uri = output_uri(film.template, film.source_name, output, name, size)
    if output.what == ("scenes",):
        return ScenesStep(
            name=name,
            uri=uri,
            position=position,
            output=output,
            size=size,
            seconds=_length(film),
            notices=tuple(notice for notice in _lost(film) if notice.code in OF_THE_FILE),
        )
    look = _small(film, SEEN_SIDE, SEEN_SIDE)
    return AnalysisStep(
        name=name,
        uri=uri,
        position=position,
        picture=looks.index_of(look),
        output=output,
        size=size,
        seen=look.canvas,
        tiny_format="webp" if "webp" in capabilities.encoders else "jpeg",
        notices=tuple(notice for notice in _lost(film) if notice.code != "depth_reduced"),
    )


def _small(film: FilmSource, width: int, height: int | None) -> FrameStep:
    """Return how a frame becomes a small picture."""
    fit: Fit = "inside"
    wish = FrameWish(
        width=width, height=height, fit=fit, gravity="center", upscale=False, even=False
    )
    framed = frame_of(wish, film.stream)
    return FrameStep(
        crop=framed.crop,
        content=framed.content,
        orientation=framed.orientation,
        tone=_footage(film).tone,
        canvas=framed.turned,
        offset=Point(0, 0),
        background="black",
        pixel_format="rgb24",
        source_color=source_color(film.stream),
        color=RGB_COLOR,
    )


def _footage(film: FilmSource) -> Footage:
    return shown_footage(ToneMap(), film.stream, pixel_format="rgb24", is_still=True)


def _lost(film: FilmSource) -> tuple[Notice, ...]:
    """Return what small pictures of a film lose."""
    found = frame_notices(
        film.stream, film.info, film.source_name.format, to_rgb=True, keeps_alpha=False
    )
    found = (*found, *tone_notices(_footage(film)))
    if film.is_salvaged:
        text = "the source is cut off; what is left of it is used"
        found = (*found, Notice(code="source_salvaged", message=text))
    return found


def _length(film: FilmSource) -> Fraction | None:
    known = film.info.duration_seconds
    return None if not known else exact(known)


def _grid(output: StoryboardOutput, tile: Size) -> tuple[int, int]:
    """Return how many pictures a full sheet has across and down."""
    fitting = MAX_SHEET_SIDE // tile.width
    if output.columns is not None and output.columns > fitting:
        raise SpecError(
            f"{output.columns} columns of {tile.width} px are wider than a sheet, "
            f"which has up to {MAX_SHEET_SIDE:,} px",
            hint=f"ask for up to {fitting} columns, or a smaller width",
            field="columns",
            value=output.columns,
        )
    columns = output.columns or min(USUAL_COLUMNS, fitting)
    return columns, max(MAX_SHEET_SIDE // tile.height, 1)


def _times(
    output: StoryboardOutput, seconds: Fraction | None
) -> tuple[Fraction | None, int | None, tuple[Notice, ...]]:
    """Return the interval and the number of pictures, as far as they are known."""
    asked = None if output.interval_seconds is None else exact(output.interval_seconds)
    if seconds is None:
        return asked, None, ()
    if asked is None:
        most = output.max_frames or USUAL_TILES
        interval = Fraction(max(-(-seconds // most), 1))
        return interval, max(int(-(-seconds // interval)), 1), ()
    tiles = max(int(-(-seconds // asked)), 1)
    if output.max_frames is None or tiles <= output.max_frames:
        return asked, tiles, ()
    interval = seconds / output.max_frames
    text = (
        f"a picture every {float(interval):.6g} s in place of {float(asked):g} s: "
        f"max_frames is {output.max_frames}"
    )
    return interval, output.max_frames, (Notice(code="interval_lengthened", message=text),)
