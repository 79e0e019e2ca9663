"""What commands share of the terminal: tables, JSON, errors and exit codes.

Law: results go to stdout, everything else to stderr. No text is ever read as markup, and no
control character of a file's name reaches the terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mediaflow.errors import (
    JobCancelledError,
    MediaflowError,
    OutputExistsError,
    OutputsFailedError,
    SourceError,
    SpecError,
    StorageError,
)
from mediaflow.models.quantities import file_size
from mediaflow.redact import printable as on_one_line
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mediaflow.models.result import JobResult
    from mediaflow.models.serde import Json

__all__ = [
    "CANCELLED",
    "FAILED",
    "NOTHING_PUBLISHED",
    "Column",
    "exit_code_of",
    "file_size",
    "is_interactive",
    "new_table",
    "printable",
    "reported",
    "rows",
    "say_error",
    "show_json",
    "show_table",
    "without_secrets",
]

FAILED: Final = 1
STORAGE: Final = 4
CANCELLED: Final = 130  # 128 + SIGINT, as shells say it
NOTHING_PUBLISHED: Final = "no output was published"
EXIT_CODES: Final[tuple[tuple[type[MediaflowError], int], ...]] = (
    (SpecError, 2),
    (SourceError, 3),
    (StorageError, STORAGE),
)

WIDE: Final = 200  # columns where nobody looks: a piped table is not broken into lines
_STORAGE_CODES: Final = {StorageError.code, OutputExistsError.code}

# Hints speak of arguments; a terminal has options.
_SPOKEN: Final = (
    (re.compile(r"\bif_exists=['\"](\w+)['\"]"), r"--if-exists \1"),
    (re.compile(r"\boutputs=ImageOutput\(\.\.\.\)"), "--format"),
    (re.compile(r"\bresize=True\b"), "--resize"),
    (re.compile(r"\bto=(?:\.{3}|(?=['\"]))"), "--to "),
)

Column: TypeAlias = tuple[str, Literal["left", "right"]]


@contextmanager
def reported() -> Iterator[None]:
    """Turn errors of a command into a message without a traceback and an exit code."""
    try:
        yield
    except (KeyboardInterrupt, JobCancelledError) as exc:
        say_error("cancelled", NOTHING_PUBLISHED)
        raise typer.Exit(CANCELLED) from exc
    except OutputsFailedError as exc:
        made = any(output.status == "completed" for output in exc.result.outputs)
        hint = "the other outputs are published; --partial accepts that" if made else None
        say_error(exc.message, hint)
        raise typer.Exit(exit_code_of(exc.result)) from exc
    except MediaflowError as exc:
        say_error(exc.message, exc.hint)
        code = next((code for kind, code in EXIT_CODES if isinstance(exc, kind)), FAILED)
        raise typer.Exit(code) from exc
    except ImportError as exc:  # a library of the core is missing or does not fit
        say_error(str(exc), "mediaflow doctor shows what is installed")
        raise typer.Exit(FAILED) from exc


def exit_code_of(result: JobResult) -> int:
    """Return the exit code of a job with failed outputs: 4 when only storage is at fault."""
    codes = {output.error_code for output in result.outputs if output.status == "failed"}
    return STORAGE if codes and codes <= _STORAGE_CODES else FAILED


def say_error(message: str, hint: str | None = None) -> None:
    """Write a message, and what to do next, to stderr."""
    typer.secho("error:", fg="red", bold=True, err=True, nl=False)
    typer.echo(f" {printable(redact(message))}", err=True)
    if hint:
        for pattern, words in _SPOKEN:
            hint = pattern.sub(words, hint).strip()
        typer.secho("hint:", fg="yellow", err=True, nl=False)
        typer.echo(f" {printable(redact(hint))}", err=True)


def is_interactive() -> bool:
    """Return whether somebody watches stderr."""
    return sys.stderr.isatty()


def new_table(*columns: Column) -> Table:
    """Return an empty table; cells are plain texts."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name, side in columns:
        table.add_column(Text(name), justify=side, no_wrap=side == "right", overflow="fold")
    return table


def show_table(table: Table) -> None:
    """Write a table to stdout, as wide as the terminal or, in a pipe, as it likes."""
    free = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(markup=False, highlight=False, emoji=False, width=None if free else WIDE).print(table)


def show_json(value: Json) -> None:
    """Write JSON and nothing else to stdout; ASCII, so that every pipe can carry it."""
    typer.echo(json.dumps(without_secrets(value), indent=2))


def without_secrets(value: Json) -> Json:
    """Return the same JSON with secrets hidden in every text."""
    match value:
        case str():
            return value if value.startswith("data:") else redact(value)
        case list():
            return [without_secrets(item) for item in value]
        case dict():
            return {name: without_secrets(item) for name, item in value.items()}
        case _:
            return value


def printable(text: str) -> str:
    r"""Return lines with control characters written out, as names of files may hold them.

    Example:
        >>> printable("a\x1b[31m.jpg")
        'a\\x1b[31m.jpg'
    """
    return "\n".join(on_one_line(line) for line in text.split("\n"))


def rows(table: Table, cells: Iterable[tuple[str, ...]]) -> Table:
    """Add rows of plain texts to a table and return it."""
    for row in cells:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table
