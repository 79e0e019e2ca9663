"""What will be done, decided from a header probe before a pixel is decoded. Pure."""

from __future__ import annotations

from mediaflow.planning.checks import check_request
from mediaflow.planning.film import plan_film
from mediaflow.planning.film_copies import CarriedStep, CopyStep, RemuxStep, TextStep
from mediaflow.planning.film_steps import (
    FilmOutputStep,
    FilmPlan,
    FilmStep,
    PartStep,
    SoundOutputStep,
)
from mediaflow.planning.frame_steps import BudgetStep, FrameColor, FrameStep, SoundStep, VideoStep
from mediaflow.planning.image import plan_image
from mediaflow.planning.kinds import narrow_for
from mediaflow.planning.names import SourceName, needs_key, needs_place, template_for
from mediaflow.planning.plan import Plan
from mediaflow.planning.rendition_steps import RenditionStep, SidecarStep, StillStep
from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
from mediaflow.planning.steps import (
    AnalysisStep,
    AnimationStep,
    AssetStep,
    DecodeStep,
    EncodeStep,
    OutputStep,
    PicturePlan,
    PictureStep,
)
from mediaflow.planning.stream_steps import StreamSoundStep, StreamStep, StreamTextStep
from mediaflow.planning.waveform_steps import WaveformStep

__all__ = [
    "AnalysisStep",
    "AnimationStep",
    "AssetStep",
    "BudgetStep",
    "CarriedStep",
    "CopyStep",
    "DecodeStep",
    "EncodeStep",
    "FilmOutputStep",
    "FilmPlan",
    "FilmStep",
    "FrameColor",
    "FrameStep",
    "OutputStep",
    "PartStep",
    "PicturePlan",
    "PictureStep",
    "Plan",
    "RemuxStep",
    "RenditionStep",
    "SidecarStep",
    "SoundAnalysisStep",
    "SoundFileStep",
    "SoundOutputStep",
    "SoundStep",
    "SourceName",
    "StillStep",
    "StreamSoundStep",
    "StreamStep",
    "StreamTextStep",
    "TextStep",
    "VideoStep",
    "WaveformStep",
    "check_request",
    "narrow_for",
    "needs_key",
    "needs_place",
    "plan_film",
    "plan_image",
    "template_for",
]
