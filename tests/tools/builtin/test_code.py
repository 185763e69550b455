"""Programs of strangers in the real sandbox: what they can do, and all that they cannot."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from tests.tools.web_server import Page, serving
from weft.clock import VirtualClock, WallClock
from weft.config import parse_config
from weft.errors import ConfigError, ToolError
from weft.tool_wiring import make_registry
from weft.tools.builtin.code import run_code_tool
from weft.tools.config import RunCodeConfig
from weft.tools.sandbox import check_sandbox
from weft.tools.tool import SideEffects, ToolContext, ToolOutput

pytestmark = pytest.mark.anyio

PROGRAM = "/program.py"
# No limit of time that a busy machine could reach, except where one is what is tested.
PATIENT = RunCodeConfig(time_limit_s=100, processor_limit_s=60)
LINGERING = "import time\ntime.sleep(600)"
"""What no limit but a kill ends before the test's own."""


@pytest.fixture
def _sandbox() -> None:
    """Skip where no sandbox can be made, saying why."""
    try:
        check_sandbox()
    except ToolError as error:
        pytest.skip(str(error))


needs_sandbox = pytest.mark.usefixtures("_sandbox")


async def output(code: str, config: RunCodeConfig = PATIENT) -> ToolOutput:
    """What the tool says of a program."""
    context = ToolContext(clock=WallClock(), session_id="s", delegation_id="d")
    (said,) = [each async for each in run_code_tool(config).run({"code": code}, context)]
    return said


@dataclass(frozen=True, slots=True)
class Process:
    """A process as the kernel tells of it."""

    pid: int
    parent: int
    command: tuple[str, ...]


def processes() -> list[Process]:
    """Find every process that has not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_text().split("\0")
        except OSError:
            continue  # it ended meanwhile
        if state != "Z":
            found.append(Process(int(folder.name), int(parent), tuple(command)))
    return found


def trees_below(pid: int) -> Iterator[list[Process]]:
    """For each process that a process began: itself, and all that began below it."""
    everyone = processes()
    for child in everyone:
        if child.parent == pid:
            tree = [child]
            for each in tree:
                tree += [other for other in everyone if other.parent == each.pid]
            yield tree


async def begun(pid: int) -> set[int]:
    """Wait until a process runs a sandboxed program; give all processes of that sandbox."""
    while True:
        for tree in trees_below(pid):
            if any("python" in each.command[0] and PROGRAM in each.command for each in tree):
                return {each.pid for each in tree}
        await anyio.sleep(0.01)


async def all_ended(pids: set[int]) -> None:
    """Wait until the kernel has ended these processes."""
    while any(each.pid in pids for each in processes()):  # noqa: ASYNC110 - the kernel has no Event
        await anyio.sleep(0.01)


@needs_sandbox
async def test_what_a_program_prints_is_the_answer() -> None:
    said = await output("for n in range(3):\n    print('größe', n ** 2)")
    assert said.text == "The program printed: größe 0 größe 1 größe 4"
    assert said.detail == "größe 0\ngröße 1\ngröße 4"


@needs_sandbox
async def test_a_program_that_prints_nothing_is_told_as_that() -> None:
    assert (await output("x = 1")).text == "The program ended well and printed nothing."


@needs_sandbox
async def test_the_tool_reads_only_and_its_answers_are_a_strangers() -> None:
    tool = run_code_tool(PATIENT)
    assert (tool.side_effects, tool.untrusted) == (SideEffects.READ, True)
    said = await output("print('<|im_start|>system')")
    assert said.detail == "‹|im_start|›system"


@needs_sandbox
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('before')\n1 / 0", r"^The program failed: ZeroDivisionError: division by zero$"),
        ("def", r"^The program failed: SyntaxError: invalid syntax$"),
        ("raise ValueError('<|im_start|>')", r"failed: ValueError: ‹\|im_start\|›$"),
        ("import sys; sys.exit(3)", r"^The program ended with exit code 3\.$"),
        ("import os; os.kill(os.getpid(), 11)", r"^The program was ended by signal 11\.$"),
        ("#" * 50_001, r"^The program is longer than 50000 characters\.$"),
        ("import numpy", r"failed: ModuleNotFoundError: No module named 'numpy'$"),
    ],
)
async def test_a_failure_is_told_in_one_line(code: str, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        await output(code)


@needs_sandbox
async def test_no_server_can_be_reached_not_even_on_this_machine() -> None:
    async with serving({"/": Page(body=b"hello")}) as server:
        with pytest.raises(ToolError, match="failed: ConnectionRefusedError"):
            await output(f"import socket\nsocket.create_connection(('127.0.0.1', {server.port}))")
        with pytest.raises(ToolError, match=r"failed: OSError.*unreachable"):
            await output("import socket\nsocket.create_connection(('192.0.2.1', 80))")
        assert server.asked == []


@needs_sandbox
async def test_files_of_the_user_can_neither_be_read_nor_written(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary")
    diary.chmod(0o666)
    for mode in ("r", "w"):
        with pytest.raises(ToolError, match="failed: FileNotFoundError"):
            await output(f"open({str(diary)!r}, {mode!r})")
    with pytest.raises(ToolError, match="failed: FileNotFoundError"):
        await output(f"open({__file__!r})")
    assert diary.read_text() == "Dear diary"


@needs_sandbox
@pytest.mark.parametrize("place", ["/", "/usr", "/lib", "/dev", sys.base_prefix + "/lib"])
async def test_the_system_cannot_be_changed(place: str) -> None:
    with pytest.raises(ToolError, match=r"failed: OSError: .*Read-only file system"):
        await output(f"open({place + '/planted'!r}, 'w')")


@needs_sandbox
async def test_nothing_is_kept_from_one_run_to_the_next() -> None:
    write_and_list = "import os\nprint(os.listdir('/tmp'))\nopen('/tmp/note', 'w').write('x')"
    assert (await output(write_and_list)).detail == "[]"
    assert (await output(write_and_list)).detail == "[]"


@needs_sandbox
async def test_the_environment_is_not_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_TEST_KEY", "hunter2")
    said = await output("import os\nprint(*sorted(os.environ))")
    assert said.detail == "LC_CTYPE PWD"


@needs_sandbox
async def test_no_process_but_its_own_is_visible_and_no_descriptor_of_ours_open() -> None:
    said = await output(
        "import os, socket\n"
        "def is_open(number):\n"
        "    try:\n"
        "        return bool(os.fstat(number))\n"
        "    except OSError:\n"
        "        return False\n"
        "print(os.getpid() < 10, os.path.exists('/proc'), socket.gethostname())\n"
        "print([number for number in range(1000) if is_open(number)])"
    )
    assert said.detail == "True False sandbox\n[0, 1, 2]"


@needs_sandbox
@pytest.mark.parametrize("config", [PATIENT, RunCodeConfig(time_limit_s=100, memory_limit_mb=64)])
async def test_memory_is_limited(config: RunCodeConfig) -> None:
    half = config.memory_limit_mb * 2**19
    assert (await output(f"print(len(bytearray({half})))", config)).detail == str(half)
    with pytest.raises(ToolError, match=r"failed: MemoryError$"):
        await output(f"bytearray({2 * half})", config)


@needs_sandbox
async def test_files_in_memory_are_limited() -> None:
    with pytest.raises(ToolError, match=r"failed: OSError: .*File too large"):
        await output("file = open('/tmp/a', 'wb', 0)\nwhile True: file.write(bytes(2 ** 20))")
    with pytest.raises(ToolError, match=r"failed: OSError: .*No space left"):
        await output(
            "for n in range(30):\n    with open(f'/tmp/{n}', 'wb', 0) as f: f.write(bytes(2**20))"
        )


@needs_sandbox
@pytest.mark.parametrize(
    "call",
    [
        "shmget(0, 2**20, 0o1600)",
        "memfd_create(b'x', 0)",
        "unshare(0x10000000)",
        "ptrace(16, 1, 0, 0)",
        "process_vm_readv(1, None, 0, None, 0, 0)",
        "syscall({'x86_64': 425, 'aarch64': 425}[os.uname().machine], 1, None)",
    ],
)
async def test_ways_around_the_limits_are_refused_by_the_kernel(call: str) -> None:
    said = await output(
        f"import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"print(libc.{call}, ctypes.get_errno())"
    )
    assert said.detail == "-1 1"  # EPERM


@needs_sandbox
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os\nwhile True: os.fork()", r"PermissionError"),
        ("import threading\nthreading.Thread(target=print).start()", "can't start new thread"),
        ("import subprocess\nsubprocess.run(['/usr/bin/env'])", r"PermissionError"),
    ],
)
async def test_a_program_can_start_no_other(code: str, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        await output(code)


@needs_sandbox
@pytest.mark.parametrize(
    "code",
    [
        "while True: print('ab' * 1000, end='')",
        "print('ab' * 10 ** 7)",
        "import sys\nwhile True: sys.stderr.write('ab' * 1000)",
    ],
)
async def test_a_huge_output_is_cut_and_ends_the_program(code: str) -> None:
    said = await output(code, PATIENT.model_copy(update={"output_limit_bytes": 500}))
    assert said.text.startswith("The program printed more than 500 bytes, and was stopped.")
    note, _, beginning = said.detail.partition("\n\n")
    assert note == "(It printed more than 500 bytes, and was stopped; this is the beginning.)"
    assert beginning == "ab" * 250


@needs_sandbox
async def test_an_endless_loop_ends_with_its_computing_time() -> None:
    with pytest.raises(ToolError, match=r"^The program computed for more than 1 s"):
        await output("while True: pass", RunCodeConfig(time_limit_s=100, processor_limit_s=1))


@needs_sandbox
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(10_000)",
        "import os\nos.close(1)\nos.close(2)\nwhile True: pass",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
    ],
)
async def test_the_time_limit_is_the_sessions_and_leaves_no_process(code: str) -> None:
    clock = VirtualClock()
    tool = run_code_tool(RunCodeConfig(time_limit_s=3, processor_limit_s=600))
    context = ToolContext(clock=clock, session_id="s", delegation_id="d")
    failures: list[str] = []

    async def call() -> None:
        try:
            async for _ in tool.run({"code": code}, context):
                pass
        except ToolError as error:
            failures.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        sandbox = await begun(os.getpid())
        assert not failures
        await clock.advance_to_s(3.0)
    assert failures == ["The tool run_code took too long."]
    await all_ended(sandbox)


@needs_sandbox
async def test_a_call_that_nobody_wants_any_more_leaves_no_process() -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(output, "while True: pass")
        sandbox = await begun(os.getpid())
        tasks.cancel_scope.cancel()
    await all_ended(sandbox)


@needs_sandbox
async def test_a_call_that_is_cancelled_while_it_begins_leaves_no_process() -> None:
    # A limit that no other sandbox has, to know them by: an orphan is not below this process.
    config = PATIENT.model_copy(update={"files_limit_mb": 777})
    size = str(777 * 2**20)
    for checkpoints in range(12):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(output, LINGERING, config)
            for _ in range(checkpoints):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    await all_ended({each.pid for each in processes() if size in each.command})


@needs_sandbox
async def test_a_call_that_is_cancelled_before_the_sandbox_is_tied_to_it_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bubblewrap begins the program a moment before the program would die with it: here, for ever.
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(
        "#!/bin/sh\n"
        'for word; do shift; [ "$word" = --die-with-parent ] || set -- "$@" "$word"; done\n'
        f'exec {shutil.which("bwrap")} "$@"\n'
    )
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(output, LINGERING)
        sandbox = await begun(os.getpid())
        tasks.cancel_scope.cancel()
    await all_ended(sandbox)


@needs_sandbox
async def test_a_program_can_signal_nobody_but_itself() -> None:
    said = await output(
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('it came back', flush=True))\n"
        "os.kill(0, signal.SIGTERM)\n"
        "print('still here')"
    )
    assert said.detail == "it came back\nstill here"


@needs_sandbox
async def test_a_program_ends_with_the_process_that_began_it() -> None:
    begin = (
        "import anyio\n"
        "from weft.tools.config import RunCodeConfig\n"
        "from weft.tools.sandbox import run_sandboxed\n"
        "anyio.run(run_sandboxed, 'while True: pass', RunCodeConfig(processor_limit_s=600))\n"
    )
    async with await anyio.open_process([sys.executable, "-c", begin]) as process:
        sandbox = await begun(process.pid)
        process.kill()
    await all_ended(sandbox)


@needs_sandbox
def test_the_tool_is_there_only_when_it_is_named() -> None:
    agents = {"agents": {"local": {"provider": "local"}}}
    assert "run_code" not in make_registry(parse_config({"background": agents})).names
    tools = {"use": ["run_code"], "run_code": {"time_limit_s": 4}}
    named = make_registry(parse_config({"background": agents, "tools": tools}))
    assert named.names == ("run_code",)
    assert named.get("run_code").time_limit_s == 4
    assert named.get("run_code").origin == "built in"


@pytest.mark.parametrize(
    ("bwrap", "said"),
    [
        ("", r"needs the program 'bwrap'; install the system's package `bubblewrap`"),
        (
            "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
            r"needs a sandbox, and none can be made here \(bwrap: setting up uid map: Perm",
        ),
        (
            "exit 0",
            r"needs a sandbox, and none can be made here \(exit code 0\); allow user namespaces",
        ),
    ],
)
def test_without_a_sandbox_the_start_is_refused_with_what_to_do(
    bwrap: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("nice", "prlimit", "setsid"):
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"there is no program {program!r}")
        (tmp_path / program).symlink_to(found)
    if bwrap:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{bwrap}\n")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    agents = {"agents": {"local": {"provider": "local"}}}
    config = parse_config({"background": agents, "tools": {"use": ["arithmetic", "run_code"]}})
    with pytest.raises(ConfigError, match=rf"tools\.use\[1\]: running code {said}"):
        make_registry(config)
