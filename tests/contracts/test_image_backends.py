"""The default back end keeps the contract; Pillow itself, used plainly, is the witness."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.image.backend import ImageBackend, image_backends
from mediaflow.testing import ImageBackendContract
from mediaflow.testing.image import Pixels
from tests.media import image

pytestmark = pytest.mark.contract


class TestPillow(ImageBackendContract):
    @pytest.fixture
    def backend(self) -> ImageBackend[object]:
        return image_backends["pillow"]

    def read(self, data: bytes) -> Pixels:
        return np.asarray(image(data).convert("RGBA"))


class TestVips(ImageBackendContract):
    policies = ("strip",)

    @pytest.fixture
    def backend(self) -> ImageBackend[object]:
        pytest.importorskip("pyvips", reason="needs the extra vips")
        return image_backends["vips"]

    def read(self, data: bytes) -> Pixels:
        return np.asarray(image(data).convert("RGBA"))
