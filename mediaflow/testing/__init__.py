"""What tests of others use: contract suites to inherit, and an assertion that compares pictures.

An outside back end, format, executor or store inherits its suite to prove itself.

Law: imported by tests only; nothing in the library imports it. Needs pytest.
"""

from __future__ import annotations

from mediaflow.testing.executor_jobs import (
    JobExecutorContract,
    OtherProcessContract,
    WaitingJobContract,
)
from mediaflow.testing.executors import ExecutorContract
from mediaflow.testing.filters import FilterContract
from mediaflow.testing.formats import ImageFormatContract
from mediaflow.testing.image import ImageBackendContract
from mediaflow.testing.pictures import assert_visually_equal
from mediaflow.testing.sound import AudioBackendContract
from mediaflow.testing.storage import StorageTargetContract
from mediaflow.testing.video import VideoBackendContract

__all__ = [
    "AudioBackendContract",
    "ExecutorContract",
    "FilterContract",
    "ImageBackendContract",
    "ImageFormatContract",
    "JobExecutorContract",
    "OtherProcessContract",
    "StorageTargetContract",
    "VideoBackendContract",
    "WaitingJobContract",
    "assert_visually_equal",
]
