"""A child that makes a stream is believed what was asked for and what it sent, and nothing else."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import EncodeError, MediaflowError, OutputsFailedError, WorkerLostError
from mediaflow.executors.line import Message
from mediaflow.executors.memory import ProcessMemory
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.handed_stream import HandedStream
from mediaflow.jobs.made_files import check_segment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from mediaflow.models.info import MediaInfo
from mediaflow.models.serde import to_dict
from mediaflow.models.stream_data import StreamData, TextTrackData, TrackData
from mediaflow.models.streams import OtherStream
from mediaflow.planning import StreamStep
from tests.film_infos import film_info, film_planned, track

OUTPUT = mf.StreamOutput(renditions=(mf.Rendition(360),))
INFO: MediaInfo = film_info(audio=[track(language="eng")])


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


INIT = box(b"ftyp", b"iso6") + box(b"moov", bytes(40))


def segment(size: int) -> bytes:
    return box(b"moof", bytes(24)) + box(b"mdat", bytes(size))


SENT = [
    (f"{folder}/{name}", data)
    for folder in ("v360_h264", "a_en")
    for name, data in (
        ("init.mp4", INIT),
        ("seg_00001.m4s", segment(100)),
        ("seg_00002.m4s", segment(50)),
    )
]
SIZES = (len(segment(100)), len(segment(50)))
COMMON: dict[str, Any] = {
    "timescale": 1_000,
    "durations": (6_000, 4_000),
    "sizes": SIZES,
    "init_bytes": len(INIT),
}
PICTURE = TrackData(
    kind="video", folder="v360_h264", codecs="avc1.64001e", width=640, height=360, **COMMON
)
SOUND = TrackData(
    kind="audio",
    folder="a_en",
    codecs="mp4a.40.2",
    channels=2,
    sample_rate=48_000,
    language="en",
    label="en",
    is_default=True,
    **COMMON,
)
TABLE = StreamData(video=(PICTURE,), audio=(SOUND,))


@pytest.fixture
def step() -> StreamStep:
    return film_planned(OUTPUT, INFO, template="out/{stem}.{ext}").streams[0]


def handed(step: StreamStep, sent: Any = SENT) -> HandedStream:
    made = HandedStream(step)
    for path, data in sent:
        made.check(path, data)
    return made


def test_the_truth_is_taken(step: StreamStep) -> None:
    assert handed(step).checked(TABLE) is TABLE


def test_tracks_may_come_in_any_order(step: StreamStep) -> None:
    mixed = [SENT[index] for index in (3, 0, 1, 4, 5, 2)]

    assert handed(step, mixed).checked(TABLE) is TABLE


PATHS = {
    "an unknown folder": "v720_h264/init.mp4",
    "a folder of text": "s_en/init.mp4",
    "a manifest": "clip.m3u8",
    "a playlist": "v360_h264/playlist.m3u8",
    "above": "../v360_h264/init.mp4",
    "absolute": "/v360_h264/init.mp4",
    "deeper": "v360_h264/v360_h264/init.mp4",
    "another name": "v360_h264/seg_1.m4s",
    "a line": "v360_h264/init.mp4\n",
    "upper case": "V360_H264/init.mp4",
    "nothing": "",
    "a zero": "v360_h264/init.mp4\x00",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_path_that_nobody_asked_for_is_refused(path: str, step: StreamStep) -> None:
    with pytest.raises(WorkerLostError, match="nobody asked for"):
        HandedStream(step).check(path, INIT)


@pytest.mark.parametrize(
    "paths",
    [
        ["v360_h264/seg_00001.m4s"],
        ["v360_h264/init.mp4", "v360_h264/init.mp4"],
        ["v360_h264/init.mp4", "v360_h264/seg_00002.m4s"],
        ["v360_h264/init.mp4", "v360_h264/seg_00000.m4s"],
        ["v360_h264/init.mp4", "v360_h264/seg_000001.m4s"],
        ["v360_h264/init.mp4", "v360_h264/seg_00001.m4s", "v360_h264/seg_00001.m4s"],
        ["v360_h264/init.mp4", "a_en/seg_00001.m4s"],
    ],
)
def test_a_segment_out_of_turn_is_refused(paths: list[str], step: StreamStep) -> None:
    made = HandedStream(step)
    contents = [INIT if path.endswith("init.mp4") else segment(9) for path in paths]
    for path, data in zip(paths[:-1], contents, strict=False):
        made.check(path, data)

    with pytest.raises(WorkerLostError, match="out of turn"):
        made.check(paths[-1], contents[-1])


GARBAGE = {
    "nothing": b"",
    "no boxes": b"<html></html>",
    "zeros": bytes(64),
    "a segment as a head": segment(4),
    "a head and more": INIT + box(b"free"),
    "half a head": INIT[:-1],
    "a box without end": box(b"ftyp") + struct.pack(">I", 0) + b"moov",
    "a box of itself": struct.pack(">I", 4) + b"ftyp" + box(b"moov"),
    "another order": box(b"moov") + box(b"ftyp"),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_a_head_that_is_none_is_refused(data: bytes, step: StreamStep) -> None:
    with pytest.raises(EncodeError, match="no segment"):
        HandedStream(step).check("v360_h264/init.mp4", data)


@pytest.mark.parametrize(
    "data", [b"", INIT, box(b"moof"), box(b"mdat") + box(b"moof"), segment(4)[:-1]]
)
def test_a_segment_that_is_none_is_refused(data: bytes, step: StreamStep) -> None:
    with pytest.raises(EncodeError, match="no segment"):
        handed(step, SENT[:1]).check("v360_h264/seg_00001.m4s", data)


def of_picture(**facts: Any) -> StreamData:
    return replace(TABLE, video=(replace(PICTURE, **facts),))


def of_sound(**facts: Any) -> StreamData:
    return replace(TABLE, audio=(replace(SOUND, **facts),))


LIES: dict[str, object] = {
    "nothing": None,
    "another kind": "table",
    "other sizes": of_picture(sizes=(SIZES[0], SIZES[1] + 1)),
    "another head": of_sound(init_bytes=len(INIT) + 1),
    "one segment more": of_picture(sizes=(*SIZES, 5), durations=(6_000, 4_000, 1)),
    "one segment less": of_sound(sizes=SIZES[:1], durations=(6_000,)),
    "another folder": of_picture(folder="v720_h264"),
    "another width": of_picture(width=642),
    "another height": of_picture(height=None),
    "another label": of_sound(label="Free films at example.org"),
    "another language": of_sound(language="de"),
    "no language": of_sound(language=None),
    "no default": of_sound(is_default=False),
    "no picture": StreamData(audio=(SOUND,)),
    "no sound": StreamData(video=(PICTURE,)),
    "a text": replace(TABLE, texts=(TextTrackData(folder="s_en"),)),
    "two pictures": replace(TABLE, video=(PICTURE, replace(PICTURE, folder="v180_h264"))),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_table_that_lies_is_refused(lie: object, step: StreamStep) -> None:
    with pytest.raises(WorkerLostError, match=r"table of a stream|other segments than it sent"):
        handed(step).checked(lie)


def test_a_table_of_a_track_that_did_not_come_is_refused(step: StreamStep) -> None:
    with pytest.raises(WorkerLostError, match="other segments"):
        handed(step, SENT[:3]).checked(TABLE)


def test_texts_are_told_as_they_were_asked_for() -> None:
    text = OtherStream(index=2, kind="subtitle", codec="subrip", language="fre")
    info = film_info(audio=[track(language="eng")], others=(text,))
    step = film_planned(OUTPUT, info, template="out/{stem}.{ext}").streams[0]
    told = TextTrackData(folder="s_fr", language="fr", label="fr")
    made = handed(step)

    assert made.checked(replace(TABLE, texts=(told,))).texts == (told,)
    for other in ((), (replace(told, is_forced=True),), (replace(told, label="x"),)):
        with pytest.raises(WorkerLostError):
            made.checked(replace(TABLE, texts=other))


class Liar:
    """Stands for a child: says what it was told to say."""

    about = None
    pid = os.getpid()
    memory = ProcessMemory("self")

    def __init__(self, folder: Path, said: list[Message], answer: dict[str, Any]) -> None:
        self.folder, self.said, self.answer = str(folder), said, answer

    def call(
        self, data: dict[str, Any], take: Callable[[Message], None], watch: object, **_: object
    ) -> Message:
        if data["do"] == "probe":
            return Message(data={"answer": "good", "info": to_dict(INFO)})
        for message in self.said:
            take(message)
        return Message(data=self.answer)

    def allow(self, more_bytes: int) -> None: ...

    def tell(self, data: object) -> None: ...

    def kill(self) -> None: ...


class Lender:
    """Stands for a pool."""

    serves_once = is_locked = False

    def __init__(self, child: Liar) -> None:
        self._child = child

    @contextmanager
    def child(self, **_: object) -> Iterator[Liar]:
        yield self._child


def answer_of(data: StreamData | None = TABLE, **more: Any) -> dict[str, Any]:
    row = {
        "name": "stream",
        "seconds": 0.1,
        "notices": [],
        "data": None if data is None else to_dict(data),
        "error": None,
        "frames": 10,
        "duration_seconds": 10.0,
        "parts": [],
    }
    spent = {"stages": {}, "cpu_seconds": 0.1, "frames_decoded": 1, "bytes_in": 7}
    return {
        "answer": "good",
        "rendered": [row | more],
        "paths": {},
        "preview": None,
        "spent": spent,
    }


def messages(sent: Any = SENT) -> list[Message]:
    return [Message(data={"segment": "stream", "path": path}, payload=data) for path, data in sent]


def run(child: Liar, folder: Path) -> mf.JobResult:
    job = mf.Job(BytesIO(bytes(1_000)), [OUTPUT], to=f"{folder}/new/out/")
    environment = Environment(pool=Lender(child))  # type: ignore[arg-type]  # what it is asked for
    return run_job(job, environment, Context(job_id="one"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "child"
    folder.mkdir()
    return folder


def test_what_a_child_sends_is_stored_and_its_manifests_are_written_here(
    place: Path, tmp_path: Path
) -> None:
    result = run(Liar(place, messages(), answer_of()), tmp_path)

    out = tmp_path / "new" / "out"
    assert result.outputs[0].data == TABLE
    for path, data in SENT:
        assert (out / path).read_bytes() == data
    assert Path(result.outputs[0].uri).read_text().startswith("#EXTM3U")


HOSTILE = {
    "out of turn": (messages(SENT[1:]), answer_of()),
    "an unknown folder": (messages([("v720_h264/init.mp4", INIT)]), answer_of()),
    "a way out": ([*messages(), *messages([("../init.mp4", INIT)])], answer_of()),
    "another output": (
        [*messages(), Message(data={"segment": "film", "path": "a/init.mp4"}, payload=INIT)],
        answer_of(),
    ),
    "other sizes": (messages(), answer_of(of_picture(sizes=(7, 7)))),
    "a label": (messages(), answer_of(of_sound(label="Free films"))),
    "no table": (messages(), answer_of(None)),
    "too little": (messages(SENT[:-1]), answer_of()),
    "a file in place of segments": (
        [*messages(), Message(data={"file": 5}, payload=INIT)],
        answer_of(),
    ),
}


@pytest.mark.parametrize(("said", "answer"), HOSTILE.values(), ids=HOSTILE)
def test_a_child_that_lies_ends_its_job_and_nothing_is_left(
    said: list[Message], answer: dict[str, Any], place: Path, tmp_path: Path
) -> None:
    child = Liar(place, said, answer)

    with pytest.raises(WorkerLostError):
        run(child, tmp_path)

    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("data", [b"<html></html>", bytes(40)])
def test_a_segment_without_boxes_fails_the_stream(data: bytes, place: Path, tmp_path: Path) -> None:
    sent = [*SENT[:1], (SENT[1][0], data), *SENT[2:]]

    with pytest.raises(MediaflowError) as caught:
        run(Liar(place, messages(sent), answer_of()), tmp_path)

    assert isinstance(caught.value, OutputsFailedError)
    assert caught.value.result.outputs[0].error_code == EncodeError.code
    assert list(tmp_path.iterdir()) == [place]


def test_a_segment_may_be_several_fragments() -> None:
    check_segment(segment(4) + segment(64), is_init=False)


@pytest.mark.parametrize(
    "kinds",
    [(), (b"moof",), (b"mdat", b"moof"), (b"moof", b"mdat", b"moof"), (b"ftyp", b"moov")],
    ids=str,
)
def test_a_segment_is_fragments_each_with_its_samples(kinds: tuple[bytes, ...]) -> None:
    with pytest.raises(EncodeError, match="no segment"):
        check_segment(b"".join(map(box, kinds)), is_init=False)
