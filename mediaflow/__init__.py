"""Turn media into every rendition that an application needs.

::

    import mediaflow as mf

    mf.process("photo.jpg", mf.recipes.thumbnails(), to="out/")

Law: importing this loads no codec and nothing else that is slow; every public name is loaded when
it is first used (PEP 562).
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediaflow import aio, errors, filters, formats, recipes
    from mediaflow.geometry import Box, FocalPoint, Size
    from mediaflow.image.focus import FocusDetector
    from mediaflow.jobs.handle import JobHandle
    from mediaflow.models.adaptive import Rendition, StreamOutput
    from mediaflow.models.analysis import AnalysisOutput, PlaceholderData
    from mediaflow.models.animation import Animation
    from mediaflow.models.callback import Callback
    from mediaflow.models.comparison import Comparison
    from mediaflow.models.concat import Concat, Part
    from mediaflow.models.encoding import Bitrate, Crf, Lossless, MaxBytes, Quality
    from mediaflow.models.events import Event, Finished, Progress, Started, Written
    from mediaflow.models.film import AudioTrack, VideoOutput
    from mediaflow.models.footage import ToneMap
    from mediaflow.models.framing import Focus, Trim
    from mediaflow.models.info import ColorInfo, ImageInfo, MediaInfo
    from mediaflow.models.job import Job
    from mediaflow.models.loudness import (
        LevelData,
        LoudnessData,
        Silence,
        SilenceData,
        SoundData,
    )
    from mediaflow.models.outputs import ImageOutput, OutputSpec
    from mediaflow.models.previews import PreviewOutput, StillOutput
    from mediaflow.models.result import JobReport, JobResult, Notice, OutputFile, OutputResult
    from mediaflow.models.scenes import Scene, ScenesData
    from mediaflow.models.serde import from_dict, json_schema, to_dict
    from mediaflow.models.sound import AudioOutput
    from mediaflow.models.spent import StageTime
    from mediaflow.models.storyboard import StoryboardOutput
    from mediaflow.models.stream_data import StreamData, TextTrackData, TrackData
    from mediaflow.models.streams import AudioStream, ContainerInfo, VideoStream
    from mediaflow.models.subtitles import SubtitleOutput
    from mediaflow.models.waveform import WaveformData, WaveformOutput
    from mediaflow.planning.plan import Plan
    from mediaflow.processor import Processor
    from mediaflow.security.addresses import HttpPolicy
    from mediaflow.security.limits import Limits
    from mediaflow.security.policy import UriPolicy
    from mediaflow.storage import Profile, Storage
    from mediaflow.verbs import compare, plan, probe, process

__version__: Final = "0.1.0"

__all__ = [
    "AnalysisOutput",
    "Animation",
    "AudioOutput",
    "AudioStream",
    "AudioTrack",
    "Bitrate",
    "Box",
    "Callback",
    "ColorInfo",
    "Comparison",
    "Concat",
    "ContainerInfo",
    "Crf",
    "Event",
    "Finished",
    "FocalPoint",
    "Focus",
    "FocusDetector",
    "HttpPolicy",
    "ImageInfo",
    "ImageOutput",
    "Job",
    "JobHandle",
    "JobReport",
    "JobResult",
    "LevelData",
    "Limits",
    "Lossless",
    "LoudnessData",
    "MaxBytes",
    "MediaInfo",
    "Notice",
    "OutputFile",
    "OutputResult",
    "OutputSpec",
    "Part",
    "PlaceholderData",
    "Plan",
    "PreviewOutput",
    "Processor",
    "Profile",
    "Progress",
    "Quality",
    "Rendition",
    "Scene",
    "ScenesData",
    "Silence",
    "SilenceData",
    "Size",
    "SoundData",
    "StageTime",
    "Started",
    "StillOutput",
    "Storage",
    "StoryboardOutput",
    "StreamData",
    "StreamOutput",
    "SubtitleOutput",
    "TextTrackData",
    "ToneMap",
    "TrackData",
    "Trim",
    "UriPolicy",
    "VideoOutput",
    "VideoStream",
    "WaveformData",
    "WaveformOutput",
    "Written",
    "aio",
    "compare",
    "errors",
    "filters",
    "formats",
    "from_dict",
    "json_schema",
    "plan",
    "probe",
    "process",
    "recipes",
    "to_dict",
]

_HOME: Final[dict[str, str]] = {
    "AnalysisOutput": "models.analysis",
    "Animation": "models.animation",
    "AudioOutput": "models.sound",
    "AudioStream": "models.streams",
    "AudioTrack": "models.film",
    "Bitrate": "models.encoding",
    "Box": "geometry",
    "Callback": "models.callback",
    "ColorInfo": "models.info",
    "Comparison": "models.comparison",
    "Concat": "models.concat",
    "ContainerInfo": "models.streams",
    "Crf": "models.encoding",
    "Event": "models.events",
    "Finished": "models.events",
    "FocalPoint": "geometry",
    "Focus": "models.framing",
    "FocusDetector": "image.focus",
    "HttpPolicy": "security.addresses",
    "ImageInfo": "models.info",
    "ImageOutput": "models.outputs",
    "Job": "models.job",
    "JobHandle": "jobs.handle",
    "JobReport": "models.result",
    "JobResult": "models.result",
    "LevelData": "models.loudness",
    "Limits": "security.limits",
    "Lossless": "models.encoding",
    "LoudnessData": "models.loudness",
    "MaxBytes": "models.encoding",
    "MediaInfo": "models.info",
    "Notice": "models.result",
    "OutputFile": "models.result",
    "OutputResult": "models.result",
    "OutputSpec": "models.outputs",
    "Part": "models.concat",
    "PlaceholderData": "models.analysis",
    "Plan": "planning.plan",
    "PreviewOutput": "models.previews",
    "Processor": "processor",
    "Profile": "storage",
    "Progress": "models.events",
    "Quality": "models.encoding",
    "Rendition": "models.adaptive",
    "Scene": "models.scenes",
    "ScenesData": "models.scenes",
    "Silence": "models.loudness",
    "SilenceData": "models.loudness",
    "Size": "geometry",
    "SoundData": "models.loudness",
    "StageTime": "models.spent",
    "Started": "models.events",
    "StillOutput": "models.previews",
    "Storage": "storage",
    "StoryboardOutput": "models.storyboard",
    "StreamData": "models.stream_data",
    "StreamOutput": "models.adaptive",
    "SubtitleOutput": "models.subtitles",
    "TextTrackData": "models.stream_data",
    "ToneMap": "models.footage",
    "TrackData": "models.stream_data",
    "Trim": "models.framing",
    "UriPolicy": "security.policy",
    "VideoOutput": "models.film",
    "VideoStream": "models.streams",
    "WaveformData": "models.waveform",
    "WaveformOutput": "models.waveform",
    "Written": "models.events",
    "aio": "",
    "compare": "verbs",
    "errors": "",
    "filters": "",
    "formats": "",
    "from_dict": "models.serde",
    "json_schema": "models.serde",
    "plan": "verbs",
    "probe": "verbs",
    "process": "verbs",
    "recipes": "",
    "to_dict": "models.serde",
}
"""Module of each public name; an empty one says that the name is itself a module."""

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    """Load a public name on first use.

    Raises:
        AttributeError: The name is not public.
    """
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
