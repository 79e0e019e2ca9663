"""Storyboards and analyses of a film, before anything is opened."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import LimitExceededError, SpecError, UnsupportedError
from mediaflow.geometry import Size
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.previews import StillOutput
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.planning import FilmPlan, narrow_for
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, film_planned, video
from tests.infos import media_info


def board(output, info=None, **words):
    return film_planned(output, info or film_info(seconds=600.0), **words).storyboards[0]


@pytest.mark.parametrize(
    ("seconds", "interval", "tiles"),
    [
        (0.4, 1, 1),
        (10.0, 1, 10),
        (99.5, 1, 100),
        (100.5, 2, 51),
        (600.0, 6, 100),
        (7200.0, 72, 100),
    ],
)
def test_an_interval_that_nobody_gave_makes_up_to_a_hundred(seconds, interval, tiles):
    step = board(StoryboardOutput(), film_info(seconds=seconds))

    assert (step.interval, step.tiles) == (interval, tiles)


def test_an_interval_that_was_given_is_kept():
    step = board(StoryboardOutput(interval_seconds=0.1), film_info(seconds=20.05))

    assert (step.interval, step.tiles, step.notices) == (Fraction(1, 10), 201, ())


def test_an_interval_becomes_longer_where_there_would_be_too_many():
    step = board(StoryboardOutput(interval_seconds=1, max_frames=50))

    assert (step.interval, step.tiles) == (12, 50)
    assert [notice.code for notice in step.notices] == ["interval_lengthened"]


def test_a_film_of_unknown_length_is_told_nothing_of():
    step = board(StoryboardOutput(max_frames=40), film_info(seconds=None))

    assert (step.interval, step.tiles, step.sheets, step.most) == (None, None, None, 40)


@pytest.mark.parametrize(
    ("words", "stream", "size", "grid"),
    [
        ({}, video(1920, 1080), Size(160, 90), (10, 45)),
        ({"width": 640}, video(1920, 1080), Size(640, 360), (6, 11)),
        ({"columns": 25}, video(1920, 1080), Size(160, 90), (25, 45)),
        ({}, video(1080, 1920), Size(160, 284), (10, 14)),
        ({}, video(1920, 1080, orientation=6), Size(160, 284), (10, 14)),
        ({}, video(120, 90), Size(120, 90), (10, 45)),
    ],
)
def test_sheets_stay_within_4096_px(words, stream, size, grid):
    step = board(StoryboardOutput(**words), film_info(stream, seconds=600.0))

    assert step.size == size
    assert (step.columns, step.rows) == grid
    assert step.columns * size.width <= 4096
    assert step.rows * size.height <= 4096


def test_columns_that_are_too_many_are_refused_with_what_fits():
    with pytest.raises(SpecError, match="wider than a sheet") as caught:
        board(StoryboardOutput(width=640, columns=7))

    assert "up to 6 columns" in caught.value.hint


def test_sheets_are_counted_and_stand_beside_the_track():
    step = board(StoryboardOutput("webp", interval_seconds=1, suffix="_bar"))

    assert step.sheets == 2  # 600 pictures, 450 on a sheet
    assert step.uri == "out/bar_clip_bar.vtt"
    assert step.sheet_uri(2) == "out/bar_clip_bar_2.webp"


def test_places_of_sheets_are_no_other_outputs():
    still = StillOutput(suffix="_storyboard_1", name="storyboard")
    with pytest.raises(SpecError, match="two outputs"):
        film_planned([StoryboardOutput(name="board"), still], template="{stem}{suffix}.{ext}")


def test_a_place_with_a_query_holds_no_storyboard():
    with pytest.raises(SpecError, match="several files"):
        film_planned(StoryboardOutput(), template="https://bucket.example/{stem}.{ext}?key=1")


def test_px_of_a_storyboard_have_a_limit():
    limits = Limits(max_output_pixels=160 * 90 * 99)
    with pytest.raises(LimitExceededError, match="storyboard"):
        board(StoryboardOutput(), limits=limits)


def test_pictures_of_one_size_are_made_in_one_way():
    plan = film_planned(
        [StoryboardOutput(), StoryboardOutput("png", name="b", suffix="_b"), AnalysisOutput()]
    )

    assert [step.look for step in plan.storyboards] == [0, 0]
    assert [step.picture for step in plan.analyses] == [1]
    assert [look.canvas for look in plan.looks] == [Size(160, 90), Size(100, 56)]


def test_an_analysis_of_a_film_tells_one_thing():
    with pytest.raises(UnsupportedError, match="one thing"):
        film_planned(AnalysisOutput(what=("placeholder", "scenes")))


def test_a_picture_has_no_scenes_and_no_storyboard():
    with pytest.raises(UnsupportedError, match="no scenes"):
        narrow_for([AnalysisOutput(what=("scenes",))], media_info())
    with pytest.raises(UnsupportedError, match="no sound"):
        narrow_for([AnalysisOutput(what=("loudness",))], media_info())
    with pytest.raises(UnsupportedError, match="no storyboard"):
        narrow_for([StoryboardOutput()], media_info())


def test_the_best_still_of_a_picture_is_the_picture():
    assert narrow_for([StillOutput("best", width=9)], media_info())[0].still_at == 0.0


def test_a_plan_says_what_it_does_and_travels():
    plan = film_planned(
        [
            StillOutput("best"),
            StoryboardOutput(),
            AnalysisOutput(what=("scenes",), name="scenes", store=True, suffix="_scenes"),
            AnalysisOutput(name="said"),
        ],
        film_info(seconds=600.0),
    )

    lines = "\n".join(plan.lines())
    assert "output jpeg: the best frame" in lines
    assert "output storyboard: 100 pictures of 160×90, one every 6 s, from keyframes" in lines
    assert "on 1 sheet of JPEG" in lines
    assert "output scenes: the scenes of the film, from its keyframes → out/scenes" in lines
    assert "output said: the best still, described at 100×56 as data" in lines
    assert [step.position for step in plan.outputs] == [0, 1, 2, 3]
    assert from_dict(FilmPlan, to_dict(plan)) == plan


def test_a_walk_costs_time_and_sheets_cost_memory():
    still, both = StillOutput(0), [StillOutput(0), StoryboardOutput(width=640)]
    plain, more = (film_planned(each, film_info(seconds=600.0)) for each in (still, both))

    assert more.peak_bytes - plain.peak_bytes >= 100 * 640 * 360 * 3
    assert more.estimated_seconds > plain.estimated_seconds + 300 * 2.07 * 0.01


def test_small_pictures_of_hdr_are_brought_to_sdr_as_stills_are():
    stream = video(color=ColorInfo(primaries=9, transfer=16, matrix=9), bit_depth=10, hdr="pq")
    plan = film_planned([StoryboardOutput(), StillOutput(0)], film_info(stream))

    (look,), (still,) = plan.looks, plan.stills
    assert look.tone is not None
    assert look.tone == still.frame.tone
    codes = [[notice.code for notice in one.notices] for one in (*plan.storyboards, still)]
    assert codes[0] == codes[1]


def test_fields_of_small_pictures_stay_woven():
    plan = film_planned(StoryboardOutput(), film_info(video(field_order="tt")))

    assert plan.looks[0].deinterlace is None
    assert plan.storyboards[0].notices == ()
