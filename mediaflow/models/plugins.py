"""The open base of encoder options.

Law: a class here is its own options. Anybody may add one; it is found by its ``kind`` through a
registry that lives beside the built-in ones and is named here only by its import string.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import ClassVar, cast

from mediaflow.errors import SpecError
from mediaflow.registry import did_you_mean

__all__ = ["EncoderOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions:
    """Base of the typed options of one encoder; subclasses are frozen dataclasses.

    A subclass gives its format's name as the default of ``kind`` and checks its values in
    ``__post_init__``.
    """

    kind: str

    resolver: ClassVar[str] = "mediaflow.formats:options_of"

    @classmethod
    def member_of_kind(cls, kind: str) -> type[EncoderOptions]:
        """Return the options class of a format.

        Raises:
            UnknownNameError: No format has that name.
        """
        return cast("type[EncoderOptions]", _resolve(cls.resolver, kind))

    def allows_exact(self) -> bool:
        """Tell whether exact pixels can be asked for with these options."""
        return True

    def check_range(self, name: str, low: int, high: int) -> None:
        """Refuse a number outside ``low`` to ``high``.

        Raises:
            SpecError: The field's value is out of range or no whole number.
        """
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SpecError(
                f"{self.kind} option {name!r} must be a whole number {low} to {high}, "
                f"got {value!r}",
                field=name,
                value=value,
            )

    def check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        """Refuse a word that is not one of the choices.

        Raises:
            SpecError: The field's value is not a choice.
        """
        value = getattr(self, name)
        if value not in choices:
            near = did_you_mean(str(value), list(choices))
            raise SpecError(
                f"{self.kind} option {name!r} must be one of {', '.join(choices)}, "
                f"got {value!r}{near}",
                field=name,
                value=value,
            )

    def check_flags(self) -> None:
        """Refuse anything but True and False where the type is ``bool``.

        Raises:
            SpecError: A flag holds something else.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type in ("bool", bool) and not isinstance(value, bool):
                raise SpecError(
                    f"{self.kind} option {field.name!r} must be true or false, got {value!r}",
                    field=field.name,
                    value=value,
                )


def _resolve(target: str, kind: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)(kind)
