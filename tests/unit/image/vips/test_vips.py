"""libvips does what Pillow does, and the three things that it alone can."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import CorruptMediaError, LimitExceededError, SourceError, TruncatedMediaError
from mediaflow.formats import PngOptions, TiffOptions
from mediaflow.image.backend import image_backends
from mediaflow.planning import SourceName, plan_image
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from tests.media import alpha_png, cmyk_jpeg, encode, image, photo
from tests.profiles import display_p3_profile

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.models.outputs import ImageOutput

pyvips = pytest.importorskip("pyvips", reason="needs the extra vips")

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def _made(name: str, source: bytes, output: ImageOutput) -> tuple[Image.Image, list[str]]:
    """Return what one back end makes of a source, and the codes of its notices."""
    backend = image_backends[name]
    plan = plan_image(
        [output],
        probe(BytesSource(source)),
        template="{stem}.{ext}",
        source_name=SourceName(),
        capabilities=backend.capabilities(),
        limits=Limits(),
    )
    base = backend.decode(source, plan.decode, plan.source, Limits())
    picture = backend.transform(base, plan.pictures[0], threads=1)
    data, notices = backend.encode(picture, plan.encodes[0])
    return image(data), [notice.code for notice in notices]


def _decibels(first: Image.Image, second: Image.Image) -> float:
    assert first.size == second.size
    pair = [np.asarray(each.convert("RGB"), np.float64) for each in (first, second)]
    return float(10 * np.log10(255**2 / max(np.mean((pair[0] - pair[1]) ** 2), 1e-9)))


def _svg(attributes: str, body: str = '<rect width="15" height="10" fill="red"/>') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'.encode()


@pytest.mark.parametrize(
    "words",
    [
        {"width": 200},
        {"width": 333, "height": 111, "fit": "cover", "gravity": "southeast"},
        {"width": 301, "height": 299, "fit": "fill"},
        {"width": 97, "aspect": "1:1", "gravity": mf.FocalPoint(0.31, 0.72)},
        {"width": 637},
        {"width": 1000, "upscale": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_geometry_is_that_of_the_other_back_end(format: str, words: dict[str, Any]) -> None:
    # Half a px of shift on this picture costs it 15 dB: 27 in place of 42 and more.
    source = encode(photo(701, 523), format, quality=95)
    output = mf.ImageOutput("png", **words)

    assert _decibels(_made("vips", source, output)[0], _made("pillow", source, output)[0]) > 33


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_comes_out_upright(orientation: int) -> None:
    from tests.media import oriented_jpeg

    made, _ = _made("vips", oriented_jpeg(orientation), mf.ImageOutput("png", width=32))

    rgb = made.convert("RGB")
    corners = [rgb.getpixel(at) for at in ((4, 4), (27, 4), (4, 19), (27, 19))]
    assert (
        np.abs(np.array(corners) - [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]).max()
        < 12
    )


def test_profile_is_converted_as_the_other_back_end_does() -> None:
    source = encode(photo(64, 48), "PNG", icc_profile=display_p3_profile())
    output = mf.ImageOutput("png")

    (ours, codes), (theirs, _) = _made("vips", source, output), _made("pillow", source, output)

    assert codes == ["color_converted"]
    difference = np.asarray(ours.convert("RGB")).astype(int) - np.asarray(theirs.convert("RGB"))
    assert np.abs(difference).max() <= 1
    assert np.abs(np.asarray(ours.convert("RGB")).astype(int) - np.asarray(photo(64, 48))).max() > 5


def test_broken_profile_is_not_called_converted() -> None:
    broken = display_p3_profile()[:128] + bytes(400)
    source = encode(Image.new("RGB", (32, 32), (90, 60, 30)), "PNG", icc_profile=broken)

    made, codes = _made("vips", source, mf.ImageOutput("png"))

    assert made.convert("RGB").getpixel((9, 9)) == (90, 60, 30)
    assert codes == ["color_assumed"]


def test_preserved_profile_is_written_and_nothing_else_is() -> None:
    exif = Image.Exif()
    exif[0x010E] = "CANARY"
    source = encode(photo(64, 48), "JPEG", icc_profile=display_p3_profile(), exif=exif)

    made, _ = _made("vips", source, mf.ImageOutput("webp", color="preserve"))

    assert made.info["icc_profile"] == display_p3_profile()
    assert "exif" not in made.info


def test_cmyk_without_a_profile_is_converted_and_said() -> None:
    made, codes = _made("vips", cmyk_jpeg(), mf.ImageOutput("png"))

    pixel = made.convert("RGB").getpixel((9, 9))
    assert np.abs(np.array(pixel) - (255, 0, 0)).max() <= 3
    assert codes == ["color_assumed"]


def test_gray_on_a_colored_canvas_is_colored() -> None:
    source = encode(Image.new("L", (40, 20), 77), "PNG")
    output = mf.ImageOutput("png", width=40, height=40, fit="contain", background="#0a141e")

    made, _ = _made("vips", source, output)

    rgb = made.convert("RGB")
    assert (rgb.getpixel((20, 2)), rgb.getpixel((20, 20))) == ((10, 20, 30), (77, 77, 77))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_cut_off_file_is_the_input_s_fault(format: str) -> None:
    source = encode(photo(200, 150), format, quality=90)

    with pytest.raises(SourceError):
        image_backends["vips"].decode(
            source[: len(source) * 2 // 3],
            _decode_step(source),
            probe(BytesSource(source)),
            Limits(),
        )


def _decode_step(source: bytes) -> Any:
    return plan_image(
        [mf.ImageOutput("png")],
        probe(BytesSource(source)),
        template="{stem}.{ext}",
        source_name=SourceName(),
        capabilities=image_backends["vips"].capabilities(),
        limits=Limits(),
    ).decode


def test_cut_off_png_is_called_cut_off_or_corrupt() -> None:
    source = encode(photo(200, 150), "PNG")

    with pytest.raises((CorruptMediaError, TruncatedMediaError)):
        image_backends["vips"].decode(
            source[:5000], _decode_step(source), probe(BytesSource(source)), Limits()
        )


def _deep_png(samples: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    """Return a 16-bit RGB PNG, written by the specification (11.2.1 and 7.2)."""
    height, width, _ = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _read_deep_png(data: bytes) -> tuple[int, bytes]:
    """Return the bit depth and the inflated rows of a PNG."""
    at, body = 8, b""
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body += data[at + 8 : at + 8 + length] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return data[24], zlib.decompress(body)


def test_sixteen_bits_are_kept_from_png_to_png_and_tiff(tmp_path: Path) -> None:
    samples = np.full((40, 40, 3), (0x1234, 0x5678, 0x9ABC), np.uint16)

    result = mf.process(
        _deep_png(samples),
        [mf.ImageOutput("png", width=20), mf.ImageOutput("tiff", width=10)],
        to=f"{tmp_path}/a.{{ext}}",
    )

    assert result.notices == ()
    depth, rows = _read_deep_png((tmp_path / "a.png").read_bytes())
    assert depth == 16
    # flat rows are filtered to zeros but for the first px of the first row: 6 bytes and a filter
    assert b"\x12\x34\x56\x78\x9a\xbc" in rows
    with Image.open(tmp_path / "a.tif") as made:
        assert made.tag_v2[258] == (16, 16, 16)  # TIFF 6.0: BitsPerSample


def test_outputs_of_8_bits_say_what_they_lose(tmp_path: Path) -> None:
    samples = np.full((40, 40, 3), 0x80FF, np.uint16)
    outputs = [
        mf.ImageOutput("png"),
        mf.ImageOutput("png", suffix="_8", options=PngOptions(bit_depth=8)),
        mf.ImageOutput("jpeg", quality=100),
    ]

    result = mf.process(_deep_png(samples), outputs, to=f"{tmp_path}/a{{suffix}}.{{ext}}")

    assert [[note.code for note in output.notices] for output in result.outputs] == [
        [],
        ["depth_reduced"],
        ["depth_reduced"],
    ]
    for name in ("a_8.png", "a.jpg"):
        with Image.open(tmp_path / name) as made:
            assert made.convert("RGB").getpixel((9, 9)) == (0x80, 0x80, 0x80)


def test_sixteen_bits_of_tiff_are_asked_by_name(tmp_path: Path) -> None:
    output = mf.ImageOutput("tiff", options=TiffOptions(compression="deflate", bit_depth=16))

    mf.process(_deep_png(np.full((9, 9, 3), 0x1234, np.uint16)), output, to=f"{tmp_path}/a.tif")

    assert pyvips.Image.new_from_file(f"{tmp_path}/a.tif")(3, 3) == [0x1234] * 3


def test_drawing_is_drawn_at_the_size_asked(tmp_path: Path) -> None:
    output = mf.ImageOutput("png", width=301, upscale=True)

    mf.process(_svg('viewBox="0 0 30 20"'), output, to=f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as opened:
        made = opened.convert("RGBA")
    assert made.size == (301, 201)
    # the edge of the red half stands at 150.5 px: sharp within two px, so not scaled up from 30
    assert [made.getpixel((x, 50)) for x in (148, 152)] == [(255, 0, 0, 255), (0, 0, 0, 0)]


def test_drawing_reads_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode(Image.new("RGB", (20, 20), (1, 2, 250)), "PNG"))
    drawing = tmp_path / "a.svg"

    for reference in (secret.as_uri(), str(secret), "secret.png", "./secret.png"):
        body = (
            f'<image href="{reference}" width="20" height="20"/>'
            f'<image xmlns:x="http://www.w3.org/1999/xlink" x:href="{reference}" width="20" '
            'height="20"/>'
        )
        drawing.write_bytes(_svg('width="20" height="20"', body))
        mf.process(drawing, mf.ImageOutput("png"), to=f"{tmp_path}/a.png")
        with Image.open(tmp_path / "a.png") as made:
            assert made.convert("RGBA").getextrema()[3] == (0, 0)


def test_huge_drawing_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(LimitExceededError, match="pixels"):
        mf.process(
            _svg('width="60000" height="60000"'), mf.ImageOutput("png"), to="memory://x/a.png"
        )


def test_entities_behind_the_header_are_refused_too() -> None:
    info = probe(BytesSource(_svg('width="20" height="20"')))
    late = _svg('width="20" height="20"', '<!ENTITY a "b">')

    with pytest.raises(CorruptMediaError, match="ENTITY"):
        image_backends["vips"].decode(
            late, _decode_step(_svg('width="20" height="20"')), info, Limits()
        )


def test_no_switch_of_the_process_is_touched() -> None:
    before = (pyvips.cache_get_max(), pyvips.cache_get_max_mem(), pyvips.cache_get_max_files())

    _made("vips", alpha_png(), mf.ImageOutput("png", width=20))

    after = (pyvips.cache_get_max(), pyvips.cache_get_max_mem(), pyvips.cache_get_max_files())
    assert after == before


def test_few_colors_are_written_as_a_palette() -> None:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), (1, 2, 3)).save(data, "PNG")

    made, _ = _made("vips", data.getvalue(), mf.ImageOutput("png", width=32))

    assert made.mode == "P"
    assert made.convert("RGB").getextrema() == ((1, 1), (2, 2), (3, 3))
