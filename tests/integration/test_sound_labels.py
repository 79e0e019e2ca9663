"""Tags, covers and chapters of files of sound, read back by mutagen and ffprobe."""

from __future__ import annotations

import base64

import pytest

import mediaflow as mf
from mediaflow.errors import OutputsFailedError, SpecError
from tests.film import ffprobe
from tests.media import photo_jpeg
from tests.sounds import noise, painted_wav, write_wav

mutagen = pytest.importorskip("mutagen", reason="mutagen is not installed")

pytestmark = pytest.mark.integration

TAGS = {"title": "Ein Stück", "artist": "Ada", "album": "Töne", "track": "3/12", "date": "2026"}
COVER = photo_jpeg(64, 48)
NAMES = {
    "flac": {"title": "title", "artist": "artist", "album": "album"},
    "m4a": {"title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb"},
    "mp3": {"title": "TIT2", "artist": "TPE1", "album": "TALB"},
    "ogg": {"title": "title", "artist": "artist", "album": "album"},
    "opus": {"title": "title", "artist": "artist", "album": "album"},
}
every_format = pytest.mark.parametrize("format", NAMES)


def read(path):
    """Return what mutagen reads of a file."""
    return mutagen.File(str(path))


def said(file, format):
    """Return title, artist and album by the names of the vocabulary."""
    found = {}
    for name, own in NAMES[format].items():
        value = file.tags[own]
        found[name] = str(value.text[0] if hasattr(value, "text") else value[0])
    return found


def covers(file, format):
    """Return the bytes of the covers of a file."""
    match format:
        case "flac":
            return [picture.data for picture in file.pictures]
        case "m4a":
            return [bytes(cover) for cover in file.tags.get("covr", [])]
        case "mp3":
            return [frame.data for frame in file.tags.getall("APIC")]
        case _:
            blocks = file.tags.get("metadata_block_picture", [])
            return [mutagen.flac.Picture(base64.b64decode(one)).data for one in blocks]


def labelled(folder, format, **words):
    source = painted_wav(folder / "source.wav", seconds=1)
    output = mf.AudioOutput(format, tags=TAGS, cover=COVER, **words)
    return mf.process(source, output, to=f"{folder}/to/").outputs[0]


@every_format
def test_tags_and_cover_that_are_given_stand_in_the_file(tmp_path, format):
    file = read(labelled(tmp_path, format).uri)

    wanted = {name: TAGS[name] for name in ("title", "artist", "album")}
    assert said(file, format) == wanted
    assert covers(file, format) == [COVER]


@every_format
@pytest.mark.parametrize("target", NAMES)
def test_tags_and_cover_go_along_from_format_to_format(tmp_path, format, target):
    first = labelled(tmp_path, format)

    output = mf.AudioOutput(target, suffix="_again")
    again = mf.process(first.uri, output, to=f"{tmp_path}/to/").outputs[0]

    file = read(again.uri)
    assert said(file, target) == {name: TAGS[name] for name in ("title", "artist", "album")}
    assert covers(file, target) == [COVER]


def test_given_tags_stand_over_those_of_the_source(tmp_path):
    first = labelled(tmp_path, "mp3")

    output = mf.AudioOutput("mp3", tags={"title": "Other", "artist": ""}, suffix="_again")
    again = mf.process(first.uri, output, to=f"{tmp_path}/to/").outputs[0]

    tags = read(again.uri).tags
    assert (str(tags["TIT2"]), "TPE1" in tags, str(tags["TALB"])) == ("Other", False, "Töne")


def test_strip_says_nothing(tmp_path):
    first = labelled(tmp_path, "mp3")

    output = mf.AudioOutput("mp3", metadata="strip", suffix="_again")
    again = mf.process(first.uri, output, to=f"{tmp_path}/to/").outputs[0]

    assert not list(read(again.uri).tags or ())


@pytest.mark.parametrize("format", ["flac", "m4a", "mp3", "ogg", "opus"])
def test_chapters_go_along(media, tmp_path, format):
    source = media / "audio" / "chapters.m4b"
    before = chapters(source)

    made = mf.process(source, mf.AudioOutput(format), to=f"{tmp_path}/").outputs[0]

    assert chapters(made.uri) == before


def chapters(path):
    """Return start, in hundredths, and title of each chapter, by ffprobe."""
    found = ffprobe(path, "-show_chapters")["chapters"]
    return [(round(float(one["start_time"]) * 100), one["tags"]["title"]) for one in found]


def test_wav_tells_what_it_has_no_place_for(tmp_path):
    made = labelled(tmp_path, "wav")

    told = [(notice.code, notice.message) for notice in made.notices]
    assert told == [("metadata_dropped", "wav has no cover")]


def test_names_of_tags_without_a_place_are_told_in_a_line(tmp_path):
    source = write_wav(tmp_path / "talk.wav", noise(4_800))
    tags = {f"{at:03}{'x' * 5_000}": "y" for at in range(200)}
    wav, flac = (mf.AudioOutput(kind, tags=tags, suffix="_made") for kind in ("wav", "flac"))

    made = mf.process(source, wav, to=f"{tmp_path}/to/").outputs[0]
    lines = mf.plan(source, [wav, flac], to=f"{tmp_path}/to/").lines()

    (told,) = made.notices
    assert told.code == "metadata_dropped"
    assert told.message.startswith("wav has no place for tags (000xxx")
    assert told.message.endswith("… and 188 more)")
    assert max(map(len, (told.message, *lines))) < 800


def test_cover_may_be_a_file(tmp_path):
    (tmp_path / "cover.jpg").write_bytes(COVER)
    source = write_wav(tmp_path / "source.wav", noise(10_000))

    output = mf.AudioOutput("mp3", cover=tmp_path / "cover.jpg")
    made = mf.process(source, output, to=f"{tmp_path}/to/").outputs[0]

    assert covers(read(made.uri), "mp3") == [COVER]


def test_cover_that_is_no_picture_is_refused(tmp_path):
    source = write_wav(tmp_path / "source.wav", noise(10_000))

    with pytest.raises(OutputsFailedError, match="the cover is no JPEG or PNG"):
        mf.process(source, mf.AudioOutput("mp3", cover=b"GIF89a"), to=f"{tmp_path}/to/")

    assert not list(tmp_path.glob("to/*"))


@pytest.mark.parametrize("tags", ["title", {"title": 1}, [("a",)], {"": "x"}, {"a": "x" * 10_001}])
def test_tags_that_are_none_are_refused(tags):
    with pytest.raises(SpecError):
        mf.AudioOutput("mp3", tags=tags)
