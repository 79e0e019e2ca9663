"""What goes along: text, covers, tags and chapters, each told or left out on purpose."""

from __future__ import annotations

import pytest

from mediaflow.formats import containers
from mediaflow.formats.tag_names import SAFE_TAGS
from mediaflow.models.film import VideoOutput
from mediaflow.models.streams import Chapter, OtherStream, Tag
from mediaflow.planning.film_carry import carried_of, unwanted_of
from mediaflow.planning.film_times import window_of
from tests.film_infos import film_info, track


def carried(output, info, sounds=()):
    window = window_of(output.start, output.end, info)
    return carried_of(output, info, containers[output.format], window, sounds)


def subtitle(codec, index=2, **facts):
    return OtherStream(index=index, kind="subtitle", codec=codec, **facts)


TEXTS = ("ass", "mov_text", "subrip", "text", "webvtt")
OWN = {
    "mkv": ("ass", "subrip", "webvtt"),
    "mov": ("mov_text",),
    "mp4": ("mov_text",),
    "webm": ("webvtt",),
}
FIRST = {"mkv": "subrip", "mov": "mov_text", "mp4": "mov_text", "webm": "webvtt"}


@pytest.mark.parametrize("container", OWN)
@pytest.mark.parametrize("codec", TEXTS)
def test_text_stays_in_its_words_or_takes_the_container_s_first(container, codec):
    info = film_info(others=(subtitle(codec),))

    step = carried(VideoOutput(container), info)

    words = [copy.codec for copy in step.copies] + [text.becomes for text in step.texts]
    assert words == [codec if codec in OWN[container] else FIRST[container]]
    assert len(step.copies) == (codec in OWN[container])
    assert step.streams == {2}


@pytest.mark.parametrize("container", OWN)
@pytest.mark.parametrize("codec", ["dvb_subtitle", "dvd_subtitle", "hdmv_pgs_subtitle", "xsub"])
def test_text_that_is_pictures_is_left_out(container, codec):
    assert carried(VideoOutput(container), film_info(others=(subtitle(codec),))).streams == set()


def test_language_title_and_purpose_go_along():
    told = {"language": "deu", "title": "Für Gehörlose", "disposition": ("hearing_impaired",)}
    info = film_info(others=(subtitle("mov_text", 2, **told), subtitle("subrip", 3, **told)))

    step = carried(VideoOutput("mp4"), info)

    for one in (*step.copies, *step.texts):
        assert (one.language, one.title, one.disposition) == tuple(told.values())


def test_sounds_that_are_copied_come_first():
    sounds = [track(index=1, codec="aac", language="eng"), track(index=4, codec="aac")]
    info = film_info(audio=sounds, others=(subtitle("mov_text"),))

    copies = carried(VideoOutput("mp4"), info, sounds).copies

    assert [(one.stream, one.kind) for one in copies] == [
        (1, "audio"),
        (4, "audio"),
        (2, "subtitle"),
    ]
    assert copies[0].language == "eng"


TAGS = tuple(
    Tag(name, "x")
    for name in (
        "_statistics_tags",
        "artist",
        "bps",
        "com.apple.quicktime.location.iso6709",
        "copyright",
        "creation_time",
        "encoder",
        "location",
        "make",
        "model",
        "title",
    )
)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ("strip", ()),
        ("safe", ("artist", "copyright", "title")),
        (
            "keep",
            (
                "artist",
                "com.apple.quicktime.location.iso6709",
                "copyright",
                "creation_time",
                "location",
                "make",
                "model",
                "title",
            ),
        ),
    ],
)
def test_tags_are_kept_as_the_policy_says(policy, kept):
    info = film_info(container={"tags": TAGS})

    step = carried(VideoOutput(metadata=policy), info)

    assert tuple(tag.name for tag in step.tags) == kept
    assert step.metadata == policy


def test_safe_tags_name_no_place_date_device_or_program():
    words = ("date", "year", "location", "gps", "make", "model", "encoder", "tool", "software")

    assert sorted(SAFE_TAGS) == list(SAFE_TAGS)
    assert not [tag for tag in SAFE_TAGS for word in words if word in tag]


CHAPTERS = tuple(
    Chapter(start_seconds=start, end_seconds=end, title=title)
    for start, end, title in ((0, 2, "a"), (2, 5, "b"), (5, 10, "c"))
)


@pytest.mark.parametrize(
    ("start", "end", "zero", "expected"),
    [
        (0, None, 0.0, [("a", 0, 2), ("b", 2, 5), ("c", 5, 10)]),
        (1, 6, 0.0, [("a", 0, 1), ("b", 1, 4), ("c", 4, 5)]),
        (2, 5, 0.0, [("b", 0, 3)]),
        (6, None, 0.0, [("c", 0, 4)]),
        (1, 3, 2.0, [("b", 0, 2)]),  # 1 s of a film that starts at 2 s is 3 s
    ],
)
def test_chapters_are_cut_to_the_part_and_counted_from_its_start(start, end, zero, expected):
    info = film_info(container={"chapters": CHAPTERS, "start_seconds": zero})

    step = carried(VideoOutput(start=start, end=end), info)

    assert [(one.title, one.start_seconds, one.end_seconds) for one in step.chapters] == expected


def test_nothing_is_told_of_what_nobody_wants():
    cover = OtherStream(index=3, kind="attached_picture", codec="mjpeg")
    info = film_info(others=(subtitle("hdmv_pgs_subtitle"), cover))

    assert unwanted_of(VideoOutput(), info) == set()
    assert unwanted_of(VideoOutput(subtitles="drop"), info) == {2}
    assert unwanted_of(VideoOutput(metadata="strip"), info) == {3}


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ({"container": {"chapters": CHAPTERS}}, {2}),
        ({"container": {"chapters": CHAPTERS}, "format": "matroska"}, set()),
        ({}, set()),
    ],
)
def test_the_track_of_the_titles_of_chapters_is_no_loss(words, titles):
    info = film_info(others=(OtherStream(index=2, kind="data", codec="unknown"),), **words)

    assert unwanted_of(VideoOutput(), info) == titles
