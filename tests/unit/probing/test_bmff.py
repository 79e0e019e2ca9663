"""AVIF headers painted by Pillow, HEIF headers built by hand."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, LimitExceededError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import animated, encode, exif_orientation, photo, srgb_profile
from tests.unit.probing.readers import CountingReader

ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
HEVC_ALPHA = b"urn:mpeg:hevc:2015:auxid:1\0"
APPLE_GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def avif(picture: Image.Image, **options: object) -> bytes:
    return encode(picture, "AVIF", speed=10, **options)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def full(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version]), flags.to_bytes(3, "big"), *content)


def u16(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def u32(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", u32(width, height))


def hvcc(*, depth: int = 8, chroma: int = 1) -> bytes:
    return box(b"hvcC", bytes(16), bytes([0xFC | chroma, 0xF8 | (depth - 8), 0xF8, 0]))


def item(number: int, kind: bytes) -> bytes:
    return full(b"infe", u16(number, 0), kind, b"\0", version=2)


def heif(
    *properties: bytes,
    items: dict[int, tuple[bytes, list[int]]],
    references: bytes = b"",
    primary: int = 1,
    brand: bytes = b"heic",
) -> bytes:
    """Build a file of items, each with a type and the numbers of its properties."""
    listed = b"".join(u16(number) + bytes([len(own), *own]) for number, (_, own) in items.items())
    entries = [item(number, kind) for number, (kind, _) in items.items()]
    meta = full(
        b"meta",
        full(b"hdlr", u32(0), b"pict", bytes(13)),
        full(b"pitm", u16(primary)),
        full(b"iinf", u16(len(entries)), *entries),
        full(b"iref", references) if references else b"",
        box(b"iprp", box(b"ipco", *properties), full(b"ipma", u32(len(items)), listed)),
    )
    return box(b"ftyp", brand, u32(0), b"mif1", brand) + meta + box(b"mdat", bytes(50))


def refers(kind: bytes, source: int, *targets: int) -> bytes:
    return box(kind, u16(source, len(targets), *targets))


@pytest.mark.parametrize("chroma", ["4:4:4", "4:2:2", "4:2:0"])
def test_an_avif_tells_size_depth_and_chroma(chroma):
    info = read(avif(photo(70, 50), subsampling=chroma))

    assert (info.stored_size, info.bit_depth) == (Size(70, 50), 8)
    assert (info.chroma_subsampling, info.color.model) == (chroma, "rgb")
    assert (info.has_alpha, info.frames, info.is_animated) == (False, 1, False)


def test_a_gray_avif_has_no_chroma():
    info = read(avif(photo(70, 50), subsampling="4:0:0"))

    assert (info.color.model, info.chroma_subsampling) == ("gray", None)


def test_an_avif_tells_its_code_points():
    color = read(avif(photo(70, 50))).color

    # libavif's defaults: BT.709 primaries, sRGB transfer, BT.601 matrix, full range
    assert (color.primaries, color.transfer, color.matrix, color.full_range) == (1, 13, 6, True)


def test_unspecified_code_points_are_unknown():
    colr = box(b"colr", b"nclx", u16(2, 2, 2), b"\0")

    color = read(heif(ispe(70, 50), colr, items={1: (b"hvc1", [1, 2])})).color

    assert (color.primaries, color.transfer, color.matrix) == (None, None, None)
    assert color.full_range is False


def test_hdr_code_points_are_told():
    colr = box(b"colr", b"nclx", u16(9, 16, 9), b"\x80")

    assert read(heif(ispe(70, 50), colr, items={1: (b"av01", [1, 2])})).color.is_hdr


def test_an_alpha_plane_is_told():
    picture = Image.new("RGBA", (70, 50), (255, 0, 0, 100))

    assert read(avif(picture)).has_alpha
    assert not read(avif(picture.convert("RGB"))).has_alpha


def test_a_profile_is_described():
    profile = srgb_profile()

    color = read(avif(photo(70, 50), icc_profile=profile)).color

    assert (color.icc_space, color.icc_description) == ("RGB", "sRGB built-in")
    assert color.icc_bytes == len(profile)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_reported_as_the_exif_orientation_that_pillow_reports(orientation):
    data = avif(photo(70, 50), exif=exif_orientation(orientation))

    info = probe(CountingReader(data))

    assert info.image.orientation == orientation
    assert Image.open(BytesIO(data)).getexif().get(0x0112, 1) == orientation
    assert info.image.stored_size == Size(70, 50)


@pytest.mark.parametrize(
    ("turns", "orientation"),
    [
        ([box(b"irot", b"\x01")], 8),  # a quarter counter-clockwise
        ([box(b"irot", b"\x02")], 3),
        ([box(b"irot", b"\x03")], 6),
        ([box(b"imir", b"\x00")], 4),  # top and bottom exchanged
        ([box(b"imir", b"\x01")], 2),  # left and right exchanged
        ([box(b"irot", b"\x01"), box(b"imir", b"\x00")], 5),
        ([box(b"irot", b"\x01"), box(b"imir", b"\x01")], 7),
        ([box(b"irot", b"\x03"), box(b"imir", b"\x01")], 5),
        ([box(b"imir", b"\x01"), box(b"irot", b"\x03")], 7),  # the other order
    ],
)
def test_turns_are_joined_in_the_order_that_the_item_lists_them(turns, orientation):
    data = heif(ispe(70, 50), *turns, items={1: (b"hvc1", list(range(1, 2 + len(turns))))})

    assert read(data).orientation == orientation


@pytest.mark.parametrize("frames", [2, 3, 9])
def test_a_sequence_tells_its_frames(frames):
    info = read(animated("AVIF", frames=frames))

    assert (info.frames, info.is_animated, info.stored_size) == (frames, True, Size(64, 48))


def track(handler: bytes, entry: bytes) -> bytes:
    table = box(b"stbl", full(b"stsd", u32(1), entry), full(b"stsz", u32(0, 5), bytes(20)))
    media = box(b"mdia", full(b"hdlr", u32(0), handler, bytes(13)), box(b"minf", table))
    return box(b"trak", media)


@pytest.mark.parametrize("has_alpha", [False, True])
def test_a_sequence_without_items_is_read_from_its_tracks(has_alpha):
    entry = box(b"hvc1", bytes(24), u16(70, 50), bytes(50), hvcc(depth=10))
    plane = track(b"auxv", entry) * has_alpha
    moov = box(b"moov", track(b"soun", b""), plane, track(b"pict", entry))

    info = read(box(b"ftyp", b"hevc", u32(0), b"msf1") + moov)

    assert (info.stored_size, info.bit_depth) == (Size(70, 50), 10)
    assert (info.frames, info.is_animated, info.has_alpha) == (5, True, has_alpha)


@pytest.mark.parametrize(
    ("flags", "depth", "chroma", "model"),
    [
        (0x0C, 8, "4:2:0", "rgb"),
        (0x08, 8, "4:2:2", "rgb"),
        (0x40, 10, "4:4:4", "rgb"),
        (0x6C, 12, "4:2:0", "rgb"),
        (0x1C, 8, None, "gray"),
    ],
)
def test_the_av1_configuration_tells_depth_and_chroma(flags, depth, chroma, model):
    av1c = box(b"av1C", bytes([0x81, 0, flags, 0]))

    info = read(heif(ispe(70, 50), av1c, items={1: (b"av01", [1, 2])}, brand=b"avif"))

    assert (info.bit_depth, info.chroma_subsampling, info.color.model) == (depth, chroma, model)


@pytest.mark.parametrize(
    ("chroma", "name", "model"),
    [(0, None, "gray"), (1, "4:2:0", "rgb"), (2, "4:2:2", "rgb"), (3, "4:4:4", "rgb")],
)
def test_the_hevc_configuration_tells_chroma(chroma, name, model):
    data = heif(ispe(70, 50), hvcc(chroma=chroma), items={1: (b"hvc1", [1, 2])})

    info = read(data)

    assert (info.chroma_subsampling, info.color.model) == (name, model)


def test_a_grid_takes_from_its_tiles_what_it_does_not_say():
    colr = box(b"colr", b"nclx", u16(12, 13, 6), b"\x80")
    data = heif(
        ispe(4032, 3024),
        box(b"irot", b"\x03"),
        ispe(512, 512),
        hvcc(depth=10),
        colr,
        items={1: (b"hvc1", [3, 4, 5]), 2: (b"hvc1", [3, 4, 5]), 49: (b"grid", [1, 2])},
        references=refers(b"dimg", 49, 1, 2),
        primary=49,
    )

    info = probe(CountingReader(data))

    assert (info.format, info.mime_type) == ("heif", "image/heic")
    assert (info.size, info.image.stored_size) == (Size(3024, 4032), Size(4032, 3024))
    assert (info.image.bit_depth, info.image.color.primaries) == (10, 12)
    assert info.image.chroma_subsampling == "4:2:0"


@pytest.mark.parametrize(
    ("name", "target", "has_alpha", "has_gain_map"),
    [
        (ALPHA, 1, True, False),
        (HEVC_ALPHA, 1, True, False),
        (ALPHA, 3, False, False),  # belongs to a thumbnail
        (APPLE_GAIN_MAP, 1, False, True),
        (b"urn:mpeg:hevc:2015:auxid:2\0", 1, False, False),  # a depth map
    ],
)
def test_auxiliary_pictures_are_told_apart(name, target, has_alpha, has_gain_map):
    data = heif(
        ispe(70, 50),
        full(b"auxC", name),
        items={1: (b"hvc1", [1]), 2: (b"hvc1", [1, 2]), 3: (b"hvc1", [1])},
        references=refers(b"auxl", 2, target) + refers(b"thmb", 3, 1),
    )

    info = read(data)

    assert (info.has_alpha, info.has_gain_map) == (has_alpha, has_gain_map)


def test_a_tone_mapped_item_is_a_gain_map():
    data = heif(ispe(70, 50), items={1: (b"av01", [1]), 2: (b"tmap", [1])}, brand=b"avif")

    assert read(data).has_gain_map


def test_wide_item_tables_are_read():
    listed = u32(70_000) + b"\x01" + u16(0x8000 | 1)
    meta = full(
        b"meta",
        full(b"pitm", u32(70_000), version=1),
        full(b"iinf", u32(1), full(b"infe", u32(70_000), u16(0), b"tmap\0", version=3), version=1),
        box(b"iprp", box(b"ipco", ispe(70, 50)), full(b"ipma", u32(1), listed, version=1, flags=1)),
    )

    info = read(box(b"ftyp", b"avif", u32(0)) + meta)

    assert (info.stored_size, info.has_gain_map) == (Size(70, 50), True)


def test_a_64_bit_box_before_the_tables_is_jumped_over():
    still = avif(photo(70, 50))
    head = int.from_bytes(still[:4], "big")
    filler = u32(1) + b"free" + (500_016).to_bytes(8, "big") + bytes(500_000)
    source = CountingReader(still[:head] + filler + still[head:])

    assert probe(source).size == Size(70, 50)
    assert source.bytes_read < 20_000


def test_tables_beyond_the_first_request_come_in_one_more():
    filler = [box(b"free", bytes(100))] * 200
    source = CountingReader(heif(ispe(70, 50), *filler, items={1: (b"hvc1", [1])}))

    assert probe(source).size == Size(70, 50)
    assert source.calls == 2
    assert source.bytes_read < 24_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (heif(ispe(0, 50), items={1: (b"hvc1", [1])}), "0×50 px"),
        (heif(ispe(70, 50), items={1: (b"hvc1", [])}), "0×0 px"),
        (heif(ispe(70, 50), items={1: (b"hvc1", [9])}), "0×0 px"),
        (heif(ispe(70, 50), items={1: (b"hvc1", [1])}, primary=7), "0×0 px"),
        (box(b"ftyp", b"avif", u32(0)) + u32(7) + b"meta" + bytes(50), "claims 7 bytes"),
        (
            box(b"ftyp", b"avif", u32(0)) + full(b"meta", u32(900) + b"iprp" + bytes(20)),
            "claims 900 bytes",
        ),
    ],
)
def test_what_breaks_the_rules_is_corrupt(data, message):
    with pytest.raises(CorruptMediaError, match=message):
        probe(CountingReader(data))


def test_nested_boxes_do_not_exhaust_the_stack():
    depth = 30_000
    nested = b"".join((8 * (depth - level)).to_bytes(4, "big") + b"mdia" for level in range(depth))
    data = box(b"ftyp", b"avis", u32(0)) + box(b"moov", box(b"trak", nested))

    with pytest.raises((CorruptMediaError, TruncatedMediaError, LimitExceededError)):
        probe(CountingReader(data))


def test_an_avif_cut_inside_its_tables_is_truncated():
    data = avif(photo(70, 50))
    end = data.index(b"mdat") - 4

    with pytest.raises(TruncatedMediaError):
        probe(CountingReader(data[: end - 1]))
    assert read(data[:end]).stored_size == Size(70, 50)
