"""What holds of geometry for every size, fit, gravity and orientation."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st

from mediaflow.geometry import (
    Box,
    FocalPoint,
    Size,
    place,
    sample_grid,
    scaled_decode_size,
    stored_box,
    stored_size,
    upright_size,
)
from mediaflow.geometry.orientation import INVERSE
from tests.strategies import (
    SampledRange,
    fits,
    focal_points,
    gravities,
    gravity_names,
    lengths,
    optional_lengths,
    orientations,
    ranges_from_three_to_one,
    sampled_ranges,
    sizes,
    sizes_and_boxes,
)

HALF = Fraction(1, 2)
TWO_SIDED = st.sampled_from(["cover", "contain", "fill"])
KEEP_ALL = st.sampled_from(["inside", "outside", "contain"])

# Where the words point, as shares; the words of a mirrored picture follow from it.
PLACES = {
    "center": (0.5, 0.5),
    "north": (0.5, 0.0),
    "northeast": (1.0, 0.0),
    "east": (1.0, 0.5),
    "southeast": (1.0, 1.0),
    "south": (0.5, 1.0),
    "southwest": (0.0, 1.0),
    "west": (0.0, 0.5),
    "northwest": (0.0, 0.0),
}
WORDS = {place_: word for word, place_ in PLACES.items()}

# An upright point (x, y) of a unit square, in the stored samples. Written down from the Exif text:
# which visual edge the 0th row and the 0th column are.
STORED_SHARES = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}


def corners(box: Box) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    return box.left, box.top, box.right, box.bottom


@given(sizes, optional_lengths, optional_lengths, fits, gravities, st.booleans())
def test_crop_lies_inside_source_and_content_inside_canvas(
    source, width, height, fit, gravity, upscale
):
    placed = place(source, width=width, height=height, fit=fit, gravity=gravity, upscale=upscale)

    assert 0 <= placed.crop.left < placed.crop.right <= source.width
    assert 0 <= placed.crop.top < placed.crop.bottom <= source.height
    assert placed.content.width >= 1
    assert placed.content.height >= 1
    assert 0 <= placed.offset.x <= placed.canvas.width - placed.content.width
    assert 0 <= placed.offset.y <= placed.canvas.height - placed.content.height


@given(sizes, optional_lengths, optional_lengths, fits, gravities)
def test_nothing_is_enlarged_unless_asked(source, width, height, fit, gravity):
    placed = place(source, width=width, height=height, fit=fit, gravity=gravity)

    # Half a px is the rounding; a side of 1 px cannot be smaller.
    assert placed.content.width <= max(placed.crop.width + HALF, 1)
    assert placed.content.height <= max(placed.crop.height + HALF, 1)
    assert placed.content.width <= source.width
    assert placed.content.height <= source.height


@given(sizes, lengths, lengths, gravities)
def test_cover_is_never_enlarged_even_by_rounding(source, width, height, gravity):
    placed = place(source, width=width, height=height, fit="cover", gravity=gravity)

    assert placed.content.width <= placed.crop.width
    assert placed.content.height <= placed.crop.height


@given(sizes, lengths, lengths, TWO_SIDED, gravities)
def test_canvas_is_exactly_as_asked(source, width, height, fit, gravity):
    placed = place(source, width=width, height=height, fit=fit, gravity=gravity, upscale=True)

    assert placed.canvas == Size(width, height)


@given(sizes, lengths, lengths, gravities)
def test_contain_keeps_the_canvas_without_enlarging(source, width, height, gravity):
    placed = place(source, width=width, height=height, fit="contain", gravity=gravity)

    assert placed.canvas == Size(width, height)


@given(sizes, lengths, lengths, KEEP_ALL, st.booleans())
def test_aspect_of_the_source_is_kept_within_a_px(source, width, height, fit, upscale):
    content = place(source, width=width, height=height, fit=fit, upscale=upscale).content

    scale_x = Fraction(content.width, source.width)
    scale_y = Fraction(content.height, source.height)
    off_x = abs(content.width - source.width * scale_y)
    off_y = abs(content.height - source.height * scale_x)
    assert min(off_x, off_y) < 1


@given(sizes, lengths, lengths, gravities, st.booleans())
def test_cover_has_the_asked_aspect_within_a_px(source, width, height, gravity, upscale):
    canvas = place(
        source, width=width, height=height, fit="cover", gravity=gravity, upscale=upscale
    ).canvas

    off_x = abs(canvas.width - canvas.height * Fraction(width, height))
    off_y = abs(canvas.height - canvas.width * Fraction(height, width))
    assert min(off_x, off_y) < 1


@given(sizes, lengths, lengths, gravities, st.booleans())
def test_cover_does_not_distort(source, width, height, gravity, upscale):
    placed = place(
        source, width=width, height=height, fit="cover", gravity=gravity, upscale=upscale
    )

    scale_x = placed.content.width / placed.crop.width
    assert placed.content.height == placed.crop.height * scale_x


@given(sizes, lengths, fits, gravities, st.booleans(), st.booleans())
def test_one_side_alone_cuts_nothing(source, length, fit, gravity, upscale, is_width):
    wanted = {"width": length, "height": None} if is_width else {"width": None, "height": length}

    placed = place(source, **wanted, fit=fit, gravity=gravity, upscale=upscale)

    assert placed.crop == Box.whole(source)


@given(sizes, fits, gravities, st.booleans())
def test_no_side_keeps_the_source(source, fit, gravity, upscale):
    placed = place(source, width=None, height=None, fit=fit, gravity=gravity, upscale=upscale)

    assert placed.crop == Box.whole(source)
    assert placed.content == placed.canvas == source


@given(
    sizes,
    lengths,
    lengths,
    st.integers(0, 500),
    st.integers(0, 500),
    st.sampled_from(["inside", "outside", "contain", "fill"]),
    st.booleans(),
)
def test_a_larger_target_never_gives_a_smaller_picture(
    source, width, height, more_width, more_height, fit, upscale
):
    small = place(source, width=width, height=height, fit=fit, upscale=upscale)
    large = place(
        source, width=width + more_width, height=height + more_height, fit=fit, upscale=upscale
    )

    assert small.content.width <= large.content.width
    assert small.content.height <= large.content.height


@given(sizes, lengths, lengths, st.integers(1, 20), gravities, st.booleans())
def test_a_larger_cover_of_the_same_aspect_is_never_smaller(
    source, width, height, factor, gravity, upscale
):
    small = place(
        source, width=width, height=height, fit="cover", gravity=gravity, upscale=upscale
    ).canvas
    large = place(
        source,
        width=width * factor,
        height=height * factor,
        fit="cover",
        gravity=gravity,
        upscale=upscale,
    ).canvas

    assert small.width <= large.width
    assert small.height <= large.height


@given(sizes, lengths, lengths, fits, focal_points, orientations)
def test_placing_upright_equals_placing_the_stored_samples(
    stored, width, height, fit, focal, orientation
):
    upright = upright_size(stored, orientation)
    turned = upright_size(Size(width, height), orientation)
    turned_focal = FocalPoint(*STORED_SHARES[orientation](focal.x, focal.y))

    planned = place(upright, width=width, height=height, fit=fit, gravity=focal, upscale=True)
    direct = place(
        stored,
        width=turned.width,
        height=turned.height,
        fit=fit,
        gravity=turned_focal,
        upscale=True,
    )

    assert stored_size(planned.content, orientation) == direct.content
    assert stored_size(planned.canvas, orientation) == direct.canvas
    mapped = stored_box(planned.crop, upright, orientation)
    # A crop at its own size starts at a whole px: a half goes up, in a mirror it goes down.
    copied = planned.crop.width == planned.content.width
    assert all(
        abs(one - other) <= copied
        for one, other in zip(corners(mapped), corners(direct.crop), strict=True)
    )


@given(sizes, lengths, lengths, gravity_names, orientations)
def test_words_of_gravity_turn_with_the_picture(stored, width, height, word, orientation):
    upright = upright_size(stored, orientation)
    turned = upright_size(Size(width, height), orientation)
    turned_word = WORDS[STORED_SHARES[orientation](*PLACES[word])]

    planned = place(upright, width=width, height=height, fit="cover", gravity=word, upscale=True)
    assume(planned.crop.width != planned.content.width)
    direct = place(
        stored,
        width=turned.width,
        height=turned.height,
        fit="cover",
        gravity=turned_word,
        upscale=True,
    )

    assert stored_box(planned.crop, upright, orientation) == direct.crop


@given(sizes_and_boxes(), orientations)
def test_the_inverse_orientation_maps_a_box_back(size_and_box, orientation):
    upright, box = size_and_box
    stored = stored_size(upright, orientation)

    there = stored_box(box, upright, orientation)

    assert stored_box(there, stored, INVERSE[orientation]) == box
    assert upright_size(stored, orientation) == upright


@given(sizes_and_boxes(), orientations)
def test_a_stored_box_lies_inside_the_samples_with_its_area(size_and_box, orientation):
    upright, box = size_and_box
    stored = stored_size(upright, orientation)

    mapped = stored_box(box, upright, orientation)

    assert 0 <= mapped.left < mapped.right <= stored.width
    assert 0 <= mapped.top < mapped.bottom <= stored.height
    assert mapped.width * mapped.height == box.width * box.height


@given(sizes, st.sampled_from([1, 2, 4, 8]))
def test_scaled_decode_holds_the_whole_picture_and_less_than_a_px_more(size, denominator):
    decoded = scaled_decode_size(size, denominator)
    extent = Box.whole(size).scaled(Fraction(1, denominator), Fraction(1, denominator))

    assert extent.width <= decoded.width < extent.width + 1
    assert extent.height <= decoded.height < extent.height + 1


@given(sampled_ranges())
def test_kept_px_are_among_the_produced(wanted):
    grid = sample_grid(wanted.start, wanted.stop, wanted.count, wanted.limit)

    assert grid.count == wanted.count
    assert grid.length >= 1
    assert grid.skipped >= 0
    assert grid.skipped + grid.count <= grid.produced


@given(sampled_ranges())
@example(SampledRange(HALF, Fraction(9004, 3), 3000, 3007))  # near 1:1, edges between two px
@example(SampledRange(HALF, 1000 + HALF, 1000, 1001))
def test_error_is_told_truly_and_at_most_half_a_px_of_the_coarser_grid(wanted):
    grid = sample_grid(wanted.start, wanted.stop, wanted.count, wanted.limit)

    off = [
        abs(grid.position(index) - wanted.start - (index + HALF) * wanted.scale)
        for index in (0, wanted.count - 1)
    ]
    assert abs(float(max(off) / wanted.scale) - grid.error) < 1e-6 * max(1, 1 / wanted.scale)
    assert max(off) <= HALF * max(1, wanted.scale) + Fraction(1, 10**9)


@given(ranges_from_three_to_one())
@example(SampledRange(Fraction(5, 2), Fraction(9010), 3000, 9010))
def test_error_stays_below_a_quarter_px_from_three_to_one(wanted):
    assert sample_grid(wanted.start, wanted.stop, wanted.count, wanted.limit).error < 0.25


@given(sampled_ranges())
@example(SampledRange(HALF, 100 + HALF, 100, 101))
def test_extra_px_are_bounded(wanted):
    grid = sample_grid(wanted.start, wanted.stop, wanted.count, wanted.limit)
    coarse = max(1, wanted.scale)  # source px in a px of the coarser grid

    # 24 px per side of the coarser grid, and what rounding the edges to whole px adds.
    assert grid.produced - wanted.count <= 48 + 6 / min(1, wanted.scale) + 24 / wanted.scale
    assert grid.pad_before <= 25 * coarse + 1
    assert grid.pad_after <= 25 * coarse + 1


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 3000), st.integers(0, 5000))
def test_whole_edges_need_nothing_extra(start, length, count, rest):
    grid = sample_grid(Fraction(start), Fraction(start + length), count, start + length + rest)

    assert (grid.first, grid.length, grid.produced, grid.skipped) == (start, length, count, 0)
    assert grid.error == 0
