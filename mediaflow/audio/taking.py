"""What every lane of a pass over sound has: a channel that brings samples, and an end that is told.

Law: whatever happens in a lane ends that lane alone, and nobody goes on waiting for it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediaflow.audio.block import Block
from mediaflow.errors import MediaflowError, let_go
from mediaflow.libav.channel import Channel, StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Taking", "Turn"]


@dataclass(slots=True)
class Turn:
    """One time that a lane took what its channel brought."""

    began: float
    error: MediaflowError | None = None
    """Why it came to nothing, or None."""

    @property
    def seconds(self) -> float:
        """Time since it began."""
        return time.perf_counter() - self.began


@dataclass(slots=True, kw_only=True, eq=False)
class Taking:
    """The samples that wait for a lane, which runs in a thread of its own."""

    channel: Channel[Block] = field(default_factory=Channel)
    is_over: bool = False
    """Whether it takes no more samples."""

    def put(self, block: Block) -> None:
        """Hand samples over, waiting for room."""
        if not self.is_over:
            self.is_over = not self.channel.put(block)

    def renew(self) -> None:
        """Wait for all samples once more."""
        self.channel, self.is_over = Channel(), False

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Take what the channel brings; an error ends the turn and is kept in it."""
        turn = Turn(time.perf_counter())
        try:
            yield turn
        except StoppedError:
            found = self.channel.error
            turn.error = found if isinstance(found, MediaflowError) else None
        except MediaflowError as exc:
            let_go(exc)  # it is kept until the job ends, encoders must not be
            turn.error = exc.with_traceback(None)
        finally:
            self.channel.abandon()
