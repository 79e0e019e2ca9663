"""The steps of an adaptive stream: its renditions, sounds, texts and storyboard, and where they go.

Law: a plan is data. All files of a stream stand beside its first manifest, or in folders there.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from mediaflow.geometry import Size
from mediaflow.models.adaptive import Protocol, StreamOutput
from mediaflow.models.result import Notice
from mediaflow.planning.preview_steps import StoryboardStep
from mediaflow.planning.rendition_steps import RenditionStep, SidecarStep

__all__ = ["StreamSoundStep", "StreamStep", "StreamTextStep"]

EXTENSIONS: Final[dict[Protocol, str]] = {"hls": "m3u8", "dash": "mpd"}
"""Of the manifests, by what they are written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSoundStep:
    """Cut one of the plan's sounds into segments."""

    sound: int
    """Index among the sounds of the plan that are encoded."""

    folder: str
    """Folder of its files, beside the manifests."""

    language: str | None
    """Tag of BCP 47."""

    label: str
    """What a player calls it."""

    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTextStep:
    """Take one text track of the film along, as WebVTT."""

    sidecar: SidecarStep
    folder: str
    language: str | None
    label: str
    is_default: bool
    is_forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStep:
    """Make one adaptive stream."""

    name: str
    uri: str = field(repr=False)
    """Final place of the first manifest; it holds no query."""

    position: int
    """Place among all outputs of the job, from 0."""

    output: StreamOutput
    format: str
    """Name of the first manifest's format: ``"m3u8"`` or ``"mpd"``."""

    size: Size | None
    """Size of the largest rendition; None where only sound is played."""

    rungs: tuple[RenditionStep, ...]
    """The renditions, largest first; each is called like its folder."""

    sounds: tuple[StreamSoundStep, ...]
    texts: tuple[StreamTextStep, ...]
    storyboard: StoryboardStep | None
    segment_seconds: Fraction
    start: Fraction = Fraction(0)
    """Where it starts, in seconds of the source."""

    end: Fraction | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    duration_seconds: float | None = None
    """Length that it will have, if the header of the source is right."""

    notices: tuple[Notice, ...] = ()
    """What will be lost or changed."""

    crop: None = None
    same_as: None = None
    """A stream is never left out."""

    animation: None = None
    """A stream is no animation among pictures."""

    @property
    def base(self) -> str:
        """Name that the manifests share, without folder and extension."""
        return posixpath.splitext(posixpath.basename(self.uri))[0]

    @property
    def manifests(self) -> tuple[str, ...]:
        """Names of the manifests, in the order in which they are told."""
        return tuple(f"{self.base}.{EXTENSIONS[word]}" for word in self.output.protocols)

    @property
    def older_manifests(self) -> tuple[str, ...]:
        """Names of all manifests that an older set at the same place may have."""
        return tuple(f"{self.base}.{extension}" for extension in EXTENSIONS.values())

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders of all tracks that are cut into segments."""
        return (*(rung.name for rung in self.rungs), *(sound.folder for sound in self.sounds))

    @property
    def all_folders(self) -> tuple[str, ...]:
        """Folders of all files that do not stand beside the manifests."""
        return (*self.folders, *(text.folder for text in self.texts))

    def place(self, path: str) -> str:
        """Return the place of a file of the stream.

        Args:
            path: Its path from the first manifest.
        """
        return posixpath.join(posixpath.dirname(self.uri), path)

    def part_path(self, number: int) -> str:
        """Return the path of a further file: texts, then the storyboard and its sheets, from 0.

        Raises:
            IndexError: There is none of that number.
        """
        if number < len(self.texts):
            return f"{self.texts[number].folder}/subtitles.vtt"
        if self.storyboard is None:
            raise IndexError(number)
        sheet = number - len(self.texts)
        board = self.storyboard.uri if sheet == 0 else self.storyboard.sheet_uri(sheet)
        return posixpath.basename(board)
