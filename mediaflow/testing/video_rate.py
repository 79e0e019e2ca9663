"""The part of the suite of film back ends about how much an encoder may spend.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.errors import EncodeError, JobCancelledError
from mediaflow.formats import containers, video_codecs
from mediaflow.models.context import Context
from mediaflow.models.encoding import Crf, Lossless, MaxBytes
from mediaflow.models.events import Progress
from mediaflow.models.film import VideoOutput
from mediaflow.testing.busy_films import busy_film
from mediaflow.testing.film_making import (
    FilmFiles,
    VideoSuite,
    made_film,
    need_encoder,
    planned,
    run_renditions,
    seen,
)
from mediaflow.testing.films import counting_film
from mediaflow.testing.video_questions import CANCELLED_AT, Questions

if TYPE_CHECKING:
    from pathlib import Path

    import av

    from mediaflow.models.events import Event
    from mediaflow.planning import BudgetStep, FilmPlan
    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoRate"]

FAR: Final = 0.5
"""Share of its limit that a film of a texture fills at least, whatever its encoder makes of rates."""


class VideoRate(VideoSuite):
    """Exact films are exact, and limits of bytes hold."""

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

    @pytest.mark.parametrize("effort", [1, 4])
    @pytest.mark.parametrize(
        ("container", "codec"),
        [
            (name, codec)
            for name in containers.builtin_names()
            for codec in containers[name].video_codecs
        ],
    )
    def test_a_film_fills_its_limit_and_is_never_larger(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str, effort: int
    ) -> None:
        need_encoder(video_codecs[codec].encoder)
        source = busy_film(tmp_path / "film.mkv", frames=30, size=(128, 72))
        wanted = VideoOutput(container, codec=codec, effort=effort, rate=MaxBytes(40_000))
        plan = planned(source, wanted)

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path))[0]

        place = tmp_path / f"0.{container}"
        assert made.error is None
        assert made.step == plan.renditions[0]
        assert 40_000 * FAR < place.stat().st_size <= 40_000
        assert len(seen(place).frames) == made.frames == 30
        assert sorted(path.name for path in tmp_path.iterdir()) == [place.name, "film.mkv"]

    def test_a_try_that_is_too_large_is_made_again_and_told(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = busy_film(tmp_path / "film.mkv", frames=25, sound=None)
        plan = _planned_at(source, bit_rate=2_000_000, max_bytes=20_000)

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path))[0]

        assert (tmp_path / "0.mp4").stat().st_size <= 20_000
        assert [notice.code for notice in made.notices] == ["encoded_again"]
        assert "to stay within 20,000 bytes" in made.notices[0].message

    def test_the_better_of_two_tries_that_fit_is_kept(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = busy_film(tmp_path / "film.mkv", frames=25, sound=None)
        plan = _planned_at(source, bit_rate=20_000, max_bytes=20_000)

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path))[0]

        size = (tmp_path / "0.mp4").stat().st_size
        assert size <= 20_000
        assert [notice.code for notice in made.notices] == ["encoded_again"]
        assert made.picture_bytes is not None
        assert size - 3_000 < made.picture_bytes < size
        assert len(seen(tmp_path / "0.mp4").frames) == 25

    def test_a_limit_that_cannot_be_kept_fails_that_output_alone(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = busy_film(tmp_path / "film.mkv", "noise", frames=25, sound=None)
        outputs = [
            VideoOutput("mp4", rate=MaxBytes(50_000), effort=0, name="bound"),
            VideoOutput("mp4", rate=Crf(30), effort=0, name="free"),
        ]
        plan = planned(source, *outputs)
        plan = _with_budget(plan, max_bytes=900)  # less than the container takes

        bound, free = run_renditions(backend, plan, source, FilmFiles(tmp_path))

        assert isinstance(bound.error, EncodeError)
        assert "do not fit 900 bytes" in bound.error.message
        assert bound.error.hint
        assert free.error is None
        assert len(seen(tmp_path / "1.mp4").frames) == 25

    @pytest.mark.parametrize("share", CANCELLED_AT[:-1])  # the last question is not always asked
    @pytest.mark.parametrize("codec", ["h264", "vp9"])
    def test_a_cancelled_search_ends_and_leaves_nothing(
        self, backend: VideoBackend, tmp_path: Path, share: float, codec: str
    ) -> None:
        need_encoder(video_codecs[codec].encoder)
        source = busy_film(tmp_path / "film.mkv", frames=12, sound=None)
        plan = _planned_at(source, bit_rate=900_000, max_bytes=12_000, codec=codec)
        scratch, made = tmp_path / "scratch", tmp_path / "made"
        scratch.mkdir()
        made.mkdir()
        whole = Questions()
        run_renditions(backend, plan, source, FilmFiles(made), whole.context(str(scratch)))
        before = set(threading.enumerate())
        stopped = Questions(stop_at=round((whole.asked - 1) * share))

        with pytest.raises(JobCancelledError):
            run_renditions(backend, plan, source, FilmFiles(made), stopped.context(str(scratch)))

        assert whole.asked > 3 * 12  # two tries, or a first pass and a try, and what follows
        assert set(threading.enumerate()) <= before
        assert [*scratch.iterdir()] == []
        assert {path.name for path in made.iterdir()} <= {"0.mp4"}

    def test_progress_of_a_search_rises_and_never_passes_one(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=50, size=(128, 72))
        told: list[Event] = []
        outputs = [
            VideoOutput("mp4", effort=0, name="free"),
            VideoOutput("mp4", effort=0, rate=MaxBytes(30_000), name="one"),
            VideoOutput("mkv", effort=0, rate=MaxBytes(30_000), name="other"),
        ]
        context = Context(job_id="suite", emit=told.append)

        made = run_renditions(
            backend, planned(source, *outputs), source, FilmFiles(tmp_path), context
        )

        shares = [event.fraction for event in told if isinstance(event, Progress)]
        assert [one.step.name for one in made] == ["free", "one", "other"]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= 0.3
        assert 0.7 <= shares[-1] <= 1


def _planned_at(source: Path, *, bit_rate: int, max_bytes: int, codec: str = "h264") -> FilmPlan:
    """Return a plan whose first try misses: it was made for another bit rate."""
    wanted = VideoOutput("mp4", codec=codec, effort=1, rate=MaxBytes(max_bytes))
    plan = planned(source, wanted)
    step = plan.renditions[0]
    video = replace(step.video, bit_rate=bit_rate)
    return _with_budget(
        replace(plan, renditions=(replace(step, video=video, notices=()),)),
        max_bytes=max_bytes,
        least_bytes=max_bytes * 4 // 5,
    )


def _with_budget(plan: FilmPlan, **changes: int) -> FilmPlan:
    """Return a plan whose first rendition has another limit."""
    step = plan.renditions[0]
    assert step.budget is not None
    budget: BudgetStep = replace(step.budget, **changes)  # type: ignore[arg-type]  # whole numbers
    return replace(plan, renditions=(replace(step, budget=budget), *plan.renditions[1:]))


def _samples(frame: av.VideoFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the samples of all planes as they are stored, one below the other."""
    return frame.to_ndarray().astype(np.uint8, copy=False)
