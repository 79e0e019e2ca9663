"""``mediaflow doctor``: what is installed and whether it works; for a report of a problem.

Law: of variables and profiles it shows names, never values.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

import typer

from mediaflow import __version__
from mediaflow.cli.terminal import (
    FAILED,
    file_size,
    new_table,
    reported,
    rows,
    say_error,
    show_table,
)
from mediaflow.errors import SpecError
from mediaflow.executors.threads import THREADS_VARIABLE, available_threads
from mediaflow.registry import PLUGINS_VARIABLE
from mediaflow.security.sandbox import sandbox_support
from mediaflow.storage.profiles import load_profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["EXTRAS", "doctor"]

EXTRAS: Final[dict[str, tuple[str, ...]]] = {
    "azure": ("adlfs",),
    "cli": ("rich", "typer"),
    "dask": ("distributed",),
    "fastapi": ("fastapi",),
    "gcs": ("gcsfs",),
    "heif": ("pillow-heif",),
    "s3": ("s3fs",),
    "service": ("aiortc", "fastapi", "httptools", "uvicorn", "websockets"),
    "vips": ("pyvips",),
    "webrtc": ("aiortc",),
}
"""Extras of the distribution, and the packages that each installs."""

PREFIX: Final = "MEDIAFLOW_"


@dataclass(frozen=True, slots=True)
class _Finding:
    """One line of the table."""

    topic: str
    name: str
    value: str
    problem: bool = False


def doctor() -> None:
    """Show what is installed, what is missing and what is broken."""
    with reported():
        findings = [finding for examine in _EXAMINATIONS for finding in examine()]
        table = new_table(("topic", "left"), ("name", "left"), ("value", "left"))
        show_table(rows(table, _cells(findings)))
        problems = [finding for finding in findings if finding.problem]
        for finding in problems:
            say_error(f"{finding.name}: {finding.value}")
    if problems:
        raise typer.Exit(FAILED)


def _cells(findings: list[_Finding]) -> Iterator[tuple[str, ...]]:
    topic = ""
    for finding in findings:
        yield ("" if finding.topic == topic else finding.topic, finding.name, finding.value)
        topic = finding.topic


def _program() -> Iterator[_Finding]:
    yield _Finding("program", "mediaflow", __version__)
    python = f"{platform.python_version()} ({platform.python_implementation()}, {sys.executable})"
    yield _Finding("program", "Python", python)
    yield _Finding("program", "system", platform.platform())


def _core() -> Iterator[_Finding]:
    for name in ("numpy", "fsspec", "typing-extensions"):
        found = _version(name)
        yield _Finding("core", name, found or "not installed", problem=found is None)
    yield from _codecs("Pillow", _pillow)
    yield from _codecs("PyAV", _libav)
    if _version("pyvips") is not None:
        yield from _codecs("pyvips", _vips)
    if _version("pillow-heif") is not None:
        yield from _codecs("pillow-heif", _heif)


def _pillow() -> dict[str, str | None]:
    from mediaflow.image.versions import codec_versions

    return codec_versions()


def _libav() -> dict[str, str | None]:
    from mediaflow.libav.versions import libav_versions

    return dict(libav_versions())


def _vips() -> dict[str, str | None]:
    from mediaflow.image.vips import vips_versions

    return dict(vips_versions())


def _heif() -> dict[str, str | None]:
    from mediaflow.image.versions import heif_versions

    return heif_versions()


def _codecs(name: str, versions: Callable[[], dict[str, str | None]]) -> Iterator[_Finding]:
    try:
        found = versions()
    except (ImportError, OSError) as exc:  # a shared library that does not fit is an OSError
        yield _Finding(name, name, f"cannot be imported: {exc}", problem=True)
        return
    for library, number in found.items():
        yield _Finding(name, library, number or "not built in")


def _extras() -> Iterator[_Finding]:
    for extra, packages in EXTRAS.items():
        found = {package: _version(package) for package in packages}
        if None in found.values():
            yield _Finding("extras", extra, f"not installed: pip install 'pymediaflow[{extra}]'")
        else:
            value = ", ".join(f"{package} {number}" for package, number in found.items())
            yield _Finding("extras", extra, value)


def _plugins() -> Iterator[_Finding]:
    try:
        from mediaflow.cli.plugins import plugins

        found = list(plugins())
    except ImportError:  # a library of the core is broken, which is told above
        return
    for name, broken in found:
        value = "works" if broken is None else broken.reason
        yield _Finding("plug-ins", name, value, problem=broken is not None)
    if not found:
        off = os.environ.get(PLUGINS_VARIABLE) == "off"
        yield _Finding("plug-ins", f"off by {PLUGINS_VARIABLE}" if off else "none", "")


def _machine() -> Iterator[_Finding]:
    try:
        threads = str(available_threads())
        by = f" (by {THREADS_VARIABLE})" if THREADS_VARIABLE in os.environ else ""
        yield _Finding("machine", "threads", threads + by)
    except SpecError as exc:
        yield _Finding("machine", "threads", exc.message, problem=True)
    yield _scratch()
    yield _Finding("machine", "sandbox", str(sandbox_support()))


def _scratch() -> _Finding:
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        return _Finding("machine", "scratch", f"cannot be written: {exc}", problem=True)
    return _Finding("machine", "scratch", f"{folder}, {file_size(free)} free")


def _surroundings() -> Iterator[_Finding]:
    variables = sorted(name for name in os.environ if name.startswith(PREFIX))
    for name in variables:
        yield _Finding("variables", name, "set")
    if not variables:
        yield _Finding("variables", f"no {PREFIX}… variable", "")
    try:
        profiles = load_profiles()
    except SpecError as exc:
        yield _Finding("profiles", "profiles", exc.message, problem=True)
        return
    for name in sorted(profiles):
        yield _Finding("profiles", name, profiles[name].protocol)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


_EXAMINATIONS: Final = (_program, _core, _extras, _plugins, _machine, _surroundings)
