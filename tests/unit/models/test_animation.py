"""What is asked of a moving picture is checked when it is written down."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.animation import Animation
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, to_dict


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("fps", bad) for bad in (0, -1, 1001, float("nan"), float("inf"), True, "12")),
        *(("max_seconds", bad) for bad in (0, -1, 1e9, True, "1")),
        *(("max_frames", bad) for bad in (0, -1, 1.5, True, "1")),
        *(("loop", bad) for bad in (-1, 2**31, 1.0, True, "0")),
        *(("start_seconds", bad) for bad in (-0.1, None, True, "25%", float("nan"))),
    ],
)
def test_number_out_of_range_is_refused_by_name(field, value):
    with pytest.raises(SpecError, match=f"^{field} must be ") as caught:
        Animation(**{field: value})

    assert caught.value.details["field"] == field


@pytest.mark.parametrize("moment", [0, 1.5, 12, "0%", "25%", "99.5%", "100%", None])
def test_moment_is_seconds_or_a_share(moment):
    assert ImageOutput("jpeg", still_at=moment).still_at == moment


@pytest.mark.parametrize("moment", [-1, "25", "101%", "-1%", "%", True, float("nan"), [1], "1e3%"])
def test_other_moments_are_refused(moment):
    with pytest.raises(SpecError, match="still_at must be seconds or a share such as '25%'"):
        ImageOutput("jpeg", still_at=moment)


def test_still_and_animation_exclude_each_other():
    with pytest.raises(SpecError, match="exclude each other"):
        ImageOutput("webp", animation=Animation(), still_at=1)


@pytest.mark.parametrize("wrong", ["yes", True, 12, "Auto"])
def test_animation_is_auto_or_a_typed_value(wrong):
    with pytest.raises(SpecError, match=r"animation must be a typed value such as Animation\("):
        ImageOutput("webp", animation=wrong)


@pytest.mark.parametrize(
    "output",
    [
        ImageOutput("webp", animation=Animation(fps=12, loop=0)),
        ImageOutput("webp", animation=None),
        ImageOutput("webp"),
        ImageOutput("jpeg", still_at="25%"),
        ImageOutput("jpeg", still_at=2.5),
    ],
)
def test_output_survives_json(output):
    assert from_dict(ImageOutput, to_dict(output)) == output
    assert from_dict(ImageOutput, to_dict(output, omit_defaults=True)) == output
