"""Why is this stream copied, and why is that one encoded? One row a situation, told by the plan.

Expected words are written by hand. Picture: what becomes of it, and why. Sound: the same. Along: what
the plan says goes along.
"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.filters import Sepia
from mediaflow.formats import H264Options
from mediaflow.geometry import Box
from mediaflow.models.encoding import Crf
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.outputs import OutputSpec
from mediaflow.models.streams import Chapter, OtherStream, Tag
from mediaflow.planning.film_codecs import check_video
from tests.film_infos import film_info, film_planned, track, video

OUT = VideoOutput
RIGHT = ("copied", "h264 of this size is what is wanted")
ASKED = ("copied", "asked")
AAC = ("stream 1 copied (aac)", None)
SILENT = ("silent", None)
MEGABIT = 1_000_000
LAST = {"start": 2.0, "end": 4.0}


def h264(*size, **facts):
    return video(*size, **{"codec": "h264", **facts})


def aac(**facts):
    return track(**{"codec": "aac", **facts})


def film(*streams, audio=None, **facts):
    """Return an mp4 of H.264 and stereo AAC, or one with other streams."""
    return film_info(*(streams or (h264(),)), audio=[aac()] if audio is None else audio, **facts)


def encoded(reason):
    return ("encoded", reason)


def sound(reason):
    return ("sound 0", reason)


CODEC = "the source is {}, {} is wanted".format
EXACT = encoded("a part is wanted, exact to the frame")
SAMPLES = sound("a part is wanted, exact to the sample")

PICTURES = {
    "it is what is wanted": (OUT("mp4"), film(), RIGHT),
    "a short form of it": (OutputSpec(format="mp4"), film(), RIGHT),
    "mov holds the same": (OUT("mov"), film(), RIGHT),
    "mkv holds the same": (OUT("mkv"), film(), RIGHT),
    "webm does not": (OUT("webm"), film(), encoded(CODEC("h264", "vp9"))),
    "vp9 in webm": (
        OUT("webm"),
        film(video(codec="vp9")),
        ("copied", "vp9 of this size is what is wanted"),
    ),
    "a codec that is not the format's own": (
        OUT("mp4"),
        film(video(codec="hevc")),
        encoded(CODEC("hevc", "h264")),
    ),
    "that codec by its name": (
        OUT("mp4", codec="hevc"),
        film(video(codec="hevc")),
        ("copied", "hevc of this size is what is wanted"),
    ),
    "another codec by its name": (
        OUT("mp4", codec="av1"),
        film(),
        encoded(CODEC("h264", "av1")),
    ),
    "a rate": (OUT(rate=Crf(23)), film(), encoded("rate is asked")),
    "a quality": (OUT(quality=60), film(), encoded("quality is asked")),
    "an effort": (OUT(effort=0), film(), encoded("effort is asked")),
    "an option": (OUT(options=H264Options()), film(), encoded("options is asked")),
    "a grid of keyframes": (OUT(keyframe_seconds=1), film(), encoded("keyframe_seconds is asked")),
    "a constant rate": (OUT(fps=25), film(), encoded("fps is asked")),
    "a filter": (OUT(filters=(Sepia(0.5),)), film(), encoded("filters is asked")),
    "an exact part": (OUT(**LAST), film(), EXACT),
    "an exact part from 0": (OUT(end=4), film(), EXACT),
    "a part of whole keyframes": (OUT(**LAST, trim="keyframe"), film(), RIGHT),
    "a part of whole keyframes that is encoded": (
        OUT(**LAST, trim="keyframe", effort=0),
        film(),
        encoded("effort is asked"),
    ),
    "smaller": (OUT(height=720), film(), encoded("1920×1080 px become 1280×720")),
    "the same height": (OUT(height=1080), film(), RIGHT),
    "a box around it": (OUT(width=4000, height=4000), film(), RIGHT),
    "larger, which nothing becomes": (OUT(height=2160), film(), RIGHT),
    "larger by force": (
        OUT(height=2160, upscale=True),
        film(),
        encoded("1920×1080 px become 3840×2160"),
    ),
    "a square cut out": (
        OUT(width=1080, height=1080, fit="cover"),
        film(),
        encoded("1920×1080 px become 1080×1080"),
    ),
    "padding": (
        OUT(width=1920, height=1920, fit="contain"),
        film(),
        encoded("1920×1080 px become 1920×1920"),
    ),
    "a crop": (
        OUT(crop=Box(*map(Fraction, (0, 0, 960, 540)))),
        film(),
        encoded("1920×1080 px become 960×540"),
    ),
    "a turn": (OUT(rotate=90), film(), encoded("1920×1080 px become 1080×1920")),
    "an odd side of its own": (OUT(), film(h264(1919, 1079)), RIGHT),
    "wide px": (
        OUT(),
        film(h264(1440, 1080, sample_aspect_ratio=Fraction(4, 3))),
        encoded("its px are not square"),
    ),
    "turned, in mp4": (OUT("mp4"), film(h264(orientation=6)), RIGHT),
    "turned, in mov": (OUT("mov"), film(h264(orientation=6)), RIGHT),
    "turned, in mkv": (
        OUT("mkv"),
        film(h264(orientation=6)),
        encoded("it is turned, and mkv does not say so"),
    ),
    "turned, and as high as it stands": (OUT(height=1920), film(h264(orientation=6)), RIGHT),
    "full range": (OUT(), film(h264(pixel_format="yuvj420p")), RIGHT),
    "h264 of 10 bits": (
        OUT(),
        film(h264(pixel_format="yuv420p10le", bit_depth=10)),
        encoded("few players show yuv420p10le"),
    ),
    "hevc of 10 bits": (
        OUT(codec="hevc"),
        film(video(codec="hevc", pixel_format="yuv420p10le", bit_depth=10)),
        ("copied", "hevc of this size is what is wanted"),
    ),
    "4:2:2": (OUT(), film(h264(pixel_format="yuv422p")), encoded("few players show yuv422p")),
    "a part that is hidden": (
        OUT(),
        film(h264(hidden_seconds=0.04)),
        encoded("the source hides a part of it"),
    ),
    "nothing that is hidden": (OUT(), film(h264(hidden_seconds=0.0)), RIGHT),
    "upper field first": (OUT(), film(h264(field_order="top_first")), encoded("it is interlaced")),
    "lower field first": (
        OUT(),
        film(h264(field_order="bottom_first")),
        encoded("it is interlaced"),
    ),
    "whole frames": (OUT(), film(h264(field_order="progressive")), RIGHT),
    "h264 in avi": (
        OUT(),
        film(format="avi"),
        encoded("avi does not say when frames are shown"),
    ),
    # 1920 · 1080 px · 25 a second · 1/5 bit are 10.4 Mbit/s
    "many bits, and nothing said of the size": (OUT(), film(h264(bit_rate=20 * MEGABIT)), RIGHT),
    "many bits, and a size": (
        OUT(height=1080),
        film(h264(bit_rate=20 * MEGABIT)),
        encoded("it spends more bits than a film of this size needs"),
    ),
    "bits that may be, and a size": (OUT(height=1080), film(h264(bit_rate=10 * MEGABIT)), RIGHT),
    "many bits together, where the picture's are not told": (
        OUT(height=1080),
        film(bytes=25 * MEGABIT),
        encoded("it spends more bits than a film of this size needs"),
    ),
    "bits that nothing tells": (OUT(height=1080), film(bytes=None), RIGHT),
    "a copy that is asked for": (OUT("mkv", codec="copy"), film(video()), ASKED),
    "a copy of what is interlaced": (
        OUT(codec="copy"),
        film(h264(field_order="top_first")),
        ASKED,
    ),
    "a copy of wide px in avi": (
        OUT(codec="copy"),
        film(h264(sample_aspect_ratio=Fraction(4, 3)), format="avi"),
        ASKED,
    ),
    "a copy of a part": (OUT(codec="copy", trim="keyframe", **LAST), film(), ASKED),
}

SOUNDS = {
    "it is what is wanted": (OUT(), film(), AAC),
    "another codec": (OUT(), film(audio=[track()]), sound(CODEC("ac3", "aac"))),
    "another codec by its name": (
        OUT(audio=AudioTrack("opus")),
        film(),
        sound(CODEC("aac", "opus")),
    ),
    "that codec by its name": (
        OUT("mkv", audio=AudioTrack("flac")),
        film(audio=[aac(codec="flac")]),
        ("stream 1 copied (flac)", None),
    ),
    "beside a picture that is encoded": (OUT(height=720), film(), AAC),
    "a bit rate": (OUT(audio=AudioTrack(bit_rate=96_000)), film(), sound("bit_rate is asked")),
    "six channels": (
        OUT(),
        film(audio=[aac(channels=6, channel_layout="5.1")]),
        sound("6 channels become 2"),
    ),
    "six channels that are asked for": (
        OUT(audio=AudioTrack(channels=6)),
        film(audio=[aac(channels=6, channel_layout="5.1")]),
        AAC,
    ),
    "one channel": (OUT(audio=AudioTrack(channels=1)), film(), sound("2 channels become 1")),
    "mono": (OUT(), film(audio=[aac(channels=1, channel_layout="mono")]), AAC),
    "another rate": (
        OUT(audio=AudioTrack(sample_rate=44_100)),
        film(),
        sound("48,000 Hz become 44,100"),
    ),
    "the same rate": (OUT(audio=AudioTrack(sample_rate=48_000)), film(), AAC),
    "an exact part": (OUT(**LAST), film(), SAMPLES),
    "a part of whole keyframes": (OUT(**LAST, trim="keyframe"), film(), AAC),
    "a part of whole keyframes whose picture is encoded": (
        OUT(**LAST, trim="keyframe", effort=0),
        film(),
        SAMPLES,
    ),
    "a language": (
        OUT(audio=AudioTrack(language="deu")),
        film(audio=[aac(), aac(index=2, language="deu", disposition=())]),
        ("stream 2 copied (aac)", None),
    ),
    # 2,112 samples prime Apple's AAC, which HE-AAC plays at twice the rate: 88 ms of 48 kHz
    "what primes its decoder": (OUT(), film(audio=[aac(hidden_seconds=0.088)]), AAC),
    "a part that is hidden": (
        OUT(),
        film(audio=[aac(hidden_seconds=0.09)]),
        sound("the source hides a part of it"),
    ),
    "none": (OUT(), film(audio=[]), SILENT),
    "none is wanted": (OUT(audio=None), film(), SILENT),
    "one that cannot be decoded": (OUT(), film(audio=[aac(is_decodable=False)]), SILENT),
    "a copy that is asked for": (
        OUT(audio="copy"),
        film(audio=[track(channels=6, channel_layout="5.1")]),
        ("stream 1 copied (ac3)", None),
    ),
    "a copy of all tracks": (
        OUT(audio="copy"),
        film(audio=[aac(), aac(index=2, language="deu", disposition=())]),
        ("stream 1 copied (aac) and stream 2 copied (aac)", None),
    ),
    "a copy of those that fit": (
        OUT(audio="copy"),
        film(audio=[aac(codec="vorbis"), aac(index=2)]),
        ("stream 2 copied (aac)", None),
    ),
    "a copy of a part beside frames that are encoded": (
        OUT(audio="copy", **LAST),
        film(),
        AAC,
    ),
}

CHAPTERS = (
    Chapter(start_seconds=0, end_seconds=3, title="One"),
    Chapter(start_seconds=3, end_seconds=10, title="Two"),
)
TAGS = (
    Tag("date", "2020"),
    Tag("encoder", "Lavf"),
    Tag("location", "+48+011/"),
    Tag("make", "Cam"),
    Tag("title", "Film"),
)
TOLD = {"container": {"chapters": CHAPTERS, "tags": TAGS}}


def with_other(kind, codec):
    return film(others=(OtherStream(index=2, kind=kind, codec=codec),))


def text(codec):
    return with_other("subtitle", codec)


ALONG = {
    "text for mp4": (OUT("mp4"), text("subrip"), "stream 2 (subrip → mov_text)"),
    "text of mp4 for mp4": (OUT("mp4"), text("mov_text"), "stream 2 copied (mov_text)"),
    "text of mp4 for mov": (OUT("mov"), text("mov_text"), "stream 2 copied (mov_text)"),
    "text of mp4 for mkv": (OUT("mkv"), text("mov_text"), "stream 2 (mov_text → subrip)"),
    "text of mp4 for webm": (OUT("webm"), text("mov_text"), "stream 2 (mov_text → webvtt)"),
    "styled text for mp4": (OUT("mp4"), text("ass"), "stream 2 (ass → mov_text)"),
    "styled text for mkv": (OUT("mkv"), text("ass"), "stream 2 copied (ass)"),
    "text of webm for webm": (OUT("webm"), text("webvtt"), "stream 2 copied (webvtt)"),
    "text of webm for mkv": (OUT("mkv"), text("webvtt"), "stream 2 copied (webvtt)"),
    "text that is pictures": (OUT("mp4"), text("hdmv_pgs_subtitle"), "left out: 1 subtitle track"),
    "text that nobody wants": (OUT("mp4", subtitles="drop"), text("subrip"), None),
    "a cover for mp4": (
        OUT("mp4"),
        with_other("attached_picture", "mjpeg"),
        "stream 2 copied (mjpeg)",
    ),
    "a cover for mov": (
        OUT("mov"),
        with_other("attached_picture", "png"),
        "left out: 1 attached picture",
    ),
    "a cover that nobody wants": (
        OUT("mp4", metadata="strip"),
        with_other("attached_picture", "mjpeg"),
        None,
    ),
    "data": (OUT("mp4"), with_other("data", "unknown"), "left out: 1 data stream"),
    "a font": (OUT("mkv"), with_other("attachment", "ttf"), "left out: 1 attachment"),
    "tags that are safe": (OUT(), film(**TOLD), "chapters (2), tags (title)"),
    "all tags": (
        OUT(metadata="keep"),
        film(**TOLD),
        "chapters (2), tags (date, location, make, title)",
    ),
    "no tags": (OUT(metadata="strip"), film(**TOLD), None),
    "chapters of a part": (
        OUT(start=4, end=6, trim="keyframe"),
        film(**TOLD),
        "chapters (1), tags (title)",
    ),
    "a language that mov calls otherwise": (OUT("mov"), film(audio=[aac(language="deu")]), None),
    "a language that mov cannot say": (
        OUT("mov"),
        film(audio=[aac(language="tlh")]),
        "left out: the language 'tlh' of stream 1, for which mov has no code",
    ),
    "languages that mp4 cannot say": (
        OUT("mp4", audio="copy", metadata="strip"),
        film(h264(language="pt-br"), audio=[aac(language="eng"), aac(index=2, language="de")]),
        "left out: the language 'pt-br' of stream 0, 'de' of stream 2, for which mp4 has no code",
    ),
    "languages that nobody hears": (OUT(audio=None), film(audio=[aac(language="en")]), None),
    "languages for mkv": (OUT("mkv"), film(audio=[aac(language="en")]), None),
    "beside a picture that is encoded": (OUT(effort=0), film(**TOLD), "chapters (2), tags (title)"),
}

FRAMES = re.compile(
    r"^  frames: (?:(?P<copied>copied)[^:]*: |.*, because )(?P<reason>.*)$", re.MULTILINE
)
SOUND = re.compile(
    r"^output .*?\d×\d+, (?P<way>silent|(?:stream|sound)[^,→]*?)(?:,| →)", re.MULTILINE
)
WHY = re.compile(r"^sound 0: .*, because (?P<reason>.*)$", re.MULTILINE)
REST = re.compile(r"^  (?:along|notice): (?P<rest>.*)$", re.MULTILINE)


def found(pattern, words, group):
    match = pattern.search(words)
    return match and match[group]


@pytest.mark.parametrize("name", PICTURES)
def test_plan_says_what_becomes_of_the_picture_and_why(name):
    output, info, expected = PICTURES[name]

    words = str(film_planned(output, info))

    copied = found(FRAMES, words, "copied") or "encoded"
    assert (copied, found(FRAMES, words, "reason")) == expected


def test_what_is_left_of_a_source_that_is_cut_off_is_encoded():
    info = film(container={"is_truncated": True})

    words = str(film_planned(OUT(), info, fail_on="none"))

    assert found(FRAMES, words, "reason") == "the source is cut off"


@pytest.mark.parametrize("name", SOUNDS)
def test_plan_says_what_becomes_of_the_sound_and_why(name):
    output, info, expected = SOUNDS[name]

    words = str(film_planned(output, info))

    assert (found(SOUND, words, "way"), found(WHY, words, "reason")) == expected


@pytest.mark.parametrize("name", ALONG)
def test_plan_says_what_goes_along_or_is_left_out(name):
    output, info, expected = ALONG[name]

    words = str(film_planned(output, info))

    assert found(REST, words, "rest") == expected


REFUSED = {
    "a codec that does not fit": (OUT("webm", codec="copy"), film(), "webm holds no h264"),
    "frames that mkv cannot turn": (
        OUT("mkv", codec="copy"),
        film(h264(orientation=6)),
        "mkv cannot say that frames are turned",
    ),
    "frames that nobody should see": (
        OUT(codec="copy"),
        film(h264(hidden_seconds=0.52)),
        "a copy would show 0.52 s of the picture that the source hides",
    ),
    "sound that nobody should hear": (
        OUT(audio="copy"),
        film(audio=[aac(), aac(index=2, hidden_seconds=0.52)]),
        "a copy would play 0.52 s of the sound that the source hides",
    ),
    "sound that does not fit": (
        OUT("webm", codec="copy", audio="copy"),
        film(video(codec="vp9")),
        "webm holds no aac",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_copy_that_cannot_be_is_refused(name):
    output, info, words = REFUSED[name]

    with pytest.raises(UnsupportedError, match=words) as caught:
        film_planned(output, info)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"quality": 60}, "codec='copy' takes no quality, got 60"),
        ({"rate": Crf(20)}, "takes no rate"),
        ({"effort": 0}, "takes no effort, got 0"),
        ({"options": H264Options()}, "takes no options"),
        ({"fps": 25}, "takes no fps"),
        ({"keyframe_seconds": 2}, "takes no keyframe_seconds"),
        ({"filters": (Sepia(),)}, "takes no filters"),
        ({"width": 640}, "takes no width"),
        ({"height": 1080}, "takes no height"),
        ({"crop": Box(0, 0, 64, 64)}, "takes no crop"),
        ({"rotate": 90}, "takes no rotate"),
        ({"start": 1.0}, "from keyframe to keyframe only"),
        ({"end": 4.0}, "from keyframe to keyframe only"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_copy_of_which_something_else_is_asked_is_refused(words, message):
    with pytest.raises(SpecError, match=message):
        check_video(OUT(codec="copy", **words))
