"""The one place that opens a picture trusts nothing but the bytes and the limits."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, LimitExceededError, SourceError
from mediaflow.geometry import Size
from mediaflow.image.gate import PLUGINS, open_image
from mediaflow.models.info import MediaInfo
from mediaflow.probing import probe
from mediaflow.security.limits import Limits, limits_for
from mediaflow.storage.source import BytesSource
from tests.media import encode, photo, photo_jpeg, quadrants

LIMITS = Limits()


def _info(data: bytes) -> MediaInfo:
    return probe(BytesSource(data))


@pytest.mark.parametrize("format", sorted(PLUGINS))
def test_picture_is_opened_and_not_decoded(format: str) -> None:
    data = encode(quadrants(64, 64), format.upper(), sizes=[(64, 64)])

    with open_image(data, _info(data), LIMITS) as opened:
        assert opened.size == (64, 64)
        assert opened.format in PLUGINS[format]


def test_only_the_plug_in_of_the_sniffed_format_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = Image.open

    def spy(file: Any, *arguments: Any, formats: Any = None) -> Image.Image:
        asked.append(formats)
        return real(file, *arguments, formats=formats)

    monkeypatch.setattr(Image, "open", spy)
    data = photo_jpeg(32, 24)

    open_image(data, _info(data), LIMITS).close()

    assert asked == [("JPEG", "MPO")]


def test_postscript_never_meets_its_plug_in() -> None:
    info = _info(photo_jpeg(32, 24))
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 24\n{ } loop\n"

    with pytest.raises(CorruptMediaError, match="changed its format"):
        open_image(script, info, LIMITS)


def test_format_that_changed_after_the_probe_is_refused() -> None:
    with pytest.raises(CorruptMediaError, match="changed its format"):
        open_image(encode(quadrants(), "PNG"), _info(encode(quadrants(), "GIF")), LIMITS)


def test_size_that_changed_after_the_probe_is_refused() -> None:
    info = _info(encode(quadrants(64, 48), "PNG"))

    with pytest.raises(CorruptMediaError, match="64×48 px, the decoder 80×48"):
        open_image(encode(quadrants(80, 48), "PNG"), info, LIMITS)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(max_pixels=64 * 48 - 1), "max_pixels"),
        (Limits(max_input_bytes=50), "max_input_bytes"),
    ],
)
def test_limit_is_checked_before_pillow_sees_a_byte(
    monkeypatch: pytest.MonkeyPatch, limits: Limits, name: str
) -> None:
    data = encode(quadrants(), "PNG")
    info = _info(data)
    monkeypatch.delattr(Image, "open")

    with pytest.raises(LimitExceededError) as caught:
        open_image(data, info, limits)

    assert caught.value.details["limit"] == name


def test_pixels_are_counted_as_they_are_stored() -> None:
    data = encode(quadrants(), "PNG")
    info = _info(data)
    lying = replace(info, image=replace(info.image, stored_size=Size(10_000, 10_000)))

    with pytest.raises(LimitExceededError, match="100,000,000"):
        open_image(data, lying, limits_for("strangers"))


def test_scans_of_a_progressive_jpeg_are_counted() -> None:
    data = encode(photo(64, 48), "JPEG", progressive=True)
    scans = data.count(b"\xff\xda")

    open_image(data, _info(data), Limits(max_jpeg_scans=scans)).close()
    with pytest.raises(LimitExceededError, match="jpeg scans"):
        open_image(data, _info(data), Limits(max_jpeg_scans=scans - 1))


def test_scans_of_a_baseline_jpeg_cost_nothing_and_are_not_counted() -> None:
    data = photo_jpeg(64, 48)

    open_image(data, _info(data), Limits(max_jpeg_scans=1)).close()


def test_header_that_pillow_cannot_read_is_the_input_s_fault() -> None:
    data = encode(quadrants(), "PNG")
    at = data.index(b"IHDR") + 4 + 13
    broken = data[:at] + struct.pack(">I", 0) + data[at + 4 :]  # a wrong check sum

    with pytest.raises(SourceError):
        open_image(broken, _info(data), LIMITS)


def test_nothing_global_of_pillow_is_touched() -> None:
    from PIL import ImageFile

    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
    data = photo_jpeg(64, 48)

    open_image(data, _info(data), LIMITS).close()

    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
