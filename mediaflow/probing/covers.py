"""Says what the pictures are that lie in a film or a sound file: by their own bytes, not by labels.

Law: headers of pictures are read as those of files are, without a codec. What is no picture, or is
damaged, has no size; that is not an error of the file around it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SourceError
from mediaflow.formats.magic import HEAD_BYTES, recognize
from mediaflow.geometry import upright_size
from mediaflow.probing.bmp import read_bmp
from mediaflow.probing.gif import read_gif
from mediaflow.probing.jpeg import read_jpeg
from mediaflow.probing.png import read_png
from mediaflow.probing.reading import HeaderReader
from mediaflow.probing.webp import read_webp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.models.info import ImageInfo
    from mediaflow.models.streams import AttachedPicture

__all__ = ["described_picture"]

READERS: Final[dict[str, Callable[[HeaderReader], ImageInfo]]] = {
    "bmp": read_bmp,
    "gif": read_gif,
    "jpeg": read_jpeg,
    "png": read_png,
    "webp": read_webp,
}


class _Held:
    """Bytes in memory as a source."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size: int | None = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def described_picture(picture: AttachedPicture, data: bytes) -> AttachedPicture:
    """Return what is known of a picture, with what its bytes say.

    Args:
        picture: What the file around it says.
        data: The picture.
    """
    kind = recognize(data[:HEAD_BYTES])
    if kind is None or not kind.mime_type.startswith("image/"):
        return replace(picture, bytes=len(data))
    known = replace(picture, bytes=len(data), mime_type=kind.mime_type)
    if kind.name not in READERS:
        return known
    try:
        image = READERS[kind.name](HeaderReader(_Held(data)))
    except SourceError:  # damaged behind its first bytes
        return known
    return replace(known, size=upright_size(image.stored_size, image.orientation))
