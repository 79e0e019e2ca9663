"""Which outputs move, how often they are played, and what is said of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import LimitExceededError
from mediaflow.models.animation import Animation
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.image import plan_image
from mediaflow.security.limits import Limits
from tests.infos import CAPABILITIES, PHOTO, TEMPLATE, media_info, planned

MOVES = media_info("gif", 120, 80, is_animated=True, frames=10, loop_plays=3, duration_seconds=4.0)


def step_of(output, info=MOVES, **how):
    return planned([output], info, **how).encodes[0]


@pytest.mark.parametrize(
    ("output", "is_moving", "codes"),
    [
        (ImageOutput("webp"), True, []),
        (ImageOutput("gif"), True, ["colors_reduced"]),
        (ImageOutput("png"), False, ["animation_flattened"]),
        (ImageOutput("png", animation=Animation()), True, []),
        (ImageOutput("jpeg"), False, ["animation_flattened"]),
        (ImageOutput("avif"), False, ["animation_flattened"]),
        (ImageOutput("webp", animation=None), False, []),
        (ImageOutput("webp", still_at=1.0), False, []),
        (ImageOutput("jpeg", still_at="50%"), False, []),
    ],
)
def test_output_moves_by_default_where_everybody_sees_it(output, is_moving, codes):
    step = step_of(output)

    assert (step.animation is not None) == is_moving
    assert [notice.code for notice in step.notices] == codes


@pytest.mark.parametrize("output", [ImageOutput("webp"), ImageOutput("png", animation=Animation())])
def test_still_source_stays_still_without_a_notice(output):
    step = step_of(output, media_info("gif", 120, 80))

    assert step.animation is None
    assert step.notices == ()


def test_several_pictures_in_a_file_are_no_animation():
    step = step_of(ImageOutput("webp"), media_info("tiff", frames=5))

    assert (step.animation, step.notices) == (None, ())


@pytest.mark.parametrize(
    ("format", "source", "asked", "plays", "codes"),
    [
        ("webp", 3, None, 3, []),
        ("webp", 0, None, 0, []),
        ("webp", None, None, 0, []),  # AVIF does not tell; viewers repeat it for ever
        ("webp", 3, 0, 0, []),
        ("webp", 3, 7, 7, []),
        ("webp", 65_536, None, 0, ["loop_changed"]),
        ("gif", 65_536, None, 65_536, ["colors_reduced"]),
        ("gif", 65_537, None, 0, ["loop_changed", "colors_reduced"]),
        ("png", 65_537, None, 65_537, []),
    ],
)
def test_plays_are_counted_in_all_and_changed_only_where_they_must(
    format, source, asked, plays, codes
):
    info = media_info("webp", 9, 9, is_animated=True, frames=2, loop_plays=source)

    step = step_of(ImageOutput(format, animation=Animation(loop=asked)), info)

    assert step.animation.plays == plays
    assert [notice.code for notice in step.notices] == codes


def test_frames_are_told_as_if_evenly_long_while_only_the_header_is_known():
    step = step_of(ImageOutput("webp", animation=Animation(max_seconds=2)))

    # 4 s in 10 frames are 0.4 s each: 2 s hold five
    assert (step.animation.frames, step.animation.duration_seconds) == (5, 2.0)
    assert [notice.code for notice in step.notices] == ["frames_dropped"]


def test_frames_are_exact_when_the_file_is_known():
    seconds = (Fraction(3), *[Fraction(1, 9)] * 9)

    plan = plan_image(
        [ImageOutput("webp", animation=Animation(max_seconds=2))],
        MOVES,
        template=TEMPLATE,
        source_name=PHOTO,
        capabilities=CAPABILITIES,
        limits=Limits(),
        frame_seconds=seconds,
    )

    assert plan.encodes[0].animation.frames == 1


def test_unknown_count_stays_unknown():
    step = step_of(ImageOutput("webp"), media_info("gif", 9, 9, is_animated=True, frames=None))

    assert (step.animation.frames, step.animation.duration_seconds) == (None, None)


def test_moving_and_still_pictures_are_never_made_from_each_other():
    plan = planned(
        [
            ImageOutput("webp", width=100),
            ImageOutput("webp", width=40, suffix="_small"),
            ImageOutput("jpeg", width=40, suffix="_first"),
            ImageOutput("jpeg", width=40, still_at=2, suffix="_later"),
        ],
        MOVES,
    )

    made = [(step.moves, step.still_at, step.origin) for step in plan.pictures]
    assert made == [(True, None, None), (True, None, 0), (False, None, None), (False, 2, None)]
    assert plan.walks_frames


def test_first_frame_alone_needs_no_walk():
    assert not planned([ImageOutput("jpeg")], MOVES).walks_frames


@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(max_frames=9), "max_frames"), (Limits(max_total_pixels=95_999), "max_total_pixels")],
)
def test_too_many_frames_are_refused_before_anything_is_decoded(limits, name):
    with pytest.raises(LimitExceededError) as caught:
        planned([ImageOutput("webp")], MOVES, limits=limits)  # 120 × 80 × 10 = 96,000

    assert caught.value.details["limit"] == name


def test_plan_says_how_it_moves():
    lines = planned(
        [ImageOutput("gif", width=60, animation=Animation(fps=1, loop=1))], MOVES
    ).lines()

    assert (
        "  motion: 4 of 10 frames in 4 s, at most 1 a second, played once, times on a 10 ms grid"
        in (lines)
    )
    assert any(line.startswith("picture 0: from every frame: ") for line in lines)


def test_longer_animation_costs_more_time_but_hardly_more_memory():
    short, long = (
        planned(
            [ImageOutput("webp")],
            media_info("gif", 400, 300, is_animated=True, frames=n, duration_seconds=n / 10),
        )
        for n in (10, 1000)
    )

    assert long.estimated_seconds > 50 * short.estimated_seconds
    assert long.peak_bytes < 12 * short.peak_bytes
