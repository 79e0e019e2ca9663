"""The part of the suite of audio back ends about how work ends: shared work, failures, cancelling.

Law: as of `AudioBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import pytest

from mediaflow.errors import JobCancelledError, LimitExceededError, MediaflowError, SourceError
from mediaflow.libav.gate import open_count
from mediaflow.models.context import Context
from mediaflow.models.encoding import Bitrate
from mediaflow.models.events import Progress
from mediaflow.models.sound import AudioOutput
from mediaflow.security.limits import Limits
from mediaflow.testing.film_making import planned
from mediaflow.testing.sound_making import (
    RATE,
    SoundFolder,
    SoundSuite,
    heard,
    made_sounds,
    noise,
    run_sounds,
    write_wav,
)
from mediaflow.testing.video_questions import CANCELLED_AT, Questions

if TYPE_CHECKING:
    from pathlib import Path

    from mediaflow.audio.backend import AudioBackend
    from mediaflow.models.events import Event

__all__ = ["SoundEnds"]

SAMPLES: Final = 70_001
FOUR: Final = (
    AudioOutput("mp3", name="a"),
    AudioOutput("m4a", name="b"),
    AudioOutput("opus", name="c"),
    AudioOutput("wav", name="d"),
)
"""Three files that are encoded, and one that is copied of a WAV."""


def _source(folder: Path, seconds: float = SAMPLES / RATE) -> Path:
    write_wav(folder / "sound.wav", noise(round(seconds * RATE)))
    return folder / "sound.wav"


class SoundEnds(SoundSuite):
    """One pass serves all, failures stay with their output, and nothing is left over."""

    def test_files_of_one_pass_are_those_of_passes_of_their_own(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        source = _source(tmp_path)
        outputs = [
            *FOUR,
            AudioOutput("flac", start=0.5, name="e"),
            AudioOutput("flac", speed=2.0, name="f"),
            AudioOutput("mp3", rate=Bitrate(96_000), channels=1, name="g"),
        ]

        together = made_sounds(backend, source, tmp_path / "all", *outputs)
        alone = [
            made_sounds(backend, source, tmp_path / output.name, output)[0]
            for output in outputs
            if output.name
        ]

        for one, other in zip(together, alone, strict=True):
            assert heard(one).packets == heard(other).packets

    def test_outputs_that_want_one_sound_have_the_same_packets(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        source = _source(tmp_path)
        outputs = [AudioOutput("m4a", name="a"), AudioOutput("m4a", name="b", faststart=False)]
        plan = planned(source, *outputs)

        one, other = made_sounds(backend, source, tmp_path / "made", plan=plan)

        assert len(plan.sounds) == 1
        assert heard(one).packets == heard(other).packets

    def test_what_is_told_is_what_was_made(self, backend: AudioBackend, tmp_path: Path) -> None:
        source = _source(tmp_path)
        plan = planned(source, *FOUR, AudioOutput("flac", end=0.5, name="e"))

        made = run_sounds(backend, plan, source, SoundFolder(tmp_path))

        whole = SAMPLES / RATE
        assert [one.step for one in made] == list(plan.sound_files)
        assert [one.error for one in made] == [None] * 5
        seconds = [one.duration_seconds for one in made]
        assert seconds == pytest.approx([whole, whole, whole, whole, 0.5])

    @pytest.mark.parametrize("denied", ["a", "c", "d"])
    def test_a_file_that_cannot_be_written_stops_no_other(
        self, backend: AudioBackend, tmp_path: Path, denied: str
    ) -> None:
        source = _source(tmp_path, 3)
        before = set(threading.enumerate())

        made = run_sounds(
            backend, planned(source, *FOUR), source, SoundFolder(tmp_path, denied=[denied])
        )

        failed = [one for one in made if one.error is not None]
        assert [one.step.name for one in failed] == [denied]
        assert isinstance(failed[0].error, MediaflowError)
        for one in made:
            if one.error is None:
                path = tmp_path / f"{one.step.position}.{one.step.format}"
                assert heard(path).count == 3 * RATE
        assert set(threading.enumerate()) <= before

    def test_a_source_that_is_no_sound_is_the_source_s_fault(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        source = _source(tmp_path)
        plan = planned(source, *FOUR)
        other = tmp_path / "other.wav"
        other.write_bytes(bytes(range(256)) * 40)
        before = set(threading.enumerate())

        with pytest.raises(SourceError):
            run_sounds(backend, plan, other, SoundFolder(tmp_path))

        assert set(threading.enumerate()) <= before
        assert open_count() == 0

    def test_a_limit_ends_the_pass(self, backend: AudioBackend, tmp_path: Path) -> None:
        source = _source(tmp_path, 3)
        before = set(threading.enumerate())

        with pytest.raises(LimitExceededError):
            run_sounds(
                backend,
                planned(source, *FOUR),
                source,
                SoundFolder(tmp_path),
                limits=Limits(max_duration_seconds=1),
            )

        assert set(threading.enumerate()) <= before
        assert open_count() == 0

    @pytest.mark.parametrize("share", CANCELLED_AT)
    def test_a_job_that_is_cancelled_ends_with_all_its_threads(
        self, backend: AudioBackend, tmp_path: Path, share: float
    ) -> None:
        source = _source(tmp_path, 3)
        plan = planned(source, *FOUR)
        whole = Questions()
        run_sounds(backend, plan, source, SoundFolder(tmp_path), whole.context())
        before = set(threading.enumerate())
        stopped = Questions(stop_at=round((whole.asked - 1) * share))

        with pytest.raises(JobCancelledError):
            run_sounds(backend, plan, source, SoundFolder(tmp_path), stopped.context())

        assert whole.asked > 30  # ten times a second
        assert set(threading.enumerate()) <= before
        assert open_count() == 0

    def test_progress_rises_and_never_passes_one(
        self, backend: AudioBackend, tmp_path: Path
    ) -> None:
        source = _source(tmp_path, 3)
        told: list[Event] = []

        run_sounds(
            backend,
            planned(source, *FOUR),
            source,
            SoundFolder(tmp_path),
            Context(job_id="suite", emit=told.append),
        )

        shares = [event.fraction for event in told if isinstance(event, Progress)]
        assert len(shares) >= 5
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= 0.5 <= shares[-1] <= 1
