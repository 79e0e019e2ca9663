"""An adaptive stream's plan: its rungs, their places, its names, and what is told of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.geometry import Size
from mediaflow.models.adaptive import Rendition, StreamOutput
from mediaflow.models.encoding import Bitrate, Crf
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.streams import OtherStream
from mediaflow.planning.places import places_of
from mediaflow.planning.stream import stream_bytes
from tests.film_infos import film_info, film_planned, track, video

FOLDER = "out/{stem}{suffix}.{ext}"


def stream_of(output=None, info=None, **words):
    plan = film_planned(output or StreamOutput(), info, **({"template": FOLDER} | words))
    (step,) = plan.streams
    return step


def codes(step):
    return [notice.code for notice in step.notices]


LADDERS = {
    "4k": ((3840, 2160), [(1920, 1080), (1280, 720), (960, 540), (640, 360)]),
    "1080p": ((1920, 1080), [(1920, 1080), (1280, 720), (960, 540), (640, 360)]),
    "720p": ((1280, 720), [(1280, 720), (960, 540), (640, 360)]),
    "portrait": ((1080, 1920), [(1080, 1920), (720, 1280), (540, 960), (360, 640)]),
    "square": ((720, 720), [(720, 720), (540, 540), (360, 360)]),
    "cinema": ((1920, 800), [(1728, 720), (1296, 540), (864, 360)]),
    "200 lines": ((356, 200), [(356, 200)]),
    "200 columns": ((200, 356), [(200, 356)]),
}


@pytest.mark.parametrize(("source", "sizes"), LADDERS.values(), ids=LADDERS)
def test_the_ladder_has_the_rungs_that_the_source_reaches(source, sizes):
    step = stream_of(info=film_info(video(*source)))

    assert [(rung.size.width, rung.size.height) for rung in step.rungs] == sizes
    assert step.size == Size(*sizes[0])
    assert codes(step) == []


def test_a_film_that_is_stored_turned_has_the_ladder_of_what_is_seen():
    step = stream_of(info=film_info(video(1920, 1080, orientation=6)))

    assert step.rungs[0].size == Size(1080, 1920)
    assert [rung.name for rung in step.rungs][-1] == "v640_h264"


CAPS = {1080: 8_500_000, 720: 6_000_000, 540: 3_500_000, 360: 1_500_000, 180: 1_500_000}


@pytest.mark.parametrize("lines", CAPS)
def test_a_rung_takes_no_more_bits_than_its_size_is_worth(lines):
    step = stream_of(StreamOutput(renditions=(Rendition(lines),)))

    arguments = dict(step.rungs[0].video.arguments)
    assert arguments["maxrate"] == CAPS[lines]
    assert arguments["bufsize"] == 2 * CAPS[lines]


@pytest.mark.parametrize(
    "rung",
    [
        Rendition(720, rate=Crf(30)),
        Rendition(720, rate=Bitrate(9_000_000)),
        Rendition(720, codec="vp9"),
    ],
)
def test_a_rate_that_is_asked_for_has_no_cap(rung):
    step = stream_of(StreamOutput(renditions=(rung,)))

    assert "maxrate" not in dict(step.rungs[0].video.arguments)


def test_all_rungs_share_one_grid_of_closed_segments():
    step = stream_of(
        StreamOutput(
            segment_seconds=4.0,
            renditions=(Rendition(360), Rendition(720), Rendition(540, codec="hevc")),
        )
    )

    assert [rung.name for rung in step.rungs] == ["v720_h264", "v540_hevc", "v360_h264"]
    assert step.segment_seconds == 4
    assert {rung.video.keyframe_seconds for rung in step.rungs} == {Fraction(4)}
    for rung in step.rungs:
        assert rung.muxer == "mp4"
        assert "frag_keyframe" in dict(rung.muxer_options)["movflags"]
        assert (rung.sound, rung.uri, rung.same_as) == (None, "", None)
    assert len({rung.video.time_base for rung in step.rungs}) == 1


def test_a_rung_above_the_source_is_left_out_and_told():
    step = stream_of(
        StreamOutput(renditions=(Rendition(2160), Rendition(1440), Rendition(360))),
        film_info(video(1280, 720)),
    )

    assert [rung.name for rung in step.rungs] == ["v360_h264"]
    assert [notice.message for notice in step.notices] == [
        "left out: the source has 1280×720 px, which is below 2160, 1440"
    ]


def test_something_plays_where_all_rungs_are_above_the_source():
    step = stream_of(
        StreamOutput(renditions=(Rendition(2160), Rendition(1440))), film_info(video(640, 360))
    )

    assert [rung.size for rung in step.rungs] == [Size(640, 360)]
    assert [notice.message for notice in step.notices] == [
        "left out: the source has 640×360 px, which is below 2160"
    ]


def test_places_are_those_of_one_folder():
    step = stream_of(
        StreamOutput(renditions=(Rendition(360),), storyboard=True, suffix="_web"),
        film_info(
            audio=[track(language="ger")],
            others=(OtherStream(index=2, kind="subtitle", codec="subrip", language="fre"),),
        ),
    )

    assert step.uri == "out/clip_web.m3u8"
    assert (step.base, step.manifests) == ("clip_web", ("clip_web.m3u8", "clip_web.mpd"))
    assert step.folders == ("v360_h264", "a_de")
    assert step.all_folders == ("v360_h264", "a_de", "s_fr")
    assert [step.part_path(number) for number in range(3)] == [
        "s_fr/subtitles.vtt",
        "clip_web_storyboard.vtt",
        "clip_web_storyboard_1.jpg",
    ]
    found = places_of(step)
    assert found[:5] == (
        "out/clip_web.m3u8",
        "out/clip_web.mpd",
        "out/v360_h264/init.mp4",
        "out/a_de/init.mp4",
        "out/s_fr/subtitles.vtt",
    )
    assert found[5] == "out/clip_web_storyboard.vtt"


def test_there_are_no_more_files_than_were_planned():
    with pytest.raises(IndexError):
        stream_of(StreamOutput(renditions=(Rendition(360),))).part_path(0)


@pytest.mark.parametrize(
    ("protocols", "manifests"),
    [
        (("hls",), ("clip.m3u8",)),
        (("dash",), ("clip.mpd",)),
        (("dash", "hls"), ("clip.m3u8", "clip.mpd")),
    ],
)
def test_manifests_are_those_of_the_protocols(protocols, manifests):
    step = stream_of(StreamOutput(protocols=protocols))

    assert step.manifests == manifests
    assert step.uri == f"out/{manifests[0]}"
    assert step.format == manifests[0].rpartition(".")[2]
    assert step.older_manifests == ("clip.m3u8", "clip.mpd")


def test_sounds_have_folders_and_labels_of_their_own():
    info = film_info(
        audio=[
            track(index=1, language="eng", title='The "mix"'),
            track(index=2, language="ger", disposition=()),
        ]
    )
    wanted = (
        AudioTrack(language="eng"),
        AudioTrack(language="ger"),
        AudioTrack(language="eng", bit_rate=64_000),
        AudioTrack(language="ger", bit_rate=64_000),
    )

    step = stream_of(StreamOutput(audio=wanted), info)

    told = [(one.folder, one.language, one.label, one.is_default) for one in step.sounds]
    assert told == [
        ("a_en", "en", "The mix", True),
        ("a_de", "de", "de", False),
        ("a_en_2", "en", "The mix 2", False),
        ("a_de_2", "de", "de 2", False),
    ]


@pytest.mark.parametrize("language", [None, "und", "x y"])
def test_a_sound_without_a_language_is_called_what_it_is(language):
    step = stream_of(info=film_info(audio=[track(language=language)]))

    assert [(one.folder, one.language, one.label) for one in step.sounds] == [
        ("a_und", None, "Sound")
    ]


def test_two_wishes_for_the_same_sound_are_one():
    step = stream_of(StreamOutput(audio=(AudioTrack(), AudioTrack())), film_info(audio=[track()]))

    assert len(step.sounds) == 1


def test_a_sound_is_shared_with_a_film_that_wants_the_same():
    outputs = [StreamOutput(renditions=(Rendition(360),)), VideoOutput(height=360, suffix="_f")]

    plan = film_planned(outputs, film_info(audio=[track()]), template=FOLDER)

    assert len(plan.sounds) == 1
    assert plan.streams[0].sounds[0].sound == plan.renditions[0].sound == 0


def test_sound_that_goes_is_told_and_sound_that_is_not_wanted_is_not():
    info = film_info(audio=[track(), track(index=2, disposition=())])

    assert codes(stream_of(info=info)) == ["streams_dropped"]
    assert codes(stream_of(StreamOutput(audio=()), info)) == []


SUBTITLES = (
    OtherStream(index=3, kind="subtitle", codec="subrip", language="eng"),
    OtherStream(
        index=4,
        kind="subtitle",
        codec="ass",
        language="eng",
        disposition=("forced",),
        title="Signs",
    ),
    OtherStream(index=5, kind="subtitle", codec="hdmv_pgs_subtitle", language="eng"),
)


def test_texts_go_along_and_pictures_of_text_are_told():
    step = stream_of(info=film_info(others=SUBTITLES))

    told = [(one.folder, one.language, one.label, one.is_forced) for one in step.texts]
    assert told == [("s_en", "en", "en", False), ("s_en_2", "en", "Signs", True)]
    assert codes(step)[-1] == "streams_dropped"


def test_texts_that_are_not_wanted_are_no_loss():
    step = stream_of(StreamOutput(subtitles="drop"), film_info(others=SUBTITLES))

    assert (step.texts, codes(step)) == ((), [])


def test_the_part_that_is_wanted_is_that_of_all_tracks():
    info = film_info(audio=[track()], others=SUBTITLES[:1])
    output = StreamOutput(start=1.5, end=4, renditions=(Rendition(360),))

    plan = film_planned(output, info, template=FOLDER)
    (step,) = plan.streams

    assert (step.start, step.end, step.duration_seconds) == (Fraction(3, 2), 4, 2.5)
    assert [(rung.start, rung.end) for rung in step.rungs] == [(Fraction(3, 2), 4)]
    assert [(one.start, one.end) for one in plan.sounds] == [(Fraction(3, 2), 4)]
    (text,) = step.texts
    assert (text.sidecar.start, text.sidecar.end) == (Fraction(3, 2), 4)


def test_a_place_with_a_query_is_refused():
    with pytest.raises(SpecError, match="a stream is many files") as caught:
        stream_of(template="https://host/{stem}.{ext}?key=1")

    assert "profile" in (caught.value.hint or "")


def test_a_question_mark_in_a_local_path_is_a_name():
    assert stream_of(template="what?/{stem}.{ext}").uri == "what?/clip.m3u8"


def test_two_streams_of_one_place_are_refused():
    with pytest.raises(SpecError, match="two outputs would be written"):
        film_planned([StreamOutput(), StreamOutput(name="b")], template=FOLDER)


def test_two_streams_of_one_folder_are_refused_where_they_share_a_rung():
    outputs = [StreamOutput(), StreamOutput(suffix="_b", renditions=(Rendition(360),))]

    with pytest.raises(SpecError, match=r"v360_h264/init\.mp4"):
        film_planned(outputs, template=FOLDER)


def test_a_codec_of_sound_that_mp4_does_not_hold_is_refused():
    with pytest.raises((SpecError, UnsupportedError), match="vorbis"):
        stream_of(StreamOutput(audio=(AudioTrack(codec="vorbis"),)), film_info(audio=[track()]))


def test_what_is_on_its_way_is_counted_as_memory():
    small = stream_of(StreamOutput(renditions=(Rendition(360),), segment_seconds=2))
    large = stream_of(StreamOutput(renditions=(Rendition(360),), segment_seconds=4))

    # one segment of each track and six more of the largest, at most 8.5 Mbit/s where no rate is asked
    assert stream_bytes([small]) == 7 * 8_500_000 * 2 // 8
    assert stream_bytes([large]) == 2 * stream_bytes([small])
    assert stream_bytes([]) == 0
