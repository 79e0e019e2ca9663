"""What every picture back end must do, whatever library stands behind it.

Inherit `ImageBackendContract`, give the fixture and ``read``, and run it with pytest::

    class TestMyBackend(ImageBackendContract):
        @pytest.fixture
        def backend(self): ...

        def read(self, data): ...

Law: pictures are built from the PNG specification and judged by the reader that the inheritor
brings, so that a back end is never its own witness.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pytest

from mediaflow.errors import LimitExceededError, SourceError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning import SourceName, plan_image
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.pngs import (
    BLUE,
    GREEN,
    RED,
    SECRETS,
    STORED,
    YELLOW,
    Pixels,
    as_rgba,
    quadrants,
    with_secrets,
    write_png,
)

if TYPE_CHECKING:
    from mediaflow.geometry import GravityName, Orientation
    from mediaflow.image.backend import ImageBackend
    from mediaflow.models.metadata import MetadataPolicy
    from mediaflow.models.outputs import Output
    from mediaflow.models.result import Notice
    from mediaflow.planning import PicturePlan

__all__ = ["ImageBackendContract", "Pixels", "quadrants", "write_png"]

ROUNDING: Final = 2
"""Levels that two correct ways of scaling flat areas may differ by."""


class ImageBackendContract:
    """Pictures come out upright, of the asked size, in the right colours, or as a typed error."""

    policies: ClassVar[tuple[MetadataPolicy, ...]] = ("keep", "safe", "strip")
    """What the back end does with metadata; plans ask an optional one for ``"strip"`` alone."""

    @pytest.fixture
    def backend(self) -> ImageBackend[object]:
        """Return the back end under test; it must read and write PNG."""
        raise NotImplementedError

    def read(self, data: bytes) -> Pixels:
        """Return the px of an encoded picture, decoded by another library."""
        raise NotImplementedError

    def test_capabilities_are_sorted_and_hold_png(self, backend: ImageBackend[object]) -> None:
        known = backend.capabilities()

        for names in (known.decoders, known.encoders, known.upright_decoders):
            assert list(names) == sorted(set(names))
        assert "png" in known.decoders
        assert "png" in known.encoders
        assert set(known.upright_decoders) <= set(known.decoders)

    @pytest.mark.parametrize("samples", [1, 2, 3, 4])
    def test_untouched_picture_keeps_every_pixel(
        self, backend: ImageBackend[object], samples: int
    ) -> None:
        height, width = 23, 31
        ramp = np.arange(height * width * samples, dtype=np.uint32) * 7 % 256
        pixels = ramp.astype(np.uint8).reshape(height, width, samples)

        made = self.read(_made(backend, write_png(pixels), ImageOutput("png")))

        seen = made[made[..., 3] > 0]
        assert np.array_equal(seen, as_rgba(pixels)[made[..., 3] > 0])
        assert np.array_equal(made[..., 3], as_rgba(pixels)[..., 3])

    @pytest.mark.parametrize("orientation", sorted(STORED))
    def test_every_orientation_comes_out_upright(
        self, backend: ImageBackend[object], orientation: Orientation
    ) -> None:
        stored = np.ascontiguousarray(STORED[orientation](quadrants(64, 32)))
        exif = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
        source = write_png(stored, (b"eXIf", exif))

        made = self.read(_made(backend, source, ImageOutput("png", width=32)))

        assert made.shape == (16, 32, 4)
        assert [tuple(made[y, x]) for y in (3, 12) for x in (5, 26)] == [RED, GREEN, BLUE, YELLOW]

    @pytest.mark.parametrize(
        ("gravity", "size", "first", "last"),
        [
            ("north", (32, 6), RED, GREEN),
            ("south", (32, 6), BLUE, YELLOW),
            ("west", (6, 24), RED, BLUE),
            ("east", (6, 24), GREEN, YELLOW),
        ],
    )
    def test_cover_keeps_the_part_that_was_asked(
        self,
        backend: ImageBackend[object],
        gravity: GravityName,
        size: tuple[int, int],
        first: tuple[int, ...],
        last: tuple[int, ...],
    ) -> None:
        spec = ImageOutput("png", width=size[0], height=size[1], fit="cover", gravity=gravity)

        made = self.read(_made(backend, write_png(quadrants(64, 48)), spec))

        assert made.shape == (size[1], size[0], 4)
        assert (tuple(made[0, 0]), tuple(made[-1, -1])) == (first, last)

    @pytest.mark.parametrize("size", [(1, 1), (7, 5), (100, 3), (640, 480), (999, 1)])
    def test_flat_color_stays_flat_at_every_size(
        self, backend: ImageBackend[object], size: tuple[int, int]
    ) -> None:
        pixels = np.full((120, 160, 3), (200, 100, 50), np.uint8)
        spec = ImageOutput("png", width=size[0], height=size[1], fit="fill", upscale=True)

        made = self.read(_made(backend, write_png(pixels), spec))

        assert made.shape == (size[1], size[0], 4)
        assert np.abs(made.astype(int) - (200, 100, 50, 255)).max() <= ROUNDING

    def test_halving_averages_and_does_not_pick(self, backend: ImageBackend[object]) -> None:
        # 0 and 200 in turn, column by column: every fair average is 100
        stripes = np.tile(np.array([[[0]], [[200]]], np.uint8).reshape(1, 2, 1), (64, 32, 3))
        spec = ImageOutput("png", width=32)

        made = self.read(_made(backend, write_png(stripes), spec))

        assert np.abs(made[:, 4:-4, :3].astype(int) - 100).max() <= ROUNDING

    def test_hidden_color_does_not_bleed(self, backend: ImageBackend[object]) -> None:
        pixels = np.empty((64, 64, 4), np.uint8)
        pixels[:, :31] = (255, 0, 0, 255)
        pixels[:, 31:] = (0, 255, 0, 0)  # green that nobody can see

        made = self.read(_made(backend, write_png(pixels), ImageOutput("png", width=16)))

        visible = made[made[..., 3] > ROUNDING]
        assert visible[:, 1].max() <= ROUNDING
        assert visible[:, 0].min() >= 255 - ROUNDING
        assert made[0, 0, 3] == 255
        assert made[0, -1, 3] == 0

    def test_contain_pads_with_the_background(self, backend: ImageBackend[object]) -> None:
        spec = ImageOutput("png", width=40, height=40, fit="contain", background="#102030")

        made = self.read(_made(backend, write_png(quadrants(64, 32)[..., :3].copy()), spec))

        assert made.shape == (40, 40, 4)
        assert tuple(made[2, 20]) == tuple(made[37, 20]) == (16, 32, 48, 255)
        assert tuple(made[14, 5]) == RED

    def test_alpha_is_laid_on_the_background_and_said(self, backend: ImageBackend[object]) -> None:
        pixels = np.full((32, 32, 4), (255, 0, 0, 51), np.uint8)  # a fifth of red
        spec = ImageOutput("jpeg", quality=100, background="#0000ff")
        if "jpeg" not in backend.capabilities().encoders:
            pytest.skip("this back end writes no format without alpha")

        plan, source = _planned(backend, write_png(pixels), spec)
        data, notices = _run(backend, plan, source)[0]

        assert np.abs(self.read(data)[16, 16].astype(int) - (51, 0, 204, 255)).max() <= 4
        assert [notice.code for notice in notices] == ["alpha_flattened"]

    def test_needless_alpha_is_no_loss(self, backend: ImageBackend[object]) -> None:
        if "jpeg" not in backend.capabilities().encoders:
            pytest.skip("this back end writes no format without alpha")
        plan, source = _planned(backend, write_png(quadrants()), ImageOutput("jpeg"))

        _, notices = _run(backend, plan, source)[0]

        assert notices == ()

    def test_steps_leave_their_inputs_as_they_are(self, backend: ImageBackend[object]) -> None:
        specs = [ImageOutput("png", width=width, suffix=f"_{width}") for width in (60, 40, 20)]
        plan, source = _planned(backend, write_png(quadrants()), *specs)

        first = [data for data, _ in _run(backend, plan, source)]
        base = backend.decode(source, plan.decode, plan.source, Limits())
        pictures = [backend.transform(base, plan.pictures[0], threads=1) for _ in range(2)]
        again = [backend.encode(picture, plan.encodes[0])[0] for picture in (*pictures, *pictures)]

        assert set(again) == {first[0]}

    def test_threads_change_no_pixel(self, backend: ImageBackend[object]) -> None:
        y, x = np.mgrid[0:700, 0:900]
        pixels = np.stack([x % 256, y % 256, (x * y // 7) % 256], axis=-1).astype(np.uint8)
        plan, source = _planned(backend, write_png(pixels), ImageOutput("png", width=301))
        base = backend.decode(source, plan.decode, plan.source, Limits())

        files = {
            backend.encode(backend.transform(base, plan.pictures[0], threads=n), plan.encodes[0])[0]
            for n in (1, 2, 4)
        }

        assert len(files) == 1

    def test_broken_input_is_the_input_s_fault(self, backend: ImageBackend[object]) -> None:
        plan, source = _planned(backend, write_png(quadrants()), ImageOutput("png"))
        end = source.index(b"IDAT") + 10

        for broken in (source[:end], source[:end] + b"\xff" * 40 + source[end + 40 :]):
            with pytest.raises(SourceError):
                backend.decode(broken, plan.decode, plan.source, Limits())

    def test_input_that_is_not_what_was_probed_is_refused(
        self, backend: ImageBackend[object]
    ) -> None:
        plan, _ = _planned(backend, write_png(quadrants()), ImageOutput("png"))

        for other in (b"GIF89a" + bytes(100), write_png(quadrants(80, 80))):
            with pytest.raises(SourceError):
                backend.decode(other, plan.decode, plan.source, Limits())

    def test_limits_are_kept_by_the_back_end_itself(self, backend: ImageBackend[object]) -> None:
        plan, source = _planned(backend, write_png(quadrants()), ImageOutput("png"))

        with pytest.raises(LimitExceededError):
            backend.decode(source, plan.decode, plan.source, Limits(max_pixels=64 * 48 - 1))

    @pytest.mark.parametrize("orientation", sorted(STORED))
    def test_description_is_upright_and_in_the_colors_shown(
        self, backend: ImageBackend[object], orientation: Orientation
    ) -> None:
        stored = np.ascontiguousarray(STORED[orientation](quadrants(96, 48)))
        exif = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
        plan, source = _planned(backend, write_png(stored, (b"eXIf", exif)), AnalysisOutput())
        base = backend.decode(source, plan.decode, plan.source, Limits())
        picture = backend.transform(base, plan.pictures[0], threads=1)

        data, notices = backend.analyze(picture, plan.analyses[0])

        assert notices == ()
        assert (data.aspect_ratio, data.has_alpha) == (2.0, False)
        assert set(data.palette) == {"#ff0000", "#00ff00", "#0000ff", "#ffff00"}
        tiny = self.read(base64.b64decode(data.data_uri.partition(",")[2])).astype(int)
        height, width = tiny.shape[:2]
        assert (max(height, width) <= 32, width) == (True, 2 * height)
        for y, x, color in ((1, 1, RED), (1, -2, GREEN), (-2, 1, BLUE), (-2, -2, YELLOW)):
            assert np.abs(tiny[y, x] - color).max() <= 60  # a coarse file of a few hundred bytes

    def test_description_keeps_transparency(self, backend: ImageBackend[object]) -> None:
        pixels = quadrants(64, 48)
        pixels[:24] = (0, 255, 255, 0)  # cyan that nobody can see
        plan, source = _planned(backend, write_png(pixels), AnalysisOutput())
        base = backend.decode(source, plan.decode, plan.source, Limits())
        picture = backend.transform(base, plan.pictures[0], threads=1)

        data, _ = backend.analyze(picture, plan.analyses[0])
        again, _ = backend.analyze(picture, plan.analyses[0])

        assert data.has_alpha
        assert set(data.palette) == {"#0000ff", "#ffff00"}
        assert again == data

    @pytest.mark.parametrize("policy", ["strip", "safe", "keep"])
    def test_secrets_of_a_source_stay_where_the_policy_says(
        self, backend: ImageBackend[object], policy: MetadataPolicy
    ) -> None:
        if policy not in self.policies:
            pytest.skip(f"this back end is not asked for metadata={policy!r}")
        source = with_secrets(write_png(quadrants()[..., :3].copy()))
        formats = backend.capabilities().encoders
        specs = [ImageOutput(name, metadata=policy, suffix=f"_{name}") for name in formats]

        plan, data = _planned(backend, source, *specs)

        for made, notices in _run(backend, plan, data):
            found = {word for word in SECRETS if word in made}
            assert found <= ({b"SECRET-serial", b"SECRET-place"} if policy == "keep" else set())
            if policy == "keep" and not made.startswith((b"GIF", b"II*", b"MM*")):
                assert found == {b"SECRET-serial", b"SECRET-place"}
            lost = "metadata_dropped" in {notice.code for notice in notices}
            assert (b"credit-artist" in made) == (policy != "strip" and not made.startswith(b"GIF"))
            assert lost or policy != "keep"  # the comment at least is never kept

    def test_preview_is_a_tiny_jpeg(self, backend: ImageBackend[object]) -> None:
        plan, source = _planned(backend, write_png(quadrants(640, 480)), ImageOutput("png"))
        base = backend.decode(source, plan.decode, plan.source, Limits())

        preview = backend.preview(base)

        assert preview.startswith(b"\xff\xd8\xff")
        assert len(preview) < 4096
        made = self.read(preview)
        assert max(made.shape[:2]) <= 64
        assert np.abs(made[2, 2].astype(int) - RED).max() <= 40  # a coarse JPEG


def _planned(
    backend: ImageBackend[object], source: bytes, *outputs: Output
) -> tuple[PicturePlan, bytes]:
    plan = plan_image(
        outputs,
        probe(BytesSource(source)),
        template="{stem}{suffix}.{ext}",
        source_name=SourceName(),
        capabilities=backend.capabilities(),
        limits=Limits(),
    )
    return plan, source


def _run(
    backend: ImageBackend[object], plan: PicturePlan, source: bytes
) -> list[tuple[bytes, tuple[Notice, ...]]]:
    base = backend.decode(source, plan.decode, plan.source, Limits())
    pictures: list[object] = []
    for step in plan.pictures:
        origin = base if step.origin is None else pictures[step.origin]
        pictures.append(backend.transform(origin, step, threads=1))  # type: ignore[arg-type]  # made here
    return [backend.encode(pictures[step.picture], step) for step in plan.encodes]  # type: ignore[arg-type]  # the same


def _made(backend: ImageBackend[object], source: bytes, output: ImageOutput) -> bytes:
    plan, data = _planned(backend, source, output)
    return _run(backend, plan, data)[0][0]
