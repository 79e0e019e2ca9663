"""Brightness, contrast and gamma: each channel by a curve of its own.

Values are sRGB as encoded, which is what CSS filters work on. Source: W3C Filter Effects Module
Level 1, 8.2 and 8.3 (brightness, contrast) and 9.7 (gamma).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from mediaflow.filters.base import ColorFilter

if TYPE_CHECKING:
    from mediaflow.filters.base import Colors

__all__ = ["Brightness", "Contrast", "Gamma"]

MAX_FACTOR: Final = 10.0  # beyond it a picture is one flat colour
MIN_GAMMA: Final = 0.1
MIDDLE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brightness(ColorFilter):
    """Multiply every channel, as ``brightness()`` of CSS does.

    Example:
        >>> Brightness(1.2).amount
        1.2
    """

    kind: Literal["brightness"] = "brightness"

    amount: float = field(default=1.0, kw_only=False)
    """0 is black, 1 leaves the picture, up to 10."""

    channelwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.check_number("amount", 0, MAX_FACTOR)

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours times the amount."""
        return rgb * self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast(ColorFilter):
    """Spread every channel around middle gray, as ``contrast()`` of CSS does.

    Example:
        >>> Contrast(0.9).channelwise
        True
    """

    kind: Literal["contrast"] = "contrast"

    amount: float = field(default=1.0, kw_only=False)
    """0 is gray, 1 leaves the picture, up to 10."""

    channelwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.check_number("amount", 0, MAX_FACTOR)

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours, their distance from middle gray times the amount."""
        return (rgb - MIDDLE) * self.amount + MIDDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma(ColorFilter):
    """Lift or lower middle tones and leave black and white: the channel to the power 1/gamma."""

    kind: Literal["gamma"] = "gamma"

    gamma: float = field(default=1.0, kw_only=False)
    """Above 1 brightens, below 1 darkens, 1 leaves the picture; 0.1 to 10."""

    channelwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.check_number("gamma", MIN_GAMMA, MAX_FACTOR)

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours to the power of one over gamma."""
        return rgb ** (1 / self.gamma)
