"""What copied films say beside their frames: languages, covers, names of encoders.

Languages and encoders are read by MediaInfo, covers by mutagen, frames by PyAV used plainly.
"""

from __future__ import annotations

from pathlib import Path

import av
import pytest

import mediaflow as mf
from tests.film import counting_film
from tests.media import photo_jpeg

pymediainfo = pytest.importorskip("pymediainfo", reason="pymediainfo is not installed")
mutagen_mp4 = pytest.importorskip("mutagen.mp4", reason="mutagen is not installed")

pytestmark = pytest.mark.integration

every_target = pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])
WAYS = {"copied": {"codec": "copy", "audio": "copy"}, "encoded": {"effort": 0}}
every_way = pytest.mark.parametrize("way", WAYS)


def copied(film, tmp_path, target, **words):
    return mf.process(film, mf.VideoOutput(target, **words), to=f"{tmp_path}/made.{{ext}}").outputs[
        0
    ]


# ------------------------------------------------------------------ languages

LANGUAGES = {"deu": "de", "fra": "fr", "hrv": "hr", "nld": "nl", "swe": "sv"}


def tracks_of(uri, kind):
    found = pymediainfo.MediaInfo.parse(uri).tracks
    return [track for track in found if track.track_type == kind]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    path = tmp_path_factory.mktemp("spoken") / "spoken.mkv"
    return counting_film(
        path, frames=25, codec="libx264", sound_codec="aac", languages=[*LANGUAGES]
    )


@every_target
def test_languages_are_kept_in_every_container(spoken, tmp_path, target):
    output = copied(spoken, tmp_path, target, **WAYS["copied"])

    assert [track.language for track in tracks_of(output.uri, "Audio")] == [*LANGUAGES.values()]
    assert output.notices == ()


def test_languages_of_quicktime_are_found_again(spoken, tmp_path):
    first = copied(spoken, tmp_path, "mov", **WAYS["copied"])

    again = copied(first.uri, tmp_path, "mkv", **WAYS["copied"])

    assert [track.language for track in tracks_of(again.uri, "Audio")] == [*LANGUAGES.values()]
    assert again.notices == ()
    found = [track.language for track in mf.probe(first.uri).audio]
    assert found == ["ger", "fra", "hrv", "dut", "swe"]  # ISO 639-2, at times the other code


@every_way
def test_a_language_that_a_container_cannot_say_is_told(tmp_path, way):
    film = counting_film(tmp_path / "film.mp4", frames=25, languages=["tlh"])

    output = copied(film, tmp_path, "mov", **WAYS[way])

    assert [(one.code, one.message) for one in output.notices] == [
        ("metadata_dropped", "left out: the language 'tlh' of stream 1, for which mov has no code")
    ]


# ------------------------------------------------------------------ covers

COVER = photo_jpeg(64, 48)
SECRET = b"+48.1000+011.5000/"


def covered(folder, cover):
    path = counting_film(folder / "film.mp4", frames=25)
    tags = mutagen_mp4.MP4(str(path))
    tags["covr"] = [mutagen_mp4.MP4Cover(cover)]
    tags.save()
    return path


def covers_of(uri):
    return [bytes(cover) for cover in (mutagen_mp4.MP4(uri).tags or {}).get("covr", [])]


@every_way
def test_a_second_picture_behind_a_cover_goes(tmp_path, way):
    second = photo_jpeg(32, 32, comment=SECRET)

    output = copied(covered(tmp_path, COVER + second), tmp_path / "made", "mp4", **WAYS[way])

    assert covers_of(output.uri) == [COVER]
    assert SECRET not in Path(output.uri).read_bytes()
    assert output.notices == ()


@every_way
def test_a_damaged_cover_is_left_out_and_told(tmp_path, way):
    cut = COVER[: len(COVER) // 2]

    output = copied(covered(tmp_path, cut), tmp_path / "made", "mp4", **WAYS[way])

    assert covers_of(output.uri) == []
    assert [(one.code, one.message) for one in output.notices] == [
        ("streams_dropped", "left out: attached picture of stream 2, which is damaged")
    ]


def test_a_damaged_cover_stays_as_it_is_where_all_is_kept(tmp_path):
    cut = COVER[: len(COVER) // 2]
    film = covered(tmp_path, cut)

    output = copied(film, tmp_path / "made", "mp4", metadata="keep", **WAYS["copied"])

    assert covers_of(output.uri) == [cut]


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
