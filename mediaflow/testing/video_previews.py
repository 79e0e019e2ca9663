"""The part of the suite of film back ends that looks at previews: storyboards, scenes, best stills.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.errors import CorruptMediaError, JobCancelledError, LimitExceededError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.context import Budget, Context
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.scenes import ScenesData
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.planning.preview_steps import StoryboardStep
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import (
    VideoSuite,
    made_films,
    need_encoder,
    opened,
    planned,
)
from mediaflow.testing.films import QUADRANTS, quadrant_film, read_number, read_quadrants
from mediaflow.testing.preview_films import FPS, CueRead, Painted, read_track, scene_film

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.preview_steps import SurveyStep
    from mediaflow.testing.pngs import Pixels
    from mediaflow.video.backend import MadePreview, Survey, VideoBackend

__all__ = ["VideoPreviews"]

THREE: Final = (Painted(20), Painted(20), Painted(20))
SCENES: Final = AnalysisOutput(what=("scenes",))
RED, GREEN, BLUE, YELLOW = QUADRANTS


class VideoPreviews(VideoSuite):
    """What is made of keyframes shows what was there at its time."""

    @pytest.mark.parametrize("extension", ["avi", "mkv", "mov", "mp4", "ts", "webm"])
    def test_each_picture_of_a_storyboard_is_the_keyframe_at_its_cue(
        self, backend: VideoBackend, tmp_path: Path, extension: str
    ) -> None:
        source = scene_film(tmp_path / f"film.{extension}", THREE, gop=4)

        made = _made(backend, source, StoryboardOutput("png", interval_seconds=0.4, width=80))

        cues = self.shown(made)
        assert [(cue.start, number) for cue, number in cues] == [
            (Fraction(4 * n, FPS), 4 * n) for n in range(15)
        ]
        assert [cue.end for cue, _ in cues] == [*(cue.start for cue, _ in cues[1:]), 6]
        assert {cue.sheet for cue, _ in cues} == {"storyboard_1.png"}

    def test_a_storyboard_takes_the_keyframe_before_and_of_few_the_nearest(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = scene_film(tmp_path / "film.mp4", THREE, gop=10)

        dense = _made(backend, source, StoryboardOutput("png", interval_seconds=1.5))
        sparse = _made(backend, source, StoryboardOutput("png", interval_seconds=0.4))

        # keyframes stand at 0, 1, 2, 3, 4 and 5 s
        assert [number for _, number in self.shown(dense)] == [0, 10, 30, 40]
        assert [number for _, number in self.shown(sparse)] == [
            *(0, 0, 10, 10, 20, 20, 20, 30, 30, 40, 40, 40, 50, 50, 50)
        ]
        assert [notice.code for notice in dense.notices] == []
        assert [notice.code for notice in sparse.notices] == ["frames_repeated"]

    def test_a_long_storyboard_fills_sheet_after_sheet(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = scene_film(tmp_path / "film.mp4", (Painted(60),), gop=1, size=(1024, 1600))
        wanted = StoryboardOutput("png", interval_seconds=0.5, width=1024, columns=2)

        made = _made(backend, source, wanted)

        cues = self.shown(made)
        assert [number for _, number in cues] == [5 * n for n in range(12)]
        assert [cue.sheet for cue, _ in cues] == [f"storyboard_{n // 4 + 1}.png" for n in range(12)]
        assert {(each.size.width, each.size.height) for each in made.sheets} == {(2048, 3200)}

    def test_pictures_of_a_storyboard_stand_upright(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = quadrant_film(tmp_path / "film.mp4", 6, frames=25)

        made = _made(backend, source, StoryboardOutput("png", interval_seconds=0.5, width=80))

        sheet = self.read(made.sheets[0].data)[0][0]
        for cue in read_track(made.data.decode()):
            assert read_quadrants(cue.part_of(sheet)) == QUADRANTS

    @pytest.mark.parametrize("extension", ["mkv", "mp4", "ts"])
    def test_scenes_begin_where_the_picture_changes(
        self, backend: VideoBackend, tmp_path: Path, extension: str
    ) -> None:
        path = tmp_path / f"film.{extension}"
        source = scene_film(path, (Painted(12), Painted(24), Painted(12)), gop=4)

        made = _made(backend, source, SCENES)

        assert isinstance(made.found, ScenesData)
        assert [one.start_seconds for one in made.found.scenes] == pytest.approx([0, 1.2, 3.6])
        assert made.found.scenes[-1].end_seconds == pytest.approx(4.8)

    @pytest.mark.parametrize("cut", range(8, 28, 4))
    @pytest.mark.parametrize(("extension", "threads"), [("mkv", 1), ("mp4", 1), ("mp4", 4)])
    def test_a_scene_begins_at_its_own_keyframe_though_all_are_of_one_size(
        self, backend: VideoBackend, tmp_path: Path, cut: int, extension: str, threads: int
    ) -> None:
        parts = (Painted(cut), Painted(36 - cut))
        # every frame is coded in as many bytes as any other, with any number and in any color
        options = {"crf": "51", "qmin": "51", "qmax": "51"}
        path = tmp_path / f"film.{extension}"
        source = scene_film(path, parts, gop=4, codec_options=options)

        context = Context(job_id="suite", budget=Budget(threads=threads))
        made = _survey(backend, source, SCENES, context=context).made[0]

        assert made.found is not None
        starts = [one.start_seconds for one in made.found.scenes]
        assert starts == pytest.approx([0, cut / FPS])

    def test_a_film_without_a_cut_is_one_scene(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = scene_film(tmp_path / "film.mp4", (Painted(40),), gop=4)

        made = _made(backend, source, SCENES)

        assert made.found is not None
        found = [(one.start_seconds, one.end_seconds) for one in made.found.scenes]
        assert found == [(0, 4)]

    def test_the_best_still_is_neither_black_nor_blurred_nor_in_a_transition(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        parts = (
            Painted(8, "black"),
            Painted(12, "blurred"),
            Painted(12, "dissolve"),
            Painted(12),
            Painted(8, "black"),
        )
        source = scene_film(tmp_path / "film.mp4", parts, gop=2)

        best = _survey(backend, source, StillOutput("best")).best

        assert best is not None
        assert 32 <= best * FPS < 44

    def test_one_keyframe_is_enough(self, backend: VideoBackend, tmp_path: Path) -> None:
        parts = (Painted(10, "black"), Painted(20), Painted(20))
        source = scene_film(tmp_path / "film.mp4", parts, gop=50)
        board = StoryboardOutput("png", interval_seconds=1)

        found = _survey(backend, source, board, SCENES, StillOutput("best"))

        boards, scenes = found.made
        numbers = [number for _, number in self.shown(boards, first=1)]
        assert numbers == [10, 20, 30, 40]
        assert scenes.found is not None
        starts = [one.start_seconds for one in scenes.found.scenes]
        assert starts == pytest.approx([0, 1, 3], abs=0.25)
        assert found.best is not None
        assert found.best >= 1

    def test_what_is_made_in_one_walk_is_what_is_made_alone(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = scene_film(tmp_path / "film.mp4", THREE, gop=4)
        outputs = (StoryboardOutput("png", interval_seconds=1), SCENES, StillOutput("best"))

        together = _survey(backend, source, *outputs)
        apart = [_survey(backend, source, one) for one in outputs]

        assert [one.data for one in together.made] == [
            each.data for one in apart for each in one.made
        ]
        assert together.made[0].sheets == apart[0].made[0].sheets
        assert together.best == apart[2].best

    @pytest.mark.parametrize("extension", ["mov", "mp4"])
    def test_a_damaged_keyframe_is_refused_or_left_out_as_the_job_says(
        self, backend: VideoBackend, tmp_path: Path, extension: str
    ) -> None:
        path = scene_film(tmp_path / f"film.{extension}", THREE, gop=4)
        data = bytearray(path.read_bytes())
        with opened(path) as film:
            keys = [one for one in film.demux(video=0) if one.size and one.is_keyframe]
            where = data.index(bytes(keys[7]))
            data[where : where + keys[7].size] = b"\xff" * keys[7].size
        path.write_bytes(data)
        outputs = (StoryboardOutput("png", interval_seconds=0.4), SCENES, StillOutput("best"))

        strict = _survey(backend, path, *outputs)
        lenient = _survey(backend, path, *outputs, fail_on="none")

        assert [type(one.error) for one in strict.made] == [CorruptMediaError] * 2
        assert strict.best == lenient.best is not None
        assert [one.error for one in lenient.made] == [None, None]
        codes = {notice.code for one in lenient.made for notice in one.notices}
        assert codes == {"frames_repeated", "source_salvaged"}
        numbers = [number for _, number in self.shown(lenient.made[0])]
        assert numbers == [*range(0, 28, 4), 24, *range(32, 60, 4)]

    def test_a_film_of_unknown_length_has_at_most_as_many_pictures_as_asked(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        # a muxer that cannot go back writes no length, as a browser that records does not
        source = scene_film(tmp_path / "film.mkv", THREE, gop=5, container_options={"live": "1"})

        auto = _made(backend, source, StoryboardOutput("png", max_frames=4))
        asked = _made(backend, source, StoryboardOutput("png", interval_seconds=1.5))

        assert [number for _, number in self.shown(auto)] == [0, 20, 40]
        assert [cue.start for cue, _ in self.shown(auto)] == [Fraction(n) for n in (0, 2, 4)]
        assert [number for _, number in self.shown(asked)] == [0, 15, 30, 45]
        assert auto.frames == 3

    def test_limits_hold(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = scene_film(tmp_path / "film.mp4", THREE, gop=4)

        with pytest.raises(LimitExceededError):
            _survey(backend, source, SCENES, limits=Limits(max_film_frames=14))
        with pytest.raises(LimitExceededError):
            planned(source, StoryboardOutput(), limits=Limits(max_output_pixels=160 * 90 * 5))

    def test_a_walk_of_a_cancelled_job_ends(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = scene_film(tmp_path / "film.mp4", THREE, gop=4)
        asked: list[int] = []

        def is_cancelled() -> bool:
            asked.append(len(asked))
            return len(asked) > 6

        context = Context(job_id="suite", cancelled=is_cancelled)
        with pytest.raises(JobCancelledError):
            _survey(backend, source, SCENES, context=context)

        assert len(asked) == 7

    @pytest.mark.parametrize(("loop", "length"), [(0, (1 << 63) - 1), (1, 1_000), (3, 3_000)])
    def test_an_avif_says_how_often_it_is_played(
        self, backend: VideoBackend, tmp_path: Path, loop: int, length: int
    ) -> None:
        need_encoder("libsvtav1")
        source = scene_film(tmp_path / "film.mp4", (Painted(10),), gop=10)
        clip = PreviewOutput("avif", width=64, loop=loop)

        data = made_films(backend, source, tmp_path / "made", clip)[0].read_bytes()

        # a track that is longer than its one edit repeats it (AVIF 1.2, 7.1; ISO/IEC 14496-12 8.3.2)
        start = data.index(b"tkhd") + 4
        place, size = (start + 28, 8) if data[start] else (start + 20, 4)
        assert int.from_bytes(data[place : place + size], "big") == length

    def test_the_best_still_is_described(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = quadrant_film(tmp_path / "film.mp4", size=(160, 80))
        plan = planned(source, AnalysisOutput())

        reader = BytesSource(source.read_bytes())
        made = backend.describe(
            plan, plan.analyses, Fraction(0), reader, Context(job_id="suite"), limits=Limits()
        )

        found = made[0].found
        assert found is not None
        assert (found.aspect_ratio, found.has_alpha) == (2.0, False)
        colors = [tuple(bytes.fromhex(color[1:])) for color in found.palette]
        for color in QUADRANTS:
            assert min(np.abs(np.subtract(color, one)).max() for one in colors) <= 24

    def shown(self, made: MadePreview, *, first: int = 0) -> list[tuple[CueRead, int]]:
        """Return the cues of a storyboard from one on, with the number of the frame of each."""
        assert made.error is None
        assert isinstance(made.step, StoryboardStep)
        names = [
            made.step.sheet_uri(number + 1).rpartition("/")[2] for number in range(len(made.sheets))
        ]
        sheets: dict[str, Pixels] = {
            name: self.read(sheet.data)[0][0][..., :3]
            for name, sheet in zip(names, made.sheets, strict=True)
        }
        cues = read_track(made.data.decode())[first:]
        return [(cue, read_number(cue.part_of(sheets[cue.sheet]))) for cue in cues]


def _survey(
    backend: VideoBackend,
    path: Path,
    *outputs: Output,
    limits: Limits | None = None,
    context: Context | None = None,
    fail_on: FailOn = "error",
) -> Survey:
    """Have everything made of the keyframes of a film."""
    plan = replace(planned(path, *outputs), fail_on=fail_on)
    steps: list[SurveyStep] = [*plan.storyboards, *plan.scenes]
    steps.sort(key=lambda step: step.position)
    return backend.survey(
        plan,
        steps,
        BytesSource(path.read_bytes()),
        context or Context(job_id="suite"),
        best=any(step.at is None for step in plan.stills),
        limits=limits or Limits(),
    )


def _made(backend: VideoBackend, path: Path, output: Output) -> MadePreview:
    """Have one output made.

    Raises:
        MediaflowError: It could not be made.
    """
    made = _survey(backend, path, output).made[0]
    if made.error is not None:
        raise made.error
    return made
