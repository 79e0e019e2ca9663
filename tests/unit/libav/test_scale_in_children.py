"""A forked child makes its own scalers: the threads of its parent's do not exist there."""

from __future__ import annotations

import os
import signal
import sys

import pytest

SIZES = ((2000, 1500), (1200, 900))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.skipif(sys.platform == "darwin", reason="system libraries do not survive a fork there")
@pytest.mark.filterwarnings(
    "ignore:.*fork.*:DeprecationWarning"
)  # forking with threads is the point
def test_scaling_after_a_fork_ends():
    import numpy as np

    from mediaflow.geometry import sample_grid
    from mediaflow.libav.scale import scale_planes

    (width, height), (across, down) = SIZES
    pixels = np.zeros((height, width, 4), np.uint8)
    grids = (
        sample_grid(0, width, across, width),  # type: ignore[arg-type]  # whole numbers are fractions
        [sample_grid(0, height, down, height)],  # type: ignore[arg-type]
    )

    def scale() -> None:
        scale_planes(lambda top, bottom: pixels[top:bottom], *grids, threads=2)

    scale()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs ends by this signal, and the assertion sees it
        scale()
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert status == 0
