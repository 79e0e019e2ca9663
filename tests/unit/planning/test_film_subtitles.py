"""Files of subtitles: which track is taken, and what is refused before anything is read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError, TruncatedMediaError, UnknownNameError, UnsupportedError
from mediaflow.models.film import VideoOutput
from mediaflow.models.streams import OtherStream
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.planning import narrow_for
from mediaflow.planning.narrow import narrow
from tests.film_infos import film_info, film_planned, sound_info
from tests.infos import media_info


def texts(*tracks):
    return film_info(
        others=[
            OtherStream(index=at, kind="subtitle", codec=codec, language=language, disposition=said)
            for at, (codec, language, said) in enumerate(tracks, 2)
        ]
    )


ENGLISH = ("subrip", "eng", ())
FRENCH = ("ass", "fra", ("default",))
DRAWN = ("hdmv_pgs_subtitle", "deu", ("default",))


@pytest.mark.parametrize(
    ("tracks", "words", "index"),
    [
        ([ENGLISH, FRENCH], {}, 3),
        ([ENGLISH, ("ass", "fra", ())], {}, 2),
        ([ENGLISH, DRAWN], {}, 2),
        ([ENGLISH, FRENCH], {"language": "ENG"}, 2),
        ([ENGLISH, ("webvtt", "eng", ("default",))], {"language": "eng"}, 3),
        ([ENGLISH, FRENCH], {"track": 2}, 2),
    ],
)
def test_track_of_the_wish_else_default_else_first(tracks, words, index):
    (step,) = film_planned(SubtitleOutput(**words), texts(*tracks)).sidecars

    assert step.stream == index


@pytest.mark.parametrize(
    ("tracks", "words", "said", "hint"),
    [
        ([], {}, "no subtitles", None),
        ([], {"language": "eng"}, "no subtitles in 'eng'", None),
        ([ENGLISH], {"language": "nor"}, "no subtitles in 'nor'", "stream 2 (eng)"),
        ([ENGLISH], {"track": 0}, "no subtitles in stream 0", "stream 2 (eng)"),
        ([DRAWN], {}, "stream 2 are pictures (hdmv_pgs_subtitle)", "OCR"),
        ([ENGLISH, DRAWN], {"language": "deu"}, "stream 3 are pictures", "OCR"),
        ([("eia_608", None, ())], {}, "no known text (eia_608)", "subrip"),
    ],
)
def test_what_is_not_there_as_text_is_refused(tracks, words, said, hint):
    with pytest.raises(UnsupportedError) as caught:
        film_planned(SubtitleOutput(**words), texts(*tracks))

    assert said in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


def test_plan_says_what_is_taken_and_lost():
    output = SubtitleOutput("srt", language="fra", start=1, end=2.5, suffix=".fr")
    plan = film_planned([output, VideoOutput()], texts(ENGLISH, FRENCH))

    assert [step.name for step in plan.outputs] == ["fr", "mp4"]
    assert (plan.sidecars[0].start, plan.sidecars[0].end) == (1, Fraction(5, 2))
    words = [line for line in plan.lines() if "subtitles" in line][:2]
    assert words == [
        "output fr: ass subtitles of stream 3 (fra) from 1 s to 2.5 s → SRT → out/fr_clip.fr.srt",
        "  notice: places, fonts, colours and drawings of ASS subtitles are left out",
    ]


def test_two_files_need_two_places():
    outputs = [SubtitleOutput(language="eng"), SubtitleOutput(language="fra")]

    with pytest.raises(SpecError, match="two outputs would be written"):
        film_planned(outputs, texts(ENGLISH, FRENCH), template="out/{stem}.{ext}")


def test_film_that_is_cut_off_is_refused_or_said():
    info = film_info(others=texts(ENGLISH).others, container={"is_truncated": True})

    with pytest.raises(TruncatedMediaError):
        film_planned(SubtitleOutput(), info)
    (step,) = film_planned(SubtitleOutput(), info, fail_on="none").sidecars
    assert [notice.code for notice in step.notices] == ["source_salvaged"]
    assert film_planned(SubtitleOutput(end=1), info).sidecars[0].notices == ()


def test_only_films_have_subtitles():
    with pytest.raises(UnsupportedError, match="jpeg picture, which has no subtitles"):
        narrow_for([SubtitleOutput()], media_info("jpeg", 10, 10))
    with pytest.raises(UnsupportedError, match="sound only"):
        narrow_for([SubtitleOutput()], sound_info())


def test_name_of_the_format_is_the_table_s():
    assert narrow(SubtitleOutput(".VTT")).format == "vtt"
    with pytest.raises(UnknownNameError, match="'sub'"):
        narrow(SubtitleOutput("sub"))


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"track": -1}, "track"),
        ({"track": 1, "language": "eng"}, "language"),
        ({"language": ""}, "language"),
        ({"start": 2, "end": 1}, "end"),
        ({"suffix": "a/b"}, "suffix"),
        ({"name": ""}, "name"),
        ({"format": 3}, "format"),
    ],
)
def test_spec_refuses_what_no_film_can_have(words, field):
    with pytest.raises(SpecError) as caught:
        SubtitleOutput(**words)

    assert caught.value.details["field"] == field
