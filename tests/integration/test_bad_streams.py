"""What goes wrong with a stream leaves no manifest, no file and no folder, and says what it was."""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import fsspec
import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.jobs import segments
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from mediaflow.models.result import Notice
from mediaflow.security.sandbox import sandbox_support
from tests.film import counting_film, cut
from tests.made_streams import (
    SpiedStorage,
    data_of,
    files_of,
    first_frames,
    frames_of,
    named_by,
    starts_of,
    streamed,
    whole,
)
from tests.measure import open_descriptors, own_threads
from tests.media import photo_jpeg
from tests.sounds import painted_wav

pytestmark = pytest.mark.integration

LATE: Final = 60.0
FRAMES: Final = 55
WANTED: Final = mf.StreamOutput(
    renditions=(mf.Rendition(90), mf.Rendition(48)), segment_seconds=1.0, effort=0
)
FILES: Final = 3 * (1 + 3 + 1) + 2
"""Of that film: three tracks of a head, three segments and a playlist, and two manifests."""

NUMBERS: Final = itertools.count()


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAFLOW_THREADS", "1")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counting_film(tmp_path_factory.mktemp("film") / "clip.mkv", frames=FRAMES)


def codes(output: mf.OutputResult) -> list[str]:
    return [notice.code for notice in output.notices]


def numbers(folder: Path, output: mf.OutputResult) -> list[int]:
    """Return the numbers of the frames of the first rendition."""
    return [one for _, one in frames_of(whole(files_of(folder), data_of(output).video[0]))]


# sources


def test_a_film_without_sound_is_a_stream_without_sounds(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=30, sound=None)

    output = streamed(source, tmp_path / "out")

    assert data_of(output).audio == ()
    first = (tmp_path / "out" / "a.m3u8").read_text()
    assert "TYPE=AUDIO" not in first
    assert "mp4a" not in first
    assert numbers(tmp_path / "out", output) == list(range(30))


def test_sound_that_is_not_wanted_is_no_loss(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=5)

    output = streamed(source, tmp_path / "out", audio=())

    assert (data_of(output).audio, output.notices) == ((), ())


def test_a_sound_has_no_stream_without_its_sound(tmp_path: Path) -> None:
    talk = painted_wav(tmp_path / "talk.wav", seconds=1)

    with pytest.raises(errors.UnsupportedError, match="no picture, and of its sound nothing"):
        streamed(talk, tmp_path / "out", audio=())

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("frames", [1, 10, 25])
def test_a_film_shorter_than_a_segment_is_one(frames: int, tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=frames)

    output = streamed(source, tmp_path / "out", segment_seconds=6.0)

    data = data_of(output)
    assert [len(track.sizes) for track in (*data.video, *data.audio)] == [1, 1]
    assert data.video[0].duration == Fraction(frames, 25)
    assert numbers(tmp_path / "out", output) == list(range(frames))


@pytest.mark.parametrize(("fps", "frames"), [(1, 4), (120, 150)])
def test_slow_and_fast_films_keep_their_frames(fps: int, frames: int, tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=frames, fps=fps)

    output = streamed(source, tmp_path / "out")

    (track,) = data_of(output).video
    assert numbers(tmp_path / "out", output) == list(range(frames))
    assert first_frames(files_of(tmp_path / "out"), track) == list(range(0, frames, fps))
    assert abs(track.duration - Fraction(frames, fps)) <= Fraction(1, 1_000)


def test_odd_sizes_become_even_ones(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=5, size=(163, 91), codec="ffv1", sound=None)

    data = data_of(streamed(source, tmp_path / "out", renditions=(mf.Rendition(91),)))

    (track,) = data.video
    assert (track.width or 1) % 2 == (track.height or 1) % 2 == 0
    assert numbers_of_track(tmp_path / "out", data) == list(range(5))


def numbers_of_track(folder: Path, data: Any) -> list[int]:
    return [one for _, one in frames_of(whole(files_of(folder), data.video[0]))]


def test_a_gap_of_many_segments_is_one_long_segment(tmp_path: Path) -> None:
    times = [Fraction(0), Fraction(1, 25), Fraction(83, 10), Fraction(84, 10)]
    source = counting_film(tmp_path / "a.mkv", pts=times, frames=4, gop=1)

    output = streamed(source, tmp_path / "out", renditions=(mf.Rendition(90),))

    data = data_of(output)
    assert numbers(tmp_path / "out", output) == [0, 1, 2, 3]
    assert starts_of(data.video[0]) == [0, Fraction(83, 10)]
    assert len(data.audio[0].sizes) == 2


@pytest.mark.parametrize("container", ["mkv", "ts"])
def test_a_film_that_is_cut_off_leaves_nothing(container: str, tmp_path: Path) -> None:
    source = cut(counting_film(tmp_path / f"a.{container}", frames=FRAMES), 0.6)

    with pytest.raises(errors.SourceError):
        streamed(source, tmp_path / "new" / "out")

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("container", ["mkv", "ts"])
def test_what_is_left_of_it_is_made_on_request_and_told(container: str, tmp_path: Path) -> None:
    whole_film = counting_film(tmp_path / f"a.{container}", frames=FRAMES, size=(320, 180))
    source = cut(whole_film, 0.6)

    result = mf.process(source, WANTED, to=f"{tmp_path}/out/", fail_on="none")

    (output,) = result.outputs
    left = numbers(tmp_path / "out", output)
    assert left == list(range(len(left)))
    assert 0 < len(left) < FRAMES
    assert "source_salvaged" in codes(output)


def test_a_film_that_is_damaged_inside_ends_the_stream(film: Path, tmp_path: Path) -> None:
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    source = tmp_path / "a.mkv"
    source.write_bytes(data)

    with pytest.raises(errors.MediaflowError):
        mf.process(source, WANTED, to=f"{tmp_path}/new/out/")

    assert not (tmp_path / "new").exists()


# requests


def test_a_picture_is_no_stream(tmp_path: Path) -> None:
    with pytest.raises(errors.UnsupportedError, match="stream"):
        mf.process(photo_jpeg(64, 48), WANTED, to=f"{tmp_path}/out/")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [{"single_file": True}, {"encryption": "aes-128"}])
def test_what_is_not_made_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(errors.UnsupportedError) as caught:
        mf.StreamOutput(**more)

    assert caught.value.details["field"] in more
    assert caught.value.hint


def test_films_that_are_joined_are_no_stream(film: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.UnsupportedError, match="a stream output is not made of") as caught:
        mf.process(mf.Concat([film, film]), WANTED, to=f"{tmp_path}/out/")

    assert "join them first" in (caught.value.hint or "")
    assert not (tmp_path / "out").exists()


def test_sounds_that_are_joined_are_no_stream(tmp_path: Path) -> None:
    talk = painted_wav(tmp_path / "talk.wav", seconds=1)

    with pytest.raises(errors.UnsupportedError, match="without a moving picture"):
        mf.process(mf.Concat([talk, talk]), WANTED, to=f"{tmp_path}/out/")

    assert not (tmp_path / "out").exists()


def test_a_place_with_a_query_is_refused(film: Path) -> None:
    with pytest.raises(errors.SpecError, match="a place with a query is one"):
        mf.process(film, WANTED, to="memory://set/{stem}.{ext}?key=1")


@pytest.mark.parametrize("suffix", ["", "_b"])
def test_two_streams_share_no_folder(suffix: str, film: Path, tmp_path: Path) -> None:
    other = mf.StreamOutput(renditions=(mf.Rendition(48),), suffix=suffix, name="other")

    with pytest.raises(errors.SpecError, match="two outputs would be written"):
        mf.process(film, [WANTED, other], to=f"{tmp_path}/out/{{stem}}{{suffix}}.{{ext}}")

    assert not (tmp_path / "out").exists()


# storage


def stop_at(what: str | int, deed: Callable[[], None]) -> Callable[[str, int], None]:
    """Do something before the file of a number, or of a name, is published."""

    def before(place: str, number: int) -> None:
        if number == what or (isinstance(what, str) and place.endswith(what)):
            deed()

    return before


def refuse() -> None:
    raise errors.StorageError("the disk is full (a test)", retryable=False)


PLACES: Final = [1, 7, "a_und/init.mp4", "v48_h264/playlist.m3u8", "/clip.m3u8", "/clip.mpd"]


@pytest.mark.parametrize("what", PLACES)
def test_a_storage_that_fails_ends_the_stream(what: Any, film: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    storage = SpiedStorage(stop_at(what, refuse))

    with (
        mf.Processor("inline", storage=storage) as processor,
        pytest.raises(errors.OutputsFailedError, match="the disk is full") as caught,
    ):
        processor.process(film, WANTED, to=f"{tmp_path}/there/new/out/")

    (output,) = caught.value.result.outputs
    assert (output.status, output.error_code) == ("failed", errors.StorageError.code)
    assert (output.data, output.files) == (None, ())
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]
    assert not list((tmp_path / "there").iterdir())


def test_objects_are_removed_like_files(film: Path) -> None:
    root = f"bad-{next(NUMBERS)}-{os.getpid()}"
    storage = SpiedStorage(stop_at("/clip.mpd", refuse))

    with (
        mf.Processor("inline", storage=storage) as processor,
        pytest.raises(errors.OutputsFailedError),
    ):
        processor.process(film, WANTED, to=f"memory://{root}/")

    assert len(storage.published) == FILES - 1
    assert not fsspec.filesystem("memory").find(f"/{root}")


def test_another_output_is_not_harmed(film: Path, tmp_path: Path) -> None:
    outputs = [WANTED, mf.VideoOutput(height=48, suffix="_film", effort=9)]
    storage = SpiedStorage(stop_at("v48_h264/seg_00002.m4s", refuse))

    with mf.Processor("inline", storage=storage) as processor:
        result = processor.process(
            film, outputs, to=f"{tmp_path}/out/{{stem}}{{suffix}}.{{ext}}", on_failure="partial"
        )

    assert [one.status for one in result.outputs] == ["failed", "completed"]
    assert [place.name for place in (tmp_path / "out").iterdir()] == ["clip_film.mp4"]


def test_a_failed_stream_leaves_the_files_of_others(film: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "v48_h264").mkdir(parents=True)
    (tmp_path / "out" / "v48_h264" / "mine.txt").write_text("mine")
    storage = SpiedStorage(stop_at("/clip.m3u8", refuse))

    with (
        mf.Processor("inline", storage=storage) as processor,
        pytest.raises(errors.OutputsFailedError),
    ):
        processor.process(film, WANTED, to=f"{tmp_path}/out/")

    assert files_of(tmp_path / "out") == {"v48_h264/mine.txt": b"mine"}
    assert [place.name for place in (tmp_path / "out").iterdir()] == ["v48_h264"]


def test_a_slow_storage_holds_up_the_encoder_and_not_the_memory(film: Path) -> None:
    handed: list[str] = []
    most: list[int] = []
    storage = SpiedStorage(lambda *_: time.sleep(0.02))
    real = segments.Segments.put

    def put(self: Any, step: Any, path: str, data: bytes) -> None:
        real(self, step, path, data)
        handed.append(path)
        most.append(len(handed) - len(storage.published))

    with pytest.MonkeyPatch.context() as patch, mf.Processor("inline", storage=storage) as one:
        patch.setattr(segments.Segments, "put", put)
        one.process(film, WANTED, to=f"memory://slow-{next(NUMBERS)}-{os.getpid()}/")

    assert 1 < storage.most <= segments.ON_THEIR_WAY
    assert len(handed) == FILES - 5
    assert max(most) <= segments.ON_THEIR_WAY


# cancelling


def cancelled_at(
    what: str | int | None, film: Path, to: str, is_time: Callable[[mf.Event], bool]
) -> tuple[SpiedStorage, mf.JobHandle]:
    """Cancel a job before a file is published, or when an event comes; return what was seen."""
    known = threading.Event()
    handles: list[mf.JobHandle] = []

    def cancel() -> None:
        assert known.wait(LATE)
        handles[0].cancel()

    def look(event: mf.Event) -> None:
        if is_time(event):
            cancel()

    storage = SpiedStorage(None if what is None else stop_at(what, cancel))
    with mf.Processor("threads", workers=1, storage=storage) as processor:
        handles.append(processor.submit(film, WANTED, to=to, on_event=look))
        known.set()
        with pytest.raises(errors.JobCancelledError):
            handles[0].result(LATE)
    return storage, handles[0]


def never(_: mf.Event) -> bool:
    return False


@pytest.mark.parametrize("what", PLACES[:-1])
def test_a_job_that_is_cancelled_leaves_nothing(what: Any, film: Path, tmp_path: Path) -> None:
    storage, handle = cancelled_at(what, film, f"{tmp_path}/new/out/", never)

    assert handle.status == "cancelled"
    assert storage.tries >= 1
    assert not list(tmp_path.iterdir())


def test_a_job_that_is_cancelled_at_its_last_file_is_whole(film: Path, tmp_path: Path) -> None:
    known, handles = threading.Event(), []

    def cancel() -> None:
        assert known.wait(LATE)
        handles[0].cancel()

    storage = SpiedStorage(stop_at("/clip.mpd", cancel))
    with mf.Processor("threads", workers=1, storage=storage) as processor:
        handles.append(processor.submit(film, WANTED, to=f"{tmp_path}/out/"))
        known.set()
        result = handles[0].result(LATE)

    assert result.status == "completed"
    assert len(files_of(tmp_path / "out")) == FILES


@pytest.mark.parametrize(
    "is_time",
    [
        lambda event: isinstance(event, mf.Started),
        lambda event: isinstance(event, mf.Progress) and event.stage == "plan",
        lambda event: isinstance(event, mf.Progress) and event.stage == "encode",
        lambda event: isinstance(event, mf.Progress) and event.fraction > 0.5,
    ],
    ids=["started", "planned", "encoding", "half"],
)
def test_an_event_may_cancel_the_job(
    is_time: Callable[[mf.Event], bool], film: Path, tmp_path: Path
) -> None:
    before = (open_descriptors(), own_threads())

    _, handle = cancelled_at(None, film, f"{tmp_path}/new/out/", is_time)

    assert handle.status == "cancelled"
    assert not list(tmp_path.iterdir())
    assert (open_descriptors(), own_threads()) == before


def test_a_job_that_may_not_publish_stores_nothing(film: Path, tmp_path: Path) -> None:
    job = mf.Job(film, [WANTED], to=f"{tmp_path}/new/out/")

    with pytest.raises(errors.JobCancelledError, match="may no longer publish"):
        run_job(job, Environment(), Context(job_id="late", may_publish=lambda: False))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", PLACES[:-1])
def test_a_job_that_takes_too_long_leaves_nothing(what: Any, film: Path, tmp_path: Path) -> None:
    now = [0.0]
    storage = SpiedStorage(stop_at(what, lambda: now.__setitem__(0, 3_600.0)))
    limits = mf.Limits(max_job_seconds=60)
    job = mf.Job(film, [WANTED], to=f"{tmp_path}/new/out/", limits=limits)

    with pytest.raises(errors.JobTimeoutError, match="late took longer"):
        run_job(job, Environment(storage=storage), Context(job_id="late", clock=lambda: now[0]))

    assert not list(tmp_path.iterdir())


def test_a_stream_is_announced_once_and_last(film: Path, tmp_path: Path) -> None:
    seen: list[mf.Event] = []

    result = mf.process(film, WANTED, to=f"{tmp_path}/out/", on_event=seen.append)

    (written,) = [event for event in seen if isinstance(event, mf.Written)]
    assert (written.uri, written.bytes) == (result.outputs[0].uri, result.outputs[0].bytes)
    shares = [event.fraction for event in seen if isinstance(event, mf.Progress)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert result.report.bytes_out == sum(map(len, files_of(tmp_path / "out").values()))


# what is there already


def test_an_older_set_is_an_error_on_request(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    before = files_of(tmp_path)

    with pytest.raises(errors.OutputExistsError):
        mf.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="error")

    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    "old", ["clip.mpd", "v90_h264/init.mp4", "v48_h264/seg_00002.m4s", "a_und/playlist.m3u8"]
)
def test_one_older_file_is_an_error_on_request_and_stays(
    old: str, film: Path, tmp_path: Path
) -> None:
    place = tmp_path / "out" / old
    place.parent.mkdir(parents=True)
    place.write_bytes(b"old")

    with pytest.raises((errors.OutputExistsError, errors.OutputsFailedError)):
        mf.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="error")

    assert files_of(tmp_path / "out") == {old: b"old"}


def test_an_older_set_is_skipped_on_request(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    before = files_of(tmp_path)
    storage = SpiedStorage()

    with mf.Processor("inline", storage=storage) as processor:
        (output,) = processor.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="skip").outputs

    assert (output.status, codes(output)) == ("skipped", ["exists_skipped"])
    assert (storage.events, files_of(tmp_path)) == ([], before)


def test_segments_without_a_manifest_are_no_set_to_skip(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    before = files_of(tmp_path / "out")
    (tmp_path / "out" / "clip.m3u8").unlink()
    (tmp_path / "out" / "v90_h264" / "seg_00001.m4s").write_bytes(b"half")

    (output,) = mf.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="skip").outputs

    assert output.status == "completed"
    assert files_of(tmp_path / "out") == before


def test_a_set_that_lacks_a_manifest_is_made_whole(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    before = files_of(tmp_path / "out")
    (tmp_path / "out" / "clip.mpd").unlink()

    (output,) = mf.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="skip").outputs

    assert output.status == "completed"
    assert files_of(tmp_path / "out") == before


def test_older_manifests_go_before_the_first_new_file(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    storage = SpiedStorage()

    with mf.Processor("inline", storage=storage) as processor:
        processor.process(film, WANTED, to=f"{tmp_path}/out/", if_exists="replace")

    names = [(deed, Path(place).name) for deed, place in storage.events]
    assert names[:2] == [("remove", "clip.m3u8"), ("remove", "clip.mpd")]
    assert {deed for deed, _ in names[2:]} == {"put"}


@pytest.mark.parametrize("what", PLACES)
def test_a_replacement_that_fails_leaves_no_manifest(what: Any, film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    storage = SpiedStorage(stop_at(what, refuse))

    with (
        mf.Processor("inline", storage=storage) as processor,
        pytest.raises(errors.OutputsFailedError),
    ):
        processor.process(film, WANTED, to=f"{tmp_path}/out/")

    assert not {"clip.m3u8", "clip.mpd"} & set(files_of(tmp_path / "out"))


def test_a_manifest_of_another_protocol_is_older_too(film: Path, tmp_path: Path) -> None:
    mf.process(film, WANTED, to=f"{tmp_path}/out/")
    hls = mf.StreamOutput(
        renditions=(mf.Rendition(90),), segment_seconds=2.0, protocols=("hls",), effort=0
    )

    mf.process(film, hls, to=f"{tmp_path}/out/")

    files = files_of(tmp_path / "out")
    assert "clip.mpd" not in files  # it would name segments that were replaced
    assert named_by(files["v90_h264/playlist.m3u8"].decode())[-1] == "seg_00002.m4s"


# memory and processes


def test_nothing_is_written_but_into_the_storage(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "scratch", tmp_path / "temporary"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders[1]))
    monkeypatch.setenv("TMPDIR", str(folders[1]))
    monkeypatch.chdir(folders[0])

    with mf.Processor("inline", scratch=str(folders[0])) as processor:

        def changed() -> dict[str, int]:
            return {str(one): one.stat().st_mtime_ns for one in (tmp_path, *tmp_path.rglob("*"))}

        before = changed()
        processor.process(film, WANTED, to=f"memory://none-{next(NUMBERS)}-{os.getpid()}/")
        after = changed()

    assert after == before  # a folder's time moves when a file comes or goes


@pytest.fixture(scope="module")
def locked() -> Iterator[tuple[mf.Processor, SpiedStorage]]:
    """Return what works in one locked child, and a storage that does what each test says."""
    if sandbox_support().level != "full":
        pytest.skip("this system has no full sandbox")
    storage = SpiedStorage()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIAFLOW_THREADS", "1")
        with mf.Processor(
            "threads", workers=1, isolation="worker", sandbox="require", storage=storage
        ) as processor:
            yield processor, storage


def test_a_locked_child_makes_the_same_set(
    locked: tuple[mf.Processor, SpiedStorage], film: Path, tmp_path: Path
) -> None:
    processor, storage = locked
    storage.before = None
    wanted = mf.StreamOutput(
        renditions=WANTED.renditions, segment_seconds=1.0, effort=0, storyboard=True
    )
    (here,) = mf.process(film, wanted, to=f"{tmp_path}/here/").outputs

    result = processor.process(film, wanted, to=f"{tmp_path}/there/")

    (there,) = result.outputs
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")
    assert (there.data, there.notices, there.frames) == (here.data, here.notices, here.frames)
    assert result.report.isolation == "worker"


def test_a_child_whose_storage_fails_leaves_nothing(
    locked: tuple[mf.Processor, SpiedStorage], film: Path, tmp_path: Path
) -> None:
    processor, storage = locked
    storage.before = stop_at("v48_h264/seg_00002.m4s", refuse)

    with pytest.raises(errors.OutputsFailedError, match="the disk is full"):
        processor.process(film, WANTED, to=f"{tmp_path}/new/out/")

    assert not list(tmp_path.iterdir())


def test_a_child_that_is_cancelled_leaves_nothing(
    locked: tuple[mf.Processor, SpiedStorage], film: Path, tmp_path: Path
) -> None:
    processor, storage = locked
    known, handles = threading.Event(), []

    def cancel() -> None:
        assert known.wait(LATE)
        handles[0].cancel()

    storage.before = stop_at("v90_h264/seg_00001.m4s", cancel)
    handles.append(processor.submit(film, WANTED, to=f"{tmp_path}/new/out/"))
    known.set()
    with pytest.raises(errors.JobCancelledError):
        handles[0].result(LATE)

    assert not list(tmp_path.iterdir())


def test_a_strict_job_refuses_a_stream_that_lost_something(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=10, languages=("eng", "ger"))
    outputs = mf.StreamOutput(renditions=(mf.Rendition(48),), effort=0)

    with pytest.raises(errors.OutputsFailedError):
        mf.process(source, outputs, to=f"{tmp_path}/new/out/", strict=True)

    assert not (tmp_path / "new").exists()


def test_a_rung_above_the_source_is_told(film: Path, tmp_path: Path) -> None:
    output = streamed(film, tmp_path / "out", renditions=(mf.Rendition(720), mf.Rendition(48)))

    assert [track.folder for track in data_of(output).video] == ["v48_h264"]
    assert output.notices == (
        Notice(
            code="rung_above_source",
            message="left out: the source has 160×90 px, which is below 720",
        ),
    )
