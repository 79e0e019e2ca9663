"""What is there: the facts that a probe reads from a header, without decoding a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mediaflow.geometry import Orientation, Size
from mediaflow.redact import redact

__all__ = ["ColorInfo", "IccSpace", "ImageInfo", "MediaInfo", "MediaKind"]

MAX_DESCRIPTION: Final = 80  # characters of a profile's name that are kept

MediaKind: TypeAlias = Literal["image"]
IccSpace: TypeAlias = Literal["RGB", "GRAY", "CMYK", "LAB", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorInfo:
    """What the file says of its colours; None where it says nothing."""

    model: Literal["rgb", "gray", "cmyk", "palette", "lab", "unknown"] = "unknown"
    """How the stored samples are to be read, before any conversion."""

    icc_space: IccSpace | None = None
    """Data colour space of the embedded ICC profile (ICC.1:2022 7.2.6)."""

    icc_description: str | None = None
    """Description text of the embedded ICC profile, such as ``"Display P3"``."""

    icc_bytes: int = 0
    """Length of the embedded ICC profile in bytes; 0 without one."""

    primaries: int | None = None
    """Colour primaries code point (ITU-T H.273 8.1) from nclx or cICP."""

    transfer: int | None = None
    """Transfer characteristics code point (ITU-T H.273 8.2); 16 is PQ, 18 is HLG."""

    matrix: int | None = None
    """Matrix coefficients code point (ITU-T H.273 8.3)."""

    full_range: bool | None = None
    """Whether samples use the full range."""

    def __post_init__(self) -> None:
        text = self.icc_description
        if text is not None:  # it comes from the file: one line, and not a long one
            clean = "".join(char if char.isprintable() else " " for char in text)
            object.__setattr__(self, "icc_description", clean.strip()[:MAX_DESCRIPTION])

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer characteristics are PQ or HLG."""
        return self.transfer in (16, 18)


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
    """What sort of medium it is."""

    uri: str | None = None
    """Where it is, without secrets; None for bytes and file objects."""

    format: str
    """Name of the format found in the leading bytes, such as ``"jpeg"``."""

    mime_type: str
    """Media type, such as ``"image/jpeg"``."""

    bytes: int | None
    """Length of the file, or None when unknown."""

    width: int
    """Width in px as a viewer shows it."""

    height: int
    """Height in px as a viewer shows it."""

    image: ImageInfo
    """Facts that only pictures have."""

    header_bytes: int = 0
    """How many bytes were read to find all this."""

    def __post_init__(self) -> None:
        if self.uri is not None:
            object.__setattr__(self, "uri", redact(self.uri))

    @property
    def size(self) -> Size:
        """Width and height in px as a viewer shows them."""
        return Size(self.width, self.height)
