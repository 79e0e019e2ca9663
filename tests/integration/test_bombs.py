"""Small files that would cost much are refused, whoever sent them, before they are decoded."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

import mediaflow as mf
from mediaflow import errors
from tests.media import encode, photo

if TYPE_CHECKING:
    from pathlib import Path

EMPTY_SCAN = bytes.fromhex("FFDA0008010100003F00")
EMPTY_CHUNK = bytes(4) + b"teXt" + b"\xd4\xb6\x61\xa3"


@pytest.fixture
def uploads(tmp_path: Path) -> mf.Processor:
    del tmp_path
    return mf.Processor("inline", trust="strangers")


def test_sequential_jpeg_of_many_scans_is_refused(uploads: mf.Processor, tmp_path: Path) -> None:
    plain = encode(photo(64, 64), "JPEG")
    start = plain.index(b"\xff\xda")
    bomb = plain[:start] + EMPTY_SCAN * 101 + plain[start:]

    with pytest.raises(errors.LimitExceededError, match="101 jpeg scans; the limit is 100"):
        uploads.process(bomb, mf.ImageOutput("webp"), to=f"{tmp_path}/")


def test_jpeg_of_ordinary_scans_passes(uploads: mf.Processor, tmp_path: Path) -> None:
    data = encode(photo(64, 64), "JPEG", progressive=True)

    assert uploads.process(data, mf.ImageOutput("webp"), to=f"{tmp_path}/").status == "completed"


def test_tiff_with_a_tile_far_larger_than_itself_is_refused(
    uploads: mf.Processor, tmp_path: Path
) -> None:
    values = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 277: 1, 322: 16384, 323: 16384}
    values |= {324: 8, 325: 16}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    bomb = b"II*\0" + struct.pack("<IH", 8, len(values)) + entries + bytes(4)

    with pytest.raises(errors.CorruptMediaError, match="in tiles of 268,435,456 px"):
        uploads.process(bomb, mf.ImageOutput("webp"), to=f"{tmp_path}/")


def test_png_of_many_chunks_is_refused(uploads: mf.Processor, tmp_path: Path) -> None:
    plain = encode(photo(64, 64), "PNG")
    end = plain.index(b"IEND") - 4
    bomb = plain[:end] + EMPTY_CHUNK * 20_001 + plain[end:]

    with pytest.raises(errors.LimitExceededError, match="png chunks"):
        uploads.process(bomb, mf.ImageOutput("webp"), to=f"{tmp_path}/")


def test_upload_whose_name_says_another_format_is_refused(
    uploads: mf.Processor, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(encode(photo(64, 64), "PNG"))

    with pytest.raises(errors.UnidentifiedMediaError, match="holds PNG") as caught:
        uploads.process(tmp_path / "photo.jpg", mf.ImageOutput("webp"), to=f"{tmp_path}/out/")

    assert caught.value.hint
    assert not (tmp_path / "out").exists()


def test_own_file_whose_name_says_another_format_is_noted(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encode(photo(64, 64), "PNG"))

    result = mf.process(tmp_path / "photo.jpg", mf.ImageOutput("webp"), to=f"{tmp_path}/out/")

    assert [notice.code for notice in result.notices] == ["extension_mismatch"]


def _gif(*frames: tuple[int, int, int, int]) -> bytes:
    """Return a GIF of 1 × 1 px whose frames lie where they are told; their px are one code each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    bodies = [
        b"\x2c" + struct.pack("<HHHHB", *edges, 0) + b"\x02\x02\x4c\x01\x00" for edges in frames
    ]
    return head + b"".join(bodies) + b"\x3b"


def test_gif_frame_beyond_its_picture_is_refused_before_it_is_decoded(
    uploads: mf.Processor, tmp_path: Path
) -> None:
    # decoders enlarge the picture for it: 125 kB became 2 GB
    bomb = _gif((0, 0, 1, 1), (0, 0, 13_000, 13_000))

    with pytest.raises(errors.CorruptMediaError, match=r"a frame reaches to \(13000, 13000\)"):
        uploads.process(bomb, mf.ImageOutput("webp"), to=f"{tmp_path}/")


def test_frames_are_counted_no_further_than_the_limit(
    uploads: mf.Processor, tmp_path: Path
) -> None:
    bomb = _gif(*[(0, 0, 1, 1)] * 200_000)

    with pytest.raises(errors.LimitExceededError, match="1,001 frames; the limit is 1,000"):
        uploads.process(bomb, mf.ImageOutput("webp"), to=f"{tmp_path}/")


def test_padding_of_a_gif_is_stepped_over(uploads: mf.Processor, tmp_path: Path) -> None:
    plain = _gif((0, 0, 1, 1), (0, 0, 1, 1))
    padded = plain[:-1] + bytes(1_000_000) + b"\x3b"

    result = uploads.process(padded, mf.ImageOutput("webp"), to=f"{tmp_path}/")

    assert result.outputs[0].frames == 2
