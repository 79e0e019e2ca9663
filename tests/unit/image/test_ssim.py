from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from mediaflow.image.ssim import reach, ssim_sum

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Y, X = np.mgrid[0:96, 0:128]
ONE = (X * 7 + Y * 3 + (X * Y) // 5) % 256
# scikit-image 0.26, structural_similarity(…, gaussian_weights=True, sigma=1.5,
# use_sample_covariance=False, data_range=255), the settings that it gives for the paper's
RECORDED = {
    "noise": ((ONE * 9 + (X * 13 + Y * 29) % 40 * 6) // 10, 0.9782842290081136),
    "flat": (np.full_like(ONE, 128), 0.03272920110442405),
    "inverse": (255 - ONE, -0.7952030661366262),
    "brighter": (np.clip(ONE + 20, 0, 255), 0.9856685614622311),
}


def _ssim(one: object, other: object) -> float:
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    height, width = first.shape
    total, places = ssim_sum(first, second, reach(width), reach(height))
    return total / places


@cache
def _window(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    squares = (y - height // 2) ** 2 + (x - width // 2) ** 2
    weights = np.exp(-squares / (2 * 1.5**2))
    return weights / weights.sum()


def _by_definition(one: np.ndarray, other: np.ndarray, window: np.ndarray) -> float:
    """Equations 14 to 17 and 13 of the paper, window by window and from deviations."""
    found = []
    for a, b in zip(
        sliding_window_view(one, window.shape).reshape(-1, *window.shape),
        sliding_window_view(other, window.shape).reshape(-1, *window.shape),
        strict=True,
    ):
        mean_a, mean_b = (window * a).sum(), (window * b).sum()
        variance_a, variance_b = (
            (window * (a - mean_a) ** 2).sum(),
            (window * (b - mean_b) ** 2).sum(),
        )
        covariance = (window * (a - mean_a) * (b - mean_b)).sum()
        luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
        found.append(luminance * (2 * covariance + C2) / (variance_a + variance_b + C2))
    return float(np.mean(found))


def test_equal_planes_are_exactly_one() -> None:
    assert _ssim(ONE, ONE) == 1.0


@pytest.mark.parametrize(("a", "b"), [(0, 255), (100, 110), (200, 190), (7, 7)])
def test_flat_planes_differ_by_their_luminance_alone(a: int, b: int) -> None:
    one, other = np.full((20, 30), a), np.full((20, 30), b)

    assert _ssim(one, other) == pytest.approx((2 * a * b + C1) / (a * a + b * b + C1), abs=1e-9)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_figure_is_that_of_another_implementation(name: str) -> None:
    other, figure = RECORDED[name]

    assert _ssim(ONE, other) == pytest.approx(figure, abs=1e-12)


@pytest.mark.parametrize(
    ("height", "width", "window"),
    [(24, 31, (11, 11)), (11, 11, (11, 11)), (10, 40, (9, 11)), (3, 12, (3, 11)), (1, 2, (1, 1))],
)
def test_figure_follows_the_definition_at_every_size(
    height: int, width: int, window: tuple[int, int]
) -> None:
    one = ONE[:height, :width].astype(np.float64)
    other = RECORDED["noise"][0][:height, :width].astype(np.float64)

    assert _ssim(one, other) == pytest.approx(
        _by_definition(one, other, _window(*window)), abs=1e-9
    )


def test_sums_of_strips_are_the_sum_of_the_whole() -> None:
    one, other = ONE.astype(np.float64), RECORDED["noise"][0].astype(np.float64)

    parts = [
        ssim_sum(one[top:bottom], other[top:bottom], 10, 10) for top, bottom in ((0, 42), (32, 96))
    ]

    total, places = ssim_sum(one, other, 10, 10)
    assert sum(part for part, _ in parts) == pytest.approx(total, rel=1e-12)
    assert sum(count for _, count in parts) == places == (96 - 10) * (128 - 10)
