"""Second inputs: what a filter needs beside the picture that it changes.

Law: an asset says where something is and what it must be; nothing is opened here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mediaflow.models.job import Source

__all__ = ["Asset", "AssetKind"]

AssetKind: TypeAlias = Literal["picture", "file"]
"""A picture is probed and decoded like any input; of a file only the bytes are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One second input."""

    source: Source = field(kw_only=False, repr=False)
    """Where it is; may hold a signed query, so it is never shown unredacted."""

    holds: AssetKind = "picture"
    """Whether it is decoded."""

    max_bytes: int | None = None
    """Largest size of the file in bytes, below what the limits allow anyway."""
