"""The steps that make frames and sound of a film, before they are packed.

Law: a plan is data; running it is others' business. Times are exact seconds of the source, counted
from its first frame or sample, whatever its time stamps start with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from mediaflow.formats.row import Argument
from mediaflow.geometry import Box, Orientation, Point, Size
from mediaflow.models.footage import ToneCurve, ToneKind
from mediaflow.models.plugins import Filter

__all__ = [
    "BudgetStep",
    "DeinterlaceStep",
    "FadeStep",
    "FrameColor",
    "FrameStep",
    "LevelStep",
    "SoundStep",
    "ToneStep",
    "VideoStep",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameColor:
    """What the numbers of a frame mean, by the code points of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int
    """0 for red, green and blue."""

    full_range: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeinterlaceStep:
    """Make whole frames of frames that are two fields; their number stays."""

    filter: Literal["bwdif", "estdif"]
    """FFmpeg's name of the filter: one looks at the frames beside, the other at one field alone."""

    parity: Literal["tff", "bff", "auto"]
    """Which field comes first, the top or the bottom one; ``"auto"`` believes each frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneStep:
    """Bring HDR to the brightness and the primaries of SDR."""

    transfer: Literal["pq", "hlg"]
    primaries: int
    """Code point of the source's primaries (ITU-T H.273)."""

    peak_nits: float
    """Brightest light of the source in cd/m², which becomes white."""

    curve: ToneKind | ToneCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class FadeStep:
    """Let picture and sound come up at the start and go down at the end, in even steps."""

    fade_in: Fraction
    """Seconds from black and silence to all."""

    fade_out: Fraction
    """Seconds from all to black and silence."""

    end: Fraction | None
    """When the output ends, in seconds from its start; None where nothing goes down."""

    def level(self, time: Fraction) -> Fraction:
        """Return how much is shown and heard at a moment, 0 to 1."""
        level = Fraction(1)
        if self.fade_in:
            level = min(level, time / self.fade_in)
        if self.fade_out and self.end is not None:
            level = min(level, (self.end - time) / self.fade_out)
        return max(level, Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStep:
    """How the frames of one output are made: crop and scale, turn, filter, pad, sample layout."""

    deinterlace: DeinterlaceStep | None = None
    """How fields become whole frames, before anything else."""

    crop: Box | None
    """Part of the stored frame that is used, in whole px of the stored frame, on even edges where
    its chroma is subsampled; None for all of it."""

    content: Size
    """Size after scaling and before turning, in px; px are square from here on."""

    interpolation: Literal["bicubic", "lanczos"] = "bicubic"
    """Kernel of libswscale."""

    orientation: Orientation
    """How the scaled frame is turned to stand as wanted; 1 leaves it."""

    tone: ToneStep | None = None
    """How HDR becomes SDR, after scaling and turning."""

    filters: tuple[Filter, ...] = ()
    """What changes its look, before it is padded."""

    canvas: Size
    """Final size in px."""

    offset: Point
    """Where the content stands on the canvas."""

    background: str
    """Colour of the canvas around the content."""

    pixel_format: str
    """FFmpeg's name of the sample layout of the result."""

    source_color: FrameColor
    """What the samples of the source mean, by its tags or by the rule for untagged film."""

    color: FrameColor
    """What the samples of the result mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStep:
    """Encode the frames of one output."""

    codec: str
    """Name of the codec."""

    encoder: str
    """FFmpeg's name of the encoder."""

    arguments: tuple[Argument, ...]
    """Encoder options by the encoder's own names."""

    bit_rate: int | None = None
    """Mean bits a second, or None where quality rules."""

    exact: bool = False
    """Whether every sample of the frames is kept."""

    codec_tag: str | None = None
    """Four characters that name the codec in mp4 and mov, where the usual ones will not do."""

    frame: FrameStep
    fps: Fraction | None = None
    """Constant rate that frames are brought to, or None to keep each at its own time."""

    frame_rate: Fraction
    """Rate that the encoder is told; frames of a varying rate have it in the mean."""

    time_base: Fraction
    """Seconds a tick of the encoder's time stamps; fine enough for every frame."""

    keyframe_seconds: Fraction | None = None
    """Grid of keyframes, from the start of the output; None leaves them to the encoder."""

    speed: Fraction = Fraction(1)
    """By how much times of the source are divided."""

    fade: FadeStep | None = None
    palette: bool = False
    """Whether all frames share one palette that is made of them."""

    part_frames: tuple[FrameStep, ...] = ()
    """How the frames of each part of a joined film are made; empty for one film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStep:
    """Bring a sound to a loudness by one gain."""

    target_lufs: float
    true_peak_dbtp: float
    """What no peak may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundStep:
    """Decode, mix and encode one sound track once, for all outputs that want the same."""

    stream: int
    """Index of the track among all streams of the source."""

    codec: str
    encoder: str
    arguments: tuple[Argument, ...] = ()
    bit_rate: int | None = None
    sample_rate: int
    """Hz."""

    channels: int
    channel_layout: str
    """FFmpeg's name of the layout, such as ``"stereo"``."""

    sample_format: str
    """FFmpeg's name of the sample layout that the encoder takes, such as ``"fltp"``."""

    language: str | None = None
    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    speed: Fraction = Fraction(1)
    """How much faster it plays at its own pitch."""

    fade: FadeStep | None = None
    gain_db: float = 0.0
    """By how many dB it is made louder."""

    level: LevelStep | None = None
    """The loudness that it is brought to, for which it is heard twice."""

    trim_dbfs: float | None = None
    """Level up to which its start and its end are left out, for which it is heard twice."""

    reason: str = field(default="", compare=False)
    """Why it is encoded and not copied, for the first output that wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStep:
    """Keep one film within a number of bytes: encode, measure, and encode again if need be."""

    max_bytes: int
    """Most bytes of the file."""

    least_bytes: int
    """Size below which it is encoded once more, with more bits; 0 where more would not be seen."""

    beside_bytes: int
    """What sound and container are expected to take."""

    passes: Literal[1, 2]
    """2 where the encoder looks at all frames before it spends bits."""

    statistics_option: str | None = None
    """Encoder option that names the file of the first pass's statistics; None where there is none."""

    tries: int
    """How often it is encoded at most, the first pass apart."""

    worst_crf: int
    """Worst constant rate factor, for an encoder that keeps to no bit rate."""

    quality_arguments: tuple[Argument, ...]
    """Encoder options of that constant quality."""
