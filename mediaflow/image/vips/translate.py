"""Turns what pyvips and libvips raise into errors of this library.

Law: every call into pyvips stands inside :func:`translated`. pyvips raises one class of its own for
everything that libvips reports, whose text tells what happened.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyvips

from mediaflow.errors import (
    CorruptMediaError,
    EncodeError,
    LimitExceededError,
    MediaflowError,
    ProcessingError,
    TruncatedMediaError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.events import Stage

__all__ = ["FOREIGN", "translated"]

FOREIGN: Final = (
    pyvips.Error,
    ArithmeticError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
_CUT_OFF: Final = ("truncated", "premature end", "unexpected end", "end of file", "not enough")
_NO_MEMORY: Final = ("out of memory", "malloc", "unable to allocate")
_LONGEST: Final = 300  # characters; libvips joins all that went wrong


@contextmanager
def translated(*, stage: Stage, where: str | None = None) -> Iterator[None]:
    """Turn foreign exceptions of a block into errors of this library.

    Args:
        stage: What the block does; ``"encode"`` and ``"transform"`` blame this side, anything
            else the input.
        where: Location of the input, for the error.

    Raises:
        LimitExceededError: Memory ran out.
        TruncatedMediaError: The input ends too early.
        EncodeError: An encoder failed.
        ProcessingError: A transform failed.
        CorruptMediaError: Anything else that a decoder raised.
    """
    try:
        yield
    except MediaflowError:
        raise
    except MemoryError as exc:
        raise LimitExceededError(f"too large to {stage}", stage=stage, where=where) from exc
    except FOREIGN as exc:
        raise _named(exc, stage, where) from exc


def _named(exc: BaseException, stage: Stage, where: str | None) -> MediaflowError:
    text = " ".join(f"{type(exc).__name__}: {exc}".split())[:_LONGEST]
    lower = text.lower()
    if any(words in lower for words in _NO_MEMORY):
        return LimitExceededError(f"too large to {stage}: {text}", stage=stage, where=where)
    if stage == "encode":
        return EncodeError(f"the encoder failed ({text})", stage=stage, where=where)
    if stage == "transform":
        return ProcessingError(f"the transform failed ({text})", stage=stage, where=where)
    if any(words in lower for words in _CUT_OFF):
        return TruncatedMediaError(f"the input ends too early ({text})", stage=stage, where=where)
    return CorruptMediaError(f"the input cannot be decoded ({text})", stage=stage, where=where)
