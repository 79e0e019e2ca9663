"""Turns what Pillow and its C libraries raise into errors of this library.

Law: every call into Pillow stands inside :func:`translated`. The list of classes comes from running
Pillow over thousands of broken files; it is wide because decoders raise whatever their arithmetic
meets, and it is a list so that a bug of our own (AttributeError, NameError) still shows itself.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms, UnidentifiedImageError

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
    ArithmeticError,
    BufferError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    ImageCms.PyCMSError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    UnidentifiedImageError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
)
_CUT_OFF: Final = ("truncated", "unexpected end", "premature end", "not enough")


@contextmanager
def translated(*, stage: Stage, where: str | None = None) -> Iterator[None]:
    """Turn foreign exceptions of a block into errors of this library.

    Args:
        stage: What the block does; ``"encode"`` and ``"transform"`` blame this side, anything
            else the input.
        where: Location of the input, for the error.

    Raises:
        LimitExceededError: Pillow refused the size, or memory ran out.
        TruncatedMediaError: The input ends too early.
        EncodeError: An encoder failed.
        ProcessingError: A transform failed.
        CorruptMediaError: Anything else that a decoder raised.
    """
    try:
        yield
    except MediaflowError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as exc:
        raise LimitExceededError(
            f"too large to {stage}: {exc or type(exc).__name__}",
            hint="Pillow refuses such sizes by itself; the application may set its own "
            "Image.MAX_IMAGE_PIXELS",
            stage=stage,
            where=where,
        ) from exc
    except FOREIGN as exc:
        raise _named(exc, stage, where) from exc


def _named(exc: BaseException, stage: Stage, where: str | None) -> MediaflowError:
    text = f"{type(exc).__name__}: {exc}"
    if stage == "encode":
        return EncodeError(f"the encoder failed ({text})", stage=stage, where=where)
    if stage == "transform":
        return ProcessingError(f"the transform failed ({text})", stage=stage, where=where)
    if isinstance(exc, EOFError) or any(words in str(exc).lower() for words in _CUT_OFF):
        return TruncatedMediaError(f"the input ends too early ({text})", stage=stage, where=where)
    return CorruptMediaError(f"the input cannot be decoded ({text})", stage=stage, where=where)
