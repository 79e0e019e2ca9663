"""A frame of a film and a picture look the same when the same filters are applied to them."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from mediaflow.errors import ProcessingError
from mediaflow.filters import (
    NO_ASSETS,
    Blend,
    Blur,
    Brightness,
    Contrast,
    CubeLut,
    Filter,
    Gamma,
    Grayscale,
    Hue,
    Look,
    Pixelate,
    Saturation,
    Sepia,
    Sharpen,
    Temperature,
    Text,
    Vignette,
    Watermark,
    apply_filters,
)
from mediaflow.filters.lut import map_chain
from mediaflow.geometry import Size
from mediaflow.video.filtering import FrameFilters
from tests import media

SIZE = Size(162, 92)
"""A width whose rows are padded in FFmpeg's memory."""

TICK = Fraction(1, 1000)


class Given:
    """Second inputs that count how often they are asked for."""

    def __init__(self, picture: Image.Image | None = None, file: bytes = b"") -> None:
        self._picture, self._file = picture, file
        self.asked = 0

    def picture(self, source: object) -> Image.Image:
        self.asked += 1
        assert self._picture is not None
        return self._picture

    def file(self, source: object) -> bytes:
        self.asked += 1
        return self._file


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return np.asarray(media.photo(SIZE.width, SIZE.height))


def frame_of(pixels: np.ndarray, pts: int = 0) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame.pts, frame.time_base, frame.color_range = pts, TICK, 2
    frame.duration = 40
    return frame


def filtered(
    pixels: np.ndarray, looks: FrameFilters, stamps: tuple[int, ...] = (0,)
) -> list[av.VideoFrame]:
    """Run frames as the engine does: through a graph, then through Python."""
    height, width = pixels.shape[:2]
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={width}x{height}:pix_fmt=rgb24:time_base={TICK}:colorspace=0:range=2",
    )
    last = looks.nodes(graph, source)
    sink = graph.add("buffersink")
    last.link_to(sink)
    graph.configure()
    looks.start()
    made: list[Any] = []
    for stamp in (*stamps, None):
        source.push(None if stamp is None else frame_of(pixels, stamp))
        while True:
            try:
                made.append(looks.apply(sink.pull()))
            except (BlockingIOError, EOFError):
                break
    return made


def film(pixels: np.ndarray, *filters: Filter, assets: Any = NO_ASSETS) -> np.ndarray:
    looks = FrameFilters(filters, assets, SIZE)
    return np.asarray(filtered(pixels, looks)[0].to_ndarray()).astype(int)


def still(pixels: np.ndarray, *filters: Filter, assets: Any = NO_ASSETS) -> np.ndarray:
    made = apply_filters(Image.fromarray(pixels), filters, assets)
    return np.asarray(made).astype(int)


CURVES = [
    (Brightness(1.2),),
    (Contrast(1.3),),
    (Gamma(0.45),),
    (Gamma(2.2), Brightness(0.9), Contrast(1.5)),
]
COLORS = [
    (Saturation(0.4),),
    (Grayscale(),),
    (Sepia(),),
    (Hue(60),),
    (Temperature(0.3),),
    (Blend("#f0a020", "soft-light", opacity=0.5),),
    (Brightness(1.1), Saturation(1.5), Contrast(1.2)),
    (Sepia(), Hue(20), Brightness(1.1)),
    (Look("clarendon"),),
    (Look("moon", strength=0.5),),
]
PICTURES = [
    (Blur(2.0),),
    (Sharpen(),),
    (Vignette(0.5),),
    (Pixelate(8),),
    (Text("Ada", color="white", outline="black"),),
    (Brightness(1.2), Blur(1.0), Brightness(0.8), Text("b")),
    (Look("hudson"),),
]


def words(filters: tuple[Filter, ...]) -> str:
    return ", ".join(one.words() for one in filters)


@pytest.mark.parametrize("filters", CURVES, ids=words)
def test_curves_are_exactly_those_of_a_picture(photo, filters) -> None:
    assert np.array_equal(film(photo, *filters), still(photo, *filters))


@pytest.mark.parametrize("filters", COLORS, ids=words)
def test_colours_are_those_of_a_picture(photo, filters) -> None:
    # each side rounds a table or a matrix to whole levels once or twice: 2 together
    assert np.abs(film(photo, *filters) - still(photo, *filters)).max() <= 2


@pytest.mark.parametrize("filters", COLORS[:6], ids=words)
def test_colours_are_within_two_of_exact_arithmetic(filters) -> None:
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (SIZE.height, SIZE.width, 3)).astype(np.uint8)

    exact = map_chain(filters, pixels.astype(np.float32) / 255) * 255

    assert np.abs(film(pixels, *filters) - exact).max() <= 2.5  # and half a level of rounding


@pytest.mark.parametrize("filters", PICTURES, ids=words)
def test_filters_of_pictures_give_the_same_on_frames(photo, filters) -> None:
    leading = any(one.parts() != (one,) for one in filters)  # a look may begin with colours
    allowed = 2 if leading else 0

    assert np.abs(film(photo, *filters) - still(photo, *filters)).max() <= allowed


def test_a_cube_file_is_read_once_and_gives_the_same(photo: np.ndarray) -> None:
    table = "LUT_3D_SIZE 2\n" + "\n".join(
        f"{1 - r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
    )
    assets = Given(file=table.encode())
    looks = FrameFilters([CubeLut("film.cube")], assets, SIZE)

    made = filtered(photo, looks, (0, 40, 80))

    wanted = still(photo, CubeLut("film.cube"), assets=Given(file=table.encode()))
    assert assets.asked == 1
    assert np.abs(made[2].to_ndarray().astype(int) - wanted).max() <= 2


def test_a_watermark_is_scaled_once_for_all_frames(photo: np.ndarray) -> None:
    mark = Image.new("RGBA", (40, 20), (255, 0, 0, 128))
    assets = Given(picture=mark)
    looks = FrameFilters([Watermark("logo.png")], assets, SIZE)

    made = filtered(photo, looks, (0, 40, 80))

    wanted = still(photo, Watermark("logo.png"), assets=Given(picture=mark))
    assert assets.asked == 1
    assert all(np.array_equal(one.to_ndarray(), wanted) for one in made)


@pytest.mark.parametrize(
    "filters", [(Sepia(),), (Gamma(0.5),), (Blur(1.0),), (Sepia(), Blur(1.0))], ids=words
)
def test_times_are_kept_also_below_zero(photo, filters) -> None:
    looks = FrameFilters(filters, NO_ASSETS, SIZE)

    made = filtered(photo, looks, (-400, 0, 37, 5000))

    seconds = [
        Fraction(one.pts * one.time_base.numerator, one.time_base.denominator) for one in made
    ]
    assert seconds == [Fraction(stamp, 1000) for stamp in (-400, 0, 37, 5000)]
    pixels = [one.to_ndarray() for one in made]
    assert all(np.array_equal(pixels[0], one) for one in pixels)  # none slipped past the table
    assert not np.array_equal(pixels[0], photo)


def test_a_frame_that_is_shared_stays_as_it_is(photo: np.ndarray) -> None:
    looks = FrameFilters([Blur(3.0)], NO_ASSETS, SIZE)
    shared = frame_of(photo, 120)

    made = looks.apply(shared)

    assert np.array_equal(shared.to_ndarray(), photo)
    assert (made.pts, made.duration) == (120, 40)
    assert not np.array_equal(made.to_ndarray(), photo)


def test_what_is_needed_is_said(photo: np.ndarray) -> None:
    nothing = FrameFilters([], NO_ASSETS, SIZE)
    colors = FrameFilters([Sepia()], NO_ASSETS, SIZE)
    pictures = FrameFilters([Blur(1.0)], NO_ASSETS, SIZE)

    assert (nothing.needs_rgb, nothing.needs_frames) == (False, False)
    assert (colors.needs_rgb, colors.needs_frames) == (True, False)
    assert (pictures.needs_rgb, pictures.needs_frames) == (True, True)


def test_a_graph_may_be_built_again(photo: np.ndarray) -> None:
    looks = FrameFilters([Sepia()], NO_ASSETS, SIZE)

    first, second = filtered(photo, looks)[0], filtered(photo, looks)[0]

    assert np.array_equal(first.to_ndarray(), second.to_ndarray())


def test_a_second_input_that_is_missing_is_an_error_before_any_frame() -> None:
    with pytest.raises(ProcessingError):
        FrameFilters([Watermark("logo.png")], NO_ASSETS, SIZE)


def test_frames_and_stills_agree_through_a_film_without_losses(photo: np.ndarray) -> None:
    file = BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = SIZE.width, SIZE.height, "bgr0"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(photo, format="rgb24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as film_file:
        pixels = next(film_file.decode(video=0)).to_ndarray(format="rgb24")
    filters = (Brightness(1.1), Sepia(), Vignette(0.4))

    assert np.abs(film(pixels, *filters) - still(photo, *filters)).max() <= 2
