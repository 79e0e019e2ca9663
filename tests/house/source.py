"""The library's own source, as the house tests read it: without importing anything."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGE", "ROOT", "Module", "calls", "export_order", "modules", "rooms"]

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mediaflow"


@dataclass(frozen=True)
class Module:
    """One source file of the library."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def relative(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def name(self) -> str:
        dotted = self.relative.removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    @property
    def is_docstring_only(self) -> bool:
        return all(isinstance(node, (ast.Expr, ast.ImportFrom)) for node in self.tree.body) and (
            "__future__" in ast.unparse(self.tree.body[-1]) or len(self.tree.body) == 1
        )

    @property
    def exports(self) -> list[str] | None:
        """Return the literal value of ``__all__``, or None without one."""
        for node in self.tree.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name("__all__")], value=ast.expr() as value)
                    | ast.AnnAssign(target=ast.Name("__all__"), value=ast.expr() as value)
                ):
                    return list(ast.literal_eval(value))
        return None


def modules() -> list[Module]:
    """Return every source file of the library, sorted by path."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [Module(path, text, ast.parse(text)) for path, text in zip(paths, texts, strict=True)]


def rooms() -> set[str]:
    """Return the names of the library's rooms: its top-level packages and modules."""
    return {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()} - {
        "__init__",
        "__main__",
        "__pycache__",
    }


def export_order(name: str) -> tuple[int, list[tuple[str, int]]]:
    """Return the sort key of ruff's RUF022: constants, classes, the rest; numbers by value."""
    rank = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    parts = re.findall(r"(\D*)(\d*)", name)
    return rank, [(text, int(digits or 0)) for text, digits in parts]


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the dotted name and line of every attribute and name that the tree uses."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)):
            yield ast.unparse(node), node.lineno
