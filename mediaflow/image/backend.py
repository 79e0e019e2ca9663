"""What a picture back end must do, and what the installed one can.

Law: a back end does what the step says and decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from mediaflow.errors import MissingExtraError
from mediaflow.registry import Entry, Registry
from mediaflow.security.isolation import is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    import numpy.typing as npt

    from mediaflow.filters.base import Assets
    from mediaflow.frames import Raster
    from mediaflow.models.analysis import PlaceholderData
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.result import Notice
    from mediaflow.planning.steps import AnalysisStep, DecodeStep, EncodeStep, PictureStep
    from mediaflow.security.limits import Limits, Trust

__all__ = ["ImageBackend", "image_backends", "installed", "installed_for"]

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
        """Make one picture: crop, scale, colour, turn, and pad where no filter comes first."""
        ...

    def filter(
        self, picture: Raster[PictureT], step: PictureStep, assets: Assets
    ) -> Raster[PictureT]:
        """Apply the step's filters to what :meth:`transform` made of it, and pad.

        Called for steps with filters only, by several threads at once. What filters take is a
        Pillow image; :func:`mediaflow.filters.apply_filters` runs them.

        Raises:
            ProcessingError: A filter failed.
            SourceError: A second input cannot be used.
        """
        ...

    def encode(
        self, picture: Raster[PictureT], step: EncodeStep
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode one picture; return the file and what was lost.

        Raises:
            EncodeError: The encoder failed.
        """
        ...

    def to_array(self, picture: Raster[PictureT]) -> npt.NDArray[np.uint8]:
        """Return the px as (height, width, 4): red, green and blue premultiplied, and alpha."""
        ...

    def analyze(
        self, picture: Raster[PictureT], step: AnalysisStep
    ) -> tuple[PlaceholderData, tuple[Notice, ...]]:
        """Describe one picture; return the data and what was lost.

        Raises:
            EncodeError: The tiny picture within the data could not be encoded.
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
    builtin={
        "pillow": Entry("mediaflow.image.pillow:BACKEND"),
        "vips": Entry("mediaflow.image.vips:BACKEND", extra="vips"),
    },
)


OPTIONAL_SOURCES: Final = frozenset({"png", "svg", "tiff", "webp"})
"""Formats for which an optional back end may be the better one; it is not loaded for others."""


def installed_for(
    format: str | None, trust: Trust, *, in_child: bool = False, is_locked: bool = False
) -> Capabilities:
    """Return what can be done with a source, or with none yet.

    Args:
        format: Name of the source's format, or None while it is not known.
        trust: Whose files are processed.
        in_child: Whether decoders run in a child, which has the default back end alone.
        is_locked: Whether that child can reach nothing.
    """
    return _installed(trust, format in OPTIONAL_SOURCES and not in_child, is_locked)


def installed(trust: Trust = "own") -> Capabilities:
    """Return what can be done in this process: by the default back end, and by the optional ones.

    Args:
        trust: Whose files are processed; for strangers, what is unsafe without isolation is not
            among it.
    """
    return _installed(trust, True, False)


@cache
def _installed(trust: Trust, ask_optional: bool, isolated: bool) -> Capabilities:
    known = image_backends["pillow"].capabilities()
    there = ask_optional and _is_there("vips")
    optional = [image_backends["vips"].capabilities()] if there else []
    usable = [other for other in optional if is_allowed(other.backend, trust, isolated=isolated)]
    decoders = tuple(name for name in known.decoders if is_allowed(name, trust, isolated=isolated))
    seen = {*known.decoders, *(name for other in optional for name in other.decoders)}
    left = {*decoders, *(name for other in usable for name in other.decoders)}
    return replace(
        known, decoders=decoders, others=tuple(usable), withheld=tuple(sorted(seen - left))
    )


def _is_there(name: str) -> bool:
    try:
        image_backends[name]
    except (MissingExtraError, OSError):  # a shared library that does not fit is an OSError
        return False
    return True
