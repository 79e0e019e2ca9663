"""What the project file promises."""

from __future__ import annotations

import re
import tomllib

from tests.house.source import PACKAGE, ROOT, modules, rooms

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CORE = {"av", "fsspec", "numpy", "pillow", "typing-extensions"}


def test_core_has_five_dependencies() -> None:
    names = {re.split(r"[<>=\[ ]", line)[0] for line in PROJECT["dependencies"]}

    assert names == CORE


def test_every_extra_that_a_text_names_exists() -> None:
    named = {
        extra
        for module in modules()
        for extra in re.findall(r"pymediaflow\[([\w-]+)\]", module.text)
        + re.findall(r"Entry\([^)]*extra=\"([\w-]+)\"", module.text)
    }

    assert named <= set(PROJECT["optional-dependencies"])


def test_types_are_announced() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_every_room_has_a_layer() -> None:
    (layers,) = (
        contract["layers"]
        for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    named = set(re.findall(r"\w+", " ".join(layers)))

    assert rooms() - {"py", "testing"} <= named


def test_every_ruff_exception_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("\nignore = [")[2].partition("]")[0]
    rows = [line for line in section.splitlines() if line.strip()]

    assert rows
    assert [line for line in rows if "# " not in line] == []
