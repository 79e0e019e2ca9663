"""Where bytes come from and go to: any location, one way to read, one way to publish.

Law: the only room that knows fsspec. Outputs appear whole or not at all.
"""

from __future__ import annotations

from mediaflow.storage.location import join
from mediaflow.storage.profiles import Profile
from mediaflow.storage.source import OpenSource
from mediaflow.storage.store import Storage
from mediaflow.storage.target import StagedFile, Stored

__all__ = ["OpenSource", "Profile", "StagedFile", "Storage", "Stored", "join"]
