"""The plan: frozen steps from decode to encode, and the words that explain them.

Law: a plan is data. It can be printed, compared, stored and sent; running it is others' business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mediaflow.formats.row import Argument
from mediaflow.geometry import Box, Orientation, Point, Size
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.assets import AssetKind
from mediaflow.models.info import MediaInfo
from mediaflow.models.job import Source
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.plugins import Filter
from mediaflow.models.result import Notice
from mediaflow.planning.scaling import Grids, Scaler

__all__ = [
    "AnalysisStep",
    "AnimationStep",
    "AssetStep",
    "ColorAction",
    "DecodeStep",
    "EncodeStep",
    "OutputStep",
    "PicturePlan",
    "PictureStep",
]

ColorAction: TypeAlias = Literal["keep", "to_srgb", "assume_srgb", "cmyk_to_srgb", "preserve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeStep:
    """Decode the source once, as small as the outputs allow."""

    format: str
    denominator: int
    """Decode at one over this: a JPEG in the DCT domain (1, 2, 4 or 8; ITU-T T.81), other formats
    by averaging blocks of so many px a side while they are decoded."""

    size: Size
    """Size of the decoded samples as stored, in px."""

    color: ColorAction = "keep"
    """What is done to the samples before any scaling; only CMYK needs it."""

    ahead: bool = False
    """Whether picture 0 may be made from the upper rows while the lower ones are decoded."""

    backend: str = "pillow"
    """Name of the back end that does all steps of the plan."""

    bit_depth: int = 8
    """Bits a channel that the decoded samples keep: 8 or 16."""

    fill: str | None = None
    """Colour of what a source that is cut off lacks; None makes such a source an error."""

    metadata: bool = False
    """Whether an output asks for what the source says beside its pixels."""

    release_first: bool = False
    """Whether encoders wait until the decoded source is gone, because it is large."""

    why: str
    """The reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStep:
    """Make one picture: crop and scale, then colour, turn upright, filter, and pad."""

    index: int
    origin: int | None
    """Index of the picture it is made from, or None for the decoded source."""

    crop: Box
    """Part of the origin that is used, in fractional px of the origin."""

    reduce: int
    """Whole-number box reduction before the scaler; 1 for none."""

    scaler: Scaler
    grids: Grids | None
    """Columns and rows to sample, for libswscale only."""

    gap: float | None = None
    """For Pillow: average blocks until this many times the final size are left."""

    content: Size
    """Size after scaling and before turning, in px."""

    color: ColorAction
    orientation: Orientation
    """How the scaled picture is turned to stand upright; 1 leaves it."""

    filters: tuple[Filter, ...] = ()
    """What changes its look, before it is padded; such a picture is nobody's origin."""

    canvas: Size
    """Final size in px."""

    offset: Point
    """Where the content stands on the canvas."""

    background: str
    """Colour of the canvas around the content."""

    moves: bool = False
    """Whether it is made again of every frame that an output keeps."""

    still_at: float | str | None = None
    """Which frame of an animation it is made of, where it does not move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationStep:
    """Make one output of many frames: which ones, how long, how often."""

    start_seconds: float = 0.0
    max_seconds: float | None = None
    max_frames: int | None = None
    fps: float | None = None
    """Most frames a second; None keeps all that the format can time."""

    tick_ms: int
    """Grid of durations; rounding is spread over the frames so that the whole is kept."""

    least_frame_ms: int
    """Frames are left out until each is shown for at least this long."""

    most_frame_ms: int
    """Longest frame that the format can hold."""

    plays: int
    """How often it is played in all, 0 for ever; always written out."""

    has_alpha: bool
    """Whether any frame can be transparent."""

    source_frames: int | None = None
    """Frames of the source, or None while only its header is known and does not tell."""

    frames: int | None = None
    """Frames that are kept, if all are shown equally long or the whole file is known; else None."""

    duration_seconds: float | None = None
    """Length of one play, known as far as ``frames`` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetStep:
    """Read one second input of filters, once for all of them."""

    source: Source = field(repr=False)
    """Where it is; may hold a signed query, so it is never shown unredacted."""

    holds: AssetKind
    info: MediaInfo | None = None
    """What the probe found in a picture; None for any other file."""

    bytes: int | None = None
    """Length of the file, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeStep:
    """Encode one picture and store it."""

    name: str
    uri: str = field(repr=False)
    """Final place; may hold a signed query, so it is never shown unredacted."""

    picture: int
    output: ImageOutput
    format: str
    arguments: tuple[Argument, ...]
    """Encoder arguments by the format's own names."""

    size: Size
    crop: Box | None
    """Part of the upright source that is shown, in px of the source; None for all of it."""

    bit_depth: int = 8
    """Bits a channel that are written: 8 or 16."""

    flatten: bool
    """Whether transparency must be laid on the background."""

    notices: tuple[Notice, ...]
    """What will be lost or changed."""

    same_as: str | None = None
    """Name of an earlier output that would be the same file; this one is then left out."""

    animation: AnimationStep | None = None
    """How it moves, or None for a still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisStep:
    """Describe one picture."""

    name: str
    uri: str = field(repr=False)
    """Final place, or empty when the data is not stored."""

    position: int
    """Place among all outputs of the job, from 0."""

    picture: int
    output: AnalysisOutput
    format: Literal["json"] = "json"
    size: Size
    """Size of what is described: the upright source, in px."""

    crop: None = None
    """An analysis sees all of the source."""

    same_as: None = None
    """An analysis is never left out."""

    animation: None = None
    """An analysis describes one frame."""

    seen: Size
    """Size that is looked at, in px; the picture is reduced to it."""

    tiny_format: Literal["jpeg", "webp"]
    """Format of the picture that the data holds."""

    notices: tuple[Notice, ...]
    """What will be lost or changed."""


OutputStep: TypeAlias = EncodeStep | AnalysisStep
"""What makes one output from one picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePlan:
    """What will be done to one picture, and why.

    ``print(plan)`` shows it in words; the run does exactly that.
    """

    kind: Literal["picture"] = "picture"
    version: int = 1
    source: MediaInfo
    decode: DecodeStep
    pictures: tuple[PictureStep, ...]
    encodes: tuple[EncodeStep, ...]
    analyses: tuple[AnalysisStep, ...] = ()
    assets: tuple[AssetStep, ...] = ()
    """Second inputs of filters, such as the picture of a watermark."""

    peak_bytes: int
    """Working memory above the idle process, in bytes."""

    estimated_seconds: float
    """Time on one typical core; a figure for progress bars and queues, not a promise."""

    @property
    def outputs(self) -> tuple[OutputStep, ...]:
        """The steps of all outputs, in the order they were asked for."""
        steps: list[OutputStep] = list(self.encodes)
        for step in self.analyses:  # they stand in rising order of their positions
            steps.insert(step.position, step)
        return tuple(steps)

    @property
    def walks_frames(self) -> bool:
        """Whether more than the first frame of the source is decoded."""
        return any(step.moves or step.still_at is not None for step in self.pictures)

    def lines(self) -> tuple[str, ...]:
        """Return the plan in words, a line a step."""
        from mediaflow.planning.words import plan_lines

        return plan_lines(self)

    def __str__(self) -> str:
        return "\n".join(self.lines())
