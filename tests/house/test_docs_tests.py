"""What a page says to be shown by a test is shown by one that exists."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMED = re.compile(r"`(test_\w+)`")
PAGES = sorted(
    page for page in ROOT.glob("docs/**/*.md") if NAMED.search(page.read_text(encoding="utf-8"))
)


def _tests() -> set[str]:
    """Return the names of all tests."""
    found: set[str] = set()
    for file in ROOT.glob("tests/**/test_*.py"):
        tree = ast.parse(file.read_bytes())
        found |= {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
    return found


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_tests_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    missing = set(NAMED.findall(text)) - _tests()

    assert missing == set()


def test_threats_of_a_service_name_tests() -> None:
    text = (ROOT / "docs/explanation/service-threats.md").read_text(encoding="utf-8")

    assert len(set(NAMED.findall(text))) >= 20
