"""ICC profiles built from their specification, so that no file and no CMM is needed to have them.

Source: ICC.1:2022 (profile version 4.4) 7 (structure), 9.2 (tags), 10.13 (mluc), 10.18 (para),
10.31 (XYZ); annex E (Bradford adaptation to D50).
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

__all__ = ["DISPLAY_P3", "display_p3_profile", "gray_profile", "hdr_profile", "rgb_profile"]

DISPLAY_P3: Final = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
"""CIE x and y of red, green and blue (SMPTE EG 432-1); the white point is D65."""

_D65: Final = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
_D50: Final = np.array([0.9642, 1.0, 0.8249])
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def display_p3_profile() -> bytes:
    """Return a profile of Display P3."""
    return rgb_profile("Display P3", DISPLAY_P3)


def hdr_profile(transfer: int) -> bytes:
    """Return a profile that names a transfer by its code point (9.2.17), beside plain curves."""
    points = b"cicp" + bytes(4) + bytes([9, transfer, 0, 1])
    return rgb_profile("an HDR profile", DISPLAY_P3, {"cicp": points})


def rgb_profile(
    description: str,
    primaries: tuple[tuple[float, float], ...],
    more: dict[str, bytes] | None = None,
) -> bytes:
    """Return a matrix profile with the transfer curve of sRGB and the white point D65."""
    columns = np.stack([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries], axis=-1)
    to_xyz = columns * np.linalg.solve(columns, _D65)
    cone = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ _D65))
    adapted = np.linalg.inv(_BRADFORD) @ cone @ _BRADFORD @ to_xyz
    tags = {f"{name}XYZ": _xyz(adapted[:, index]) for index, name in enumerate("rgb")}
    tags |= {f"{name}TRC": _curve() for name in "rgb"}
    return _profile(b"RGB ", description, tags | (more or {}))


def gray_profile(gamma: float = 1.0) -> bytes:
    """Return a gray profile of one gamma; 1.0 says that samples are linear in light."""
    curve = b"para" + bytes(4) + struct.pack(">HHi", 0, 0, round(gamma * 65536))
    return _profile(b"GRAY", f"gray, gamma {gamma:g}", {"kTRC": curve})


def _xyz(values: object) -> bytes:
    numbers = np.rint(np.asarray(values) * 65536).astype(int)
    return b"XYZ " + bytes(4) + struct.pack(">3i", *numbers.tolist())


def _curve() -> bytes:
    # parametric curve type 3 (10.18): Y = (aX + b)^g above d, cX below
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    fixed = [round(number * 65536) for number in numbers]
    return b"para" + bytes(4) + struct.pack(">HH5i", 3, 0, *fixed)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    head = struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
    return b"mluc" + bytes(4) + head + encoded


def _profile(space: bytes, description: str, tags: dict[str, bytes]) -> bytes:
    whole = {"desc": _text(description), "cprt": _text("no rights"), "wtpt": _xyz(_D50), **tags}
    table, body = b"", b""
    start = 128 + 4 + 12 * len(whole)
    for name, data in whole.items():
        table += struct.pack(">4sII", name.encode(), start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    header = struct.pack(
        ">I4xI4s4s4s12s4s", size, 0x04400000, b"mntr", space, b"XYZ ", bytes(12), b"acsp"
    )
    header += bytes(68 - len(header)) + _xyz(_D50)[8:]
    return header + bytes(128 - len(header)) + struct.pack(">I", len(whole)) + table + body
