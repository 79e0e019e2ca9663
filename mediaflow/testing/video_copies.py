"""The part of the suite of film back ends about what is not encoded: copied films and copied sounds.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import pytest

from mediaflow.errors import JobCancelledError, SourceError
from mediaflow.models.context import Context
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import FilmFiles, VideoSuite, made_film, opened, planned, seen
from mediaflow.testing.films import counting_film

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.planning import FilmPlan
    from mediaflow.testing.film_making import FilmSeen
    from mediaflow.video.backend import MadeRendition, VideoBackend

__all__ = ["VideoCopies"]

MAX_OFFSET_SECONDS: Final = 0.010
"""A third of what viewers notice when sound comes early (ITU-R BT.1359: 45 ms)."""

TARGETS: Final = ("mkv", "mov", "mp4")
SOURCES: Final = ("flv", "mkv", "mov", "mp4", "ts")
FRAMES: Final = 50
GOP: Final = 12


def _remuxed(
    backend: VideoBackend,
    path: Path,
    plan: FilmPlan,
    folder: Path,
    context: Context | None = None,
) -> MadeRendition:
    """Have the first copied film of a plan made in a new folder."""
    folder.mkdir()
    return backend.remux(
        plan,
        plan.remuxes[0],
        BytesSource(path.read_bytes()),
        FilmFiles(folder),
        context or Context(job_id="suite"),
        limits=Limits(),
    )


def _copied(backend: VideoBackend, path: Path, folder: Path, wanted: VideoOutput) -> FilmSeen:
    """Copy a film and decode what was made.

    Raises:
        MediaflowError: It could not be made.
    """
    made = _remuxed(backend, path, planned(path, wanted), folder)
    if made.error is not None:
        raise made.error
    return seen(folder / f"0.{wanted.format}")


def _packets(path: Path, kind: Literal["audio", "video"]) -> list[bytes]:
    """Return the packets of the first stream of a kind."""
    with opened(path) as film:
        stream = film.streams.best(kind)
        return [bytes(packet) for packet in film.demux(stream) if packet.size]


class VideoCopies(VideoSuite):
    """What is copied keeps its bytes, its times and its place beside the sound."""

    @pytest.mark.parametrize("container", TARGETS)
    @pytest.mark.parametrize("source", SOURCES)
    def test_a_copied_film_has_all_frames_at_their_times_and_its_sound_with_them(
        self, backend: VideoBackend, tmp_path: Path, source: str, container: str
    ) -> None:
        path = counting_film(tmp_path / f"film.{source}", size=(64, 36), b_frames=2)

        film = _copied(backend, path, tmp_path / "made", VideoOutput(container, codec="copy"))

        assert film.numbers == list(range(FRAMES))
        assert [float(time) for time in film.times] == pytest.approx(
            [n / 25 for n in range(FRAMES)], abs=0.0011
        )
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    @pytest.mark.parametrize("container", TARGETS)
    def test_copied_packets_keep_their_bytes(
        self, backend: VideoBackend, tmp_path: Path, container: str
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", size=(64, 36), b_frames=2)

        _copied(backend, path, tmp_path / "made", VideoOutput(container, codec="copy"))

        made = tmp_path / "made" / f"0.{container}"
        assert _packets(made, "video") == _packets(path, "video")
        assert _packets(made, "audio") == _packets(path, "audio")

    @pytest.mark.parametrize("container", TARGETS)
    @pytest.mark.parametrize("source", SOURCES)
    @pytest.mark.parametrize("sound", ["copied", "encoded"])
    def test_a_copied_part_begins_at_a_keyframe_and_ends_in_time(
        self, backend: VideoBackend, tmp_path: Path, source: str, container: str, sound: str
    ) -> None:
        path = counting_film(tmp_path / f"film.{source}", size=(64, 36), gop=GOP)
        track = {"copied": AudioTrack(), "encoded": AudioTrack(bit_rate=128_000)}[sound]
        wanted = VideoOutput(
            container, codec="copy", start=1.2, end=1.8, trim="keyframe", audio=track
        )

        film = _copied(backend, path, tmp_path / "made", wanted)

        # keyframes are 0, 12, 24, 36; the frame of 1.2 s is 30. Sound that is primed makes the film
        # of some containers begin a little before its picture, and then 1.8 s are within number 44
        assert film.numbers[0] == 2 * GOP
        assert film.numbers == list(range(2 * GOP, film.numbers[-1] + 1))
        assert film.numbers[-1] in (43, 44)
        assert film.key_times[0] == 0
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS

    def test_a_part_that_begins_early_says_so(self, backend: VideoBackend, tmp_path: Path) -> None:
        path = counting_film(tmp_path / "film.mp4", size=(64, 36), gop=GOP)
        wanted = VideoOutput("mp4", codec="copy", start=1.2, trim="keyframe")

        made = _remuxed(backend, path, planned(path, wanted), tmp_path / "made")

        assert [notice.code for notice in made.notices] == ["start_moved"]
        assert made.frames == FRAMES - 2 * GOP
        assert made.duration_seconds == pytest.approx((FRAMES - 2 * GOP) / 25, abs=0.03)

    @pytest.mark.parametrize("container", TARGETS)
    def test_a_copied_sound_stays_beside_frames_that_are_encoded(
        self, backend: VideoBackend, tmp_path: Path, container: str
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", size=(128, 72), b_frames=2)

        film = made_film(backend, path, tmp_path / "made", VideoOutput(container, effort=0))

        assert film.numbers == list(range(FRAMES))
        assert max(map(abs, film.offsets)) <= MAX_OFFSET_SECONDS
        made = tmp_path / "made" / f"0.{container}"
        assert _packets(made, "audio") == _packets(path, "audio")

    def test_all_tracks_of_sound_can_be_copied_with_their_languages(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", size=(64, 36), languages=("eng", "deu"))

        _copied(backend, path, tmp_path / "made", VideoOutput("mkv", codec="copy", audio="copy"))

        with opened(tmp_path / "made" / "0.mkv") as film:
            assert [track.language for track in film.streams.audio] == ["eng", "deu"]

    @pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
    def test_a_copy_that_is_cancelled_ends(
        self, backend: VideoBackend, tmp_path: Path, share: float
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", size=(64, 36))
        plan = planned(path, VideoOutput("mkv", codec="copy"))
        asked: list[bool] = []

        def counted() -> bool:
            asked.append(False)
            return False

        _remuxed(backend, path, plan, tmp_path / "a", Context(job_id="suite", cancelled=counted))
        left = iter([False] * round((len(asked) - 1) * share))

        def stopped() -> bool:
            return next(left, True)

        assert len(asked) > FRAMES  # at least once a frame
        with pytest.raises(JobCancelledError):
            _remuxed(
                backend, path, plan, tmp_path / "b", Context(job_id="suite", cancelled=stopped)
            )

    def test_a_copy_of_what_is_no_film_is_the_source_s_fault(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", frames=10, size=(64, 36))
        plan = planned(path, VideoOutput("mkv", codec="copy"))
        other = tmp_path / "other.mp4"
        other.write_bytes(bytes(range(256)) * 40)

        with pytest.raises(SourceError):
            _remuxed(backend, other, plan, tmp_path / "made")

    def test_a_copy_that_cannot_be_written_is_its_own_error(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        path = counting_film(tmp_path / "film.mp4", frames=10, size=(64, 36))
        plan = planned(path, VideoOutput("mkv", codec="copy", name="a"))

        made = backend.remux(
            plan,
            plan.remuxes[0],
            BytesSource(path.read_bytes()),
            FilmFiles(tmp_path, denied=["a"]),
            Context(job_id="suite"),
            limits=Limits(),
        )

        assert made.error is not None

    def test_time_stamps_of_a_copied_source_do_not_matter(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        path = counting_film(tmp_path / "film.ts", size=(64, 36), start_offset=7, sound=None)

        film = _copied(backend, path, tmp_path / "made", VideoOutput("mp4", codec="copy"))

        assert film.first == 0
        assert film.times == [Fraction(n, 25) for n in range(FRAMES)]
