"""What nobody should send to a service: locations, addresses, files and bodies, as tables.

Source: RFC 3986 and 8259; what readers of paths, URLs and JSON are known to read in two ways.
"""

from __future__ import annotations

import io
import zipfile

from PIL import Image

from tests.media import photo_jpeg

__all__ = [
    "BROKEN",
    "CODES",
    "ESCAPES",
    "INNER",
    "MALFORMED",
    "NO_MEDIA",
    "ODD_URLS",
    "PRIVATE",
]

PICTURE = photo_jpeg(320, 240)

ESCAPES = [
    "..", ".", "./", "../secret.jpg", "../../secret.jpg", "../rooted/secret.jpg", "a/../../secret.jpg",
    "/", "//", "/etc/passwd", "//etc/passwd", "/../secret.jpg", "~", "~/secret.jpg", "~root/.bashrc",
    "%2e%2e/secret.jpg", "%2e%2e%2fsecret.jpg", "..%2fsecret.jpg", "%252e%252e%252fsecret.jpg",
    "..%c0%af", "%00", "..;/secret.jpg", "....//secret.jpg", ".../secret.jpg", "..\\secret.jpg",
    "\\secret.jpg", "C:\\secret.jpg", "C:/secret.jpg", "\\\\host\\share\\x.jpg", "file:///etc/passwd",
    "file:/etc/passwd", "file:secret.jpg", "FILE:///etc/passwd", "local:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:{port}/x.jpg",
    "https://[::1]:{port}/x.jpg", "//127.0.0.1:{port}/x.jpg", "s3://bucket/x.jpg", "s3a://bucket/x",
    "gs://bucket/x.jpg", "az://c/x.jpg", "memory://x.jpg", "simplecache::/etc/passwd",
    "filecache::file:///etc/passwd", "zip://x::/etc/passwd", "async_wrapper::file:///etc/passwd",
    "reference::x", "data:image/png;base64,AAAA", "concat:a.jpg|b.jpg", "subfile,,start,0,end,9,,:/etc/passwd",
    "crypto:/etc/passwd", "pipe:0", "fd:0", "tcp://127.0.0.1:{port}", "/dev/stdin", "/dev/zero",
    "/proc/self/environ", "-", "-i", "a.jpg\x00.png", "\x00", "a\nb", "a\r\nX: y", "a\x1b[2J", "\x7f", "a\x85b",
    " ", "secret.jpg ", " ../secret.jpg", "a/ ../../secret.jpg", "\u2025/secret.jpg", "\uff0e\uff0e/secret.jpg", "..\u2215secret.jpg",
    "a\u2044..\u2044secret.jpg", "\u202egpj.terces", "\u200b../secret.jpg", "é", "e\u0301", "x" * 256, "x" * 5_000,
    "a/" * 600 + "x", "a//b", "a/./b", "a/", ".hidden", "uploads/.x.part", "{name}", "{stem}.{ext}", "*", "?", "[a]",
    "$HOME/x", "`id`", "$(id)", "%s%n", "nul", "con.jpg", "a.jpg:stream", "\ud800", "a\udcff.jpg", "😀" * 70,
]  # fmt: skip
INNER = [
    "link.jpg", "up/secret.jpg", "up", "up/rooted/secret.jpg", "loop", "loop/x", "zero.png", "pipe.jpg",
    "socket.jpg", "uploads", "uploads/", "", "../rooted/secret.jpg", "none.jpg",
]  # fmt: skip


PRIVATE = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "0.1.2.3", "2130706433",
    "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.000.000.001", "localhost",
    "LOCALHOST", "localhost.", "LocalHost.localdomain.", "10.0.0.1", "10.255.255.255", "100.64.0.1", "169.254.169.254",
    "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "168.63.129.16", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001::1]",
    "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]",
    "①②⑦.⓪.⓪.①", "\uff11\uff12\uff17.0.0.1", "127。0。0。1", "ⓛocalhost", "loc\u00adalhost", "user@127.0.0.1", "user:pw@127.0.0.1",
    "example.com@127.0.0.1", "127.0.0.1#@example.com", "127.0.0.1\\@example.com", "example.com\\.127.0.0.1", " 127.0.0.1",
    "127.0.0.1\t", "127.0.0.1\r\nx", "%31%32%37.0.0.1", "",
]  # fmt: skip
ODD_URLS = [
    "file:///etc/passwd", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x", "javascript:alert(1)", "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}", "http:/127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/", "unix:/run/x",
    "ws://127.0.0.1:{port}/", "https://127.0.0.1:0/", "https://127.0.0.1:99999/", "https://127.0.0.1:-1/", "x", " ", "",
    "http://127.0.0.1:{port}/\r\nHost: x", "http://127.0.0.1:{port}/é", "https://" + "a" * 3_000 + ".com/", "\ud800",
]  # fmt: skip


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.png", PICTURE)
    return out.getvalue()


def png(size: int = 200) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 60).save(out, "PNG")
    return out.getvalue()


NO_MEDIA = {
    "nothing": b"",
    "text": b"this is no picture, whatever it is called",
    "svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
    "svg with a byte order mark": b"\xef\xbb\xbf<svg/>",
    "html": b"<!doctype html><script>x()</script>",
    "playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "playlist after a space": b" \n#EXTM3U\nfile:///etc/passwd\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "manifest": b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'/>",
    "description": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    "subtitles": b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n",
    "archive": zipped(),
    "document": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0\n",
    "program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "script": b"#!/bin/sh\nid\n",
    "gzip": b"\x1f\x8b\x08\x00" + bytes(20),
    "noise": bytes(range(256)) * 4,
    "zeros": bytes(5_000),
    "png after a byte": b"x" + png(8),
    "half a signature": png(8)[:5],
}


BROKEN = {
    "png cut in half": png()[: len(png()) // 2],
    "png with its head only": png()[:33],
    "png of a great size": png()[:16] + b"\x7f\xff\xff\xff\x7f\xff\xff\xff" + png()[24:],
    "jpeg of three bytes": b"\xff\xd8\xff",
    "jpeg without an end": PICTURE[:600],
    "gif that is a page": b"GIF89a/*<html><script>x()</script></html>*/=1;" + bytes(40),
    "webp of nothing": b"RIFF\x04\x00\x00\x00WEBP",
    "sound of nothing": b"RIFF\x04\x00\x00\x00WAVE",
    "film of a type only": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
    "film of zeros": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(20_000),
    "matroska of a head only": b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x00",
    "ogg of a head only": b"OggS\x00\x02" + bytes(40),
    "mp3 of a tag only": b"ID3\x04\x00\x00\x00\x00\x00\x00",
    "bmp of a great size": b"BM"
    + bytes(12)
    + b"\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f"
    + bytes(40),
}
CODES = {
    "decode_failed", "limit_exceeded", "truncated", "unidentified", "unreadable", "unsupported",
    "corrupt", "corrupt_media", "broken_source", "invalid_spec", "source_error",
}  # fmt: skip


def nested(depth: int, left: str, right: str) -> bytes:
    return (left * depth + right * depth).encode()


def inside(text: str) -> bytes:
    """Return a request whose only output is written so."""
    return b'{"source": "SOURCE", "outputs": [' + text.encode() + b"]}"


MALFORMED = {
    "nothing": (b"", {400}),
    "a word": (b"null", {400}),
    "a number": (b"5", {400}),
    "a text": (b'"x"', {400}),
    "a list": (b"[]", {400}),
    "two objects": (b"{}{}", {400}),
    "a comment": (b"{/**/}", {400}),
    "a last comma": (b'{"source": "x",}', {400}),
    "no field": (b"{}", {422}),
    "deep lists": (nested(100_000, "[", "]"), {400}),
    "deep objects": (nested(40_000, '{"a":', "}").replace(b":}", b":1}", 1), {400}),
    "deep lists in an output": (inside(nested(900, "[", "]").decode()), {400, 422}),
    "deep objects in an output": (inside('{"a":' * 900 + "1" + "}" * 900), {400, 422}),
    "deep objects in a field": (
        inside('{"filters": ' + '[{"kind": ' * 400 + "1" + "}]" * 400 + "}"),
        {400, 422},
    ),
    "NaN": (inside('{"format": "png", "width": NaN}'), {400, 422}),
    "infinite": (inside('{"kind": "video", "start": Infinity}'), {400, 422}),
    "minus infinite": (inside('{"kind": "video", "start": -Infinity}'), {400, 422}),
    "an infinite number": (inside('{"kind": "video", "start": 1e999}'), {400, 422}),
    "a long number": (inside('{"format": "png", "width": ' + "9" * 5_000 + "}"), {400, 422}),
    "a great number": (inside('{"format": "png", "width": ' + "9" * 400 + "}"), {422}),
    "a great start": (inside('{"kind": "video", "start": ' + "9" * 400 + "}"), {422}),
    "a small number": (inside('{"format": "png", "width": -1}'), {422}),
    "a half": (inside('{"format": "png", "width": 0.5}'), {422}),
    "true": (inside('{"format": "png", "width": true}'), {422}),
    "a list for a text": (inside('{"format": ["png"]}'), {422}),
    "half a pair": (inside(r'{"format": "\ud800"}'), {422}),
    "half a pair as a folder": (
        b'{"source": "SOURCE", "outputs": [{"format": "png"}], "to": "\\ud800"}',
        {403, 404, 422},
    ),
    "half a pair in a name": (inside(r'{"format": "png", "name": "\ud800"}'), {422}),
    "half a pair in a suffix": (inside(r'{"format": "png", "suffix": "\ud800"}'), {403, 422}),
    "a suffix that climbs": (inside('{"format": "png", "suffix": "/../../../x"}'), {403, 422}),
    "a suffix of a pattern": (inside('{"format": "png", "suffix": "{name}"}'), {202, 403, 422}),
    "unknown kind": (inside('{"kind": "program"}'), {422}),
    "unknown field": (inside('{"format": "png", "shell": "id"}'), {422}),
    "fields of Python": (inside('{"__class__": "x", "format": "png"}'), {422}),
    "no output": (inside(""), {422}),
    "bytes that are no text": (b'{"source": "\xff\xfe"}', {400}),
    "UTF-16": ('{"source": "SOURCE", "outputs": [{"format": "png"}]}'.encode("utf-16"), {400}),
    "UTF-16 without a mark": (
        '{"source": "SOURCE", "outputs": [{"format": "png"}]}'.encode("utf-16-le"),
        {400},
    ),
    "UTF-32": ('{"source": "SOURCE", "outputs": [{"format": "png"}]}'.encode("utf-32"), {400}),
    "a byte order mark": (
        b'\xef\xbb\xbf{"source": "SOURCE", "outputs": [{"format": "png"}]}',
        {202, 400},
    ),
    "a NUL": (b'{"source": "SOURCE", "outputs": [{"format": "png"}]}\x00', {400}),
    "a source twice": (
        b'{"source": "../x", "source": "SOURCE", "outputs": [{"format": "png"}]}',
        {202, 400, 422},
    ),
    "a source twice, the other way": (
        b'{"source": "SOURCE", "source": "../x", "outputs": [{"format": "png"}]}',
        {400, 403, 422},
    ),
    "outputs without end": (inside(",".join(['{"format": "png"}'] * 50_000)), {413}),
}
