"""Encodes one picture by its step, in memory.

Law: nothing is left to Pillow's defaults: which metadata a format keeps differs from format to
format, so every kind of it is passed by name. Arguments come from the plan.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image

from mediaflow.errors import EncodeError
from mediaflow.image.color import to_srgb
from mediaflow.image.pillow.gif import write_gif
from mediaflow.image.pillow.raster import twin
from mediaflow.image.translate import translated
from mediaflow.models.color import parse_color
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.frames import Raster
    from mediaflow.planning.steps import EncodeStep

__all__ = ["encode", "flatten"]

OPAQUE: Final = (255, 255)
_NO_METADATA: Final[dict[str, dict[str, object]]] = {
    "avif": {"exif": b"", "xmp": b""},
    "jpeg": {"exif": b"", "xmp": b"", "comment": b""},
    "png": {},
    "webp": {"exif": b"", "xmp": b""},
}
_BUFFER_TOO_SMALL: Final = ("broken data stream", "encoder error")  # Pillow's words for it
_ONLY_COLOR: Final = ("avif", "gif", "webp")  # encoders without a gray mode


def encode(raster: Raster[Image.Image], step: EncodeStep) -> tuple[bytes, tuple[Notice, ...]]:
    """Encode one picture.

    Args:
        raster: A finished picture; it stays as it is.
        step: Format, arguments and the background for transparent parts.

    Returns:
        The file, and the notices that turned out to be true.

    Raises:
        EncodeError: The encoder failed.
    """
    notices, profile = step.notices, raster.icc_profile
    with translated(stage="encode"):
        image = _without_needless_alpha(raster.picture)
        if image.mode not in ("LA", "RGBA"):
            notices = tuple(note for note in notices if note.code != "alpha_flattened")
        elif step.flatten:
            image = flatten(image, parse_color(step.output.background))
        if step.format in _ONLY_COLOR and image.mode in ("L", "LA"):
            if profile is not None:  # a gray profile does not fit colour samples
                image, profile = to_srgb(image, profile) or image, None
            image = image.convert("RGBA" if image.mode.endswith("A") else "RGB")
    if raster.is_color_assumed:
        notices = tuple(_assumed(note) for note in notices)
    if step.format == "gif":
        return _gif(image, step, notices)
    arguments: dict[str, object] = {
        **_NO_METADATA[step.format],
        **dict(step.arguments),
        "icc_profile": profile,
    }
    try:
        return _save(image, step.format, arguments), notices
    except EncodeError as exc:
        # libjpeg fits tables and orders scans in one buffer whose size Pillow guesses; a noisy
        # picture can be larger, and only a plain baseline file can then be written
        too_large = any(words in exc.message for words in _BUFFER_TOO_SMALL)
        if not too_large or not (arguments.get("optimize") or arguments.get("progressive")):
            raise
        arguments |= {"optimize": False, "progressive": False}
        text = "too noisy to be optimized or progressive; written as a plain baseline JPEG"
        notices = (*notices, Notice(code="option_ignored", message=text))
        return _save(image, step.format, arguments), notices


def _save(image: Image.Image, name: str, arguments: dict[str, object]) -> bytes:
    with translated(stage="encode"), _memory(name) as file:
        twin(image).save(file, name.upper(), **arguments)
        file.seek(0)
        return file.read()


def _gif(
    image: Image.Image, step: EncodeStep, notices: tuple[Notice, ...]
) -> tuple[bytes, tuple[Notice, ...]]:
    with translated(stage="encode"):
        opaque = not image.mode.endswith("A")
        data, is_exact = write_gif([(image, 0)], dict(step.arguments), is_opaque_still=opaque)
    if is_exact:
        notices = tuple(note for note in notices if note.code != "colors_reduced")
    return data, notices


def _memory(name: str) -> BinaryIO:
    """Return a file in memory.

    Pillow's JPEG encoder lets other threads run only when it writes to a descriptor.
    """
    if name == "jpeg" and hasattr(os, "memfd_create"):
        with suppress(OSError):  # no descriptors left, or a sandbox without it
            return os.fdopen(os.memfd_create("mediaflow"), "w+b")
    return io.BytesIO()


def _assumed(notice: Notice) -> Notice:
    if notice.code != "color_converted":
        return notice
    return Notice(code="color_assumed", message="the embedded profile is unusable; taken as sRGB")


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "RGBA") and image.getchannel("A").getextrema() == OPAQUE:
        return image.convert(image.mode[:-1])
    return image


def flatten(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """Lay a picture with alpha on a colour.

    Args:
        image: Mode LA or RGBA.
        background: Red, green and blue, 0 to 255.
    """
    alpha = image.getchannel("A")
    canvas = Image.new("RGB", image.size, background)
    canvas.paste(image.convert("RGB"), mask=alpha)  # releases the GIL, alpha_composite does not
    return canvas
