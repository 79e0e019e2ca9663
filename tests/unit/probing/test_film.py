"""The front of the probe for film and sound: boxes, costs, damage and limits."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from fractions import Fraction

import pytest

from mediaflow.errors import (
    CorruptMediaError,
    LimitExceededError,
    SourceError,
    TruncatedMediaError,
    UnsupportedError,
)
from mediaflow.probing import probe
from mediaflow.security.limits import Limits, limits_for
from tests.film import counting_film, quadrant_film
from tests.unit.probing.readers import CountingReader

MEGABYTE = 1_000_000


class SparseReader:
    """A file with a hole of zeros, and a count of what is asked."""

    def __init__(self, data, hole_at, hole_size):
        self._data, self._at, self._hole = data, hole_at, hole_size
        self.size = len(data) + hole_size
        self.calls = 0
        self.bytes_read = 0

    def read_at(self, offset, length):
        self.calls += 1
        end = min(offset + length, self.size)
        before = self._data[offset : min(end, self._at)]
        zeros = max(min(end, self._at + self._hole) - max(offset, self._at), 0)
        start = max(offset - self._hole, self._at)
        after = self._data[start : max(end - self._hole, start)]
        piece = before + bytes(zeros) + after
        self.bytes_read += len(piece)
        return piece


def box_at(data, kind):
    """Return where a box of the top level starts and ends."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == kind:
            return at, at + size
        at += size
    raise AssertionError(kind)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = counting_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=50, fps=25)
    return path.read_bytes()


@pytest.mark.parametrize("extension", ["mp4", "mov"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_turns_are_found(tmp_path, orientation, extension):
    path = quadrant_film(tmp_path / f"film.{extension}", orientation, size=(160, 96))

    info = probe(CountingReader(path.read_bytes()))

    assert info.video[0].orientation == orientation
    assert (info.width, info.height) == (160, 96)


def test_an_index_behind_the_media_is_told(film):
    container = probe(CountingReader(film)).container

    assert container.moov_offset == box_at(film, b"moov")[0]
    assert (container.is_faststart, container.is_fragmented, container.is_truncated) == (
        False,
        False,
        False,
    )


def test_fragments_are_told(tmp_path):
    path = counting_film(
        tmp_path / "film.mp4",
        frames=25,
        container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"},
    )

    container = probe(CountingReader(path.read_bytes())).container

    assert (container.is_faststart, container.is_fragmented) == (True, True)


def test_the_index_of_a_large_file_costs_few_small_requests(film):
    start, end = box_at(film, b"mdat")
    grown = bytearray(film)
    hole = 65 * MEGABYTE
    grown[start : start + 4] = (end - start + hole).to_bytes(4, "big")
    source = SparseReader(bytes(grown), end, hole)

    info = probe(source)

    assert info.video[0].frames_from_header == 50
    assert source.calls <= 10
    assert source.bytes_read <= 6 * MEGABYTE


def test_a_deep_probe_counts_what_the_header_claims(film):
    info = probe(CountingReader(film), deep=True)

    assert info.video[0].frames_from_packets == 50
    assert info.container.duration_seconds_from_packets == pytest.approx(2.0, abs=0.05)
    assert info.video[0].is_variable_rate is False
    assert info.video[0].keyframe_seconds == pytest.approx(12 / 25)
    assert info.container.is_truncated is False


def test_the_last_frame_is_shown_to_its_end(tmp_path):
    path = quadrant_film(tmp_path / "film.mp4", frames=5, fps=25)  # without sound

    info = probe(CountingReader(path.read_bytes()), deep=True)

    assert info.duration_seconds == pytest.approx(5 / 25)


def test_times_rounded_to_milliseconds_are_no_variable_rate(tmp_path):
    path = counting_film(tmp_path / "film.mkv", frames=30, fps=Fraction(30_000, 1_001))

    info = probe(CountingReader(path.read_bytes()), deep=True)

    assert info.video[0].is_variable_rate is False


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts", "avi", "flv"])
def test_a_cut_file_gives_an_answer_or_a_typed_error(tmp_path, extension, tenth):
    data = counting_film(tmp_path / f"film.{extension}", frames=25).read_bytes()
    cut = data[: len(data) * tenth // 10 + 7]

    for deep in (False, True):
        with suppress(SourceError):
            info = probe(CountingReader(cut), deep=deep)
            assert info.video or info.audio


def test_a_file_cut_before_its_index_is_called_cut(film):
    with pytest.raises(TruncatedMediaError, match="ends before its index") as caught:
        probe(CountingReader(film[: len(film) // 2]))

    assert "cut off" in str(caught.value.hint)


def test_a_file_without_an_index_is_called_so(film):
    start, _ = box_at(film, b"moov")

    with pytest.raises(CorruptMediaError, match="has no index"):
        probe(CountingReader(film[:start]))


def test_media_that_its_index_names_and_the_file_lacks_is_missing(tmp_path):
    path = counting_film(tmp_path / "film.mp4", container_options={"movflags": "faststart"})
    data = path.read_bytes()

    container = probe(CountingReader(data[: len(data) * 2 // 3])).container

    assert (container.is_faststart, container.is_truncated) == (True, True)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(max_duration_seconds=1), "max_duration_seconds"),
        (Limits(max_film_frames=49), "max_film_frames"),
        (Limits(max_pixels=160 * 90 - 1), "max_pixels"),
        (Limits(max_side=159), "max_side"),
    ],
)
def test_a_film_above_a_limit_is_refused(film, limits, name):
    with pytest.raises(LimitExceededError) as caught:
        probe(CountingReader(film), limits=limits)

    assert caught.value.details["limit"] == name


def test_films_of_strangers_are_read(film):
    assert probe(CountingReader(film), limits=limits_for("strangers")).kind == "video"


def test_sound_alone_is_audio(tmp_path):
    import av

    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8_000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=8_000)
        frame.planes[0].update(bytes(16_000))
        frame.sample_rate = 8_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))

    info = probe(CountingReader(path.read_bytes()))

    assert (info.kind, info.width) == ("audio", None)
    assert (info.audio[0].codec, info.audio[0].bit_depth) == ("pcm_s16le", 16)
    assert info.duration_seconds == 1.0


def test_a_source_that_does_not_tell_its_size_is_refused_in_words(film):
    with pytest.raises(UnsupportedError, match="size of the file"):
        probe(CountingReader(film, tells_size=False))


def test_a_picture_is_probed_without_loading_pyav():
    code = (
        "import sys\n"
        "from mediaflow.probing import probe\n"
        "class Gif:\n"
        "    data = bytes.fromhex('47494638396103000200000000"
        "2c00000000030002000002003b')\n"
        "    size = len(data)\n"
        "    def read_at(self, offset, length):\n"
        "        return self.data[offset : offset + length]\n"
        "assert probe(Gif()).width == 3\n"
        "print('av' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
