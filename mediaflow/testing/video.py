"""What every film back end must do, whatever library stands behind it.

Inherit `VideoBackendContract`, give the fixture and ``read``, and run it with pytest::

    class TestMyBackend(VideoBackendContract):
        @pytest.fixture
        def backend(self): ...

        def read(self, data): ...

Law: films are painted here frame by frame and judged by PyAV used plainly, pictures by the reader
that the inheritor brings; what is expected comes from what was painted and from arithmetic.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.formats import audio_codecs, containers, video_codecs
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.previews import PreviewOutput
from mediaflow.testing.film_making import (
    FilmFiles,
    VideoSuite,
    made_film,
    made_films,
    need_encoder,
    planned,
    run_renditions,
    seen,
)
from mediaflow.testing.film_reading import top_boxes
from mediaflow.testing.films import counting_film, read_number
from mediaflow.testing.video_copies import VideoCopies
from mediaflow.testing.video_ends import VideoEnds
from mediaflow.testing.video_footage import VideoFootage
from mediaflow.testing.video_joined import VideoJoined
from mediaflow.testing.video_joined_views import VideoJoinedViews
from mediaflow.testing.video_looks import VideoLooks
from mediaflow.testing.video_previews import VideoPreviews
from mediaflow.testing.video_rate import VideoRate
from mediaflow.testing.video_text import VideoText

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.video.backend import VideoBackend

__all__ = ["KINDS", "VideoBackendContract"]

KINDS: Final = tuple(
    (name, codec) for name in containers.builtin_names() for codec in containers[name].video_codecs
)
"""Container and codec of every kind of film that can be written."""

EFFORTS: Final = {"av1": 2}
"""Least effort by which each frame is recognised; beyond preset 9, SVT-AV1 shows some frames of
hard edges as their neighbours."""

PREVIEW_ENCODERS: Final = {
    "avif": "libsvtav1",
    "gif": "gif",
    "mp4": "libx264",
    "webp": "libwebp_anim",
}

MAX_OFFSET_SECONDS: Final = 0.010
"""A third of what viewers notice when sound comes early (ITU-R BT.1359: 45 ms)."""

UNEVEN: Final = tuple(
    Fraction(thousandth, 1000)
    for thousandth in (0, 40, 73, 200, 201, 260, 500, 777, 1_000, 1_013, 1_500, 1_540)
)
"""Times of a film whose rate varies, in whole milliseconds, which every container can hold."""

_every_kind = pytest.mark.parametrize(
    ("container", "codec"), KINDS, ids=[f"{container}-{codec}" for container, codec in KINDS]
)


def _wanted(container: str, codec: str, **words: object) -> VideoOutput:
    """Return an output that is encoded fast; the test is skipped where nothing encodes it."""
    need_encoder(video_codecs[codec].encoder)
    effort = EFFORTS.get(codec, 0)
    return VideoOutput(container, codec=codec, effort=effort, **words)  # type: ignore[arg-type]  # a test's own words


class VideoBackendContract(
    VideoCopies,
    VideoLooks,
    VideoEnds,
    VideoRate,
    VideoText,
    VideoPreviews,
    VideoFootage,
    VideoJoined,
    VideoJoinedViews,
    VideoSuite,
):
    """Films have the frames, times, sound, size and colours of their plan, or a typed error."""

    @_every_kind
    def test_every_kind_has_all_frames_at_their_times_and_its_sound_with_them(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72))
        sounds = containers[container].audio_codecs
        outputs = []
        for name in sounds:
            need_encoder(audio_codecs[name].encoder)
            outputs.append(_wanted(container, codec, height=54, audio=AudioTrack(name), name=name))

        films = made_films(backend, source, tmp_path / "made", *outputs)

        for name, film in zip(sounds, map(seen, films), strict=True):
            assert (film.size, film.codec) == ((96, 54), codec)
            assert film.sound_codecs == (name,)
            assert film.numbers == list(range(50))
            assert film.times == [Fraction(n, 25) for n in range(50)]
            assert len(film.offsets) == 2
            assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    @_every_kind
    def test_a_part_is_cut_to_the_frame(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72), b_frames=2)
        wanted = _wanted(container, codec, start=0.4, end=1.6)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.numbers == list(range(10, 40))
        assert film.times == [Fraction(n, 25) for n in range(30)]
        # the flash and the beep of second 1; the one of second 0 is cut away
        assert len(film.offsets) == 1
        assert abs(film.offsets[0]) <= MAX_OFFSET_SECONDS

    @pytest.mark.parametrize("container", ["mkv", "mp4"])
    def test_a_part_may_begin_and_end_while_a_frame_is_displayed(
        self, backend: VideoBackend, tmp_path: Path, container: str
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72))
        plan = planned(source, _wanted(container, "h264", start=0.41, end=1.59))

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path))[0]

        film = seen(tmp_path / f"0.{container}")
        start = Fraction(41, 100)
        assert film.numbers == list(range(10, 40))
        assert film.times == [0, *(Fraction(n, 25) - start for n in range(11, 40))]
        assert made.duration_seconds == pytest.approx(1.18)
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    def test_sound_is_cut_to_the_sample(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = counting_film(tmp_path / "film.mkv", sound_codec="flac", size=(128, 72))
        track = AudioTrack("flac")
        wanted = _wanted("mkv", "h264", audio=track, start=0.9, end=1.4)
        before = made_film(backend, source, tmp_path / "whole", _wanted("mkv", "h264", audio=track))

        film = made_film(backend, source, tmp_path / "made", wanted)

        whole, part = before.samples(), film.samples()
        assert (len(whole), len(part)) == (2 * 48_000, 24_000)
        assert np.array_equal(part, whole[43_200 : 43_200 + 24_000])

    @_every_kind
    def test_frames_of_a_varying_rate_keep_their_times(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str
    ) -> None:
        source = counting_film(tmp_path / "film.mkv", pts=UNEVEN, size=(128, 72), sound=None)

        film = made_film(backend, source, tmp_path / "made", _wanted(container, codec))

        assert film.numbers == list(range(len(UNEVEN)))
        assert film.times == list(UNEVEN)

    @_every_kind
    def test_keyframes_stand_on_the_grid(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=40, size=(128, 72), sound=None)
        outputs = [
            _wanted(container, codec, height=height, keyframe_seconds=0.4, name=f"{height}")
            for height in (72, 54)
        ]

        films = made_films(backend, source, tmp_path / "made", *outputs)

        for film in films:
            assert seen(film).key_times == [Fraction(n, 25) for n in (0, 10, 20, 30)]

    @_every_kind
    @pytest.mark.parametrize("fps", [10, 50])
    def test_a_rate_that_was_asked_for_is_constant(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str, fps: int
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=25, size=(128, 72), sound=None)

        film = made_film(backend, source, tmp_path / "made", _wanted(container, codec, fps=fps))

        assert film.times == [Fraction(n, fps) for n in range(fps)]
        assert film.numbers == [25 * n // fps for n in range(fps)]  # what is displayed then

    @pytest.mark.parametrize("container", ["mov", "mp4"])
    @pytest.mark.parametrize("faststart", [True, False])
    def test_the_index_stands_where_the_plan_says(
        self, backend: VideoBackend, tmp_path: Path, container: str, faststart: bool
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=10, size=(128, 72))
        wanted = _wanted(container, "h264", faststart=faststart)

        film = made_films(backend, source, tmp_path / "made", wanted)[0]

        boxes = [box for box in top_boxes(film.read_bytes()) if box in ("mdat", "moov")]
        assert boxes == (["moov", "mdat"] if faststart else ["mdat", "moov"])

    @pytest.mark.parametrize("extension", ["mkv", "mov", "mp4", "ts", "webm"])
    def test_time_stamps_of_the_source_do_not_matter(
        self, backend: VideoBackend, tmp_path: Path, extension: str
    ) -> None:
        path = tmp_path / f"film.{extension}"
        source = counting_film(path, size=(128, 72), start_offset=7, sound=None)

        film = made_film(backend, source, tmp_path / "made", _wanted("mp4", "h264", start=0.4))

        assert film.numbers == list(range(10, 50))
        assert film.first == 0

    def test_a_silent_film_has_no_sound_track(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=10, size=(128, 72))

        film = made_film(backend, source, tmp_path / "made", _wanted("mp4", "h264", audio=None))

        assert film.sound_codecs == ()

    def test_outputs_of_one_pass_know_nothing_of_each_other(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72), gop=5)
        alone = _wanted("mp4", "h264", start=0.4, end=1.2, height=54, name="part")
        whole = _wanted("mkv", "h264", name="whole")
        clip = PreviewOutput("gif", width=64, name="clip")

        first = made_films(backend, source, tmp_path / "first", alone)[0]
        again, other, _ = made_films(backend, source, tmp_path / "again", alone, whole, clip)

        film, twin = seen(first), seen(again)
        assert seen(other).numbers == list(range(50))
        assert (film.numbers, film.times) == (twin.numbers, twin.times)
        assert film.levels(5) == twin.levels(5)

    @pytest.mark.parametrize("form", PREVIEW_ENCODERS)
    def test_a_preview_is_short_small_and_silent_and_shows_at_most_the_frames_allowed(
        self, backend: VideoBackend, tmp_path: Path, form: str
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72))
        need_encoder(PREVIEW_ENCODERS[form])
        wanted = PreviewOutput(form, start=0.4, duration=1, fps=5, width=96)

        place = made_films(backend, source, tmp_path / "made", wanted)[0]

        if form == "mp4":
            film = seen(place)
            assert (film.size, film.sound_codecs) == ((96, 54), ())
            numbers, times = film.numbers, [float(time) for time in film.times]
        else:
            frames = self.read(place.read_bytes())
            assert {picture.shape[:2] for picture, _ in frames} == {(54, 96)}
            numbers = [read_number(picture[..., :3]) for picture, _ in frames]
            times = [sum(seconds for _, seconds in frames[:n]) for n in range(len(frames))]
        assert numbers == [10, 15, 20, 25, 30]
        assert times == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])

    def test_what_is_told_is_what_was_made(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = counting_film(tmp_path / "film.mp4", size=(128, 72))
        outputs = [_wanted("mp4", "h264", name="all"), _wanted("mkv", "h264", end=0.8, name="part")]
        plan = planned(source, *outputs)

        made = run_renditions(backend, plan, source, FilmFiles(tmp_path))

        assert [one.step for one in made] == list(plan.renditions)
        assert [one.frames for one in made] == [50, 20]
        assert [one.duration_seconds for one in made] == pytest.approx([2.0, 0.8])
        assert [one.error for one in made] == [None, None]
