"""The ``mediaflow`` command: a file per subcommand, each a thin shell over the front door.

Law: it asks, shows and exits. What a job does is decided below; nothing here is imported by
``import mediaflow``, and without the extra ``cli`` the command says how to get it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

NEEDED: Final = ("rich", "typer")
WRONG_USE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Words after the command's name; those of the process by default.

    Returns:
        0 done, 1 outputs failed, 2 wrong request or missing extra, 3 bad source, 4 storage,
        130 cancelled.
    """
    for stream in (sys.stdout, sys.stderr):
        # a terminal that cannot show "×" gets "?", not a traceback
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        from mediaflow.cli.app import app
    except ImportError as exc:
        if (exc.name or "").partition(".")[0] not in NEEDED:
            raise
        print(
            "the mediaflow command needs typer and rich: pip install 'pymediaflow[cli]'",
            file=sys.stderr,
        )
        return WRONG_USE
    try:
        app(None if arguments is None else list(arguments), prog_name="mediaflow")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
