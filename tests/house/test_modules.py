"""Every file of the library looks like its neighbours."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import Module, export_order, modules

# A package whose file says only what it is for has nothing to export; neither has a script.
MODULES = [
    module
    for module in modules()
    if not module.is_docstring_only and module.name != "mediaflow.__main__"
]
MAX_LINES = 500

every_module = pytest.mark.parametrize(
    "module", [pytest.param(module, id=module.name) for module in MODULES]
)


def _public_definitions(module: Module) -> set[str]:
    return {
        node.name
        for node in module.tree.body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and not node.name.startswith("_")
    }


@every_module
def test_module_says_what_it_knows(module: Module) -> None:
    first_line = (ast.get_docstring(module.tree) or "").partition("\n")[0]

    assert first_line.endswith((".", ":", "?"))
    assert len(first_line) <= 100


@every_module
def test_module_has_a_sorted_list_of_exports(module: Module) -> None:
    exports = module.exports

    assert exports is not None, "no __all__"
    assert exports == sorted(set(exports), key=export_order)


@every_module
def test_module_exports_every_public_definition(module: Module) -> None:
    assert _public_definitions(module) <= set(module.exports or ())


@every_module
def test_module_postpones_annotations(module: Module) -> None:
    assert "from __future__ import annotations" in module.text


@every_module
def test_module_is_short_enough_to_read(module: Module) -> None:
    assert len(module.text.splitlines()) <= MAX_LINES


@every_module
def test_every_silenced_checker_has_a_code_and_a_reason(module: Module) -> None:
    silenced = [
        line for line in module.text.splitlines() if re.search(r"#\s*(type: ignore|noqa)", line)
    ]
    reasoned = re.compile(r"#\s*(type: ignore\[[\w, -]+\]|noqa: [A-Z0-9, ]+)\s+#\s*\S+")

    assert [line for line in silenced if not reasoned.search(line)] == []
