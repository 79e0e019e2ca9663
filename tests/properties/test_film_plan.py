"""What holds of every plan of a film, whatever is wanted and whatever is there."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mediaflow.errors import MediaflowError
from mediaflow.geometry import upright_size
from mediaflow.models.encoding import Lossless, MaxBytes
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.planning import FilmPlan
from tests.film_infos import film_info, film_planned, track, video
from tests.strategies import fits, gravities, orientations

sides = st.none() | st.integers(16, 3000)
small = st.integers(1, 50) | st.integers(1, 4000)
seconds = st.floats(0, 20, allow_nan=False).map(lambda value: round(value, 3))
films = st.builds(
    VideoOutput,
    st.sampled_from(["mkv", "mov", "mp4", "webm"]),
    width=sides,
    height=sides,
    fit=fits,
    gravity=gravities,
    upscale=st.booleans(),
    rotate=st.sampled_from([0, 90, 180, 270]),
    quality=st.none() | st.integers(1, 100),
    effort=st.none() | st.integers(0, 9),
    fps=st.none() | st.floats(1, 240),
    start=seconds,
    skip_larger=st.booleans(),
)
bound = st.builds(
    VideoOutput,
    st.sampled_from(["mkv", "mov", "mp4", "webm"]),
    height=sides,
    rate=st.just(Lossless()) | st.builds(MaxBytes, st.integers(1_000, 10_000_000)),
    fps=st.none() | st.floats(1, 240),
    start=seconds,
)
stills = st.builds(StillOutput, seconds | st.just("25%"), width=sides, height=sides, fit=fits)
previews = st.builds(
    PreviewOutput, st.sampled_from(["avif", "gif", "mp4", "webp"]), start=seconds, width=sides
)
sources = st.builds(
    lambda width, height, seconds, channels, **facts: film_info(
        video(width, height, **facts),
        audio=[track(channels=channels)] if channels else [],
        seconds=seconds,
    ),
    small,
    small,
    st.none() | st.floats(0.1, 30),
    st.integers(0, 8),
    orientation=orientations,
    sample_aspect_ratio=st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(16, 15)]),
    pixel_format=st.sampled_from(["yuv420p", "yuv422p10le", "gbrp", "yuvj444p", None]),
)


@st.composite
def plans(draw: st.DrawFn) -> FilmPlan:
    outputs = draw(st.lists(films | bound | stills | previews, min_size=1, max_size=4))
    try:
        return film_planned(outputs, draw(sources))
    except MediaflowError:
        assume(False)
        raise


def frames(plan):
    return [step.video.frame for step in plan.renditions] + [step.frame for step in plan.stills]


@given(plans())
def test_plan_survives_json_and_pickle(plan):
    assert from_dict(FilmPlan, json.loads(json.dumps(to_dict(plan)))) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan


@settings(max_examples=25)
@given(plans())
def test_schema_accepts_every_plan(plan):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    jsonschema.validate(to_dict(plan), json_schema(FilmPlan))


@given(plans())
def test_cuts_are_whole_px_inside_the_stored_frame(plan):
    coded = plan.source.video[0].coded_size

    for crop in (frame.crop for frame in frames(plan) if frame.crop is not None):
        for edge in (crop.left, crop.top, crop.right, crop.bottom):
            assert edge.denominator == 1
        assert 0 <= crop.left < crop.right <= coded.width
        assert 0 <= crop.top < crop.bottom <= coded.height


@given(plans())
def test_content_lies_on_its_canvas(plan):
    for frame in frames(plan):
        turned = upright_size(frame.content, frame.orientation)
        assert 0 <= frame.offset.x <= frame.canvas.width - turned.width
        assert 0 <= frame.offset.y <= frame.canvas.height - turned.height


@given(plans())
def test_films_have_even_sides(plan):
    for step in plan.renditions:
        even = step.video.frame.pixel_format == "yuv420p"
        assert not even or step.size.width % 2 == step.size.height % 2 == 0


@given(plans())
def test_every_sound_is_heard_and_none_is_there_twice(plan):
    heard = {step.sound for step in plan.renditions} - {None}

    assert heard == set(range(len(plan.sounds)))
    assert len(set(plan.sounds)) == len(plan.sounds)


@given(plans())
def test_windows_are_inside_the_source(plan):
    known = plan.source.duration_seconds

    for step in plan.renditions:
        assert step.end is None or step.start < step.end
        assert known is None or step.start == 0 or float(step.start) < known
        assert step.duration_seconds is None or step.duration_seconds >= 0


@given(plans())
def test_what_is_left_out_has_one_that_stands_for_it(plan):
    made = {step.name for step in plan.renditions if step.same_as is None}

    assert made or not plan.renditions
    assert {step.same_as for step in plan.renditions} - {None} <= made


@given(plans())
def test_plan_is_said_in_words_one_line_each(plan):
    assert all("\n" not in line for line in plan.lines())
    assert sum(line.startswith("output ") for line in plan.lines()) == len(plan.outputs)
