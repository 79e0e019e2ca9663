"""What is there: the facts that a probe reads from a header, without decoding a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mediaflow.errors import UnsupportedError
from mediaflow.geometry import Orientation, Size
from mediaflow.models.colorinfo import ColorInfo, IccSpace
from mediaflow.models.streams import AudioStream, ContainerInfo, OtherStream, VideoStream
from mediaflow.redact import redact

__all__ = ["ColorInfo", "IccSpace", "ImageInfo", "MediaInfo", "MediaKind"]

MediaKind: TypeAlias = Literal["image", "video", "audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """Facts that only pictures have."""

    stored_size: Size
    """Width and height of the stored samples in px, before orientation."""

    orientation: Orientation = 1
    """How the stored samples must be turned to stand upright (EXIF 1 to 8)."""

    bit_depth: int = 8
    """Bits per channel."""

    color: ColorInfo = ColorInfo()
    """What the file says of its colours."""

    has_alpha: bool = False
    """Whether any pixel can be transparent."""

    frames: int | None = 1
    """Number of frames of an animation, or None where the header does not tell."""

    is_animated: bool = False
    """Whether the file is an animation (not merely several pictures in one file)."""

    loop_plays: int | None = None
    """How often an animation is played in all, 0 for ever; None where the header does not tell."""

    duration_seconds: float | None = None
    """Length of one play in seconds; None for stills, and where the header does not tell."""

    has_gain_map: bool = False
    """Whether an HDR gain map lies beside the picture."""

    is_progressive: bool = False
    """Whether the samples are stored in several passes."""

    chroma_subsampling: Literal["4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1", "other"] | None = None
    """How colour is stored beside brightness, where the header tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """What a file holds, as read from its header."""

    kind: MediaKind = "image"
    """What sort of medium it is; a film has at least one moving picture."""

    uri: str | None = None
    """Where it is, without secrets; None for bytes and file objects."""

    format: str
    """Name of the format found in the leading bytes, such as ``"jpeg"`` or ``"mp4"``."""

    mime_type: str
    """Media type, such as ``"image/jpeg"``."""

    bytes: int | None
    """Length of the file, or None when unknown."""

    width: int | None = None
    """Width in px as a viewer shows it; of a film, that of its first moving picture with square
    px; None for sound."""

    height: int | None = None
    """Height in px as a viewer shows it; None for sound."""

    image: ImageInfo | None = None
    """Facts that only pictures have."""

    container: ContainerInfo | None = None
    """Facts of the whole file that only film and sound have."""

    video: tuple[VideoStream, ...] = ()
    """Moving pictures, in the order of the file; attached pictures are among ``others``."""

    audio: tuple[AudioStream, ...] = ()
    """Sound tracks, in the order of the file."""

    others: tuple[OtherStream, ...] = ()
    """Subtitles, attached pictures, data and what else there is."""

    header_bytes: int = 0
    """How many bytes were read to find all this."""

    def __post_init__(self) -> None:
        if self.uri is not None:
            object.__setattr__(self, "uri", redact(self.uri))

    @property
    def size(self) -> Size:
        """Width and height in px as a viewer shows them.

        Raises:
            UnsupportedError: It is sound.
        """
        if self.width is None or self.height is None:
            raise UnsupportedError(f"{self.format} sound has no width and height", where=self.uri)
        return Size(self.width, self.height)

    @property
    def picture(self) -> ImageInfo:
        """Facts that only pictures have, where they are needed.

        Raises:
            UnsupportedError: It is film or sound.
        """
        if self.image is None:
            raise UnsupportedError(f"{self.format} is no picture", where=self.uri)
        return self.image

    @property
    def duration_seconds(self) -> float | None:
        """Best known length: of all packets, of the header, or as estimated; None for stills."""
        if self.container is not None:
            return self.container.duration_seconds
        return None if self.image is None else self.image.duration_seconds
