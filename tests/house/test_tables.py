"""Tables of names are sorted, and every row of them leads somewhere."""

from __future__ import annotations

import importlib

import pytest

from mediaflow.errors import MissingExtraError
from mediaflow.registry import Registry
from tests.house.source import modules

# What needs an extra to be imported has no registry that others read.
WITHOUT_EXTRAS = [
    module.name
    for module in modules()
    if not module.name.startswith(
        ("mediaflow.cli", "mediaflow.__main__", "mediaflow.image.vips", "mediaflow.testing")
    )
]


def _registries() -> dict[str, Registry[object]]:
    found: dict[str, Registry[object]] = {}
    for name in WITHOUT_EXTRAS:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Registry):
                found[value.group] = value
    return found


REGISTRIES = _registries()
ROWS = [(group, name) for group, table in REGISTRIES.items() for name in table.builtin_names()]


def test_output_formats_have_a_registry() -> None:
    assert "mediaflow.formats" in REGISTRIES


@pytest.mark.parametrize("group", REGISTRIES)
def test_registry_is_sorted(group: str) -> None:
    names = REGISTRIES[group].builtin_names()

    assert list(names) == sorted(names)


@pytest.mark.parametrize(("group", "name"), ROWS)
def test_row_loads(group: str, name: str) -> None:
    try:
        row = REGISTRIES[group][name]
    except MissingExtraError as exc:
        pytest.skip(f"not installed: {exc.hint}")
    assert row is not None
