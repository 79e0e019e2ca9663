"""Loads what Pillow loads when it is first needed, for a process that will open no file later."""

from __future__ import annotations

from PIL import Image, ImageCms, ImageFont

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load all plug-ins of formats, the colour machine and the built-in font."""
    Image.init()
    ImageCms.createProfile("sRGB")
    ImageFont.load_default(12)
