"""What a file may go on saying of itself when it is made anew.

Law: words only; what they mean for a picture and for a film stands where these are written.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["MetadataPolicy"]

MetadataPolicy: TypeAlias = Literal["strip", "safe", "keep"]
"""``"strip"`` keeps nothing, ``"safe"`` what is said to everybody (title, people, rights, language,
chapters, cover), ``"keep"`` all that can be kept."""
