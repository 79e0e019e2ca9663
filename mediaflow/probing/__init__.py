"""Finds out what a file is and what it holds, from its header, without decoding a pixel.

Law: no file name and no declared media type is asked. Pictures are read by pure Python over
``read_at``, without a codec; film and sound also by FFmpeg's demuxers. The header of a picture costs at most 64 kB where the format allows it, usually one request of 16 kB. For any bytes whatever
the answer is a MediaInfo or a SourceError, in bounded time. What the header says is a claim: decoders
check sizes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats.demuxers import DEMUXERS
from mediaflow.formats.magic import HEAD_BYTES, sniff
from mediaflow.geometry import upright_size
from mediaflow.models.info import ImageInfo, MediaInfo
from mediaflow.probing.bmff import read_heif
from mediaflow.probing.bmp import read_bmp
from mediaflow.probing.gif import read_gif
from mediaflow.probing.ico import read_ico
from mediaflow.probing.jpeg import read_jpeg
from mediaflow.probing.kinds import identify
from mediaflow.probing.png import read_png
from mediaflow.probing.reading import HeaderReader
from mediaflow.probing.svg import read_svg
from mediaflow.probing.tiff import read_tiff
from mediaflow.probing.webp import read_webp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.frames import ByteReader
    from mediaflow.security.limits import Limits

__all__ = ["probe", "sniff"]

_READERS: Final[dict[str, Callable[[HeaderReader], ImageInfo]]] = {
    "avif": read_heif,
    "bmp": read_bmp,
    "gif": read_gif,
    "heif": read_heif,
    "ico": read_ico,
    "jpeg": read_jpeg,
    "png": read_png,
    "svg": read_svg,
    "tiff": read_tiff,
    "webp": read_webp,
}


_FILMS: Final = frozenset(DEMUXERS)
"""Formats whose streams FFmpeg's demuxers list."""


def probe(
    reader: ByteReader,
    *,
    uri: str | None = None,
    limits: Limits | None = None,
    deep: bool = False,
) -> MediaInfo:
    """Read what a picture, film or sound file holds from its header.

    Args:
        reader: The file, by position.
        uri: Where it is, for the answer and for messages; secrets in it are hidden.
        limits: What the input may cost; None checks no picture, and takes for film and sound
            those of a person's own files.
        deep: Whether to read all packets of film and sound, which tells lengths and missing parts
            for certain; pictures are read as ever.

    Returns:
        Format, sizes, orientation, colour and the other facts of the header.

    Raises:
        UnidentifiedMediaError: The file is empty, of no known kind, or of a format that is not allowed.
        CorruptMediaError: The header breaks the rules of its format.
        TruncatedMediaError: The file ends inside its header.
        LimitExceededError: The picture is larger than the limits allow, or its header is endless.

    Example:
        >>> class Bytes:
        ...     data = bytes.fromhex("474946383961 0300 0200 000000 2c 0000 0000 0300 0200 00 02 00 3b")
        ...     size = len(data)
        ...
        ...     def read_at(self, offset, length):
        ...         return self.data[offset : offset + length]
        >>> info = probe(Bytes())
        >>> info.format, info.width, info.height
        ('gif', 3, 2)
    """
    source = HeaderReader(reader, where=uri)
    kind = identify(
        source.peek(0, HEAD_BYTES),
        readable=_READERS.keys() | _FILMS,
        allowed=limits.allowed_formats if limits else None,
        where=uri,
    )
    if kind.name in _FILMS:
        # pictures must not wait for PyAV to load
        from mediaflow.probing.film import read_film

        return read_film(reader, kind, uri=uri, limits=limits, deep=deep)
    length = source.size
    image = _READERS[kind.name](source)
    if limits is not None:
        _check(image, limits, uri)
    upright = upright_size(image.stored_size, image.orientation)
    return MediaInfo(
        uri=uri,
        format=kind.name,
        mime_type=kind.mime_type,
        bytes=length,
        width=upright.width,
        height=upright.height,
        image=image,
        header_bytes=source.bytes_read,
    )


def _check(image: ImageInfo, limits: Limits, where: str | None) -> None:
    """Refuse a picture that its header already shows to be too large."""
    size = image.stored_size
    limits.check("max_side", max(size.width, size.height), where=where)
    limits.check("max_pixels", size.pixels, where=where)
    if image.is_animated and image.frames is not None:
        limits.check("max_frames", image.frames, where=where)
        limits.check("max_total_pixels", image.frames * size.pixels, where=where)
