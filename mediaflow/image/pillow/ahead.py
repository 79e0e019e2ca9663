"""Scales the upper part of a picture while its lower part is still being decoded.

Decoding a JPEG is one thread's work and most of a small job's time; scaling its upper rows
meanwhile hides nearly all of the scaler's. Law: whatever Pillow does inside, the pixels are those
of decoding first and scaling then. A row counts as decoded when Pillow has set the unused fourth
byte of a later row, which was zero before; should that ever cease to be so, every row counts as
decoded once the decode has ended, and only the time is lost.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from mediaflow.errors import JobCancelledError, ProcessingError
from mediaflow.image.pillow.transform import scale_rows
from mediaflow.image.pillow.view import writable_view

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image, ImageFile

    from mediaflow.planning.steps import PictureStep

__all__ = ["load_ahead"]

POLL_SECONDS: Final = 0.0005
SAFE_ROWS: Final = 16  # rows are written one after the other; this far behind, one is surely whole
MARK: Final = 3  # the byte of a px that holds no colour


def load_ahead(image: ImageFile.ImageFile, step: PictureStep) -> Image.Image | None:
    """Load an opened RGB image and scale it for one picture at the same time.

    Args:
        image: Opened and drafted, not loaded.
        step: A picture made from it by libswscale.

    Returns:
        The scaled picture, or None when the rows of the image are scattered; the image is loaded.

    Raises:
        OSError: Whatever Pillow raises for a file that cannot be decoded.
    """
    image.load_prepare()
    pixels = writable_view(image)
    if pixels is None or step.grids is None:
        image.load()
        return None
    rows = _GrowingRows(pixels)
    with ThreadPoolExecutor(1, thread_name_prefix="mediaflow-scale") as pool:
        scaled = pool.submit(scale_rows, rows.read, step.grids, threads=1)
        try:
            image.load()
        except BaseException:
            rows.given_up = True
            raise
        finally:
            rows.complete.set()
        try:
            return scaled.result()
        except ProcessingError:  # the plain way will meet it again and blame one picture only
            return None


class _GrowingRows:
    """Rows that appear from the top."""

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._marks = pixels[:, -1, MARK]
        self._marks[:] = 0
        self.complete = threading.Event()
        self.given_up = False

    def read(self, top: int, bottom: int) -> npt.NDArray[np.uint8]:
        """Wait until some rows are decoded and return them.

        Raises:
            JobCancelledError: They never will be.
        """
        witness = bottom + SAFE_ROWS
        if witness >= len(self._marks):
            self.complete.wait()
        while not self.complete.is_set() and not self._marks[witness]:
            self.complete.wait(POLL_SECONDS)
        if self.given_up:
            raise JobCancelledError("the decoder failed before these rows")
        return self._pixels[top:bottom]
