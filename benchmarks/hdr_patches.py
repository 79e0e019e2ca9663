"""How far a film of patches of HDR is from what its colours are in SDR.

The formulas are those of ``mediaflow.testing.hdr``: BT.2390's curve, written one colour at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from mediaflow.testing.footage_films import read_patches
from mediaflow.testing.hdr import delta_e, held_codes, sdr_of

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 48


def mean_error(path: Path | str, transfer: str) -> float:
    """Return the mean CIEDE2000 of a film of the patches that became SDR."""
    codes = held_codes(transfer, COUNT)
    with av.open(str(path)) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
    shown = read_patches(picture, len(codes))
    errors = [
        delta_e([level / 255 for level in patch], sdr_of(code, transfer))
        for patch, code in zip(shown, codes, strict=True)
    ]
    return sum(errors) / len(errors)
