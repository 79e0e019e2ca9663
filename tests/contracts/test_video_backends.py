"""The film back ends keep the contract; Pillow itself, used plainly, reads their pictures."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mediaflow.testing import VideoBackendContract
from mediaflow.testing.pngs import Pixels
from mediaflow.video.backend import VideoBackend, video_backends

pytestmark = pytest.mark.contract


class TestRegistered(VideoBackendContract):
    @pytest.fixture(params=video_backends.builtin_names())
    def backend(self, request: pytest.FixtureRequest) -> VideoBackend:
        return video_backends[request.param]

    def read(self, data: bytes) -> list[tuple[Pixels, float]]:
        with Image.open(BytesIO(data)) as picture:
            frames = ImageSequence.Iterator(picture)
            return [
                (np.asarray(frame.convert("RGBA")), frame.info.get("duration", 0) / 1000)
                for frame in frames
            ]
