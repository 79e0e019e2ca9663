"""The steps of what is packed as it is: whole films, and what goes along beside an encoded picture.

Law: a plan is data. Nothing that is named here is decoded, but for text that changes its words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from mediaflow.formats.row import Argument
from mediaflow.geometry import Box, Size
from mediaflow.models.film import TrimMode, VideoOutput
from mediaflow.models.metadata import MetadataPolicy
from mediaflow.models.result import Notice
from mediaflow.models.streams import Chapter, Tag

__all__ = ["NOTHING", "CarriedStep", "CopyKind", "CopyStep", "RemuxStep", "TextStep"]

CopyKind: TypeAlias = Literal["video", "audio", "subtitle", "attached_picture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStep:
    """Pack the packets of one stream as they are."""

    stream: int
    """Index among all streams of the source."""

    kind: CopyKind
    codec: str
    """Name of the codec."""

    codec_tag: str | None = None
    """Four characters that name the codec in mp4 and mov, where the usual ones will not do."""

    language: str | None = None
    title: str | None = None
    disposition: tuple[str, ...] = ()
    """What the stream is meant for, such as ``"default"``; sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStep:
    """Pack one track of text in the words of another codec."""

    stream: int
    """Index among all streams of the source."""

    codec: str
    """Codec of the source."""

    becomes: str
    """Codec of the result."""

    language: str | None = None
    title: str | None = None
    disposition: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedStep:
    """What goes along into a file beside the picture and the sound that are made for it."""

    copies: tuple[CopyStep, ...] = ()
    """Sound, covers and text that stay as they are."""

    texts: tuple[TextStep, ...] = ()
    tags: tuple[Tag, ...] = ()
    """What the file goes on saying of itself."""

    chapters: tuple[Chapter, ...] = ()
    """Chapters in seconds of the output."""

    metadata: MetadataPolicy = "safe"

    @property
    def has_text(self) -> bool:
        """Whether any track of text goes along."""
        return bool(self.texts) or any(step.kind == "subtitle" for step in self.copies)

    @property
    def streams(self) -> frozenset[int]:
        """Indexes of all streams of the source that it takes."""
        return frozenset(
            (*(step.stream for step in self.copies), *(step.stream for step in self.texts))
        )


NOTHING: Final = CarriedStep()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemuxStep:
    """Make one film whose picture is packed as it is."""

    name: str
    uri: str = field(repr=False)
    """Final place; may hold a signed query, so it is never shown unredacted."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: VideoOutput
    format: str
    """Name of the container."""

    muxer: str
    """FFmpeg's name of the muxer."""

    muxer_options: tuple[Argument, ...] = ()
    """Options of the muxer by its own names."""

    size: Size
    """As a viewer shows it, in px."""

    video: CopyStep
    reason: str
    """Why the picture need not be encoded."""

    sound: int | None = None
    """Index among the sounds of the plan that are encoded, or None."""

    carried: CarriedStep = NOTHING
    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source; at the keyframe at or before."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    trim: TrimMode = "reencode"
    duration_seconds: float | None = None
    """Length that it will have, if the header of the source is right."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    crop: Box | None = None
    same_as: None = None
    animation: None = None
