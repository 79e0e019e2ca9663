"""The default back end says what it can and gives small previews."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, features

from mediaflow.image.backend import image_backends, installed
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.raster import as_raster
from tests.media import image, photo


def test_default_back_end_is_pillow() -> None:
    assert image_backends.names() == ("pillow", "vips")
    assert installed().backend == "pillow"
    assert image_backends["pillow"] is BACKEND


def test_wheel_reads_eight_formats_and_writes_six() -> None:
    known = installed()

    plain = {"avif", "bmp", "gif", "ico", "jpeg", "png", "tiff", "webp"}
    assert set(known.decoders) - {"heif"} == plain
    assert known.encoders == ("avif", "gif", "jpeg", "png", "tiff", "webp")
    assert set(known.upright_decoders) - {"heif"} == {"tiff"}


def test_strangers_meet_no_decoder_that_needs_isolation() -> None:
    known = installed("strangers")

    assert known.others == ()
    assert known.readable == ("avif", "gif", "jpeg", "png", "tiff", "webp")
    assert {"bmp", "ico"} <= set(known.withheld)


def test_pillow_built_without_avif_can_do_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")

    known = BACKEND.capabilities()

    assert "avif" not in known.decoders
    assert "avif" not in known.encoders


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (640, 480), (48, 48)])
def test_preview_is_a_jpeg_of_at_most_48_px(mode: str, size: tuple[int, int]) -> None:
    preview = BACKEND.preview(as_raster(Image.new(mode, size)))

    assert Image.open(BytesIO(preview)).format == "JPEG"
    assert max(image(preview).size) <= 48
    assert min(image(preview).size) >= 1


def test_preview_of_a_photo_is_less_than_two_kilobytes() -> None:
    assert len(BACKEND.preview(as_raster(photo(640, 480)))) < 2048
