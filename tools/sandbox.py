"""A Python program of a stranger, run where it can do no harm.

Bubblewrap gives it namespaces of its own: no network, no other processes, read-only the programs
of the system and this Python, and an empty /tmp in memory; nothing of the user's, not even the
environment. Resource limits bound what it uses, and a list of refused system calls what would get
around them. There is no way to run anything here without all three. Knows nothing of tools.
"""

import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import anyio
import anyio.abc

from weft.errors import ToolError
from weft.tools.config import RunCodeConfig

OPEN_FILES_LIMIT = 32
TRIAL_LIMIT_S = 60.0
MIB = 2**20

_PACKAGES: Mapping[str, str] = {
    "bwrap": "bubblewrap",
    "nice": "coreutils",
    "prlimit": "util-linux",
    "setsid": "util-linux",
}
"""The programs that make the sandbox, and the system's package of each."""
_ARCHITECTURES: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls each architecture (AUDIT_ARCH_*) whose system calls are known here."""
_REFUSED_CALLS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        # Other processes and threads: one process can be limited, and nothing is left behind.
        "clone": 56, "fork": 57, "vfork": 58, "clone3": 435,
        # Memory that no limit of a process counts.
        "shmget": 29, "semget": 64, "msgget": 68, "memfd_create": 319,
        # A look into bubblewrap's own process, which has the same owner.
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_getfd": 438,
        # Parts of the kernel that a computation never needs, and that have let others out.
        "unshare": 272, "add_key": 248, "keyctl": 250, "perf_event_open": 298, "bpf": 321,
        "userfaultfd": 323, "io_uring_setup": 425,
    },
    "aarch64": {
        "clone": 220, "clone3": 435,
        "shmget": 194, "semget": 190, "msgget": 186, "memfd_create": 279,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_getfd": 438,
        "unshare": 97, "add_key": 217, "keyctl": 219, "perf_event_open": 241, "bpf": 280,
        "userfaultfd": 282, "io_uring_setup": 425,
    },
}  # fmt: skip
_OTHER_CALL_TABLE = 0x40000000
"""From here on x86_64 numbers the same calls a second time, for programs of another kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a program."""

    printed: str
    """What it wrote to standard output and standard error, up to the limit."""
    exit_code: int | None
    """As shells give it: 128 more than the signal that ended it. None: it printed too much."""


async def run_sandboxed(code: str, limits: RunCodeConfig) -> Ended:
    """Run a program until it ends or has printed too much; when cancelled, nothing of it is left.

    Raises ToolError when a program that makes the sandbox is missing.
    """
    with _nameless_file(code.encode()) as code_fd, _nameless_file(_call_filter()) as filter_fd:
        # A process is either not begun, or known here and killed below.
        with anyio.CancelScope(shield=True):
            process = await anyio.open_process(
                _command(limits, code_fd=code_fd, filter_fd=filter_fd),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                env={},  # kept out of the program, and of the memory of bubblewrap beside it
                start_new_session=True,
                pass_fds=(code_fd, filter_fd),
            )
    try:
        printed = await _printed(process, limits.output_limit_bytes + 1)
        if len(printed) > limits.output_limit_bytes:
            return Ended(printed=_text(printed[:-1]), exit_code=None)
        return Ended(printed=_text(printed), exit_code=await process.wait())
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await process.aclose()  # what is killed ends at once


def check_sandbox() -> None:
    """Find out whether programs can be run here; raises ToolError with what is missing."""
    if platform.machine() not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        raise ToolError(f"running code is not possible on {platform.machine()!r}, only on {known}")
    refusal = _refusal(_program("bwrap"))
    if refusal:
        raise ToolError(
            f"running code needs a sandbox, and none can be made here ({refusal}); allow user "
            "namespaces to bubblewrap 0.8 or newer, or take `run_code` out of `tools.use`"
        )


@cache
def _refusal(bwrap: str) -> str:
    """Run a first program and say why it did not run; kept, because every conversation asks."""
    with (
        _nameless_file(b"print(6 * 7)") as code_fd,
        _nameless_file(_call_filter()) as filter_fd,
    ):
        try:
            done = subprocess.run(
                _command(RunCodeConfig(), code_fd=code_fd, filter_fd=filter_fd),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRIAL_LIMIT_S,
                env={},
                start_new_session=True,
                pass_fds=(code_fd, filter_fd),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it does not answer"
    if done.stdout == b"42\n":
        return ""
    lines = _text(done.stderr).split("\n")
    return next((line.strip() for line in lines if line.strip()), f"exit code {done.returncode}")


def _command(limits: RunCodeConfig, *, code_fd: int, filter_fd: int) -> list[str]:
    """Write down the sandbox, and the program in it; both files are read from descriptors."""
    base = Path(sys.base_prefix)
    python = base / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Libraries only, and not the whole prefix, which may be the user's own ~/.local.
    seen = [python, *(base / folder for folder in sorted({"lib", sys.platlibdir}))]
    return [
        # Last in line for the processor: a busy program must not make a voice stutter.
        *(_program("nice"), "-n", "19"),
        _program("prlimit"),
        f"--as={limits.memory_limit_mb * MIB}",
        # The first signal names the reason; a second later comes one that cannot be ignored.
        f"--cpu={limits.processor_limit_s}:{limits.processor_limit_s + 1}",
        f"--fsize={limits.files_limit_mb * MIB}",
        f"--nofile={OPEN_FILES_LIMIT}",
        "--core=0",
        _program("bwrap"),
        *("--unshare-all", "--unshare-user", "--die-with-parent"),
        *("--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox"),
        *("--perms", "1777", "--size", str(limits.files_limit_mb * MIB), "--tmpfs", "/tmp"),
        *("--ro-bind", "/usr", "/usr"),
        *("--ro-bind-try", "/lib", "/lib", "--ro-bind-try", "/lib64", "/lib64"),
        *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *(word for path in seen for word in ("--ro-bind-try", str(path), str(path))),
        *("--dev-bind", "/dev/null", "/dev/null"),
        *("--ro-bind-data", str(code_fd), "/program.py", "--remount-ro", "/"),
        *("--seccomp", str(filter_fd), "--chdir", "/tmp", "--"),
        # In a group of its own, from which it cannot signal bubblewrap. Not by --new-session, which
        # also takes out the first process of its namespace: whoever kills the group before that one
        # has tied itself to its parent would leave it, and the program, behind.
        _program("setsid"),
        # Standard library only, whatever is installed; unbuffered, so that what was printed before
        # an error stands before it.
        *(str(python), "-I", "-S", "-u", "-X", "utf8", "/program.py"),
    ]


def _program(name: str) -> str:
    """Find a program that makes the sandbox; raises ToolError when it is not installed."""
    found = shutil.which(name)
    if found is None:
        package = _PACKAGES[name]
        raise ToolError(
            f"running code needs the program {name!r}; install the system's package `{package}`"
        )
    return found


def _call_filter() -> bytes:
    """Write the list of refused system calls as the kernel reads it: a program of classic BPF."""
    load_word, jump_if_equal, jump_if_not_below, give = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050001, 0x7FFF0000  # refuse: EPERM
    number_offset, architecture_offset = 0, 4
    machine = platform.machine()
    steps = [
        # Each is an operation, how many steps to skip if so and if not, and a value.
        (load_word, 0, 0, architecture_offset),
        (jump_if_equal, 1, 0, _ARCHITECTURES[machine]),
        (give, 0, 0, kill),
        (load_word, 0, 0, number_offset),
        (jump_if_not_below, 0, 1, _OTHER_CALL_TABLE),
        (give, 0, 0, kill),
    ]
    for number in _REFUSED_CALLS[machine].values():
        steps += [(jump_if_equal, 0, 1, number), (give, 0, 0, refuse)]
    steps.append((give, 0, 0, allow))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


@contextmanager
def _nameless_file(content: bytes) -> Iterator[int]:
    """Hold bytes for a child to read, for as long as the block lasts; give the descriptor."""
    descriptor = os.memfd_create("weft")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


async def _printed(process: anyio.abc.Process, limit_bytes: int) -> bytes:
    """Read what a process prints, until it closes its output or the limit is reached."""
    assert process.stdout is not None
    printed = bytearray()
    async for piece in process.stdout:
        printed += piece
        if len(printed) >= limit_bytes:
            break
    return bytes(printed[:limit_bytes])


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace")


__all__ = ["Ended", "check_sandbox", "run_sandboxed"]
