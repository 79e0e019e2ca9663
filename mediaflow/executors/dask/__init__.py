"""Jobs on a Dask cluster; needs the extra ``dask``."""

from __future__ import annotations

from mediaflow.executors.dask.executor import DaskExecutor, make

__all__ = ["DaskExecutor", "make"]
