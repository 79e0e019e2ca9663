"""What copied films say beside their frames: names of encoders.

Encoders are read by MediaInfo, frames by PyAV used plainly.
"""

from __future__ import annotations

from pathlib import Path

import av
import pytest

import mediaflow as mf
from tests.film import counting_film

pymediainfo = pytest.importorskip("pymediainfo", reason="pymediainfo is not installed")

pytestmark = pytest.mark.integration

every_target = pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])
WAYS = {"copied": {"codec": "copy", "audio": "copy"}, "encoded": {"effort": 0}}


def copied(film, tmp_path, target, **words):
    return mf.process(film, mf.VideoOutput(target, **words), to=f"{tmp_path}/made.{{ext}}").outputs[
        0
    ]


def tracks_of(uri, kind):
    found = pymediainfo.MediaInfo.parse(uri).tracks
    return [track for track in found if track.track_type == kind]


# ------------------------------------------------------------------ encoders

X265 = b"x265 (build"


@pytest.fixture(scope="module", params=["mkv", "mp4", "ts"])
def named(request, tmp_path_factory):
    """Return a film whose encoder left its name in frames and before them."""
    path = tmp_path_factory.mktemp("named") / f"film.{request.param}"
    return counting_film(path, frames=25, codec="libx265", gop=5)


def decoded(path):
    with av.open(str(path)) as film:
        return [bytes(plane) for frame in film.decode(video=0) for plane in frame.planes]


def header(path):
    with av.open(str(path)) as film:
        return film.streams.video[0].codec_context.extradata


@every_target
def test_no_byte_of_a_stripped_copy_names_the_encoder(named, tmp_path, target):
    output = copied(named, tmp_path, target, metadata="strip", **WAYS["copied"])

    assert X265 in named.read_bytes()
    assert X265 not in Path(output.uri).read_bytes()
    (track,) = tracks_of(output.uri, "Video")
    assert (track.format, track.writing_library, track.encoding_settings) == ("HEVC", None, None)
    assert decoded(output.uri) == decoded(named)


@every_target
def test_a_copy_that_is_not_stripped_keeps_its_header(named, tmp_path, target):
    output = copied(named, tmp_path, target, metadata="keep", **WAYS["copied"])

    assert (X265 in header(output.uri)) == (X265 in header(named))
    assert X265 in Path(output.uri).read_bytes()
