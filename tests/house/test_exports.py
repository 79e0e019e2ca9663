"""The front door: one list of names, said three times and equal, each of them there."""

from __future__ import annotations

import ast

import mediaflow
from tests.house.source import PACKAGE, export_order, rooms

TREE = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))


def _lazy_table() -> dict[str, str]:
    """Return the one literal table of the module: name to where it is."""
    values = [node.value for node in TREE.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    (table,) = (ast.literal_eval(value) for value in values if isinstance(value, ast.Dict))
    return dict(table)


def _names_for_checkers() -> list[str]:
    (block,) = (node for node in TREE.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    return [
        alias.asname or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def test_exports_are_sorted() -> None:
    assert mediaflow.__all__ == sorted(set(mediaflow.__all__), key=export_order)


def test_lazy_table_is_sorted_and_holds_the_exports() -> None:
    table = _lazy_table()

    assert list(table) == sorted(table, key=export_order)
    assert set(table) == set(mediaflow.__all__)


def test_checkers_see_the_same_names() -> None:
    assert set(_names_for_checkers()) - {"Final"} == set(mediaflow.__all__)


def test_every_export_is_there() -> None:
    missing = [name for name in mediaflow.__all__ if getattr(mediaflow, name, None) is None]

    assert missing == []
    assert set(mediaflow.__all__) <= set(dir(mediaflow))


def test_no_verb_is_called_like_a_room() -> None:
    verbs = {name for name in mediaflow.__all__ if callable(getattr(mediaflow, name))}

    assert verbs & rooms() == set()


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(mediaflow, "porcess")
