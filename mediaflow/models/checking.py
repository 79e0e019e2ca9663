"""Checks that specs share: a value is what its field takes, or a SpecError says what it must be.

Law: each check knows one field and no other; nothing is opened or looked up.
"""

from __future__ import annotations

import math
import re
from typing import Final

from mediaflow.errors import SpecError
from mediaflow.registry import did_you_mean

__all__ = [
    "check_choice",
    "check_count",
    "check_flag",
    "check_format",
    "check_length",
    "check_name",
    "check_number",
    "check_pixels",
    "check_suffix",
    "check_type",
]

MAX_LENGTH: Final = 1_000_000  # px; larger than any encoder's edge, small enough to multiply freely
MAX_PERCENT: Final = 1_000

_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)%")


def check_format(value: object) -> None:
    """Refuse what is no name of a format.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, str) or not value:
        raise SpecError(
            f"format must be a name such as 'jpeg' or 'webp', got {value!r}",
            field="format",
            value=value,
        )


def check_pixels(name: str, value: object) -> None:
    """Refuse what is no length in px; None passes.

    Raises:
        SpecError: It is something else.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_LENGTH:
        raise SpecError(
            f"{name} must be a whole number of px from 1 to {MAX_LENGTH:,}, got {value!r}",
            hint=f"leave {name} out to let it follow the other side",
            field=name,
            value=value,
        )


def check_length(name: str, value: object) -> None:
    """Refuse what is neither px nor a share such as ``"50%"``.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, str):
        check_pixels(name, value)
        return
    match = _PERCENT.fullmatch(value)
    if match is None or not 0 < float(match[1]) <= MAX_PERCENT:
        raise SpecError(
            f"{name} must be px or a share such as '50%' up to {MAX_PERCENT}%, got {value!r}",
            field=name,
            value=value,
        )


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse a word that is not one of the choices, with the nearest one.

    Raises:
        SpecError: It is something else.
    """
    if value not in choices:
        near = did_you_mean(str(value), list(choices))
        raise SpecError(
            f"{name} must be one of {', '.join(choices)}, got {value!r}{near}",
            field=name,
            value=value,
        )


def check_flag(name: str, value: object) -> None:
    """Refuse anything but True and False.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, bool):
        raise SpecError(f"{name} must be true or false, got {value!r}", field=name, value=value)


def check_type(name: str, value: object, classes: tuple[type, ...], example: str) -> None:
    """Refuse what is of none of the classes; None passes.

    Raises:
        SpecError: It is something else.
    """
    if value is not None and not isinstance(value, classes):
        raise SpecError(
            f"{name} must be a typed value such as {example}, got {value!r:.80}",
            field=name,
            value=value,
        )


def check_suffix(name: str, value: object) -> None:
    """Refuse text that would leave its file name.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, str) or any(char in value for char in "/\\\0{}"):
        raise SpecError(
            f"{name} must be text without '/', '\\', '{{' and '}}', got {value!r}",
            field=name,
            value=value,
        )


def check_number(name: str, value: object, most: float, *, zero: bool = False) -> None:
    """Refuse what is no number above 0 (or from 0) up to a bound.

    Raises:
        SpecError: It is so.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    usable = number and math.isfinite(float(str(value))) and 0 <= float(str(value)) <= most
    if not usable or (value == 0 and not zero):
        least = "from 0" if zero else "above 0"
        raise SpecError(
            f"{name} must be a number {least} to {most:,}, got {value!r:.80}",
            field=name,
            value=value,
        )


def check_count(
    name: str, value: object, least: int, most: int, *, hint: str | None = None
) -> None:
    """Refuse what is neither None nor a whole number between two bounds.

    Raises:
        SpecError: It is so.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SpecError(
            f"{name} must be a whole number {least:,} to {most:,}, got {value!r:.80}",
            hint=hint,
            field=name,
            value=value,
        )


def check_name(name: object) -> None:
    """Refuse a name of an output that is neither None nor text.

    Raises:
        SpecError: It is so.
    """
    if name is not None and not (isinstance(name, str) and name):
        raise SpecError(f"name must be text, got {name!r}", field="name")
