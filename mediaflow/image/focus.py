"""Who may say what matters in a picture: the protocol of focus detectors and their registry.

Law: a detector sees a small upright picture and answers with one point; what is cut off follows from
the point and is planned like any other crop. Faces need a model file, so they come from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mediaflow.geometry import FocalPoint

__all__ = ["FocusDetector", "focus_detectors"]


class FocusDetector(Protocol):
    """Finds the point that a crop should be centred on."""

    def find(self, picture: npt.NDArray[np.uint8], aspect: float) -> FocalPoint:
        """Return the point that matters most.

        Args:
            picture: (height, width, 3), uint8, sRGB, upright, transparency on white; its longer
                side has at most 256 px or little more.
            aspect: Width over height of the part that will be kept.
        """
        ...


focus_detectors: Final[Registry[FocusDetector]] = Registry(
    "focus detector",
    group="mediaflow.focus_detectors",
    builtin={"smart": Entry("mediaflow.image.smart:SMART")},
)
