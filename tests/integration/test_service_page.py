"""The page of the web API as a client without a browser sees it: its files, and what it offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mediaflow import aio
from mediaflow.storage import Storage
from tests.browser.painted import paint_film
from tests.media import photo_jpeg
from tests.sounds import painted_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

fastapi = pytest.importorskip("fastapi", reason="fastapi is not installed here")
testclient = pytest.importorskip("fastapi.testclient", reason="fastapi is not installed here")

from mediaflow.integrations.fastapi import create_router  # noqa: E402  # after the check

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "html": "text/html"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve the page below a path, as an application does that has more to offer."""
    root = tmp_path_factory.mktemp("page")
    processor = aio.Processor(trust="strangers", workers=1, storage=Storage.within(root))
    app = fastapi.FastAPI()
    app.include_router(create_router(processor, prefix="/studio/api"))
    with testclient.TestClient(app, base_url="http://testserver/studio/api") as made:
        yield made
    processor._processor.close()


@pytest.fixture(scope="module")
def files(client: Any) -> dict[str, Any]:
    """Fetch the page and all that it names, to the last module."""
    found: dict[str, Any] = {}
    waiting = ["index.html"]
    while waiting:
        name = waiting.pop()
        found[name] = answer = client.get(f"/media/page/{name}")
        named = re.findall(r"""["'(](?:\./|page/)([\w.-]+)["')]""", answer.text)
        waiting += [one for one in named if one not in found]
    return found


def uploaded(client: Any, data: bytes) -> str:
    return str(client.post("/media/uploads", content=data).json()["location"])


def test_all_files_that_the_page_names_are_there_with_their_types(files: dict[str, Any]) -> None:
    assert {"index.html", "main.js", "page.css", "live.js", "follow.js"} <= set(files)
    for name, answer in files.items():
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].split(";")[0] == TYPES[name.rpartition(".")[2]]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"]


def test_no_file_of_the_page_names_another_site(files: dict[str, Any]) -> None:
    for name, answer in files.items():
        places = re.findall(r"(?:https?:)?//[\w-]+\.\w+[^\s\"']*", answer.text)
        assert [one for one in places if "www.w3.org" not in one] == [], name


def test_file_that_a_browser_has_is_not_sent_again(files: dict[str, Any], client: Any) -> None:
    tag = files["main.js"].headers["etag"]

    again = client.get("/media/page/main.js", headers={"if-none-match": tag})
    other = client.get("/media/page/main.js", headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert other.status_code == 200
    assert files["main.js"].headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["", "other.js", "../page_routes.py", "..%2fpage_routes.py", "%2e%2e/routes.py", "."]
)
def test_list_of_files_is_closed(client: Any, name: str) -> None:
    answer = client.get(f"/media/page/{name}")

    assert answer.status_code == 404


def test_address_without_its_slash_leads_to_the_page_below_any_path(client: Any) -> None:
    answer = client.get("/media", follow_redirects=False)
    there = client.get("/media")

    assert (answer.status_code, answer.headers["location"]) == (307, "media/")
    assert there.url.path == "/studio/api/media/"
    assert there.headers["content-type"].startswith("text/html")


def test_every_recipe_is_accepted_for_the_kinds_that_it_names(client: Any, tmp_path: Path) -> None:
    sources = {
        "image": uploaded(client, photo_jpeg(320, 240)),
        "video": uploaded(client, paint_film(tmp_path / "film.mp4").read_bytes()),
        "audio": uploaded(client, painted_wav(tmp_path / "tone.wav", seconds=1).read_bytes()),
    }
    found = client.get("/media/recipes").json()

    refused = [
        (one["name"], kind, answer.text)
        for one in found
        for kind in one["kinds"]
        if (
            answer := client.post(
                "/media/plan", json={"source": sources[kind], "outputs": one["outputs"]}
            )
        ).status_code
        != 200
    ]

    assert refused == []
    assert {kind for one in found for kind in one["kinds"]} == set(sources)
    assert all(one["title"] and one["outputs"] for one in found)
