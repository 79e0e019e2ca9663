"""Real films, each a trap; Debian's ffprobe is the independent reader."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from mediaflow.geometry import QUARTER_TURNS
from mediaflow.probing import probe
from tests.film import ffprobe
from tests.unit.probing.readers import CountingReader

pytestmark = pytest.mark.integration

FOLDER = Path(os.environ.get("MEDIAFLOW_MEDIA", "")) / "video"
FILMS = sorted(path.name for path in FOLDER.glob("*.*")) if FOLDER.is_dir() else []

CODES = {
    "color_primaries": {"bt709": 1, "bt2020": 9, "smpte170m": 6, "bt470bg": 5},
    "color_transfer": {"bt709": 1, "smpte2084": 16, "arib-std-b67": 18, "smpte170m": 6},
    "color_space": {"bt709": 1, "bt2020nc": 9, "smpte170m": 6, "bt470bg": 5},
}
"""Names of ffprobe against code points of ITU-T H.273."""

RANGES = {"pc": True, "tv": False}


@pytest.fixture(params=FILMS or [pytest.param("", marks=pytest.mark.skip("no real films"))])
def pair(request):
    path = FOLDER / request.param
    return probe(CountingReader(path.read_bytes())), ffprobe(path)


def _moving(said):
    return [
        one
        for one in said["streams"]
        if one["codec_type"] == "video" and not one["disposition"]["attached_pic"]
        if one["avg_frame_rate"] != "0/0"
    ]


def test_pictures_are_those_that_ffprobe_sees(pair):
    info, said = pair

    expected = _moving(said)

    assert [one.index for one in info.video] == [one["index"] for one in expected]
    for ours, theirs in zip(info.video, expected, strict=True):
        assert ours.codec == theirs["codec_name"]
        assert (ours.coded_size.width, ours.coded_size.height) == (
            theirs["width"],
            theirs["height"],
        )
        assert ours.pixel_format == theirs["pix_fmt"]
        assert ours.level == (theirs["level"] if theirs["level"] > 0 else None)
        assert ours.is_decodable
        ratio = theirs.get("sample_aspect_ratio", "1:1").replace(":", "/")
        assert ours.sample_aspect_ratio == Fraction(ratio)
        assert ours.frame_rate_average == Fraction(theirs["avg_frame_rate"])


def test_turns_are_those_that_ffprobe_sees(pair):
    info, said = pair

    for ours, theirs in zip(info.video, _moving(said), strict=True):
        counter = [int(one.get("rotation", 0)) for one in theirs.get("side_data_list", ())]
        assert ours.orientation == QUARTER_TURNS[-sum(counter) % 360]


def test_colours_are_those_that_ffprobe_sees(pair):
    info, said = pair

    for ours, theirs in zip(info.video, _moving(said), strict=True):
        color = ours.color
        assert color.primaries == CODES["color_primaries"].get(theirs.get("color_primaries"))
        assert color.transfer == CODES["color_transfer"].get(theirs.get("color_transfer"))
        assert color.matrix == CODES["color_space"].get(theirs.get("color_space"))
        assert color.full_range == RANGES.get(theirs.get("color_range"))


def test_sound_is_what_ffprobe_sees(pair):
    info, said = pair

    expected = [one for one in said["streams"] if one["codec_type"] == "audio"]

    assert [
        (one.index, one.codec, one.sample_rate, one.channels, one.channel_layout)
        for one in info.audio
    ] == [
        (
            one["index"],
            one["codec_name"],
            int(one["sample_rate"]),
            one["channels"],
            one["channel_layout"],
        )
        for one in expected
    ]


def test_length_is_what_ffprobe_sees(pair):
    info, said = pair

    shown = [
        one["duration"]
        for one in said["streams"]
        if one["codec_type"] in ("audio", "video")
        and "duration" in one
        and not one["disposition"]["attached_pic"]
    ]
    expected = max(map(float, shown or [said["format"]["duration"]]))  # subtitles may go on longer

    assert info.duration_seconds == pytest.approx(expected, abs=0.05)
    assert info.container.start_seconds == pytest.approx(
        float(said["format"]["start_time"]), abs=0.001
    )


@pytest.mark.parametrize(
    ("name", "variable"),
    [("vfr.mp4", True), ("phone_rotated_180_vfr.mp4", True), ("bikes.mp4", False)],
)
def test_a_variable_rate_is_told(media, name, variable):
    source = CountingReader((media / "video" / name).read_bytes())

    assert probe(source).video[0].is_variable_rate is variable


def test_a_cut_film_is_told_and_how_much_is_there(media):
    data = (media / "video" / "truncated_60_percent.mp4").read_bytes()

    info = probe(CountingReader(data), deep=True)

    assert info.container.is_truncated is True
    assert info.container.duration_seconds_from_packets < (
        0.7 * info.container.duration_seconds_from_header
    )


def test_a_cover_is_no_film(media):
    data = (media / "audio" / "chapters_and_cover.mp3").read_bytes()

    info = probe(CountingReader(data))

    assert (info.kind, info.video) == ("audio", ())
    assert [other.kind for other in info.others] == ["attached_picture"]
    assert len(info.container.chapters) == 2


def test_samples_that_an_edit_list_hides_are_not_counted(media):
    source = CountingReader((media / "video" / "nasa_13013.mp4").read_bytes())

    container = probe(source, deep=True).container

    assert container.duration_seconds_from_packets == pytest.approx(13.056, abs=0.001)


def test_an_mp3_that_tells_no_number_of_frames_is_estimated(media):
    data = (media / "audio" / "speech.mp3").read_bytes()
    unsaid = data.replace(b"Xing", bytes(4)).replace(b"Info", bytes(4))

    told, guessed = (probe(CountingReader(one)).container for one in (data, unsaid))

    assert told.duration_seconds_from_header == pytest.approx(13.056, abs=0.05)
    assert told.duration_seconds_estimated is None
    assert guessed.duration_seconds_from_header is None
    assert guessed.duration_seconds_estimated is not None
