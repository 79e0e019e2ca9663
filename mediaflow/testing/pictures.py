"""An assertion for test suites: two pictures look alike.

Law: it compares as :func:`mediaflow.compare` does and knows no figure of its own. Give the expected
picture from another reader or by arithmetic, so that nothing is its own witness.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np
import numpy.typing as npt

from mediaflow.jobs.compare import compare_sources, difference_of
from mediaflow.jobs.environment import Environment
from mediaflow.testing.pngs import write_png

if TYPE_CHECKING:
    from os import PathLike

    from mediaflow.models.comparison import Comparison
    from mediaflow.models.job import Source

__all__ = ["assert_visually_equal"]

Picture: TypeAlias = Union["Source", npt.NDArray[np.uint8]]
"""A path, URL, bytes or binary file; or samples, (height, width) or (height, width, 1 to 4)."""


def assert_visually_equal(
    a: Picture,
    b: Picture,
    *,
    min_psnr_db: float | None = 40.0,
    min_ssim: float | None = None,
    min_score: float | None = None,
    resize: bool = False,
    save_difference: str | PathLike[str] | None = None,
) -> None:
    """Fail unless two pictures look alike; the message has all figures and the worst place.

    Args:
        a: The picture under test: a path, URL, bytes or binary file; or 8-bit samples of gray,
            gray and alpha, RGB or RGBA in an array (height, width) or (height, width, samples).
        b: What it should look like.
        min_psnr_db: Lowest peak signal-to-noise ratio in dB, or None for any; 40 is hard to see.
        min_ssim: Lowest structural similarity, or None for any.
        min_score: Lowest score, 0 to 100, or None for any.
        resize: Whether ``b`` is scaled to the size of ``a``; another size is an error otherwise.
        save_difference: Where to write a PNG that is white where they differ most, when they do
            not look alike.

    Raises:
        AssertionError: They do not look alike.
        SpecError: They differ in size.
        SourceError: One of them cannot be read as a picture.

    Example:
        >>> gray = np.full((16, 16), 100, np.uint8)
        >>> assert_visually_equal(gray, gray + 1)
        >>> assert_visually_equal(gray, gray + 9)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        AssertionError: pictures differ: PSNR 29.05 dB (at least 40), ...
    """
    first, second = _as_source(a), _as_source(b)
    environment = Environment()
    found = compare_sources(first, second, environment, resize=resize, limits=None)
    bounds = (
        (found.psnr_db, min_psnr_db),
        (found.ssim, min_ssim),
        (found.score, min_score),
    )
    if all(least is None or value >= least for value, least in bounds):
        return
    message = _message(found, min_psnr_db, min_ssim, min_score)
    if save_difference is not None:
        place = Path(save_difference)
        place.write_bytes(difference_of(first, second, environment, resize=resize, limits=None))
        message += f"; see {place}"
    raise AssertionError(message)


def _message(
    found: Comparison, psnr_db: float | None, ssim: float | None, score: float | None
) -> str:
    parts = [
        f"PSNR {found.psnr_db:.2f} dB{_at_least(psnr_db)}",
        f"SSIM {found.ssim:.4f}{_at_least(ssim)}",
        f"score {found.score:.1f} of 100{_at_least(score)}",
        f"at {found.size.width}×{found.size.height} px",
    ]
    if found.has_alpha:
        parts.append("alpha included")
    if found.worst is not None:
        box = found.worst
        parts.append(f"worst in x {box.left} to {box.right}, y {box.top} to {box.bottom}")
    return f"pictures differ: {', '.join(parts)}"


def _at_least(bound: float | None) -> str:
    return "" if bound is None else f" (at least {bound:g})"


def _as_source(picture: Picture) -> Source:
    if not isinstance(picture, np.ndarray):
        return picture
    samples = picture[..., np.newaxis] if picture.ndim == 2 else picture
    if samples.dtype != np.uint8 or samples.ndim != 3 or not 1 <= samples.shape[2] <= 4:
        raise TypeError(
            "samples must be 8 bits each, (height, width) or (height, width, 1 to 4); "
            f"got {picture.dtype} {picture.shape}"
        )
    return write_png(samples)
