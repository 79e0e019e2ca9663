"""What an index of an MP4 file may claim; tables are found wherever FFmpeg would take them."""

from __future__ import annotations

import struct
from itertools import chain

import pytest

from mediaflow.errors import CorruptMediaError, LimitExceededError, UnsupportedError
from mediaflow.libav.mov_index import check_index
from mediaflow.security.limits import Limits
from tests.film import counting_film
from tests.hostile_films import box, many_samples, number, rebuilt, table

CAP = 1_000
LIMITS = Limits(max_film_frames=CAP)

pytestmark = pytest.mark.usefixtures("every_entry_counts")


@pytest.fixture
def every_entry_counts(monkeypatch):
    """Let the small numbers of these tests matter."""
    monkeypatch.setattr("mediaflow.libav.mov_index.CHEAP_ENTRIES", 0)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return counting_film(path, frames=10, sound=None).read_bytes()


def check(data, limits=LIMITS):
    check_index(lambda at, length: data[at : at + length], len(data), limits)


def sizes(count, constant=1):
    return box(b"stsz", table(constant, count))


def fragment(count, flags=0, content=b""):
    run = box(b"trun", number(flags) + number(count) + content)
    return box(b"moof", box(b"traf", box(b"tfhd", table(1)) + run))


def exact_sound(chunks, samples, *, ticks=1, rows=None, extra=b""):
    """Return a movie of one track of exact sound, as FFmpeg's muxer writes it."""
    total = chunks * samples
    tables = (
        *(box(b"stts", table(1, total, ticks)), box(b"stsc", table(1, 1, samples, 1))),
        *(sizes(total, 4), box(b"stco", table(chunks, *range(chunks)))),
    )
    if rows is not None:
        tables = (tables[0], box(b"stsc", table(len(rows), *chain(*rows))), *tables[2:])
    handler = box(b"hdlr", table(0) + b"soun" + bytes(13))
    media = handler + box(b"minf", box(b"stbl", b"".join(tables)))
    return box(b"moov", box(b"trak", box(b"mdia", media) + extra))


def test_a_film_as_it_should_be_passes(film):
    check(film)


@pytest.mark.parametrize(("count", "passes"), [(CAP, True), (CAP + 1, False), (2**32 - 1, False)])
def test_samples_of_constant_size_are_counted(film, count, passes):
    data = many_samples(film, count)
    if passes:
        check(data)
        return

    with pytest.raises(LimitExceededError, match="the index of the film has") as caught:
        check(data)

    assert (caught.value.details["limit"], caught.value.details["seen"]) == (
        "max_film_frames",
        count,
    )


def test_a_list_of_sizes_counts_as_far_as_it_goes():
    listed = box(b"stsz", table(0, 2**31) + bytes(4 * CAP))
    check(box(b"moov", listed[:-64]))

    with pytest.raises(LimitExceededError):
        check(box(b"moov", listed + bytes(4)))


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda one: box(b"moov", one), id="in the movie"),
        pytest.param(lambda one: box(b"trak", one), id="in a track without a movie"),
        pytest.param(lambda one: one, id="at the top"),
        pytest.param(
            lambda one: number(1) + b"stsz" + struct.pack(">Q", 28) + one[8:],
            id="at the top behind a long size",
        ),
        pytest.param(
            lambda one: box(b"moov", box(b"trak", box(b"stsd", bytes(60) + one))), id="in a codec"
        ),
        pytest.param(lambda one: box(b"udta", box(b"meta", one)), id="in tags"),
        pytest.param(
            lambda one: box(b"free", box(b"mvhd", bytes(100)) + one), id="in a disguised movie"
        ),
        pytest.param(lambda one: box(b"moov", one)[:-2] + bytes(2), id="at the very end"),
        pytest.param(
            lambda one: number(1) + b"moov" + struct.pack(">Q", 16 + len(one)) + one,
            id="behind a long size",
        ),
        pytest.param(lambda one: number(0) + b"moov" + one, id="in a box up to the end"),
        pytest.param(lambda one: box(b"free", b"") * 200 + box(b"moov", one), id="after many"),
    ],
)
def test_tables_count_wherever_they_stand(wrap):
    with pytest.raises(LimitExceededError):
        check(wrap(sizes(2**31)))


def test_what_lies_in_the_media_is_no_table():
    check(box(b"mdat", sizes(2**31)) + box(b"free", sizes(2**31)))


def test_tracks_count_together():
    track = box(b"trak", sizes(CAP // 2))
    check(box(b"moov", track * 2))

    with pytest.raises(LimitExceededError):
        check(box(b"moov", track * 3))


def test_fragments_count_together():
    check(fragment(CAP // 2) * 2)

    with pytest.raises(LimitExceededError):
        check(fragment(CAP // 2) * 3)


def test_samples_with_fields_of_their_own_are_bounded_by_the_file():
    check(fragment(CAP + 1, 0x000200, bytes(4 * (CAP + 1))))


def test_exact_sound_costs_an_entry_for_a_thousand_samples():
    check(exact_sound(chunks=100, samples=10 * 1024))  # 1,024,000 samples, 1,000 entries

    with pytest.raises(LimitExceededError):
        check(exact_sound(chunks=101, samples=10 * 1024))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(exact_sound(100, 1024, ticks=512), id="samples that are no moments"),
        pytest.param(exact_sound(100, 1024, extra=box(b"free", b"stts")), id="a second table"),
        pytest.param(exact_sound(1, 1, rows=[(1, 2**31, 1)]), id="a chunk of two billion"),
        pytest.param(exact_sound(1, 1, rows=[(1, 1, 1), (2**30, 1, 1)]), id="a billion chunks"),
        pytest.param(
            exact_sound(1, 1, rows=[(1, 2**31, 1)], extra=box(b"free", b"stts")),
            id="both in one",
        ),
    ],
)
def test_what_only_looks_like_exact_sound_is_counted(data):
    with pytest.raises(LimitExceededError):
        check(data)


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (b"iinf", number(1 << 24)),
        (b"iloc", number(2 << 24) + b"\x44\0"),
        (b"keys", number(0)),
    ],
)
@pytest.mark.parametrize(("count", "passes"), [(CAP, True), (CAP + 1, False), (2**27, False)])
def test_room_for_items_is_counted_though_they_do_not_follow(kind, head, count, passes):
    data = box(b"meta", number(0) + box(kind, head + number(count)))
    if passes:
        check(data)
        return

    with pytest.raises(LimitExceededError):
        check(data)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"iinf", number(0) + b"\0\1" + b"\xff" * 8),  # the first version has 16 bits
        (b"iloc", number(0) + b"\x44\0" + b"\0\1" + b"\xff" * 8),
    ],
)
def test_short_counts_of_items_are_read_as_such(kind, content):
    check(box(b"meta", number(0) + box(kind, content)))


@pytest.mark.parametrize(("version", "gap"), [(0, 8), (1, 16)])
def test_a_number_of_a_track_that_no_file_needs_is_refused(version, gap):
    def track(value):
        head = number(version << 24) + bytes(gap) + number(value) + b"\xff" * 60
        return box(b"moov", box(b"trak", box(b"tkhd", head)))

    check(track(2**31 - 1))

    with pytest.raises(CorruptMediaError, match="a track of the film has the number"):
        check(track(2**31))


def test_a_text_of_keys_is_no_table():
    check(box(b"moov", box(b"udta", b"where the keys are is what nobody knows, least of all I")))


def test_a_compressed_index_is_refused_before_it_is_unpacked():
    packed = box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", bytes(8)))

    with pytest.raises(UnsupportedError, match="compressed"):
        check(box(b"moov", packed))


def test_more_boxes_than_any_film_has_are_refused():
    with pytest.raises(LimitExceededError, match="more than 100,000 boxes"):
        check(box(b"free", b"") * 100_001)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(16), number(7) + b"moov", b"\xff" * 40])
def test_scraps_are_left_to_the_demuxer(data):
    check(data)


def test_a_film_whose_index_was_cut_is_left_to_the_demuxer(film):
    whole = rebuilt(film, {b"mdat": lambda _: None})
    for end in range(0, len(whole), 7):
        check(whole[:end])
