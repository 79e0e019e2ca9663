"""Colours that a caller names: #rgb, #rrggbb, and the CSS basic words.

Source: CSS Color Module Level 4, 5.2 (hex notation) and 6.1 (named colours, the first sixteen).
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from mediaflow.errors import SpecError
from mediaflow.registry import did_you_mean

__all__ = ["NAMED_COLORS", "Rgb", "parse_color"]

Rgb: TypeAlias = tuple[int, int, int]

NAMED_COLORS: Final[dict[str, Rgb]] = {
    "aqua": (0, 255, 255),
    "black": (0, 0, 0),
    "blue": (0, 0, 255),
    "fuchsia": (255, 0, 255),
    "gray": (128, 128, 128),
    "green": (0, 128, 0),
    "lime": (0, 255, 0),
    "maroon": (128, 0, 0),
    "navy": (0, 0, 128),
    "olive": (128, 128, 0),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "silver": (192, 192, 192),
    "teal": (0, 128, 128),
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
}

_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def parse_color(text: str, *, name: str = "background") -> Rgb:
    """Return red, green and blue, 0 to 255, of a colour word or hex notation.

    Args:
        text: The word or the notation.
        name: Name of the field, for messages.

    Raises:
        SpecError: The text is neither.

    Example:
        >>> parse_color("#f80")
        (255, 136, 0)
    """
    if isinstance(text, str):
        named = NAMED_COLORS.get(text.lower())
        if named is not None:
            return named
        if _HEX.fullmatch(text):
            digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
            red, green, blue = bytes.fromhex(digits)
            return red, green, blue
    near = did_you_mean(str(text), list(NAMED_COLORS))
    raise SpecError(
        f"{name} {text!r} is no colour{near}",
        hint="write '#rrggbb', '#rgb' or a CSS basic colour word",
        value=text,
    )
