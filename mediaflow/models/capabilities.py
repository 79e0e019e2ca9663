"""What the installed back ends can do; planning decides with it and asks nobody else."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Capabilities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Formats and ways that are available in this process."""

    decoders: tuple[str, ...]
    """Image formats that can be decoded, sorted."""

    encoders: tuple[str, ...]
    """Image formats that can be encoded, sorted."""

    upright_decoders: tuple[str, ...]
    """Formats whose decoder turns the picture upright by itself, sorted."""

    fast_scaler: bool
    """Whether pictures can be scaled by libswscale."""
