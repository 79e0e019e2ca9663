"""Encodes one picture by its step, in memory.

Law: nothing is left to Pillow's defaults: which metadata a format keeps differs from format to
format, so every kind of it is passed by name. Arguments come from the plan, metadata from
:mod:`mediaflow.image.metadata`.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mediaflow.errors import EncodeError
from mediaflow.image.color import colored
from mediaflow.image.indexed import to_exact_palette, to_palette
from mediaflow.image.metadata.compose import compose
from mediaflow.image.pillow.gif import write_gif
from mediaflow.image.pillow.raster import twin
from mediaflow.image.translate import translated
from mediaflow.models.color import parse_color
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.frames import Raster, SourceMetadata
    from mediaflow.planning.steps import EncodeStep

__all__ = ["add_metadata", "encode", "flatten", "salvage_notice"]

PREDICTOR: Final = 317  # TIFF 6.0 section 14: differences of neighbours compress better
HORIZONTAL: Final = 2
XMP_PACKET: Final = 700  # XMP specification part 3, 3.3.2
OPAQUE: Final = (255, 255)
SMALL_PIXELS: Final = 65_536  # encoded within a millisecond: others wait less than a file costs
_NO_METADATA: Final[dict[str, dict[str, object]]] = {
    "avif": {"exif": b"", "xmp": b""},
    "jpeg": {"exif": b"", "xmp": b"", "comment": b""},
    "png": {},
    "tiff": {"exif": b"", "xmp": b""},
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
            image, profile = colored(image, profile)
            image = flatten(image, parse_color(step.output.background))
        few = dict(step.arguments).get("colors") is not None
        if step.format in _ONLY_COLOR or few:
            image, profile = colored(image, profile)
        if step.format == "png" and (few or profile is None or image.mode not in ("L", "LA")):
            image, notices = _few_colors(image, step, notices)
    if raster.is_color_assumed:
        notices = tuple(_assumed(note) for note in notices)
    notices = (*notices, *salvage_notice(raster))
    if step.format == "gif":
        return _gif(image, step, (*notices, *add_metadata({}, raster.metadata, step)))
    arguments: dict[str, object] = {
        **_NO_METADATA[step.format],
        **dict(step.arguments),
        "icc_profile": profile,
    }
    arguments.pop("colors", None)
    if step.format == "png" and image.mode == "P":
        arguments["transparency"] = image.info.get("transparency")
    notices = (*notices, *add_metadata(arguments, raster.metadata, step))
    if step.format == "tiff":
        arguments["tiffinfo"] = _tags_of_tiff(arguments)
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
    with translated(stage="encode"), _memory(name, image) as file:
        twin(image).save(file, name.upper(), **arguments)
        file.seek(0)
        return file.read()


def _tags_of_tiff(arguments: dict[str, object]) -> Image.Exif:
    """Return the directory of a TIFF file, where EXIF and XMP stand among the other tags."""
    tags = Image.Exif()
    exif, xmp = arguments.pop("exif"), arguments.pop("xmp")
    if isinstance(exif, bytes) and exif:
        tags.load(exif)
    if xmp:
        tags[XMP_PACKET] = xmp
    if arguments["compression"] != "raw":
        tags[PREDICTOR] = HORIZONTAL
    return tags


def salvage_notice(raster: Raster[Image.Image]) -> tuple[Notice, ...]:
    """Return what a picture lacks of a source that is cut off."""
    if raster.recovered is None:
        return ()
    text = f"the source is cut off; {raster.recovered * 100:.0f} % of the rows could be used"
    return (Notice(code="source_salvaged", message=text),)


def add_metadata(
    arguments: dict[str, object], source: SourceMetadata, step: EncodeStep
) -> tuple[Notice, ...]:
    """Add fresh EXIF and XMP blocks to the encoder's arguments; return what is missing in them."""
    if step.output.metadata == "strip":
        return ()
    made = compose(source, step.output.metadata, step.format)
    arguments["exif"] = made.exif
    if step.format == "png" and made.xmp:
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", made.xmp.decode())
        arguments["pnginfo"] = texts
    elif step.format != "png":
        arguments["xmp"] = made.xmp
    if not made.dropped:
        return ()
    text = f"left out of the metadata: {'; '.join(made.dropped)}"
    return (Notice(code="metadata_dropped", message=text),)


def _gif(
    image: Image.Image, step: EncodeStep, notices: tuple[Notice, ...]
) -> tuple[bytes, tuple[Notice, ...]]:
    with translated(stage="encode"):
        opaque = not image.mode.endswith("A")
        data, is_exact = write_gif([(image, 0)], dict(step.arguments), is_opaque_still=opaque)
    if is_exact:
        notices = tuple(note for note in notices if note.code != "colors_reduced")
    return data, notices


def _memory(name: str, image: Image.Image) -> BinaryIO:
    """Return a file in memory.

    Pillow's JPEG encoder lets other threads run only when it writes to a descriptor.
    """
    large = image.width * image.height > SMALL_PIXELS
    if name == "jpeg" and large and hasattr(os, "memfd_create"):
        with suppress(OSError):  # no descriptors left, or a sandbox without it
            return os.fdopen(os.memfd_create("mediaflow"), "w+b")
    return io.BytesIO()


def _few_colors(
    image: Image.Image, step: EncodeStep, notices: tuple[Notice, ...]
) -> tuple[Image.Image, tuple[Notice, ...]]:
    """Return a picture by its palette where it has few colours, or must have."""
    most = dict(step.arguments).get("colors")
    if most is None:
        return to_exact_palette(image) or image, notices
    indexed, is_exact = to_palette(image, int(most))
    if is_exact:
        notices = tuple(note for note in notices if note.code != "colors_reduced")
    return indexed, notices


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
