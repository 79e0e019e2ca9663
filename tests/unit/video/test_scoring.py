"""How good frames are and how far apart, on arrays made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.video.scoring import best_of, distance, score, seen

rng = np.random.default_rng(5)
GRAY = np.full((45, 80), 128, np.uint8)


def textured(low=60, high=190, *, size=(90, 160)):
    """A field of random blocks of 6 px, each of one level."""
    blocks = rng.integers(low, high, (-(-size[0] // 6), -(-size[1] // 6)))
    return np.kron(blocks, np.ones((6, 6)))[: size[0], : size[1]].astype(np.uint8)


def blurred(luma, times=3):
    wide = luma.astype(float)
    for _ in range(times):
        for axis in (0, 1):
            wide = np.mean([np.roll(wide, shift, axis) for shift in range(-3, 4)], axis=0)
    return wide.astype(np.uint8)


def look(luma, blue=GRAY, red=GRAY):
    return seen(luma, blue, red)


PHOTO = textured()


@pytest.mark.parametrize(
    "worse",
    [
        np.full((90, 160), 0, np.uint8),
        np.full((90, 160), 128, np.uint8),
        np.full((90, 160), 255, np.uint8),
        blurred(PHOTO),
        (PHOTO // 8).astype(np.uint8),
        (255 - PHOTO // 8).astype(np.uint8),
    ],
    ids=["black", "gray", "white", "blurred", "underexposed", "overexposed"],
)
def test_a_good_frame_beats_a_bad_one(worse):
    assert score(look(PHOTO), 0.0) > 1.5 * score(look(worse), 0.0)


def test_titles_on_black_are_worse_than_a_picture():
    titles = np.zeros((90, 160), np.uint8)
    titles[40:46, 30:130:4] = 255

    assert score(look(PHOTO), 0.0) > 3 * score(look(titles), 0.0)


def test_a_frame_unlike_both_its_neighbours_counts_less():
    frames = [look(PHOTO)] * 5
    far = [0.0, 0.9, 0.9, 0.0]

    assert score(frames[0], 0.9) < score(frames[0], 0.1)
    assert best_of(frames, far) == 0  # of equals the first
    assert best_of([look(blurred(PHOTO)), *frames[1:]], [0.9, 0.9, 0.0, 0.0]) == 2


def test_figures_are_those_of_arithmetic():
    luma = np.zeros((9, 16), np.uint8)
    luma[:, 8:] = 200

    one = look(luma)

    assert one.mean == 100
    assert one.deviation == 100
    assert one.lost == 0.5
    # each row of the inner 7×14 px has two px at the edge, of |4·0 − 200| and |4·200 − 600|
    assert one.sharpness == pytest.approx(2 * 200 / 14)
    assert one.detail == pytest.approx(2 / 14)
    assert one.levels.sum(axis=1) == pytest.approx([1, 1, 1])


def test_a_single_frame_is_the_best():
    assert best_of([look(np.zeros((90, 160), np.uint8))], []) == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (3, 160), (160, 4)])
def test_frames_of_any_size_are_seen(size):
    one = look(textured(size=size))

    assert 0 <= score(one, 0.0) <= 1
    assert distance(one, one) == 0


def test_distance_is_none_for_the_same_and_great_for_another_picture():
    other = look(textured(0, 80), blue=GRAY - 60)

    assert distance(look(PHOTO), look(PHOTO)) == 0
    assert distance(look(PHOTO), other) > 0.5
    assert distance(look(PHOTO), other) == distance(other, look(PHOTO))


def test_black_and_white_are_as_far_apart_as_luma_can_be():
    black, white = np.zeros((90, 160), np.uint8), np.full((90, 160), 255, np.uint8)

    assert distance(look(black), look(white)) == pytest.approx(0.6 * 0.5 + 0.4)


def test_motion_is_less_than_a_cut():
    moved = look(np.roll(PHOTO, 3, axis=1))

    assert distance(look(PHOTO), moved) < 0.1


def test_scenes_of_the_same_levels_differ_by_their_places():
    left, right = np.full((90, 160), 60, np.uint8), np.full((90, 160), 60, np.uint8)
    left[:, :80] = 180
    right[:, 80:] = 180

    assert distance(look(left), look(right)) == pytest.approx(0.4)
