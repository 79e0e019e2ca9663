"""A child that was taken over may say what it likes: its job fails, and nothing else happens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import EncodeError, OutputsFailedError, WorkerLostError
from mediaflow.executors.line import Message
from mediaflow.executors.memory import ProcessMemory
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from mediaflow.models.serde import to_dict
from mediaflow.probing import probe
from mediaflow.storage.source import BytesSource

Take = Callable[[Message], None]


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return file.getvalue()


SOURCE = picture("JPEG", (64, 48))
FILE = picture()
ROW = {
    "name": "png",
    "seconds": 0.1,
    "notices": [],
    "data": None,
    "error": None,
    "frames": None,
    "duration_seconds": None,
    "parts": [],
}
SPENT = {"stages": {}, "cpu_seconds": 0.1, "frames_decoded": 1, "bytes_in": 7}
ANSWER: dict[str, Any] = {
    "answer": "good",
    "rendered": [ROW],
    "paths": {},
    "preview": None,
    "spent": SPENT,
}


class Liar:
    """Stands for a child: probes as any would, and renders what it was told to say."""

    about = None
    pid = os.getpid()
    memory = ProcessMemory("self")

    def __init__(self, folder: Path, said: list[Message], answer: dict[str, Any]) -> None:
        self.folder, self.said, self.answer = str(folder), said, answer
        self.is_killed = False
        self.asked: list[dict[str, Any]] = []

    def call(self, data: dict[str, Any], take: Take, watch: object, **_: object) -> Message:
        self.asked.append(data)
        if data["do"] == "probe":
            return Message(data={"answer": "good", "info": to_dict(probe(BytesSource(SOURCE)))})
        if data["do"] == "look":
            return Message(data={"answer": "good", "found": self.answer["found"]})
        for message in self.said:
            take(message)
        return Message(data=self.answer)

    def allow(self, more_bytes: int) -> None: ...

    def tell(self, data: object) -> None: ...

    def kill(self) -> None:
        self.is_killed = True


class Lender:
    """Stands for a pool."""

    serves_once = is_locked = False

    def __init__(self, child: Liar) -> None:
        self._child = child

    @contextmanager
    def child(self, **_: object) -> Iterator[Liar]:
        yield self._child


def run(child: Liar, folder: Path, *outputs: Any) -> mf.JobResult:
    job = mf.Job(SOURCE, list(outputs or [mf.ImageOutput("png")]), to=f"{folder}/out/")
    environment = Environment(pool=Lender(child))  # type: ignore[arg-type]  # what it is asked for
    return run_job(job, environment, Context(job_id="one"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "child"
    folder.mkdir()
    return folder


def test_the_truth_is_taken(place: Path, tmp_path: Path) -> None:
    child = Liar(place, [Message(data={"file": "png"}, payload=FILE)], ANSWER)
    result = run(child, tmp_path)
    assert Path(result.outputs[0].uri).read_bytes() == FILE
    assert not child.is_killed


HUGE = 10**400
LIES: dict[str, dict[str, Any]] = {
    "nothing": {"rendered": []},
    "twice": {"rendered": [ROW, ROW]},
    "another": {"rendered": [ROW | {"name": "jpeg"}]},
    "a number": {"rendered": 5},
    "numbers": {"rendered": [5]},
    "endless seconds": {"rendered": [ROW | {"seconds": HUGE}]},
    "no seconds": {"rendered": [ROW | {"seconds": float("nan")}]},
    "negative frames": {"rendered": [ROW | {"frames": -1}]},
    "a strange notice": {"rendered": [ROW | {"notices": [{"code": "x", "message": "y"}]}]},
    "strange data": {"rendered": [ROW | {"data": {"kind": "x"}}]},
    "a strange error": {"rendered": [ROW | {"error": {"error": "SystemExit"}}]},
    "an error of its parent": {
        "rendered": [ROW | {"error": {"error": "OutputsFailedError", "message": "", "details": {}}}]
    },
    "missing": {"spent": None},
    "endless spending": {"spent": SPENT | {"cpu_seconds": HUGE}},
    "paths": {"paths": 5},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_ends_the_job_and_the_child(lie: dict[str, Any], place: Path, tmp_path: Path) -> None:
    child = Liar(place, [Message(data={"file": "png"}, payload=FILE)], ANSWER | lie)
    with pytest.raises(WorkerLostError):
        run(child, tmp_path)
    assert child.is_killed
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("key", ["rendered", "paths", "spent"])
def test_a_gap_ends_the_job_and_the_child(key: str, place: Path, tmp_path: Path) -> None:
    answer = {name: value for name, value in ANSWER.items() if name != key}
    child = Liar(place, [Message(data={"file": "png"}, payload=FILE)], answer)
    with pytest.raises(WorkerLostError):
        run(child, tmp_path)
    assert child.is_killed


@pytest.mark.parametrize(
    "said",
    [
        {"file": "jpeg"},
        {"file": 5},
        {"part": "png", "number": 0},
        {"event": {"fraction": 0.5, "stage": "x" * 1000, "output": None}},
        {"event": {"fraction": "0.5", "stage": "encode", "output": None}},
        {},
    ],
)
def test_what_nobody_asked_for_ends_the_job(
    said: dict[str, object], place: Path, tmp_path: Path
) -> None:
    with pytest.raises(WorkerLostError):
        run(Liar(place, [Message(data=said)], ANSWER), tmp_path)


def test_a_file_comes_once(place: Path, tmp_path: Path) -> None:
    twice = [Message(data={"file": "png"}, payload=FILE)] * 2
    with pytest.raises(WorkerLostError, match="nobody understands"):
        run(Liar(place, twice, ANSWER), tmp_path)


def test_an_output_without_a_file_is_no_success(place: Path, tmp_path: Path) -> None:
    child = Liar(place, [], ANSWER)
    with pytest.raises(WorkerLostError, match="made no file of 'png'"):
        run(child, tmp_path)
    assert child.is_killed


@pytest.mark.parametrize("data", [b"", b"<html>", picture("GIF"), b"\x00" * 100])
def test_a_file_of_another_kind_fails_its_output(data: bytes, place: Path, tmp_path: Path) -> None:
    child = Liar(place, [Message(data={"file": "png"}, payload=data)], ANSWER)
    with pytest.raises(OutputsFailedError) as caught:
        run(child, tmp_path)
    assert caught.value.result.outputs[0].error_code == EncodeError.code
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("kind", ["link", "second name", "folder", "pipe", "nothing"])
def test_what_lies_in_the_folder_must_be_a_file_of_its_own(
    kind: str, place: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(FILE)
    lie = place / "0.png"
    match kind:
        case "link":
            lie.symlink_to(secret)
        case "second name":
            lie.hardlink_to(secret)
        case "folder":
            lie.mkdir()
        case "pipe":
            os.mkfifo(lie)
    child = Liar(place, [], ANSWER | {"paths": {"png": "0.png"}})
    with pytest.raises(WorkerLostError):
        run(child, tmp_path)
    assert child.is_killed
    assert secret.read_bytes() == FILE


def test_a_path_leads_nowhere_but_into_the_folder(place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(FILE)
    child = Liar(place, [], ANSWER | {"paths": {"png": "../secret.png"}})
    with pytest.raises(WorkerLostError, match="left no file"):
        run(child, tmp_path)
    assert secret.exists()


BOX = {"left": 0, "top": 0, "right": 10, "bottom": 10}


@pytest.mark.parametrize(
    "found",
    [
        5,
        [],
        [{}],
        [{"crop": BOX, "point": None}],
        [{"crop": BOX | {"right": 9_999}, "point": {"x": 0.5, "y": 0.5}}],
        [{"crop": None, "point": {"x": 7, "y": 0.5}}],
        [{"crop": None, "point": {"x": 0.5, "y": 0.5}}] * 2,
    ],
)
def test_a_look_tells_where_and_nothing_else(found: Any, place: Path, tmp_path: Path) -> None:
    output = mf.ImageOutput("png", width=8, height=8, fit="cover", gravity="smart", trim=True)
    child = Liar(place, [], ANSWER | {"found": found})
    with pytest.raises(WorkerLostError):
        run(child, tmp_path, output)
    assert child.is_killed


def test_a_child_that_looks_is_told_no_second_inputs(place: Path, tmp_path: Path) -> None:
    mark = mf.filters.Watermark(FILE)
    output = mf.ImageOutput("png", width=8, height=8, fit="cover", gravity="smart", filters=(mark,))
    found = [{"crop": None, "point": {"x": 0.5, "y": 0.5}}]
    child = Liar(
        place,
        [Message(data={"file": "png"}, payload=FILE)],
        ANSWER | {"found": found},
    )
    assert run(child, tmp_path, output).status == "completed"
    (asked,) = [data for data in child.asked if data["do"] == "look"]
    assert asked["outputs"][0]["filters"] == []
