"""Sound: decode, mix, encode."""

from __future__ import annotations
