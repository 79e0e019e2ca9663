"""Geometry against tables worked by hand, Pillow's transposes, and a sampled sine."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mediaflow.errors import SpecError
from mediaflow.geometry import (
    Box,
    FocalPoint,
    Placement,
    Point,
    Size,
    place,
    sample_grid,
    scaled_decode_size,
    stored_box,
    stored_size,
    upright_size,
)
from mediaflow.geometry.orientation import INVERSE, ORIENTATIONS
from mediaflow.models.serde import from_dict, to_dict


def box(*edges: int | str) -> Box:
    left, top, right, bottom = (Fraction(edge) for edge in edges)
    return Box(left, top, right, bottom)


# ------------------------------------------------------------------ values


@pytest.mark.parametrize("side", [0, -1, True, 1.0, "3", None])
def test_size_refuses_what_is_no_length(side):
    with pytest.raises(SpecError, match="width must be a whole number of px from 1"):
        Size(side, 5)
    with pytest.raises(SpecError, match="height must be a whole number of px from 1"):
        Size(5, side)


@pytest.mark.parametrize("share", [-0.01, 1.01, math.nan, math.inf, "0.5", None, True])
def test_focal_point_refuses_what_is_no_share(share):
    with pytest.raises(SpecError, match="must be a number from 0 to 1"):
        FocalPoint(share, 0.5)
    with pytest.raises(SpecError, match="must be a number from 0 to 1"):
        FocalPoint(0.5, share)


@pytest.mark.parametrize("edges", [(5, 0, 5, 9), (6, 0, 5, 9), (0, 9, 5, 9), (0, 10, 5, 9)])
def test_box_refuses_no_area(edges):
    with pytest.raises(SpecError, match="left < right and top < bottom"):
        box(*edges)


def test_box_tells_its_lengths_and_scales_both_axes():
    half = box(10, 20, 31, 80).scaled(Fraction(1, 2), Fraction(1, 4))

    assert half == box(5, 5, "31/2", 20)
    assert (half.width, half.height) == (Fraction(21, 2), 15)


@pytest.mark.parametrize(
    "value",
    [
        Size(720, 588),
        Point(3, 4),
        FocalPoint(0.25, 1.0),
        box(0, "1/2", 3, "22/7"),
        Placement(
            crop=box(0, 0, 10, "20/3"), content=Size(5, 3), canvas=Size(6, 6), offset=Point(0, 1)
        ),
    ],
)
def test_value_travels_as_json_and_pickle(value):
    assert from_dict(type(value), to_dict(value)) == value
    assert pickle.loads(pickle.dumps(value)) == value
    assert len({value, from_dict(type(value), to_dict(value))}) == 1


# ------------------------------------------------------------------ fits that keep everything


@pytest.mark.parametrize(
    ("source", "width", "height", "fit", "upscale", "canvas"),
    [
        # 2725 * 588/2225 = 720.13 would be too wide; 2225 * 720/2725 = 587.89 -> 588
        ((2725, 2225), 720, 588, "inside", False, (720, 588)),
        ((2725, 2225), 720, None, "inside", False, (720, 588)),
        ((4000, 3000), 800, 600, "inside", False, (800, 600)),
        ((4000, 3000), 300, 300, "inside", False, (300, 225)),
        ((3000, 4000), 300, 300, "inside", False, (225, 300)),
        ((4000, 3000), 300, 300, "outside", False, (400, 300)),
        ((4000, 3000), None, 300, "outside", False, (400, 300)),
        ((400, 300), 800, 800, "inside", False, (400, 300)),
        ((400, 300), 800, 800, "inside", True, (800, 600)),
        ((400, 300), 800, 200, "outside", False, (400, 300)),
        ((400, 300), 800, 200, "outside", True, (800, 600)),
        # 3 * 100/1000 = 0.3 -> 0 -> 1
        ((3, 1000), 100, 100, "inside", False, (1, 100)),
        ((10_000, 1), 100, 100, "inside", False, (100, 1)),
        ((1, 10_000), 100, 100, "inside", False, (1, 100)),
        ((10_000, 1), 100, None, "inside", False, (100, 1)),
        # 100/3 = 33.33 -> 33;  100 * 2/3 = 66.67 -> 67
        ((300, 100), 100, 100, "inside", False, (100, 33)),
        ((300, 200), 100, 100, "inside", False, (100, 67)),
        # 5 * 10/20 = 2.5 -> 3: half goes up
        ((20, 5), 10, 10, "inside", False, (10, 3)),
        ((400, 300), None, None, "outside", True, (400, 300)),
        # fill: as asked; without enlarging each side at most the source's
        ((400, 300), 100, 100, "fill", False, (100, 100)),
        ((400, 300), 800, 100, "fill", False, (400, 100)),
        ((400, 300), 800, 100, "fill", True, (800, 100)),
        ((400, 300), 200, None, "fill", False, (200, 150)),
        ((400, 300), 800, None, "fill", False, (400, 300)),
        ((400, 300), None, 600, "fill", True, (800, 600)),
    ],
)
def test_size_of_what_keeps_everything(source, width, height, fit, upscale, canvas):
    placed = place(Size(*source), width=width, height=height, fit=fit, upscale=upscale)

    assert placed == Placement(
        crop=Box.whole(Size(*source)),
        content=Size(*canvas),
        canvas=Size(*canvas),
        offset=Point(0, 0),
    )


@pytest.mark.parametrize("fit", ["inside", "outside", "cover", "contain", "fill"])
@pytest.mark.parametrize("bad", [0, -1, 1.5, True])
def test_target_that_is_no_length_is_refused(fit, bad):
    with pytest.raises(SpecError, match="width must be a whole number"):
        place(Size(4, 3), width=bad, height=None, fit=fit)
    with pytest.raises(SpecError, match="height must be a whole number"):
        place(Size(4, 3), width=2, height=bad, fit=fit)


# ------------------------------------------------------------------ cover


@pytest.mark.parametrize(
    ("gravity", "edges"),
    [
        # 4000x3000 as a square: 3000x3000, 1000 columns are free
        ("center", (500, 0, 3500, 3000)),
        ("north", (500, 0, 3500, 3000)),
        ("south", (500, 0, 3500, 3000)),
        ("west", (0, 0, 3000, 3000)),
        ("southwest", (0, 0, 3000, 3000)),
        ("northwest", (0, 0, 3000, 3000)),
        ("east", (1000, 0, 4000, 3000)),
        ("northeast", (1000, 0, 4000, 3000)),
        ("southeast", (1000, 0, 4000, 3000)),
        (FocalPoint(0.5, 0.5), (500, 0, 3500, 3000)),
        # middle at 0.4 * 4000 = 1600, so from 1600 - 1500
        (FocalPoint(0.4, 0.9), (100, 0, 3100, 3000)),
        # 0.3 * 4000 = 1200 is nearer than 1500 to the edge
        (FocalPoint(0.3, 0.5), (0, 0, 3000, 3000)),
        (FocalPoint(1.0, 0.0), (1000, 0, 4000, 3000)),
    ],
)
def test_gravity_chooses_what_cover_keeps(gravity, edges):
    placed = place(Size(4000, 3000), width=150, height=150, fit="cover", gravity=gravity)

    assert placed.crop == box(*edges)
    assert placed.canvas == placed.content == Size(150, 150)


def test_gravity_chooses_rows_of_a_tall_source():
    def rows(gravity):
        crop = place(Size(300, 900), width=100, height=100, fit="cover", gravity=gravity).crop
        return crop.top, crop.bottom

    assert rows("north") == (0, 300)
    assert rows("center") == (300, 600)
    assert rows("southeast") == (600, 900)
    assert rows(FocalPoint(0.0, 0.25)) == (75, 375)


def test_cover_crops_between_px_at_exactly_the_asked_aspect():
    # 16:9 of 1000x1000: 1000 * 9/16 = 562.5 rows, (1000 - 562.5)/2 = 218.75 free above
    placed = place(Size(1000, 1000), width=160, height=90, fit="cover")

    assert placed.crop == box(0, "875/4", 1000, "3125/4")


@pytest.mark.parametrize(
    ("source", "width", "height", "canvas", "edges"),
    [
        # a square from 400x300 is 300x300 at most
        ((400, 300), 500, 500, (300, 300), (50, 0, 350, 300)),
        # 3:1 from 100x50: 100 * 1/3 = 33.33 -> 33 rows, (50 - 33)/2 = 8.5 -> 9
        ((100, 50), 300, 100, (100, 33), (0, 9, 100, 42)),
        # wide enough, not high enough: 50 rows, 50 * 80/60 = 66.67 -> 67, (100 - 67)/2 = 16.5 -> 17
        ((100, 50), 80, 60, (67, 50), (17, 0, 84, 50)),
        ((10_000, 1), 100, 100, (1, 1), (5000, 0, 5001, 1)),
        ((3, 1000), 100, 100, (3, 3), (0, 499, 3, 502)),
        # 100:1 from 10x1000: 0.1 rows -> 1, (1000 - 1)/2 = 499.5 -> 500
        ((10, 1000), 1000, 10, (10, 1), (0, 500, 10, 501)),
        # one to one: (101 - 100)/2 = 0.5 -> 1, whole px are copied
        ((101, 50), 100, 50, (100, 50), (1, 0, 101, 50)),
    ],
)
def test_cover_of_a_small_source_keeps_the_aspect_and_copies_px(
    source, width, height, canvas, edges
):
    placed = place(Size(*source), width=width, height=height, fit="cover")

    assert placed.canvas == placed.content == Size(*canvas)
    assert placed.crop == box(*edges)


def test_cover_enlarges_when_asked():
    placed = place(Size(400, 300), width=600, height=600, fit="cover", upscale=True)

    assert placed.canvas == Size(600, 600)
    assert placed.crop == box(50, 0, 350, 300)


@pytest.mark.parametrize("upscale", [False, True])
def test_cover_at_the_size_of_the_source_starts_at_a_whole_px(upscale):
    placed = place(Size(101, 50), width=100, height=50, fit="cover", upscale=upscale)

    assert placed.crop == box(1, 0, 101, 50)


def test_cover_with_one_side_cuts_nothing():
    placed = place(Size(10_000, 1), width=100, height=None, fit="cover")

    assert placed.crop == box(0, 0, 10_000, 1)
    assert placed.canvas == Size(100, 1)


# ------------------------------------------------------------------ contain


@pytest.mark.parametrize(
    ("gravity", "offset"),
    [
        # 400x300 in 100x100 is 100x75, 25 rows are free: 12.5 -> 13
        ("center", (0, 13)),
        ("north", (0, 0)),
        ("northeast", (0, 0)),
        ("south", (0, 25)),
        ("west", (0, 13)),
        (FocalPoint(0.9, 0.2), (0, 5)),
    ],
)
def test_gravity_places_what_contain_pads(gravity, offset):
    placed = place(Size(400, 300), width=100, height=100, fit="contain", gravity=gravity)

    assert placed.content == Size(100, 75)
    assert placed.canvas == Size(100, 100)
    assert placed.offset == Point(*offset)
    assert placed.crop == box(0, 0, 400, 300)


@pytest.mark.parametrize(
    ("width", "height", "upscale", "content", "canvas", "offset"),
    [
        (100, 100, False, (40, 30), (100, 100), (30, 35)),
        (100, 100, True, (100, 75), (100, 100), (0, 13)),
        (80, None, False, (40, 30), (80, 60), (20, 15)),
        (80, None, True, (80, 60), (80, 60), (0, 0)),
        (20, 100, False, (20, 15), (20, 100), (0, 43)),
    ],
)
def test_contain_of_a_small_source_pads_more(width, height, upscale, content, canvas, offset):
    placed = place(Size(40, 30), width=width, height=height, fit="contain", upscale=upscale)

    assert placed.content == Size(*content)
    assert placed.canvas == Size(*canvas)
    assert placed.offset == Point(*offset)


# ------------------------------------------------------------------ orientation

# What Pillow must do to stored samples so that they stand upright (it turns counterclockwise).
TO_UPRIGHT = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
STORED = Image.frombytes("L", (7, 5), bytes(range(35)))  # every px has a value of its own


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    method = TO_UPRIGHT[orientation]
    return picture.copy() if method is None else picture.transpose(method)


@pytest.mark.parametrize("orientation", sorted(TO_UPRIGHT))
def test_upright_size_is_what_pillow_turns_to(orientation):
    upright = turned(STORED, orientation)

    assert upright_size(Size(7, 5), orientation) == Size(*upright.size)
    assert stored_size(Size(*upright.size), orientation) == Size(7, 5)


@pytest.mark.parametrize("orientation", sorted(TO_UPRIGHT))
def test_stored_box_holds_the_px_of_the_upright_box(orientation):
    upright = turned(STORED, orientation)
    edges = (1, 2, 4, 5)

    mapped = stored_box(box(*edges), Size(*upright.size), orientation)

    stored = STORED.crop((int(mapped.left), int(mapped.top), int(mapped.right), int(mapped.bottom)))
    assert turned(stored, orientation).tobytes() == upright.crop(edges).tobytes()


@pytest.mark.parametrize("orientation", sorted(TO_UPRIGHT))
def test_inverse_undoes_a_turn(orientation):
    there_and_back = turned(turned(STORED, orientation), INVERSE[orientation])

    assert there_and_back.tobytes() == STORED.tobytes()


@pytest.mark.parametrize("orientation", [0, 9, -1, 90])
def test_unknown_orientation_is_refused(orientation):
    with pytest.raises(SpecError, match="orientation must be 1 to 8"):
        upright_size(Size(7, 5), orientation)


def test_table_says_which_orientations_swap_sides():
    swapping = [number for number, turn in ORIENTATIONS.items() if turn.swaps_sides]

    assert swapping == [5, 6, 7, 8]


# ------------------------------------------------------------------ scaled decode


@pytest.mark.parametrize(
    ("size", "denominator", "decoded"),
    [
        ((2725, 2225), 1, (2725, 2225)),
        ((2725, 2225), 2, (1363, 1113)),  # 1362.5, 1112.5
        ((2725, 2225), 8, (341, 279)),  # 340.6, 278.1
        ((4000, 3000), 4, (1000, 750)),
        ((1, 7), 8, (1, 1)),
    ],
)
def test_scaled_decode_rounds_up(size, denominator, decoded):
    assert scaled_decode_size(Size(*size), denominator) == Size(*decoded)


@pytest.mark.parametrize("denominator", [2, 4, 8])
def test_scaled_decode_is_what_libjpeg_delivers(tmp_path, denominator):
    path = tmp_path / "odd.jpg"
    Image.new("RGB", (613, 421), "teal").save(path)

    with Image.open(path) as picture:
        picture.draft("RGB", (-(-613 // denominator) - 1, -(-421 // denominator) - 1))
        delivered = Size(*picture.size)

    assert delivered == scaled_decode_size(Size(613, 421), denominator)


def test_scaled_decode_refuses_to_divide_by_nothing():
    with pytest.raises(SpecError, match="denominator must be 1 or more"):
        scaled_decode_size(Size(5, 5), 0)


# ------------------------------------------------------------------ sampling


@pytest.mark.parametrize(
    ("start", "stop", "count", "limit", "grid"),
    [
        (0, 4000, 800, 4000, (0, 4000, 800, 0)),
        (0, 1363, 720, 1363, (0, 1363, 720, 0)),
        (125, 875, 150, 1000, (125, 750, 150, 0)),
        (0, 3, 10, 3, (0, 3, 10, 0)),
    ],
)
def test_whole_edges_are_met_exactly(start, stop, count, limit, grid):
    found = sample_grid(Fraction(start), Fraction(stop), count, limit)

    assert (found.first, found.length, found.produced, found.skipped) == grid
    assert (found.error, found.pad_before, found.pad_after) == (0, 0, 0)


@pytest.mark.parametrize(("side", "count"), [(2725, 720), (2225, 588)])
def test_half_scale_decode_of_odd_sides_is_met_within_three_hundredths(side, count):
    grid = sample_grid(Fraction(0), Fraction(side, 2), count, (side + 1) // 2)

    last = Fraction(side, 2) * (2 * count - 1) / (2 * count)  # middle of the last px
    assert grid.error < 0.03
    assert abs(grid.position(0) - Fraction(side, 4 * count)) < 0.03 * side / 2 / count
    assert abs(grid.position(count - 1) - last) < 0.03 * side / 2 / count


def test_fractional_crop_brings_its_neighbours_for_the_kernel():
    # 562.5 columns in the middle of 1000 to 150: 3.75 columns a px, Lanczos reaches 11.25 further
    grid = sample_grid(Fraction(875, 4), Fraction(3125, 4), 150, 1000)

    assert grid.first <= 218.75 - 11.25
    assert grid.first + grid.length >= 781.25 + 11.25
    assert (grid.pad_before, grid.pad_after) == (0, 0)
    assert grid.error < 0.03


def test_padding_is_what_lies_outside_the_source():
    # 1:1 from half a px on cannot be met inside 4 px: both edges are replicated
    grid = sample_grid(Fraction(1, 2), Fraction(7, 2), 3, 4)

    assert grid.pad_before == -grid.first
    assert grid.pad_after == grid.first + grid.length - 4
    assert grid.pad_before > 0
    assert grid.pad_after > 0


@pytest.mark.parametrize(
    ("start", "stop", "count", "limit"),
    [(-1, 5, 5, 9), (5, 5, 5, 9), (6, 5, 5, 9), (0, 10, 5, 9), (0, 9, 0, 9)],
)
def test_impossible_range_is_refused(start, stop, count, limit):
    with pytest.raises(SpecError, match="0 <= start < stop <= limit"):
        sample_grid(Fraction(start), Fraction(stop), count, limit)


def smooth(positions: np.ndarray) -> np.ndarray:
    return 128 + 60 * np.sin(positions / 9) + 40 * np.cos(positions / 23)


def scaled_by_whole_px(row: np.ndarray, grid) -> np.ndarray:
    """Scale as a whole-px scaler does, with replicated edges, and keep what the grid keeps."""
    padded = np.pad(row, (grid.pad_before, grid.pad_after), mode="edge")
    first = grid.first + grid.pad_before
    part = padded[first : first + grid.length].astype(np.float32)[np.newaxis]
    scaled = Image.fromarray(part).resize((grid.produced, 1), Image.Resampling.LANCZOS)
    return np.asarray(scaled)[0, grid.skipped : grid.skipped + grid.count]


@pytest.mark.parametrize(
    ("start", "stop", "count", "limit"),
    [
        ("0", "2725/2", 720, 1363),
        ("0", "2225/2", 588, 1113),
        ("875/4", "3125/4", 150, 1000),
        ("1/3", "1999/3", 251, 700),
        ("31/7", "400/7", 199, 60),
    ],
)
def test_whole_px_scaling_on_the_grid_equals_fractional_resampling(start, stop, count, limit):
    row = smooth(np.arange(limit) + 0.5)
    grid = sample_grid(Fraction(start), Fraction(stop), count, limit)

    scaled = scaled_by_whole_px(row, grid)

    edges = (float(Fraction(start)), 0.0, float(Fraction(stop)), 1.0)
    ideal = Image.fromarray(row.astype(np.float32)[np.newaxis]).resize(
        (count, 1), Image.Resampling.LANCZOS, box=edges
    )
    off = np.abs(scaled - np.asarray(ideal)[0])
    # The steepest slope is 60/9 + 40/23 = 8.4 levels a source px. Allowed are 0.05 px of the coarser
    # grid: 0.03 of position, and the last neighbour that the search may leave out at an edge.
    assert off.max() < 0.05 * 8.4 * max(1.0, float(Fraction(stop) - Fraction(start)) / count)


def test_rounding_the_edges_instead_would_be_seen():
    row = smooth(np.arange(1363) + 0.5)
    ideal = smooth((np.arange(720) + 0.5) * 1362.5 / 720)

    grid = sample_grid(Fraction(0), Fraction(2725, 2), 720, 1363)
    rounded = sample_grid(Fraction(0), Fraction(1363), 720, 1363)

    off_grid = np.abs(scaled_by_whole_px(row, grid) - ideal)[8:-8].max()
    off_rounded = np.abs(scaled_by_whole_px(row, rounded) - ideal)[8:-8].max()
    assert off_grid * 4 < off_rounded
