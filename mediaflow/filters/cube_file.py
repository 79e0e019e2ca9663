"""Reads a .cube file: a table of colours, one- or three-dimensional. Pure.

Law: any bytes whatever give a table or a typed error, in bounded time and memory. Only numbers are
read; nothing in a file can name another one.
Source: Adobe, Cube LUT Specification, version 1.0 (2013). ``LUT_1D_INPUT_RANGE`` and
``LUT_3D_INPUT_RANGE``, which other programs write, are read as the domain that they mean.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from mediaflow.errors import CorruptMediaError, LimitExceededError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_CUBE_BYTES", "CubeTable", "read_cube"]

MAX_CUBE_BYTES: Final = 16 * 1024 * 1024
MAX_SIDE: Final = {1: 65_536, 3: 65}  # the specification allows 256; 65 is what programs write
MAX_LINE: Final = 250  # characters; the same specification
CHANNELS: Final = 3

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_SIZES: Final = {"LUT_1D_SIZE": 1, "LUT_3D_SIZE": 3}
_RANGES: Final = ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE")


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeTable:
    """What a file says."""

    dimensions: Literal[1, 3]
    """1 for three curves, 3 for a cube."""

    side: int
    """Entries of a curve, or along an edge of the cube."""

    low: tuple[float, float, float]
    """Input that the first entry stands for, by channel."""

    high: tuple[float, float, float]
    """Input that the last entry stands for."""

    values: bytes = field(repr=False)
    """float32 triples in the order of the file: red varies fastest."""


@lru_cache(maxsize=2)  # the outputs of a job mostly share one file
def read_cube(data: bytes) -> CubeTable:
    """Return the table of a .cube file.

    Args:
        data: The whole file.

    Raises:
        CorruptMediaError: It breaks the rules of the format; the message has the line.
        LimitExceededError: It is larger than any table in use.
    """
    if len(data) > MAX_CUBE_BYTES:
        raise LimitExceededError(
            f"the .cube file has {len(data):,} bytes; the limit is {MAX_CUBE_BYTES:,}",
            hint="export a table of 33 or 65 entries an edge",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise CorruptMediaError("the .cube file is not text", hint="is it a .cube file?") from exc
    reader = _Reader()
    for number, line in _lines(text):
        reader.read(line, number)
    return reader.table()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            _refuse(f"{len(line)} characters; a line has up to {MAX_LINE}", number)
        line = line.strip()
        if line and not line.startswith("#"):
            yield number, line


class _Reader:
    """The state between two lines: keywords first, then numbers."""

    def __init__(self) -> None:
        self.dimensions = 0
        self.side = 0
        self.bounds: dict[str, tuple[float, ...]] = {"DOMAIN_MIN": (0,) * 3, "DOMAIN_MAX": (1,) * 3}
        self.values = array("f")

    @property
    def entries(self) -> int:
        return int(self.side**self.dimensions)

    def read(self, line: str, number: int) -> None:
        word, _, rest = line.partition(" ") if " " in line else line.partition("\t")
        if not word[0].isalpha():
            self._entry(line, number)
        elif self.values:
            _refuse(f"keyword {_shown(word)} after the table has begun", number)
        elif word in _SIZES:
            self._size(word, rest, number)
        elif word in self.bounds:
            self.bounds[word] = _numbers(rest, CHANNELS, number)
        elif word in _RANGES:
            low, high = _numbers(rest, 2, number)
            self.bounds = {"DOMAIN_MIN": (low,) * 3, "DOMAIN_MAX": (high,) * 3}
        elif word != "TITLE":
            _refuse(f"unknown keyword {_shown(word)}", number)

    def _size(self, word: str, rest: str, number: int) -> None:
        if self.dimensions:
            _refuse("a second size", number)
        rest = rest.strip()
        if not re.fullmatch(r"[0-9]{1,9}", rest) or int(rest) < 2:
            _refuse(f"{word} must be a whole number from 2, got {_shown(rest)}", number)
        self.dimensions, self.side = _SIZES[word], int(rest)
        if self.side > MAX_SIDE[self.dimensions]:
            raise LimitExceededError(
                f"{word} is {self.side:,}; the limit is {MAX_SIDE[self.dimensions]:,}",
                hint="export a smaller table",
            )

    def _entry(self, line: str, number: int) -> None:
        if not self.dimensions:
            _refuse("numbers before LUT_1D_SIZE or LUT_3D_SIZE", number)
        if len(self.values) >= self.entries * CHANNELS:
            _refuse(f"more than the {self.entries:,} entries that the size says", number)
        self.values.extend(_numbers(line, CHANNELS, number))

    def table(self) -> CubeTable:
        found = len(self.values) // CHANNELS
        if not self.dimensions or found != self.entries:
            wanted = f"{self.entries:,} entries" if self.dimensions else "a size"
            raise CorruptMediaError(f"the .cube file ends without {wanted}: {found:,} entries read")
        low, high = self.bounds["DOMAIN_MIN"], self.bounds["DOMAIN_MAX"]
        if any(a >= b for a, b in zip(low, high, strict=True)):
            raise CorruptMediaError(f"the .cube file has an empty domain: {low} to {high}")
        return CubeTable(
            dimensions=1 if self.dimensions == 1 else 3,
            side=self.side,
            low=(low[0], low[1], low[2]),
            high=(high[0], high[1], high[2]),
            values=self.values.tobytes(),
        )


def _numbers(text: str, count: int, line: int) -> tuple[float, ...]:
    parts = text.split()
    if len(parts) != count or not all(map(_NUMBER.fullmatch, parts)):
        _refuse(f"expected {count} numbers", line)
    numbers = tuple(map(float, parts))
    if not all(map(math.isfinite, numbers)) or max(map(abs, numbers)) > 1e30:
        _refuse("a number is out of range", line)
    return numbers


def _shown(word: str) -> str:
    """Return a keyword or a number; other text may be that of a file that is no table at all."""
    return repr(word) if re.fullmatch(r"[A-Z_0-9.]{1,40}", word) else "that is none"


def _refuse(text: str, line: int) -> NoReturn:
    raise CorruptMediaError(f"the .cube file breaks its rules in line {line}: {text}", line=line)
