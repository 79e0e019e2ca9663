"""Turns what PyAV raises into errors of this library.

Law: every call into PyAV stands inside :func:`translated`. FFmpeg's errors say what its code met,
not whose fault it was; the stage says that.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import av

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
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
    av.error.FFmpegError,
)


@contextmanager
def translated(*, stage: Stage, where: str | None = None) -> Iterator[None]:
    """Turn foreign exceptions of a block into errors of this library.

    Args:
        stage: What the block does; says whom an error blames.
        where: Location of the input, for the error.

    Raises:
        LimitExceededError: Memory ran out.
        TruncatedMediaError: The input ends too early.
        EncodeError: An encoder failed.
        ProcessingError: Scaling or filtering failed.
        CorruptMediaError: Anything else that a demuxer or decoder raised.
    """
    try:
        yield
    except MediaflowError:
        raise
    except MemoryError as exc:
        raise LimitExceededError(
            f"too large to {stage}: memory ran out", stage=stage, where=where
        ) from exc
    except FOREIGN as exc:
        raise _named(exc, stage, where) from exc


def _named(exc: BaseException, stage: Stage, where: str | None) -> MediaflowError:
    # FFmpeg's text ends with the name of the file, which is a scratch file's or may hold a secret
    reason = exc.strerror if isinstance(exc, av.error.FFmpegError) else str(exc)
    text = f"{type(exc).__name__}: {reason}"
    if stage == "encode":
        return EncodeError(f"the encoder failed ({text})", stage=stage, where=where)
    if stage == "transform":
        return ProcessingError(f"scaling failed ({text})", stage=stage, where=where)
    if isinstance(exc, EOFError):
        return TruncatedMediaError(f"the input ends too early ({text})", stage=stage, where=where)
    return CorruptMediaError(f"the input cannot be decoded ({text})", stage=stage, where=where)
