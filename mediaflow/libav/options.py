"""Gives codecs options, and refuses those that they do not know.

Law: FFmpeg leaves an option that it does not know aside without a word; here it is an error, before
anything is encoded or decoded.

Source: AVOption tables of libavcodec, as PyAV lists them; what ``avcodec_open2`` leaves over.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from mediaflow.errors import UnknownNameError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.codec.context import CodecContext

__all__ = ["refuse_unused", "set_options"]


def set_options(context: CodecContext, arguments: Iterable[tuple[str, object]]) -> None:
    """Set the options of an encoder that is not open yet.

    Args:
        context: The encoder.
        arguments: Names and values.

    Raises:
        UnknownNameError: The encoder has no option of a name.
    """
    given = {name: str(value) for name, value in arguments}
    known = context.supported_options
    names = {option.name for option in (*known.private, *known.generic)}
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, 1)
            raise UnknownNameError(
                f"the encoder {context.name} has no option {name!r}",
                hint=f"did you mean {near[0]!r}?" if near else None,
                stage="encode",
                field="options",
                value=name,
            )
    context.options = given


def refuse_unused(context: CodecContext, *, where: str | None = None) -> None:
    """Refuse a codec that was opened and left an option unused: a bound would not hold.

    Args:
        context: An open decoder or encoder.
        where: Location of the input, for the error.

    Raises:
        UnsupportedError: An option was not used.
    """
    left = sorted(context.options)
    if left:
        raise UnsupportedError(
            f"the codec {context.name} of the FFmpeg that is installed takes no option "
            f"{', '.join(map(repr, left))}",
            stage="decode",
            where=where,
        )
