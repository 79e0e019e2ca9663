"""What a picture back end must do, and what the installed one can.

Law: a back end does what the step says and decides nothing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediaflow.frames import Raster
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.result import Notice
    from mediaflow.planning.steps import DecodeStep, EncodeStep, PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["ImageBackend", "image_backends", "installed"]

PictureT = TypeVar("PictureT")


class ImageBackend(Protocol[PictureT]):
    """Decodes, transforms and encodes pictures by the steps of a plan."""

    def capabilities(self) -> Capabilities:
        """Return what can be read and written here."""
        ...

    def decode(
        self, data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits
    ) -> Raster[PictureT]:
        """Decode a whole file once.

        Raises:
            CorruptMediaError: The bytes break the rules of their format.
            TruncatedMediaError: The input ends too early.
            LimitExceededError: The input is larger than the limits allow.
        """
        ...

    def decode_ahead(
        self, data: bytes, step: DecodeStep, picture: PictureStep, info: MediaInfo, limits: Limits
    ) -> tuple[Raster[PictureT], Raster[PictureT] | None]:
        """Decode a file and make a picture from its upper rows while the lower ones come.

        A back end that cannot do so returns the decoded file and None.

        Raises:
            CorruptMediaError: The bytes break the rules of their format.
            TruncatedMediaError: The input ends too early.
            LimitExceededError: The input is larger than the limits allow.
        """
        ...

    def transform(
        self, origin: Raster[PictureT], step: PictureStep, *, threads: int
    ) -> Raster[PictureT]:
        """Make one picture: crop, scale, colour, turn and pad."""
        ...

    def encode(
        self, picture: Raster[PictureT], step: EncodeStep
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode one picture; return the file and what was lost.

        Raises:
            EncodeError: The encoder failed.
        """
        ...

    def decode_frames(
        self, data: bytes, info: MediaInfo, limits: Limits
    ) -> Iterator[Raster[PictureT]]:
        """Yield the frames of an animation in their order, each as a viewer would show it.

        Raises:
            CorruptMediaError: The bytes break the rules of their format.
            TruncatedMediaError: The input ends too early.
            LimitExceededError: There are more frames or px than the limits allow.
        """
        ...

    def encode_frames(
        self, frames: Iterable[tuple[Raster[PictureT], int]], step: EncodeStep, count: int
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode an animation from frames that are taken one by one, each with its ticks.

        Raises:
            EncodeError: The encoder failed.
        """
        ...

    def preview(self, picture: Raster[PictureT]) -> bytes:
        """Return a JPEG of a few hundred bytes."""
        ...


image_backends: Final[Registry[ImageBackend[object]]] = Registry(
    "image back end",
    group="mediaflow.image_backends",
    builtin={"pillow": Entry("mediaflow.image.pillow:BACKEND")},
)


@cache
def installed() -> Capabilities:
    """Return what the default back end can do in this process."""
    return image_backends["pillow"].capabilities()
