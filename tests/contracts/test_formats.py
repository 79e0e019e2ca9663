"""Every format that can be written keeps the contract; Pillow, used plainly, is the witness."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from mediaflow.formats import image_formats
from mediaflow.testing import ImageFormatContract
from mediaflow.testing.image import Pixels
from tests.media import image

pytestmark = pytest.mark.contract


class ReadByPillow(ImageFormatContract):
    def read(self, data: bytes) -> Pixels:
        return np.asarray(image(data).convert("RGBA"))


class TestAvif(ReadByPillow):
    format: ClassVar[str] = "avif"


class TestGif(ReadByPillow):
    format: ClassVar[str] = "gif"


class TestJpeg(ReadByPillow):
    format: ClassVar[str] = "jpeg"


class TestPng(ReadByPillow):
    format: ClassVar[str] = "png"
    tolerance: ClassVar[int] = 0


class TestTiff(ReadByPillow):
    format: ClassVar[str] = "tiff"
    tolerance: ClassVar[int] = 0


class TestWebp(ReadByPillow):
    format: ClassVar[str] = "webp"


def test_every_format_that_can_be_written_is_tested() -> None:
    written = {name for name in image_formats.builtin_names() if image_formats[name].options}

    assert written == {suite.format for suite in ReadByPillow.__subclasses__()}
