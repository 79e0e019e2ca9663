"""Products in pieces are those of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.audio import products
from mediaflow.audio.products import product


@pytest.mark.parametrize("count", [0, 1, 3, 4, 17, 1_000])
@pytest.mark.parametrize("outside", [(), (2,)])
def test_pieces_are_the_whole(count, outside, monkeypatch):
    monkeypatch.setattr(products, "MOST", 4 * 6 * 5)
    random = np.random.default_rng(3)
    rows, matrix = random.normal(size=(*outside, count, 6)), random.normal(size=(6, 5))

    found = product(rows, matrix)

    assert found.shape == (*outside, count, 5)
    assert np.allclose(found, np.einsum("...ri,io->...ro", rows, matrix))
