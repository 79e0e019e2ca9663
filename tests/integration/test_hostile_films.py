"""Films that lie, and texts that pose as films: an answer or a typed error, soon, from that file alone.

All of them are probed by one child process, which says what came out, how long it took, how much
memory it needed at most, and what was opened. A crash or a hang of the child fails every test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import mediaflow as mf
from mediaflow import errors
from tests.film import counting_film
from tests.hostile_films import (
    box,
    covered_sound,
    gapped_film,
    many_samples,
    many_tracks,
    number,
    rebuilt,
    table,
    timeless,
    with_reference,
)
from tests.house.source import ROOT
from tests.measure import open_descriptors, own_threads

pytestmark = pytest.mark.integration

CONTAINERS: Final = ("avi", "flv", "mkv", "mov", "mp4", "mpg", "ts", "webm")
UNREAD: Final = ("asf", "mxf")
"""Containers that no table names: their demuxers are seldom used and often attacked."""

CUTS: Final = 10
DAY: Final = 24 * 3600
MOST_SECONDS: Final = 5.0
MOST_MEGABYTES: Final = 200  # above what a good film takes
CODE_PAGES: Final = "/gconv/"
"""Where the C library keeps the tables of old character sets, which names in a broadcast may use."""

SECRET: Final = "root:x:0:0"  # how the file of users begins


def _film(path: Path, **options: Any) -> bytes:
    return counting_film(path, **{"frames": 25, **options}).read_bytes()


def _plain(folder: Path) -> bytes:
    return _film(folder / "plain.mp4", sound=None)


def _without(kind: bytes) -> Callable[[Path], bytes]:
    return lambda folder: rebuilt(_plain(folder), {kind: lambda _: None})


def _tables(**changed: bytes) -> Callable[[Path], bytes]:
    """Change tables of samples; contents by kind of the box."""
    changes = {kind.encode(): (lambda _, new=new: new) for kind, new in changed.items()}
    return lambda folder: rebuilt(_plain(folder), changes)


def _grown(folder: Path) -> bytes:
    small = _film(folder / "small.ts", frames=200, sound=None)
    return small + _film(folder / "large.ts", size=(1280, 720), sound=None)


def _hollow_mkv(folder: Path) -> bytes:
    """Return Matroska whose tracks are called nothing."""
    data = _film(folder / "hollow.mkv")
    return data.replace(b"\x16\x54\xae\x6b", b"\x1c\x53\xbb\x00")


def _late(folder: Path) -> bytes:
    """Return a film whose second frame is shown for a month."""
    steps = (3, 1, 4, 1, 30 * DAY * 100, 23, 4)
    return rebuilt(
        _plain(folder),
        {
            b"mdhd": lambda old: old[:12] + number(100) + old[16:],  # ticks a second
            b"stts": lambda _: table(*steps),
        },
    )


def _names(folder: Path) -> bytes:
    """Return a film with sixty million names of tags announced."""
    handler = box(b"hdlr", table(0) + b"mdta" + bytes(13))
    tags = box(b"meta", table() + handler + box(b"keys", table(60_000_000)))
    return rebuilt(_plain(folder), {b"moov": lambda old: old + tags})


def _track_number(folder: Path) -> bytes:
    """Return fragments of a track whose number is so high that FFmpeg counts for a minute."""
    options = {"movflags": "frag_keyframe+empty_moov"}
    data = _film(folder / "fragments.mp4", gop=1, sound=None, container_options=options)
    high = number(1 << 31)
    data = data.replace(b"tfhd\0\0\0\x39" + number(1), b"tfhd\0\0\0\x39" + high)
    return rebuilt(
        data.replace(b"trex" + table(1), b"trex" + number(0) + high),
        {b"tkhd": lambda old: old[:12] + high + old[16:]},
    )


def _renamed(extension: str, old: bytes, new: bytes) -> Callable[[Path], bytes]:
    def change(folder: Path) -> bytes:
        data = _film(folder / f"renamed.{extension}")
        assert old in data
        return data.replace(old, new)

    return change


FILMS: Final[dict[str, tuple[Callable[[Path], bytes], str]]] = {
    "no index.mp4": (_without(b"moov"), "corrupt"),
    "no tracks.mp4": (_without(b"trak"), "corrupt|truncated"),
    "no media.mp4": (_without(b"mdat"), "ok|corrupt|truncated"),
    "no tables.mp4": (_without(b"stbl"), "corrupt|unsupported"),
    "no tracks.mkv": (_hollow_mkv, "corrupt|truncated"),
    "no time.mp4": (lambda folder: timeless(_plain(folder)), "ok"),
    "grows.ts": (_grown, "ok"),
    "month.mkv": (
        lambda folder: gapped_film(folder / "m.mkv", 30 * DAY).read_bytes(),
        "ok|limit_exceeded",
    ),
    "month.mp4": (_late, "limit_exceeded"),
    "tracks.mp4": (lambda folder: many_tracks(_film(folder / "t.mp4"), 900), "limit_exceeded"),
    "picture of unknown codec.mp4": (_renamed("mp4", b"avc1", b"ZZZZ"), "ok"),
    "unknown codecs.mp4": (
        lambda folder: rebuilt(
            _plain(folder),
            {b"stsd": lambda _: table(1) + box(b"ZZZZ", bytes(78))},
        ),
        "unsupported",
    ),
    "unknown codec.avi": (_renamed("avi", b"FMP4", b"ZZZZ"), "ok"),
    "unknown codec.mkv": (_renamed("mkv", b"V_MPEG4/ISO/AVC", b"V_ZZZZZ/ISO/ZZZ"), "ok"),
    "unlisted codec.avi": (lambda folder: _film(folder / "w.avi", codec="wmv2"), "ok"),
    "samples.mp4": (lambda folder: many_samples(_plain(folder), 50_000_000), "limit_exceeded"),
    "names.mp4": (_names, "limit_exceeded"),
    "track number.mp4": (_track_number, "corrupt"),
    "sizes.mp4": (_tables(stsz=table(0, 2**30)), "corrupt|limit_exceeded"),
    "chunks.mp4": (_tables(stco=table(2**30 - 1)), "ok|corrupt|limit_exceeded"),
    "far chunks.mp4": (
        _tables(stco=table(1), co64=table(1) + b"\xff" * 8),
        "ok|corrupt|limit_exceeded",
    ),
    "times.mp4": (_tables(stts=table(2**28)), "corrupt|limit_exceeded"),
    "long times.mp4": (
        _tables(stts=table(3, *(2**31 - 1, 2**31 - 1) * 3)),
        "ok|corrupt|limit_exceeded",
    ),
    "no steps.mp4": (_tables(stts=table(2**16, *(0, 0) * 2**16)), "ok|corrupt"),
    "chunk loop.mp4": (_tables(stsc=table(3, 1, 1, 1, 1, 1, 1, 1, 1, 1)), "ok|corrupt"),
    "chunks back.mp4": (_tables(stsc=table(3, 9, 1, 1, 5, 1, 1, 1, 1, 1)), "ok|corrupt"),
    "empty chunks.mp4": (_tables(stsc=table(2**12, *(1, 0, 1) * 2**12)), "ok|corrupt"),
    "reference.mov": (
        lambda folder: with_reference(_plain(folder), "file:///etc/passwd"),
        "ok|corrupt|truncated|unsupported",
    ),
    "reference to a server.mov": (
        lambda folder: with_reference(_plain(folder), "http://127.0.0.1:9/film.mov"),
        "ok|corrupt|truncated|unsupported",
    ),
    "reference beside.mov": (
        lambda folder: with_reference(_plain(folder), "canary.ts", (1, 1)),
        "ok|corrupt|truncated|unsupported",
    ),
    "cover.mp3": (lambda folder: covered_sound(folder / "c.mp3").read_bytes(), "ok"),
    "cover.mp4": (lambda folder: covered_sound(folder / "c.mp4").read_bytes(), "ok"),
    "cover.mka": (lambda folder: covered_sound(folder / "c.mka").read_bytes(), "ok"),
    **{
        f"read by nobody.{name}": (
            lambda folder, name=name: _film(folder / f"unread.{name}"),
            "unidentified",
        )
        for name in UNREAD
    },
}
"""By name of the file: how it is made, and the codes that a probe may end with."""

TEXTS: Final = {
    "playlist.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ncanary.ts\n#EXT-X-ENDLIST\n",
    "playlist.m3u8": "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "key.m3u8": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"\n#EXTINF:1,\ncanary.ts\n',
    "list.mp4": "ffconcat version 1.0\nfile canary.ts\n",
    "list of secrets.mp4": "ffconcat version 1.0\nfile /etc/passwd\n",
    "session.mp4": (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    ),
    "manifest.mp4": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
        "<Representation><BaseURL>canary.ts</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ),
    "subtitles.mp4": "# VobSub index file, v7\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 0\n",
    "files.mp4": "file canary.ts\n",
    "reference.mp4": "[Reference]\nRef1=http://127.0.0.1:9/a.asf\n",
}
"""What makes FFmpeg open something else, by name of the file; ``canary.ts`` lies beside it."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with all of them."""
    folder, work = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("work")
    for name in ("good.mp4", "good.mkv", "canary.ts"):
        (folder / name).write_bytes(_film(work / name))
    (folder / "bad.mp4").write_bytes(b"\0\0\0\x08moov" + bytes(64))
    for name, (make, _) in FILMS.items():
        (folder / name).write_bytes(make(work))
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    for extension in CONTAINERS:
        data = _film(work / f"whole.{extension}")
        for cut in range(CUTS):
            part = data[: len(data) * cut // CUTS + 13]
            (folder / f"cut {cut}.{extension}").write_bytes(part)
    return folder


def _run(films: Path, *before: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.hostile_child", str(films)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=films,  # where a name without a folder would lead
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (records[-1:], done.stderr[-2000:])
    return {record["name"]: record for record in records}


@pytest.fixture(scope="module")
def records(films: Path) -> dict[str, dict[str, Any]]:
    pytest.importorskip("typer", reason="the extra cli is not installed here")
    return _run(films)


@pytest.mark.parametrize("name", FILMS)
def test_a_film_that_lies_ends_in_an_answer_or_a_typed_error(records, name):
    record = records[name]

    for code in (record["header"], record["packets"]):
        assert re.fullmatch(FILMS[name][1], code), record["text"]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_no_film_whatever_its_name(records, name):
    assert (records[name]["header"], records[name]["packets"]) == ("unidentified", "unidentified")


@pytest.mark.parametrize("extension", CONTAINERS)
def test_a_cut_film_ends_in_an_answer_or_a_typed_error(records, extension):
    codes = {
        code
        for cut in range(CUTS)
        for code in (records[f"cut {cut}.{extension}"][kind] for kind in ("header", "packets"))
    }

    assert codes <= {"ok", "corrupt", "truncated", "unidentified"}


@pytest.mark.parametrize("extension", CONTAINERS)
def test_a_cut_film_that_can_be_read_is_never_called_whole(records, extension):
    whole = [
        name
        for cut in range(CUTS - 1)
        if (deep := records[name := f"cut {cut}.{extension}"]["deep"]) is not None
        if deep["container"]["is_truncated"] is False
    ]

    assert whole == []


def test_all_are_answered_soon_and_in_little_memory(records):
    slow = {name: one["seconds"] for name, one in records.items() if one["seconds"] > MOST_SECONDS}
    large = {
        name: one["megabytes"] for name, one in records.items() if one["megabytes"] > MOST_MEGABYTES
    }

    assert (slow, large) == ({}, {})


def test_the_command_says_the_same_as_the_call(records):
    for name, record in records.items():
        if record["header"] == "ok":
            assert (name, record["exit"]) == (name, 0)
            assert json.loads(record["said"]) == record["info"]
        else:
            assert record["exit"] == {"unsupported": 1}.get(record["header"], 3), name


def test_nothing_but_the_file_is_opened(films, records):
    foreign = {
        name: strange
        for name, record in records.items()
        if (strange := set(record["opened"]) - {f"open {films / name}"})
    }

    assert foreign == {}


def test_nothing_of_another_file_is_told(records):
    assert [name for name, one in records.items() if SECRET in json.dumps(one)] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_kernel_sees_nothing_but_the_file_opened(films, tmp_path):
    log = tmp_path / "calls"
    calls = "trace=open,openat,openat2,socket,connect,bind,execve"
    try:
        _run(films, "strace", "-f", "-qq", "-e", calls, "-o", str(log), "-s", "4096")
    except AssertionError as exc:
        if "ptrace" in str(exc):
            pytest.skip("this system does not let processes be traced")
        raise

    strange, current, seen = {}, None, set()
    for line in log.read_text(errors="replace").splitlines():
        if mark := re.search(r'"/marks/(begin|end) ([^"]+)"', line):
            current = mark[2] if mark[1] == "begin" else None
            strange.pop(current, None)  # it was probed before, while things were loaded
            seen |= {current}
        elif current is not None and not re.search(
            f'resumed>|"{re.escape(str(films / current))}"|{CODE_PAGES}', line
        ):
            strange.setdefault(current, []).append(line)

    assert strange == {}
    assert seen >= set(FILMS) | set(TEXTS)


def test_a_cover_is_never_taken_for_a_film(records):
    for name in ("cover.mp3", "cover.mp4", "cover.mka"):
        info = records[name]["info"]
        assert (info["kind"], info["video"]) == ("audio", []), name
        assert [one["kind"] for one in info["others"]] == ["attached_picture"], name


def test_a_picture_in_an_unknown_codec_is_listed(records):
    info = records["picture of unknown codec.mp4"]["info"]

    assert [(one["kind"], one["codec"]) for one in info["others"]] == [("unknown", "unknown")]
    assert records["unlisted codec.avi"]["info"]["video"][0]["is_decodable"] is False


def test_probes_leave_nothing_open(films):
    def both(name: str) -> None:
        for deep in (False, True):
            try:
                mf.probe(films / name, deep=deep)
            except errors.MediaflowError:
                continue

    both("good.mp4")
    descriptors, threads = open_descriptors(), own_threads()

    for name in FILMS:
        both(name)

    assert (open_descriptors(), own_threads()) == (descriptors, threads)


def _made(path: Path, folder: Path) -> str:
    """Return how a still and a film of it end: "ok", or the code of an error."""
    outputs = [
        mf.StillOutput(0, width=32),
        mf.VideoOutput("mp4", width=32, effort=0, suffix="_film"),
    ]
    try:
        result = mf.process(path, outputs, to=f"{folder}/out/", on_failure="partial")
    except errors.MediaflowError as exc:
        return exc.code
    return "ok" if result.status == "completed" else str(result.outputs[-1].error_code)


JOBS: Final = {
    "month.mkv": "limit_exceeded",
    "month.mp4": "limit_exceeded",
    "samples.mp4": "limit_exceeded",
    "tracks.mp4": "limit_exceeded",
    "picture of unknown codec.mp4": "unsupported",
    "unlisted codec.avi": "unsupported",
    "cover.mp3": "unsupported",
    "no time.mp4": "ok",
}
"""What a still and a film of some of them end with."""

TYPED: Final = "ok|corrupt|truncated|limit_exceeded|unsupported|unidentified|encode_failed"


@pytest.mark.parametrize("name", FILMS)
def test_a_job_ends_as_typed_as_a_probe(films, tmp_path, name):
    assert re.fullmatch(JOBS.get(name, TYPED), _made(films / name, tmp_path))
