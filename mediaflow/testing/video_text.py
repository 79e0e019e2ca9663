"""What every film back end must do with text: take subtitles out, draw them on frames.

Law: films and their packets are made by PyAV used plainly, files of subtitles are read by the letters
of their formats, and what frames show is counted in pixels.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import pytest

from mediaflow.filters import OnFrames, Subtitles
from mediaflow.models.context import Context
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import StillOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import FilmFiles, VideoSuite, opened, planned
from mediaflow.testing.film_reading import moving_stream
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from mediaflow.testing.films import counting_film, solid_film
from mediaflow.testing.filters import BytesAssets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mediaflow.testing.pngs import Pixels
    from mediaflow.video.backend import MadeSidecar, VideoBackend

__all__ = ["VideoText", "made_sidecars", "shown"]

TRACKS: Final = (
    ("mkv", "ass"),
    ("mkv", "subrip"),
    ("mkv", "webvtt"),
    ("mov", "mov_text"),
    ("mp4", "mov_text"),
    ("webm", "webvtt"),
)
"""Container and codec of every kind of text track that films have."""

_TIMES: Final = re.compile(r"(\d+):(\d+):(\d+)[.,](\d+) --> (\d+):(\d+):(\d+)[.,](\d+)")

LETTERS: Final = b"00:00,500 --> 00:01,000\nHH"

_every_part = pytest.mark.parametrize(("shift", "start"), [(0, 0.0), (0, 0.4), (5_000, 0.4)])
_every_track = pytest.mark.parametrize(
    ("container", "codec"), TRACKS, ids=[f"{container}-{codec}" for container, codec in TRACKS]
)


def made_sidecars(
    backend: VideoBackend, source: Path, *outputs: SubtitleOutput
) -> Sequence[MadeSidecar]:
    """Return files of subtitles as the back end makes them."""
    plan = planned(source, *outputs)
    reader = BytesSource(source.read_bytes())
    return backend.make_sidecars(
        plan, plan.sidecars, reader, Context(job_id="suite"), limits=Limits()
    )


def shown(made: MadeSidecar) -> list[tuple[Fraction, Fraction, str]]:
    """Return start, end and text of each block with times, as they are written."""
    blocks = made.data.decode().replace("\r", "").strip().split("\n\n")
    found = []
    for block in blocks:
        times = _TIMES.search(block)
        if times is not None:
            start, end = (_seconds(times.groups()[at : at + 4]) for at in (0, 4))
            found.append((start, end, block[times.end() :].strip()))
    return found


def _seconds(parts: Sequence[str]) -> Fraction:
    hours, minutes, seconds, milliseconds = map(int, parts)
    return Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds, 1000)


class VideoText(VideoSuite):
    """The part of the suite that is about text."""

    @_every_track
    @pytest.mark.parametrize("format", ["srt", "vtt"])
    def test_text_track_becomes_a_file_with_the_times_of_the_film(
        self, backend: VideoBackend, tmp_path: Path, container: str, codec: str, format: str
    ) -> None:
        source = counting_film(tmp_path / f"film.{container}", size=(64, 48))
        film = subtitled_film(tmp_path / f"texts.{container}", source, TextTrack(codec=codec))

        (made,) = made_sidecars(backend, film, SubtitleOutput(format))

        assert shown(made) == [
            (Fraction(1, 2), Fraction(5, 4), "Hello"),
            (Fraction(3, 2), Fraction(2), "again"),
        ]

    def test_times_count_from_the_first_frame_or_sample(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mkv", size=(64, 48))
        film = subtitled_film(tmp_path / "late.mkv", source, TextTrack(), shift=5_000)

        (made,) = made_sidecars(backend, film, SubtitleOutput("srt"))

        assert [one[:2] for one in shown(made)] == [
            (Fraction(1, 2), Fraction(5, 4)),
            (Fraction(3, 2), Fraction(2)),
        ]

    def test_part_of_a_film_has_its_part_of_the_subtitles(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        texts = ((0, 800, "before"), (900, 1_400, "over"), (1_500, None, "on"), (1_900, 2_000, "x"))
        source = counting_film(tmp_path / "film.mkv", size=(64, 48))
        film = subtitled_film(tmp_path / "texts.mkv", source, TextTrack(texts=texts))
        outputs = SubtitleOutput(start=1, end=1.75, name="part"), SubtitleOutput("srt", name="all")

        part, whole = made_sidecars(backend, film, *outputs)

        assert shown(part) == [
            (Fraction(0), Fraction(2, 5), "over"),
            (Fraction(1, 2), Fraction(3, 4), "on"),
        ]
        assert [one[:2] for one in shown(whole)][2] == (Fraction(3, 2), Fraction(19, 10))

    def test_track_is_taken_by_language_or_index_or_as_the_default(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        tracks = [
            TextTrack(texts=((0, 500, word),), language=word, is_default=word == "fra")
            for word in ("eng", "fra", "deu")
        ]
        source = counting_film(tmp_path / "film.mkv", size=(64, 48))
        film = subtitled_film(tmp_path / "texts.mkv", source, *tracks)
        outputs = [
            SubtitleOutput("srt", name="a"),
            SubtitleOutput("srt", language="DEU", name="b"),
            SubtitleOutput("srt", track=2, name="c"),
        ]

        made = made_sidecars(backend, film, *outputs)

        assert [shown(one)[0][2] for one in made] == ["fra", "deu", "eng"]
        assert [one.step.language for one in made] == ["fra", "deu", "eng"]

    def test_nothing_to_show_is_an_empty_file_and_said(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mkv", size=(64, 48))
        film = subtitled_film(tmp_path / "texts.mkv", source, TextTrack())

        (made,) = made_sidecars(backend, film, SubtitleOutput(end=0.4))

        assert made.data.startswith(b"WEBVTT")
        assert [notice.code for notice in made.notices] == ["subtitles_absent"]

    @_every_part
    def test_subtitles_are_drawn_at_the_times_of_the_film(
        self, backend: VideoBackend, tmp_path: Path, shift: int, start: float
    ) -> None:
        film = subtitled_film(tmp_path / "film.mkv", _dark(tmp_path / "dark.mkv"), shift=shift)
        wanted = VideoOutput("mp4", start=start, end=1.6, filters=(Subtitles(LETTERS, size="40%"),))

        frames = _decoded(backend, film, tmp_path / "made", wanted)

        first = int(start * 25)
        assert len(frames) == 40 - first
        bright = [bool((frame > 200).mean() > 0.01) for frame in frames]
        assert bright == [0.5 <= number / 25 < 1 for number in range(first, 40)]
        assert (
            max(int(frame.max()) for frame, lit in zip(frames, bright, strict=True) if not lit) < 70
        )

    def test_subtitles_are_drawn_on_the_still_of_their_moment(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        film = _dark(tmp_path / "dark.mkv")
        look = (Subtitles(LETTERS, size="40%"),)
        outputs = [
            StillOutput(at, format="png", filters=look, name=f"{at}")
            for at in (0.4, 0.5, 0.99, 1.0)
        ]
        plan = planned(film, *outputs)

        made = backend.make_stills(
            plan,
            plan.stills,
            BytesSource(film.read_bytes()),
            Context(job_id="suite"),
            limits=Limits(),
            assets=BytesAssets(),
        )

        seen = [self.read(still.data)[0][0] for still in made]
        assert [bool((frame > 200).all(axis=2).any()) for frame in seen] == [
            False,
            True,
            True,
            False,
        ]

    @_every_part
    @pytest.mark.parametrize("fps", [None, 10])
    def test_own_code_gets_every_frame_with_its_time(
        self, backend: VideoBackend, tmp_path: Path, shift: int, start: float, fps: float | None
    ) -> None:
        film = subtitled_film(tmp_path / "film.mkv", _dark(tmp_path / "dark.mkv"), shift=shift)

        def clock(pixels: Pixels, seconds: float) -> Pixels:
            pixels[:] = round(seconds * 100)  # frame 10 is 40, frame 39 is 156
            return pixels

        wanted = VideoOutput("mp4", start=start, end=1.6, fps=fps, filters=(OnFrames(clock),))

        frames = _decoded(backend, film, tmp_path / "made", wanted)

        rate = 25 if fps is None else fps
        moments = [Fraction(start) + at / Fraction(rate) for at in range(len(frames))]
        told = [int(moment * 25) / 25 for moment in moments]
        assert len(frames) == round((1.6 - start) * rate)
        assert [float(frame.mean()) for frame in frames] == pytest.approx(
            [100 * seconds for seconds in told], abs=5 if fps else 2
        )


def _dark(path: Path) -> Path:
    """Write 50 frames of dark gray, 25 a second."""
    return solid_film(path, (40, 128, 128), size=(96, 64), frames=50)


def _decoded(backend: VideoBackend, film: Path, folder: Path, output: VideoOutput) -> list[Pixels]:
    """Return the frames of a film that is made, (height, width, 3) each."""
    folder.mkdir()
    plan = planned(film, output)
    (made,) = backend.make_renditions(
        plan,
        plan.renditions,
        BytesSource(film.read_bytes()),
        FilmFiles(folder),
        Context(job_id="suite"),
        limits=Limits(),
        assets=BytesAssets(),
    )
    if made.error is not None:
        raise made.error
    with opened(folder / "0.mp4") as container:
        frames = container.decode(moving_stream(container))
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in frames
            if isinstance(frame, av.VideoFrame)
        ]
