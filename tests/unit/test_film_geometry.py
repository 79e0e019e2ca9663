"""Even sides, px that are not square, cuts that chroma can follow, turns after turns."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.geometry import (
    QUARTER_TURNS,
    Box,
    Point,
    Size,
    composed,
    even_placement,
    even_side,
    place,
    snapped_box,
    square_size,
    stored_box,
    stored_size,
    upright_size,
)
from tests.strategies import fits, lengths, optional_lengths, orientations, sizes, sizes_and_boxes


@pytest.mark.parametrize(
    ("side", "most", "expected"),
    [
        (1080, None, 1080),
        (1079, None, 1080),
        (Fraction(1601, 3), None, 534),  # 533.67 lies nearer to 534 than to 532
        (Fraction(4804, 9), None, 534),  # 533.78
        (Fraction(2127, 4), None, 532),  # 531.75
        (533, 533, 532),
        (1, None, 2),
        (1, 1, 2),
        (Fraction(1, 5), None, 2),
        (3, 2, 2),
    ],
)
def test_even_side_is_the_nearest(side, most, expected):
    assert even_side(side, most) == expected


@given(st.fractions(min_value=Fraction(1, 100), max_value=70_000), st.none() | lengths)
def test_even_side_is_even_and_near_and_never_above_its_limit(side, most):
    made = even_side(side, most)

    assert made % 2 == 0
    assert made >= 2
    assert most is None or made <= max(most, 2)
    assert most is not None or abs(made - side) <= 1 or made == 2


@pytest.mark.parametrize(
    ("stored", "ratio", "orientation", "expected"),
    [
        ((1440, 1080), Fraction(4, 3), 1, (1920, 1080)),
        ((720, 576), Fraction(16, 15), 1, (768, 576)),
        ((720, 480), Fraction(8, 9), 1, (640, 480)),
        ((720, 480), Fraction(32, 27), 6, (480, 853)),  # 853.33
        ((3, 3), Fraction(1, 2), 1, (2, 3)),  # 1.5 goes up
        ((1, 9), Fraction(1, 9), 1, (1, 9)),
    ],
)
def test_px_become_square_by_their_width(stored, ratio, orientation, expected):
    assert square_size(Size(*stored), ratio, orientation) == Size(*expected)


def even(source, width, height, fit="inside", *, upscale=False):
    exact = place(source, width=width, height=height, fit=fit, upscale=upscale)
    limit = None if upscale else source
    return even_placement(exact, width=width, height=height, fit=fit, limit=limit)


@pytest.mark.parametrize(
    ("source", "width", "height", "expected"),
    [
        ((1920, 1080), 854, 480, (854, 480)),  # 853.33 wide
        ((1920, 1080), 1280, None, (1280, 720)),
        ((640, 272), None, 180, (424, 180)),  # 423.53 wide
        ((1920, 1080), 853, None, (852, 480)),  # 479.25 high at 852
        ((35, 17), None, None, (34, 16)),  # 16.5 high at 34
        ((1, 1), None, None, (2, 2)),
        ((1080, 1920), 1920, 1080, (608, 1080)),  # 607.5 wide
        ((1000, 563), None, None, (1000, 562)),
    ],
)
def test_fitted_sides_are_even(source, width, height, expected):
    assert even(Size(*source), width, height).canvas == Size(*expected)


def test_padding_and_its_place_are_even():
    placed = even(Size(333, 111), 201, 201, "contain")

    assert placed.canvas == Size(202, 202)
    assert placed.content.width % 2 == placed.content.height % 2 == 0
    assert placed.offset.x % 2 == placed.offset.y % 2 == 0


@given(sizes, optional_lengths, optional_lengths, fits, st.booleans())
def test_whatever_is_asked_all_sides_are_even_and_on_the_canvas(
    source, width, height, fit, upscale
):
    placed = even(source, width, height, fit, upscale=upscale)

    for number in (*_pair(placed.canvas), *_pair(placed.content), placed.offset.x, placed.offset.y):
        assert number % 2 == 0
    assert placed.offset.x + placed.content.width <= placed.canvas.width
    assert placed.offset.y + placed.content.height <= placed.canvas.height


@given(sizes, optional_lengths, optional_lengths, fits)
def test_nothing_is_enlarged_beyond_the_two_px_that_chroma_needs(source, width, height, fit):
    content = even(source, width, height, fit).content

    assert content.width <= max(source.width, 2)
    assert content.height <= max(source.height, 2)


@given(sizes, lengths, lengths)
def test_inside_stays_inside(source, width, height):
    canvas = even(source, width, height, upscale=True).canvas

    assert canvas.width <= max(width, 2)
    assert canvas.height <= max(height, 2)


def _pair(size):
    return size.width, size.height


@pytest.mark.parametrize(
    ("edges", "size", "step", "expected"),
    [
        ((10, 10, 100, 90), (200, 200), (2, 2), (10, 10, 100, 90)),
        ((11, 11, 100, 91), (200, 200), (2, 2), (12, 12, 100, 92)),
        ((11, 11, 100, 91), (200, 200), (1, 1), (11, 11, 100, 91)),
        ((11, 11, 100, 91), (200, 200), (2, 1), (12, 11, 100, 91)),
        ((0, 0, 35, 17), (35, 17), (2, 2), None),
        ((10, 0, 35, 17), (35, 17), (2, 2), (10, 0, 35, 17)),
        ((34, 16, 35, 17), (35, 17), (2, 2), (34, 16, 35, 17)),
        ((0, 0, 1, 1), (1, 1), (2, 2), None),
        ((3, 3, 4, 4), (200, 200), (2, 2), (2, 2, 4, 4)),
    ],
)
def test_cut_lies_on_the_grid_of_chroma(edges, size, step, expected):
    made = snapped_box(Box(*map(Fraction, edges)), Size(*size), step)

    assert made == (None if expected is None else Box(*map(Fraction, expected)))


@given(sizes_and_boxes(), st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 1), (4, 4)]))
def test_cut_is_inside_the_frame_and_near_what_was_asked(drawn, step):
    size, box = drawn
    made = snapped_box(box, size, step) or Box.whole(size)

    assert 0 <= made.left < made.right <= size.width
    assert 0 <= made.top < made.bottom <= size.height
    assert made.left % step[0] == made.top % step[1] == 0
    assert abs(made.left - box.left) <= step[0]
    assert abs(made.bottom - box.bottom) <= step[1]


@given(orientations, orientations, sizes_and_boxes())
def test_two_turns_are_their_composition(first, then, drawn):
    stored, _ = drawn
    middle = upright_size(stored, first)
    final = upright_size(middle, then)
    corner = Box(Fraction(0), Fraction(0), Fraction(1, 3), Fraction(1, 2))

    one_by_one = stored_box(stored_box(corner, final, then), middle, first)

    assert stored_box(corner, final, composed(first, then)) == one_by_one
    assert stored_size(final, composed(first, then)) == stored


@pytest.mark.parametrize(
    ("first", "then", "both"),
    [(6, 6, 3), (6, 8, 1), (3, 3, 1), (2, 2, 1), (6, 2, 5), (2, 6, 7), (1, 4, 4), (5, 5, 1)],
)
def test_compositions_worked_out_by_hand(first, then, both):
    assert composed(first, then) == both


def test_quarter_turns_clockwise_are_orientations():
    corner = Box(*map(Fraction, (0, 0, 1, 1)))

    # after a quarter turn clockwise the upper left px is the one that was lower left
    assert stored_box(corner, Size(3, 4), QUARTER_TURNS[90]) == Box(*map(Fraction, (0, 2, 1, 3)))
    assert QUARTER_TURNS == {0: 1, 90: 6, 180: 3, 270: 8}


def test_placement_without_padding_starts_at_the_corner():
    assert even(Size(100, 100), 33, 33).offset == Point(0, 0)
