"""Every error that mediaflow raises, chosen by whose fault it is.

::

    MediaflowError                     .code .hint .retryable .stage .where (redacted)
    ├─ SpecError (ValueError)          the request is wrong                  [caller]
    │  ├─ UnknownNameError (LookupError)
    │  └─ ForbiddenLocationError (PermissionError)
    ├─ UnsupportedError                valid, but not by what is installed   [installation]
    │  └─ MissingExtraError (ImportError)
    ├─ SourceError                     the input is at fault                 [sender]
    │  ├─ SourceNotFoundError (FileNotFoundError)
    │  ├─ UnidentifiedMediaError
    │  ├─ CorruptMediaError
    │  ├─ TruncatedMediaError
    │  ├─ LimitExceededError
    │  └─ SourceChangedError
    ├─ StorageError (OSError)          bytes could not be moved              [retryable]
    │  └─ OutputExistsError (FileExistsError)
    ├─ ProcessingError                 a back end failed                     [us]
    │  ├─ DecodeError
    │  ├─ EncodeError
    │  ├─ WorkerLostError
    │  └─ OutputsFailedError           some outputs of a job failed; see .result
    ├─ JobCancelledError
    └─ JobTimeoutError (TimeoutError)

Law: a constructor takes ``(message, **details)`` and nothing else that is required, so that each
error survives pickling and never breaks the pool that carries it.
"""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, ClassVar

from mediaflow.redact import redact

if TYPE_CHECKING:
    from mediaflow.models.result import JobResult

__all__ = [
    "CorruptMediaError",
    "DecodeError",
    "EncodeError",
    "ForbiddenLocationError",
    "JobCancelledError",
    "JobTimeoutError",
    "LimitExceededError",
    "MediaflowError",
    "MissingExtraError",
    "OutputExistsError",
    "OutputsFailedError",
    "ProcessingError",
    "SourceChangedError",
    "SourceError",
    "SourceNotFoundError",
    "SpecError",
    "StorageError",
    "TruncatedMediaError",
    "UnidentifiedMediaError",
    "UnknownNameError",
    "UnsupportedError",
    "WorkerLostError",
    "let_go",
]


class MediaflowError(Exception):
    """Base of all errors of mediaflow.

    Args:
        message: What happened, with the value and the rule. Secrets in it are hidden.
        **details: ``hint`` (the next step to take), ``stage`` (probe, plan, decode …), ``where``
            (a location, redacted), ``retryable``; anything else is kept in ``details``.
    """

    code: ClassVar[str] = "internal"
    """Stable machine-readable name of the kind of error."""

    usual_hint: ClassVar[str] = ""
    """The next step to take when the one who raises knows no better one; empty for none."""

    retryable: bool = False
    """Whether the same request may succeed later without any change."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(redact(message))
        self.message: str = redact(message)
        self.details: dict[str, object] = {
            name: redact(value) if isinstance(value, str) else value
            for name, value in details.items()
        }
        self.hint: str | None = self._text("hint") or self.usual_hint or None
        self.stage: str | None = self._text("stage")
        self.where: str | None = self._text("where")
        if isinstance(details.get("retryable"), bool):
            self.retryable = bool(details["retryable"])
        if self.hint:
            self.add_note(f"hint: {self.hint}")

    def _text(self, name: str) -> str | None:
        value = self.details.get(name)
        return None if value is None else str(value)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        details = {
            name: value if _can_travel(value) else repr(value)
            for name, value in self.details.items()
        }
        return _rebuild, (type(self), self.message, details)


def _can_travel(value: object) -> bool:
    try:
        pickle.dumps(value)
    except (AttributeError, TypeError, ValueError, pickle.PicklingError):
        return False
    return True


def _rebuild(cls: type[MediaflowError], message: str, details: dict[str, object]) -> MediaflowError:
    return cls(message, **details)


class SpecError(MediaflowError, ValueError):
    """Raised when the request is wrong: a value, a name, a combination."""

    code = "invalid_spec"


class UnknownNameError(SpecError, LookupError):
    """Raised when a format, filter, option or other name is not known."""

    code = "unknown_name"


class ForbiddenLocationError(SpecError, PermissionError):
    """Raised when the policy in force does not allow a location."""

    code = "forbidden_location"
    usual_hint = "name a storage profile, or widen the policy"


class UnsupportedError(MediaflowError):
    """Raised when a valid request needs something that is not installed or not built."""

    code = "unsupported"


class MissingExtraError(UnsupportedError, ImportError):
    """Raised when an optional package is needed; the hint names the pip line."""

    code = "missing_extra"


class SourceError(MediaflowError):
    """Raised when the input is at fault."""

    code = "source"


class SourceNotFoundError(SourceError, FileNotFoundError):
    """Raised when there is nothing at the source location."""

    code = "not_found"
    usual_hint = "check the spelling; a relative path starts at the working folder"


class UnidentifiedMediaError(SourceError):
    """Raised when the leading bytes belong to no known or allowed format."""

    code = "unidentified"
    usual_hint = "`mediaflow formats` lists what can be read"


class CorruptMediaError(SourceError):
    """Raised when the bytes break the rules of their own format."""

    code = "corrupt"
    usual_hint = "the file is damaged; fetch or save it again"


class TruncatedMediaError(SourceError):
    """Raised when the input ends too early."""

    code = "truncated"
    usual_hint = "the file was probably cut off on its way; fetch it again"


class LimitExceededError(SourceError):
    """Raised when the input is larger than the limits in force allow."""

    code = "limit_exceeded"


class SourceChangedError(SourceError):
    """Raised when the input changes while it is read."""

    code = "source_changed"
    usual_hint = "try again once nobody writes to it"
    retryable = True


class StorageError(MediaflowError, OSError):
    """Raised when bytes could not be read from or written to a location."""

    code = "storage"
    usual_hint = "check that the place exists and that you may use it"
    retryable = True


class OutputExistsError(StorageError, FileExistsError):
    """Raised when an output exists and ``if_exists="error"``."""

    code = "output_exists"
    usual_hint = "if_exists='replace' overwrites it atomically"
    retryable = False


class ProcessingError(MediaflowError):
    """Raised when a back end fails on a request and an input that looked right."""

    code = "processing"


class DecodeError(ProcessingError):
    """Raised when a decoder fails for another reason than the input's own fault."""

    code = "decode_failed"


class EncodeError(ProcessingError):
    """Raised when an encoder fails."""

    code = "encode_failed"


class WorkerLostError(ProcessingError):
    """Raised when the worker that ran the job is gone."""

    code = "worker_lost"
    retryable = True


class OutputsFailedError(ProcessingError):
    """Raised when at least one output failed; the good outputs are published."""

    code = "outputs_failed"

    @property
    def result(self) -> JobResult:
        """The result of the job with the state of every output."""
        return self.details["result"]  # type: ignore[return-value]  # run_job puts a JobResult there


class JobCancelledError(MediaflowError):
    """Raised when a job was cancelled."""

    code = "cancelled"


class JobTimeoutError(MediaflowError, TimeoutError):
    """Raised when a job or a wait took longer than allowed."""

    code = "timeout"
    retryable = True


def let_go(error: BaseException) -> None:
    """Drop the local variables that an error's tracebacks hold: inputs, pictures and encoders.

    Whoever keeps an error calls it, or keeps all of these alive. Lines and messages stay.

    Args:
        error: The error; its causes are let go as well.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__
