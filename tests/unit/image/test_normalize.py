"""Every kind of sample becomes 8 bits in one of five modes, by exact arithmetic."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import UnsupportedError
from mediaflow.image.pillow.normalize import normalize
from tests.media import bilevel_png, encode, gray_png, palette_png, png16, without_palette

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def _through(tmp_path: Path, source: bytes, **words: Any) -> tuple[str, Pixels, list[str]]:
    """Return mode, pixels and notices of a source that went through to a PNG."""
    output = mf.ImageOutput("png", options=mf.formats.PngOptions(bit_depth=8), **words)
    result = mf.process(source, output, to=f"{tmp_path}/a.png")
    with Image.open(tmp_path / "a.png") as opened:
        made = without_palette(opened)
        return made.mode, np.asarray(made), [notice.code for notice in result.notices]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, depth: int, color: int, row: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of one row, by the specification (11.2.1)."""
    header = struct.pack(">IIBBBBB", width, 1, depth, color, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(b"\0" + row)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def test_sixteen_bits_keep_their_upper_eight(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).round().astype(int)

    mode, pixels, notices = _through(tmp_path, png16())

    assert mode == "L"
    assert pixels[0].tolist() == (ramp >> 8).tolist()
    assert notices == ["depth_reduced"]


@pytest.mark.parametrize(("mode", "kind"), [("I;16", "<u2"), ("I;16B", ">u2")])
def test_sixteen_bits_of_either_byte_order_are_the_same(
    tmp_path: Path, mode: str, kind: str
) -> None:
    samples = np.arange(64 * 48).reshape(48, 64) * 21
    source = encode(Image.frombytes(mode, (64, 48), samples.astype(kind).tobytes()), "TIFF")

    made, pixels, _ = _through(tmp_path, source)

    assert made == "L"
    assert np.array_equal(pixels, samples >> 8)


def test_sixteen_bit_color_is_eight_bit_color_and_said(tmp_path: Path) -> None:
    row = struct.pack(">6H", 0x1234, 0xABCD, 0x00FF, 0xFFFF, 0x8000, 0x0100)

    mode, pixels, notices = _through(tmp_path, _png(2, 16, 2, row))

    assert mode == "RGB"
    assert pixels.tolist() == [[[0x12, 0xAB, 0x00], [0xFF, 0x80, 0x01]]]
    assert notices == ["depth_reduced"]


@pytest.mark.parametrize("mode", ["F", "I"])
def test_samples_without_a_stated_range_are_refused(tmp_path: Path, mode: str) -> None:
    source = encode(Image.new(mode, (8, 8), 70_000), "TIFF")

    with pytest.raises(UnsupportedError, match=f"mode {mode}"):
        _through(tmp_path, source)


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    mode, pixels, _ = _through(tmp_path, bilevel_png())

    assert mode == "L"
    assert set(pixels[:, :32].ravel().tolist()) == {0}
    assert set(pixels[:, 32:].ravel().tolist()) == {255}


def test_one_bit_is_scaled_smoothly(tmp_path: Path) -> None:
    # Columns of black and white in turn; nearest neighbour would keep one of them.
    picture = Image.fromarray(np.tile(np.array([[False, True]]), (64, 32)))

    _, pixels, _ = _through(tmp_path, encode(picture, "PNG"), width=16)

    assert np.abs(pixels[4:-4, 4:-4].astype(int) - 127.5).max() <= 1.5


def test_palette_becomes_its_colors(tmp_path: Path) -> None:
    mode, pixels, notices = _through(tmp_path, palette_png())

    assert mode == "RGB"
    assert [tuple(pixels[y, x]) for y in (5, 40) for x in (5, 60)] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 0),
    ]
    assert notices == []


def test_palette_is_scaled_smoothly(tmp_path: Path) -> None:
    picture = Image.fromarray(np.tile(np.array([[0, 1]], np.uint8), (64, 32)), "P")
    picture.putpalette([200, 0, 100, 0, 100, 0])

    _, pixels, _ = _through(tmp_path, encode(picture, "PNG"), width=16)

    assert np.abs(pixels[4:-4, 4:-4].astype(int) - (100, 50, 50)).max() <= 1


def test_transparent_palette_entry_is_transparent(tmp_path: Path) -> None:
    mode, pixels, _ = _through(tmp_path, palette_png(transparent=True))

    assert mode == "RGBA"
    assert pixels[5, 5, 3] == 0
    assert tuple(pixels[5, 60]) == (0, 255, 0, 255)


def test_gray_stays_gray(tmp_path: Path) -> None:
    mode, pixels, notices = _through(tmp_path, gray_png())

    assert mode == "L"
    assert pixels[0].tolist() == np.linspace(0, 255, 64).round().astype(int).tolist()
    assert notices == []


KEYED = {
    "gray 8": (_png(2, 8, 0, b"\7\x08", (b"tRNS", b"\0\7")), [[7, 0], [8, 255]]),
    "gray 1": (_png(2, 1, 0, b"\x80", (b"tRNS", b"\0\1")), [[255, 0], [0, 255]]),
    "rgb 8": (
        _png(2, 8, 2, b"\1\2\3\4\5\6", (b"tRNS", b"\0\1\0\2\0\3")),
        [[1, 2, 3, 0], [4, 5, 6, 255]],
    ),
    "gray alpha": (_png(2, 8, 4, b"\x10\x80\x20\xff"), [[16, 128], [32, 255]]),
}


@pytest.mark.parametrize(("source", "expected"), KEYED.values(), ids=KEYED.keys())
def test_color_key_becomes_alpha(tmp_path: Path, source: bytes, expected: list[list[int]]) -> None:
    _, pixels, _ = _through(tmp_path, source)

    assert pixels[0].tolist() == expected


def test_color_key_punches_no_holes_into_a_scaled_picture(tmp_path: Path) -> None:
    # Only pure black is keyed. Scaling white and gray stripes must not make keyed px.
    picture = Image.fromarray(np.tile(np.array([[[255] * 3], [[9] * 3]], np.uint8), (32, 64, 1)))

    mode, pixels, _ = _through(
        tmp_path, encode(picture, "PNG", transparency=(132, 132, 132)), width=16
    )

    assert mode == "RGB"
    assert pixels.shape == (16, 16, 3)


MODES = "1 CMYK HSV I;16 I;16B L LA LAB La P PA RGB RGBA RGBX RGBa YCbCr"


@pytest.mark.parametrize("mode", MODES.split())
def test_every_mode_becomes_one_of_five_without_leftovers(mode: str) -> None:
    picture = Image.new(mode, (4, 4))
    picture.info = {"comment": b"CANARY", "dpi": (72, 72)}

    made = normalize(picture)

    assert made.mode in ("L", "LA", "RGB", "RGBA", "CMYK")
    assert made.size == (4, 4)
    assert made.info == {}
