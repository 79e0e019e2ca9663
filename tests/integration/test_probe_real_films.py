"""Real films, each a trap; ffprobe and MediaInfo are the independent readers."""

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


MEDIAINFO_CODECS = {"AAC": "aac", "AVC": "h264", "HEVC": "hevc", "VP8": "vp8", "VP9": "vp9"}
MEDIAINFO_CODES = {
    "color_primaries": {"BT.709": 1, "BT.2020": 9},
    "transfer_characteristics": {"BT.709": 1, "PQ": 16},
    "matrix_coefficients": {"BT.709": 1, "BT.2020 non-constant": 9},
    "color_range": {"Full": True, "Limited": False},
}
"""Names of MediaInfo against code points of ITU-T H.273."""

UNFIXED = "H.264 calls its rate not fixed, nothing else states one, and MediaInfo then names none"
DIFFERENT = {
    ("attached_picture.mkv", "frame rate"): UNFIXED,
    ("nasa_13013.mp4", "duration"): "MediaInfo counts subtitles, which go on after the sound",
    ("start_offset_10s.ts", "frame rate"): UNFIXED,
    ("testsrc2_odd_height_vp9.mp4", "color_range"): "MediaInfo does not tell what VP9 frames say",
}
"""Film and fact where MediaInfo is silent or means something else, and why."""

every_film = pytest.mark.parametrize(
    "name", FILMS or [pytest.param("", marks=pytest.mark.skip("no real films"))]
)


@pytest.fixture(params=FILMS or [pytest.param("", marks=pytest.mark.skip("no real films"))])
def pair(request):
    path = FOLDER / request.param
    return probe(CountingReader(path.read_bytes())), ffprobe(path)


def media_info(path):
    """Return the tracks that MediaInfo sees, by kind."""
    reader = pytest.importorskip("pymediainfo", reason="pymediainfo is not installed")
    if not reader.MediaInfo.can_parse():
        pytest.skip("there is no library of MediaInfo for this system")
    tracks = [track.to_data() for track in reader.MediaInfo.parse(path).tracks]
    return {
        kind: [track for track in tracks if track["track_type"] == kind]
        for kind in ("General", "Video", "Audio")
    }


def agree(name, fact, ours, theirs):
    """Check a fact, or that the two differ where the table says that they do."""
    assert (ours == theirs) is ((name, fact) not in DIFFERENT), (fact, ours, theirs)


@every_film
def test_pictures_are_those_that_mediainfo_sees(name):
    info, said = probe(CountingReader((FOLDER / name).read_bytes())), media_info(FOLDER / name)

    for ours, theirs in zip(info.video, said["Video"], strict=True):
        assert ours.codec == MEDIAINFO_CODECS[theirs["format"]]
        assert (ours.coded_size.width, ours.coded_size.height) == (
            theirs["width"],
            theirs["height"],
        )
        aspect = float(theirs["pixel_aspect_ratio"])
        assert float(ours.sample_aspect_ratio) == pytest.approx(aspect, abs=0.001)
        assert ours.orientation == QUARTER_TURNS[round(float(theirs.get("rotation", 0)))]
        assert ours.bit_depth == theirs.get("bit_depth", 8)
        rate = float(theirs.get("frame_rate", 0))
        agree(
            name,
            "frame rate",
            True,
            float(ours.frame_rate_average) == pytest.approx(rate, abs=0.001),
        )


@every_film
def test_colours_are_those_that_mediainfo_sees(name):
    info, said = probe(CountingReader((FOLDER / name).read_bytes())), media_info(FOLDER / name)

    for ours, theirs in zip(info.video, said["Video"], strict=True):
        color = ours.color
        for fact, value in [
            ("color_primaries", color.primaries),
            ("transfer_characteristics", color.transfer),
            ("matrix_coefficients", color.matrix),
            ("color_range", color.full_range),
        ]:
            agree(name, fact, value, MEDIAINFO_CODES[fact].get(theirs.get(fact)))


@every_film
def test_sound_is_what_mediainfo_hears(name):
    info, said = probe(CountingReader((FOLDER / name).read_bytes())), media_info(FOLDER / name)

    assert [(one.codec, one.channels, one.sample_rate) for one in info.audio] == [
        (MEDIAINFO_CODECS[one["format"]], one["channel_s"], one["sampling_rate"])
        for one in said["Audio"]
    ]


@every_film
def test_length_is_what_mediainfo_counts(name):
    info, said = probe(CountingReader((FOLDER / name).read_bytes())), media_info(FOLDER / name)

    seconds = float(said["General"][0]["duration"]) / 1000
    agree(name, "duration", True, info.duration_seconds == pytest.approx(seconds, abs=0.05))


def test_every_difference_is_one_of_a_film_that_is_there():
    assert {name for name, _ in DIFFERENT} <= set(FILMS) or not FILMS


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
