"""Every Python block of the documentation runs, or says why it does not.

Blocks of one page share their names and run in order in an empty folder that holds ``photo.jpg``,
``clip.gif`` and, where the page names it, ``film.mp4`` (1280×720 px, 6 s, with sound), ``talk.mkv`` (3 s, with subtitles) and ``talk.wav`` (4 s).
``<!-- skip: reason -->`` right above a block opts it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediaflow.testing.film_texts import TextTrack, subtitled_film
from tests.film import counting_film
from tests.house.source import ROOT
from tests.media import photo_jpeg
from tests.motion import moving
from tests.sounds import painted_wav

LANGUAGES = {"console", "html", "json", "python", "text", "toml"}
DIRECTIVES = re.compile(r"\{[\w:-]+\}")
SKIP = re.compile(r"<!-- skip: \S.* -->")

PAGES = sorted(
    path
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]
    if "_build" not in path.parts
)

every_page = pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in PAGES]
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and whether the line above opts it out."""

    language: str
    line: int
    text: str
    skipped: bool


def _blocks(page: Path) -> list[Block]:
    lines = page.read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    opened: int | None = None
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("```"):
            continue
        if opened is None:
            opened = number
            continue
        above = next((text for text in reversed(lines[:opened]) if text.strip()), "")
        found.append(
            Block(
                language=lines[opened].strip().removeprefix("```").strip(),
                line=opened + 1,
                text="\n".join(lines[opened + 1 : number]),
                skipped=bool(SKIP.fullmatch(above.strip())),
            )
        )
        opened = None
    assert opened is None, f"{page.name}:{opened}: block without an end"
    return found


@every_page
def test_block_names_its_language(page: Path) -> None:
    strange = [
        (block.line, block.language)
        for block in _blocks(page)
        if block.language not in LANGUAGES and not DIRECTIVES.match(block.language)
    ]

    assert strange == []


@every_page
def test_python_blocks_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo_jpeg(1200, 800))
    (tmp_path / "clip.gif").write_bytes(moving("GIF", [60] * 20, plays=3, size=(400, 300)))
    if "film.mp4" in page.read_text(encoding="utf-8"):
        counting_film(tmp_path / "film.mp4", size=(1280, 720), frames=150, fps=25)
    if "talk.mkv" in page.read_text(encoding="utf-8"):
        plain = counting_film(tmp_path / "plain.mkv", size=(320, 180), frames=75)
        track = TextTrack(texts=((500, 1_500, "Hello"), (1_600, 2_800, "World")), language="eng")
        subtitled_film(tmp_path / "talk.mkv", plain, track)
    if "talk.wav" in page.read_text(encoding="utf-8"):
        painted_wav(tmp_path / "talk.wav", seconds=4)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    blocks = [block for block in _blocks(page) if block.language == "python" and not block.skipped]

    for block in blocks:
        padded = "\n" * block.line + block.text  # so that a traceback shows the page's own line
        exec(compile(padded, str(page), "exec"), names)  # running them is the test

    assert capsys.readouterr().err == ""


def test_documentation_has_blocks_that_run() -> None:
    runs = [
        block
        for page in PAGES
        for block in _blocks(page)
        if block.language == "python" and not block.skipped
    ]

    assert len(runs) >= 5
