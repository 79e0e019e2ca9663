"""sRGB as light, and Oklab, where distances are what people see; on arrays.

Source: IEC 61966-2-1 (transfer function of sRGB); Björn Ottosson, "A perceptual color space for
image processing" (2020), for the two matrices of Oklab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LIGHT", "from_oklab", "to_levels", "to_oklab"]

_LMS_OF_RGB: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_OF_LMS: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_RGB_OF_LMS: Final = np.linalg.inv(_LMS_OF_RGB)
_LMS_OF_LAB: Final = np.linalg.inv(_LAB_OF_LMS)

_share = np.arange(256) / 255
LIGHT: Final[npt.NDArray[np.float64]] = np.where(
    _share <= 0.04045, _share / 12.92, ((_share + 0.055) / 1.055) ** 2.4
)
"""Light of each of the 256 levels of sRGB, 0 to 1."""


def to_levels(light: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return light, 0 to 1, as levels of sRGB; what is beyond is clipped."""
    light = np.clip(light, 0, 1)
    share = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.floor(share * 255 + 0.5).astype(np.uint8)


def to_oklab(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return light of red, green and blue (…, 3) as Oklab: lightness, green–red, blue–yellow."""
    lab: npt.NDArray[np.float64] = np.cbrt(light @ _LMS_OF_RGB.T) @ _LAB_OF_LMS.T
    return lab


def from_oklab(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return Oklab (…, 3) as sRGB levels (…, 3)."""
    return to_levels((lab @ _LMS_OF_LAB.T) ** 3 @ _RGB_OF_LMS.T)
