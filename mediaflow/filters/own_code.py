"""The caller's own function as a filter: an array of pixels in, one of the same shape out.

Law: what is handed out is a copy, and what comes back is copied, so that nobody else's pixels change
whatever the function does. A function is code of this process: it never travels.
"""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn, TypeAlias

from mediaflow.errors import MediaflowError, ProcessingError, SpecError, UnsupportedError
from mediaflow.filters.base import PictureFilter, TimedFilter
from mediaflow.filters.lut import on_colors

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    from mediaflow.filters.base import Assets

    Pixels: TypeAlias = npt.NDArray[np.uint8]

__all__ = ["OnFrames"]

POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
TRAVEL: Final = "own code on frames works inline and in threads; it never leaves its process"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFrames(TimedFilter):
    """Call a function of your own on every frame, or on a picture.

    It takes (height, width, 3) of uint8: red, green and blue, and returns as many. What it is given
    is its own: it may be changed. A function with a second argument without a default is also given
    the time: float seconds of the film, 0 for a picture. Outputs run beside each other, so a
    function that two of them share may be called by two threads at once.

    Example:
        >>> OnFrames(lambda pixels: 255 - pixels).kind
        'on_frames'
    """

    kind: Literal["on_frames"] = "on_frames"

    function: Callable[..., Any] = field(kw_only=False, repr=False)
    """The function; two filters are equal when it is the same object."""

    seconds_per_megapixel: ClassVar[float] = 0.02

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise SpecError(
                f"function must take the pixels of a frame, got {self.function!r:.80}",
                hint="for example OnFrames(lambda pixels: 255 - pixels)",
                field="function",
            )
        _takes_time(self.function)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnFrames) and other.function is self.function

    def __hash__(self) -> int:
        return hash((OnFrames, id(self.function)))

    def __copy__(self) -> OnFrames:
        return self

    def __deepcopy__(self, memo: object) -> OnFrames:
        return self

    def __reduce__(self) -> NoReturn:
        raise UnsupportedError(f"{_name(self.function)} cannot be sent: {TRAVEL}")

    def words(self) -> str:
        """Return it in a few words."""
        return f"on_frames {_name(self.function)}"

    def at(self, seconds: Fraction) -> PictureFilter:
        """Return the function with the time of one frame."""
        return _Called(function=self.function, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Called(PictureFilter):
    """A function that is called for one frame."""

    kind: Literal["called"] = "called"

    function: Callable[..., Any]
    seconds: Fraction

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        return on_colors(image, self._changed)

    def _changed(self, image: Image.Image) -> Image.Image:
        import numpy as np
        from PIL import Image

        pixels = np.array(image)
        words = (float(self.seconds),) if _takes_time(self.function) else ()
        try:
            made = self.function(pixels, *words)
        except MediaflowError:
            raise
        except Exception as exc:  # a stranger to us: it may raise whatever it likes
            raise ProcessingError(
                f"{_name(self.function)} failed at {float(self.seconds):g} s with "
                f"{type(exc).__name__}: {exc}{_place(exc)}",
                stage="transform",
            ) from exc
        return Image.fromarray(np.array(self._checked(made, image.size)))

    def _checked(self, made: object, size: tuple[int, int]) -> Pixels:
        """Return what a function returned, if it is a frame.

        Raises:
            ProcessingError: It is not.
        """
        import numpy as np

        wanted = (size[1], size[0], 3)
        if isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.shape == wanted:
            return made
        got = f"{type(made).__name__}" if made is not None else "nothing"
        if isinstance(made, np.ndarray):
            got = f"{made.dtype} of shape {made.shape}"
        raise ProcessingError(
            f"{_name(self.function)} must return uint8 of shape {wanted}, and returned {got}",
            hint="round and clip numbers: np.clip(made, 0, 255).astype(np.uint8)",
            stage="transform",
        )


def _takes_time(function: Callable[..., Any]) -> bool:
    """Tell whether a function wants the time beside the pixels.

    Raises:
        SpecError: It cannot be called with pixels, or needs more than both.
    """
    try:
        known = inspect.signature(function)
    except (TypeError, ValueError):  # code in C that says nothing of itself
        return False
    needed = [
        one
        for one in known.parameters.values()
        if one.kind in POSITIONAL and one.default is inspect.Parameter.empty
    ]
    words = (0, 0.0)[: max(len(needed), 1)]
    try:
        known.bind(*words)
    except TypeError as exc:
        raise SpecError(
            f"{_name(function)} must take pixels, or pixels and seconds: {exc}", field="function"
        ) from exc
    return len(words) > 1


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))[:80]


def _place(exc: BaseException) -> str:
    """Return the file, without its folder, and the line where a function failed, if it is Python."""
    own = traceback.extract_tb(exc.__traceback__)[1:2]  # the first is the call of it
    return "".join(f" ({os.path.basename(one.filename)}, line {one.lineno})" for one in own)
