"""The part of the suite of film back ends about how work ends: obeyed plans, failures, cancelling.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest

from mediaflow.errors import (
    JobCancelledError,
    LimitExceededError,
    MediaflowError,
    ProcessingError,
    SourceError,
)
from mediaflow.filters import Grayscale, PictureFilter, Watermark
from mediaflow.geometry import Point, Size
from mediaflow.models.context import Context
from mediaflow.models.events import Progress
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.security.limits import Limits
from mediaflow.testing.film_making import (
    FilmFiles,
    VideoSuite,
    made_film,
    made_films,
    planned,
    run_renditions,
    run_stills,
    seen,
)
from mediaflow.testing.film_reading import top_boxes
from mediaflow.testing.films import (
    QUADRANTS,
    counting_film,
    quadrant_film,
    read_number,
    read_quadrants,
    solid_film,
)
from mediaflow.testing.video_questions import CANCELLED_AT, Questions

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from mediaflow.filters import Assets
    from mediaflow.models.events import Event
    from mediaflow.planning import FilmPlan, RenditionStep
    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoEnds"]

RED, GREEN, BLUE, YELLOW = QUADRANTS


def _with_video(plan: FilmPlan, **changes: object) -> FilmPlan:
    """Return a plan whose first rendition is encoded otherwise."""
    step = plan.renditions[0]
    video = replace(step.video, **changes)  # type: ignore[arg-type]  # a test's own words
    return _with_step(plan, replace(step, video=video))


def _with_frame(plan: FilmPlan, **changes: object) -> FilmPlan:
    """Return a plan whose first rendition has other frames."""
    frame = replace(plan.renditions[0].video.frame, **changes)  # type: ignore[arg-type]  # the same
    return _with_video(plan, frame=frame)


def _with_step(plan: FilmPlan, step: RenditionStep) -> FilmPlan:
    return replace(plan, renditions=(step, *plan.renditions[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bad(PictureFilter):
    """Fails at the first frame."""

    kind: Literal["bad"] = "bad"
    reason: ClassVar[str] = "the suite wants it so"

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        raise ProcessingError(self.reason)


class VideoEnds(VideoSuite):
    """Plans are obeyed to the letter, failures stay with their output, and nothing is left over."""

    def test_the_encoder_of_the_plan_is_used(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=10, size=(128, 72), sound=None)
        plan = planned(source, VideoOutput("mp4", effort=0))
        changed = _with_video(plan, codec="mpeg4", encoder="mpeg4", arguments=(), bit_rate=500_000)

        film = made_film(backend, source, tmp_path / "made", plan=changed)

        assert (film.codec, film.numbers) == ("mpeg4", list(range(10)))

    def test_the_sample_layout_and_the_canvas_of_the_plan_are_used(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", size=(160, 96))
        plan = planned(source, VideoOutput("mp4", effort=0))
        changed = _with_frame(
            plan,
            content=Size(80, 48),
            canvas=Size(120, 64),
            offset=Point(40, 16),
            background="#00ff00",
            pixel_format="yuv444p",
        )

        film = made_film(backend, source, tmp_path / "made", plan=changed)

        assert (film.size, film.pixel_format) == ((120, 64), "yuv444p")
        picture = film.picture()
        assert read_quadrants(picture[16:, 40:]) == QUADRANTS
        assert read_quadrants(picture[:12]) == (GREEN,) * 4
        assert read_quadrants(picture[:, :36]) == (GREEN,) * 4

    def test_the_orientation_of_the_plan_is_used_whatever_the_file_says(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", 3, size=(160, 96))
        changed = _with_frame(planned(source, VideoOutput("mp4", effort=0)), orientation=1)

        film = made_film(backend, source, tmp_path / "made", plan=changed)

        assert read_quadrants(film.frames[0]) == (YELLOW, BLUE, GREEN, RED)  # as it is stored

    def test_the_colours_of_the_plan_are_used_whatever_the_tags_say(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = solid_film(tmp_path / "film.mkv", (30, 128, 128), color=(1, 1, 1))
        plan = planned(source, VideoOutput("mp4", effort=0))
        frame = plan.renditions[0].video.frame
        read_as = replace(frame.source_color, full_range=True)

        film = made_film(
            backend, source, tmp_path / "made", plan=_with_frame(plan, source_color=read_as)
        )

        # gray 30 of 0 to 255 is written as 16 + 30 · 219 / 255 of 16 to 235
        assert film.tags == (1, 1, 1, 1)
        assert film.levels() == pytest.approx((16 + 30 * 219 / 255, 128, 128), abs=2)

    def test_the_window_and_the_muxer_options_of_the_plan_are_used(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72), sound=None)
        plan = planned(source, VideoOutput("mp4", effort=0))
        step = replace(
            plan.renditions[0], start=Fraction(1, 5), end=Fraction(3, 5), muxer_options=()
        )

        film = made_films(backend, source, tmp_path / "made", plan=_with_step(plan, step))[0]

        assert seen(film).numbers == list(range(5, 15))
        assert seen(film).first == 0
        boxes = [box for box in top_boxes(film.read_bytes()) if box in ("mdat", "moov")]
        assert boxes == ["mdat", "moov"]

    def test_no_keyframe_is_asked_for_where_the_plan_names_no_grid(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=40, size=(128, 72), sound=None)
        plan = planned(source, VideoOutput("mp4", effort=0, keyframe_seconds=0.4))

        film = made_film(
            backend, source, tmp_path / "made", plan=_with_video(plan, keyframe_seconds=None)
        )

        assert film.key_times == [0]  # the arguments allow none but those that are asked for

    def test_filters_of_the_plan_are_applied(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = quadrant_film(tmp_path / "film.mp4", size=(160, 96))
        wanted = VideoOutput("mp4", filters=(Grayscale(),), effort=0)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.levels()[1:] == pytest.approx((128, 128), abs=2)

    def test_a_film_that_cannot_be_written_stops_no_other(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72))
        outputs = [VideoOutput("mp4", effort=0, name=name) for name in ("a", "b", "c")]
        plan = planned(source, *outputs)

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path, denied=["b"]))

        assert [one.step.name for one in made] == ["a", "b", "c"]
        assert [one.error is None for one in made] == [True, False, True]
        assert isinstance(made[1].error, MediaflowError)
        for place in (0, 2):
            assert seen(tmp_path / f"{place}.mp4").numbers == list(range(25))

    def test_a_filter_that_fails_fails_its_output_alone(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72))
        lost = (Watermark("nowhere.png"),)  # no second input was acquired
        films = planned(
            source,
            VideoOutput("mp4", effort=0, filters=lost, name="a"),
            VideoOutput("mp4", effort=0, name="b"),
            PreviewOutput("gif", filters=lost, name="c"),
        )
        stills = planned(
            source,
            StillOutput(0.2, format="png", filters=lost, name="a"),
            StillOutput(0.2, format="png", name="b"),
        )

        made = run_renditions(backend, films, source, FilmFiles(tmp_path))
        pictures = run_stills(backend, stills, source)

        assert [one.error is None for one in made] == [False, True, False]
        assert seen(tmp_path / "1.mp4").numbers == list(range(25))
        assert [one.error is None for one in pictures] == [False, True]
        assert pictures[0].data == b""
        assert read_number(self.read(pictures[1].data)[0][0][..., :3]) == 5

    @pytest.mark.parametrize("container", ["mkv", "mov", "mp4", "webm"])
    def test_a_film_that_fails_on_its_way_says_why(
        self, backend: VideoBackend, tmp_path: Path, container: str
    ) -> None:
        self._fails_for_its_own_reason(backend, tmp_path, VideoOutput(container, filters=(_Bad(),)))

    @pytest.mark.parametrize("form", ["mp4", "webp"])
    def test_a_preview_that_fails_on_its_way_says_why(
        self, backend: VideoBackend, tmp_path: Path, form: str
    ) -> None:
        self._fails_for_its_own_reason(backend, tmp_path, PreviewOutput(form, filters=(_Bad(),)))

    def test_a_gif_that_fails_on_its_way_says_why(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        # of a gif nothing is written before all of it is known, so that it is closed while empty
        self._fails_for_its_own_reason(backend, tmp_path, PreviewOutput("gif", filters=(_Bad(),)))

    def _fails_for_its_own_reason(
        self, backend: VideoBackend, folder: Path, wanted: VideoOutput | PreviewOutput
    ) -> None:
        source = counting_film(folder / "film.mkv", frames=10, size=(128, 72), sound=None)

        made = run_renditions(backend, planned(source, wanted), source, FilmFiles(folder))

        assert isinstance(made[0].error, ProcessingError)
        assert _Bad.reason in str(made[0].error)

    def test_a_limit_is_the_fault_of_the_output_that_passes_it(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mkv", frames=25, size=(128, 72), sound=None)
        outputs = [VideoOutput("mp4", effort=0, fps=fps, name=f"{fps}") for fps in (50, 10)]
        limits = Limits(max_film_frames=30)

        made = run_renditions(
            backend, planned(source, *outputs), source, FilmFiles(tmp_path), limits=limits
        )

        assert isinstance(made[0].error, LimitExceededError)
        assert (made[1].error, made[1].frames) == (None, 10)

    def test_a_source_that_is_no_film_is_the_source_s_fault(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72))
        plan = planned(source, VideoOutput("mp4", effort=0), StillOutput(name="still"))
        other = tmp_path / "other.mp4"
        other.write_bytes(bytes(range(256)) * 40)
        before = set(threading.enumerate())

        with pytest.raises(SourceError):
            run_renditions(backend, plan, other, FilmFiles(tmp_path))
        with pytest.raises(SourceError):
            run_stills(backend, plan, other)

        assert set(threading.enumerate()) <= before

    @pytest.mark.parametrize("share", CANCELLED_AT)
    def test_a_job_that_is_cancelled_ends_with_all_its_threads(
        self, backend: VideoBackend, tmp_path: Path, share: float
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72))
        plan = planned(
            source,
            VideoOutput("mp4", effort=0, name="a"),
            VideoOutput("webm", effort=0, name="b"),
            PreviewOutput("gif", name="c"),
        )
        whole = Questions()
        run_renditions(backend, plan, source, FilmFiles(tmp_path), whole.context())
        before = set(threading.enumerate())
        stopped = Questions(stop_at=round((whole.asked - 1) * share))

        with pytest.raises(JobCancelledError):
            run_renditions(backend, plan, source, FilmFiles(tmp_path), stopped.context())

        assert whole.asked > 25  # at least once a frame
        assert set(threading.enumerate()) <= before

    @pytest.mark.parametrize("share", CANCELLED_AT)
    def test_stills_of_a_cancelled_job_end(
        self, backend: VideoBackend, tmp_path: Path, share: float
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72))
        plan = planned(source, *(StillOutput(n / 5, name=f"{n}") for n in range(5)))
        whole = Questions()
        run_stills(backend, plan, source, whole.context())
        before = set(threading.enumerate())
        stopped = Questions(stop_at=round((whole.asked - 1) * share))

        with pytest.raises(JobCancelledError):
            run_stills(backend, plan, source, stopped.context())

        assert set(threading.enumerate()) <= before

    def test_progress_rises_and_never_passes_one(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=50, size=(128, 72))
        told: list[Event] = []
        plan = planned(source, VideoOutput("mp4", effort=0))

        run_renditions(
            backend,
            plan,
            source,
            FilmFiles(tmp_path),
            Context(job_id="suite", emit=told.append),
        )

        shares = [event.fraction for event in told if isinstance(event, Progress)]
        assert len(shares) >= 5
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= 0.5 <= shares[-1] <= 1
