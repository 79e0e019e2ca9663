"""One stream of events in, many sinks out; a sink that fails never touches the job."""

from __future__ import annotations

from mediaflow.report.fanout import Fanout, Sink
from mediaflow.report.progress import ProgressLine

__all__ = ["Fanout", "ProgressLine", "Sink"]
