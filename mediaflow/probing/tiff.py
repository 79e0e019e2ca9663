"""Reads the header of a TIFF: the first directory.

Law: only the first directory counts and no chain of directories is followed, because 60,000 linked
ones cost half a minute elsewhere; ``frames`` is 1 when there is no other page, else None. Pages are
no animation. The size is the stored one beside its orientation tag, as for the other formats, though
some decoders turn a TIFF by themselves.

Source: TIFF 6.0 sections 8 (tags) and 18 to 23 (ExtraSamples, YCbCr, CIE L*a*b*); TIFF/EP for 34675.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.probing.chroma import Chroma, chroma_name
from mediaflow.probing.exif import orientation_of
from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.ifd import Directory, read_directory
from mediaflow.probing.reading import HeaderReader, View

if TYPE_CHECKING:
    from mediaflow.models.info import IccSpace

__all__ = ["read_tiff"]

MAX_SIDE: Final = 2**31 - 1
MAX_DEPTH: Final = 64

_WIDTH: Final = 256
_LENGTH: Final = 257
_BITS_PER_SAMPLE: Final = 258
_PHOTOMETRIC: Final = 262
_EXTRA_SAMPLES: Final = 338
_YCBCR_SUBSAMPLING: Final = 530
_ICC_PROFILE: Final = 34675

_YCBCR: Final = 6
_MODELS: Final[dict[int, Literal["rgb", "gray", "cmyk", "palette", "lab", "unknown"]]] = {
    0: "gray",
    1: "gray",
    2: "rgb",
    3: "palette",
    5: "cmyk",
    6: "rgb",
    8: "lab",
    9: "lab",
    10: "lab",
}
_TILE_WIDTH: Final = 322
_TILE_LENGTH: Final = 323
TILE_FACTOR: Final = 4  # a tile may reach beyond the picture, in both directions
TILE_PIXELS: Final = 1024 * 1024  # tiles of up to this size are ordinary
_ALPHA: Final = frozenset({1, 2})
"""Extra samples that are opacity, premultiplied or not; 0 says nothing."""


def read_tiff(source: HeaderReader) -> ImageInfo:
    """Read the first directory of a TIFF.

    Raises:
        CorruptMediaError: The directory names no size, or a side is 0.
        TruncatedMediaError: The file ends before its directory does.
        LimitExceededError: The directory is larger than any real one.
    """
    directory = read_directory(source)
    width, height = directory.number(_WIDTH) or 0, directory.number(_LENGTH) or 0
    if not 1 <= width <= MAX_SIDE or not 1 <= height <= MAX_SIDE:
        raise source.corrupt(f"a TIFF of {width}×{height} px; each side must be 1 to {MAX_SIDE:,}")
    photometric = directory.number(_PHOTOMETRIC)
    model = _MODELS.get(photometric, "unknown") if photometric is not None else "unknown"
    depth = max(directory.numbers(_BITS_PER_SAMPLE), default=1)
    if not 1 <= depth <= MAX_DEPTH:
        raise source.corrupt(f"a TIFF of {depth} bits per sample; there must be 1 to {MAX_DEPTH}")
    _check_tiles(source, directory, Size(width, height))
    space, description, length = _profile(source, directory)
    return ImageInfo(
        stored_size=Size(width, height),
        orientation=orientation_of(directory),
        bit_depth=8 if model == "palette" else depth,
        color=ColorInfo(
            model=model, icc_space=space, icc_description=description, icc_bytes=length
        ),
        has_alpha=not _ALPHA.isdisjoint(directory.numbers(_EXTRA_SAMPLES)),
        frames=None if directory.next_offset else 1,
        chroma_subsampling=_chroma(directory) if photometric == _YCBCR else None,
    )


def _check_tiles(source: HeaderReader, directory: Directory, size: Size) -> None:
    """Refuse a tile that is far larger than the picture: a decoder makes room for a whole one."""
    tile = (directory.number(_TILE_WIDTH) or 0) * (directory.number(_TILE_LENGTH) or 0)
    if tile > max(size.pixels * TILE_FACTOR, TILE_PIXELS):
        raise source.corrupt(f"a TIFF of {size.pixels:,} px in tiles of {tile:,} px")


def _profile(source: HeaderReader, directory: Directory) -> tuple[IccSpace | None, str | None, int]:
    """Return the profile's colour space, description and length."""
    entry = directory.tags.get(_ICC_PROFILE)
    if entry is None or not entry.values:
        return None, None, 0
    profile: Profile = describe_profile(View(source, (entry.offset, entry.values)))
    return profile.space, profile.description, entry.values


def _chroma(directory: Directory) -> Chroma:
    """Return the subsampling, which is 2 by 2 where the file does not say."""
    factors = directory.numbers(_YCBCR_SUBSAMPLING)
    return chroma_name(factors[0], factors[1]) if len(factors) == 2 else chroma_name(2, 2)
