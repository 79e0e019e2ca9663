"""A film is compared with what its encoder was given before anybody sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import mediaflow as mf
from mediaflow.errors import EncodeError, JobCancelledError, OutputsFailedError
from mediaflow.jobs.verify import verify
from mediaflow.models.context import Context
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from mediaflow.video.backend import MadeRendition
from mediaflow.video.rendition import Rendition
from mediaflow.video.texts import TextTimes
from tests.film import counting_film, cut

FRAMES, RATE = 50, 25
ENCODED = {"effort": 9}
"""What is asked of an encoder, so that the picture is not copied."""


@pytest.fixture
def source(tmp_path):
    """Two seconds with a sound."""
    return counting_film(tmp_path / "film.mp4", frames=FRAMES, fps=RATE)


def planned(source, output):
    return mf.plan(source, output, to=f"{source.parent}/out/")


def stands(plan, **changes):
    """Return what a back end would say of a file that is like the source."""
    step = plan.renditions[0]
    made = MadeRendition(
        step=step,
        seconds=0.0,
        frames=FRAMES,
        duration_seconds=FRAMES / RATE,
        sound_seconds=0.0 if step.sound is None else FRAMES / RATE,
    )
    return replace(made, **changes)


def check(made, plan, data, context=None):
    verify(made, plan, BytesSource(data), context or Context(job_id="job"), Limits())


def test_what_is_as_it_should_be_passes(source):
    plan = planned(source, mf.VideoOutput("mp4", **ENCODED, width=160))

    tags = replace(plan.renditions[0].video.frame.color, matrix=0)  # the painter writes no tags
    check(untagged(stands(plan), tags), plan, source.read_bytes())


def untagged(made, color):
    video = made.step.video
    video = replace(video, frame=replace(video.frame, color=color))
    return replace(made, step=replace(made.step, video=video, muxer_options=()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frames": FRAMES + 1}, "50 frames in place of 51"),
        ({"duration_seconds": 3.0}, "long in place of 3.0 s"),
        ({"first_seconds": 0.1}, "its sound is off by -100 ms"),
    ],
)
def test_another_length_number_or_offset_fails(source, changes, words):
    plan = planned(source, mf.VideoOutput("mp4", **ENCODED, width=160))
    made = untagged(stands(plan), replace(plan.renditions[0].video.frame.color, matrix=0))

    with pytest.raises(EncodeError, match=words):
        check(replace(made, **changes), plan, source.read_bytes())


@pytest.mark.parametrize("container", ["mkv", "mp4"])
@pytest.mark.parametrize("way", [{"codec": "copy"}, ENCODED])
def test_a_text_that_makes_the_film_longer_is_never_published(
    tmp_path, monkeypatch, container, way
):
    plain = counting_film(tmp_path / "plain.mkv", frames=FRAMES, fps=RATE)
    text = TextTrack(texts=[(500, 30 * 3_600_000, "long")])
    source = subtitled_film(tmp_path / "film.mkv", plain, text)
    monkeypatch.setattr(TextTimes, "fit", lambda self, packet, index, *, is_told: True)

    with pytest.raises(OutputsFailedError) as caught:
        mf.process(source, mf.VideoOutput(container, **way), to=f"{tmp_path}/out/")

    assert "beyond picture and sound of 2" in caught.value.result.outputs[0].error


def test_another_size_codec_or_place_of_the_index_fails(source):
    data = source.read_bytes()
    smaller = planned(source, mf.VideoOutput("mp4", **ENCODED, width=80))
    other = planned(source, mf.VideoOutput("mp4", **ENCODED, codec="hevc"))
    whole = planned(source, mf.VideoOutput("mp4", **ENCODED))
    silent = planned(source, mf.VideoOutput("mp4", **ENCODED, audio=None))

    with pytest.raises(EncodeError, match="160×90 px in place of 80×"):
        check(stands(smaller), smaller, data)
    with pytest.raises(EncodeError, match="its codec is h264 in place of hevc"):
        check(stands(other), other, data)
    with pytest.raises(EncodeError, match="its index stands at its end"):
        check(stands(whole), whole, data)
    with pytest.raises(EncodeError, match=r"its sounds are \['aac'\] in place of \[\]"):
        check(stands(silent), silent, data)


def test_colour_that_is_not_what_was_planned_fails(source):
    plan = planned(source, mf.VideoOutput("mp4", **ENCODED, faststart=False))

    with pytest.raises(EncodeError, match=r"its colour is .* in place of \(6, 6, 6, False\)"):
        check(stands(plan), plan, source.read_bytes())


def test_a_file_that_was_cut_off_fails(source):
    plan = planned(source, mf.VideoOutput("mp4", **ENCODED))

    with pytest.raises(EncodeError, match="cannot be read"):
        check(stands(plan), plan, cut(source, 0.5).read_bytes())


def test_a_file_with_more_bytes_than_it_may_have_fails(source):
    limit = source.stat().st_size - 1
    plan = planned(source, mf.VideoOutput("mp4", width=160, rate=mf.MaxBytes(limit)))

    with pytest.raises(EncodeError, match=f"has {limit + 1:,} bytes, more than {limit:,}"):
        check(stands(plan), plan, source.read_bytes())


def test_a_cancelled_job_reads_no_further(source):
    plan = planned(source, mf.VideoOutput("mp4", **ENCODED))
    context = Context(job_id="job", cancelled=lambda: True)

    with pytest.raises(JobCancelledError):
        check(stands(plan), plan, source.read_bytes(), context)


def test_a_frame_that_is_lost_on_the_way_is_never_published(source, tmp_path, monkeypatch):
    pack = Rendition._pack

    def lossy(self, packet):
        if packet.pts != packet.pts // 10_240 * 10_240 or not packet.pts:
            pack(self, packet)

    monkeypatch.setattr(Rendition, "_pack", lossy)

    result = mf.process(
        source,
        [mf.VideoOutput("mp4", **ENCODED), mf.StillOutput(1.0)],
        to=f"{tmp_path}/out/",
        on_failure="partial",
    )

    assert [one.status for one in result.outputs] == ["failed", "completed"]
    assert result.outputs[0].error_code == "encode_failed"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["film.jpg"]


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("codec", ["h264", "hevc", "vp9"])
def test_the_shortest_films_have_all_frames(tmp_path, codec, frames):
    source = counting_film(tmp_path / "film.mp4", frames=frames)

    result = mf.process(
        source, mf.VideoOutput("mp4", **ENCODED, codec=codec), to=f"{tmp_path}/out/"
    )

    assert result.outputs[0].frames == frames


def test_times_far_apart_and_a_sound_that_outlasts_the_picture_are_no_damage(tmp_path):
    source = counting_film(tmp_path / "slow.mkv", pts=[0, 1, 2, 7], sound_tail=3)
    kinds = [("mp4", "h264"), ("mp4", "vp9"), ("webm", "vp9"), ("mkv", "hevc")]
    outputs = [
        mf.VideoOutput(container, **ENCODED, codec=codec, name=f"{container}_{codec}")
        for container, codec in kinds
    ]

    result = mf.process(source, outputs, to=f"{tmp_path}/{{name}}.{{ext}}")

    lengths = [mf.probe(one.uri).duration_seconds for one in result.outputs]
    assert lengths == pytest.approx([15.0] * 4, abs=0.1)  # 5 s of the last frame, and 3 s more
