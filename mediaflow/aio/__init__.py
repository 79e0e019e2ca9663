"""The asyncio shell: the same names as the blocking one, awaitable.

Law: one hop to a thread per job, never per call, and nothing synchronous on the loop. Cancelling
the awaiting task cancels the job.
"""

from __future__ import annotations

from mediaflow.aio.handle import JobHandle
from mediaflow.aio.processor import Processor
from mediaflow.aio.verbs import compare, plan, probe, process

__all__ = ["JobHandle", "Processor", "compare", "plan", "probe", "process"]
