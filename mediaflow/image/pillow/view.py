"""The pixels of a Pillow image as an array, without a copy.

Law: read only, except while an image is being decoded. Pillow's Arrow export hands out its own storage when the rows lie behind each other,
which holds up to its block size (16 MiB); beyond it there is no view and the answer is None.
Source: the Arrow C data interface (structure ArrowArray).
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

import numpy as np

from mediaflow.errors import ProcessingError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from PIL import Image

__all__ = ["row_reader", "view_pixels", "writable_view"]

BANDS: Final = {"L": 1, "RGB": 4, "RGBX": 4, "RGBa": 4}  # bytes a px in Pillow's storage
_DATA_BUFFER: Final = 1  # buffer 0 of a primitive Arrow array is its validity bitmap


class _ArrowArray(ctypes.Structure):
    """The head of ArrowArray, as far as it is read here."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
]

_get_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def view_pixels(image: Image.Image) -> npt.NDArray[np.uint8] | None:
    """Return the pixels of a loaded image, or None when its rows are scattered.

    Args:
        image: Mode L, RGB, RGBX or RGBa.

    Returns:
        (height, width) for L, else (height, width, 4), uint8, read only. It keeps the storage alive.
    """
    pixels = _storage(image)
    if pixels is not None:
        pixels.flags.writeable = False
    return pixels


def writable_view(image: Image.Image) -> npt.NDArray[np.uint8] | None:
    """Return the storage of an RGB image that is being decoded, or None when it is scattered."""
    return _storage(image)


def _storage(image: Image.Image) -> npt.NDArray[np.uint8] | None:
    bands = BANDS[image.mode]
    core = image.im  # not image.__arrow_c_array__(), which would finish a decode first
    try:
        schema, capsule = core.__arrow_c_schema__(), core.__arrow_c_array__()
    except ValueError:  # "Image rows are not contiguous in memory"
        return None
    array = _ArrowArray.from_address(_get_pointer(capsule, b"arrow_array"))
    if array.n_children:
        array = array.children[0].contents
    length = image.width * image.height * bands
    memory = (ctypes.c_uint8 * length).from_address(array.buffers[_DATA_BUFFER])
    # the storage lives as long as any array that was made from this memory
    memory.storage = (schema, capsule)  # type: ignore[attr-defined]  # ctypes arrays take attributes
    pixels = np.frombuffer(memoryview(memory).cast("B"), np.uint8)
    shape = (image.height, image.width) if bands == 1 else (image.height, image.width, bands)
    return pixels.reshape(shape)


def row_reader(image: Image.Image) -> Callable[[int, int], npt.NDArray[np.uint8]]:
    """Return a function that gives the px of some rows: a view where it can, else a copy.

    Args:
        image: Mode L, RGB, RGBX or RGBa.
    """
    whole = view_pixels(image)
    if whole is not None:
        return lambda top, bottom: whole[top:bottom]

    def copied(top: int, bottom: int) -> npt.NDArray[np.uint8]:
        band = image.crop((0, top, image.width, bottom))
        rows = view_pixels(band)
        if rows is None:
            raise ProcessingError(f"{bottom - top} rows of {image.width} px are not contiguous")
        return rows

    return copied
