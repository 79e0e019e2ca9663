"""Names that may grow: a built-in table, then entry points, loaded on first use.

Law: nothing is imported or scanned before somebody asks for a name. A plug-in that fails to import
breaks only its own name. Built-in names win over entry points of the same name.
"""

from __future__ import annotations

import difflib
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

from mediaflow.errors import (
    MissingExtraError,
    SpecError,
    UnknownNameError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

__all__ = ["Entry", "Registry", "did_you_mean"]

T = TypeVar("T")

PLUGINS_VARIABLE: Final = "MEDIAFLOW_PLUGINS"  # "off", or a comma-separated list of plug-in names


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a name is implemented and what must be installed for it."""

    target: str
    """``package.module:attribute``."""

    extra: str | None = None
    """The extra of the distribution that installs what the target imports."""


def did_you_mean(name: str, known: Mapping[str, object] | list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for a near miss, else an empty string."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


class Registry(Generic[T]):
    """A table of names, each loaded when it is first asked for.

    Args:
        what: The noun for error messages, such as ``"image format"``.
        group: The entry-point group that outside packages use.
        builtin: Rows of this library, sorted by name.
        meant: Other words for some names, which errors explain.
    """

    def __init__(
        self,
        what: str,
        *,
        group: str,
        builtin: Mapping[str, Entry],
        meant: Mapping[str, str] | None = None,
    ) -> None:
        self.what = what
        self._meant: dict[str, str] = dict(meant or {})
        self.group = group
        self._entries: dict[str, Entry] = dict(builtin)
        self._loaded: dict[str, T] = {}
        self._plugins: dict[str, EntryPoint] | None = None
        self._lock = threading.RLock()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.names()

    def __getitem__(self, name: str) -> T:
        """Return the implementation of a name.

        Raises:
            UnknownNameError: Nothing has that name.
            MissingExtraError: The name is known, but what it needs is not installed.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            return self._loaded[name]

    def names(self) -> tuple[str, ...]:
        """Return all names, built in and from entry points, sorted."""
        with self._lock:
            return tuple(sorted({*self._entries, *self._loaded, *self._scan()}))

    def builtin_names(self) -> tuple[str, ...]:
        """Return the names of this library's own table, in table order."""
        return tuple(self._entries)

    def register(self, name: str, value: T, *, replace: bool = False) -> None:
        """Add a name for this process only; workers elsewhere need an entry point.

        Raises:
            SpecError: The name is taken and ``replace`` is false.
        """
        with self._lock:
            if not replace and name in self.names():
                message = f"{self.what} {name!r} exists already"
                raise SpecError(message, hint="pass replace=True to take it over")
            self._loaded[name] = value

    def load_plugins(self) -> None:
        """Load all that comes from entry points, for a process that will open no file later.

        One that cannot be loaded is told when somebody asks for it.
        """
        with self._lock:
            for name in self._scan():
                with suppress(UnsupportedError):
                    _ = self[name]

    def _load(self, name: str) -> T:
        if name in self._entries:
            return self._import(name, self._entries[name])
        if name not in self._scan():
            raise self.unknown(name)
        try:
            return cast("T", self._scan()[name].load())
        except (AttributeError, ImportError) as exc:
            raise UnsupportedError(
                f"{self.what} {name!r} comes from a plug-in that cannot be loaded: {exc}",
                hint="update or remove the package that provides it",
            ) from exc

    def _import(self, name: str, entry: Entry) -> T:
        module, _, attribute = entry.target.partition(":")
        try:
            return cast("T", getattr(import_module(module), attribute))
        except ImportError as exc:
            if entry.extra is None:
                raise
            line = f"pip install 'pymediaflow[{entry.extra}]'"
            message = f"{self.what} {name!r} needs {exc.name or entry.extra!r}: {line}"
            raise MissingExtraError(message, hint=line) from exc

    def unknown(self, name: str) -> UnknownNameError:
        """Return the error for a name that nothing has."""
        known = list(self.names())
        meant = self._meant.get(name.casefold())
        near = f"; did you mean {meant!r}?" if meant else did_you_mean(name, known)
        return UnknownNameError(
            f"no {self.what} called {name!r}{near} (known: {', '.join(known)})", value=name
        )

    def _scan(self) -> dict[str, EntryPoint]:
        if self._plugins is None:
            wanted = os.environ.get(PLUGINS_VARIABLE)
            if wanted == "off":
                self._plugins = {}
            else:
                from importlib.metadata import entry_points  # 30 ms, and most names are built in

                found = {point.name: point for point in entry_points(group=self.group)}
                allowed = None if wanted is None else {part.strip() for part in wanted.split(",")}
                self._plugins = {
                    name: point
                    for name, point in found.items()
                    if allowed is None or name in allowed
                }
        return self._plugins
