"""Pictures: decode, scale, colour, encode. The only room that knows Pillow."""

from __future__ import annotations
