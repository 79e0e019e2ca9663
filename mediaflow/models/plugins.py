"""The two open bases: options of an encoder, and filters.

Law: a class here is its own options. Anybody may add one; it is found by its ``kind`` through a
registry that lives beside the built-in ones and is named here only by its import string.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Self, cast

from mediaflow.errors import SpecError
from mediaflow.registry import did_you_mean

if TYPE_CHECKING:
    from mediaflow.models.assets import Asset

__all__ = ["EncoderOptions", "Filter", "Plugin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What the open bases share: a tag, the look-up of classes by it, and checks of values.

    A base names its look-up in ``resolver``; a subclass gives the default of ``kind`` and checks
    its values in ``__post_init__``.
    """

    kind: str

    resolver: ClassVar[str]
    noun: ClassVar[str] = "option"
    """What messages call a field."""

    @classmethod
    def member_of_kind(cls, kind: str) -> type[Self]:
        """Return the class that a tag means.

        Raises:
            UnknownNameError: Nothing has that name.
        """
        return cast("type[Self]", _resolve(cls.resolver, kind))

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
                f"{self.kind} {self.noun} {name!r} must be a whole number {low} to {high}, "
                f"got {value!r}",
                field=name,
                value=value,
            )

    def check_number(self, name: str, low: float, high: float) -> None:
        """Refuse what is no number from ``low`` to ``high``.

        Raises:
            SpecError: The field's value is out of range or no number.
        """
        value = getattr(self, name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise SpecError(
                f"{self.kind} {self.noun} {name!r} must be a number {low:g} to {high:g}, "
                f"got {value!r:.80}",
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
                f"{self.kind} {self.noun} {name!r} must be one of {', '.join(choices)}, "
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions(Plugin):
    """Base of the typed options of one encoder; subclasses are frozen dataclasses.

    The ``kind`` of a subclass is its format's name.
    """

    resolver: ClassVar[str] = "mediaflow.formats:options_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Plugin):
    """Base of everything that changes how a picture looks; subclasses are frozen dataclasses.

    A filter says what is wanted and how it is computed. :class:`mediaflow.filters.ColorFilter` and
    :class:`mediaflow.filters.PictureFilter` are the two ways to do so, and
    :class:`mediaflow.filters.TimedFilter` is one of them for each moment of a film.
    """

    resolver: ClassVar[str] = "mediaflow.filters:filter_of"
    noun: ClassVar[str] = "value"

    seconds_per_megapixel: ClassVar[float] = 0.02
    """Typical time on one core, for estimates."""

    needs_film: ClassVar[bool] = False
    """Whether it means nothing on a picture that is no frame of a film."""

    def assets(self) -> tuple[Asset, ...]:
        """Return the second inputs that it needs, such as a picture to lay over."""
        return ()

    def parts(self) -> tuple[Filter, ...]:
        """Return the filters that it stands for, in order; most stand for themselves."""
        return (self,)

    def words(self) -> str:
        """Return it in a few words for people, without locations of second inputs."""
        said = [self.kind]
        for field in fields(self):
            value = getattr(self, field.name)
            hidden = field.name == "kind" or not field.repr
            if not hidden and (field.default is MISSING or value != field.default):
                said.append(f"{value:g}" if isinstance(value, float) else f"{value}"[:40])
        return " ".join(said)


def _resolve(target: str, kind: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)(kind)
