"""Loads what Pillow loads when it is first needed, for a process that will open no file later."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Final

from PIL import Image, ImageCms, ImageDraw, ImageFilter, ImageFont

__all__ = ["warm_up"]

LATE: Final = ("pillow_heif", ImageDraw.__name__, ImageFilter.__name__, "PIL.features")
"""What filters, lettering and the gate import where they need it."""


def warm_up() -> None:
    """Load all plug-ins of formats, late modules, the colour machine and the built-in font."""
    for name in LATE:
        with suppress(ImportError):  # an extra that is not installed
            import_module(name)
    Image.init()
    ImageCms.createProfile("sRGB")
    ImageFont.load_default(12)
    with suppress(ImportError):  # an extra that is not installed
        import_module("pillow_heif")
