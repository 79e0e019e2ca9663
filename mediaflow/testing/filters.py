"""What every filter must keep to, whoever wrote it.

Inherit `FilterContract`, give the fixtures, and run it with pytest::

    class TestPosterize(FilterContract):
        @pytest.fixture
        def filter(self):
            return Posterize(4)

        @pytest.fixture
        def neutral(self):
            return Posterize(256)

Law: pictures are painted here, and colours are judged by the filter's own exact arithmetic, without
the tables that pictures go through.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, ClassVar, Final, cast

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mediaflow.filters import (
    ColorFilter,
    Filter,
    PictureFilter,
    TimedFilter,
    apply_filters,
    color_cube,
)
from mediaflow.filters.lut import CUBE_SIDE, map_chain
from mediaflow.formats.subtitles import plain_cues
from mediaflow.image.pillow.filtering import decode_asset
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.pngs import Pixels, write_png
from mediaflow.verbs import process

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.filters import Assets
    from mediaflow.formats.subtitles import Cue
    from mediaflow.models.job import Source

__all__ = ["BytesAssets", "FilterContract"]

SHAPES: Final = [(60, 40), (40, 60), (120, 9), (9, 120), (37, 37), (1, 1), (1, 50), (2, 3)]
"""Sizes of every aspect ratio, odd ones and single px among them."""


class BytesAssets:
    """Second inputs that are given as bytes, decoded through the library's own gate."""

    def picture(self, source: Source) -> Image.Image:
        """Return a decoded picture: RGBA, upright, in sRGB."""
        data = cast("bytes", source)
        return decode_asset(data, probe(BytesSource(data)), Limits())

    def file(self, source: Source) -> bytes:
        """Return the bytes of a file."""
        return cast("bytes", source)

    def cues(self, source: Source) -> tuple[Cue, ...]:
        """Return what a file of subtitles shows."""
        return plain_cues(cast("bytes", source))


class FilterContract:
    """A filter keeps size, mode and input, hides what is hidden, and travels."""

    pass_tolerance: ClassVar[float] = 3.0
    """Levels that curves and matrices, rounded after each pass, may be off the exact colours."""

    cube_tolerance: ClassVar[float] = 12.0
    """The same for a cube of 33 colours an edge, which cuts the steep start of a gamma curve."""

    mean_tolerance: ClassVar[float] = 0.6
    """Mean of either; half a level is what rounding alone may cost at worst."""

    @pytest.fixture
    def filter(self) -> Filter:
        """Return the filter under test, at a value that changes pictures; sources are bytes."""
        raise NotImplementedError

    @pytest.fixture
    def neutral(self) -> Filter | None:
        """Return the filter at the value that leaves a picture as it is; None if it has none."""
        return None

    @pytest.fixture
    def portable(self, filter: Filter) -> Filter:
        """Return the filter with sources that are text; needed only for one with sources."""
        return filter

    @pytest.fixture
    def assets(self) -> Assets:
        """Return the second inputs."""
        return BytesAssets()

    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    @pytest.mark.parametrize("size", SHAPES)
    def test_size_and_mode_are_kept(
        self, filter: Filter, assets: Assets, mode: str, size: tuple[int, int]
    ) -> None:
        made = apply_filters(_picture(size, mode), (filter,), assets)

        assert (made.size, made.mode) == (size, mode)

    def test_gray_picture_is_filtered_as_a_color_picture(
        self, filter: Filter, tmp_path: Path
    ) -> None:
        if filter.needs_film:
            pytest.skip("this filter is for films alone")
        gray = np.asarray(_picture((48, 32), "RGB"))[..., :1]
        color = gray.repeat(3, axis=-1)

        made = [
            _by_front_door(pixels, filter, tmp_path / f"{number}.png")
            for number, pixels in enumerate((gray, color))
        ]

        assert made[0].shape == (32, 48, 4)
        assert np.array_equal(made[0], made[1])

    def test_input_is_left_untouched(self, filter: Filter, assets: Assets) -> None:
        for mode in ("RGB", "RGBA"):
            image = _picture((48, 32), mode)
            before = image.tobytes()

            made = apply_filters(image, (filter,), assets)

            assert image.tobytes() == before
            assert made is not image

    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    def test_fitted_once_it_serves_every_picture_of_that_size(
        self, filter: Filter, assets: Assets, mode: str
    ) -> None:
        if not isinstance(filter, PictureFilter):
            pytest.skip("this filter is no function of a picture")
        images = [_picture((60, 40), mode), _picture((60, 40), mode).rotate(180)]

        fitted = filter.fitted((60, 40), assets)
        made = [fitted.apply(image, assets).tobytes() for image in images]

        assert made == [filter.apply(image, assets).tobytes() for image in images]

    def test_it_does_something(self, filter: Filter, assets: Assets) -> None:
        image = _picture((60, 40), "RGB")

        assert apply_filters(image, (filter,), assets).tobytes() != image.tobytes()

    def test_same_input_gives_the_same_picture(self, filter: Filter, assets: Assets) -> None:
        made = [apply_filters(_picture((60, 40), "RGBA"), (filter,), assets) for _ in range(2)]

        assert made[0].tobytes() == made[1].tobytes()

    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    def test_neutral_value_leaves_the_picture(
        self, neutral: Filter | None, assets: Assets, mode: str
    ) -> None:
        if neutral is None:
            pytest.skip("this filter has no neutral value")
        image = _picture((60, 40), mode)

        made = apply_filters(image, (neutral,), assets)

        assert made.tobytes() == image.tobytes()

    def test_alpha_is_left_untouched(self, filter: Filter, assets: Assets) -> None:
        if isinstance(filter, PictureFilter | TimedFilter) and not filter.keeps_alpha:
            pytest.skip("this filter says that it changes alpha")
        image = _picture((60, 40), "RGBA")

        made = apply_filters(image, (filter,), assets)

        assert made.getchannel("A").tobytes() == image.getchannel("A").tobytes()

    def test_hidden_color_does_not_show(self, filter: Filter, assets: Assets) -> None:
        green, black = (_half_hidden(color) for color in ((0, 255, 0), (0, 0, 0)))

        first, second = (
            np.asarray(apply_filters(image, (filter,), assets)) for image in (green, black)
        )

        seen = np.asarray(green)[..., 3] > 0
        assert np.array_equal(first[seen], second[seen])

    def test_opaque_rgba_is_filtered_like_rgb(self, filter: Filter, assets: Assets) -> None:
        image = _picture((60, 40), "RGB")

        plain = apply_filters(image, (filter,), assets)
        opaque = apply_filters(image.convert("RGBA"), (filter,), assets)

        difference = np.asarray(plain, np.int16) - np.asarray(opaque.convert("RGB"), np.int16)
        assert np.abs(difference).max() <= 1

    def test_picture_has_the_exact_colors(self, filter: Filter, assets: Assets) -> None:
        chain = _color_chain(filter, assets)
        image = _picture((120, 120), "RGB")
        exact = map_chain(chain, np.asarray(image, np.float32) / np.float32(255)) * 255

        made = np.asarray(apply_filters(image, chain, assets))

        error = np.abs(made - exact)
        is_cube = not all(one.channelwise or _is_matrix(one) for one in chain)
        assert error.max() <= (self.cube_tolerance if is_cube else self.pass_tolerance)
        assert error.mean() <= self.mean_tolerance

    def test_cube_has_the_exact_colors(self, filter: Filter, assets: Assets) -> None:
        chain = _color_chain(filter, assets)
        image = _picture((120, 120), "RGB")
        exact = map_chain(chain, np.asarray(image, np.float32) / np.float32(255)) * 255

        cube = ImageFilter.Color3DLUT(CUBE_SIDE, color_cube(chain).reshape(-1))

        error = np.abs(np.asarray(image.filter(cube)) - exact)
        assert error.max() <= self.cube_tolerance
        assert error.mean() <= self.mean_tolerance

    def test_it_travels_as_json(self, portable: Filter) -> None:
        data = to_dict(portable)

        assert from_dict(Filter, data) == portable
        output = ImageOutput("png", filters=(portable,))
        assert from_dict(ImageOutput, to_dict(output)) == output
        assert json_schema(type(portable))["$defs"]

    def test_it_is_hashed_and_pickled(self, filter: Filter) -> None:
        twin = pickle.loads(pickle.dumps(filter))  # noqa: S301  # it was pickled right here

        assert twin == filter
        assert hash(twin) == hash(filter)
        assert filter.kind in filter.words()


def _picture(size: tuple[int, int], mode: str) -> Image.Image:
    """Return noise over a ramp: every colour, and edges at every place."""
    width, height = size
    noise = np.random.default_rng(5).integers(0, 256, (height, width, 4))
    ramp = np.linspace(0, 255, width)[None, :, None]
    pixels = (0.5 * noise + 0.5 * ramp).astype(np.uint8)
    pixels[..., :3][noise[..., 3] > 200] = noise[..., :3][noise[..., 3] > 200]
    return Image.fromarray(np.ascontiguousarray(pixels[..., : len(mode)]))


def _half_hidden(color: tuple[int, int, int]) -> Image.Image:
    """Return a picture whose right half is transparent over a colour, and soft in between."""
    pixels = np.array(_picture((60, 40), "RGBA"))
    pixels[..., 3] = np.clip(255 - (np.arange(60) - 20) * 20, 0, 255)
    pixels[..., :3][pixels[..., 3] == 0] = color
    return Image.fromarray(pixels)


def _by_front_door(pixels: Pixels, filter: Filter, path: Path) -> Pixels:
    """Return what a job makes of a picture, read back."""
    process(write_png(pixels), ImageOutput("png", filters=(filter,)), to=path)
    data = path.read_bytes()
    return np.asarray(decode_asset(data, probe(BytesSource(data)), Limits()))


def _color_chain(filter: Filter, assets: Assets) -> tuple[ColorFilter, ...]:
    """Return the colour filters that a filter stands for; skip one that has none."""
    chain = tuple(one.bound(assets) for one in _flat(filter) if isinstance(one, ColorFilter))
    if not chain:
        pytest.skip("this filter is no function of colour")
    return chain


def _flat(filter: Filter) -> list[Filter]:
    parts = filter.parts()
    if parts == (filter,):
        return [filter]
    return [inner for part in parts for inner in _flat(part)]


def _is_matrix(one: ColorFilter) -> bool:
    return hasattr(one, "matrix")
