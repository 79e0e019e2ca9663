"""Looks into the tables that other packages may extend, without falling over a broken plug-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from mediaflow.errors import MediaflowError
from mediaflow.executors import executors
from mediaflow.formats import audio_codecs, containers, image_formats, video_codecs
from mediaflow.image.backend import image_backends
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.registry import Registry

__all__ = ["Broken", "load", "plugins"]

T = TypeVar("T")

TABLES: Final[tuple[Registry[object], ...]] = (  # type: ignore[assignment]  # each is only read
    audio_codecs,
    containers,
    executors,
    image_backends,
    image_formats,
    video_codecs,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Why a name cannot be loaded."""

    reason: str


def load(table: Registry[T], name: str) -> T | Broken:
    """Return what a name stands for, or why it cannot be loaded."""
    try:
        return table[name]
    except MediaflowError as exc:
        return Broken(reason=exc.message)
    except Exception as exc:  # noqa: BLE001  # a plug-in is foreign code and fails as it likes
        return Broken(reason=redact(f"{type(exc).__name__}: {exc}"))


def plugins() -> Iterator[tuple[str, Broken | None]]:
    """Yield every name that another package brought, and what is wrong with it."""
    for table in TABLES:
        for name in table.names():
            if name not in table.builtin_names():
                loaded = load(table, name)
                yield f"{table.what} {name!r}", loaded if isinstance(loaded, Broken) else None
