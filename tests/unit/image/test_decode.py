"""A file is decoded once, as small as the plan says, or not at all."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mediaflow.errors import (
    CorruptMediaError,
    DecodeError,
    LimitExceededError,
    SourceError,
    TruncatedMediaError,
)
from mediaflow.geometry import Size
from mediaflow.image.pillow import BACKEND
from mediaflow.image.pillow.decode import decode
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning import DecodeStep
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from tests.infos import planned
from tests.media import animated, encode, photo, photo_jpeg, quadrants


@cache
def _large(size: tuple[int, int], **options: Any) -> bytes:
    return photo_jpeg(*size, **options)


def _decoded(data: bytes, **changes: Any) -> Any:
    info = probe(BytesSource(data))
    step = DecodeStep(format=info.format, denominator=1, size=info.image.stored_size, why="a test")
    return decode(data, replace(step, **changes), info, Limits())[0]


@pytest.mark.parametrize("denominator", [1, 2, 4, 8])
@pytest.mark.parametrize("size", [(640, 480), (641, 479), (17, 1000), (8, 8), (2725, 25)])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_decoded_at_every_scale(
    denominator: int, size: tuple[int, int], progressive: bool
) -> None:
    # libjpeg rounds a scaled side up (libjpeg.txt, "scale_num/scale_denom")
    width, height = (-(-side // denominator) for side in size)
    data = _large(size, progressive=progressive)

    made = _decoded(data, denominator=denominator, size=Size(width, height))

    assert made.size == Size(width, height)
    assert made.picture.size == (width, height)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_scaled_decode_averages(mode: str) -> None:
    data = encode(photo(640, 480).convert(mode), "JPEG", quality=95)
    full = np.asarray(_decoded(data).picture, np.float64)
    blocks = full.reshape(120, 4, 160, 4, -1).mean(axis=(1, 3)).reshape(120, 160, -1)

    made = _decoded(data, denominator=4, size=Size(160, 120))

    small = np.asarray(made.picture, np.float64).reshape(120, 160, -1)
    assert made.mode == mode
    assert float(np.abs(small - blocks).mean()) < 2


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize(("size", "width"), [((1600, 1200), 500), ((2725, 2225), 735)])
def test_picture_made_while_decoding_is_the_one_made_afterwards(
    size: tuple[int, int], width: int, options: dict[str, Any]
) -> None:
    data = _large(size, **options)
    info = probe(BytesSource(data))
    plan = planned([ImageOutput("png", width=width)], info)

    after = BACKEND.decode(data, plan.decode, info, Limits())
    wanted = BACKEND.transform(after, plan.pictures[0], threads=1)
    base, made = BACKEND.decode_ahead(data, plan.decode, plan.pictures[0], info, Limits())

    assert made is not None
    assert np.array_equal(np.asarray(made.picture), np.asarray(wanted.picture))
    assert np.array_equal(np.asarray(base.picture), np.asarray(after.picture))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_cut_off_file_ends_the_scaling_beside_it(part: float) -> None:
    data = _large((1600, 1200))
    info = probe(BytesSource(data))
    plan = planned([ImageOutput("png", width=500)], info)
    before = threading.active_count()

    with pytest.raises(TruncatedMediaError):
        BACKEND.decode_ahead(
            data[: int(len(data) * part)], plan.decode, plan.pictures[0], info, Limits()
        )

    assert threading.active_count() == before


def test_scale_that_the_decoder_did_not_take_is_found_out() -> None:
    with pytest.raises(DecodeError, match="320×240 px, planned were 300×240"):
        _decoded(photo_jpeg(640, 480), denominator=2, size=Size(300, 240))


def test_profile_travels_beside_the_pixels() -> None:
    from tests.profiles import display_p3_profile

    data = encode(photo(64, 48), "PNG", icc_profile=display_p3_profile())

    made = _decoded(data)

    assert made.icc_profile == display_p3_profile()
    assert made.picture.info == {}


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_first_frame_of_an_animation_is_the_picture(format: str) -> None:
    made = _decoded(animated(format))

    assert made.picture.convert("RGB").getpixel((5, 5)) == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize(
    ("format", "error"),
    [
        ("AVIF", CorruptMediaError),
        ("GIF", TruncatedMediaError),
        ("JPEG", TruncatedMediaError),
        ("PNG", TruncatedMediaError),
        ("TIFF", SourceError),
        ("WEBP", TruncatedMediaError),
    ],
)
def test_half_a_file_is_no_picture(format: str, error: type[SourceError]) -> None:
    whole = encode(photo(160, 120), format)
    info = probe(BytesSource(whole))
    step = DecodeStep(format=info.format, denominator=1, size=info.size, why="a test")

    with pytest.raises(error):
        decode(whole[: len(whole) // 2], step, info, Limits())


def test_failed_decode_leaves_nothing_open() -> None:
    from tests.measure import open_descriptors

    whole = encode(quadrants(), "PNG")
    info = probe(BytesSource(whole))
    step = DecodeStep(format="png", denominator=1, size=info.size, why="a test")
    before = open_descriptors()

    for length in (40, 60, len(whole) // 2):
        with pytest.raises(SourceError):
            decode(whole[:length], step, info, Limits())

    assert open_descriptors() == before


def test_memory_that_runs_out_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import ImageFile

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)

    with pytest.raises(LimitExceededError):
        _decoded(encode(Image.new("RGB", (8, 8)), "PNG"))
