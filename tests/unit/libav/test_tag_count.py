"""A file with very many tags is refused before FFmpeg makes a list of them."""

from __future__ import annotations

import struct

import av
import numpy as np
import pytest

from mediaflow.errors import LimitExceededError
from mediaflow.libav.gate import open_input
from mediaflow.libav.tag_count import MOST_TAGS, check_tag_count
from mediaflow.security.limits import Limits
from tests.hostile_films import box, rebuilt
from tests.sound_files import tone
from tests.unit.probing.readers import CountingReader

FEW, MANY = 1_000, MOST_TAGS + 1


def seven(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name, content):
    return name + seven(len(content)) + b"\0\0" + content


def id3(frames):
    return b"ID3\4\0\0" + seven(len(frames)) + frames


def words(count):
    return b"".join(frame(b"TXXX", b"\3k%d\0v" % number) for number in range(count))


def comments(count):
    fields = [b"k%d=v" % number for number in range(count)]
    listed = b"".join(struct.pack("<I", len(field)) + field for field in fields)
    return struct.pack("<I", 1) + b"v" + struct.pack("<I", count) + listed


def mp3(path, count):
    return id3(words(count)) + tone(path / "a.mp3").read_bytes()


def mp3_chapter(path, count):
    chapter = frame(b"CHAP", b"one\0" + bytes(16) + words(count))
    return id3(chapter) + tone(path / "a.mp3").read_bytes()


def flac(path, count):
    data, block = tone(path / "a.flac").read_bytes(), comments(count)
    at = 4 + 4 + 34
    size = int.from_bytes(data[at + 1 : at + 4], "big")
    head = bytes([data[at]]) + len(block).to_bytes(3, "big")
    return data[:at] + head + block + data[at + 4 + size :]


def m4a(path, count):
    values = b"".join(
        box(
            b"----",
            box(b"mean", b"\0\0\0\0m")
            + box(b"name", b"\0\0\0\0k%d" % number)
            + box(b"data", b"\0\0\0\1\0\0\0\0v"),
        )
        for number in range(count)
    )
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    meta = box(b"meta", bytes(4) + handler + box(b"ilst", values))
    return rebuilt(tone(path / "a.m4a").read_bytes(), {b"udta": lambda _: meta})


def wav(path, count):
    data = tone(path / "a.wav").read_bytes()
    chunks = b"".join(b"%04d" % number + struct.pack("<I", 2) + b"v\0" for number in range(count))
    info = b"LIST" + struct.pack("<I", 4 + len(chunks)) + b"INFO" + chunks
    return data[:12] + info + data[12:]


def element(name, content):
    return name + (1 << 56 | len(content)).to_bytes(8, "big") + content


def matroska(path, count):
    target = path / "a.mka"
    with av.open(str(target), "w", format="matroska", options={"live": "1"}) as file:
        stream = file.add_stream("flac", rate=48_000, layout="mono")
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 4_800), np.int16), format="s16", layout="mono"
        )
        silence.sample_rate, silence.pts = 48_000, 0
        for sound in (silence, None):
            file.mux(stream.encode(sound))
    data = target.read_bytes()
    one = [
        element(b"\x67\xc8", element(b"\x45\xa3", b"k%d" % number) + element(b"\x44\x87", b"v"))
        for number in range(count)
    ]
    tags = element(
        b"\x12\x54\xc3\x67", element(b"\x73\x73", element(b"\x63\xc0", b"") + b"".join(one))
    )
    at = data.index(b"\x1f\x43\xb6\x75")
    return data[:at] + tags + data[at:]


FORMATS = {
    "flac": flac,
    "m4a": m4a,
    "matroska": matroska,
    "mp3": mp3,
    "mp3 chapter": mp3_chapter,
    "wav": wav,
}
every_format = pytest.mark.parametrize("name", sorted(FORMATS))


def opened(data, name):
    with open_input(CountingReader(data), format=name.split()[0], limits=Limits()) as container:
        return len(container.metadata)


@every_format
def test_more_tags_than_anybody_writes_are_refused(tmp_path, name):
    with pytest.raises(LimitExceededError, match="more than 10,000 tags"):
        opened(FORMATS[name](tmp_path, MANY), name)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"mp3 chapter"}))
def test_many_tags_are_read(tmp_path, name):
    assert opened(FORMATS[name](tmp_path, FEW), name) >= FEW


def page(body, *, serial=1, begins=True):
    pieces = [255] * (len(body) // 255) + [len(body) % 255]
    return (
        b"OggS\0"
        + bytes([0 if begins else 1])
        + bytes(8)
        + serial.to_bytes(4, "little")
        + bytes(8)
        + bytes([len(pieces), *pieces])
        + body
    )


@pytest.mark.parametrize(
    "data",
    [
        page(b"OpusHead") + page(b"OpusTags" + comments(0)[:5] + struct.pack("<I", MANY)),
        page(b"\x03vorbis" + b"\1\0\0\0v" + struct.pack("<I", MANY)),
        page(b"\x04\0\0\x99" + b"\1\0\0\0v" + struct.pack("<I", MANY)),
        page(b"OpusTags" + struct.pack("<I", 1 << 30)),
    ],
)
def test_comments_of_ogg_are_counted_as_they_are_announced(data):
    with pytest.raises(LimitExceededError):
        check_tag_count(lambda at, length: data[at : at + length], len(data), "ogg")


@pytest.mark.parametrize("demuxer", ["mp3", "flac", "ogg", "matroska", "wav", "avi", "mpegts"])
@pytest.mark.parametrize(
    "data", [b"", b"ID3", b"OggS", b"\x1a", b"\xff" * 99, b"fLaC\4\xff\xff\xff"]
)
def test_what_is_damaged_is_left_to_others(demuxer, data):
    check_tag_count(lambda at, length: data[at : at + length], len(data), demuxer)


def test_a_list_of_places_leads_to_tags_behind_the_media():
    tags = element(b"\x12\x54\xc3\x67", element(b"\x67\xc8", b"") * MANY)
    media = element(b"\x1f\x43\xb6\x75", bytes(500))
    seek = element(b"\x4d\xbb", b"\x53\xab\x84\x12\x54\xc3\x67" + b"\x53\xac\x84" + bytes(4))
    length = len(element(b"\x11\x4d\x9b\x74", seek)) + len(media)
    seek = seek[:-4] + length.to_bytes(4, "big")
    segment = element(b"\x11\x4d\x9b\x74", seek) + media + tags
    data = element(b"\x1a\x45\xdf\xa3", b"") + element(b"\x18\x53\x80\x67", segment)

    with pytest.raises(LimitExceededError):
        check_tag_count(lambda at, length: data[at : at + length], len(data), "matroska")
