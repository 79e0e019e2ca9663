"""What probes found of local files, kept for moments: who plans a job and then submits it looks once.

Law: a file that was changed, replaced or meant otherwise is another one. A stale entry can only make
a job fail as a file does that changes between the look at its header and the reading of the rest.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from mediaflow.storage.files import DescriptorSource

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits
    from mediaflow.storage import OpenSource

__all__ = ["Seen"]

KEPT_SECONDS: Final = 30.0
MOST: Final = 64


class Seen:
    """Facts about the last files that were looked at.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[float, MediaInfo]] = OrderedDict()

    def get(self, source: OpenSource, limits: Limits) -> MediaInfo | None:
        """Return what is known of a source; None where it is to be looked at."""
        key = _key(source, limits)
        with self._lock:
            until, info = self._found.get(key, (0.0, None))
        return info if until > self._clock() else None

    def put(self, source: OpenSource, limits: Limits, info: MediaInfo) -> None:
        """Remember what was found of a source, if it is a local file."""
        key = _key(source, limits)
        if key is None:
            return
        with self._lock:
            self._found[key] = (self._clock() + KEPT_SECONDS, info)
            self._found.move_to_end(key)
            while len(self._found) > MOST:
                self._found.popitem(last=False)


def _key(source: OpenSource, limits: Limits) -> Hashable:
    """Return what tells one look at one file from any other; None of what may change unseen."""
    if not isinstance(source, DescriptorSource):
        return None
    return (source.identity(), source.uri, source.name, limits)
