"""What rooms hand each other keeps what it was given."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from io import BytesIO

import pytest

from mediaflow.frames import ByteReader, Raster
from mediaflow.geometry import Size


class Positions:
    size = 3

    def read_at(self, offset: int, length: int) -> bytes:
        return b"abc"[offset : offset + length]


def test_raster_holds_the_picture_itself_and_no_copy():
    picture = object()

    assert Raster(picture, Size(2, 1), "RGB").picture is picture


def test_raster_without_a_profile_is_srgb():
    assert Raster(object(), Size(2, 1), "RGB").icc_profile is None


def test_raster_cannot_be_changed():
    raster = Raster(object(), Size(2, 1), "RGB")

    with pytest.raises(FrozenInstanceError):
        raster.mode = "L"  # type: ignore[misc]  # that is the point


def test_what_reads_by_position_is_a_byte_reader():
    assert isinstance(Positions(), ByteReader)
    assert not isinstance(BytesIO(), ByteReader)
