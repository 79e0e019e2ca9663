"""The part of the suite of film back ends about what is taken of films that are joined.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from mediaflow.errors import JobCancelledError, SourceError, SpecError
from mediaflow.geometry import Box
from mediaflow.models.concat import Part
from mediaflow.models.context import Context
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.testing.film_joining import (
    counting_films,
    joined_film,
    joined_plan,
    run_joined,
    run_joined_stills,
)
from mediaflow.testing.film_making import VideoSuite, need_encoder, seen
from mediaflow.testing.films import (
    counting_film,
    read_number,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoJoinedViews"]

EXACT: Final = VideoOutput("mkv", effort=0, audio=AudioTrack("flac"))
"""A film whose sound comes back sample for sample."""

FAST: Final = VideoOutput("mp4", effort=0)
MAX_OFFSET_SECONDS: Final = 0.010
"""A third of what viewers notice when sound comes early (ITU-R BT.1359: 45 ms)."""


class VideoJoinedViews(VideoSuite):
    """Pieces, windows, stills and previews lie in the time of the whole; errors name a part."""

    def test_a_piece_of_a_part_is_cut_to_the_frame(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        first, second = counting_films(tmp_path, "mp4", "mkv", frames=50)
        pieces: list[Path | Part] = [
            Part(first, start=0.4, end=1.2),
            second,
            Part(first, end=0.2),
            Part(first, start=1.8),
        ]

        film = joined_film(backend, pieces, tmp_path / "made", EXACT)

        assert film.numbers == [*range(10, 30), *range(50, 100), *range(5), *range(45, 50)]
        assert film.times == [Fraction(n, 25) for n in range(80)]
        assert len(film.samples()) == 80 * 1920
        assert len(film.offsets) == 4  # second 1 of the first, both of the second, the start
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    @pytest.mark.parametrize(
        ("start", "end", "numbers"),
        [
            (0.4, 2.0, range(10, 50)),
            (1.2, None, range(30, 90)),
            (1.24, 1.4, range(31, 35)),
            (2.6, 2.8, range(65, 70)),
            (0, 1.2, range(30)),
        ],
    )
    def test_an_output_may_be_any_part_of_the_whole(
        self, backend: VideoBackend, tmp_path: Path, start: float, end: float | None, numbers: range
    ) -> None:
        pieces = counting_films(tmp_path, "mp4", "mkv", "mp4")
        wanted = VideoOutput("mkv", start=start, end=end, audio=AudioTrack("flac"), effort=0)

        film = joined_film(backend, pieces, tmp_path / "made", wanted)

        assert film.numbers == list(numbers)
        assert film.times == [Fraction(n, 25) for n in range(len(numbers))]
        assert len(film.samples()) == len(numbers) * 1920

    def test_stills_show_the_frame_of_their_moment(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        first, second, third = counting_films(tmp_path, "mp4", "mkv", "mp4")
        pieces: list[Path | Part] = [first, Part(second, start=0.2, end=1), third]
        moments = (0, 1.18, 1.2, 1.99, 2.0, 3.19, 99)
        outputs = [StillOutput(at=at, format="png", name=f"{at}") for at in moments]

        made = run_joined_stills(backend, joined_plan(pieces, *outputs), pieces)

        shown = [read_number(self.read(one.data)[0][0][..., :3]) for one in made]
        assert shown == [0, 29, 35, 54, 60, 89, 89]

    def test_a_still_of_another_shape_is_padded(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        first = counting_film(tmp_path / "a.mp4", size=(160, 96), frames=5)
        second = counting_film(tmp_path / "b.mp4", size=(128, 128), frames=5, first_number=5)
        wanted = StillOutput(at=0.2, format="png", background="red")
        plan = joined_plan([first, second], wanted)

        made = run_joined_stills(backend, plan, [first, second])[0]

        picture = self.read(made.data)[0][0][..., :3]
        assert picture.shape[:2] == (96, 160)
        assert read_number(picture[:, 32 : 32 + 96]) == 5
        assert picture[48, 2].tolist() == [255, 0, 0]

    @pytest.mark.parametrize("form", ["gif", "mp4", "webp"])
    def test_a_preview_may_lie_over_a_seam(
        self, backend: VideoBackend, tmp_path: Path, form: str
    ) -> None:
        need_encoder({"gif": "gif", "mp4": "libx264", "webp": "libwebp_anim"}[form])
        first = counting_film(tmp_path / "a.mp4", frames=25)
        second = counting_film(tmp_path / "b.mp4", size=(80, 46), frames=25, first_number=25)
        wanted = PreviewOutput(form, start=0.6, duration=1, fps=5)
        plan = joined_plan([first, second], wanted)

        made = run_joined(backend, plan, [first, second], tmp_path / "made")[0]

        assert made.error is None
        place = tmp_path / "made" / f"0.{form}"
        if form == "mp4":
            shown = [seen(place).picture(n) for n in range(5)]
        else:
            shown = [picture[..., :3] for picture, _ in self.read(place.read_bytes())]
        assert [read_number(each) for each in shown] == [15, 20, 25, 30, 35]

    def test_outputs_of_one_pass_know_nothing_of_each_other(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        pieces = counting_films(tmp_path, "mp4", "mkv", "mp4", frames=20)
        late = VideoOutput("mp4", start=1.0, height=46, effort=0, name="late")
        whole = VideoOutput("mkv", effort=0, name="whole")
        plan = joined_plan(pieces, late, whole)

        made = run_joined(backend, plan, pieces, tmp_path / "made")

        assert [one.error for one in made] == [None, None]
        assert seen(tmp_path / "made" / "0.mp4").numbers == list(range(25, 60))
        assert seen(tmp_path / "made" / "1.mkv").numbers == list(range(60))

    def test_a_damaged_part_is_named(self, backend: VideoBackend, tmp_path: Path) -> None:
        pieces = counting_films(tmp_path, "mp4", "ts", "mp4")
        plan = joined_plan(pieces, FAST)
        pieces[1].write_bytes(bytes(len(pieces[1].read_bytes())))

        with pytest.raises(SourceError, match=r"^part 2 of 3 \(.*part1.ts\): "):
            run_joined(backend, plan, pieces, tmp_path / "made")

    def test_what_is_left_of_a_part_is_used_where_that_is_asked(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        pieces = counting_films(tmp_path, "mp4", "mp4", "mp4", frames=100, gop=10)
        data = pieces[1].read_bytes()
        at = data.index(b"mdat")
        cut = at + (len(data) - at) // 3
        pieces[1].write_bytes(data[:cut] + bytes(len(data) - cut))
        moov = data.rindex(b"moov") - 4
        pieces[1].write_bytes(data[:cut] + bytes(moov - cut) + data[moov:])

        with pytest.raises(SourceError, match=r"^part 2 of 3 "):
            joined_film(backend, pieces, tmp_path / "strict", FAST)
        plan = joined_plan(pieces, FAST, fail_on="none")
        made = run_joined(backend, plan, pieces, tmp_path / "made")[0]

        film = seen(tmp_path / "made" / "0.mp4")
        left = [number for number in film.numbers if 100 <= number < 200]
        assert made.error is None
        assert film.numbers == [*range(100), *left, *range(200, 300)]
        assert left == list(range(100, 100 + len(left)))
        assert 10 <= len(left) < 90
        assert made.notices[0].code == "source_salvaged"
        assert made.notices[0].message.startswith("part 2 of 3 ")

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
    def test_a_job_is_cancelled_in_any_part(
        self, backend: VideoBackend, tmp_path: Path, share: float
    ) -> None:
        pieces = counting_films(tmp_path, "mp4", "mkv", "mp4")
        plan = joined_plan(pieces, FAST)
        asked = iter(range(10**9))
        run_joined(
            backend,
            plan,
            pieces,
            tmp_path / "whole",
            Context(job_id="suite", cancelled=lambda: next(asked) < 0),
        )
        most = next(asked) * share
        again = iter(range(10**9))
        context = Context(job_id="suite", cancelled=lambda: next(again) >= most)

        with pytest.raises(JobCancelledError):
            run_joined(backend, plan, pieces, tmp_path / "made", context)

    def test_a_crop_of_unequal_parts_is_refused(self, tmp_path: Path) -> None:
        first = counting_film(tmp_path / "a.mp4", size=(160, 96), frames=2)
        second = counting_film(tmp_path / "b.mp4", size=(128, 128), frames=2)

        crop = Box(*map(Fraction, (0, 0, 80, 48)))

        with pytest.raises(SpecError, match=r"^part 2 of 2 .* crop is in px of the first part"):
            joined_plan([first, second], VideoOutput("mp4", crop=crop))
