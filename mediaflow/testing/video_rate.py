"""The part of the suite of film back ends about how much an encoder may spend.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mediaflow.formats import video_codecs
from mediaflow.models.encoding import Lossless
from mediaflow.models.film import VideoOutput
from mediaflow.testing.busy_films import busy_film
from mediaflow.testing.film_making import VideoSuite, made_film, need_encoder, seen

if TYPE_CHECKING:
    from pathlib import Path

    import av

    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoRate"]


class VideoRate(VideoSuite):
    """Exact films are exact."""

    @pytest.mark.parametrize("effort", [0, 3, 5])
    @pytest.mark.parametrize("codec", [*video_codecs.builtin_names()])
    def test_a_film_without_loss_decodes_to_the_samples_of_its_source(
        self, backend: VideoBackend, tmp_path: Path, codec: str, effort: int
    ) -> None:
        row = video_codecs[codec]
        need_encoder(row.encoder)
        source = busy_film(tmp_path / "film.mkv", frames=8, size=(98, 66), sound=None)
        wanted = VideoOutput("mkv", codec=codec, rate=Lossless(), effort=effort)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert len(film.frames) == 8
        assert film.pixel_format == row.pixel_format
        for made, painted in zip(film.frames, seen(source).frames, strict=True):
            assert np.array_equal(_samples(made), _samples(painted))


def _samples(frame: av.VideoFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the samples of all planes as they are stored, one below the other."""
    return frame.to_ndarray().astype(np.uint8, copy=False)
