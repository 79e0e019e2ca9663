"""The part of the suite of film back ends that looks at frames: geometry, colours, stills.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.geometry import Box
from mediaflow.models.encoding import Crf
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.testing.film_making import (
    VideoSuite,
    made_film,
    made_films,
    made_stills,
    need_encoder,
    seen,
)
from mediaflow.testing.films import (
    QUADRANTS,
    counting_film,
    quadrant_film,
    read_number,
    read_quadrants,
    rgb_of,
    solid_film,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.models.film import Rotation
    from mediaflow.testing.pngs import Pixels
    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoLooks"]

RED, GREEN, BLUE, YELLOW = QUADRANTS

LEVELS: Final = 2
"""Levels by which encoders at a fine quality may miss a flat frame."""

ROUNDING: Final = 1
"""Levels by which a conversion in fixed point may miss exact arithmetic."""

YUV: Final = (120, 100, 170)
TAGS: Final = (
    ((1, 1, 1), False),
    ((5, 6, 5), False),
    ((6, 6, 6), False),
    ((9, 14, 9), False),
    ((1, 1, 1), True),
    ((6, 6, 6), True),
)
"""Primaries, transfer and matrix (ITU-T H.273), and whether luma runs from 0 to 255."""

UNEVEN: Final = tuple(Fraction(n, 1000) for n in (0, 40, 73, 200, 240, 700, 1_013, 1_500))


def _off(picture: Pixels, color: list[int]) -> int:
    """Return by how many levels a flat picture misses a colour at most."""
    return int(np.abs(picture[..., :3].reshape(-1, 3).astype(int) - np.array(color)).max())


class VideoLooks(VideoSuite):
    """Frames and stills stand upright, are cut and padded as planned, and keep their colours."""

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_orientation_comes_out_upright(
        self, backend: VideoBackend, tmp_path: Path, orientation: int
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", orientation, size=(160, 96))
        wanted = VideoOutput("mp4", height=48, effort=0, name="film")
        short = PreviewOutput("gif", width=80, name="clip")

        film, clip = made_films(backend, source, tmp_path / "made", wanted, short)
        still = made_stills(backend, source, StillOutput(format="png", width=80))[0]

        made = seen(film)
        assert (made.size, read_quadrants(made.frames[0])) == ((80, 48), QUADRANTS)
        for data in (clip.read_bytes(), still):
            picture = self.read(data)[0][0]
            assert picture.shape[:2] == (48, 80)
            assert read_quadrants(picture[..., :3]) == QUADRANTS

    @pytest.mark.parametrize(
        ("degrees", "turned"),
        [
            (90, (BLUE, RED, YELLOW, GREEN)),
            (180, (YELLOW, BLUE, GREEN, RED)),
            (270, (GREEN, YELLOW, RED, BLUE)),
        ],
    )
    def test_a_film_is_turned_clockwise(
        self,
        backend: VideoBackend,
        tmp_path: Path,
        degrees: Rotation,
        turned: tuple[tuple[int, int, int], ...],
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", 6, size=(160, 96))
        wanted = VideoOutput("mp4", rotate=degrees, effort=0)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.size == ((160, 96) if degrees == 180 else (96, 160))
        assert read_quadrants(film.frames[0]) == turned

    def test_a_crop_shows_the_part_that_was_asked_for(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", 8, size=(160, 96))
        corner = Box(Fraction(80), Fraction(0), Fraction(160), Fraction(48))
        wanted = VideoOutput("mp4", crop=corner, effort=0)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.size == (80, 48)
        assert read_quadrants(film.frames[0]) == (GREEN,) * 4

    def test_contain_pads_with_the_background(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = quadrant_film(tmp_path / "film.mp4", size=(160, 96))
        film_spec = VideoOutput(width=96, height=96, fit="contain", background="#0000ff", effort=0)
        still_spec = StillOutput(
            format="png", width=96, height=96, fit="contain", background="#0000ff"
        )

        film = made_film(backend, source, tmp_path / "made", film_spec).picture()
        still = self.read(made_stills(backend, source, still_spec)[0])[0][0]

        for picture in (film, still):
            assert picture.shape[:2] == (96, 96)
            # 160×96 becomes 96×58 (57.6), with 19 rows above and below
            assert np.abs(picture[4:14, 4:92, :3].astype(int) - BLUE).max() <= 40
            assert np.abs(picture[84:92, 4:92, :3].astype(int) - BLUE).max() <= 40
            assert read_quadrants(picture[19:77, :, :3]) == QUADRANTS

    @pytest.mark.parametrize(
        ("container", "codec"), [("mkv", "av1"), ("mov", "hevc"), ("mp4", "h264"), ("webm", "vp9")]
    )
    @pytest.mark.parametrize(("color", "full"), TAGS)
    def test_samples_and_their_tags_are_kept(
        self,
        backend: VideoBackend,
        tmp_path: Path,
        container: str,
        codec: str,
        color: tuple[int, int, int],
        full: bool,
    ) -> None:
        source = solid_film(tmp_path / "film.mkv", YUV, color=color, full_range=full)
        wanted = VideoOutput(container, codec=codec, rate=Crf(10), effort=0)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.tags == (*color, 2 if full else 1)
        assert film.levels() == pytest.approx(YUV, abs=LEVELS)

    @pytest.mark.parametrize(("color", "full"), TAGS)
    def test_pictures_show_what_the_samples_mean(
        self, backend: VideoBackend, tmp_path: Path, color: tuple[int, int, int], full: bool
    ) -> None:
        source = solid_film(tmp_path / "film.mkv", YUV, color=color, full_range=full)

        still = made_stills(backend, source, StillOutput(format="png"))[0]
        clip = made_films(backend, source, tmp_path / "made", PreviewOutput("gif"))[0].read_bytes()

        expected = rgb_of(YUV, color[2], full=full)
        assert _off(self.read(still)[0][0], expected) <= ROUNDING
        assert _off(self.read(clip)[0][0], expected) <= LEVELS

    @pytest.mark.parametrize(
        ("size", "matrix", "tags"),
        [((64, 48), 6, (6, 6, 6, 1)), ((64, 718), 6, (6, 6, 6, 1)), ((64, 720), 1, (1, 1, 1, 1))],
    )
    def test_untagged_film_is_taken_by_its_rows(
        self,
        backend: VideoBackend,
        tmp_path: Path,
        size: tuple[int, int],
        matrix: int,
        tags: tuple[int, ...],
    ) -> None:
        source = solid_film(tmp_path / "film.mkv", YUV, size=size)
        wanted = VideoOutput("mp4", width=64, height=48, fit="fill", rate=Crf(10), effort=0)

        film = made_film(backend, source, tmp_path / "made", wanted)
        still = made_stills(backend, source, StillOutput(format="png"))[0]

        assert (film.size, film.tags) == ((64, 48), tags)
        assert film.levels() == pytest.approx(YUV, abs=LEVELS)
        assert _off(self.read(still)[0][0], rgb_of(YUV, matrix, full=False)) <= ROUNDING

    @pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
    def test_a_still_shows_the_frame_that_is_displayed(
        self, backend: VideoBackend, tmp_path: Path, form: str
    ) -> None:
        source = counting_film(
            tmp_path / "film.mkv", pts=UNEVEN, size=(128, 72), sound=None, b_frames=2, gop=4
        )
        moments = [0, 0.039, 0.04, 0.072, 0.073, 0.199, 0.699, 0.7, 1.012, 1.499, 1.5, 99]
        outputs = [
            StillOutput(at, format=form, width=96, name=f"{place}")
            for place, at in enumerate(moments)
        ]

        pictures = [self.read(data)[0][0] for data in made_stills(backend, source, *outputs)]

        assert {picture.shape[:2] for picture in pictures} == {(54, 96)}
        assert [read_number(picture[..., :3]) for picture in pictures] == [
            max(number for number, time in enumerate(UNEVEN) if time <= Fraction(str(at)))
            for at in moments
        ]

    @pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "mpeg2video"])
    @pytest.mark.parametrize("open_gop", [False, True])
    def test_every_frame_of_a_film_can_be_a_still(
        self, backend: VideoBackend, tmp_path: Path, codec: str, open_gop: bool
    ) -> None:
        need_encoder(codec)
        b_frames = 0 if codec == "libvpx-vp9" else 2
        source = counting_film(
            tmp_path / "film.mkv",
            frames=30,
            size=(128, 72),
            codec=codec,
            b_frames=b_frames,
            open_gop=open_gop,
            sound=None,
        )
        order = [*range(0, 30, 2), *range(29, 0, -2)]
        outputs = [StillOutput(n / 25, format="png", name=f"{n}") for n in order]

        pictures = [self.read(data)[0][0] for data in made_stills(backend, source, *outputs)]

        assert [read_number(picture[..., :3]) for picture in pictures] == order
