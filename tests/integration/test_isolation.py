"""Jobs in children: what inline makes, children make; what goes wrong costs one job and no more."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    JobTimeoutError,
    LimitExceededError,
    MediaflowError,
    SpecError,
    TruncatedMediaError,
    WorkerLostError,
)
from mediaflow.executors.pool import ChildPool
from mediaflow.executors.starting import StartOptions, start_child
from mediaflow.filters import filters
from mediaflow.models.isolation import Isolation
from mediaflow.security.sandbox import sandbox_support
from mediaflow.testing.films import counting_film
from tests.sounds import painted_wav

THUMB = mf.ImageOutput("png", width=32)
LATE = 20.0
AUTO = {"sandbox": "auto"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "photo.jpg"
    pixels = np.random.default_rng(3).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(place)
    return place


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    """Lend children that misbehave when the name of their source says so."""
    start = StartOptions(module="tests.faulty_child", options=AUTO)
    made = ChildPool(partial(start_child, start))
    yield made
    made.close()


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch, pool: ChildPool) -> Iterator[mf.Processor]:
    monkeypatch.setattr("mediaflow.processor.children_for", lambda *_, **__: pool)
    with mf.Processor("threads", workers=2) as made:
        yield made


def named(picture: Path, name: str) -> Path:
    place = picture.with_name(f"{name}.jpg")
    place.write_bytes(picture.read_bytes())
    return place


@pytest.mark.parametrize("isolation", ["worker", "job"])
def test_a_child_makes_the_very_bytes_that_this_process_makes(
    isolation: Isolation, picture: Path, tmp_path: Path
) -> None:
    outputs = [*mf.recipes.thumbnails(), mf.ImageOutput("avif", width=40), mf.AnalysisOutput()]
    here = mf.process(picture, outputs, to=tmp_path / "here/")
    with mf.Processor("inline", isolation=isolation) as processor:
        there = processor.process(picture, outputs, to=tmp_path / "there/")
        again = processor.process(picture, outputs, to=tmp_path / "again/")
    for result in (there, again):
        assert [(one.name, one.sha256, one.notices) for one in result.outputs] == [
            (one.name, one.sha256, one.notices) for one in here.outputs
        ]
        assert result.outputs[-1].data == here.outputs[-1].data
        assert result.source == here.source
    assert there.report.isolation == isolation
    assert there.report.sandbox is not None
    assert there.report.sandbox.level == sandbox_support().level
    assert there.report.frames_decoded == here.report.frames_decoded == 1
    for one in there.outputs:
        if one.has_file:
            made = Path(one.uri)
            assert made.read_bytes() == (tmp_path / "here" / made.name).read_bytes()


def test_sound_and_its_waveform_come_from_a_child(tmp_path: Path) -> None:
    talk = painted_wav(tmp_path / "talk.wav", seconds=2)
    outputs = [mf.AudioOutput("flac"), mf.WaveformOutput("json"), mf.WaveformOutput("svg")]
    here = mf.process(talk, outputs, to=tmp_path / "here/")
    with mf.Processor("inline", isolation="worker") as processor:
        there = processor.process(talk, outputs, to=tmp_path / "there/")
        info = processor.probe(talk, deep=True)
    assert [one.sha256 for one in there.outputs] == [one.sha256 for one in here.outputs]
    assert info == mf.probe(talk, deep=True)


@pytest.mark.parametrize("kind", ["bytes", "file", "memory"])
def test_a_source_that_is_no_local_file_is_copied_for_the_child(
    kind: str, picture: Path, tmp_path: Path
) -> None:
    data = picture.read_bytes()
    storage = mf.Storage()
    with storage.stage("memory://in/photo.jpg") as staged:
        staged.write(data)
        staged.publish()
    source = {"bytes": data, "file": BytesIO(data), "memory": "memory://in/photo.jpg"}[kind]
    with mf.Processor("inline", isolation="worker") as processor:
        result = processor.process(source, THUMB, to=tmp_path / "out/")
    assert result.outputs[0].sha256 == mf.process(picture, THUMB, to=tmp_path).outputs[0].sha256


def test_a_second_input_reaches_the_child_whatever_it_is(picture: Path, tmp_path: Path) -> None:
    mark = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 255)).save(mark, "PNG")
    output = mf.ImageOutput("png", filters=(mf.filters.Watermark(mark.getvalue()),))
    here = mf.process(picture, output, to=tmp_path / "here/")
    with mf.Processor("inline", isolation="worker") as processor:
        there = processor.process(picture, output, to=tmp_path / "there/")
    assert there.outputs[0].sha256 == here.outputs[0].sha256


def test_errors_of_a_source_are_those_of_this_process(picture: Path, tmp_path: Path) -> None:
    cut = picture.with_name("cut.jpg")
    cut.write_bytes(picture.read_bytes()[:700])
    with pytest.raises(MediaflowError) as here:
        mf.process(cut, THUMB, to=tmp_path / "out/")
    with (
        mf.Processor("inline", isolation="worker") as processor,
        pytest.raises(type(here.value)) as there,
    ):
        processor.process(cut, THUMB, to=tmp_path / "out/")
    assert (there.value.message, there.value.hint) == (here.value.message, here.value.hint)
    assert isinstance(there.value, TruncatedMediaError)


def test_code_does_not_travel(tmp_path: Path) -> None:
    film = counting_film(tmp_path / "film.mp4", frames=3)
    output = mf.VideoOutput("mp4", filters=(mf.filters.OnFrames(lambda frame: frame),))
    with (
        mf.Processor("inline", isolation="worker") as processor,
        pytest.raises(SpecError, match="isolated job takes no code"),
    ):
        processor.process(film, output, to=tmp_path / "out/")


PLUGIN = """
from dataclasses import dataclass
from typing import Literal

from mediaflow.filters import ColorFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative(ColorFilter):
    kind: Literal["negative_outside"] = "negative_outside"

    def map_colors(self, rgb):
        return 1 - rgb
"""


def test_a_filter_of_a_plug_in_works_in_a_locked_child(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outside-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    points = "[mediaflow.filters]\nnegative_outside = outside_filter:Negative\n"
    (folder / "entry_points.txt").write_text(points)
    (tmp_path / "outside_filter.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(filters, "_plugins", filters._plugins)  # what is found here is forgotten
    negative = importlib.import_module("outside_filter").Negative()
    with mf.Processor("inline", isolation="worker") as processor:
        result = processor.process(
            picture, mf.ImageOutput("png", filters=(negative,)), to=tmp_path / "out/"
        )
    with Image.open(picture) as before, Image.open(result.outputs[0].uri) as after:
        total = np.asarray(before, np.int16) + np.asarray(after, np.int16)
    assert abs(total - 255).max() <= 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("crash", "SIGSEGV"),
        ("abort", "SIGABRT"),
        ("leave", "status 7"),
        ("lie", "nobody understands"),
        ("babble", "more than it may"),
        ("stutter", "no JSON"),
    ],
)
def test_a_child_that_is_lost_costs_its_own_job(
    name: str, words: str, picture: Path, processor: mf.Processor, tmp_path: Path
) -> None:
    places = [picture, named(picture, name), picture]
    handles = [
        processor.submit(place, THUMB, to=tmp_path / f"{number}/")
        for number, place in enumerate(places)
    ]
    with pytest.raises(WorkerLostError, match=words):
        handles[1].result(LATE)
    assert [handles[number].result(LATE).status for number in (0, 2)] == ["completed"] * 2
    assert handles[1].status == "failed"
    assert not list((tmp_path / "1").glob("*"))


@pytest.mark.parametrize("name", ["hang", "freeze"])
def test_a_job_that_is_late_is_ended(
    name: str, picture: Path, processor: mf.Processor, tmp_path: Path
) -> None:
    limits = mf.Limits(max_job_seconds=1)
    processor.process(picture, THUMB, to=tmp_path / "warm/")
    began = time.monotonic()
    with pytest.raises(JobTimeoutError, match="longer than the 1 s"):
        processor.process(named(picture, name), THUMB, to=tmp_path / "out/", limits=limits)
    assert time.monotonic() - began < 1.6
    assert processor.process(picture, THUMB, to=tmp_path / "out/").status == "completed"


@pytest.mark.parametrize("name", ["eat", "gulp"])
def test_a_job_that_takes_too_much_memory_is_ended(
    name: str, picture: Path, processor: mf.Processor, tmp_path: Path
) -> None:
    with pytest.raises(LimitExceededError, match="memory") as caught:
        processor.process(named(picture, name), THUMB, to=tmp_path / "out/")
    assert caught.value.details["limit"] == "max_memory_bytes"
    assert processor.process(picture, THUMB, to=tmp_path / "out/").status == "completed"


def test_a_job_that_does_not_listen_is_cancelled_all_the_same(
    picture: Path, processor: mf.Processor, tmp_path: Path
) -> None:
    processor.process(picture, THUMB, to=tmp_path / "warm/")
    handle = processor.submit(named(picture, "hang"), THUMB, to=tmp_path / "out/")
    for event in handle.events():
        if event.kind == "progress":
            break
    began = time.monotonic()
    handle.cancel()
    with pytest.raises(JobCancelledError):
        handle.result(LATE)
    assert time.monotonic() - began < 2
    assert handle.status == "cancelled"


def test_a_child_that_cannot_start_says_why() -> None:
    pool = ChildPool(partial(start_child, StartOptions(module="json")))
    with pytest.raises(WorkerLostError, match="no attribute 'main'"), pool.child():
        pass
    pool.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    start = StartOptions(module="tests.faulty_child", scratch=str(tmp_path / "none"))
    pool = ChildPool(partial(start_child, start))
    with pytest.raises(WorkerLostError, match=r"cannot be started: .*No such file"), pool.child():
        pass
    pool.close()


def test_a_worn_child_is_replaced_and_none_is_left(picture: Path, tmp_path: Path) -> None:
    start = StartOptions(module="mediaflow.jobs.child", options=AUTO, scratch=str(tmp_path))
    pool = ChildPool(partial(start_child, start), recycle=2)
    seen = []
    for _ in range(4):
        with pool.child() as child:
            seen.append(child.pid)
    assert seen[0] == seen[1] != seen[2] == seen[3]
    left = pool.pids
    pool.close()
    assert not [pid for pid in (*seen, *left) if os.path.exists(f"/proc/{pid}")]
    assert not list(tmp_path.glob("mediaflow-*"))


def test_isolation_is_one_of_its_words() -> None:
    with pytest.raises(SpecError, match="isolation"):
        mf.Processor(isolation="jail")  # type: ignore[arg-type]  # what is refused


FULL = """
import sys
import mediaflow as mf
from mediaflow.errors import MediaflowError

film, scratch, out, isolation = sys.argv[1:]
with mf.Processor("inline", isolation=isolation, scratch=scratch) as processor:
    try:
        processor.process(film, mf.VideoOutput("mp4", codec="h264", rate=mf.Lossless()), to=out)
    except MediaflowError as error:
        print(type(error).__name__, error.message)
"""


@pytest.mark.parametrize("isolation", ["none", "worker"])
def test_a_full_scratch_folder_is_told(isolation: Isolation, tmp_path: Path) -> None:
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    film = counting_film(tmp_path / "film.mp4", frames=25)
    mount = f"mount -t tmpfs -o size=4k none {scratch}"
    tried = subprocess.run(["unshare", "-Urm", "sh", "-c", mount], check=False)
    if tried.returncode:
        pytest.skip("a file system of a few bytes cannot be had here")
    words = [sys.executable, "-c", FULL, str(film), str(scratch), f"{out}/", isolation]
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", f'{mount} && exec "$@"', "sh", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("OutputsFailedError 1 of 1 outputs failed")
    assert "No space left" in done.stdout
    assert not list(out.glob("*"))


@pytest.mark.parametrize("isolation", ["none", "worker"])
def test_a_scratch_folder_that_is_not_there_is_told(isolation: Isolation, tmp_path: Path) -> None:
    film = counting_film(tmp_path / "film.mp4", frames=3)
    scratch = tmp_path / "none"
    with (
        mf.Processor("inline", isolation=isolation, scratch=scratch) as processor,
        pytest.raises(MediaflowError, match="No such file"),
    ):
        processor.process(film, mf.VideoOutput("mp4"), to=tmp_path / "out/")
    assert not list((tmp_path / "out").glob("*"))


def test_a_processor_that_is_forgotten_leaves_no_child(picture: Path, tmp_path: Path) -> None:
    processor = mf.Processor("inline", trust="strangers", scratch=tmp_path)
    processor.process(picture.read_bytes(), THUMB, to=tmp_path / "out/")
    pool = processor._environment._pool
    assert pool is not None
    pids = pool.pids
    assert pids
    del processor
    gc.collect()
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    assert not list(tmp_path.glob("mediaflow-*"))
