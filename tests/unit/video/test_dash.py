"""The manifest has what the standard demands, and another reader finds the same in it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import accumulate
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from mpegdash.parser import MPEGDASHParser

from mediaflow.errors import SpecError
from mediaflow.models.stream_data import StreamData, TextTrackData
from mediaflow.video.dash import mpd
from mediaflow.video.manifests import peak_bit_rate, target_seconds
from tests.streams import picture, sound, streams

NAMESPACE = {"": "urn:mpeg:dash:schema:mpd:2011"}
ROLES = "urn:mpeg:dash:role:2011"
ORDER = [
    *("AudioChannelConfiguration", "EssentialProperty", "SupplementalProperty", "Label"),
    *("Role", "BaseURL", "SegmentTemplate", "Representation"),
]
"""The sequence that the schema demands in an adaptation set, of what is used here."""


def parsed(data: StreamData, base: str = "") -> ET.Element:
    return ET.fromstring(mpd(data, base=base).encode("utf-8"))


def sets(data: StreamData) -> list[ET.Element]:
    return parsed(data).findall("Period/AdaptationSet", NAMESPACE)


def name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def seconds(duration: str) -> Fraction:
    said = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", duration)
    assert said
    return Fraction(said[1])


def descriptors(element: ET.Element, kind: str) -> dict[str, str]:
    found = element.findall(kind, NAMESPACE)
    return {one.attrib["schemeIdUri"]: one.attrib["value"] for one in found}


def roles(element: ET.Element) -> list[str]:
    return [
        one.attrib["value"]
        for one in element.findall("Role", NAMESPACE)
        if one.attrib["schemeIdUri"] == ROLES
    ]


def expanded(template) -> list[tuple[int, int]]:
    """Return when each segment starts and how long it lasts, as mpegdash read it."""
    (timeline,) = template.segment_timelines
    table, time = [], 0
    for one in timeline.Ss:
        time = time if one.t is None else one.t
        for _ in range((one.r or 0) + 1):
            table.append((time, one.d))
            time += one.d
    return table


def test_a_manifest_is_this_text():
    data = StreamData(
        video=(picture("v720", 720, frame_rate=Fraction(30_000, 1_001)),),
        audio=(sound("en", language="en", label="Tom & <Jerry>"),),
    )

    assert mpd(data, base="my film") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        'profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" '
        'type="static" mediaPresentationDuration="PT14S" maxSegmentDuration="PT6S" '
        'minBufferTime="PT12S">\n'
        "  <BaseURL>my%20film/</BaseURL>\n"
        '  <Period id="0" start="PT0S">\n'
        '    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" '
        'segmentAlignment="true" startWithSAP="1" maxWidth="1280" maxHeight="720" par="16:9" '
        'maxFrameRate="30000/1001">\n'
        '      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>\n'
        '      <SegmentTemplate timescale="12800" initialization="$RepresentationID$/init.mp4" '
        'media="$RepresentationID$/seg_$Number%05d$.m4s" startNumber="1">\n'
        "        <SegmentTimeline>\n"
        '          <S t="0" d="76800" r="1"/>\n'
        '          <S d="25600"/>\n'
        "        </SegmentTimeline>\n"
        "      </SegmentTemplate>\n"
        '      <Representation id="v720" bandwidth="1200000" codecs="avc1.64001f" width="1280" '
        'height="720" sar="1:1" frameRate="30000/1001"/>\n'
        "    </AdaptationSet>\n"
        '    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" '
        'segmentAlignment="true" startWithSAP="1" lang="en">\n'
        "      <AudioChannelConfiguration "
        'schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>\n'
        "      <Label>Tom &amp; &lt;Jerry&gt;</Label>\n"
        '      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>\n'
        '      <SegmentTemplate timescale="48000" initialization="$RepresentationID$/init.mp4" '
        'media="$RepresentationID$/seg_$Number%05d$.m4s" startNumber="1">\n'
        "        <SegmentTimeline>\n"
        '          <S t="0" d="287744"/>\n'
        '          <S d="288768"/>\n'
        '          <S d="95488"/>\n'
        "        </SegmentTimeline>\n"
        "      </SegmentTemplate>\n"
        '      <Representation id="en" bandwidth="128990" codecs="mp4a.40.2" '
        'audioSamplingRate="48000"/>\n'
        "    </AdaptationSet>\n"
        "  </Period>\n"
        "</MPD>\n"
    )


def test_codecs_of_pictures_are_sets_between_which_no_switch_is_promised():
    data = StreamData(
        video=(
            picture("a", 1080),
            picture("b", 1080, codecs="hvc1.1.6.L120.90"),
            picture("c", 720, codecs="avc1.64001e", frame_rate=Fraction(50)),
        )
    )

    first, second = sets(data)

    ids = [
        [one.attrib["id"] for one in element.findall("Representation", NAMESPACE)]
        for element in (first, second)
    ]
    assert ids == [["a", "c"], ["b"]]
    assert (first.attrib["maxHeight"], first.attrib["maxFrameRate"]) == ("1080", "50")
    assert "adaptation-set-switching" not in mpd(data, base="")


def test_a_table_that_all_pictures_of_a_set_share_is_told_once():
    same = StreamData(video=(picture("a", 1080), picture("b", 720)))
    unlike = StreamData(video=(picture("a"), picture("b", timescale=25_600)))

    (one,), (other,) = sets(same), sets(unlike)

    assert len(one.findall(".//SegmentTemplate", NAMESPACE)) == 1
    assert [
        len(each.findall("SegmentTemplate", NAMESPACE))
        for each in other.findall("Representation", NAMESPACE)
    ] == [1, 1]


@pytest.mark.parametrize(("video_range", "transfer"), [("PQ", "16"), ("HLG", "18")])
def test_colors_are_told_by_code_points(video_range, transfer):
    (one,) = sets(StreamData(video=(picture("v", video_range=video_range),)))

    assert descriptors(one, "SupplementalProperty") == {
        "urn:mpeg:mpegB:cicp:ColourPrimaries": "9",
        "urn:mpeg:mpegB:cicp:MatrixCoefficients": "9",
        "urn:mpeg:mpegB:cicp:TransferCharacteristics": transfer,
    }
    assert descriptors(one, "EssentialProperty") == {}


def test_colors_are_essential_where_a_plain_picture_is_left_to_take():
    codecs = "hvc1.2.4.L120.90"
    plain, wide = picture("sdr", codecs=codecs), picture("hdr", codecs=codecs, video_range="PQ")

    first, second = sets(StreamData(video=(plain, wide)))

    assert descriptors(first, "EssentialProperty") == {}
    assert len(descriptors(second, "EssentialProperty")) == 3
    assert descriptors(second, "SupplementalProperty") == {}


@pytest.mark.parametrize(
    ("channels", "scheme", "value"),
    [
        (1, "urn:mpeg:dash:23003:3:audio_channel_configuration:2011", "1"),
        (6, "urn:mpeg:dash:23003:3:audio_channel_configuration:2011", "6"),
        (7, "urn:mpeg:mpegB:cicp:ChannelConfiguration", "11"),
        (8, "urn:mpeg:mpegB:cicp:ChannelConfiguration", "12"),
    ],
)
def test_channels_are_told_by_their_layout(channels, scheme, value):
    (one,) = sets(StreamData(audio=(sound("a", channels=channels),)))

    assert descriptors(one, "AudioChannelConfiguration") == {scheme: value}


@pytest.mark.parametrize("channels", [None, 9])
def test_channels_without_a_layout_are_not_told(channels):
    (one,) = sets(StreamData(audio=(sound("a", channels=channels),)))

    assert descriptors(one, "AudioChannelConfiguration") == {}


def test_sounds_are_main_or_alternate_and_encodings_of_one_are_alike():
    data = StreamData(
        audio=(
            sound("en", language="en"),
            sound("de", language="de", is_default=True),
            sound("de6", language="de", codecs="ac-3", channels=6),
        )
    )

    assert [(one.get("lang"), roles(one)) for one in sets(data)] == [
        ("en", ["alternate"]),
        ("de", ["main"]),
        ("de", ["main"]),
    ]


def test_subtitles_are_files_with_their_role():
    data = StreamData(
        audio=(sound("a"),),
        texts=(
            TextTrackData(folder="en", language="en", label="English", is_default=True),
            TextTrackData(folder="forced", is_forced=True),
        ),
    )

    _, first, second = sets(data)

    assert [(one.get("mimeType"), one.get("lang"), roles(one)) for one in (first, second)] == [
        ("text/vtt", "en", ["main", "subtitle"]),
        ("text/vtt", None, ["forced-subtitle"]),
    ]
    files = [one.findtext("Representation/BaseURL", None, NAMESPACE) for one in (first, second)]
    assert files == ["en/subtitles.vtt", "forced/subtitles.vtt"]
    assert first.findtext("Label", None, NAMESPACE) == "English"


def test_times_start_at_the_earliest_track_and_tracks_stay_apart():
    data = StreamData(
        video=(picture("v", first=12_800 * 10),),
        audio=(sound("a", first=48_000 * 9 + 24_000),),
    )

    told = [
        (one.get("presentationTimeOffset"), one[0][0].get("t"))
        for one in parsed(data).iterfind(".//SegmentTemplate", NAMESPACE)
    ]

    assert told == [
        ("121600", "128000"),  # 9.5 s of 12,800 ticks: the picture is shown half a second later
        ("456000", "456000"),
    ]
    assert parsed(data).attrib["mediaPresentationDuration"] == "PT14.5S"


def test_no_offset_is_told_where_there_is_none():
    assert "presentationTimeOffset" not in mpd(StreamData(audio=(sound("a"),)), base="")


def test_a_base_that_is_no_relative_path_is_refused():
    with pytest.raises(SpecError, match="base must be a relative path"):
        mpd(StreamData(audio=(sound("a"),)), base="/film")


@given(streams())
def test_another_reader_expands_the_same_table(data):
    read = MPEGDASHParser.parse(mpd(data, base="film"))

    (period,) = read.periods
    assert [one.base_url_value for one in read.base_urls] == ["film/"]
    found = {
        representation.id: (representation, template)
        for one in period.adaptation_sets
        for representation in one.representations
        for template in (representation.segment_templates or one.segment_templates or [None])
    }
    assert set(found) == {one.folder for one in (*data.video, *data.audio, *data.texts)}
    for track in (*data.video, *data.audio):
        representation, template = found[track.folder]
        starts = list(accumulate(track.durations, initial=track.first))
        assert expanded(template) == list(zip(starts, track.durations, strict=False))
        assert (template.timescale, template.start_number) == (track.timescale, 1)
        assert template.initialization.replace("$RepresentationID$", track.folder) == track.init
        paths = [
            template.media.replace("$RepresentationID$", track.folder).replace(
                "$Number%05d$", f"{number:05d}"
            )
            for number in range(1, len(starts))
        ]
        assert paths == list(track.segments)
        # more than the peak where that would not keep up, which has a test of its own
        assert representation.bandwidth >= peak_bit_rate(track, target_seconds(data))
        assert representation.codecs == track.codecs
        assert (representation.width, representation.height) in (
            (track.width, track.height),
            (None, None),
        )


@given(streams())
def test_required_attributes_are_there_in_the_order_of_the_schema(data):
    root = parsed(data)

    assert root.attrib["type"] == "static"
    assert root.attrib["profiles"].split(",")[0] == "urn:mpeg:dash:profile:isoff-live:2011"
    assert [name(one) for one in root] == ["Period"]
    elements = root.findall("Period/AdaptationSet", NAMESPACE)
    assert [one.attrib["id"] for one in elements] == [str(at) for at in range(len(elements))]
    ids = [one.attrib["id"] for one in root.iterfind(".//Representation", NAMESPACE)]
    assert len(ids) == len(set(ids))
    for one in elements:
        places = [ORDER.index(name(part)) for part in one]
        assert places == sorted(places)
        assert one.attrib["mimeType"] in {"video/mp4", "audio/mp4", "text/vtt"}
        for representation in one.findall("Representation", NAMESPACE):
            assert int(representation.attrib["bandwidth"]) > 0
            assert re.fullmatch(r"\S+", representation.attrib["id"])
            rate = representation.get("frameRate", "25")
            assert re.fullmatch(r"[0-9]+(/[1-9][0-9]*)?", rate)
        if one.attrib["contentType"] != "text":
            assert (one.attrib["segmentAlignment"], one.attrib["startWithSAP"]) == ("true", "1")


@given(streams())
def test_segments_last_until_the_presentation_ends_and_no_longer(data):
    root = parsed(data)
    tracks = (*data.video, *data.audio)

    starts = [Fraction(one.first, one.timescale) for one in tracks]
    ends = [start + one.duration for start, one in zip(starts, tracks, strict=True)]
    told = seconds(root.attrib["mediaPresentationDuration"])
    assert 0 <= max(ends) - min(starts) - told < Fraction(1, 1_000_000)
    for template in root.iterfind(".//SegmentTemplate", NAMESPACE):
        timescale = int(template.attrib["timescale"])
        offset = Fraction(int(template.get("presentationTimeOffset", "0")), timescale)
        assert abs(offset - min(starts)) <= Fraction(1, 2 * timescale)


@given(streams())
def test_a_line_of_the_bandwidth_keeps_up_from_any_segment_on(data):
    root = parsed(data)
    buffered = seconds(root.attrib["minBufferTime"])
    told = {
        one.attrib["id"]: int(one.attrib["bandwidth"])
        for one in root.iterfind(".//Representation", NAMESPACE)
    }

    for track in (*data.video, *data.audio):
        rate = told[track.folder]
        for start in range(len(track.sizes)):
            # ISO/IEC 23009-1 5.3.5.2: all bytes of a segment are there before it plays
            played, carried = Fraction(0), 0
            for length, size in zip(track.seconds[start:], track.sizes[start:], strict=True):
                carried += 8 * size
                assert carried <= rate * (buffered + played)
                played += length
