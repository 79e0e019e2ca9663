"""Saturation, grayscale, sepia, hue and temperature.

Four of them are the 3 × 3 matrices of CSS on sRGB as encoded; temperature is a gain in linear
light. Source: W3C Filter Effects Module Level 1, 8.1, 8.4, 8.5 and 9.6 (feColorMatrix);
IEC 61966-2-1 (the sRGB curve).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from mediaflow.filters.base import ColorFilter

if TYPE_CHECKING:
    from mediaflow.filters.base import Colors

__all__ = ["Grayscale", "Hue", "Matrix", "MatrixFilter", "Saturation", "Sepia", "Temperature"]

Row: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Row, Row, Row]
"""What red, green and blue become, a row each."""

MAX_FACTOR: Final = 10.0
FULL_TURN: Final = 360.0

IDENTITY: Final[Matrix] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
LUMA: Final[Row] = (0.213, 0.715, 0.072)  # the weights of saturate and hueRotate
LUMINANCE: Final[Row] = (0.2126, 0.7152, 0.0722)  # those of grayscale
SEPIA: Final[Matrix] = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
HUE_COSINE: Final[Matrix] = (
    (0.787, -0.715, -0.072),
    (-0.213, 0.285, -0.072),
    (-0.213, -0.715, 0.928),
)
HUE_SINE: Final[Matrix] = (
    (-0.213, -0.715, 0.928),
    (0.143, 0.140, -0.283),
    (-0.787, 0.715, 0.072),
)

RED_STOPS: Final = 0.35  # of light at the warmest; twice as much red as at the coldest is 0.5
BLUE_STOPS: Final = -0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFilter(ColorFilter):
    """A colour filter that is one 3 × 3 matrix."""

    seconds_per_megapixel: ClassVar[float] = 0.005

    def matrix(self) -> Matrix:
        """Return what red, green and blue become, a row each."""
        raise NotImplementedError

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours times the matrix."""
        import numpy as np

        return rgb @ np.asarray(self.matrix(), np.float32).T


def _mixed(first: Matrix, second: Matrix, share: float) -> Matrix:
    """Return a matrix between two others."""
    rows = [
        tuple(a + (b - a) * share for a, b in zip(one, two, strict=True))
        for one, two in zip(first, second, strict=True)
    ]
    red, green, blue = rows
    return red, green, blue  # type: ignore[return-value]  # three rows of three


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation(MatrixFilter):
    """Strengthen or weaken colours, as ``saturate()`` of CSS does."""

    kind: Literal["saturation"] = "saturation"

    amount: float = field(default=1.0, kw_only=False)
    """0 is gray, 1 leaves the picture, up to 10."""

    def __post_init__(self) -> None:
        self.check_number("amount", 0, MAX_FACTOR)

    def matrix(self) -> Matrix:
        """Return the matrix."""
        return _mixed((LUMA, LUMA, LUMA), IDENTITY, self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grayscale(MatrixFilter):
    """Take colours away, as ``grayscale()`` of CSS does."""

    kind: Literal["grayscale"] = "grayscale"

    amount: float = field(default=1.0, kw_only=False)
    """0 leaves the picture, 1 is gray."""

    def __post_init__(self) -> None:
        self.check_number("amount", 0, 1)

    def matrix(self) -> Matrix:
        """Return the matrix."""
        return _mixed(IDENTITY, (LUMINANCE, LUMINANCE, LUMINANCE), self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sepia(MatrixFilter):
    """Give the brown of old prints, as ``sepia()`` of CSS does.

    Example:
        >>> Sepia(0.4).amount
        0.4
    """

    kind: Literal["sepia"] = "sepia"

    amount: float = field(default=1.0, kw_only=False)
    """0 leaves the picture, 1 is all brown."""

    def __post_init__(self) -> None:
        self.check_number("amount", 0, 1)

    def matrix(self) -> Matrix:
        """Return the matrix."""
        return _mixed(IDENTITY, SEPIA, self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hue(MatrixFilter):
    """Turn all hues around the colour wheel, as ``hue-rotate()`` of CSS does."""

    kind: Literal["hue"] = "hue"

    degrees: float = field(default=0.0, kw_only=False)
    """-360 to 360; 0 leaves the picture, 180 gives complementary hues of the same lightness."""

    def __post_init__(self) -> None:
        self.check_number("degrees", -FULL_TURN, FULL_TURN)

    def matrix(self) -> Matrix:
        """Return the matrix."""
        angle = math.radians(self.degrees)
        cosine, sine = math.cos(angle), math.sin(angle)
        rows = [
            tuple(LUMA[k] + HUE_COSINE[n][k] * cosine + HUE_SINE[n][k] * sine for k in range(3))
            for n in range(3)
        ]
        red, green, blue = rows
        return red, green, blue  # type: ignore[return-value]  # three rows of three


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature(ColorFilter):
    """Warm a picture up or cool it down, as a white balance does; grays keep their luminance.

    Red and blue get a gain in linear light of up to a third and three quarters of a stop.
    """

    kind: Literal["temperature"] = "temperature"

    amount: float = field(default=0.0, kw_only=False)
    """-1 is cold and blue, 0 leaves the picture, 1 is warm and orange."""

    channelwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.check_number("amount", -1, 1)

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours, each channel with its gain in linear light."""
        import numpy as np

        if self.amount == 0:
            return rgb
        gains = np.exp2(np.array([RED_STOPS, 0, BLUE_STOPS]) * self.amount)
        gains /= gains @ LUMINANCE
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) * gains
        curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
        return np.where(linear <= 0.0031308, linear * 12.92, curved).astype(np.float32)
