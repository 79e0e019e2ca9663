"""What holds of every plan, whatever is wanted and whatever is there."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mediaflow.errors import MediaflowError
from mediaflow.geometry import Box, Size, upright_size
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.planning import PicturePlan
from tests.infos import media_info, planned
from tests.model_strategies import analysis_outputs, image_outputs, infos, output_specs

if TYPE_CHECKING:
    from mediaflow.planning import PictureStep

TEMPLATE = "out/{name}_{stem}{suffix}.{ext}"


@st.composite
def plans(draw: st.DrawFn) -> PicturePlan:
    kinds = image_outputs() | output_specs | analysis_outputs
    outputs = draw(st.lists(kinds, min_size=1, max_size=5))
    try:
        return planned(outputs, draw(infos()), template=TEMPLATE)
    except MediaflowError:
        assume(False)
        raise


def origin_size(plan: PicturePlan, step: PictureStep) -> Size:
    if step.origin is not None:
        return plan.pictures[step.origin].canvas
    upright = plan.source.format == "tiff"  # its decoder turns it, so that it stands upright
    return plan.source.size if upright else plan.decode.size


def cascaded(plan: PicturePlan) -> list[tuple[PictureStep, PictureStep]]:
    """Return the pictures that are scaled from another, each with that one."""
    return [
        (s, plan.pictures[s.origin])
        for s in plan.pictures
        if s.origin is not None and s.scaler != "none"
    ]


def looks(plan: PicturePlan) -> list[tuple[PictureStep, PictureStep]]:
    """Return the pictures that are made from another as it is, each with that one."""
    return [
        (s, plan.pictures[s.origin])
        for s in plan.pictures
        if s.origin is not None and s.scaler == "none"
    ]


def from_base(plan: PicturePlan, *, scaled: bool) -> list[PictureStep]:
    """Return the pictures that are made from the decoded source."""
    return [s for s in plan.pictures if s.origin is None and (s.scaler != "none") == scaled]


def depth(plan: PicturePlan, step: PictureStep) -> int:
    return 0 if step.origin is None else 1 + depth(plan, plan.pictures[step.origin])


@given(plans())
def test_every_output_is_planned_in_its_order(plan):
    assert [step.index for step in plan.pictures] == list(range(len(plan.pictures)))
    needed = {step.picture for step in plan.outputs}
    needed |= {step.origin for step, _ in looks(plan)}
    assert needed == set(range(len(plan.pictures)))


@given(plans())
def test_no_side_is_ever_zero(plan):
    sizes = [plan.decode.size, *(step.size for step in plan.encodes)]
    sizes += [size for step in plan.pictures for size in (step.content, step.canvas)]

    assert min(min(size.width, size.height) for size in sizes) >= 1


@given(plans())
def test_no_two_outputs_share_a_name_or_a_place(plan):
    assert len({step.uri.casefold() for step in plan.encodes}) == len(plan.encodes)
    assert len({step.name for step in plan.outputs}) == len(plan.outputs)


@given(plans())
def test_every_origin_comes_before_what_is_made_from_it(plan):
    assert all(step.origin is None or step.origin < step.index for step in plan.pictures)
    assert plan.pictures[0].origin is None


@given(plans())
def test_no_picture_is_made_in_more_than_three_steps(plan):
    # Each step costs: 54.9 dB, then 53.2, then 50.7.
    shared = [step for step in plan.pictures if (step.origin is None or step.scaler != "none")]
    assert max(depth(plan, step) for step in shared) <= 2


@given(plans())
def test_crop_lies_inside_its_origin(plan):
    for step in plan.pictures:
        size = origin_size(plan, step)
        assert 0 <= step.crop.left < step.crop.right <= size.width
        assert 0 <= step.crop.top < step.crop.bottom <= size.height


@given(plans())
def test_picture_from_a_picture_is_at_most_half_as_big(plan):
    for step, _ in cascaded(plan):  # half a px for the rounding of the size
        assert step.crop.width >= 2 * step.content.width - 1
        assert step.crop.height >= 2 * step.content.height - 1


@given(plans())
def test_filtered_picture_is_no_origin_and_looks_share_what_they_are_made_from(plan):
    for step, origin in looks(plan):
        assert step.filters or step.canvas != step.content  # filtered, padded or both
        assert step.content == origin.canvas
    assert all(not origin.filters for _, origin in [*looks(plan), *cascaded(plan)])


@given(plans())
def test_enlarged_picture_is_no_origin(plan):
    by = plan.decode.denominator

    for _, origin in cascaded(plan):
        assert origin.crop.width * by >= origin.content.width
        assert origin.crop.height * by >= origin.content.height


@given(plans())
def test_picture_from_a_picture_is_neither_turned_nor_converted_again(plan):
    assert {(step.orientation, step.color) for step, _ in cascaded(plan)} <= {
        (1, "keep"),
        (1, "preserve"),
    }


@given(plans())
def test_padded_picture_is_no_origin(plan):
    for _, origin in cascaded(plan):
        assert origin.canvas == upright_size(origin.content, origin.orientation)


@given(plans())
def test_content_fits_on_its_canvas(plan):
    for step in plan.pictures:
        turned = upright_size(step.content, step.orientation)
        assert 0 <= step.offset.x <= step.canvas.width - turned.width
        assert 0 <= step.offset.y <= step.canvas.height - turned.height


@given(plans())
def test_picture_that_is_not_scaled_is_its_whole_origin(plan):
    for step in from_base(plan, scaled=False):
        size = origin_size(plan, step)
        assert step.crop == Box.whole(size)
        assert step.content == size


@given(plans())
def test_encoder_gets_the_finished_picture(plan):
    for step in plan.encodes:
        assert step.size == plan.pictures[step.picture].canvas


@given(plans())
def test_flattened_exactly_when_the_format_has_no_alpha(plan):
    for step in plan.encodes:
        lost = plan.source.image.has_alpha and step.format == "jpeg"
        assert step.flatten == lost
        assert ("alpha_flattened" in {notice.code for notice in step.notices}) == lost


@given(plans())
def test_cost_is_told(plan):
    pixels = plan.decode.size.pixels

    assert plan.peak_bytes >= pixels * 4 + (plan.source.bytes or 0)
    assert plan.estimated_seconds > 0


@given(plans())
def test_decode_is_a_scale_that_jpeg_has(plan):
    stored = plan.source.image.stored_size
    by = plan.decode.denominator

    assert by in {1, 2, 4, 8}
    assert plan.source.format == "jpeg" or by == 1
    assert plan.decode.size == Size(ceil(stored.width / by), ceil(stored.height / by))


@given(plans())
def test_scaled_decode_leaves_a_margin_or_is_the_picture_itself(plan):
    margin = Fraction(8, 5) if plan.decode.denominator > 1 else 0

    for step in from_base(plan, scaled=True):
        assert step.crop.width >= step.content.width * margin
        assert step.crop.height >= step.content.height * margin


@given(plans())
def test_plan_explains_itself(plan):
    text = str(plan)

    assert all(f"→ {step.format.upper()} " in text for step in plan.encodes)
    assert all(notice.message in text for step in plan.encodes for notice in step.notices)


@given(plans())
def test_plan_comes_back_from_json_and_pickle_as_it_was(plan):
    assert from_dict(PicturePlan, json.loads(json.dumps(to_dict(plan)))) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(pickle.loads(pickle.dumps(plan))) == hash(plan)


@settings(max_examples=30)  # a schema is slow to apply
@given(plans())
def test_plan_obeys_its_schema(plan):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    jsonschema.validate(to_dict(plan), json_schema(PicturePlan))


@given(st.lists(image_outputs() | output_specs | analysis_outputs, min_size=1, max_size=4), infos())
def test_planning_gives_a_plan_or_an_error_of_ours(outputs, info):
    with suppress(MediaflowError):
        plan = planned(outputs, info, template=TEMPLATE)
        assert len(plan.outputs) == len(outputs)
        assert planned(outputs, info, template=TEMPLATE) == plan


@given(plans())
def test_analysis_looks_at_all_of_the_source_and_no_less_than_it_needs(plan):
    for step in plan.analyses:
        canvas = plan.pictures[step.picture].canvas
        assert step.seen.width <= canvas.width <= plan.source.width
        assert step.seen.height <= canvas.height <= plan.source.height
        assert max(step.seen.width, step.seen.height) == min(
            100, max(plan.source.width, plan.source.height)
        )


@given(st.integers(1, 500), st.integers(1, 8))
def test_plan_of_a_smaller_picture_never_decodes_more(width, orientation):
    info = media_info(orientation=orientation)

    small = planned([ImageOutput("jpeg", width=width)], info)
    large = planned([ImageOutput("jpeg", width=width * 2)], info)

    assert small.decode.denominator >= large.decode.denominator
