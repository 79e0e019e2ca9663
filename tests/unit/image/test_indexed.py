"""Few colours become a palette exactly; many become one only when asked. Judged by bytes of PNG."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.formats import PngOptions
from mediaflow.image.indexed import to_exact_palette, to_palette
from tests.media import encode, image, photo

if TYPE_CHECKING:
    from pathlib import Path

INDEXED = 3  # PNG 11.2.1: colour types
RGB = 2


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.setdefault(data[at + 4 : at + 8], data[at + 8 : at + 8 + length])
        at += 12 + length
    return found


def _written(folder: Path, picture: Image.Image, **options: int) -> tuple[bytes, list[str]]:
    output = mf.ImageOutput("png", options=PngOptions(**options))  # type: ignore[arg-type]
    result = mf.process(encode(picture, "PNG"), output, to=f"{folder}/a.png")
    return (folder / "a.png").read_bytes(), [notice.code for notice in result.notices]


def _tiles(count: int, alpha: bool = False) -> Image.Image:
    """Return a picture of exactly so many colours, each some px."""
    numbers = np.arange(64 * 64) % count
    pixels = np.stack([numbers, 255 - numbers, numbers * 7 % 256], axis=-1).astype(np.uint8)
    pixels = pixels.reshape(64, 64, 3)
    if alpha:
        opacity = np.where(numbers % 3 == 0, 255, numbers % 200).astype(np.uint8)
        pixels = np.dstack([pixels, opacity.reshape(64, 64)])
    return Image.fromarray(pixels)


@pytest.mark.parametrize(("count", "bits"), [(2, 1), (3, 2), (16, 4), (17, 8), (256, 8)])
def test_few_colors_are_a_palette_and_exact(tmp_path: Path, count: int, bits: int) -> None:
    picture = _tiles(count)

    data, codes = _written(tmp_path, picture)

    chunks = _chunks(data)
    assert (chunks[b"IHDR"][8], chunks[b"IHDR"][9]) == (bits, INDEXED)
    assert len(chunks[b"PLTE"]) == 3 * count
    assert b"tRNS" not in chunks
    assert np.array_equal(np.asarray(image(data).convert("RGB")), np.asarray(picture))
    assert codes == []


def test_opacity_is_kept_in_a_short_table(tmp_path: Path) -> None:
    picture = _tiles(200, alpha=True)
    translucent = {pixel for pixel in picture.get_flattened_data() if pixel[3] < 255}

    data, _ = _written(tmp_path, picture)

    chunks = _chunks(data)
    assert chunks[b"IHDR"][9] == INDEXED
    assert len(chunks[b"tRNS"]) == len(translucent)
    assert np.array_equal(np.asarray(image(data).convert("RGBA")), np.asarray(picture))


def test_257_colors_are_no_palette(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels.reshape(-1, 3)[:257, 0] = np.arange(257) % 256
    pixels.reshape(-1, 3)[256, 1] = 1

    data, _ = _written(tmp_path, Image.fromarray(pixels))

    assert _chunks(data)[b"IHDR"][9] == RGB


def test_photo_is_no_palette_unless_asked(tmp_path: Path) -> None:
    plain, codes = _written(tmp_path, photo(160, 120))
    assert (_chunks(plain)[b"IHDR"][9], codes) == (RGB, [])

    asked, codes = _written(tmp_path, photo(160, 120), colors=64)

    chunks = _chunks(asked)
    assert chunks[b"IHDR"][9] == INDEXED
    assert len(chunks[b"PLTE"]) <= 3 * 64
    assert codes == ["colors_reduced"]
    assert len(asked) < len(plain) / 2


def test_few_colors_lose_nothing_when_a_number_is_asked(tmp_path: Path) -> None:
    data, codes = _written(tmp_path, _tiles(16), colors=64)

    assert np.array_equal(np.asarray(image(data).convert("RGB")), np.asarray(_tiles(16)))
    assert codes == []


def test_translucent_picture_keeps_its_opacity_when_it_is_reduced() -> None:
    picture = photo(80, 60).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((80, 60)))

    reduced, is_exact = to_palette(picture, 32)

    assert not is_exact
    lowest, highest = reduced.convert("RGBA").getextrema()[3]
    assert lowest < 40
    assert highest > 215


def test_tiny_picture_is_smaller_without_a_palette() -> None:
    assert to_exact_palette(photo(8, 8)) is None


def test_gray_needs_no_palette() -> None:
    assert to_exact_palette(Image.new("L", (64, 64), 5)) is None


def test_rows_hold_one_bit_a_px(tmp_path: Path) -> None:
    data, _ = _written(tmp_path, _tiles(2))

    assert len(zlib.decompress(_chunks(data)[b"IDAT"])) == 64 * (1 + 64 // 8)
