"""Uses what was decoded of a file that is cut off.

Law: no switch of Pillow is touched. A file that fails is decoded twice more, onto canvases of two
values: a row that is alike in both was written by the decoder, a row that differs was not. That
holds in every mode and for every colour, so the number of rows is exact. Only files whose rows
come one after the other can be used; the others stay an error that says why.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from PIL import Image

from mediaflow.errors import TruncatedMediaError
from mediaflow.image.color import from_srgb
from mediaflow.image.translate import FOREIGN
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import ImageFile

    from mediaflow.models.info import MediaInfo

__all__ = ["fill_missing", "load_rows", "unusable"]

ROW_BY_ROW: Final = ("gif", "jpeg", "png")


def unusable(info: MediaInfo) -> str | None:
    """Return why nothing can be used of such a file when it is cut off, or None."""
    if info.format not in ROW_BY_ROW:
        return f"{info.format} is decoded as a whole"
    if info.picture.is_progressive:
        return f"the {info.format} is stored in passes over the whole picture, not row by row"
    return None


def load_rows(
    open_again: Callable[[], ImageFile.ImageFile], info: MediaInfo
) -> tuple[Image.Image, int]:
    """Decode a file that is cut off as far as it goes.

    Args:
        open_again: Opens the file once more, scaled as the plan says; nothing is loaded yet.
        info: What the probe found.

    Returns:
        The picture, and how many of its rows are whole; what is below them is of no use.

    Raises:
        TruncatedMediaError: Not one row is whole.
    """
    opened = (open_again(), open_again())
    extents = opened[0].tile[0].extents or (0, 0, *opened[0].size)
    left, top, right, bottom = extents
    clear = opened[0].info.get("transparency") if info.format == "gif" else None
    # what shows where a GIF says nothing is its transparent color, and must stay so
    plain, marked = (None, 255 if clear != 255 else 0) if isinstance(clear, int) else (0, 255)
    first, second = (
        _on_canvas(each, value) for each, value in zip(opened, (plain, marked), strict=True)
    )
    low, high = top, bottom
    while low < high:  # rows are written from the top, so the first that differs can be halved for
        middle = (low + high) // 2
        row = (left, middle, right, middle + 1)
        if first.crop(row).tobytes() == second.crop(row).tobytes():
            low = middle + 1
        else:
            high = middle
    if low == top:
        raise TruncatedMediaError(
            "the input ends before its first row of pixels", stage="decode", where=info.uri
        )
    return first, low


def _on_canvas(image: ImageFile.ImageFile, value: int | None) -> Image.Image:
    """Decode onto a canvas of one value, and return what is there when the decoder gives up."""
    prepare = image.load_prepare

    def prepared() -> None:
        prepare()
        if value is not None:
            bands = len(image.getbands())
            color = value if bands == 1 else (value,) * bands
            image.im.paste(color, (0, 0, *image.size))

    image.load_prepare = prepared  # type: ignore[method-assign]  # of this one image
    with suppress(*FOREIGN):
        image.load()
    whole = image._new(image.im)
    whole.info = dict(image.info)
    return whole


def fill_missing(
    image: Image.Image, rows: int, background: str, profile: bytes | None
) -> Image.Image:
    """Return the picture with everything below its whole rows in one colour.

    Args:
        image: A picture in one of the five modes, in the colours of its profile.
        rows: How many rows are whole.
        background: The colour, in sRGB.
        profile: What the samples mean; None is sRGB.
    """
    color = Image.new("RGB", (1, 1), parse_color(background))
    if profile is not None and image.mode in ("RGB", "RGBA"):
        color = from_srgb(color, profile) or color
    missing = (image.width, image.height - rows)
    if missing[1]:
        image.paste(color.convert(image.mode).resize(missing), (0, rows))
    return image
