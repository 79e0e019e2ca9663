"""What is put in force, in what order, and what is told where a kernel or a platform has less."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mediaflow.errors import SpecError, StorageError, UnsupportedError
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.security.kernel import Kernel
from mediaflow.security.landlock import file_rights
from mediaflow.security.sandbox import (
    ResourceCaps,
    SandboxReport,
    lock_down,
    sandbox_support,
)
from mediaflow.security.sandbox_report import PARTS
from tests.house.source import ROOT


class ToldKernel(Kernel):
    """A kernel of paper, which takes down what is asked of it."""

    def __init__(
        self,
        *,
        platform: str = "linux",
        machine: str = "x86_64",
        landlock: int = 7,
        seccomp: int = 0,
        threads: int = 1,
        limits: bool = True,
        hard: int | None = None,
        fails: str = "",
    ) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._platform, self._machine, self._threads = platform, machine, threads
        self._landlock, self._seccomp, self._limits = landlock, seccomp, limits
        self._hard, self._fails = hard, fails

    def platform(self) -> str:
        return self._platform

    def machine(self) -> str:
        return self._machine

    def threads(self) -> int:
        return self._threads

    def can_limit(self) -> bool:
        return self._limits

    def hard_limit(self, name: str) -> int | None:
        return self._hard

    def landlock_version(self) -> int:
        if self._landlock < 0:
            raise OSError(-self._landlock, "")
        return self._landlock

    def check_seccomp(self) -> None:
        if self._seccomp:
            raise OSError(self._seccomp, "")

    def set_limit(self, name: str, soft: int, hard: int) -> None:
        self._take_down("limit", name, soft, hard)

    def forbid_new_privileges(self) -> None:
        self._take_down("no_new_privs")

    def new_ruleset(self, files: int, network: int, scopes: int) -> int:
        self._take_down("ruleset", files, network, scopes)
        return os.open(os.devnull, os.O_RDONLY)

    def allow_beneath(self, ruleset: int, place: int, rights: int) -> None:
        self._take_down("allow", os.path.basename(os.readlink(f"/proc/self/fd/{place}")), rights)

    def enforce_ruleset(self, ruleset: int, flags: int) -> None:
        self._take_down("landlock", flags)

    def install_filter(self, program: bytes) -> None:
        self._take_down("seccomp", len(program))

    def _take_down(self, *call: object) -> None:
        if call[0] == self._fails:
            raise OSError(errno.EPERM, "not here")
        self.calls.append(call)

    @property
    def names(self) -> list[object]:
        """Names of the calls in order, limits as one."""
        names = [call[0] for call in self.calls]
        return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


ORDER = ["ruleset", "limit", "no_new_privs", "landlock", "seccomp"]
IRREVERSIBLE = {"limit", "no_new_privs", "landlock", "seccomp"}

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="folders are named by /proc")

# kernel, level, parts, lacks
POORER = [
    (ToldKernel(), "full", PARTS, ()),
    (
        ToldKernel(landlock=-errno.ENOSYS),
        "partial",
        ("rlimits", "no_new_privs", "seccomp"),
        ("landlock: the kernel has none",),
    ),
    (
        ToldKernel(landlock=-errno.EOPNOTSUPP),
        "partial",
        ("rlimits", "no_new_privs", "seccomp"),
        ("landlock: the kernel has it switched off",),
    ),
    (
        ToldKernel(landlock=-errno.EPERM),
        "partial",
        ("rlimits", "no_new_privs", "seccomp"),
        ("landlock: may not be used here, as by the rules of a container",),
    ),
    (
        ToldKernel(seccomp=errno.EINVAL),
        "partial",
        ("rlimits", "no_new_privs", "landlock"),
        ("seccomp: the kernel has none",),
    ),
    (
        ToldKernel(machine="riscv64"),
        "partial",
        ("rlimits", "no_new_privs", "landlock"),
        ("seccomp: no table for riscv64",),
    ),
    (
        ToldKernel(machine="x86_64 in 32 bits", landlock=-errno.ENOSYS),
        "none",
        ("rlimits", "no_new_privs"),
        ("landlock: the kernel has none", "seccomp: no table for x86_64 in 32 bits"),
    ),
    (
        ToldKernel(platform="darwin"),
        "none",
        ("rlimits",),
        (
            "no_new_privs: there is none on darwin",
            "landlock: there is none on darwin",
            "seccomp: there is none on darwin",
        ),
    ),
    (
        ToldKernel(platform="win32", limits=False),
        "none",
        (),
        (
            "rlimits: the platform has none",
            "no_new_privs: there is none on win32",
            "landlock: there is none on win32",
            "seccomp: there is none on win32",
        ),
    ),
]

LESS = [row for row in POORER if row[1] != "full"]


@pytest.mark.parametrize(("kernel", "level", "parts", "lacks"), POORER)
def test_support_is_told_without_touching_anything(kernel, level, parts, lacks) -> None:
    kernel.calls.clear()

    report = sandbox_support(kernel=kernel)

    assert (report.level, report.parts, report.lacks) == (level, parts, lacks)
    assert kernel.calls == []


@pytest.mark.parametrize(("kernel", "level", "parts", "lacks"), POORER)
def test_auto_locks_what_it_can_and_tells_the_rest(kernel, level, parts, lacks) -> None:
    kernel.calls.clear()

    report = lock_down(kernel=kernel)

    assert (report.level, report.parts, report.lacks) == (level, parts, lacks)
    done = {"rlimits" if name == "limit" else name for name in kernel.names} - {"ruleset"}
    assert done == set(parts)


@pytest.mark.parametrize("kernel", [row[0] for row in LESS])
def test_require_refuses_less_before_anything_is_in_force(kernel: ToldKernel) -> None:
    kernel.calls.clear()

    with pytest.raises(UnsupportedError, match="sandbox='require' needs all of") as caught:
        lock_down(mode="require", kernel=kernel)

    assert not IRREVERSIBLE & set(kernel.names)
    assert "sandbox='auto'" in (caught.value.hint or "")
    assert caught.value.details["lacks"] == sandbox_support(kernel=kernel).lacks


def test_parts_come_in_an_order_that_lets_each_next_one_happen() -> None:
    kernel = ToldKernel()

    report = lock_down(mode="require", kernel=kernel)

    assert report == SandboxReport(level="full", parts=PARTS, landlock_version=7)
    assert kernel.names == ORDER


def test_off_does_nothing() -> None:
    kernel = ToldKernel()

    report = lock_down(mode="off", kernel=kernel)

    assert report.level == "none"
    assert report.parts == ()
    assert kernel.calls == []


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(SpecError, match="'auto', 'require' or 'off', got 'on'"):
        lock_down(mode="on", kernel=ToldKernel())  # type: ignore[arg-type]


def test_other_threads_keep_landlock_from_holding() -> None:
    kernel = ToldKernel(threads=3)

    report = lock_down(kernel=kernel)

    assert report.level == "partial"
    assert report.lacks == ("landlock: 2 other threads run, which it would leave free",)
    assert kernel.names == ["limit", "no_new_privs", "seccomp"]


def test_newer_landlock_holds_other_threads_as_well() -> None:
    kernel = ToldKernel(threads=3, landlock=8)

    assert lock_down(mode="require", kernel=kernel).level == "full"
    assert ("landlock", 1 << 3) in kernel.calls


@pytest.mark.parametrize(
    ("fails", "part"),
    [
        ("limit", "rlimits"),
        ("no_new_privs", "no_new_privs"),
        ("ruleset", "landlock"),
        ("landlock", "landlock"),
        ("seccomp", "seccomp"),
    ],
)
def test_part_that_fails_lowers_the_level(fails: str, part: str) -> None:
    report = lock_down(kernel=ToldKernel(fails=fails))

    assert report.level == "partial"
    assert report.lacks == (f"{part}: may not be used here, as by the rules of a container",)
    assert part not in report.parts


def test_require_never_returns_half_locked() -> None:
    with pytest.raises(UnsupportedError, match="this process is half locked and must end"):
        lock_down(mode="require", kernel=ToldKernel(fails="seccomp"))


@linux_only
def test_strict_filter_stands_where_no_folder_is_granted(tmp_path: Path) -> None:
    sizes = {}
    for name, kernel, writable in (
        ("granted", ToldKernel(), [str(tmp_path)]),
        ("nothing granted", ToldKernel(), []),
        ("no landlock", ToldKernel(landlock=-errno.ENOSYS), [str(tmp_path)]),
    ):
        lock_down(writable=writable, kernel=kernel)
        sizes[name] = kernel.calls[-1]

    assert sizes["no landlock"] == sizes["nothing granted"]
    assert sizes["granted"] > sizes["nothing granted"]


# Rights by version: names in linux/landlock.h up to MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV, RESOLVE_UNIX.
@pytest.mark.parametrize(
    ("version", "files", "network", "scopes"),
    [
        (1, 0x1FFF, 0, 0),
        (2, 0x3FFF, 0, 0),
        (3, 0x7FFF, 0, 0),
        (4, 0x7FFF, 3, 0),
        (5, 0xFFFF, 3, 0),
        (6, 0xFFFF, 3, 3),
        (7, 0xFFFF, 3, 3),
        (8, 0xFFFF, 3, 3),
        (9, 0x1FFFF, 3, 3),
        (12, 0x1FFFF, 3, 3),
    ],
)
def test_all_rights_that_a_version_knows_are_denied(
    version: int, files: int, network: int, scopes: int
) -> None:
    kernel = ToldKernel(landlock=version)

    lock_down(kernel=kernel)

    assert kernel.calls[0] == ("ruleset", files, network, scopes)


@linux_only
def test_folders_get_rights_to_plain_files_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "font.ttf").write_bytes(b"x")
    kernel = ToldKernel()

    lock_down(
        writable=[str(tmp_path / "out")],
        readable=[str(tmp_path / "in"), str(tmp_path / "font.ttf")],
        kernel=kernel,
    )

    # No execute (1), no device, socket, pipe or link (0x1E40), no ioctl on devices (0x8000).
    assert [call for call in kernel.calls if call[0] == "allow"] == [
        ("allow", "out", 0xFFFF & ~(1 | 0x1E40 | 0x8000)),
        ("allow", "in", 0x4 | 0x8),
        ("allow", "font.ttf", 0x4),
        ("allow", "urandom", 0x4),
    ]


@linux_only
def test_granted_rights_are_among_those_that_the_version_knows(tmp_path: Path) -> None:
    kernel = ToldKernel(landlock=1)

    lock_down(writable=[str(tmp_path)], kernel=kernel)

    rights = [call[2] for call in kernel.calls if call[0] == "allow"]
    assert [granted & ~file_rights(1) for granted in rights] == [0, 0]


@linux_only
def test_place_that_is_missing_or_no_folder_is_refused_before_anything(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    kernel = ToldKernel()

    with pytest.raises(StorageError, match="cannot be made writable in a sandbox: No such file"):
        lock_down(writable=[str(tmp_path / "none")], kernel=kernel)
    with pytest.raises(SpecError, match="only a folder can be made writable"):
        lock_down(writable=[str(file)], kernel=kernel)

    assert not IRREVERSIBLE & set(kernel.names)


def test_caps_are_set_for_good_and_never_raised() -> None:
    kernel = ToldKernel(hard=1000)
    caps = ResourceCaps(memory_bytes=5000, cpu_seconds=7, file_bytes=300)

    lock_down(caps=caps, kernel=kernel)

    assert [call[1:] for call in kernel.calls if call[0] == "limit"] == [
        ("RLIMIT_CORE", 0, 0),
        ("RLIMIT_AS", 1000, 1000),
        ("RLIMIT_CPU", 7, 8),
        ("RLIMIT_FSIZE", 300, 300),
        ("RLIMIT_NOFILE", 64, 64),
    ]


def test_caps_that_are_not_given_are_left_alone() -> None:
    kernel = ToldKernel()

    lock_down(caps=ResourceCaps(open_files=None), kernel=kernel)

    assert [call[1] for call in kernel.calls if call[0] == "limit"] == ["RLIMIT_CORE"]


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "1"])
def test_cap_that_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(SpecError, match=r"caps\.memory_bytes must be a whole number"):
        ResourceCaps(memory_bytes=value)  # type: ignore[arg-type]


def test_report_travels_and_reads_as_one_line() -> None:
    report = lock_down(kernel=ToldKernel(machine="riscv64"))

    assert from_dict(SandboxReport, to_dict(report)) == report
    assert str(report) == (
        "partial (rlimits, no_new_privs, landlock ABI 7); seccomp: no table for riscv64"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts threads by itself")
def test_threads_of_libraries_are_counted() -> None:
    code = (
        "import threading, _thread; from mediaflow.security.kernel import Kernel;"
        "held = _thread.allocate_lock(); held.acquire(); before = Kernel().threads();"
        "_thread.start_new_thread(held.acquire, ());"
        "print(before, Kernel().threads(), threading.active_count())"
    )

    assert _python(code).split() == ["1", "2", "1"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parents")
def test_child_dies_with_its_parent() -> None:
    child = (
        "import os, sys; from mediaflow.security.parent import die_with_parent;"
        "assert die_with_parent(int(sys.argv[1])); print(os.getpid(), flush=True); sys.stdin.read()"
    )
    parent = (
        "import os, subprocess, sys;"
        "read, write = os.pipe();"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}, str(os.getpid())],"
        " stdin=read, stdout=subprocess.PIPE, pass_fds=[write]);"  # its own end keeps the pipe open
        "print(child.stdout.readline().decode(), flush=True); os._exit(0)"
    )

    # The child holds stderr as well, so that reading it to its end waits for both of them.
    assert int(_python(parent)) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parents")
def test_child_of_a_parent_that_is_gone_ends_at_once() -> None:
    code = "from mediaflow.security.parent import die_with_parent; die_with_parent(1 << 22)"

    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60)

    assert child.returncode == -signal.SIGKILL


def _python(code: str) -> str:
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert child.returncode == 0, child.stderr
    return child.stdout
