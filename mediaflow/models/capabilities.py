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

    backend: str = "pillow"
    """Name of the back end that can do all this."""

    deep_formats: tuple[str, ...] = ()
    """Formats in which 16 bits a channel are kept from end to end, sorted."""

    others: tuple[Capabilities, ...] = ()
    """What the optional back ends can do that are installed and may be used."""

    two_pass_codecs: tuple[str, ...] = ()
    """Codecs of film whose encoder can look at all frames before it spends bits, sorted."""

    withheld: tuple[str, ...] = ()
    """Formats that are not read for strangers, since their decoders need isolation; sorted."""

    @property
    def readable(self) -> tuple[str, ...]:
        """Image formats that any of the back ends decodes, sorted."""
        return tuple(sorted({*self.decoders, *(n for o in self.others for n in o.decoders)}))
