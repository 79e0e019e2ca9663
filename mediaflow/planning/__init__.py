"""What will be done, decided from a header probe before a pixel is decoded. Pure."""

from __future__ import annotations

from mediaflow.planning.checks import check_request
from mediaflow.planning.image import plan_image
from mediaflow.planning.names import SourceName, needs_key, template_for
from mediaflow.planning.steps import AnimationStep, DecodeStep, EncodeStep, PictureStep, Plan

__all__ = [
    "AnimationStep",
    "DecodeStep",
    "EncodeStep",
    "PictureStep",
    "Plan",
    "SourceName",
    "check_request",
    "needs_key",
    "plan_image",
    "template_for",
]
