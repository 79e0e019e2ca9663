"""How alike two pictures are, in figures.

Law: figures only; how they are found is the business of the image room.
Sources: PSNR over 8-bit samples; SSIM by Wang, Bovik, Sheikh and Simoncelli, "Image quality
assessment: from error visibility to structural similarity" (IEEE TIP 13, 2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mediaflow.geometry import Box, Size
from mediaflow.models.result import Notice

__all__ = ["Comparison", "ScoreKind"]

ScoreKind: TypeAlias = Literal["multiscale"]
"""How a score was found; ``"multiscale"`` is the block SSIM of this library over three scales."""

PEAK: Final = 255  # the largest 8-bit sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How alike two pictures are.

    Both are seen upright, in sRGB and with 8 bits a channel. Where one of them has transparency,
    the pictures on white are compared and their alpha as well: ``ssim`` and ``score`` are the
    lower of the two then, and alpha is a fourth channel of the error.

    Example:
        >>> figures = dict(ssim=1.0, score=100.0, worst=None)
        >>> same = Comparison(size=Size(4, 3), mean_squared_error=0.0, **figures)
        >>> same.is_identical, same.psnr_db
        (True, inf)
    """

    size: Size
    """Size at which they were compared: that of the first picture, upright."""

    mean_squared_error: float
    """Mean of the squared differences of all samples, 0 to 65025; 0 when identical."""

    ssim: float
    """Structural similarity of the luma, at most 1; Gaussian window of 11 px, sigma 1.5."""

    score: float
    """Estimated likeness to the eye, 0 to 100; 100 when there is nothing to see."""

    score_kind: ScoreKind = "multiscale"
    """How the score was found. Scores of different kinds do not compare."""

    worst: Box | None
    """The block of up to 16 × 16 px with the largest error, or None when identical."""

    has_alpha: bool = False
    """Whether one of the pictures has transparent parts, so that alpha counted."""

    is_resized: bool = False
    """Whether the second picture was scaled to the size of the first."""

    notices: tuple[Notice, ...] = ()
    """What was converted or left out before the pictures could be compared."""

    @property
    def psnr_db(self) -> float:
        """Peak signal-to-noise ratio in dB; ``math.inf`` when identical.

        JSON has no infinity, so the JSON form of this class carries ``mean_squared_error``, from
        which this is calculated.
        """
        if self.mean_squared_error == 0:
            return math.inf
        return 10 * math.log10(PEAK**2 / self.mean_squared_error)

    @property
    def is_identical(self) -> bool:
        """Whether every visible sample is the same; hidden colour does not count."""
        return self.mean_squared_error == 0
