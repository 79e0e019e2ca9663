"""Files of streams on their way into storage: a few at once, in order at the end, or gone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.errors import JobCancelledError, OutputExistsError, StorageError
from mediaflow.jobs.segments import ON_THEIR_WAY, Segments
from mediaflow.models.adaptive import Rendition, StreamOutput
from mediaflow.models.context import Context
from mediaflow.planning import StreamStep
from mediaflow.security.policy import UriPolicy
from tests.film_infos import film_planned
from tests.made_streams import SpiedStorage, files_of

LATE = 10.0
LAST = [("v360_h264/playlist.m3u8", b"list"), ("clip.m3u8", b"hls"), ("clip.mpd", b"dash")]


def step_at(folder: Path, *, name: str | None = None) -> StreamStep:
    output = StreamOutput(renditions=(Rendition(360),), name=name)
    return film_planned(output, template=f"{folder}/{{stem}}.{{ext}}").streams[0]


def segments_of(
    storage: mf.Storage, context: Context | None = None, *, if_exists: str = "replace"
) -> Segments:
    job = mf.Job(b"film", [StreamOutput()], if_exists=if_exists)  # type: ignore[arg-type]  # a word
    return Segments(job, storage, context or Context(job_id="one"))


def fill(segments: Segments, step: StreamStep, count: int = 6) -> list[str]:
    paths = ["v360_h264/init.mp4", *(f"v360_h264/seg_{n:05}.m4s" for n in range(1, count))]
    for path in paths:
        segments.put(step, path, path.encode())
    return paths


def test_what_is_finished_stands_and_is_told_in_order(tmp_path: Path) -> None:
    storage = SpiedStorage()
    step = step_at(tmp_path / "out")
    with segments_of(storage) as segments:
        paths = fill(segments, step)
        first, others = segments.finish(step, LAST)

    assert files_of(tmp_path / "out") == {**{p: p.encode() for p in paths}, **dict(LAST)}
    assert first.uri == f"{tmp_path}/out/clip.m3u8"
    rest = sorted([*paths, LAST[0][0]])
    assert [one.uri for one in others] == [f"{tmp_path}/out/{p}" for p in ("clip.mpd", *rest)]
    assert [one.format for one in others[:2]] == ["mpd", "mp4"]
    assert [Path(place).name for place in storage.published[-3:]] == [
        "playlist.m3u8",
        "clip.m3u8",
        "clip.mpd",
    ]


def test_a_stream_that_nobody_finished_is_gone(tmp_path: Path) -> None:
    storage = SpiedStorage()
    with segments_of(storage) as segments:
        fill(segments, step_at(tmp_path / "new" / "out"))

    assert not list(tmp_path.iterdir())


def test_an_error_of_any_kind_takes_all_of_it_away(tmp_path: Path) -> None:
    def fall() -> None:
        with segments_of(SpiedStorage()) as segments:
            fill(segments, step_at(tmp_path / "new" / "out"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fall()
    assert not list(tmp_path.iterdir())


def test_a_stream_is_taken_back_and_another_stays(tmp_path: Path) -> None:
    good, bad = step_at(tmp_path / "good", name="good"), step_at(tmp_path / "bad", name="bad")
    with segments_of(SpiedStorage()) as segments:
        fill(segments, good)
        fill(segments, bad)
        segments.take_back(bad)
        segments.finish(good, LAST)

    assert [place.name for place in tmp_path.iterdir()] == ["good"]


def test_folders_and_files_that_were_there_stay(tmp_path: Path) -> None:
    (tmp_path / "out" / "v360_h264").mkdir(parents=True)
    (tmp_path / "out" / "v360_h264" / "mine").write_bytes(b"mine")
    (tmp_path / "out" / "empty").mkdir()
    with segments_of(SpiedStorage()) as segments:
        fill(segments, step_at(tmp_path / "out"))

    assert files_of(tmp_path) == {"out/v360_h264/mine": b"mine"}
    assert (tmp_path / "out" / "empty").is_dir()


def test_folders_above_the_root_of_a_storage_are_not_looked_at(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    rule = UriPolicy(protocols=frozenset({"file"}), roots=(str(root),))
    step = step_at(root / "out")

    with segments_of(SpiedStorage(policy=rule)) as segments:
        paths = fill(segments, step)
        segments.finish(step, LAST)

    assert set(files_of(root)) == {f"out/{path}" for path in (*paths, *dict(LAST))}


def test_whoever_brings_one_too_many_waits(tmp_path: Path) -> None:
    gate, brought = threading.Event(), []
    storage = SpiedStorage(lambda *_: gate.wait(LATE) and None)
    step = step_at(tmp_path / "out")
    with segments_of(storage) as segments:

        def bring() -> None:
            for number in range(ON_THEIR_WAY + 2):
                segments.put(step, f"v360_h264/seg_{number:05}.m4s", b"x")
                brought.append(number)

        thread = threading.Thread(target=bring)
        thread.start()
        thread.join(0.5)  # it waits, and would be done by now
        waited = list(brought)
        gate.set()
        thread.join(LATE)

    assert waited == list(range(ON_THEIR_WAY))
    assert brought == list(range(ON_THEIR_WAY + 2))
    assert storage.most == ON_THEIR_WAY


def test_whoever_waits_is_told_that_the_job_was_cancelled(tmp_path: Path) -> None:
    gate, stop = threading.Event(), threading.Event()
    storage = SpiedStorage(lambda *_: gate.wait(LATE) and None)
    step = step_at(tmp_path / "new" / "out")
    context = Context(job_id="one", cancelled=stop.is_set)
    with segments_of(storage, context) as segments:
        fill(segments, step, ON_THEIR_WAY)
        stop.set()
        with pytest.raises(JobCancelledError):
            segments.put(step, "v360_h264/seg_00009.m4s", b"x")
        gate.set()

    assert not list(tmp_path.iterdir())


def refuse(place: str, _: int) -> None:
    if place.endswith("seg_00002.m4s"):
        raise StorageError("full (a test)")


def test_a_file_that_cannot_be_stored_refuses_those_that_follow(tmp_path: Path) -> None:
    step = step_at(tmp_path / "new" / "out")
    with segments_of(SpiedStorage(refuse)) as segments:
        with pytest.raises(StorageError, match="full"):
            fill(segments, step, 100)
        with pytest.raises(StorageError, match="full"):
            segments.finish(step, LAST)

    assert not list(tmp_path.iterdir())


def test_a_manifest_is_not_stored_after_a_segment_that_failed(tmp_path: Path) -> None:
    step = step_at(tmp_path / "new" / "out")
    storage = SpiedStorage(refuse)
    with segments_of(storage) as segments:
        fill(segments, step, 3)
        with pytest.raises(StorageError, match="full"):
            segments.finish(step, LAST)

        assert not list(tmp_path.iterdir())
    assert not [place for place in storage.published if place.endswith((".m3u8", ".mpd"))]


def test_a_job_that_may_not_publish_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "clip.m3u8").write_bytes(b"old")
    context = Context(job_id="one", may_publish=lambda: False)
    with segments_of(SpiedStorage(), context) as segments, pytest.raises(JobCancelledError):
        fill(segments, step_at(tmp_path))

    assert files_of(tmp_path) == {"clip.m3u8": b"old"}


def test_older_manifests_go_first_where_they_are_replaced(tmp_path: Path) -> None:
    for name in ("clip.m3u8", "clip.mpd", "other.m3u8"):
        (tmp_path / name).write_bytes(b"old")
    storage = SpiedStorage()
    with segments_of(storage) as segments:
        fill(segments, step_at(tmp_path), 2)
        assert [deed for deed, _ in storage.events[:2]] == ["remove", "remove"]

    assert files_of(tmp_path) == {"other.m3u8": b"old"}


@pytest.mark.parametrize("old", ["v360_h264/seg_00001.m4s", "clip.mpd"])
def test_what_may_not_be_replaced_stays_and_ends_the_stream(old: str, tmp_path: Path) -> None:
    (tmp_path / "v360_h264").mkdir()
    (tmp_path / old).write_bytes(b"old")
    step = step_at(tmp_path)

    def store() -> None:
        with segments_of(SpiedStorage(), if_exists="error") as segments:
            fill(segments, step)
            segments.finish(step, LAST)

    with pytest.raises(OutputExistsError):
        store()
    assert files_of(tmp_path) == {old: b"old"}


def test_what_is_left_of_an_unfinished_set_is_replaced_by_a_job_that_skips(tmp_path: Path) -> None:
    (tmp_path / "v360_h264").mkdir()
    (tmp_path / "v360_h264" / "seg_00001.m4s").write_bytes(b"half")
    step = step_at(tmp_path)
    with segments_of(SpiedStorage(), if_exists="skip") as segments:
        fill(segments, step, 2)
        segments.finish(step, LAST)

    assert (tmp_path / "v360_h264" / "seg_00001.m4s").read_bytes() == b"v360_h264/seg_00001.m4s"


def test_a_storage_that_does_not_remove_hides_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SpiedStorage(refuse)

    def fail(_: object) -> None:
        raise StorageError("not removed (a test)")

    step = step_at(tmp_path / "out")
    with segments_of(storage) as segments:
        fill(segments, step, 3)
        monkeypatch.setattr(storage, "remove", fail)
        with pytest.raises(StorageError, match="full"):
            segments.finish(step, LAST)


def test_threads_end_with_the_block(tmp_path: Path) -> None:
    with segments_of(SpiedStorage()) as segments:
        step = step_at(tmp_path / "out")
        fill(segments, step)
        segments.finish(step, LAST)

    assert not [one for one in threading.enumerate() if "mediaflow-segments" in one.name]
