"""Films that are copied, packed anew and encoded, read back by programs that are not ours.

Packets are compared by PyAV used plainly, facts by MediaInfo, tags and covers by mutagen, chapters and
texts by ffprobe.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

import av
import pytest

import mediaflow as mf
from tests.film import counting_film, ffprobe, moving_stream
from tests.media import photo_jpeg

pymediainfo = pytest.importorskip("pymediainfo", reason="pymediainfo is not installed")
mutagen_mp4 = pytest.importorskip("mutagen.mp4", reason="mutagen is not installed")

pytestmark = pytest.mark.integration

FOLDER = Path(os.environ.get("MEDIAFLOW_MEDIA", "")) / "video"
COPY = {"codec": "copy", "audio": "copy", "metadata": "keep"}

# ------------------------------------------------------------------ real films

HELD = {
    "anamorphic.mp4": ("mkv", "mov", "mp4"),
    "attached_picture.mkv": ("mkv", "mov", "mp4"),
    "bikes.mp4": ("mkv", "mov", "mp4"),
    "bt2020_10bit.mp4": ("mkv", "mov", "mp4"),
    "bt709_full_range.mp4": ("mkv", "mov", "mp4"),
    "bunny_720p25_5.1.mp4": ("mkv", "mov", "mp4"),
    "interlaced_tff.mp4": ("mkv", "mov", "mp4"),
    "nasa_13013.mp4": ("mkv", "mov", "mp4"),
    "nasa_13013_rotated.mp4": ("mov", "mp4"),
    "phone_rotated_180_vfr.mp4": ("mov", "mp4"),
    "rotated_90.mov": ("mov", "mp4"),
    "start_offset_10s.ts": ("mkv", "mov", "mp4"),
    "testsrc2_odd_height_vp9.mp4": ("mkv", "mp4", "webm"),
    "testsrc2_vp8.webm": ("mkv", "webm"),
    "vfr.mp4": ("mkv", "mov", "mp4"),
}
"""Real films, and the containers that hold them as they are."""

PAIRS = [(name, target) for name, targets in HELD.items() for target in targets]
FACTS = (
    "format",
    "width",
    "height",
    "pixel_aspect_ratio",
    "chroma_subsampling",
    "bit_depth",
    "rotation",
    "color_range",
    "color_primaries",
    "transfer_characteristics",
    "matrix_coefficients",
)
SOUND_FACTS = ("format", "channel_s", "sampling_rate")
NOT_SAID = {"rotation": "0.000"}
"""What it means where MediaInfo says nothing."""

UNTOLD = {("attached_picture.mkv", "color_range")}
"""Facts that MediaInfo finds in one container and not in the other."""

every_pair = pytest.mark.parametrize(
    ("name", "target"), PAIRS, ids=[f"{name}-{target}" for name, target in PAIRS]
)


@pytest.fixture(scope="module")
def made(media, tmp_path_factory):
    """Return a function that copies a real film into a container, each once."""
    done: dict[tuple[str, str], str] = {}
    folder = tmp_path_factory.mktemp("copies")

    def copied(name: str, target: str) -> str:
        if (name, target) not in done:
            to = f"{folder}/{name}.{{ext}}"
            result = mf.process(media / "video" / name, mf.VideoOutput(target, **COPY), to=to)
            done[name, target] = result.outputs[0].uri
        return done[name, target]

    return copied


def packets(path, kind):
    """Return the packets of the first moving picture, or of each sound in turn."""
    with av.open(str(path)) as film:
        streams = [moving_stream(film)] if kind == "video" else list(film.streams.audio)
        wanted = {stream.index: [] for stream in streams}
        for packet in film.demux():
            if packet.size and packet.stream.index in wanted:
                wanted[packet.stream.index].append(bytes(packet))
        return list(wanted.values())


def units(packet):
    """Return the NAL units of a packet, framed by start codes or by lengths, without delimiters.

    Source: ITU-T H.264 annex B; ISO/IEC 14496-15 5.3.2.
    """
    if packet.startswith((b"\0\0\1", b"\0\0\0\1")):
        found = [unit.rstrip(b"\0") for unit in packet.split(b"\0\0\1")[1:]]
    else:
        found, at = [], 0
        while at < len(packet):
            length = int.from_bytes(packet[at : at + 4])
            found.append(packet[at + 4 : at + 4 + length].rstrip(b"\0"))
            at += 4 + length
    return [unit for unit in found if unit and unit[0] & 31 not in DELIMITERS]


DELIMITERS = (9, 12)  # access unit delimiter, filler (ITU-T H.264 table 7-1)


@every_pair
def test_copied_pictures_keep_their_bytes(media, made, name, target):
    (before,), (after,) = (
        packets(media / "video" / name, "video"),
        packets(made(name, target), "video"),
    )

    is_framed_anew = name.endswith(".ts")
    assert len(after) == len(before)
    assert (after == before) != is_framed_anew
    if_framed = [units(packet) for packet in before] == [units(packet) for packet in after]
    assert if_framed or not is_framed_anew


@every_pair
def test_copied_sounds_keep_their_bytes(media, made, name, target):
    before, after = packets(media / "video" / name, "audio"), packets(made(name, target), "audio")

    heads = {".ts": 7}  # ADTS (ISO/IEC 13818-7 6.2), which no other container has
    head = heads.get(Path(name).suffix, 0)
    assert after == [[packet[head:] for packet in track] for track in before]


@every_pair
def test_facts_are_those_of_the_source(media, made, name, target):
    before, after = told(media / "video" / name), told(made(name, target))

    for kind, facts in (("Video", FACTS), ("Audio", SOUND_FACTS)):
        for old, new in zip(before[kind][: len(after[kind])], after[kind], strict=True):
            wanted = {fact: old[fact] for fact in facts if fact in old}
            found = {fact: new.get(fact, NOT_SAID.get(fact)) for fact in wanted}
            differ = {fact for fact in wanted if found[fact] != wanted[fact]}
            assert {(name, fact) for fact in differ} <= UNTOLD


def told(path):
    """Return what MediaInfo says of pictures and sounds."""
    tracks = pymediainfo.MediaInfo.parse(str(path)).to_data()["tracks"]
    return {
        kind: [track for track in tracks if track["track_type"] == kind]
        for kind in ("Video", "Audio")
    }


@pytest.mark.parametrize("name", sorted(HELD))
@pytest.mark.parametrize("target", ["mkv", "mp4"])
def test_what_the_plan_finds_right_is_whole(media, tmp_path, name, target):
    """Copied where it may be, encoded where it must be: no frame is lost, and nothing is told wrong."""
    source = media / "video" / name
    with av.open(str(source)) as film:
        frames = sum(1 for packet in film.demux(moving_stream(film)) if packet.size)

    # an effort asks for an encode, which is cheapest so
    output = mf.process(
        source, mf.VideoOutput(target, height=90, effort=0, end=1.0), to=f"{tmp_path}/"
    ).outputs[0]
    plain = mf.process(source, mf.VideoOutput(target, codec=None, audio=None), to=f"{tmp_path}/p/")

    assert output.duration_seconds == pytest.approx(min(1.0, output.duration_seconds), abs=0.1)
    assert plain.outputs[0].frames == frames


# ------------------------------------------------------------------ painted films with everything

TITLE, ARTIST, PLACE, MAKER, DATE = (
    "A Title",
    "An Artist",
    "+48.1000+011.5000/",
    "Camwright",
    "1999",
)
COVER = photo_jpeg(64, 48)
CHAPTERS = [("One", 0.0, 1.0), ("Two", 1.0, 2.0)]
CUES = [(200, 500, "first"), (1_100, 400, "<i>second</i>")]


def everything(folder):
    """Paint a film of two seconds that says all that a film can say."""
    path = counting_film(folder / "painted.mp4", size=(128, 72), languages=("eng", "deu"))
    film = folder / "film.mp4"
    with av.open(str(path)) as source, av.open(str(film), "w") as to:
        to.metadata.update({"title": TITLE, "artist": ARTIST, "date": DATE})
        tracks = {one.index: to.add_stream_from_template(one) for one in source.streams}
        for old, new in zip(source.streams.audio, list(tracks.values())[1:], strict=True):
            new.metadata["language"] = old.language
        words = to.add_stream("mov_text")
        words.codec_context.subtitle_header = b"[Events]"
        words.time_base, words.metadata["language"] = Fraction(1, 1000), "deu"
        to.set_chapters(
            [
                {
                    "id": number,
                    "start": round(start * 1000),
                    "end": round(end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for number, (title, start, end) in enumerate(CHAPTERS)
            ]
        )
        to.start_encoding()
        for pts, duration, text in CUES:
            plain = text.removeprefix("<i>").removesuffix("</i>").encode()
            packet = av.Packet(len(plain).to_bytes(2) + plain)
            packet.stream, packet.pts, packet.dts = words, pts, pts
            packet.duration, packet.time_base = duration, Fraction(1, 1000)
            to.mux(packet)
        for packet in source.demux():
            if packet.size:
                packet.stream = tracks[packet.stream.index]
                to.mux(packet)
    tags = mutagen_mp4.MP4(str(film))
    tags["covr"] = [mutagen_mp4.MP4Cover(COVER)]
    tags["\xa9mak"], tags["\xa9xyz"] = [MAKER], [PLACE]
    tags["\xa9too"] = ["Lavf0.0.1"]
    tags.save()
    return film


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Return a film that says all that a film can say."""
    return everything(tmp_path_factory.mktemp("everything"))


WAYS = {"copied": {"codec": "copy"}, "found": {}, "encoded": {"effort": 0}}
every_way = pytest.mark.parametrize("way", WAYS)
every_target = pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])


def told_film(film, tmp_path, target, way, **words):
    output = mf.VideoOutput(target, audio="copy", **WAYS[way], **words)
    return mf.process(film, output, to=f"{tmp_path}/").outputs[0]


@every_way
@every_target
def test_chapters_languages_and_texts_go_along(film, tmp_path, target, way):
    output = told_film(film, tmp_path, target, way)

    said = ffprobe(output.uri, "-show_streams", "-show_chapters")
    chapters = [
        (one["tags"]["title"], float(one["start_time"]), float(one["end_time"]))
        for one in said["chapters"]
    ]
    assert chapters == [(title, start, pytest.approx(end)) for title, start, end in CHAPTERS]
    languages = [
        (one["codec_type"], one["tags"].get("language"))
        for one in said["streams"]
        if one["codec_type"] in ("audio", "subtitle")
    ]
    german = {"mov": "ger"}.get(target, "deu")  # FFmpeg's name of QuickTime's own number
    assert languages == [("audio", "eng"), ("audio", german), ("subtitle", german)]
    shown = texts(output.uri)
    assert [text for _, text in shown] == [text for _, _, text in CUES]
    # picture, sound and text may begin together by as much later as primes the decoder of sound
    assert [at for at, _ in shown] == pytest.approx([pts for pts, _, _ in CUES], abs=22)


def texts(path):
    """Return when each text is shown, in ms, and its words, as FFmpeg decodes them to ASS."""
    found = []
    with av.open(path) as film:
        for packet in film.demux(subtitles=0):
            shown = packet.decode() if packet.size else []
            found += [
                (round(packet.pts * Fraction(str(packet.time_base)) * 1000), plain(one))
                for one in shown
            ]
    return [(at, text) for at, text in found if text]


def plain(subtitle):
    words = subtitle.dialogue.decode().strip()
    return {"second": "<i>second</i>"}.get(words, words)  # whoever painted it left out the style


@every_way
@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ("keep", {"\xa9nam": TITLE, "\xa9ART": ARTIST, "\xa9day": DATE}),
        ("safe", {"\xa9nam": TITLE, "\xa9ART": ARTIST}),
        ("strip", {}),
    ],
)
def test_tags_are_kept_as_the_policy_says(film, tmp_path, way, policy, kept):
    output = told_film(film, tmp_path, "mp4", way, metadata=policy)

    tags = mutagen_mp4.MP4(output.uri).tags or {}
    names = ("\xa9nam", "\xa9ART", "\xa9day")
    assert {name: tags[name][0] for name in names if name in tags} == kept
    assert [bytes(cover) for cover in tags.get("covr", [])] == [COVER] * (policy != "strip")


HIDDEN = {"safe": (PLACE, MAKER), "strip": (PLACE, MAKER, TITLE, ARTIST, "One")}
PROGRAM = re.compile(rb"Lavf\d")
"""Matroska must name its muxer, but need not say its version. Copied packets keep what is in them."""


@every_way
@every_target
@pytest.mark.parametrize("policy", HIDDEN)
def test_no_byte_says_what_nobody_should_know(film, tmp_path, target, way, policy):
    output = told_film(film, tmp_path, target, way, metadata=policy)

    data = Path(output.uri).read_bytes()
    assert [word for word in HIDDEN[policy] if word.encode() in data] == []
    assert PROGRAM.findall(data) == []


def test_the_painted_film_has_all_that_is_looked_for(film):
    data = film.read_bytes()

    assert [word for word in HIDDEN["strip"] if word.encode() not in data] == []
    assert PROGRAM.search(data)


@every_target
def test_all_that_can_be_said_is_kept(film, tmp_path, target):
    output = told_film(film, tmp_path, target, "copied", metadata="keep")

    tags = {name.lower(): value for name, value in ffprobe(output.uri)["format"]["tags"].items()}
    assert (tags["title"], tags["artist"]) == (TITLE, ARTIST)
    assert tags["date"].startswith(DATE)
    assert tags["location"] == PLACE


@every_target
def test_a_cover_goes_along_or_is_told(film, tmp_path, target):
    output = told_film(film, tmp_path, target, "copied")

    messages = {"mp4": []}.get(target, ["left out: 1 attached picture"])
    assert [notice.message for notice in output.notices] == messages
