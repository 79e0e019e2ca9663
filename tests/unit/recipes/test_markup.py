"""The markup says what was made, and nothing in a name or a text gets out of its attribute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import mediaflow as mf
from mediaflow import recipes
from mediaflow.errors import SpecError
from mediaflow.models.result import JobReport, JobResult, Notice, OutputResult
from tests.infos import media_info
from tests.media import photo_jpeg
from tests.unit.models.test_analysis import DATA

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = {"avif": "image/avif", "webp": "image/webp"}


class Reader(HTMLParser):
    """Collects every tag with its attributes, and every text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ends: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.ends.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []


def read(markup: str) -> list[tuple[str, dict[str, Any]]]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.texts == []
    assert reader.ends == ["picture"]
    return reader.tags


def made(format: str, width: int, height: int = 0, **words: Any) -> OutputResult:
    extension = "jpg" if format == "jpeg" else format
    values: dict[str, Any] = {
        "name": f"{format}_{width}_{height}",
        "status": "completed",
        "uri": f"out/photo_{width}.{extension}",
        "format": format,
        "width": width,
        "height": height or width * 3 // 4,
        **words,
    }
    return OutputResult(**values)


def result(*outputs: OutputResult) -> JobResult:
    return JobResult(
        id="j",
        status="completed",
        outputs=outputs,
        source=None,
        report=JobReport(),
        created_at=NOON,
        completed_at=NOON,
    )


THREE = result(*(made(name, width) for name in ("jpeg", "webp", "avif") for width in (640, 320)))


def test_formats_stand_best_first_and_the_plain_one_is_the_image() -> None:
    tags = read(recipes.picture_markup(THREE, alt="A coast", sizes="50vw"))

    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    assert tags[1][1] == {
        "type": "image/avif",
        "srcset": "photo_320.avif 320w, photo_640.avif 640w",
        "sizes": "50vw",
    }
    assert tags[2][1]["type"] == "image/webp"
    assert tags[3][1] == {
        "src": "photo_640.jpg",
        "srcset": "photo_320.jpg 320w, photo_640.jpg 640w",
        "sizes": "50vw",
        "width": "640",
        "height": "480",
        "alt": "A coast",
        "loading": "lazy",
        "decoding": "async",
    }


@pytest.mark.parametrize(
    ("formats", "sources", "image"),
    [
        (["jpeg"], [], "jpg"),
        (["webp", "avif"], ["avif"], "webp"),
        (["avif"], [], "avif"),
        (["png", "webp"], ["webp"], "png"),
        (["png", "jpeg", "webp"], ["webp"], "jpg"),
    ],
)
def test_every_set_of_formats_has_an_image(
    formats: list[str], sources: list[str], image: str
) -> None:
    tags = read(recipes.picture_markup(result(*(made(name, 64) for name in formats)), alt=""))

    assert [words["type"] for tag, words in tags if tag == "source"] == [
        TYPES[name] for name in sources
    ]
    assert tags[-1][1]["src"] == f"photo_64.{image}"
    assert tags[-1][1]["alt"] == ""


def test_only_what_is_there_is_said() -> None:
    kept = Notice(code="exists_skipped", message="kept")
    twice = Notice(code="duplicate_skipped", message="twice")
    markup = recipes.picture_markup(
        result(
            made("jpeg", 320),
            made("jpeg", 640, status="failed", error="no"),
            made("jpeg", 960, status="skipped", notices=(kept,)),
            made("jpeg", 1280, status="skipped", notices=(twice,)),
            made("jpeg", 1600, status="cancelled"),
            made("webp", 320, status="failed"),
        ),
        alt="",
    )

    tags = read(markup)
    assert [tag for tag, _ in tags] == ["picture", "img"]
    assert tags[-1][1]["srcset"] == "photo_320.jpg 320w, photo_960.jpg 960w"


def test_crops_and_data_beside_it_are_left_out() -> None:
    data = made("json", 640, name="data", uri="out/photo_analysis.json")
    square = made("jpeg", 300, 300, uri="out/photo_square.jpg")  # more px than the other one
    job = replace(result(square, data, made("jpeg", 320)), source=media_info())

    tags = read(recipes.picture_markup(job, alt=""))

    assert tags[-1][1]["srcset"] == "photo_320.jpg 320w"


def test_without_a_picture_of_the_source_s_shape_the_largest_one_decides() -> None:
    wide = (made("jpeg", 320, 180), made("jpeg", 640, 360), made("jpeg", 100, 100))
    job = replace(result(*wide), source=media_info())

    assert recipes.srcset(job, "jpeg") == "photo_320.jpg 320w, photo_640.jpg 640w"


def test_sizes_that_rounding_bent_belong_to_the_same_picture() -> None:
    # 2725 × 2225 at 320 and 150 px is 261.3 and 122.5 px high
    outputs = (made("jpeg", 2725, 2225), made("jpeg", 320, 261), made("jpeg", 150, 122))

    assert recipes.srcset(result(*outputs), "jpeg").count(",") == 2


def test_one_width_is_said_once() -> None:
    outputs = (made("jpeg", 64), made("jpeg", 64, name="again", uri="out/again.jpg"))

    assert recipes.srcset(result(*outputs), "jpeg") == "photo_64.jpg 64w"


@pytest.mark.parametrize("name", ["jpeg", "JPG", "jpg"])
def test_srcset_of_one_format(name: str) -> None:
    assert recipes.srcset(THREE, name) == "photo_320.jpg 320w, photo_640.jpg 640w"


def test_srcset_of_a_format_that_was_not_made_names_those_that_were() -> None:
    with pytest.raises(SpecError, match="holds no png picture") as caught:
        recipes.srcset(THREE, "png")

    assert caught.value.hint == "it holds avif, jpeg, webp"


@pytest.mark.parametrize(
    "outputs", [(), (made("jpeg", 9, status="failed"),), (made("json", 9, uri=""),)]
)
def test_result_without_pictures_is_refused(outputs: tuple[OutputResult, ...]) -> None:
    with pytest.raises(SpecError, match="holds no picture") as caught:
        recipes.picture_markup(result(*outputs), alt="")

    assert "recipes.responsive()" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("", "photo_64.jpg"),
        ("/media", "/media/photo_64.jpg"),
        ("/media/", "/media/photo_64.jpg"),
        ("../a%20b/", "../a%20b/photo_64.jpg"),
        ("a,b/", "a%2Cb/photo_64.jpg"),
        ("https://cdn.example/x", "https://cdn.example/x/photo_64.jpg"),
        ("//cdn.example/", "//cdn.example/photo_64.jpg"),
        ("https://cdn.example/?v=1&file=", "https://cdn.example/?v=1&file=photo_64.jpg"),
    ],
)
def test_base_url_stands_before_each_file(base: str, url: str) -> None:
    (tag, words) = read(recipes.picture_markup(result(made("jpeg", 64)), alt="", base_url=base))[-1]

    assert (tag, words["src"]) == ("img", url)


@pytest.mark.parametrize(
    "base",
    [
        "javascript:alert(1)//",
        "JavaScript:alert(1)//",
        "data:text/html,",
        "photos:x/",
        "/a\n/",
        "java\nscript:x",
        '/"onerror="x',
        "\\\\host\\",
        "/a b/",
    ],
)
def test_base_url_that_is_no_place_is_refused(base: str) -> None:
    with pytest.raises(SpecError, match="base_url must be a path or an http"):
        recipes.picture_markup(result(made("jpeg", 64)), alt="", base_url=base)


@pytest.mark.parametrize(
    ("uris", "urls"),
    [
        (["out/320/a.jpg", "out/640/a.jpg"], ["320/a.jpg", "640/a.jpg"]),
        (["s3://bucket/x/a_320.jpg", "s3://bucket/x/a_640.jpg"], ["a_320.jpg", "a_640.jpg"]),
        (["a/1/x.jpg", "a/10/x.jpg"], ["1/x.jpg", "10/x.jpg"]),
        (["/srv/a/x.jpg", "/srv/a/b/x.jpg"], ["x.jpg", "b/x.jpg"]),
        (["x.jpg", "y.jpg"], ["x.jpg", "y.jpg"]),
        (["https://h/a/x.jpg?sig=***", "https://h/a/y.jpg?sig=***"], ["x.jpg", "y.jpg"]),
        (["C:\\out\\x.jpg", "C:\\out\\y.jpg"], ["x.jpg", "y.jpg"]),
    ],
)
def test_addresses_begin_below_the_folder_that_all_share(uris: list[str], urls: list[str]) -> None:
    outputs = (made("jpeg", width, uri=uri) for width, uri in zip((320, 640), uris, strict=True))

    found = recipes.srcset(result(*outputs), "jpeg").split(", ")

    assert [candidate.split(" ")[0] for candidate in found] == urls


ATTACKS = [
    '"><script>alert(1)</script>.jpg',
    "' onerror='alert(1).jpg",
    "a b, evil.jpg 1w, c.jpg",
    "javascript:alert(1).jpg",
    "&quot;><img src=x onerror=alert(1)>.jpg",
    "a?x#y%20.jpg",
    "ä\u202egpj.jpg",
]


@pytest.mark.parametrize("name", ATTACKS)
def test_no_name_gets_out_of_its_attribute(name: str) -> None:
    outputs = (made("jpeg", 320, uri=f"out/{name}"), made("jpeg", 640))

    tags = read(recipes.picture_markup(result(*outputs), alt=name, sizes=name))

    assert [tag for tag, _ in tags] == ["picture", "img"]
    words = tags[-1][1]
    assert set(words) == {
        "src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding",
    }  # fmt: skip
    assert words["alt"] == words["sizes"] == name
    first, second = words["srcset"].split(", ")
    assert second == "photo_640.jpg 640w"
    url, width = first.split(" ")
    assert (unquote(url), width) == (name, "320w")
    assert ":" not in url


def test_first_picture_of_a_page_is_not_lazy() -> None:
    tags = read(recipes.picture_markup(THREE, alt="", lazy=False))

    assert tags[-1][1]["loading"] == "eager"


def test_placeholder_is_shown_behind_the_picture() -> None:
    data = mf.PlaceholderData(**DATA)

    tags = read(recipes.picture_markup(THREE, alt="", placeholder=data))

    assert tags[-1][1]["style"] == (
        "background: #99b4d8 url(data:image/webp;base64,UklGRg==) center / cover no-repeat"
    )


def test_transparent_placeholder_would_shine_through_and_is_left_out() -> None:
    data = replace(mf.PlaceholderData(**DATA), has_alpha=True)

    tags = read(recipes.picture_markup(THREE, alt="", placeholder=data))

    assert "style" not in tags[-1][1]


def test_markup_of_a_real_job_points_to_its_files(tmp_path: Path) -> None:
    outputs = [*recipes.responsive((100, 200, 400, 800), ("webp", "jpeg")), mf.AnalysisOutput()]
    job = mf.process(photo_jpeg(300, 200), outputs, to=f"{tmp_path}/out/")

    tags = read(
        recipes.picture_markup(job, alt="A coast", base_url="/", placeholder=job["analysis"].data)
    )

    sets = [words["srcset"].split(", ") for _, words in tags[1:]]
    # 400 px is the first width above the source's own and holds it; 800 would be the same
    assert sets == [
        [f"/image_{asked}.{end} {width}w" for asked, width in ((100, 100), (200, 200), (400, 300))]
        for end in ("webp", "jpg")
    ]
    for candidate in (*sets[0], *sets[1]):
        assert (tmp_path / "out" / candidate.split(" ")[0].removeprefix("/")).stat().st_size > 0
    assert (tags[-1][1]["width"], tags[-1][1]["height"]) == ("300", "200")
