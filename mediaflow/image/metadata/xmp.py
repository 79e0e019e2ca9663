"""Reads an XMP packet into a small tree, and writes fresh packets.

Law: a document type is refused, so there are no entities to expand and nothing to fetch; depth,
number and length of everything are bounded. Whatever the bytes are, the answer is a list of
properties or None.

Source: XMP specification part 1 (ISO 16684-1:2019) 7 (RDF serialisation, the packet wrapper in 7.3).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from xml.parsers import expat

from mediaflow.image.metadata.rules import DC, RDF, XMP_RIGHTS

__all__ = ["Name", "Node", "container", "read_xmp", "texts_of", "write_xmp"]

Name: TypeAlias = tuple[str, str]
"""Namespace and local name."""

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
XML: Final = "http://www.w3.org/XML/1998/namespace"
LANGUAGE: Final = (XML, "lang")
DEFAULT_LANGUAGE: Final = "x-default"
_CONTAINERS: Final = {(RDF, "Alt"), (RDF, "Bag"), (RDF, "Seq")}
_ITEM: Final = (RDF, "li")
_NOT_PROPERTIES: Final = {(RDF, "about"), (RDF, "ID"), (RDF, "nodeID")}
_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_PREFIXES: Final = {
    DC: "dc",
    RDF: "rdf",
    XML: "xml",
    XMP_RIGHTS: "xmpRights",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
}
"""The prefixes that the standards use; any other namespace gets a numbered one."""


@dataclass(slots=True)
class Node:
    """An element: its attributes, its children and the text inside."""

    name: Name
    attributes: dict[Name, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""


class _RefusedError(Exception):
    """The packet is more than any real one, or asks for what is not given."""


class _Builder:
    """Builds the tree while expat reads."""

    def __init__(self) -> None:
        self.root = Node(("", ""))
        self._open = [self.root]
        self._nodes = 0
        self._texts: list[list[str]] = [[]]
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.buffer_text = True

    def _refuse(self, *_: object) -> None:
        raise _RefusedError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1 + len(attributes)
        if self._nodes > MAX_NODES or len(self._open) > MAX_DEPTH:
            raise _RefusedError
        node = Node(_split(name), {_split(key): value for key, value in attributes.items()})
        self._open[-1].children.append(node)
        self._open.append(node)
        self._texts.append([])

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)


def read_xmp(packet: bytes) -> list[Node] | None:
    """Return the properties of a packet; attributes become nodes of their own.

    Args:
        packet: XML in UTF-8, UTF-16 or UTF-32, with or without the packet wrapper.

    Returns:
        The properties, or None when the packet is no XMP, broken, hostile or too large.
    """
    if len(packet) > MAX_BYTES:
        return None
    packet = packet.strip(b" \t\r\n") if packet[:1] not in (b"<", b"\0") else packet
    named = (encoding for mark, encoding in _ENCODINGS if packet.startswith(mark))
    builder = _Builder()
    try:
        text = packet.decode(next(named, "utf-8")).strip("\0 \t\r\n\ufeff")
        builder.parser.Parse(text, True)
    except (_RefusedError, expat.ExpatError, UnicodeError, ValueError):
        return None
    found = builder.root.children
    while found and found[0].name != (RDF, "RDF"):
        found = found[0].children
    if not found:
        return None
    return [
        node
        for description in found[0].children
        if description.name == (RDF, "Description")
        for node in (*_from_attributes(description), *description.children)
    ]


def _split(name: str) -> Name:
    namespace, _, local = name.rpartition(" ")
    return namespace, local


def _from_attributes(description: Node) -> list[Node]:
    return [
        Node(name, text=value)
        for name, value in description.attributes.items()
        if name not in _NOT_PROPERTIES and name[0] not in ("", XML)
    ]


def texts_of(node: Node) -> list[tuple[str | None, str]]:
    """Return the texts of a property with their languages: one, or those of its container."""
    holders = [child for child in node.children if child.name in _CONTAINERS]
    items = [item for holder in holders for item in holder.children if item.name == _ITEM]
    plain = [node] if not node.children else []
    pairs = [(each.attributes.get(LANGUAGE), each.text.strip()) for each in items or plain]
    return [(language, text) for language, text in pairs if text]


def container(name: Name, kind: str, texts: list[tuple[str | None, str]]) -> Node:
    """Return a property that holds texts.

    Args:
        name: Namespace and local name.
        kind: ``"Alt"`` for languages, ``"Bag"``, ``"Seq"``, or nothing for the first text alone.
        texts: Languages and texts.
    """
    if not kind:
        return Node(name, text=texts[0][1])
    items = [Node(_ITEM, text=text) for _, text in texts]
    if kind == "Alt":
        for item, (language, _) in zip(items, texts, strict=True):
            item.attributes[LANGUAGE] = language or DEFAULT_LANGUAGE
    return Node(name, children=[Node((RDF, kind), children=items)])


def write_xmp(properties: list[Node]) -> bytes:
    """Return a read-only packet in UTF-8 that holds the properties; nothing without any."""
    if not properties:
        return b""
    prefixes = {RDF: "rdf", XML: "xml"}
    body = "".join(_serialized(node, prefixes) for node in properties)
    declared = "".join(
        f' xmlns:{prefix}="{_escaped(uri)}"'
        for uri, prefix in prefixes.items()
        if uri not in (RDF, XML)
    )
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about=""{declared}>{body}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return packet.encode("utf-8")


def _serialized(node: Node, prefixes: dict[str, str]) -> str:
    tag = _qualified(node.name, prefixes)
    attributes = "".join(
        f' {_qualified(name, prefixes)}="{_escaped(value)}"'
        for name, value in node.attributes.items()
        if name[0]
    )
    inside = "".join(_serialized(child, prefixes) for child in node.children)
    return f"<{tag}{attributes}>{inside or _escaped(node.text)}</{tag}>"


def _qualified(name: Name, prefixes: dict[str, str]) -> str:
    uri, local = name
    prefix = prefixes.setdefault(uri, _PREFIXES.get(uri) or f"ns{len(prefixes)}")
    return f"{prefix}:{local}"


def _escaped(text: str) -> str:
    return _NO_XML.sub("", text).translate(_ESCAPES)
