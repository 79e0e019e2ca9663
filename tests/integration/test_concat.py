"""Jobs whose source is several films in a row, from the request to the file that others read."""

from __future__ import annotations

import asyncio
import io
import json
from fractions import Fraction

import av
import pytest

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    LimitExceededError,
    OutputsFailedError,
    SourceNotFoundError,
    SpecError,
    TruncatedMediaError,
    UnidentifiedMediaError,
    UnsupportedError,
)
from mediaflow.libav.gate import open_count
from tests.film import (
    av_offsets,
    counting_film,
    cut,
    ffprobe,
    frame_numbers,
    numbers_of,
    quadrant_film,
    solid_film,
)
from tests.measure import open_descriptors
from tests.media import photo_jpeg

pytestmark = pytest.mark.integration

FAST = mf.VideoOutput("mp4", effort=0)
MAX_OFFSET_SECONDS = 0.010
PQ = {"pixel_format": "yuv420p10le", "color": (9, 16, 9)}


@pytest.fixture
def parts(tmp_path):
    """Three films of 1.2 s, of which each counts on where the last one ended."""
    return [
        counting_film(tmp_path / f"{name}", frames=30, first_number=30 * place)
        for place, name in enumerate(["intro.mp4", "talk.mkv", "end.mov"])
    ]


def test_joined_film_is_one_for_other_programs(parts, tmp_path):
    result = mf.process(mf.Concat(parts), FAST, to=tmp_path / "made.mp4")

    place = tmp_path / "made.mp4"
    said = ffprobe(place, "-count_frames", "-show_streams", "-show_format")
    picture, sound = said["streams"]
    assert result.status == "completed"
    assert [number for _, number in frame_numbers(place)] == list(range(90))
    assert [time for time, _ in frame_numbers(place)] == [Fraction(n, 25) for n in range(90)]
    assert max(map(abs, av_offsets(place))) <= MAX_OFFSET_SECONDS
    assert int(picture["nb_read_frames"]) == 90
    assert float(picture["duration"]) == pytest.approx(3.6, abs=0.001)
    assert float(sound["duration"]) == pytest.approx(3.6, abs=1024 / 48_000)  # a packet of AAC


def test_every_form_of_a_source_is_a_part(parts, tmp_path):
    data = parts[1].read_bytes()
    with parts[2].open("rb") as file:
        pieces = [str(parts[0]), data, file, io.BytesIO(data), mf.Part(file, start=0.4)]

        mf.process(mf.Concat(pieces), FAST, to=tmp_path / "made.mp4")

        assert not file.closed
    third, second = range(60, 90), range(30, 60)
    assert numbers_of(tmp_path / "made.mp4") == [
        *range(30),
        *second,
        *third,
        *second,
        *range(70, 90),
    ]


def test_outputs_stand_beside_the_first_part_and_have_its_name(parts, tmp_path):
    result = mf.process(mf.Concat(parts), mf.VideoOutput("mkv", effort=0, suffix="_all"))

    assert result.outputs[0].uri == str(tmp_path / "intro_all.mkv")


def test_names_by_content_tell_pieces_apart(parts, tmp_path):
    def name(*pieces):
        return mf.plan(mf.Concat(pieces), FAST, to=f"{tmp_path}/{{key}}.mp4").outputs[0].uri

    whole = name(*parts)

    assert name(*parts) == whole
    assert len({whole, name(*parts[:2]), name(parts[0], mf.Part(parts[1], end=1), parts[2])}) == 3


def test_a_job_comes_back_from_json_and_runs(parts, tmp_path):
    source = mf.Concat([str(parts[0]), mf.Part(str(parts[1]), start=0.2, end=0.6)])
    job = mf.Job(source, FAST, to=f"{tmp_path}/made.mp4")

    again = mf.from_dict(mf.Job, json.loads(json.dumps(mf.to_dict(job))))
    mf.process(again)

    assert again == job
    assert numbers_of(tmp_path / "made.mp4") == [*range(30), *range(35, 45)]


def test_asyncio_joins_too(parts, tmp_path):
    async def run():
        source = mf.Concat(parts)
        info = await mf.aio.probe(source)
        plan = await mf.aio.plan(source, FAST, to=tmp_path / "made.mp4")
        result = await mf.aio.process(source, FAST, to=tmp_path / "made.mp4")
        return info, plan, result

    info, plan, result = asyncio.run(run())

    assert info.duration_seconds == pytest.approx(3.6, abs=0.03)
    assert len(plan.parts) == 3
    assert result.status == "completed"
    assert numbers_of(tmp_path / "made.mp4") == list(range(90))


def test_probe_tells_what_the_whole_is(tmp_path):
    first = counting_film(tmp_path / "a.mp4", frames=25, sound=None)
    second = counting_film(tmp_path / "b.mp4", frames=100, fps=50, size=(320, 180), layout="mono")

    info = mf.probe(mf.Concat([first, mf.Part(second, start=1)]))

    assert (info.kind, info.format, info.uri) == ("video", "concat", None)
    assert (info.width, info.height) == (160, 90)
    assert info.duration_seconds == 2
    assert info.bytes == first.stat().st_size + second.stat().st_size
    assert info.video[0].frame_rate_average == Fraction(75, 2)  # 25 and 50 frames in two seconds
    assert info.video[0].is_variable_rate is True
    assert [track.channels for track in info.audio] == [1]


@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_a_part_is_as_long_as_its_picture(tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in ("a", "b")]
    for path in paths:
        with av.open(str(path), "w") as film:
            picture = film.add_stream("mpeg4", rate=10)
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
            sound = film.add_stream("pcm_s16le", rate=8_000, layout="mono")
            for at in range(10):
                frame = av.VideoFrame(64, 64, "yuv420p")
                frame.pts = at
                film.mux(picture.encode(frame))
            film.mux(picture.encode(None))
            for at in range(20):
                heard = av.AudioFrame("s16", "mono", 800)
                heard.sample_rate, heard.pts = 8_000, at * 800
                film.mux(sound.encode(heard))
    source = mf.Concat(paths)

    plan = mf.plan(source, mf.VideoOutput("mp4", effort=0), to=tmp_path / "made.mp4")
    result = mf.process(source, mf.VideoOutput("mp4", effort=0), to=tmp_path / "made.mp4")

    assert plan.source.duration_seconds == 2
    assert result.outputs[0].frames == 20


def test_the_plan_says_what_is_done_with_each_part(parts, tmp_path):
    tall = counting_film(tmp_path / "tall.mp4", frames=10, size=(96, 128), sound=None)
    source = mf.Concat([parts[0], mf.Part(parts[1], start=0.2, end=1), tall])

    lines = mf.plan(source, FAST, to=tmp_path / "made.mp4").lines()

    text = "\n".join(lines)
    assert lines[0] == "source: 3 parts, one after another, 2.4 s"
    assert "part 2 of 3" in lines[2]
    assert "from 0.2 s to 1 s" in lines[2]
    assert "begins at 1.2 s" in lines[2]
    assert "silence" in lines[3]
    assert "of part 3: bicubic to 68×90 at (46, 0)" in text
    assert "fitted into the frame of part 1: part 3 of 96×128 px to 68×90" in text


def test_what_only_a_part_loses_is_told_with_its_number(parts, tmp_path):
    mute = counting_film(tmp_path / "mute.mp4", frames=10, sound=None, size=(80, 60))
    low = counting_film(tmp_path / "low.mp4", frames=10, sample_rate=22_050)

    result = mf.process(mf.Concat([parts[0], mute, low]), FAST, to=tmp_path / "made.mp4")

    told = {notice.code: notice.message for notice in result.outputs[0].notices}
    assert told["audio_absent"] == "no sound in part 2: silence there"
    assert told["sample_rate_converted"] == "sound of part 3 becomes 48,000 Hz"
    assert told["parts_fitted"].endswith("part 2 of 80×60 px to 120×90")


def test_strict_takes_fitting_for_an_error(parts, tmp_path):
    small = counting_film(tmp_path / "small.mp4", frames=10, size=(80, 60))

    with pytest.raises(OutputsFailedError, match="fitted into the frame of part 1"):
        mf.process(mf.Concat([parts[0], small]), FAST, to=tmp_path / "made.mp4", strict=True)


def test_a_language_is_followed_through_the_parts(tmp_path):
    first = counting_film(tmp_path / "a.mkv", frames=5, languages=("eng", "ger"))
    second = counting_film(tmp_path / "b.mkv", frames=5, languages=("ger", "eng"))
    third = counting_film(tmp_path / "c.mkv", frames=5, languages=("fre",))
    wanted = mf.VideoOutput("mkv", audio=mf.AudioTrack(language="ger"), effort=0)

    plan = mf.plan(mf.Concat([first, second, third]), wanted, to=tmp_path / "made.mkv")

    track = plan.sounds[0].stream
    assert [part.streams[track] for part in plan.parts] == [2, 1, 1]
    assert "no sound in 'ger' in part 3; the default track is taken" in str(plan)


def test_a_missing_part_is_named_without_its_secrets(parts, tmp_path):
    gone = f"{tmp_path}/gone.mp4"
    with pytest.raises(SourceNotFoundError, match=r"^part 2 of 2 \(.*gone\.mp4\): "):
        mf.process(mf.Concat([parts[0], gone]), FAST, to=tmp_path / "made.mp4", fail_on="none")

    with pytest.raises(SpecError) as caught:
        mf.plan(mf.Concat([parts[0], "memory://id:hush@films/gone.mp4?sig=hush"]), FAST, to="out/")
    assert caught.value.message.startswith("part 2 of 2 (memory://***@films/gone.mp4): ")
    assert "hush" not in f"{caught.value.message} {caught.value.details}"


def test_no_output_may_replace_a_part(parts):
    with pytest.raises(SpecError, match="overwrite its own input"):
        mf.process(mf.Concat(parts), FAST, to=str(parts[2]).replace("end.mov", "{stem}.mp4"))
    with pytest.raises(SpecError, match="overwrite its own input"):
        mf.process(mf.Concat(parts), mf.VideoOutput("mov", effort=0), to=parts[2])


def test_a_picture_or_a_sound_is_no_part(parts, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photo_jpeg(64, 48))

    with pytest.raises(UnsupportedError, match=r"^part 2 of 2 .* a jpeg picture cannot be a part"):
        mf.plan(mf.Concat([parts[0], photo]), FAST, to=tmp_path / "made.mp4")


def test_brightness_of_two_ranges_is_joined_in_the_standard_one(parts, tmp_path):
    bright = solid_film(tmp_path / "hdr.mkv", (300, 512, 512), frames=5, size=(160, 90), **PQ)
    source = mf.Concat([parts[0], bright])

    result = mf.process(source, FAST, to=tmp_path / "made.mp4")

    told = {notice.code: notice.message for notice in result.outputs[0].notices}
    assert told["tone_mapped"].startswith("part 2: PQ ")
    assert result.outputs[0].frames == 35


@pytest.mark.parametrize("turn", [1, -1])
def test_brightness_of_two_ranges_is_not_joined_in_the_high_one(parts, tmp_path, turn):
    bright = solid_film(tmp_path / "hdr.mkv", (300, 512, 512), **PQ)
    source = mf.Concat([parts[0], bright][::turn])
    kept = mf.VideoOutput("mp4", codec="hevc", dynamic_range="keep")

    with pytest.raises(UnsupportedError, match=r"^part 2 of 2 .* its brightness is ") as caught:
        mf.plan(source, kept, to=tmp_path / "made.mp4")
    assert caught.value.hint == 'dynamic_range="sdr" brings all to the standard range'


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_pixels": 160 * 90 - 1}, r"^part 1 of 3 "),
        ({"max_duration_seconds": 3}, r"^all parts together "),
        ({"max_duration_seconds": 1, "max_side": 200}, r"^part 1 of 3 "),
    ],
)
def test_limits_hold_for_each_part_and_for_all(parts, tmp_path, limits, message):
    with pytest.raises(LimitExceededError, match=message):
        mf.plan(mf.Concat(parts), FAST, to=tmp_path / "a.mp4", limits=mf.Limits(**limits))


def test_bytes_are_counted_over_all_parts(parts, tmp_path):
    total = sum(part.stat().st_size for part in parts)
    enough, short = (mf.Limits(max_input_bytes=total - less) for less in (0, 1))

    mf.plan(mf.Concat(parts), FAST, to=tmp_path / "a.mp4", limits=enough)
    with pytest.raises(LimitExceededError, match=r"^all parts together "):
        mf.plan(mf.Concat(parts), FAST, to=tmp_path / "a.mp4", limits=short)


def test_every_part_must_be_of_an_allowed_format(parts, tmp_path):
    limits = mf.Limits(allowed_formats=("mp4", "mov"))

    with pytest.raises(UnidentifiedMediaError, match=r"^part 2 of 3 .*allow mov, mp4"):
        mf.plan(mf.Concat(parts), FAST, to=tmp_path / "made.mp4", limits=limits)


def test_names_of_strangers_parts_must_say_what_they_hold(parts, tmp_path):
    liar = parts[1].rename(tmp_path / "liar.mp4")

    with (
        mf.Processor("inline", trust="strangers", storage=mf.Storage(policy=mf.UriPolicy())) as own,
        pytest.raises(UnidentifiedMediaError, match=r"^part 2 of 2 .*liar.mp4"),
    ):
        own.plan(mf.Concat([parts[0], liar]), FAST, to=tmp_path / "made.mp4")


def test_a_part_that_is_cut_off_is_named_or_used_as_far_as_it_goes(tmp_path):
    first = counting_film(tmp_path / "a.mp4", frames=30)
    moved = {"movflags": "faststart"}
    second = counting_film(
        tmp_path / "b.mp4", frames=200, gop=10, first_number=30, container_options=moved
    )
    third = counting_film(tmp_path / "c.mp4", frames=30, first_number=230)
    cut(second, 0.5)
    source = mf.Concat([first, second, third])

    with pytest.raises(TruncatedMediaError, match=r"^part 2 of 3 "):
        mf.process(source, FAST, to=tmp_path / "strict.mp4")
    result = mf.process(source, FAST, to=tmp_path / "made.mp4", fail_on="none")

    numbers = numbers_of(tmp_path / "made.mp4")
    left = numbers[30:-30]
    assert numbers == [*range(30), *left, *range(230, 260)]
    assert left == list(range(30, 30 + len(left)))
    assert 50 < len(left) < 190
    assert "source_salvaged" in {notice.code for notice in result.outputs[0].notices}
    assert max(map(abs, av_offsets(tmp_path / "made.mp4"))) <= MAX_OFFSET_SECONDS


def test_a_piece_before_the_cut_is_whole(tmp_path):
    moved = {"movflags": "faststart"}
    film = counting_film(tmp_path / "b.mp4", frames=200, gop=10, container_options=moved)
    cut(film, 0.6)

    source = mf.Concat([mf.Part(film, end=1), mf.Part(film, start=0.4, end=1.4)])
    result = mf.process(source, FAST, to=tmp_path / "made.mp4")

    assert numbers_of(tmp_path / "made.mp4") == [*range(25), *range(10, 35)]
    assert result.outputs[0].notices == ()


def test_stills_previews_and_films_come_from_one_job(parts, tmp_path):
    outputs = [
        mf.VideoOutput("mp4", effort=0, start=1),
        mf.StillOutput("50%", format="png", name="still"),
        mf.PreviewOutput("gif", start=1, duration=1, name="preview"),
    ]

    result = mf.process(mf.Concat(parts), outputs, to=f"{tmp_path}/out/{{name}}.{{ext}}")

    assert [output.status for output in result.outputs] == ["completed"] * 3
    assert numbers_of(tmp_path / "out" / "mp4.mp4") == list(range(25, 90))
    assert numbers_of(tmp_path / "out" / "still.png") == [45]


def test_filters_are_told_the_time_of_the_whole(parts, tmp_path):
    times = {"film": [], "still": []}

    def filters(name):
        return (mf.filters.OnFrames(lambda pixels, seconds: times[name].append(seconds) or pixels),)

    outputs = [
        mf.VideoOutput("mp4", effort=0, filters=filters("film")),
        mf.StillOutput(2.5, format="png", filters=filters("still")),
    ]

    mf.process(
        mf.Concat([parts[0], mf.Part(parts[1], start=0.4), parts[2]]),
        outputs,
        to=f"{tmp_path}/out/",
    )

    assert times["film"] == pytest.approx([n / 25 for n in range(80)])
    assert times["still"] == [2.5]


def test_a_joined_film_can_be_kept_within_a_number_of_bytes(parts, tmp_path):
    wanted = mf.VideoOutput("mp4", effort=0, rate=mf.MaxBytes(60_000))

    result = mf.process(mf.Concat(parts), wanted, to=tmp_path / "made.mp4")

    assert result.outputs[0].bytes <= 60_000
    assert numbers_of(tmp_path / "made.mp4") == list(range(90))


def local_palettes(data):
    """Count the images of a GIF, and those with colours of their own (GIF89a 20)."""
    at, images, local = 13 + 3 * (2 << (data[10] & 7)) * (data[10] >> 7), 0, 0
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            has_own = data[at + 9] >> 7
            images, local = images + 1, local + has_own
            at += 11 + 3 * (2 << (data[at + 9] & 7)) * has_own
        else:
            at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    return images, local


def test_parts_of_a_gif_share_one_palette(parts, tmp_path):
    small = quadrant_film(tmp_path / "small.mp4", size=(80, 60), frames=10)
    preview = mf.PreviewOutput("gif", start=1, duration=0.5)

    mf.process(mf.Concat([parts[0], small]), preview, to=tmp_path / "made.gif")

    images, local = local_palettes((tmp_path / "made.gif").read_bytes())
    assert (images, local) == (5, 0)


def test_one_film_is_open_at_a_time_and_none_is_left(parts, tmp_path):
    before, seen = open_descriptors(), []

    mf.process(
        mf.Concat(parts * 3),
        FAST,
        to=tmp_path / "made.mp4",
        on_event=lambda event: seen.append(open_count()),
    )

    assert max(seen) == 1
    assert open_count() == 0
    assert open_descriptors() == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_a_cancelled_job_leaves_nothing_open(parts, tmp_path, share):
    before = open_descriptors()
    place = tmp_path / "made.mp4"
    with mf.Processor(workers=1) as processor:
        progress = []
        handle = processor.submit(
            mf.Concat(parts * 4),
            FAST,
            to=place,
            on_event=lambda event: (
                progress.append(getattr(event, "fraction", 0))
                or (progress[-1] >= share and processor.jobs()[0].cancel())
            ),
        )
        with pytest.raises(JobCancelledError):
            handle.result(60)

    assert open_count() == 0
    assert open_descriptors() == before
    assert not place.exists()


def test_a_film_joined_with_itself_is_twice_as_long(parts, tmp_path):
    source = mf.Concat([parts[0]] * 2)

    result = mf.process(source, FAST, to=tmp_path / "made.mp4")

    assert numbers_of(tmp_path / "made.mp4") == [*range(30)] * 2
    assert result.outputs[0].duration_seconds == pytest.approx(2.4)
    assert result.source.duration_seconds == pytest.approx(2.4)
