"""How long a track of Matroska lasts by its tag; values by hand, files by FFmpeg's own muxer."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

import mediaflow as mf
from mediaflow.libav.track_length import tagged_seconds
from tests.film import ffprobe

LAVF = "Lavf62.12.102"
OTHER = "libebml v1.4.5 + libmatroska v1.7.1"


def seconds_of(tags, *, start=0, whole=10, writer=LAVF):
    told = None if whole is None else Fraction(whole)
    return tagged_seconds(tags, start=Fraction(start), whole=told, writer=writer)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("00:00:02.021000000", 2.021),
        ("00:00:02", 2.0),
        ("00:00:02.5", 2.5),
        ("01:02:03.000000001", 3723.000000001),
    ],
)
def test_tag_is_a_time(text, wanted):
    assert seconds_of({"DURATION": text}, whole=10_000) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-00:00:02.000000000",
        "00:00:-2.0",
        "00:00:00.000000000",
        "00:00:11.000000000",
        f"{10**30}:00:00.000000000",
        "1" * 1_000_000,
        "00:61:00.0",
        "00:00:02.0000000000000000000000001",
        "00:00:02.021000000\x00",
        "\u0660\u0660:\u0660\u0660:\u0660\u0662",
        "NaN",
        "2.5",
        "\udcff\udcfe",
    ],
)
def test_what_cannot_be_true_is_not_taken(text):
    assert seconds_of({"DURATION": text}) is None


def test_nothing_is_taken_of_a_file_that_does_not_tell_its_length():
    assert seconds_of({"DURATION": "00:00:02.0"}, whole=None) is None


def test_length_by_libavformat_counts_from_the_start_of_the_file():
    tags = {"DURATION": "00:00:03.0"}

    assert seconds_of(tags, start=1) == 2
    assert seconds_of(tags, start=Fraction(-7, 1000)) == 3  # its own delay is moved behind 0
    assert seconds_of(tags, start=3) is None
    assert seconds_of(tags, start=1, writer=OTHER) == 3


def test_tag_in_a_language_is_taken_where_there_is_no_other():
    named = {"DURATION-eng": "00:00:03.0"}

    assert seconds_of(named, writer=OTHER) == 3
    assert seconds_of({"DURATION": "00:00:02.0", **named}, writer=OTHER) == 2
    assert seconds_of(named, writer=LAVF) is None  # it carries those of the file it copied


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_each_track_has_a_length_of_its_own(tmp_path, suffix):
    path = tmp_path / f"film.{suffix}"
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libvpx", rate=10)
        picture.width = picture.height = 64
        sound = film.add_stream("libopus", rate=48_000, layout="mono")
        for at in range(30):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = at
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        heard = av.AudioFrame("s16", "mono", 48_000)
        heard.sample_rate, heard.pts = 48_000, 24_000
        film.mux(sound.encode(heard))
        film.mux(sound.encode(None))

    info = mf.probe(path)

    (video,), (audio,) = info.video, info.audio
    assert video.duration_seconds_from_header == 3
    assert audio.duration_seconds_from_header == pytest.approx(1, abs=0.03)  # packets of 20 ms
    said = ffprobe(path, "-show_packets", "-select_streams", "a")["packets"]
    last = float(said[-1]["pts_time"]) + float(said[-1]["duration_time"])
    ends = audio.start_seconds + audio.duration_seconds_from_header
    assert ends == pytest.approx(last, abs=0.01)


@pytest.mark.parametrize(
    "said", [b"99:00:02.021000000", b"-0:00:02.021000000", b"\xff\xfe:00:00.00"]
)
def test_hostile_tag_leaves_the_length_of_its_track_unknown(tmp_path, said):
    path = tmp_path / "sound.mka"
    with av.open(str(path), "w", format="matroska") as file:
        sound = file.add_stream("pcm_s16le", rate=8_000, layout="mono")
        heard = av.AudioFrame("s16", "mono", 16_000)
        heard.sample_rate, heard.pts = 8_000, 0
        file.mux(sound.encode(heard))
    told = b"00:00:02.000000000"
    data = path.read_bytes()
    path.write_bytes(data.replace(told, said[: len(told)].ljust(len(told), b"0")))

    info = mf.probe(path)

    assert told in data
    assert info.audio[0].duration_seconds_from_header is None
    assert info.duration_seconds == 2
