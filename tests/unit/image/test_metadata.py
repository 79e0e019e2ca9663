"""Nothing that a source says beside its pixels reaches an output, in any form."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import mediaflow as mf
from tests.media import alpha_png, encode, photo
from tests.profiles import display_p3_profile

FORMATS = ["avif", "jpeg", "png", "webp"]
CANARIES = [
    b"CANARY-maker",
    b"CANARY-serial",
    b"CANARY-artist",
    b"CANARY-gps",
    b"CANARY-user",
    b"CANARY-xmp",
    b"CANARY-comment",
    b"CANARY-iptc",
    b"CANARY-text",
    b"CANARY-ztxt",
    b"CANARY-itxt",
    b"CANARY-trailer",
    b"CANARY-thumbnail",
    b"CANARY-segment",
]


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "CANARY-maker"
    exif[0x013B] = "CANARY-artist"
    exif[0xA431] = "CANARY-serial"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0CANARY-user"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[29] = "N", (48.137154, 8.0, 14.0), "CANARY-gps"
    thumbnail = encode(Image.new("RGB", (16, 16), "red"), "JPEG", comment=b"CANARY-thumbnail")
    return exif.tobytes() + thumbnail


def _xmp() -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/">CANARY-xmp</x:xmpmeta>'


@cache
def _jpeg() -> bytes:
    data = encode(
        photo(96, 64),
        "JPEG",
        exif=_exif(),
        xmp=_xmp(),
        comment=b"CANARY-comment",
        icc_profile=display_p3_profile(),
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x11\x1c\x02\x78\0\x0cCANARY-iptc\0"
    segments = _segment(0xED, iptc) + _segment(0xEB, b"JP\0\0CANARY-segment")
    return data[:2] + segments + data[2:] + b"CANARY-trailer"


def _segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


@cache
def _png() -> bytes:
    text = PngInfo()
    text.add_text("Author", "CANARY-text")
    text.add_text("Description", "CANARY-ztxt " * 9, zip=True)
    text.add_itxt("XML:com.adobe.xmp", _xmp().decode() + "CANARY-itxt", zip=True)
    data = encode(photo(96, 64), "PNG", exif=_exif(), pnginfo=text, dpi=(300, 300))
    return data + b"CANARY-trailer"


@cache
def _webp() -> bytes:
    return encode(photo(96, 64), "WEBP", exif=_exif(), xmp=_xmp()) + b"CANARY-trailer"


@cache
def _avif() -> bytes:
    return encode(photo(96, 64), "AVIF", exif=_exif(), xmp=_xmp())


@cache
def _gif() -> bytes:
    return encode(photo(96, 64), "GIF", comment=b"CANARY-comment") + b"CANARY-trailer"


@cache
def _tiff() -> bytes:
    return encode(photo(96, 64), "TIFF", exif=_exif(), tiffinfo={270: "CANARY-text", 700: _xmp()})


SOURCES = {
    "avif": _avif,
    "gif": _gif,
    "jpeg": _jpeg,
    "png": _png,
    "tiff": _tiff,
    "webp": _webp,
}


EXIF = {"maker", "serial", "artist", "gps", "user", "thumbnail"}
CARRIED = {
    "avif": EXIF | {"xmp"},
    "gif": {"comment", "trailer"},
    "jpeg": EXIF | {"xmp", "comment", "iptc", "segment", "trailer"},
    "png": EXIF | {"text", "ztxt", "xmp", "itxt", "trailer"},
    "tiff": {"text", "xmp"},
    "webp": EXIF | {"xmp", "trailer"},
}


@pytest.mark.parametrize(("name", "carried"), CARRIED.items())
def test_the_sources_do_carry_what_is_looked_for(name: str, carried: set[str]) -> None:
    data = SOURCES[name]()

    spoken = data + _inflated(data)
    assert {word.decode()[7:] for word in CANARIES if word in spoken} == carried


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("width", [None, 40], ids=["own-size", "scaled"])
def test_no_word_of_the_source_is_in_the_output(
    tmp_path: Path, source: Callable[[], bytes], format: str, width: int | None
) -> None:
    spec = mf.ImageOutput(format, width=width)

    result = mf.process(source(), spec, to=f"{tmp_path}/")

    data = Path(result.outputs[0].uri).read_bytes()
    spoken = data + _inflated(data)
    assert [word for word in CANARIES if word in spoken] == []
    assert b"CANARY" not in spoken
    assert b"xmpmeta" not in spoken


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
@pytest.mark.parametrize("color", ["srgb", "preserve"])
def test_an_independent_reader_finds_no_metadata(
    tmp_path: Path, source: Callable[[], bytes], color: str
) -> None:
    specs = [mf.ImageOutput(format, width=40, color=color) for format in FORMATS]  # type: ignore[arg-type]  # one of two words

    result = mf.process(source(), specs, to=f"{tmp_path}/")

    for output in result.outputs:
        with Image.open(output.uri) as made:
            made.load()
            assert dict(made.getexif()) == {}
            assert not {"comment", "xmp", "photoshop", "XML:com.adobe.xmp"} & set(made.info)
            assert not getattr(made, "text", {})


@pytest.mark.parametrize("format", FORMATS)
def test_file_ends_where_its_format_ends(tmp_path: Path, format: str) -> None:
    result = mf.process(_jpeg(), mf.ImageOutput(format, width=40), to=f"{tmp_path}/")

    data = Path(result.outputs[0].uri).read_bytes()
    assert ENDS[format](data) == len(data)


@pytest.mark.parametrize("format", FORMATS)
def test_shorter_output_leaves_no_tail_of_the_longer_one_before(
    tmp_path: Path, format: str
) -> None:
    place = tmp_path / f"a.{ {'jpeg': 'jpg'}.get(format, format) }"
    place.write_bytes(b"CANARY-older" * 100_000)

    result = mf.process(_jpeg(), mf.ImageOutput(format, width=8), to=str(place))

    data = place.read_bytes()
    assert len(data) == result.outputs[0].bytes == ENDS[format](data)
    assert b"CANARY" not in data


def test_hidden_color_is_not_revealed(tmp_path: Path) -> None:
    hidden = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    hidden.paste((0, 0, 255, 255), (0, 0, 8, 8))
    specs = [mf.ImageOutput("jpeg", quality=100), mf.ImageOutput("webp", rate=mf.Lossless())]

    result = mf.process(encode(hidden, "PNG"), specs, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as flat:
        assert min(flat.convert("RGB").getpixel((40, 40))) >= 250  # type: ignore[arg-type]  # RGB
    with Image.open(result.outputs[1].uri) as kept:
        assert kept.convert("RGBA").getpixel((40, 40))[:3] != (255, 0, 0)  # type: ignore[index]  # RGBA


def test_preview_does_not_reveal_hidden_color(tmp_path: Path) -> None:
    import base64

    hidden = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    hidden.paste((0, 0, 255, 255), (0, 0, 4, 4))

    result = mf.process(encode(hidden, "PNG"), f"{tmp_path}/a.png")

    assert result.preview is not None
    data = base64.b64decode(result.preview.partition(",")[2])
    with Image.open(BytesIO(data)) as preview:
        seen = Image.new("RGBA", preview.size, "white")
        seen.alpha_composite(preview.convert("RGBA"))  # as a page shows it
    assert min(seen.getpixel((14, 14))[:3]) >= 250  # type: ignore[index]  # RGBA


def test_alpha_source_is_flattened_without_its_text(tmp_path: Path) -> None:
    text = PngInfo()
    text.add_text("Author", "CANARY-text")
    with Image.open(BytesIO(alpha_png())) as picture:
        source = encode(picture, "PNG", pnginfo=text)

    mf.process(source, mf.ImageOutput("jpeg"), to=f"{tmp_path}/a.jpg")

    assert b"CANARY" not in (tmp_path / "a.jpg").read_bytes()


def _inflated(data: bytes) -> bytes:
    """Return what every zlib stream in a file unfolds to; only PNG has them."""
    found = b""
    position = 8
    while data.startswith(b"\x89PNG") and position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        # zTXt, iCCP: keyword, NUL, method; iTXt: keyword, NUL, flag, method, two empty texts
        start = body.find(b"\0") + {b"zTXt": 2, b"iCCP": 2, b"iTXt": 5}.get(kind, 0)
        found += _unfold(body[start:]) if kind != b"IDAT" else b""
        position += length + 12
    return found


def _unfold(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return body


def _end_of_jpeg(data: bytes) -> int:
    return data.index(b"\xff\xd9", data.rindex(b"\xff\xda")) + 2


def _end_of_png(data: bytes) -> int:
    return data.index(b"IEND") + 8


def _end_of_webp(data: bytes) -> int:
    return int.from_bytes(data[4:8], "little") + 8


def _end_of_avif(data: bytes) -> int:
    position = 0
    while position < len(data):
        position += int.from_bytes(data[position : position + 4], "big")
    return position


ENDS: dict[str, Callable[[bytes], int]] = {
    "avif": _end_of_avif,
    "jpeg": _end_of_jpeg,
    "png": _end_of_png,
    "webp": _end_of_webp,
}
