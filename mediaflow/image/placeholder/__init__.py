"""Describes a picture in a few bytes: BlurHash, ThumbHash, palette.

Law: arrays in, values out; no library of pictures, so that every back end can use it.
"""

from __future__ import annotations

from mediaflow.image.placeholder.blurhash import blurhash
from mediaflow.image.placeholder.palette import palette
from mediaflow.image.placeholder.thumbhash import thumbhash

__all__ = ["blurhash", "palette", "thumbhash"]
