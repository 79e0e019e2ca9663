"""What sound files say of themselves, as mutagen wrote it: tags, covers, chapters, samples, gains."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.errors import SourceError
from mediaflow.geometry import Size
from mediaflow.models.streams import AttachedPicture, LoudnessTags
from tests.sound_files import picture, tone

mutagen = pytest.importorskip("mutagen", reason="mutagen is not installed")
id3 = pytest.importorskip("mutagen.id3", reason="mutagen is not installed")
mp4 = pytest.importorskip("mutagen.mp4", reason="mutagen is not installed")
flac = pytest.importorskip("mutagen.flac", reason="mutagen is not installed")

FOLDER = Path(os.environ.get("MEDIAFLOW_MEDIA", "")) / "audio"
real = pytest.mark.skipif(not FOLDER.is_dir(), reason="no real sound files")

SAID = {
    "album": "Älbum",
    "album_artist": "Everybody",
    "artist": "東京",
    "bpm": "120",
    "comment": "plain words",
    "composer": "C. O. Mposer",
    "copyright": "℗ 2024",
    "date": "2024-05-06",
    "disc": "1/2",
    "genre": "Folk",
    "isrc": "DEAB12300001",
    "lyrics": "one\ntwo",
    "title": "Tïtle",
    "track": "3/12",
}
FRAMES = {
    "album": "TALB",
    "album_artist": "TPE2",
    "artist": "TPE1",
    "bpm": "TBPM",
    "composer": "TCOM",
    "copyright": "TCOP",
    "date": "TDRC",
    "disc": "TPOS",
    "genre": "TCON",
    "isrc": "TSRC",
    "title": "TIT2",
    "track": "TRCK",
}
ATOMS = {
    "album": "\xa9alb",
    "album_artist": "aART",
    "artist": "\xa9ART",
    "comment": "\xa9cmt",
    "composer": "\xa9wrt",
    "copyright": "cprt",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "lyrics": "\xa9lyr",
    "title": "\xa9nam",
}
COMMENTS = {
    **{name: name for name in SAID},
    "album_artist": "albumartist",
    "comment": "description",
    "disc": "discnumber",
    "track": "tracknumber",
}
GAINS = LoudnessTags(
    reference_lufs=-18.0,
    track_gain_db=-6.5,
    track_peak=0.988,
    album_gain_db=1.25,
    album_peak=1.01,
)
GAIN_TAGS = {
    "replaygain_track_gain": "-6.50 dB",
    "replaygain_track_peak": "0.988",
    "replaygain_album_gain": "+1.25 dB",
    "replaygain_album_peak": "1.010000",
}


def tags_of(path):
    """Return the tags of a file, without the name of the program that wrote it."""
    found = mf.probe(path).container.tags
    return {tag.name: tag.value for tag in found if tag.name != "encoder"}


def _kind(data):
    try:
        return mf.probe(data).kind
    except SourceError as exc:
        return type(exc).__name__


def pictures_of(path):
    return [other.picture for other in mf.probe(path).others if other.picture is not None]


def mp3_tags(path, version=4):
    tags = id3.ID3()
    for name, frame in FRAMES.items():
        tags.add(getattr(id3, frame)(encoding=1, text=SAID[name]))
    tags.add(id3.COMM(encoding=3, lang="deu", desc="", text=SAID["comment"]))
    tags.add(id3.USLT(encoding=3, lang="deu", desc="", text=SAID["lyrics"]))
    for name, text in GAIN_TAGS.items():
        tags.add(id3.TXXX(encoding=3, desc=name.upper(), text=text))
    tags.update_to_v23() if version == 3 else tags.update_to_v24()
    tags.save(str(path), v2_version=version, v1=0)


@pytest.mark.parametrize("version", [3, 4])
def test_frames_of_id3_bear_one_name_each(tmp_path, version):
    path = tone(tmp_path / "a.mp3")
    mp3_tags(path, version)

    assert tags_of(path) == {**SAID, **GAIN_TAGS}
    assert mf.probe(path).container.loudness_tags == GAINS


def test_frames_of_the_first_id3v2_are_read(tmp_path):
    path = tone(tmp_path / "a.mp3")
    said = {"TT2": "title", "TP1": "artist", "TRK": "3/4", "TPA": "1/2", "TBP": "99", "TRC": "I"}
    frames = b"".join(
        name.encode() + (len(text) + 1).to_bytes(3, "big") + b"\0" + text.encode()
        for name, text in said.items()
    )
    sound = path.read_bytes()
    path.write_bytes(
        b"ID3\2\0\0\0\0\0" + bytes([len(frames)]) + frames + sound[sound.find(b"\xff\xfb") :]
    )

    assert tags_of(path) == {
        "title": "title",
        "artist": "artist",
        "track": "3/4",
        "disc": "1/2",
        "bpm": "99",
        "isrc": "I",
    }


def test_atoms_of_mp4_bear_the_same_names(tmp_path):
    path = tone(tmp_path / "a.m4a")
    tags = mp4.MP4(str(path))
    for name, atom in ATOMS.items():
        tags[atom] = SAID[name]
    tags["trkn"], tags["disk"] = [(3, 12)], [(1, 2)]
    for name, text in {**GAIN_TAGS, "ISRC": SAID["isrc"]}.items():
        tags[f"----:com.apple.iTunes:{name}"] = mp4.MP4FreeForm(text.encode())
    tags.save()

    told = {name: text for name, text in SAID.items() if name != "bpm"}  # FFmpeg leaves tmpo out
    assert tags_of(path) == {**told, **GAIN_TAGS}
    assert mf.probe(path).container.loudness_tags == GAINS


@pytest.mark.parametrize("suffix", ["flac", "ogg"])
def test_vorbis_comments_bear_the_same_names(tmp_path, suffix):
    path = tone(tmp_path / f"a.{suffix}")
    tags = mutagen.File(str(path))
    for name, text in SAID.items():
        tags[COMMENTS[name]] = text
    for name, text in GAIN_TAGS.items():
        tags[name.upper()] = text
    tags.save()

    assert tags_of(path) == {**SAID, **GAIN_TAGS}
    assert mf.probe(path).container.loudness_tags == GAINS


def test_totals_that_stand_apart_join_their_number(tmp_path):
    path = tone(tmp_path / "a.flac")
    tags = flac.FLAC(str(path))
    tags["tracknumber"], tags["tracktotal"], tags["totaldiscs"] = "3", "12", "2"
    tags.save()

    assert tags_of(path) == {"track": "3/12"}


def test_gains_of_opus_are_of_its_own_reference(tmp_path):
    path = tone(tmp_path / "a.ogg")
    tags = mutagen.File(str(path))
    tags["R128_TRACK_GAIN"], tags["REPLAYGAIN_TRACK_GAIN"] = "-832", "-1 dB"
    tags.save()

    found = mf.probe(path).container.loudness_tags

    assert found == LoudnessTags(reference_lufs=-23.0, track_gain_db=-3.25)  # -832 / 256


def test_text_that_is_no_utf_8_is_read_as_windows_wrote_it(tmp_path):
    path = tone(tmp_path / "a.m4a")
    tags = mp4.MP4(str(path))
    tags["----:com.apple.iTunes:MOOD"] = mp4.MP4FreeForm("Café – noir".encode("cp1252"))
    tags.save()

    assert tags_of(path) == {"mood": "Café – noir"}


def test_covers_are_described_by_their_own_bytes(tmp_path):
    path = tone(tmp_path / "a.mp3")
    tags = id3.ID3()
    data = picture("PNG", (17, 9))
    tags.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="görgeous", data=data))
    tags.add(id3.APIC(encoding=3, mime="image/png", type=4, desc="back", data=b"no picture"))
    tags.save(str(path))

    assert pictures_of(path) == [
        AttachedPicture(
            kind="front_cover",
            mime_type="image/png",
            bytes=len(data),
            size=Size(17, 9),
            description="görgeous",
        ),
        AttachedPicture(kind="back_cover", bytes=10, description="back"),
    ]
    assert tags_of(path) == {}


def test_covers_of_mp4_have_no_kind(tmp_path):
    path = tone(tmp_path / "a.m4a")
    tags, data = mp4.MP4(str(path)), picture()
    tags["covr"] = [mp4.MP4Cover(data)]
    tags.save()

    assert pictures_of(path) == [
        AttachedPicture(mime_type="image/jpeg", bytes=len(data), size=Size(40, 30))
    ]


@pytest.mark.parametrize("suffix", ["flac", "ogg"])
def test_picture_blocks_are_covers(tmp_path, suffix):
    path = tone(tmp_path / f"a.{suffix}")
    block, data = flac.Picture(), picture()
    block.type, block.mime, block.data = 3, "image/jpeg", data
    tags = mutagen.File(str(path))
    if suffix == "flac":
        tags.add_picture(block)
    else:
        broken = base64.b64encode(b"no block").decode()
        tags["METADATA_BLOCK_PICTURE"] = [base64.b64encode(block.write()).decode(), broken]
        tags["COVERART"] = base64.b64encode(data).decode()
    tags.save()

    assert pictures_of(path) == [
        AttachedPicture(
            kind="front_cover", mime_type="image/jpeg", bytes=len(data), size=Size(40, 30)
        )
    ]
    assert tags_of(path) == {}


def test_a_deep_probe_of_a_file_with_a_cover_counts_all_of_its_sound(tmp_path):
    path = tone(tmp_path / "a.mp3", samples=48_000)
    bare = mf.probe(path, deep=True).container.duration_seconds_from_packets
    tags = id3.ID3()
    tags.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=picture()))
    tags.save(str(path))

    assert mf.probe(path, deep=True).container.duration_seconds_from_packets == bare


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "wav"])
def test_samples_are_those_that_were_written(tmp_path, suffix):
    (sound,) = mf.probe(tone(tmp_path / f"a.{suffix}", samples=12_345)).audio

    assert sound.samples == 12_345


def test_an_edit_list_in_thousandths_of_a_second_tells_samples_at_the_end_of_the_media(tmp_path):
    (sound,) = mf.probe(tone(tmp_path / "a.m4a", samples=12_345)).audio

    packets = -(-(1_024 + 12_345) // 1_024)
    assert sound.encoder_delay_samples == 1_024
    assert sound.samples == 12_345
    assert sound.padding_samples == packets * 1_024 - 1_024 - 12_345


def test_delays_of_mp3_are_those_that_mutagen_reads(tmp_path):
    path = tone(tmp_path / "a.mp3", samples=12_345)

    (sound,) = mf.probe(path).audio

    length = mutagen.File(str(path)).info.length
    both = sound.samples + sound.encoder_delay_samples + sound.padding_samples
    assert both % 1152 == 0
    assert length * 48_000 == pytest.approx(both, abs=0.5)


def test_the_note_of_itunes_is_read_where_nothing_else_tells(tmp_path):
    path = tone(tmp_path / "a.m4a", samples=48_000)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"edts", b"free"))
    tags = mp4.MP4(str(path))
    note = b" 00000000 00000840 000001C0 000000000000B000 00000000"
    tags["----:com.apple.iTunes:iTunSMPB"] = mp4.MP4FreeForm(note)
    tags.save()

    (sound,) = mf.probe(path).audio

    assert (sound.encoder_delay_samples, sound.padding_samples, sound.samples) == (
        2_112,
        448,
        45_056,
    )


def test_a_file_that_was_cut_off_claims_no_samples(tmp_path):
    path = tone(tmp_path / "a.mp3", samples=48_000)
    path.write_bytes(path.read_bytes()[:9_000])

    info = mf.probe(path)

    assert info.container.is_truncated
    assert (info.audio[0].samples, info.audio[0].padding_samples) == (None, None)
    assert info.audio[0].encoder_delay_samples == 576


@pytest.mark.parametrize("suffix", ["aac", "flac", "m4a", "mp3", "ogg", "wav"])
def test_a_file_that_ends_anywhere_has_facts_or_an_error_of_ours(tmp_path, suffix):
    data = tone(tmp_path / f"a.{suffix}").read_bytes()

    ends = [_kind(data[: len(data) * part // 20]) for part in range(1, 20)]

    assert set(ends) <= {"audio", "CorruptMediaError", "TruncatedMediaError"}


def test_counting_finds_that_samples_are_missing(tmp_path):
    path = tone(tmp_path / "a.flac", samples=200_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    header, counted = mf.probe(path), mf.probe(path, deep=True)

    assert header.audio[0].samples == 200_000
    assert counted.container.is_truncated
    assert counted.audio[0].samples is None


def test_a_length_without_a_count_of_frames_is_an_estimate(tmp_path):
    path = tone(tmp_path / "a.mp3", samples=48_000)
    path.write_bytes(path.read_bytes().replace(b"Info", b"\0\0\0\0"))

    container = mf.probe(path).container

    assert container.duration_seconds_from_header is None
    assert container.duration_seconds_estimated == pytest.approx(1.0, abs=0.1)


def test_plain_aac_is_read_and_its_length_estimated(tmp_path):
    info = mf.probe(tone(tmp_path / "a.aac", samples=48_000))

    assert (info.format, info.mime_type, info.kind) == ("aac", "audio/aac", "audio")
    assert info.audio[0].codec == "aac"
    assert info.container.duration_seconds_from_header is None
    assert info.container.duration_seconds_estimated == pytest.approx(1.0, abs=0.1)


def test_a_great_many_tags_stay_bounded(tmp_path):
    path = tone(tmp_path / "a.flac")
    tags = flac.FLAC(str(path))
    for number in range(3_000):
        tags[f"name{number}"] = "x" * 1_000
    tags["title"] = "first"
    tags.save()

    found = mf.probe(path).container.tags

    assert len(found) <= 200
    assert sum(len(tag.value) for tag in found) <= 100_000


@real
def test_a_real_file_with_chapters_and_a_cover():
    path = FOLDER / "chapters_and_cover.mp3"

    info = mf.probe(path)

    tags = id3.ID3(str(path))
    (cover,) = tags.getall("APIC")
    assert {tag.name: tag.value for tag in info.container.tags}["title"] == tags["TIT2"].text[0]
    assert pictures_of(path) == [
        AttachedPicture(
            kind="other",
            mime_type="image/jpeg",
            bytes=len(cover.data),
            size=Size(1_400, 1_400),
            description=cover.desc,
        )
    ]
    theirs = sorted(tags.getall("CHAP"), key=lambda part: part.start_time)
    chapters = info.container.chapters
    assert [(part.start_seconds * 1000, part.end_seconds * 1000) for part in chapters] == [
        (part.start_time, part.end_time) for part in theirs
    ]
    assert [part.title for part in chapters] == ["Chapter title", "chap2"]
    frames = 0x75  # of its Xing header
    assert info.audio[0].samples == frames * 1152 - 576 - 576


@real
def test_a_real_audio_book():
    path = FOLDER / "chapters.m4b"

    chapters = mf.probe(path).container.chapters

    theirs = mp4.MP4(str(path)).chapters
    assert [(part.start_seconds, part.title) for part in chapters] == [
        (part.start, part.title) for part in theirs
    ]
