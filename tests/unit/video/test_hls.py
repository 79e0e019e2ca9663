"""Playlists say what was measured, and another reader finds the same in them."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import accumulate

import m3u8
import pytest
from hypothesis import given

from mediaflow.errors import SpecError
from mediaflow.models.stream_data import StreamData, TextTrackData
from mediaflow.video.hls import (
    media_playlist,
    multivariant_playlist,
    playlist_path,
    text_playlist,
    track_playlists,
)
from mediaflow.video.manifests import base_address, peak_bit_rate, plain_label
from tests.streams import picture, sound, streams

LADDER = (
    picture("v1080", 1080, sizes=(3_000_000, 2_400_000, 600_000)),  # 3.43 Mbit/s in the mean
    picture("v720", 720, sizes=(1_500_000, 1_200_000, 300_000)),  # 1.71
    picture("v480", 480, sizes=(600_000, 480_000, 120_000)),  # 0.69
    picture("v360", 360, sizes=(300_000, 240_000, 60_000)),  # 0.34
)


def variants(data: StreamData, base: str = ""):
    return m3u8.loads(multivariant_playlist(data, base=base)).playlists


def media(data: StreamData, kind: str):
    read = m3u8.loads(multivariant_playlist(data, base=""))
    return [one for one in read.media if one.type == kind]


def test_a_media_playlist_is_this_text():
    track = picture("v720", durations=(76_800, 76_800, 13_333))

    assert media_playlist(track) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:6\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init.mp4"\n'
        "#EXTINF:6.000000,\n"
        "seg_00001.m4s\n"
        "#EXTINF:6.000000,\n"
        "seg_00002.m4s\n"
        "#EXTINF:1.041641,\n"  # 13,333 / 12,800 is 1.041640625
        "seg_00003.m4s\n"
        "#EXT-X-ENDLIST\n"
    )


def test_a_playlist_of_subtitles_is_one_file_that_lasts_as_long_as_the_stream():
    track = TextTrackData(folder="sub_en", language="en")

    assert text_playlist(track, Fraction(1_234_567, 1_000)) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:1235\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXTINF:1234.567000,\n"
        "subtitles.vtt\n"
        "#EXT-X-ENDLIST\n"
    )


def test_a_multivariant_playlist_is_this_text():
    data = StreamData(
        video=(picture("v720", 720, frame_rate=Fraction(30_000, 1_001)),),
        audio=(sound("en", language="en", label="English", is_default=True),),
        texts=(TextTrackData(folder="sub_de", language="de", label="Deutsch"),),
    )

    # 900,000 bytes in 6 s are 1,200,000 bit/s, 97,000 in 288,768 / 48,000 s are 128,989.4;
    # 1,650,000 bytes in 14 s are 942,857.1 bit/s, 225,000 in 672,000 / 48,000 s are 128,571.4.
    assert multivariant_playlist(data, base="my film/") == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,'
        'AUTOSELECT=YES,CHANNELS="2",URI="my%20film/en/playlist.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Deutsch",LANGUAGE="de",'
        'DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="my%20film/sub_de/playlist.m3u8"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1328990,AVERAGE-BANDWIDTH=1071430,"
        'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,VIDEO-RANGE=SDR,'
        'AUDIO="audio",SUBTITLES="subtitles"\n'
        "my%20film/v720/playlist.m3u8\n"
    )


def test_every_track_has_a_playlist_in_its_folder_with_one_target():
    data = StreamData(
        video=(picture("v720", durations=(83_200, 70_400, 25_600)),),  # 6.5 s rounds up
        audio=(sound("en"),),
        texts=(TextTrackData(folder="sub_en"),),
    )

    made = track_playlists(data)

    assert list(made) == [f"{folder}/playlist.m3u8" for folder in ("v720", "en", "sub_en")]
    assert list(made) == [playlist_path(track) for track in (*data.video, *data.audio, *data.texts)]
    assert [m3u8.loads(text).target_duration for text in made.values()] == [7, 7, 14]


def test_a_target_that_a_segment_exceeds_is_refused():
    with pytest.raises(SpecError, match="segments of 6 s do not fit a target of 5 s"):
        media_playlist(picture("v"), target=5)


def test_a_target_holds_for_lengths_as_they_are_written():
    # 6.49999999 s are written as 6.500000, which rounds to 7: RFC 8216 4.3.3.1
    track = picture("v", timescale=100_000_000, durations=(649_999_999, 100, 100))

    text = media_playlist(track)

    assert "#EXTINF:6.500000," in text
    assert "#EXT-X-TARGETDURATION:7" in text


def test_a_target_is_never_zero():
    track = picture("v", durations=(100, 100, 100))

    assert "#EXT-X-TARGETDURATION:1\n" in media_playlist(track)


def test_a_short_last_segment_does_not_raise_the_peak():
    # one frame of 40,000 bytes in 0.04 s is 8 Mbit/s; with the one before it 940,000 in 6.04 s
    track = picture("v", durations=(76_800, 76_800, 512), sizes=(600_000, 900_000, 40_000))

    assert track.peak_bit_rate == 8_000_000
    assert peak_bit_rate(track, 6) == -(-8 * 940_000 * 100 // 604)


def test_a_peak_is_of_neighbors_where_segments_are_shorter_than_half_a_target():
    # sets last 3 to 9 s: the best is 1,000 + 9,000 bytes in 4 s; 9,000 alone lasts for 2 s only
    track = sound("a", timescale=1, durations=(2, 2, 2, 2), sizes=(1_000, 9_000, 1_000, 1_000))

    assert peak_bit_rate(track, 6) == 8 * 10_000 // 4


def test_a_track_shorter_than_half_a_target_has_its_mean_for_a_peak():
    track = sound("a", timescale=1, durations=(1, 1), sizes=(1_000, 3_000))

    assert peak_bit_rate(track, 6) == 8 * 4_000 // 2


def test_a_run_starts_with_the_best_variant_that_an_average_line_carries():
    read = variants(StreamData(video=LADDER, audio=(sound("en"),)))

    assert [one.uri.partition("/")[0] for one in read] == ["v720", "v1080", "v480", "v360"]
    assert (
        read[0].stream_info.average_bandwidth < 2_000_000 < (read[1].stream_info.average_bandwidth)
    )


def test_a_run_that_costs_more_throughout_starts_with_its_cheapest():
    read = variants(StreamData(video=(picture("v1", 1080, sizes=(9_999_999,) * 3), LADDER[0])))

    assert [one.uri.partition("/")[0] for one in read] == ["v1080", "v1"]


def test_a_ladder_that_costs_less_throughout_is_largest_first():
    read = variants(StreamData(video=LADDER[1:]))

    assert [one.stream_info.resolution for one in read] == [(1280, 720), (853, 480), (640, 360)]


def test_codecs_of_pictures_are_runs_of_their_own_and_all_listed():
    hevc = [
        picture(f"h{height}", height, codecs="hvc1.1.6.L120.90", sizes=sizes)
        for height, sizes in ((1080, (3_000_000,) * 3), (720, (900_000,) * 3))
    ]

    read = variants(StreamData(video=(hevc[0], LADDER[0], hevc[1], LADDER[1])))

    assert [one.uri.partition("/")[0] for one in read] == ["h720", "h1080", "v720", "v1080"]


def test_ranges_are_said_and_are_runs_of_their_own():
    hdr = picture("hdr", 1080, codecs="hvc1.2.4.L120.90", video_range="PQ")
    sdr = picture("sdr", 1080, codecs="hvc1.2.4.L120.90", sizes=(999_999,) * 3)
    hlg = picture("hlg", 1080, codecs="hvc1.2.4.L120.90", video_range="HLG")

    read = variants(StreamData(video=(hdr, sdr, hlg)))

    assert [(one.uri.partition("/")[0], one.stream_info.video_range) for one in read] == [
        ("hdr", "PQ"),
        ("sdr", "SDR"),
        ("hlg", "HLG"),
    ]


def test_without_sound_no_group_is_named():
    (read,) = variants(StreamData(video=(picture("v"),)))

    assert (read.stream_info.audio, read.stream_info.codecs) == (None, "avc1.64001f")
    assert "EXT-X-MEDIA:" not in multivariant_playlist(StreamData(video=(picture("v"),)), base="")


def test_encodings_of_a_sound_are_groups_and_every_variant_is_listed_with_each():
    data = StreamData(
        video=LADDER[1:3],
        audio=(
            sound("aac", language="en"),
            sound("ac3", language="en", codecs="ac-3", channels=6, sizes=(400_000,) * 3),
        ),
    )

    read = variants(data)

    assert [(one.group_id, one.uri, one.channels) for one in media(data, "AUDIO")] == [
        ("audio1", "aac/playlist.m3u8", "2"),
        ("audio2", "ac3/playlist.m3u8", "6"),
    ]
    assert [
        (one.uri.partition("/")[0], one.stream_info.audio, one.stream_info.codecs) for one in read
    ] == [
        ("v720", "audio1", "avc1.64001f,mp4a.40.2"),
        ("v480", "audio1", "avc1.64001f,mp4a.40.2"),
        ("v480", "audio2", "avc1.64001f,ac-3"),
        ("v720", "audio2", "avc1.64001f,ac-3"),  # 1.71 and 0.69 Mbit/s: with AC-3 above 2 Mbit/s
    ]


def test_channels_make_groups_as_codecs_do():
    data = StreamData(
        video=(picture("v"),),
        audio=(sound("two", language="en"), sound("six", language="en", channels=6)),
    )

    assert [(one.group_id, one.name, one.channels) for one in media(data, "AUDIO")] == [
        ("audio1", "en", "2"),
        ("audio2", "en", "6"),
    ]


def test_all_groups_have_the_same_members():
    data = StreamData(
        video=(picture("v"),),
        audio=(
            sound("en", language="en", label="English"),
            sound("de", language="de", label="Deutsch", is_default=True),
            sound("en6", language="en", label="English", codecs="ec-3", channels=6),
        ),
    )

    read = media(data, "AUDIO")

    assert [(one.group_id, one.name, one.uri.partition("/")[0], one.default) for one in read] == [
        ("audio1", "English", "en", "NO"),
        ("audio1", "Deutsch", "de", "YES"),
        ("audio2", "English", "en6", "NO"),
        ("audio2", "Deutsch", "de", "YES"),
    ]
    assert [one.stream_info.codecs for one in variants(data)] == [
        "avc1.64001f,mp4a.40.2",
        "avc1.64001f,ec-3,mp4a.40.2",
    ]


def test_a_voice_that_lacks_an_encoding_is_there_in_one_of_the_same_codec():
    data = StreamData(
        video=(picture("v"),),
        audio=(
            sound("en2", language="en"),
            sound("en6", language="en", channels=6),
            sound("de_opus", language="de", codecs="opus"),
            sound("de2", language="de"),
            sound("de_ac3", language="de", codecs="ac-3"),
        ),
    )

    members: dict[str, list[str]] = {}
    for one in media(data, "AUDIO"):
        members.setdefault(one.group_id, []).append(one.uri.partition("/")[0])

    assert list(members.values()) == [
        ["en2", "de2"],
        ["en6", "de2"],
        ["en2", "de_opus"],
        ["en2", "de_ac3"],
    ]


def test_a_variant_costs_as_much_as_with_the_dearest_sound_of_its_group():
    data = StreamData(
        video=(picture("v"),),
        audio=(
            sound("en", language="en"),
            sound("de", language="de", sizes=(240_640, 180_480, 1_000), durations=(288_768,) * 3),
        ),
    )

    (read,) = variants(data)

    # 1,200,000 of the picture; 240,640 bytes in 6.016 s are 320,000 bit/s; the mean of the three
    # segments, 422,120 bytes in 18.048 s, is 187,110.
    assert read.stream_info.bandwidth == 1_200_000 + 320_000
    assert read.stream_info.average_bandwidth == 942_858 + -(-8 * 422_120 * 1000 // 18_048)


def test_sounds_without_a_picture_are_variants_themselves():
    data = StreamData(
        audio=(
            sound("high", sizes=(192_000,) * 3),
            sound("low", sizes=(48_000,) * 3),
            sound("opus", codecs="opus"),
        )
    )

    read = variants(data)

    assert [(one.uri.partition("/")[0], one.stream_info.codecs) for one in read] == [
        ("high", "mp4a.40.2"),
        ("low", "mp4a.40.2"),
        ("opus", "opus"),
    ]
    assert media(data, "AUDIO") == []
    assert all(one.stream_info.resolution is None for one in read)
    assert all(one.stream_info.video_range is None for one in read)


def test_voices_without_a_picture_are_members_of_one_variant_and_no_rungs():
    data = StreamData(
        audio=(sound("en", language="en"), sound("de", language="de", is_default=True))
    )

    (read,) = variants(data)

    assert (read.uri, read.stream_info.audio) == ("de/playlist.m3u8", "audio")
    assert [one.language for one in media(data, "AUDIO")] == ["en", "de"]


def test_names_in_a_group_differ():
    data = StreamData(
        video=(picture("v"),),
        audio=(
            sound("a1", language="en", label="Audio 2"),
            sound("a2"),
            sound("a3", language="de", label="Audio"),
        ),
        texts=tuple(TextTrackData(folder=f"t{at}", language="en") for at in range(3)),
    )

    assert [one.name for one in media(data, "AUDIO")] == ["Audio 2", "Audio", "Audio 3"]
    assert [one.name for one in media(data, "SUBTITLES")] == ["en", "en 2", "en 3"]


def test_the_first_sound_is_the_default_where_none_is_and_one_where_several_are():
    none = (sound("en", language="en"), sound("de", language="de"))
    both = tuple(sound(name, language=name, is_default=True) for name in ("en", "de"))

    for audio in (none, both):
        data = StreamData(video=(picture("v"),), audio=audio)
        assert [one.default for one in media(data, "AUDIO")] == ["YES", "NO"]


def test_subtitles_are_shown_by_themselves_only_where_one_is_the_default():
    data = StreamData(
        video=(picture("v"),),
        texts=(
            TextTrackData(folder="en", language="en"),
            TextTrackData(folder="sdh", language="en", label="SDH", is_default=True),
            TextTrackData(folder="forced", language="en", is_forced=True),
            TextTrackData(folder="signs", language="en", label="Signs", is_forced=True),
        ),
    )

    read = media(data, "SUBTITLES")

    assert [(one.default, one.autoselect, one.forced) for one in read] == [
        ("NO", "NO", "NO"),
        ("YES", "YES", "NO"),
        ("NO", "YES", "YES"),
        ("NO", "YES", "YES"),
    ]
    (variant,) = variants(data)
    assert variant.stream_info.subtitles == "subtitles"


def test_labels_cannot_leave_their_line():
    label = "a\u2028b\x85#EXT-X-ENDLIST"
    data = StreamData(video=(picture("v"),), audio=(sound("en", label=label),))

    (one,) = media(data, "AUDIO")

    assert one.name == "a b #EXT-X-ENDLIST"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Franc\u0327ais", "Fran\u00e7ais"),  # RFC 8216 4: playlists are in composed form
        ("lone \ud800 half", "lone   half"),
        (" \ufffe", ""),
    ],
)
def test_a_label_is_what_a_manifest_can_hold(label, said):
    assert plain_label(label) == said


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("", ""),
        ("film", "film/"),
        ("film//", "film/"),
        ("my film #1 50%?", "my%20film%20%231%2050%25%3F/"),
        ("a:b", "a%3Ab/"),  # no scheme
        ("é/x", "%C3%A9/x/"),
    ],
)
def test_a_base_is_escaped_so_that_it_is_one_path(base, address):
    assert base_address(base) == address


@pytest.mark.parametrize("base", ["https://cdn.example/film", "/film", "//host/film", "a\\b"])
def test_a_base_that_is_no_relative_path_is_refused(base):
    with pytest.raises(SpecError, match="base must be a relative path"):
        multivariant_playlist(StreamData(video=(picture("v"),)), base=base)


@given(streams())
def test_another_reader_finds_the_same_segments(data):
    for track in (*data.video, *data.audio):
        read = m3u8.loads(media_playlist(track))

        starts = list(accumulate((one.duration for one in read.segments), initial=0.0))
        told = list(accumulate(track.seconds, initial=Fraction(0)))
        assert starts == pytest.approx([float(one) for one in told], abs=1e-6)
        assert [f"{track.folder}/{one.uri}" for one in read.segments] == list(track.segments)
        assert [f"{track.folder}/{one.uri}" for one in read.segment_map] == [track.init]
        assert (read.is_endlist, read.playlist_type, read.version) == (True, "vod", 7)
        assert all(int(one.duration + 0.5) <= read.target_duration for one in read.segments)


@given(streams())
def test_another_reader_finds_all_playlists(data):
    made = track_playlists(data)
    read = m3u8.loads(multivariant_playlist(data, base=""))

    named = {one.uri for one in (*read.playlists, *read.media)}
    assert named == set(made)
    assert {m3u8.loads(made[playlist_path(one)]).target_duration for one in data.video} in (
        set(),
        {read_target(made, data)},
    )


def read_target(made: dict[str, str], data: StreamData) -> int:
    return max(
        m3u8.loads(made[playlist_path(one)]).target_duration for one in (*data.video, *data.audio)
    )


@given(streams())
def test_groups_keep_the_rules_of_the_rfc(data):
    read = m3u8.loads(multivariant_playlist(data, base=""))

    groups: dict[str, list[m3u8.Media]] = {}
    for one in read.media:
        groups.setdefault(one.group_id, []).append(one)
    for group in groups.values():
        assert len({one.name for one in group}) == len(group)
        assert sum(one.default == "YES" for one in group) <= 1
        assert all(one.autoselect == "YES" for one in group if one.default == "YES")
    members = {
        tuple((one.name, one.language, one.default, one.autoselect) for one in group)
        for group in groups.values()
        if group[0].type == "AUDIO"
    }
    assert len(members) <= 1
    for variant in read.playlists:
        named = variant.stream_info.audio
        assert named is None or named in groups
        uris = {one.uri for one in groups.get(named, [])} | {variant.uri}
        codecs = {one.codecs for one in (*data.video, *data.audio) if playlist_path(one) in uris}
        assert set(variant.stream_info.codecs.split(",")) == codecs


@given(streams())
def test_playlists_hold_no_character_that_the_rfc_forbids(data):
    for text in (multivariant_playlist(data, base="é"), *track_playlists(data).values()):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
        assert text.encode("utf-8").startswith(b"#EXTM3U\n")
