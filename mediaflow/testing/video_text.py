"""What every film back end must do with text: take subtitles out, draw them on frames.

Law: films and their packets are made by PyAV used plainly, files of subtitles are read by the letters
of their formats, and what frames show is counted in pixels.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from mediaflow.models.context import Context
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import VideoSuite, planned
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from mediaflow.testing.films import counting_film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
