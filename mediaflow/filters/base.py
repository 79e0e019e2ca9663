"""The ways to be a filter: a function of colour, of a picture, or of a picture and its time.

Law: a filter computes and nothing else: no file is opened here, second inputs are handed in. NumPy
and Pillow are imported by functions, so that a request is written without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeAlias

from mediaflow.errors import ProcessingError
from mediaflow.models.plugins import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    from mediaflow.formats.subtitles import Cue
    from mediaflow.models.job import Source

    Colors: TypeAlias = npt.NDArray[np.float32]

__all__ = ["NO_ASSETS", "START", "Assets", "ColorFilter", "PictureFilter", "TimedFilter"]

START: Final = Fraction(0)
"""Time of pictures that are no frames."""


class Assets(Protocol):
    """The second inputs of a job, as filters ask for them while it runs."""

    def picture(self, source: Source) -> Image.Image:
        """Return a decoded picture: RGBA, upright, in sRGB; it must not be changed.

        Raises:
            SourceError: It cannot be decoded.
        """
        ...

    def file(self, source: Source) -> bytes:
        """Return the bytes of a file."""
        ...

    def cues(self, source: Source) -> tuple[Cue, ...]:
        """Return what a file of subtitles shows, by start, without markup.

        Raises:
            SourceError: It cannot be read.
        """
        ...


class _NoAssets:
    def picture(self, source: Source) -> Image.Image:
        raise ProcessingError(f"no second input was acquired for {type(source).__name__}")

    def file(self, source: Source) -> bytes:
        raise ProcessingError(f"no second input was acquired for {type(source).__name__}")

    def cues(self, source: Source) -> tuple[Cue, ...]:
        raise ProcessingError(f"no second input was acquired for {type(source).__name__}")


NO_ASSETS: Assets = _NoAssets()
"""For filters that need none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorFilter(Filter):
    """A filter that gives equal colours equal answers, wherever they stand.

    Neighbours in a list of filters are compiled into one table, so that ten cost as much as one.
    """

    channelwise: ClassVar[bool] = False
    """Whether red depends on red only, green on green and blue on blue: exact and fastest."""

    seconds_per_megapixel: ClassVar[float] = 0.003

    def map_colors(self, rgb: Colors) -> Colors:
        """Return what colours become; a pure function.

        Args:
            rgb: float32 of shape (..., 3), sRGB as encoded, 0 to 1; it must not be changed.

        Returns:
            The same shape; what lies outside of 0 to 1 is clipped after each filter.
        """
        raise NotImplementedError

    def bound(self, assets: Assets) -> ColorFilter:
        """Return a filter that holds what its second inputs say; most need none."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFilter(Filter):
    """A filter that needs to know where a pixel stands, or what is around it."""

    keeps_alpha: ClassVar[bool] = True
    """Whether transparency stays as it is."""

    def fitted(self, size: tuple[int, int], assets: Assets) -> PictureFilter:
        """Return a filter that holds all that does not depend on the picture; most need none.

        It serves many pictures of one size, such as the frames of a film.

        Args:
            size: Width and height of the pictures in px.
            assets: Second inputs.
        """
        return self

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return a new picture of the same size and mode.

        Args:
            image: RGB or RGBA (straight alpha); it must not be changed.
            assets: Second inputs.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedFilter(Filter):
    """A filter that needs to know when a picture is shown: at each moment it is a picture filter."""

    keeps_alpha: ClassVar[bool] = True
    """Whether transparency stays as it is."""

    def fitted(self, size: tuple[int, int], assets: Assets) -> TimedFilter:
        """Return a filter that holds all that does not depend on the picture; most need none.

        It serves many pictures of one size, in the order of their times, in one thread.

        Args:
            size: Width and height of the pictures in px.
            assets: Second inputs.
        """
        return self

    def at(self, seconds: Fraction) -> PictureFilter | None:
        """Return what is done to the picture of a moment; None leaves it as it is.

        Args:
            seconds: Time in the film, whatever part of it an output shows; 0 for a picture.
        """
        raise NotImplementedError
