"""What a file says of its colours: profiles and the code points of ITU-T H.273."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["ColorInfo", "IccSpace"]

MAX_DESCRIPTION: Final = 80  # characters of a profile's name that are kept

IccSpace: TypeAlias = Literal["RGB", "GRAY", "CMYK", "LAB", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorInfo:
    """What the file says of its colours; None where it says nothing."""

    model: Literal["rgb", "gray", "cmyk", "palette", "lab", "unknown"] = "unknown"
    """How the stored samples are to be read, before any conversion."""

    icc_space: IccSpace | None = None
    """Data colour space of the embedded ICC profile (ICC.1:2022 7.2.6)."""

    icc_description: str | None = None
    """Description text of the embedded ICC profile, such as ``"Display P3"``."""

    icc_bytes: int = 0
    """Length of the embedded ICC profile in bytes; 0 without one."""

    primaries: int | None = None
    """Colour primaries code point (ITU-T H.273 8.1) from nclx or cICP."""

    transfer: int | None = None
    """Transfer characteristics code point (ITU-T H.273 8.2); 16 is PQ, 18 is HLG."""

    matrix: int | None = None
    """Matrix coefficients code point (ITU-T H.273 8.3)."""

    full_range: bool | None = None
    """Whether samples use the full range."""

    def __post_init__(self) -> None:
        text = self.icc_description
        if text is not None:  # it comes from the file: one line, and not a long one
            clean = "".join(char if char.isprintable() else " " for char in text)
            object.__setattr__(self, "icc_description", clean.strip()[:MAX_DESCRIPTION])

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer characteristics are PQ or HLG."""
        return self.transfer in (16, 18)
