"""What every image format that can be written must keep to.

Inherit `ImageFormatContract`, name the format, give ``read``, and run it with pytest::

    class TestJxl(ImageFormatContract):
        format = "jxl"

        def read(self, data): ...

Law: the suite goes through the front door, as a user would, and judges files by the reader that
the inheritor brings.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pytest

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.formats import image_formats
from mediaflow.models.encoding import Lossless
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict
from mediaflow.probing import probe
from mediaflow.storage.source import BytesSource
from mediaflow.testing.pngs import Pixels, quadrants, write_png
from mediaflow.verbs import process

if TYPE_CHECKING:
    import numpy.typing as npt

    from mediaflow.formats import ImageFormat
    from mediaflow.models.plugins import EncoderOptions

__all__ = ["ImageFormatContract"]

CANARY: Final = b"CANARY-7f3a"
PATCHES: Final = (
    (0, 0, 0),
    (255, 255, 255),
    (128, 128, 128),
    (200, 30, 30),
    (30, 160, 60),
    (40, 60, 200),
    (230, 200, 40),
    (90, 40, 120),
)
PATCH_SIDE: Final = 32  # px; the middle of a patch lies in whole blocks of any codec


class ImageFormatContract:
    """A written file has the asked size, colour and transparency, and nothing beside them."""

    format: ClassVar[str]
    """Name of the format under test."""

    tolerance: ClassVar[int] = 6
    """Levels that the middle of a flat patch may be off at the best quality."""

    def read(self, data: bytes) -> Pixels:
        """Return the px of an encoded picture, decoded by another library."""
        raise NotImplementedError

    @property
    def row(self) -> ImageFormat:
        """The format's row in the table."""
        return image_formats[self.format]

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return an empty folder."""
        return tmp_path

    def test_row_is_complete(self) -> None:
        row = self.row

        assert row.name == self.format
        assert row.mime_type.startswith("image/")
        assert row.extension == row.extension.lower().strip(".")
        assert row.options is not None
        assert isinstance(row.default_options, row.options)
        assert row.default_options.kind == row.name
        assert row.arguments is not None
        assert row.encode_seconds_per_megapixel > 0

    @pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3), (15, 17), (64, 48), (257, 3)])
    def test_every_size_comes_back(self, folder: Path, size: tuple[int, int]) -> None:
        data = self.write(folder, np.full((size[1], size[0], 3), 90, np.uint8))

        assert self.read(data).shape == (size[1], size[0], 4)
        info = probe(BytesSource(data))
        assert (info.format, info.width, info.height) == (self.format, *size)

    @pytest.mark.parametrize("upright", [True, False], ids=["tall", "wide"])
    def test_longest_edge_is_encoded_and_one_px_more_is_refused(
        self, folder: Path, upright: bool
    ) -> None:
        longest = min(self.row.max_side, 65_535)  # what the source, a PNG like any, may have
        shape = (longest, 1, 3) if upright else (1, longest, 3)
        spec = ImageOutput(self.format, width=1, height=self.row.max_side + 1, fit="fill")

        data = self.write(folder, np.zeros(shape, np.uint8))

        assert self.read(data).shape == (*shape[:2], 4)
        with pytest.raises(SpecError, match=f"{self.row.max_side:,}"):
            self.write(folder, np.zeros((2, 2, 3), np.uint8), replace(spec, upscale=True))

    def test_flat_colors_come_back(self, folder: Path) -> None:
        patches = np.array(PATCHES, np.uint8).reshape(1, -1, 3)
        pixels = patches.repeat(PATCH_SIDE, axis=0).repeat(PATCH_SIDE, axis=1)

        made = self.read(self.write(folder, pixels, ImageOutput(self.format, quality=100)))

        middles = made[PATCH_SIDE // 2, PATCH_SIDE // 2 :: PATCH_SIDE]
        assert np.abs(middles[:, :3].astype(int) - PATCHES).max() <= self.tolerance
        assert middles[:, 3].min() == 255

    def test_gray_comes_back_gray(self, folder: Path) -> None:
        ramp = np.linspace(0, 255, 64).round().astype(np.uint8)
        pixels = np.tile(ramp.reshape(1, 64, 1), (48, 1, 1))

        made = self.read(self.write(folder, pixels, ImageOutput(self.format, quality=100)))

        color = made[24, :, :3].astype(int)
        assert np.ptp(color, axis=-1).max() <= self.tolerance
        assert np.abs(color[:, 0] - ramp).max() <= self.tolerance

    def test_alpha_comes_back_where_the_format_has_it(self, folder: Path) -> None:
        pixels = quadrants()
        pixels[:24, :32, 3] = 0
        pixels[24:, 32:, 3] = 128

        made = self.read(self.write(folder, pixels, ImageOutput(self.format, quality=100)))

        corners = [int(made[y, x, 3]) for y in (8, 40) for x in (8, 56)]
        half = 128 if self.row.has_soft_alpha else 255
        expected = [0, 255, 255, half] if self.row.has_alpha else [255, 255, 255, 255]
        assert corners == pytest.approx(expected, abs=self.tolerance)

    def test_transparency_is_laid_on_the_background_where_the_format_has_none(
        self, folder: Path
    ) -> None:
        pixels = np.zeros((48, 64, 4), np.uint8)
        spec = ImageOutput(self.format, quality=100, background="#00ff00")

        made = self.read(self.write(folder, pixels, spec))

        shown = made[24, 32].astype(int)
        assert (shown[3] == 0) == self.row.has_alpha
        assert self.row.has_alpha or np.abs(shown[:3] - (0, 255, 0)).max() <= self.tolerance

    def test_exact_px_come_back_where_the_format_can(self, folder: Path) -> None:
        noise = np.random.default_rng(3).integers(0, 256, (37, 41, 3), np.uint8)
        spec = ImageOutput(self.format, rate=Lossless())
        if not self.row.can_be_lossless:
            with pytest.raises(UnsupportedError, match="lossless"):
                self.write(folder, noise, spec)
            return

        made = self.read(self.write(folder, noise, spec))

        assert np.array_equal(made[..., :3], noise)

    def test_better_quality_is_closer_and_larger(self, folder: Path) -> None:
        noise = np.random.default_rng(3).integers(90, 160, (96, 96, 3), np.uint8)
        files = [
            self.write(folder, noise, ImageOutput(self.format, quality=quality))
            for quality in (20, 60, 95)
        ]

        errors = [
            float(np.mean((self.read(data)[..., :3] - noise.astype(float)) ** 2)) for data in files
        ]

        exact = self.row.default_quality is None and self.row.can_be_lossless
        assert [len(data) for data in files] == sorted(len(data) for data in files)
        assert errors == ([0.0] * 3 if exact else sorted(errors, reverse=True))

    def test_same_request_gives_the_same_bytes(self, folder: Path) -> None:
        noise = np.random.default_rng(3).integers(0, 256, (200, 300, 3), np.uint8)

        assert self.write(folder, noise) == self.write(folder, noise)

    def test_metadata_of_the_source_is_left_behind(self, folder: Path) -> None:
        text = b"Comment\0" + CANARY
        xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
        exif = b"MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x0b\0\0\0\x1a\0\0\0\0" + CANARY
        source = write_png(quadrants(), (b"tEXt", text), (b"iTXt", xmp), (b"eXIf", exif))

        data = self.write(folder, source)

        assert CANARY in source
        assert CANARY not in data
        assert b"xmpmeta" not in data

    def test_wrong_value_of_every_option_is_refused(self) -> None:
        for name, value in self._wrong_values():
            with pytest.raises(SpecError, match=name):
                type(self._defaults())(**{name: value})  # type: ignore[arg-type]  # wrong on purpose

    def test_unknown_option_is_refused_by_name(self) -> None:
        with pytest.raises(SpecError, match="no_such_option"):
            from_dict(type(self._defaults()), {"kind": self.format, "no_such_option": 1})

    def test_options_of_another_format_are_refused(self, folder: Path) -> None:
        other = next(
            row.default_options
            for row in (image_formats[name] for name in image_formats.names())
            if row.default_options is not None and row.name != self.format
        )

        with pytest.raises(SpecError, match="options"):
            self.write(folder, quadrants(), ImageOutput(self.format, options=other))

    def write(
        self,
        folder: Path,
        picture: npt.NDArray[np.uint8] | bytes,
        output: ImageOutput | None = None,
    ) -> bytes:
        """Return the file that the front door makes of a picture."""
        source = picture if isinstance(picture, bytes) else write_png(picture)
        spec = output or ImageOutput(self.format)
        result = process(source, spec, to=f"{folder}/made.{{ext}}")
        return Path(result.outputs[0].uri).read_bytes()

    def _defaults(self) -> EncoderOptions:
        assert self.row.default_options is not None
        return self.row.default_options

    def _wrong_values(self) -> list[tuple[str, object]]:
        wrong: list[tuple[str, object]] = []
        for field in fields(self._defaults()):
            value = getattr(self._defaults(), field.name)
            match value:
                case bool():
                    wrong += [(field.name, 1), (field.name, "yes")]
                case int():
                    wrong += [(field.name, bad) for bad in (-1, 10**6, 1.5, True, "3")]
                case str() if field.name != "kind":
                    wrong += [(field.name, "no such word")]
        return wrong
