"""The part of the suite of film back ends about films that are joined.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.testing.film_joining import (
    counting_films,
    joined_film,
)
from mediaflow.testing.film_making import VideoSuite, need_encoder
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

    from mediaflow.geometry import Fit
    from mediaflow.testing.pngs import Pixels
    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoJoined"]

EXACT: Final = VideoOutput("mkv", effort=0, audio=AudioTrack("flac"))
"""A film whose sound comes back sample for sample."""

FAST: Final = VideoOutput("mp4", effort=0)
MAX_OFFSET_SECONDS: Final = 0.010
"""A third of what viewers notice when sound comes early (ITU-R BT.1359: 45 ms)."""

CLOSE: Final = 4
"""Levels of 255 by which 8 bits a sample and libswscale miss a colour, measured: 2."""


def _inner(picture: Pixels, left: int, top: int, width: int, height: int) -> Pixels:
    return picture[top : top + height, left : left + width]


class VideoJoined(VideoSuite):
    """Parts play one after another: no frame lost or doubled, sound with its picture."""

    @pytest.mark.parametrize("container", ["mkv", "mp4", "webm"])
    def test_films_follow_each_other_without_a_frame_lost_or_doubled(
        self, backend: VideoBackend, tmp_path: Path, container: str
    ) -> None:
        need_encoder({"webm": "libvpx-vp9"}.get(container, "libx264"))
        pieces = counting_films(tmp_path, "mp4", "mov", "mp4")

        film = joined_film(backend, pieces, tmp_path / "made", VideoOutput(container, effort=0))

        assert film.numbers == list(range(90))
        assert film.times == [Fraction(n, 25) for n in range(90)]
        # each part of 1.2 s flashes and beeps at its 0 s and 1 s
        assert len(film.offsets) == 6
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    @pytest.mark.parametrize("kind", ["avi", "flv", "mkv", "mov", "mp4", "mpg", "ts", "webm"])
    def test_any_container_can_be_a_part(
        self, backend: VideoBackend, tmp_path: Path, kind: str
    ) -> None:
        pieces = counting_films(tmp_path, kind, "mp4", kind, kind)

        film = joined_film(backend, pieces, tmp_path / "made", FAST)

        assert film.numbers == list(range(120))
        assert len(film.offsets) == 8
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    def test_nothing_adds_up_over_many_parts(self, backend: VideoBackend, tmp_path: Path) -> None:
        rate = Fraction(30_000, 1001)
        pieces = counting_films(tmp_path, *["mp4"] * 20, frames=11, fps=rate, sample_rate=44_100)

        film = joined_film(backend, pieces, tmp_path / "made", EXACT)

        assert film.numbers == list(range(220))
        late = [time - n / rate for n, time in enumerate(film.times)]
        assert max(map(abs, late)) <= Fraction(1, 2000)  # Matroska has ticks of a millisecond
        assert len(film.offsets) == 20
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS
        assert len(film.samples()) == round(220 / rate * 44_100)

    def test_rates_may_differ_and_each_frame_keeps_its_time(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        uneven = [Fraction(n, 1000) for n in (0, 40, 73, 200, 201, 260, 500)]
        first = counting_film(tmp_path / "a.mp4", frames=20, fps=50)
        second = counting_film(tmp_path / "b.mkv", pts=uneven, first_number=20)
        third = counting_film(tmp_path / "c.mp4", frames=10, fps=10, first_number=27)

        film = joined_film(backend, [first, second, third], tmp_path / "made", FAST)

        assert film.numbers == list(range(37))
        assert film.times[:27] == [
            *(Fraction(n, 50) for n in range(20)),
            *(Fraction(2, 5) + time for time in uneven),
        ]
        begins = film.times[27]
        assert [time - begins for time in film.times[27:]] == [Fraction(n, 10) for n in range(10)]
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    def test_a_rate_that_was_asked_for_is_constant_over_all_parts(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        first = counting_film(tmp_path / "a.mp4", frames=25, fps=25)
        second = counting_film(tmp_path / "b.mp4", frames=50, fps=50, first_number=25)
        wanted = VideoOutput("mp4", effort=0, fps=10)

        film = joined_film(backend, [first, second], tmp_path / "made", wanted)

        assert film.times == [Fraction(n, 10) for n in range(20)]
        shown = [25 * n // 10 for n in range(10)], [25 + 5 * n for n in range(10)]
        assert film.numbers == [*shown[0], *shown[1]]

    def test_sound_is_cut_or_filled_to_the_sample_where_its_picture_ends(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        long = counting_film(tmp_path / "a.mkv", frames=10, sound_codec="flac", sound_tail=0.7)
        mute = counting_film(tmp_path / "b.mp4", frames=15, first_number=10, sound=None)
        last = counting_film(tmp_path / "c.mkv", frames=10, sound_codec="flac", first_number=25)

        film = joined_film(backend, [long, mute, last, mute], tmp_path / "made", EXACT)

        sound = film.samples()
        assert film.numbers == [*range(35), *range(10, 25)]
        assert len(sound) == 50 * 1920  # samples of 48 kHz a frame of 25 a second
        assert np.array_equal(sound[: 10 * 1920], sound[25 * 1920 : 35 * 1920])  # the same beep
        beep = slice(25 * 1920, 25 * 1920 + 2400)  # it lasts for 50 ms
        assert sound[beep].any()
        assert not sound[2400 : beep.start].any()
        assert not sound[beep.stop :].any()

    def test_sound_of_other_rates_and_layouts_is_brought_to_one(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        kinds = ((44_100, "mono"), (32_000, "stereo"), (48_000, "5.1"))
        pieces = [
            counting_film(
                tmp_path / f"{rate}.mkv",
                frames=30,
                first_number=30 * place,
                sound_codec="flac",
                sample_rate=rate,
                layout=layout,
            )
            for place, (rate, layout) in enumerate(kinds)
        ]

        film = joined_film(backend, pieces, tmp_path / "made", EXACT)

        sound = film.samples()
        assert {(one.sample_rate, one.layout.name) for one in film.sounds} == {(48_000, "stereo")}
        assert film.numbers == list(range(90))
        assert len(sound) == 90 * 1920  # samples of 48 kHz a frame of 25 a second
        for second in (0, 1, 1.2, 2.2, 2.4, 3.4):
            beep = np.abs(sound[round(second * 48_000) :][:4800])
            assert np.flatnonzero(beep > beep.max() / 10)[0] <= MAX_OFFSET_SECONDS * 48_000

    def test_another_shape_is_fitted_into_the_frame_of_the_first(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        first = counting_film(tmp_path / "a.mp4", size=(160, 96), frames=5)
        second = counting_film(tmp_path / "b.mp4", size=(128, 128), frames=5, first_number=5)
        third = counting_film(tmp_path / "c.mp4", size=(80, 48), frames=5, first_number=10)

        film = joined_film(backend, [first, second, third], tmp_path / "made", FAST)

        pictures = [film.picture(n) for n in range(15)]
        assert film.size == (160, 96)
        assert [read_number(each) for each in pictures[:5]] == [0, 1, 2, 3, 4]
        inner = [_inner(each, 32, 0, 96, 96) for each in pictures[5:10]]
        assert [read_number(each) for each in inner] == [5, 6, 7, 8, 9]
        assert max(float(each[:, edge].mean()) for each in pictures[5:10] for edge in (0, -1)) < 8
        # half the size: enlarged until it fills the frame
        assert [read_number(each) for each in pictures[10:]] == [10, 11, 12, 13, 14]

    @pytest.mark.parametrize(
        ("fit", "place"), [("cover", (0, -32, 160, 160)), ("fill", (0, 0, 160, 96))]
    )
    def test_the_fit_of_the_output_is_that_of_other_shapes(
        self, backend: VideoBackend, tmp_path: Path, fit: Fit, place: tuple[int, int, int, int]
    ) -> None:
        first = counting_film(tmp_path / "a.mp4", size=(160, 96), frames=3)
        second = counting_film(tmp_path / "b.mp4", size=(128, 128), frames=3, first_number=2048)
        wanted = VideoOutput("mp4", width=160, height=96, fit=fit, effort=0)

        film = joined_film(backend, [first, second], tmp_path / "made", wanted)

        left, top, width, height = place
        whole = np.full((height, width, 3), 255, np.uint8)  # what is cut away is painted white
        whole[-top : 96 - top, left : left + 160] = film.picture(4)
        assert (film.size, len(film.frames)) == ((160, 96), 6)
        # 2048 is the lowest of the second row's bits that is set; cover cuts the upper third
        assert _block_is_white(whole, column=3, row=1)
        assert not _block_is_white(whole, column=2, row=1)

    def test_every_part_stands_upright(self, backend: VideoBackend, tmp_path: Path) -> None:
        pieces = [
            quadrant_film(tmp_path / f"{turn}.mp4", turn, frames=3) for turn in (1, 6, 8, 3, 5)
        ]

        film = joined_film(backend, pieces, tmp_path / "made", FAST)

        shown = [read_quadrants(film.picture(n)) for n in range(15)]
        assert film.size == (160, 96)
        assert shown == [QUADRANTS] * 15

    def test_px_that_are_not_square_become_so(self, backend: VideoBackend, tmp_path: Path) -> None:
        first = quadrant_film(tmp_path / "a.mp4", frames=2)
        second = quadrant_film(tmp_path / "b.mp4", frames=2, size=(80, 96), sar=Fraction(2))

        film = joined_film(backend, [first, second], tmp_path / "made", FAST)

        assert film.size == (160, 96)
        assert [read_quadrants(film.picture(n)) for n in range(4)] == [QUADRANTS] * 4
        assert [
            float(film.picture(n)[:, edge].mean()) > 60 for n in (2, 3) for edge in (0, -1)
        ] == [True] * 4  # no bars

    def test_colours_are_those_of_each_part_in_the_tags_of_the_first(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        values = (110, 90, 180)
        first = solid_film(tmp_path / "a.mkv", values, color=(6, 6, 6))
        second = solid_film(tmp_path / "b.mkv", values, color=(1, 1, 1))
        third = solid_film(tmp_path / "c.mkv", values, color=(6, 6, 6), full_range=True)

        film = joined_film(backend, [first, second, third], tmp_path / "made", FAST)

        assert film.tags == (6, 6, 6, 1)
        meant = [rgb_of(values, 6, full=False), rgb_of(values, 1, full=False)]
        meant.append(rgb_of(values, 6, full=True))
        for place, rgb in enumerate(meant):
            y, u, v = (round(level) for level in film.levels(3 * place + 1))
            shown = rgb_of((y, u, v), 6, full=False)
            assert np.abs(np.subtract(shown, rgb)).max() <= CLOSE


def _block_is_white(picture: Pixels, *, column: int, row: int) -> bool:
    """Tell whether a block of a counting frame of three rows and eight columns is white."""
    height, width = picture.shape[:2]
    y, x = height * (2 * row + 1) // 6, width * (2 * column + 1) // 16
    return float(picture[y - 2 : y + 3, x - 2 : x + 3].mean()) > 127
