"""Encoders get every argument by name and give back what they were asked for."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import EncodeError
from mediaflow.formats import AvifOptions, JpegOptions, PngOptions, WebpOptions
from mediaflow.image.pillow.encode import encode as encode_step
from mediaflow.image.pillow.raster import as_raster
from mediaflow.planning import EncodeStep
from tests.infos import media_info, planned
from tests.media import encode, image, photo

FORMATS = ["avif", "jpeg", "png", "webp"]


def _step(output: mf.ImageOutput, *, has_alpha: bool = False) -> EncodeStep:
    return planned([output], media_info("png", 64, 48, has_alpha=has_alpha)).encodes[0]


def _encoded(picture: Image.Image, output: mf.ImageOutput) -> tuple[bytes, list[str]]:
    step = _step(output, has_alpha=picture.mode in ("LA", "RGBA"))
    data, notices = encode_step(as_raster(picture), step)
    return data, [notice.code for notice in notices]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_goes_into_every_format(format: str, mode: str) -> None:
    picture = photo(64, 48).convert(mode)

    data, _ = _encoded(picture, mf.ImageOutput(format))

    assert image(data).size == (64, 48)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_picture_stays_as_it_is(format: str, mode: str) -> None:
    picture = Image.frombytes(mode, (16, 12), os.urandom(16 * 12 * len(mode)))
    before = (picture.tobytes(), dict(picture.info), picture.mode)

    _encoded(picture, mf.ImageOutput(format))

    assert (picture.tobytes(), dict(picture.info), picture.mode) == before


def test_half_transparent_color_is_mixed_exactly() -> None:
    # alpha 51 is a fifth: 0.2 × (250, 0, 100) + 0.8 × (0, 100, 200) = (50, 80, 180)
    picture = Image.new("RGBA", (32, 32), (250, 0, 100, 51))
    spec = mf.ImageOutput("jpeg", quality=100, background="#0064c8")

    data, notices = _encoded(picture, spec)

    red, green, blue = image(data).getpixel((16, 16))  # type: ignore[misc]  # RGB
    assert max(abs(red - 50), abs(green - 80), abs(blue - 180)) <= 2  # JPEG at 100
    assert notices == ["alpha_flattened"]


def test_gray_on_a_colored_background_is_colored() -> None:
    picture = Image.new("LA", (32, 32), (200, 0))

    data, _ = _encoded(picture, mf.ImageOutput("jpeg", quality=100, background="#ff0000"))

    red, green, blue = image(data).getpixel((16, 16))  # type: ignore[misc]  # RGB
    assert red >= 252
    assert max(green, blue) <= 3


@pytest.mark.parametrize("format", FORMATS)
def test_opaque_alpha_is_dropped_without_a_notice(format: str) -> None:
    picture = photo(64, 48).convert("RGBA")

    data, notices = _encoded(picture, mf.ImageOutput(format))

    assert image(data).mode == "RGB"
    assert notices == []


@pytest.mark.parametrize("format", ["png", "webp"])
def test_lossless_is_exact_with_alpha(format: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (24, 32, 4), np.uint8)
    pixels[..., 3] |= 1  # what is fully transparent has no colour worth keeping

    data, _ = _encoded(Image.fromarray(pixels), mf.ImageOutput(format, rate=mf.Lossless()))

    assert np.array_equal(np.asarray(image(data).convert("RGBA")), pixels)


def test_hidden_color_of_webp_is_kept_only_on_request() -> None:
    picture = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    picture.putpixel((0, 0), (1, 2, 3, 255))
    keep = WebpOptions(keep_hidden_color=True)

    kept, _ = _encoded(picture, mf.ImageOutput("webp", rate=mf.Lossless(), options=keep))
    dropped, _ = _encoded(picture, mf.ImageOutput("webp", rate=mf.Lossless()))

    assert image(kept).convert("RGBA").getpixel((9, 9)) == (255, 0, 0, 0)
    assert image(dropped).convert("RGBA").getpixel((9, 9)) != (255, 0, 0, 0)


OPTIONS = [
    ("jpeg", JpegOptions(progressive=False), lambda data: b"\xff\xc0" in data),
    ("jpeg", JpegOptions(), lambda data: b"\xff\xc2" in data),
    ("jpeg", JpegOptions(chroma_subsampling="4:4:4"), lambda data: _sampling(data) == 0x11),
    ("jpeg", JpegOptions(chroma_subsampling="4:2:2"), lambda data: _sampling(data) == 0x21),
    ("jpeg", JpegOptions(), lambda data: _sampling(data) == 0x22),
    ("png", PngOptions(compression=0), lambda data: len(data) > 64 * 48 * 3),
    ("webp", WebpOptions(), lambda data: b"VP8 " in data),
    ("avif", AvifOptions(speed=10), lambda data: b"av01" in data),
]


def _sampling(data: bytes) -> int:
    """Return the sampling factors of the first component in a JPEG's frame header (T.81 B.2.2)."""
    frame = next(data.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in data)
    return data[frame + 11]


@pytest.mark.parametrize(
    ("format", "options", "is_so"), OPTIONS, ids=[f"{row[0]}-{n}" for n, row in enumerate(OPTIONS)]
)
def test_option_reaches_the_encoder(format: str, options: Any, is_so: Any) -> None:
    data, _ = _encoded(photo(64, 48), mf.ImageOutput(format, options=options))

    assert is_so(data)


@pytest.mark.parametrize(("quality", "sampling"), [(75, 0x22), (89, 0x22), (90, 0x11), (100, 0x11)])
def test_color_is_kept_whole_from_quality_90_on(quality: int, sampling: int) -> None:
    data, _ = _encoded(photo(64, 48), mf.ImageOutput("jpeg", quality=quality))

    assert _sampling(data) == sampling


def test_every_planned_argument_is_one_that_pillow_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pillow ignores what it does not know without a word; these are the names that it reads.
    known = {
        "avif": {"quality", "speed", "subsampling", "max_threads", "exif", "xmp", "icc_profile"},
        "jpeg": {
            *("quality", "progressive", "optimize", "subsampling"),
            *("exif", "xmp", "comment", "icc_profile"),
        },
        "png": {"compress_level", "optimize", "icc_profile"},
        "webp": {
            *("quality", "lossless", "method", "alpha_quality", "exact"),
            *("exif", "xmp", "icc_profile"),
        },
    }
    passed: dict[str, set[str]] = {}
    real = Image.Image.save

    def spy(self: Image.Image, file: Any, format: str, **words: Any) -> None:
        passed[format.lower()] = set(words)
        real(self, file, format, **words)

    monkeypatch.setattr(Image.Image, "save", spy)
    for format in FORMATS:
        _encoded(photo(16, 12), mf.ImageOutput(format))

    assert passed == known


def test_noisy_jpeg_that_overflows_pillow_s_buffer_is_written_plainly() -> None:
    # Fitted tables need the whole scan in one buffer; Pillow's guess is too small for noise.
    noise = Image.frombytes("RGB", (256, 256), os.urandom(256 * 256 * 3))
    with pytest.raises(OSError):
        noise.save(BytesIO(), "JPEG", quality=100, subsampling=0, optimize=True, progressive=True)

    data, _ = _encoded(noise, mf.ImageOutput("jpeg", quality=100))

    assert image(data).size == (256, 256)


@pytest.mark.parametrize("optimize", [False, True])
@pytest.mark.parametrize("size", [(64, 48), (300, 260)])
def test_small_and_large_pictures_are_encoded_alike(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], optimize: bool
) -> None:
    # small ones are encoded into plain memory, large ones into a descriptor
    options = JpegOptions(optimize=optimize, progressive=optimize)
    spec = mf.ImageOutput("jpeg", quality=90, options=options)
    files = []

    for bound in (0, 1_000_000):
        monkeypatch.setitem(encode_step.__globals__, "SMALL_PIXELS", bound)
        files.append(_encoded(photo(*size), spec)[0])

    assert files[0] == files[1]


def test_failure_of_the_encoder_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("encoder error -2 when writing image file")

    monkeypatch.setattr(Image.Image, "save", fail)

    for format in FORMATS:
        with pytest.raises(EncodeError, match="encoder error -2"):
            _encoded(photo(16, 12), mf.ImageOutput(format))


@pytest.mark.parametrize("format", FORMATS)
def test_bytes_do_not_depend_on_the_threads_of_the_job(tmp_path: Path, format: str) -> None:
    source = encode(photo(320, 240), "PNG")
    files = []
    for workers in (1, 2, 8):
        with mf.Processor(workers=workers) as processor:
            result = processor.process(source, mf.ImageOutput(format), to=f"{tmp_path}/{workers}/")
        files.append(result.outputs[0].sha256)

    assert len(set(files)) == 1


def test_encoder_never_saves_the_picture_that_others_encode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = photo(64, 48)
    real, seen = Image.Image.save, []

    def spy(self: Image.Image, file: Any, format: str, **arguments: Any) -> None:
        seen.append(self)
        real(self, file, format, **arguments)

    monkeypatch.setattr(Image.Image, "save", spy)
    for name in FORMATS:
        _encoded(picture, mf.ImageOutput(name))

    assert len(seen) == len(FORMATS)
    assert all(other is not picture for other in seen)


def test_encoders_beside_each_other_keep_their_own_quality() -> None:
    picture = as_raster(photo(320, 240))
    steps = [
        planned([mf.ImageOutput(name, quality=quality)], media_info("png", 320, 240)).encodes[0]
        for name, quality in (("jpeg", 95), ("webp", 20), ("jpeg", 30), ("avif", 40))
    ]
    alone = [encode_step(picture, step)[0] for step in steps]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda step: encode_step(picture, step)[0], steps * 8))

    assert together == alone * 8
