"""What is written of tags, chapters and covers, as mutagen reads it; sound stays as it was."""

from __future__ import annotations

import base64
import subprocess
from shutil import which

import av
import numpy as np
import pytest

from mediaflow.audio.labels import Labels
from mediaflow.errors import SpecError
from mediaflow.formats import sound_formats
from mediaflow.formats.cover_files import cover_file
from mediaflow.formats.sound_tags import LABELS, fields_of
from mediaflow.models.streams import Chapter, Tag
from mediaflow.probing import probe
from tests.film_files import FileReader
from tests.sound_files import CODECS, picture

mutagen = pytest.importorskip("mutagen", reason="mutagen is not installed")
flac = pytest.importorskip("mutagen.flac", reason="mutagen is not installed")
mp4 = pytest.importorskip("mutagen.mp4", reason="mutagen is not installed")

SAID = {
    "album": "Älbum",
    "album_artist": "Everybody",
    "artist": "東京",
    "bpm": "120",
    "comment": "plain «words»",
    "compilation": "1",
    "composer": "C. O. Mposer",
    "copyright": "℗ 2024",
    "date": "2024-05-06",
    "disc": "1/2",
    "encoded_by": "nobody",
    "genre": "Folk",
    "isrc": "DEAB12300001",
    "language": "deu",
    "lyrics": "eins\nzwei\n\ndrei",
    "publisher": "Läbel",
    "replaygain_track_gain": "-6.50 dB",
    "sort_artist": "Tokio",
    "title": "Tïtle",
    "track": "3/12",
}
TAGS = tuple(Tag(name, text) for name, text in SAID.items())
CHAPTERS = (
    Chapter(start_seconds=0.0, end_seconds=0.25, title="Änfang"),
    Chapter(start_seconds=0.25, end_seconds=0.75, title="Mitte"),
    Chapter(start_seconds=0.75, end_seconds=1.0, title="Ende"),  # in the second half of a second
)
STARTS = [("Änfang", 0.0), ("Mitte", 0.25), ("Ende", 0.75)]

FRAMES = {
    "COMM::deu": SAID["comment"],
    "TALB": SAID["album"],
    "TBPM": SAID["bpm"],
    "TCMP": SAID["compilation"],
    "TCOM": SAID["composer"],
    "TCON": SAID["genre"],
    "TCOP": SAID["copyright"],
    "TDRC": SAID["date"],
    "TENC": SAID["encoded_by"],
    "TIT2": SAID["title"],
    "TLAN": SAID["language"],
    "TPE1": SAID["artist"],
    "TPE2": SAID["album_artist"],
    "TPOS": SAID["disc"],
    "TPUB": SAID["publisher"],
    "TRCK": SAID["track"],
    "TSOP": SAID["sort_artist"],
    "TSRC": SAID["isrc"],
    "TXXX:replaygain_track_gain": SAID["replaygain_track_gain"],
    "USLT::deu": SAID["lyrics"],
}
ATOMS = {
    "aART": ["Everybody"],
    "cpil": True,
    "cprt": [SAID["copyright"]],
    "disk": [(1, 2)],
    "trkn": [(3, 12)],
    "\xa9ART": [SAID["artist"]],
    "\xa9alb": [SAID["album"]],
    "\xa9cmt": [SAID["comment"]],
    "\xa9day": [SAID["date"]],
    "\xa9gen": [SAID["genre"]],
    "\xa9lyr": [SAID["lyrics"]],
    "\xa9nam": [SAID["title"]],
    "\xa9wrt": [SAID["composer"]],
}
FIELDS = {
    **{name: [text] for name, text in SAID.items()},
    "albumartist": [SAID["album_artist"]],
    "artistsort": [SAID["sort_artist"]],
    "description": [SAID["comment"]],
    "discnumber": ["1"],
    "disctotal": ["2"],
    "encoded-by": [SAID["encoded_by"]],
    "organization": [SAID["publisher"]],
    "tracknumber": ["3"],
    "tracktotal": ["12"],
}
for renamed in (
    "album_artist",
    "comment",
    "disc",
    "encoded_by",
    "publisher",
    "sort_artist",
    "track",
):
    del FIELDS[renamed]
INFO = {
    "IART": SAID["artist"],
    "ICMT": SAID["comment"],
    "ICOP": SAID["copyright"],
    "ICRD": SAID["date"],
    "IGNR": SAID["genre"],
    "ILNG": SAID["language"],
    "INAM": SAID["title"],
    "IPRD": SAID["album"],
    "IPRT": SAID["track"],
    "ITCH": SAID["encoded_by"],
}
"""RIFF INFO (Multimedia Programming Interface 1.0, 2-14), which mutagen does not read."""

every_format = pytest.mark.parametrize("suffix", sorted(LABELS))


def labeled(path, labels, *, samples=48_000):
    """Write a tone that says what labels tell."""
    wave = np.sin(np.arange(samples) * 2 * np.pi * 997 / 48_000) * 8_000
    row, (_, codec) = sound_formats[path.suffix[1:]], CODECS[path.suffix[1:]]
    options = {**{name: str(value) for name, value in row.options}, **labels.options}
    with av.open(str(path), "w", format=row.muxer, options=options) as file:
        stream = file.add_stream(codec, rate=48_000, layout="stereo", bit_rate=96_000)
        labels.write(file, stream)
        file.start_encoding()
        labels.pack(file)
        frame = av.AudioFrame.from_ndarray(
            np.repeat(wave.astype(np.int16), 2)[None], format="s16", layout="stereo"
        )
        frame.sample_rate, frame.pts = 48_000, 0
        for sound in (frame, None):
            file.mux(stream.encode(sound))
    with path.open("r+b") as closed:
        labels.finish(closed)
    return path


def packets_of(path):
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(file.streams.audio[0]) if packet.size]


def read(path):
    """Return what mutagen finds, without the name of the program that wrote it."""
    tags = mutagen.File(str(path)).tags
    return {name: tags[name] for name in set(tags.keys()) - {"TSSE", "encoder", "\xa9too"}}


def test_id3_has_each_value_in_its_frame(tmp_path):
    path = labeled(tmp_path / "a.mp3", Labels(LABELS["mp3"], TAGS))

    found = read(path)

    assert {name: str(getattr(frame, "text", frame)) for name, frame in found.items()} == {
        **{name: str([text]) for name, text in FRAMES.items()},
        "USLT::deu": SAID["lyrics"],
    }
    assert path.read_bytes()[:4] == b"ID3\x04"


def test_mp4_has_each_value_in_its_atom(tmp_path):
    labels = Labels(LABELS["m4a"], TAGS)
    path = labeled(tmp_path / "a.m4a", labels)

    assert read(path) == ATOMS
    assert path.read_bytes()[8:12] == b"M4A "
    assert fields_of(TAGS, LABELS["m4a"]).lost == (
        "bpm",
        "encoded_by",
        "isrc",
        "language",
        "publisher",
        "replaygain_track_gain",
        "sort_artist",
    )


@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus"])
def test_vorbis_comments_have_each_value_in_its_field(tmp_path, suffix):
    labels = Labels(LABELS[suffix], TAGS)

    assert read(labeled(tmp_path / f"a.{suffix}", labels)) == FIELDS
    assert fields_of(TAGS, LABELS[suffix]).lost == ()


def test_wav_has_each_value_in_its_chunk(tmp_path):
    labels = Labels(LABELS["wav"], TAGS)
    data = labeled(tmp_path / "a.wav", labels).read_bytes()

    at = data.index(b"LIST") + 8
    end = at + int.from_bytes(data[at - 4 : at], "little")
    assert data[at : at + 4] == b"INFO"
    found, at = {}, at + 4
    while at < end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found[data[at : at + 4].decode()] = data[at + 8 : at + 8 + size].rstrip(b"\0").decode()
        at += 8 + size + size % 2
    assert found.pop("ISFT")
    assert found == INFO
    lost = fields_of(TAGS, LABELS["wav"]).lost
    assert set(lost) == SAID.keys() - {name for name, _ in LABELS["wav"].names}


def test_plain_aac_says_nothing(tmp_path):
    cover = cover_file(picture())
    labels = Labels(LABELS["aac"], TAGS, CHAPTERS, cover)

    path = labeled(tmp_path / "a.aac", labels)

    assert path.read_bytes()[:2] == b"\xff\xf1"
    assert fields_of(TAGS, LABELS["aac"]).lost == tuple(sorted(SAID))


def test_chapters_of_mp3_are_frames(tmp_path):
    tags = mutagen.File(
        str(labeled(tmp_path / "a.mp3", Labels(LABELS["mp3"], TAGS, CHAPTERS)))
    ).tags

    parts = sorted(tags.getall("CHAP"), key=lambda part: part.start_time)

    assert [(part.start_time, part.end_time) for part in parts] == [
        (0, 250),
        (250, 750),
        (750, 1_000),
    ]
    assert [part.sub_frames["TIT2"].text[0] for part in parts] == [name for name, _ in STARTS]
    assert len(tags.getall("CTOC")) == 1


def test_chapters_of_mp4_are_those_of_players(tmp_path):
    path = labeled(tmp_path / "a.m4a", Labels(LABELS["m4a"], (), CHAPTERS))

    found = mp4.MP4(str(path)).chapters

    assert [(part.title, part.start) for part in found] == STARTS


@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus"])
def test_chapters_of_vorbis_comments_begin_when_they_should(tmp_path, suffix):
    path = labeled(tmp_path / f"a.{suffix}", Labels(LABELS[suffix], (), CHAPTERS))

    assert read(path) == {
        "chapter001": ["00:00:00.000"],
        "chapter001name": ["Änfang"],
        "chapter002": ["00:00:00.250"],
        "chapter002name": ["Mitte"],
        "chapter003": ["00:00:00.750"],
        "chapter003name": ["Ende"],
    }


@pytest.mark.skipif(which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("suffix", ["flac", "m4a", "mp3", "ogg", "opus"])
def test_chapters_are_those_that_ffprobe_sees(tmp_path, suffix):
    path = labeled(tmp_path / f"a.{suffix}", Labels(LABELS[suffix], (), CHAPTERS))

    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_chapters", "-of", "csv=p=0", str(path)],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()

    assert [(row.split(",")[-1], float(row.split(",")[3])) for row in said] == STARTS


@pytest.mark.parametrize("suffix", ["m4a", "mp3", "flac", "ogg", "opus"])
@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_covers_come_back_byte_by_byte(tmp_path, suffix, kind, mime):
    cover = cover_file(picture(kind, (33, 21)), description="Vörne")
    path = labeled(tmp_path / f"a.{suffix}", Labels(LABELS[suffix], TAGS, CHAPTERS, cover))

    file = mutagen.File(str(path))
    match suffix:
        case "mp3":
            (found,) = file.tags.getall("APIC")
            assert (found.type, found.mime, found.desc) == (3, mime, "Vörne")
            data = found.data
        case "m4a":
            (found,) = file.tags["covr"]
            assert found.imageformat == {"image/jpeg": 13, "image/png": 14}[mime]
            data = bytes(found)
        case "flac":
            (found,) = file.pictures
            assert (found.type, found.mime, found.desc) == (3, mime, "Vörne")
            assert (found.width, found.height) == (33, 21)
            data = found.data
        case "ogg" | "opus":
            (block,) = file.tags["metadata_block_picture"]
            found = flac.Picture(base64.b64decode(block))
            assert (found.type, found.mime, found.desc) == (3, mime, "Vörne")
            assert (found.width, found.height, found.depth) == (33, 21, 24)
            data = found.data
    assert data == cover.data


@every_format
def test_a_probe_finds_what_was_said_under_the_same_names(tmp_path, suffix):
    labels = Labels(LABELS[suffix], TAGS)

    info = probe(FileReader(labeled(tmp_path / f"a.{suffix}", labels)))

    found = {tag.name: tag.value for tag in info.container.tags if tag.name != "encoder"}
    assert info.format == {"opus": "ogg"}.get(suffix, suffix)
    lost = fields_of(TAGS, LABELS[suffix]).lost
    assert found == {name: text for name, text in SAID.items() if name not in lost}


@every_format
def test_sound_is_the_same_with_and_without_labels(tmp_path, suffix):
    bare = labeled(tmp_path / f"bare.{suffix}", Labels(LABELS[suffix]))
    labels = Labels(LABELS[suffix], TAGS, CHAPTERS, cover_file(picture()))
    full = labeled(tmp_path / f"full.{suffix}", labels)

    assert packets_of(full) == packets_of(bare)


def test_frames_need_the_room_that_was_made_for_them(tmp_path):
    path = labeled(tmp_path / "a.mp3", Labels(LABELS["mp3"]))
    before = path.read_bytes()

    with path.open("r+b") as file, pytest.raises(SpecError, match="padding"):
        Labels(LABELS["mp3"], TAGS).finish(file)

    assert path.read_bytes() == before


def test_long_lyrics_fit(tmp_path):
    words = "lä\n" * 20_000
    labels = Labels(LABELS["mp3"], (Tag("lyrics", words),))

    (found,) = mutagen.File(str(labeled(tmp_path / "a.mp3", labels))).tags.getall("USLT")

    assert (found.text, found.lang) == (words, "XXX")
