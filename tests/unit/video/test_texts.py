"""Texts that go along end with the film, come in order, and what is lost of them is told."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

import mediaflow as mf
from mediaflow.errors import OutputsFailedError
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from mediaflow.video.texts import TextTimes
from tests.film import counting_film, ffprobe
from tests.hostile_films import DURATION, VOID

HOUR = 3_600_000
WAYS = {"copied": {"codec": "copy", "audio": "copy"}, "encoded": {"effort": 9, "audio": "copy"}}
ORDINARY = (500, 1_250, "one")

every_way = pytest.mark.parametrize("way", WAYS)
every_source = pytest.mark.parametrize("source", ["mkv", "mp4"])
every_target = pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])


def told(folder, *texts, source="mkv", shift=0, **words):
    """Paint a film of four seconds with texts: first and last millisecond of each, and its words."""
    plain = counting_film(
        folder / f"plain.{source}", **{"frames": 100, "size": (64, 36), "gop": 25, **words}
    )
    track = TextTrack(codec={"mkv": "subrip", "mp4": "mov_text"}[source], texts=texts)
    return subtitled_film(folder / f"film.{source}", plain, track, shift=shift)


def made(film, target, way, **words):
    output = mf.VideoOutput(target, **{**WAYS[way], "suffix": "_made", **words})
    return mf.process(film, output, to=f"{film.parent}/out/").outputs[0]


def shown(path):
    """Return first and last second of each text, and its words."""
    found = []
    with av.open(path) as film:
        for packet in film.demux(subtitles=0):
            words = [one.dialogue.decode().strip() for one in packet.decode() if packet.size]
            base = Fraction(packet.time_base)
            found += [
                (float(packet.pts * base), float((packet.pts + packet.duration) * base), word)
                for word in words
                if word
            ]
    return found


def seconds(path):
    return float(ffprobe(path)["format"]["duration"])


def exactly(*texts):
    # a sound that is primed before 0 moves a whole Matroska by as much, and so does its rounding
    return [
        (pytest.approx(start, abs=0.03), pytest.approx(end, abs=0.03), words)
        for start, end, words in texts
    ]


@every_way
@every_target
@every_source
def test_a_text_far_behind_the_end_is_left_out_and_told(tmp_path, source, target, way):
    texts = ORDINARY, (30 * HOUR, 30 * HOUR + 500, "never"), (31 * HOUR, 32 * HOUR, "never")
    film = told(tmp_path, *texts, source=source)

    output = made(film, target, way)

    assert shown(output.uri) == exactly((0.5, 1.25, "one"))
    assert seconds(output.uri) == pytest.approx(4, abs=0.1)
    assert [(one.code, one.message) for one in output.notices] == [
        ("subtitles_dropped", "left out: 2 subtitles behind the end of picture and sound")
    ]


@every_way
@every_target
@every_source
def test_a_text_that_outlasts_the_film_ends_with_it(tmp_path, source, target, way):
    film = told(tmp_path, ORDINARY, (3_500, 30 * HOUR, "long"), source=source)

    output = made(film, target, way)

    assert shown(output.uri) == exactly((0.5, 1.25, "one"), (3.5, 4.0, "long"))
    assert seconds(output.uri) == pytest.approx(4, abs=0.1)
    assert output.notices == ()


@every_way
def test_a_header_that_tells_no_length_is_not_needed(tmp_path, way):
    film = told(tmp_path, ORDINARY, (3_500, 30 * HOUR, "long"), (31 * HOUR, 32 * HOUR, "never"))
    data = film.read_bytes()
    film.write_bytes(data.replace(DURATION, VOID + b"\x88", 1))

    output = made(film, "mkv", way)

    assert mf.probe(film).duration_seconds is None
    assert shown(output.uri) == exactly((0.5, 1.25, "one"), (3.5, 4.0, "long"))


@every_way
@pytest.mark.parametrize(("sound", "until"), [("copy", 6.0), (None, 4.0)])
def test_a_text_may_last_as_long_as_the_sound_that_is_kept(tmp_path, way, sound, until):
    film = told(tmp_path, (3_500, 30 * HOUR, "long"), sound_tail=2)

    output = made(film, "mkv", way, audio=sound)

    assert shown(output.uri) == exactly((3.5, until, "long"))
    assert seconds(output.uri) == pytest.approx(until, abs=0.1)


@every_way
@every_source
def test_texts_of_a_film_that_starts_late_end_with_it(tmp_path, source, way):
    film = told(tmp_path, (3_500, 9_000, "long"), (4_500, 5_000, "x"), source=source, shift=7_000)

    output = made(film, "mkv", way)

    assert [one[1:] for one in shown(output.uri)] == [(pytest.approx(4, abs=0.03), "long")]
    assert [notice.code for notice in output.notices] == ["subtitles_dropped"]


PARTS = {"copied": {"trim": "keyframe"}, "encoded": {}}


@every_way
@pytest.mark.parametrize(
    ("end", "codes"), [(None, ["subtitles_dropped"]), (3.6, []), (3.9, [])], ids=str
)
def test_texts_of_a_part_end_with_it_and_what_lies_elsewhere_is_no_loss(tmp_path, way, end, codes):
    texts = (200, 700, "before"), (3_500, 30 * HOUR, "long"), (30 * HOUR, 31 * HOUR, "never")
    film = told(tmp_path, *texts)

    output = made(film, "mkv", way, start=1, end=end, **PARTS[way])

    until = (end or 4) - 1
    assert shown(output.uri) == exactly((2.5, until, "long"))
    assert seconds(output.uri) == pytest.approx(until, abs=0.1)
    assert [notice.code for notice in output.notices] == codes


def misplaced(film, *words, by):
    """Let Matroska blocks with some words say another time, in ms (RFC 9559 10.2)."""
    data = bytearray(film.read_bytes())
    for word in words:
        at = data.index(word.encode()) - 3
        time = int.from_bytes(data[at : at + 2], signed=True) + by
        data[at : at + 2] = time.to_bytes(2, signed=True)
    film.write_bytes(data)
    return film


@every_way
@every_target
def test_texts_stored_behind_later_ones_are_shown_as_far_as_they_last(tmp_path, target, way):
    texts = (500, 900, "one"), (2_000, 2_300, "two"), (2_000, 2_900, "late"), (2_000, 2_400, "over")
    film = misplaced(told(tmp_path, *texts), "late", "over", by=-500)

    output = made(film, target, way)

    words = [word for _, _, word in shown(output.uri)]
    assert words == ["one", "two", "late"]
    assert shown(output.uri)[-1] == exactly((2.0, 2.4, "late"))[0]
    assert [(one.code, one.message) for one in output.notices] == [
        (
            "subtitles_dropped",
            "left out: 1 subtitle stored behind later ones, over when these begin",
        ),
        (
            "subtitles_late",
            "1 subtitle stored behind later ones, shown no earlier than these",
        ),
    ]


def packet(pts, duration=0, base=Fraction(1, 1000)):
    text = av.Packet(b"words")
    text.pts = text.dts = pts
    text.duration, text.time_base = duration, base
    return text


@pytest.mark.parametrize(
    ("given", "fitted"),
    [
        ((500, 400), (500, 400)),
        ((3_900, 400), (3_900, 100)),
        ((3_900, 0), (3_900, 0)),
        ((-300, 400), (0, 100)),
        ((-300, 0), (0, 0)),
    ],
)
def test_a_text_stays_within_the_film(given, fitted):
    times, text = TextTimes(Fraction(4)), packet(*given)

    assert times.fit(text, 2, is_told=True)

    assert (text.pts, text.dts, text.duration) == (fitted[0], *fitted)
    assert list(times.notices()) == []


def test_each_track_has_an_order_of_its_own():
    times = TextTimes(None)
    texts = [packet(at, 100) for at in (2_000, 1_000, 2_000, 1_950)]

    for index, text in zip((2, 3, 2, 2), texts, strict=True):
        assert times.fit(text, index, is_told=True)

    assert [(text.pts, text.duration) for text in texts[1:]] == [
        (1_000, 100),
        (2_000, 100),
        (2_000, 50),
    ]
    assert [notice.code for notice in times.notices()] == ["subtitles_late"]


def test_what_shows_nothing_is_no_loss():
    times = TextTimes(Fraction(4))

    assert not times.fit(packet(4_000, 100), 2, is_told=False)

    assert list(times.notices()) == []


@every_way
def test_an_error_of_a_text_names_its_stream(tmp_path, monkeypatch, way):
    film = told(tmp_path, ORDINARY)
    monkeypatch.setattr(TextTimes, "fit", backwards)

    with pytest.raises(OutputsFailedError) as caught:
        made(film, "mkv", way)

    assert caught.value.result.outputs[0].error.startswith("stream 2: ")


def backwards(self, packet, index, *, is_told):
    """Let a text be shown before it is decoded, which no muxer takes."""
    packet.dts = packet.pts + 1
    return True
