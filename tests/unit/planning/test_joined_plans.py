"""What films are together, and where the px of each stand in the frame of the first."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.geometry import Box, Size
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.concat import Part
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.previews import StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.streams import Chapter, OtherStream, Tag
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning import SourceName
from mediaflow.planning.film_parts import found_part, plan_parts
from mediaflow.planning.part_facts import joined_info, part_at, streams_of
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, track, video
from tests.infos import CAPABILITIES


def found(*infos, pieces=None):
    pieces = pieces or [(0, None)] * len(infos)
    return [
        found_part(Part("film.mp4", start=start, end=end), info, label=f"part {place}")
        for place, (info, (start, end)) in enumerate(zip(infos, pieces, strict=True), start=1)
    ]


def planned(parts, *outputs):
    return plan_parts(
        outputs,
        parts,
        template="{name}.{ext}",
        source_name=SourceName(stem="film"),
        capabilities=CAPABILITIES,
        limits=Limits(),
    )


def of_size(width, height, **facts):
    return film_info(video(width, height, **facts))


@pytest.mark.parametrize(
    ("size", "facts", "content", "offset"),
    [
        ((640, 360), {}, (640, 360), (0, 0)),  # the same size
        ((1280, 720), {}, (640, 360), (0, 0)),  # the same shape, larger
        ((320, 180), {}, (640, 360), (0, 0)),  # the same shape, smaller
        ((360, 360), {}, (360, 360), (140, 0)),  # 640 - 360 = 280 px beside it
        ((640, 180), {}, (640, 180), (0, 90)),
        ((360, 640), {}, (202, 360), (218, 0)),  # 360 · 360/640 = 202.5 px, made even
        ((640, 360), {"orientation": 6}, (360, 202), (218, 0)),  # the same, turned after scaling
        ((320, 360), {"sample_aspect_ratio": Fraction(2)}, (640, 360), (0, 0)),
    ],
)
def test_a_part_is_fitted_into_the_frame_of_the_first(size, facts, content, offset):
    parts = found(of_size(640, 360), of_size(*size, **facts))

    step = planned(parts, VideoOutput()).renditions[0].video

    frame = step.part_frames[1]
    assert step.part_frames[0] == step.frame
    assert frame.content == Size(*content)
    assert (frame.offset.x, frame.offset.y) == offset
    assert frame.canvas == Size(640, 360)


@pytest.mark.parametrize(
    ("words", "content", "offset", "canvas"),
    [
        ({"height": 180}, (180, 180), (70, 0), (320, 180)),
        ({"width": 320, "height": 320, "fit": "contain"}, (180, 180), (70, 70), (320, 320)),
        ({"width": 320, "height": 320, "fit": "cover"}, (320, 320), (0, 0), (320, 320)),
        ({"width": 320, "height": 200, "fit": "fill"}, (320, 200), (0, 0), (320, 200)),
        ({"width": 320, "height": 320, "fit": "outside"}, (320, 320), (124, 0), (568, 320)),
        ({"rotate": 90}, (360, 360), (0, 140), (360, 640)),
        # without upscale the first part keeps its size on a larger canvas, and so do the others
        ({"width": 800, "height": 600, "fit": "contain"}, (360, 360), (220, 120), (800, 600)),
    ],
)
def test_words_of_the_output_hold_for_a_square_part_too(words, content, offset, canvas):
    parts = found(of_size(640, 360), of_size(720, 720))

    step = planned(parts, VideoOutput(**words)).renditions[0]

    frame = step.video.part_frames[1]
    assert frame.content == Size(*content)
    assert (frame.offset.x, frame.offset.y) == offset
    assert frame.canvas == step.size == Size(*canvas)


def test_cover_cuts_what_lies_beyond_the_frame_of_the_first():
    parts = found(of_size(640, 360), of_size(720, 720))

    step = planned(parts, VideoOutput(width=320, height=180, fit="cover")).renditions[0]

    box = step.video.part_frames[1].crop  # 720 · 180/320 = 405 rows of 720, on even edges
    assert box is not None
    assert box.width == 720
    assert box.height == pytest.approx(405, abs=1)
    assert box.top == pytest.approx(157.5, abs=1)


def test_parts_of_one_size_are_cropped_alike_and_others_not_at_all():
    crop = VideoOutput(crop=Box.whole(Size(320, 180)))
    same = planned(found(of_size(640, 360), of_size(640, 360)), crop).renditions[0].video

    assert same.part_frames[0].crop == same.part_frames[1].crop
    with pytest.raises(SpecError, match="part 2: a crop is in px of the first part, 640×360"):
        planned(found(of_size(640, 360), of_size(320, 180)), crop)


def test_a_still_has_the_picture_of_each_part_with_its_padding():
    parts = found(of_size(640, 360), of_size(360, 360))

    step = planned(parts, StillOutput(at=12)).stills[0]

    assert [frame.canvas for frame in step.part_frames] == [Size(640, 360), Size(360, 360)]
    assert [picture.offset.x for picture in step.part_pictures] == [0, 140]
    assert {picture.canvas for picture in step.part_pictures} == {Size(640, 360)}


def test_each_part_is_read_by_its_own_colours_and_written_in_those_of_the_first():
    tagged = ColorInfo(primaries=1, transfer=1, matrix=1)
    parts = found(of_size(640, 360), of_size(640, 360, color=tagged))

    frames = planned(parts, VideoOutput()).renditions[0].video.part_frames

    assert [frame.source_color.matrix for frame in frames] == [6, 1]
    assert {frame.color.matrix for frame in frames} == {6}


@pytest.mark.parametrize(
    ("pieces", "seconds"),
    [
        ([(0, None), (0, None)], 20),
        ([(2.5, None), (0, None)], 17.5),
        ([(0, None), (1, 3)], 12),
        ([(0, None), (1, 99)], 19),
    ],
)
def test_the_whole_is_as_long_as_its_pieces(pieces, seconds):
    parts = found(film_info(), film_info(), pieces=pieces)

    assert joined_info(parts).duration_seconds == seconds


def test_a_part_is_as_long_as_its_picture_where_the_header_tells():
    stream = video(start_seconds=0.5, duration_seconds_from_header=8.0)
    info = film_info(stream, seconds=10.0, container={"start_seconds": 0.25})

    assert found(info)[0].seconds == Fraction(33, 4)


def test_a_length_that_is_not_known_of_a_part_is_not_known_of_the_whole():
    parts = found(film_info(), film_info(seconds=None))

    assert joined_info(parts).duration_seconds is None
    assert part_at(Fraction(3), parts) == 0
    assert part_at(Fraction(12), parts) is None


@pytest.mark.parametrize(("time", "place"), [(0, 0), (9.9, 0), (10, 1), (19, 1), (99, 1)])
def test_a_moment_lies_in_one_part(time, place):
    assert part_at(Fraction(str(time)), found(film_info(), film_info())) == place


def test_the_rate_is_the_mean_and_ticks_hold_all_times():
    fast = video(frame_rate_average=Fraction(50), time_base=Fraction(1, 90_000))
    alike = joined_info(found(film_info(), film_info())).video[0]
    mixed = joined_info(found(film_info(), film_info(fast, seconds=30))).video[0]
    coarse = video(time_base=Fraction(1, 25))

    assert (alike.frame_rate_average, alike.time_base) == (25, Fraction(1, 12_800))
    assert mixed.frame_rate_average == (25 * 10 + 50 * 30) / Fraction(40)
    assert (mixed.is_variable_rate, mixed.time_base) == (True, Fraction(1, 90_000))
    assert joined_info(found(film_info(coarse), film_info(coarse))).video[0].time_base == Fraction(
        1, 90_000
    )


def test_sound_of_each_part_is_found_by_language():
    german, english = track(index=1, language="ger"), track(index=2, language="eng")
    swapped = (track(index=4, language="eng"), track(index=7, language="GER"))
    foreign = (track(index=1, language="fre", disposition=()), track(index=2, language="spa"))
    parts = found(
        film_info(),
        film_info(audio=(german, english)),
        film_info(audio=swapped),
        film_info(audio=foreign),
        film_info(audio=(track(is_decodable=False),)),
    )

    assert [streams_of(part, parts) for part in parts] == [
        (0, None, None),
        (0, 1, 2),
        (0, 7, 4),
        (0, 2, 2),
        (0, None, None),
    ]


def test_the_sound_of_the_whole_has_the_most_of_any_part():
    mono = track(channels=1, channel_layout="mono", sample_rate=44_100)
    wide = track(channels=6, channel_layout="5.1", sample_rate=48_000)
    parts = found(film_info(audio=[mono]), film_info(audio=[wide]))

    plan = planned(parts, VideoOutput(audio=AudioTrack(channels=6)))

    sound = plan.sounds[0]
    assert (sound.sample_rate, sound.channel_layout) == (48_000, "5.1")
    codes = [notice.code for notice in plan.renditions[0].notices]
    assert codes == ["sample_rate_converted"]


@pytest.mark.parametrize(
    ("primaries", "codes"), [(1, []), (6, []), (9, ["color_assumed"]), (12, ["color_assumed"])]
)
def test_primaries_that_are_not_converted_are_told(primaries, codes):
    tagged = ColorInfo(primaries=primaries, transfer=1, matrix=1)
    plan = planned(found(film_info(), of_size(1920, 1080, color=tagged)), VideoOutput())

    assert [notice.code for notice in plan.renditions[0].notices] == codes


def test_a_piece_that_starts_beyond_its_film_is_refused():
    with pytest.raises(SpecError, match=r"^part 1: start 12 s is beyond the source's end at 10 s"):
        found(film_info(), pieces=[(12, None)])


@pytest.mark.parametrize("output", [VideoOutput(codec="copy"), VideoOutput(audio="copy")])
def test_a_joined_film_is_never_copied(output):
    with pytest.raises(SpecError, match="all of them are encoded"):
        planned(found(film_info(), film_info()), output)


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (StillOutput(at="best"), "the best still"),
        (StoryboardOutput(), "a storyboard output"),
        (SubtitleOutput("srt"), "a subtitle output"),
        (AnalysisOutput(), "an analysis output"),
    ],
)
def test_what_is_made_of_one_film_only_is_refused(output, what):
    with pytest.raises(UnsupportedError, match=f"{what} is not made of films that are joined"):
        planned(found(film_info(), film_info()), output)


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (AudioOutput("mp3"), "an audio output"),
        (WaveformOutput("json"), "a waveform output"),
        (AnalysisOutput(what=("loudness",)), "an analysis of sound"),
    ],
)
def test_what_is_heard_is_not_made_beside_pictures(output, what):
    with pytest.raises(UnsupportedError, match=f"asks for {what} beside pictures") as caught:
        planned(found(film_info(), film_info()), VideoOutput(), output)

    assert caught.value.hint == "ask for all that is heard in a second job of the same Concat"


def test_what_needs_no_change_is_encoded_all_the_same():
    parts = found(film_info(audio=[track()]), film_info(audio=[track()]))

    plan = planned(parts, VideoOutput())

    assert plan.remuxes == ()
    assert plan.renditions[0].reason == plan.sounds[0].reason == "parts are joined"
    assert plan.renditions[0].carried.streams == frozenset()


def test_streams_and_words_of_parts_that_are_left_out_are_told():
    text = OtherStream(index=2, kind="subtitle", codec="subrip")
    named = {"chapters": (Chapter(start_seconds=0, end_seconds=3),)}
    titled = {"tags": (Tag(name="title", value="Talk"),)}
    made_by = {"tags": (Tag(name="encoder", value="Lavf"),)}
    parts = found(
        film_info(audio=[track()], container=made_by),
        film_info(audio=[track(), track(index=3)], others=(text,), container=named),
        film_info(video(), video(index=4), container=titled),
    )

    kept = planned(parts, VideoOutput()).renditions[0].notices
    stripped = planned(parts, VideoOutput(metadata="strip", audio=None)).renditions[0].notices

    told = [notice.message for notice in kept]
    assert told == [
        "no sound in part 3: silence there",
        "part 2: left out: 1 sound track, 1 subtitle track",
        "part 3: left out: 1 film",
        "tags and chapters of parts 2, 3 are left out",
    ]
    assert [notice.message for notice in stripped] == [
        "part 2: left out: 1 subtitle track",
        "part 3: left out: 1 film",
    ]
