"""No bytes make the readers of EXIF, XMP and IPTC fail, and nothing unsafe passes through them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mediaflow.frames import SourceMetadata
from mediaflow.image.metadata.compose import compose
from mediaflow.image.metadata.exif import read_exif
from mediaflow.image.metadata.rules import SAFE_EXIF
from mediaflow.image.metadata.xmp import read_xmp
from tests.planted import credit_xmp, iptc_records, planted_exif

EXIF = planted_exif()
XMP = credit_xmp()
IPTC = iptc_records(title=b"a", creator=b"b", rights=b"c", description=b"d", city=b"PLANTED")


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return bytes with some of them changed, cut out or doubled."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        part = draw(st.binary(max_size=12))
        data[at : at + draw(st.integers(0, 12))] = part
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@given(
    exif=st.one_of(damaged(EXIF), st.binary(max_size=300), st.none()),
    xmp=st.one_of(damaged(XMP), st.binary(max_size=300), st.none()),
    iptc=st.one_of(damaged(IPTC), st.binary(max_size=300), st.none()),
    policy=st.sampled_from(["safe", "keep"]),
)
def test_damaged_metadata_never_fails_and_gives_sound_blocks(
    exif: bytes | None, xmp: bytes | None, iptc: bytes | None, policy: str
) -> None:
    source = SourceMetadata(exif=exif, xmp=xmp, iptc=iptc)

    made = compose(source, policy, "jpeg")  # type: ignore[arg-type]  # one of two words

    again = read_exif(made.exif) if made.exif else None
    assert (again is not None) == bool(made.exif)
    assert again is None or not again.unreadable
    assert (read_xmp(made.xmp) is not None) == bool(made.xmp)


@given(exif=damaged(EXIF))
def test_safe_has_three_tags_whatever_the_source_is(exif: bytes) -> None:
    made = compose(SourceMetadata(exif=exif), "safe", "jpeg")

    read = Image.Exif()
    read.load(made.exif)
    assert set(read) <= set(SAFE_EXIF)
    assert read.get_ifd(0x8825) == {}
