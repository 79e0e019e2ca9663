"""XMP is read without expanding anything, and written as a fresh packet."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from mediaflow.image.metadata.rules import DC, RDF
from mediaflow.image.metadata.xmp import Node, container, read_xmp, texts_of, write_xmp
from tests.planted import credit_xmp

TITLE = (DC, "title")
_HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:d="http://purl.org/dc/elements/1.1/">'
)
_TAIL = "</r:RDF></x:xmpmeta>"


def _packet(inside: str, attributes: str = "") -> str:
    return f'{_HEAD}<r:Description r:about=""{attributes}>{inside}</r:Description>{_TAIL}'


def _titles(packet: bytes) -> list[tuple[str | None, str]]:
    found = read_xmp(packet)
    assert found is not None
    return [pair for node in found if node.name == TITLE for pair in texts_of(node)]


@pytest.mark.parametrize(
    "packet",
    [
        _packet("<d:title>Zoë €</d:title>"),
        _packet("", ' d:title="Zoë €"'),
        _packet("<d:title><r:Alt><r:li>Zoë €</r:li></r:Alt></d:title>"),
        _packet("<d:title><r:Bag><r:li> Zoë € </r:li></r:Bag></d:title>"),
        _packet("<d:title>Zo&#xEB; &#8364;</d:title>"),
        '<?xpacket begin="\ufeff" id="x"?>' + _packet("<d:title>Zoë €</d:title>") + "\n" * 2000,
    ],
)
def test_text_is_found_in_every_form(packet: str) -> None:
    assert _titles(packet.encode()) == [(None, "Zoë €")]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_packet_is_read_in_every_encoding_of_the_standard(encoding: str) -> None:
    packet = _packet("<d:title>Zoë €</d:title>").encode(encoding)

    assert _titles(packet) == [(None, "Zoë €")]


def test_languages_are_told_apart() -> None:
    assert _titles(credit_xmp()) == [
        ("x-default", "CREDIT-xmp-title"),
        ("de", "CREDIT-xmp-titel ä€"),
    ]


def _bomb() -> str:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    return f"<!DOCTYPE x [{entities}]>" + _packet("<d:title>&j;</d:title>")


@pytest.mark.parametrize(
    "packet",
    [
        _bomb(),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + _packet("<d:title>a</d:title>"),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        + _packet("<d:title>&e;</d:title>"),
        "<!DOCTYPE x>" + _packet("<d:title>a</d:title>"),
        _packet("<d:title>&undefined;</d:title>"),
        _packet("<d:title>" * 40 + "deep" + "</d:title>" * 40),
        _packet("<d:title/>" * 30_000),
        _packet("<d:title>open"),
        "<" * 100_000,
        "<a>" * 100_000,
        "no xml",
        "<html/>",
        "",
    ],
    ids=[
        "entity bomb",
        "outer document type",
        "outer entity",
        "bare document type",
        "undefined entity",
        "deep",
        "many",
        "not closed",
        "brackets",
        "open elements",
        "text",
        "no RDF",
        "empty",
    ],
)
def test_hostile_packet_is_none_at_once(packet: str) -> None:
    started = time.process_time()

    assert read_xmp(packet.encode()) is None
    assert time.process_time() - started < 2


def test_packet_larger_than_any_real_one_is_none() -> None:
    assert read_xmp(_packet("<d:title>" + "a" * 1024 * 1024 + "</d:title>").encode()) is None


@pytest.mark.parametrize("packet", [b"\xff\xfe<\0", b"\xff\xff\xff\xff", b"<\xe9>", bytes(64)])
def test_bytes_that_are_no_text_are_none(packet: bytes) -> None:
    assert read_xmp(packet) is None


def test_written_packet_is_read_by_another_parser() -> None:
    made = write_xmp(
        [
            container(TITLE, "Alt", [(None, 'a < b & "c" > d'), ("de", "ä\u0001b")]),
            container((DC, "creator"), "Seq", [(None, "one"), (None, "two")]),
            Node(("http://example.org/own/", "word"), text="x", attributes={("", "bare"): "no"}),
        ]
    )

    root = ElementTree.fromstring(made.partition(b"?>")[2])
    description = root[0][0]
    title, creator, own = description
    rdf = f"{{{RDF}}}"
    assert title.tag == f"{{{DC}}}title"
    assert [li.text for li in title.iter(f"{rdf}li")] == ['a < b & "c" > d', "äb"]
    assert [li.text for li in creator.iter(f"{rdf}li")] == ["one", "two"]
    assert (own.tag, own.text, own.attrib) == ("{http://example.org/own/}word", "x", {})


def test_written_packet_has_its_wrapper_and_no_padding() -> None:
    made = write_xmp([Node(TITLE, text="a")])

    assert made.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode())
    assert made.endswith(b'<?xpacket end="r"?>')


def test_no_properties_make_no_packet() -> None:
    assert write_xmp([]) == b""
