"""Products of many small rows with one matrix, in one thread.

Law: the library behind NumPy begins threads for large products, and they wait for each other by
spinning: on a machine that has other work that takes twenty times as long as one thread. So
products stay below the size from which it does.

Source: OpenBLAS, interface/gemm.c (SMP_THRESHOLD_MIN times GEMM_MULTITHREAD_THRESHOLD).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["product"]

MOST: Final = 65_536 * 4  # multiplications of one product in one thread


def product(rows: npt.NDArray[Any], matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return rows times a matrix.

    Args:
        rows: (…, rows, inner); contiguous.
        matrix: (inner, outer).

    Returns:
        (…, rows, outer).
    """
    *outside, count, inner = rows.shape
    few = max(MOST // (inner * matrix.shape[1]), 1)
    whole = count - count % few
    made = np.empty((*outside, count, matrix.shape[1]), np.result_type(rows, matrix))
    pieces = rows[..., :whole, :].reshape(*outside, -1, few, inner)
    made[..., :whole, :] = (pieces @ matrix).reshape(*outside, whole, matrix.shape[1])
    made[..., whole:, :] = rows[..., whole:, :] @ matrix
    return made
