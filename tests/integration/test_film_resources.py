"""A film job leaves nothing behind, however it ends, and ends at once when it is cancelled.

What may be left are containers, file descriptors, threads of this library and of the codecs, scratch
files, and outputs that were never published. Jobs are cancelled at exact places: the questions
whether to go on are counted, and answered by the place that they come from.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from mediaflow.filters import Assets, Filter, PictureFilter
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.libav.gate import open_count
from mediaflow.models.context import Budget, Context
from mediaflow.models.events import Event, Finished
from mediaflow.testing.film_making import seen
from tests.film import counting_film, cut
from tests.measure import listing, open_descriptors, own_threads

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="descriptors and threads are counted by /proc"
)

FRAMES = 50
SIZE = (96, 54)
ENCODING = "mediaflow-film"


def native_threads() -> int:
    """Return how many threads the process has, those of codecs among them."""
    gc.collect()
    return listed_threads()


def listed_threads() -> int:
    return len(os.listdir("/proc/self/task"))


def are_gone(threads: int) -> bool:
    """Tell whether no more threads are there than before.

    The kernel lists a thread for a moment after it was joined, so that some looks are needed.
    """
    return native_threads() <= threads or any(listed_threads() <= threads for _ in range(20_000))


@dataclass
class Left:
    """What there was before a job."""

    scratch: Path
    descriptors: set[str] = field(default_factory=open_descriptors)
    threads: int = field(default_factory=native_threads)

    def check(self) -> None:
        assert open_count() == 0
        assert open_descriptors() - self.descriptors == set()
        assert own_threads() == set()
        assert are_gone(self.threads)
        assert listing(self.scratch) == {}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "film.mp4"
    return counting_film(path, frames=FRAMES, size=SIZE, gop=10)


@pytest.fixture(scope="module", autouse=True)
def _loaded(film: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load what is loaded once in a process, which is no leak of a job."""
    folder = tmp_path_factory.mktemp("warm")
    mf.process(film, everything(), to=f"{folder}/")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def left(scratch: Path) -> Iterator[Left]:
    found = Left(scratch)
    yield found
    found.check()


@dataclass
class Run:
    """One job, cancelled when an answer says so.

    Args:
        stop: Asked with each question whether to go on, and the number of those that came from an
            encoding thread before; True cancels.
    """

    stop: Callable[[int], bool] = lambda asked: False
    threads: int = 2
    asked: int = 0
    asked_while_encoding: int = 0
    is_cancelled: bool = False
    refused: int = 0
    """Questions that were asked once the job was cancelled."""

    refused_threads: list[str] = field(default_factory=list)
    """Who asked them."""

    events: list[Event] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_encoding(self) -> bool:
        return threading.current_thread().name.startswith(ENCODING)

    def cancelled(self) -> bool:
        with self.lock:
            self.asked += 1
            if not self.is_cancelled:
                self.is_cancelled = self.stop(self.asked_while_encoding)
            self.asked_while_encoding += self.is_encoding
            if self.is_cancelled:
                self.refused += 1
                self.refused_threads.append(threading.current_thread().name)
            return self.is_cancelled

    def go(self, job: mf.Job) -> mf.JobResult:
        context = Context(
            job_id="test",
            emit=self.events.append,
            cancelled=self.cancelled,
            budget=Budget(threads=self.threads),
        )
        return run_job(job, Environment(), context)


class Seen:
    """How many frames the filter below has met, and what happens at one of them."""

    def __init__(self) -> None:
        self.frames = 0
        self.at: Callable[[int], None] = lambda frame: None


SEEN: dict[str, Seen] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(PictureFilter):
    """Changes nothing, and tells which frame it has met."""

    kind: Literal["watched"] = "watched"
    keeps_alpha: ClassVar[bool] = True
    name: str = "watched"

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        seen_here = SEEN[self.name]
        seen_here.frames += 1
        seen_here.at(seen_here.frames)
        return image


@pytest.fixture
def watched() -> Iterator[Callable[[str], Filter]]:
    def made(name: str) -> Filter:
        SEEN[name] = Seen()
        return Watched(name=name)

    yield made
    SEEN.clear()


def everything() -> list[object]:
    return [
        mf.VideoOutput("mp4", effort=0, suffix="_mp4"),
        mf.VideoOutput("webm", effort=0, suffix="_webm"),
        mf.PreviewOutput("gif", suffix="_gif"),
        mf.StillOutput(at=1.0, suffix="_still"),
    ]


NAMES = ["film_gif.gif", "film_mp4.mp4", "film_still.jpg", "film_webm.webm"]


def job(film: Path, out: Path, *outputs: object, **words: object) -> mf.Job:
    return mf.Job(source=film, outputs=outputs or everything(), to=f"{out}/", **words)


def test_after_success_only_the_outputs_are_there(film: Path, out: Path, left: Left) -> None:
    Run().go(job(film, out))

    left.check()
    assert sorted(listing(out)) == NAMES
    assert seen(out / "film_mp4.mp4").numbers == list(range(FRAMES))


def test_after_a_damaged_source_nothing_is_there(
    film: Path, out: Path, left: Left, tmp_path: Path
) -> None:
    broken = tmp_path / "film.mp4"
    data = bytearray(film.read_bytes())
    start = data.index(b"mdat") + 4
    middle = start + (len(data) - start) // 2
    data[middle : middle + 2_000] = b"\xff" * 2_000
    broken.write_bytes(data)

    with pytest.raises(errors.SourceError):
        Run().go(job(broken, out, mf.VideoOutput("mp4", effort=0)))

    left.check()
    assert listing(out) == {}


def test_after_a_source_that_is_cut_off_nothing_is_there(
    out: Path, left: Left, tmp_path: Path
) -> None:
    # the index of Matroska tells no place, so that the end is met only when it is read
    broken = cut(counting_film(tmp_path / "film.mkv", frames=FRAMES, size=SIZE), 0.6)

    with pytest.raises(errors.SourceError):
        Run().go(job(broken, out, mf.VideoOutput("mp4", effort=0), mf.PreviewOutput("gif")))

    left.check()
    assert listing(out) == {}


def test_after_an_output_that_cannot_be_made_the_others_are_there(
    film: Path, out: Path, left: Left, watched: Callable[[str], Filter]
) -> None:
    failing = mf.VideoOutput("mp4", effort=0, filters=[watched("a")], suffix="_bad")

    def fail(frame: int) -> None:
        if frame == 20:
            raise errors.ProcessingError("no more")

    SEEN["a"].at = fail

    with pytest.raises(errors.OutputsFailedError) as caught:
        Run().go(job(film, out, *everything(), failing))

    left.check()  # also while the error is still held
    assert "no more" in str(caught.value)
    assert sorted(listing(out)) == NAMES
    assert SEEN["a"].frames == 20


def test_after_a_limit_only_the_output_that_kept_it_is_there(
    out: Path, left: Left, tmp_path: Path
) -> None:
    live = {"live": "1"}  # no length in the header, so that no plan can count frames
    path = tmp_path / "film.mkv"
    film = counting_film(path, frames=FRAMES, size=SIZE, sound=None, container_options=live)
    outputs = [mf.VideoOutput("mp4", effort=0, fps=fps, suffix=f"_{fps}") for fps in (50, 5)]
    limits = mf.Limits(max_film_frames=60)

    with pytest.raises(errors.OutputsFailedError):
        Run().go(job(film, out, *outputs, limits=limits))

    left.check()
    assert sorted(listing(out)) == ["film_5.mp4"]


def test_without_a_scratch_folder_nothing_is_there(
    film: Path, out: Path, left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(out / "missing"))

    with pytest.raises(errors.OutputsFailedError):
        Run().go(job(film, out, mf.VideoOutput("mp4", effort=0)))

    left.check()
    assert listing(out) == {}


def test_cancelling_at_a_frame_encodes_no_further_one(
    film: Path, out: Path, left: Left, watched: Callable[[str], Filter]
) -> None:
    run = Run(lambda asked: SEEN["a"].frames >= 20)
    outputs = [
        mf.VideoOutput("mp4", effort=0, filters=[watched("a")], suffix="_a"),
        mf.VideoOutput("webm", effort=0, filters=[watched("b")], suffix="_b"),
    ]
    before: dict[str, int] = {}
    thread: list[str] = []

    def note(frame: int) -> None:
        if frame == 20:
            before.update({name: watched.frames for name, watched in SEEN.items()})
            thread.append(threading.current_thread().name)

    SEEN["a"].at = note

    with pytest.raises(errors.JobCancelledError):
        run.go(job(film, out, *outputs))

    left.check()
    assert listing(out) == {}
    assert SEEN["a"].frames == 20
    assert thread[0] in run.refused_threads  # it asked before it encoded the frame
    assert SEEN["b"].frames - before["b"] <= 1  # the one that was in work
    assert run.refused <= len(outputs) + 2  # a question a thread, and one of the reader


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_cancelling_while_decoding_asks_no_second_time(
    film: Path, out: Path, left: Left, share: float
) -> None:
    whole = Run()
    whole.go(job(film, out))
    questions = whole.asked - whole.asked_while_encoding
    assert questions > FRAMES  # at least one a frame
    place = round(questions * share)
    for path in out.iterdir():
        path.unlink()
    decoded = 0

    def stop(asked: int) -> bool:
        nonlocal decoded
        decoded += not threading.current_thread().name.startswith(ENCODING)
        return decoded > place

    run = Run(stop)

    with pytest.raises(errors.JobCancelledError):
        run.go(job(film, out))

    left.check()
    assert listing(out) == {}
    assert run.refused <= 3 + 2  # a question of each encoder, of the decoder and of the reader
    finished = run.events[-1]
    assert isinstance(finished, Finished)
    assert finished.status == "cancelled"


@pytest.mark.parametrize(
    "output",
    [
        mf.VideoOutput("mp4", effort=8),  # x264 looks 60 frames ahead, and so keeps all of these
        mf.VideoOutput("mp4", codec="hevc", effort=6),
        mf.VideoOutput("webm", effort=3),
        mf.VideoOutput("mkv", codec="av1", effort=2),
        mf.PreviewOutput("gif", fps=25),  # a palette is known when all frames are
    ],
    ids=["h264", "hevc", "vp9", "av1", "gif"],
)
@pytest.mark.parametrize("step", [0, 1, 5])
def test_cancelling_while_an_encoder_is_emptied_ends_with_that_step(
    film: Path, out: Path, left: Left, output: object, step: int
) -> None:
    # one question a frame, then one for each packet that is still to come; of a gif, whose frames
    # all wait for the palette, the questions of frames come last
    first = 0 if isinstance(output, mf.PreviewOutput) else FRAMES
    run = Run(lambda asked: asked >= first + step)

    with pytest.raises(errors.JobCancelledError):
        run.go(job(film, out, output))

    left.check()
    assert listing(out) == {}
    assert run.asked_while_encoding <= first + step + 1
    assert run.refused <= 2


def cancelled_by_its_handle(processor: mf.Processor, film: Path, out: Path) -> mf.JobHandle:
    """Run a job that is cancelled from an event while the decoder works."""

    def stop(event: mf.Event) -> None:
        if isinstance(event, mf.Progress) and event.stage == "encode":
            processor.cancel(event.job_id)

    # the gif waits for frames when the error comes, since it asks nothing before it has all
    handle = processor.submit(film, everything(), to=f"{out}/", on_event=stop)
    with pytest.raises(errors.JobCancelledError):
        handle.result(60)
    return handle


def test_cancelling_by_the_handle_from_an_event_leaves_nothing(
    film: Path, out: Path, left: Left
) -> None:
    with mf.Processor(workers=1) as processor:
        assert cancelled_by_its_handle(processor, film, out).status == "cancelled"

    del processor
    left.check()
    assert listing(out) == {}


def test_encoders_are_freed_while_the_handle_of_a_cancelled_job_is_kept(
    film: Path, out: Path, scratch: Path
) -> None:
    before = native_threads()

    with mf.Processor(workers=1) as processor:
        handle = cancelled_by_its_handle(processor, film, out)

    assert are_gone(before)
    assert handle.status == "cancelled"


def test_a_cancelled_job_keeps_the_files_of_the_one_before(
    film: Path, out: Path, left: Left
) -> None:
    Run().go(job(film, out))
    before = listing(out)

    with pytest.raises(errors.JobCancelledError):
        Run(lambda asked: asked >= 30).go(job(film, out))

    left.check()
    assert listing(out) == before
