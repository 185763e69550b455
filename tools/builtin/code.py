"""Running a short Python program in a sandbox, and saying what it printed.

The program is whatever a model wrote, perhaps on the word of a stranger, and so is what it prints.
"""

import signal

from weft.errors import ToolError
from weft.tools.config import RunCodeConfig
from weft.tools.sandbox import Ended, run_sandboxed
from weft.tools.shortening import shorten
from weft.tools.tool import SideEffects, Tool, ToolOutput, tool
from weft.tools.untrusted import harmless

CODE_LIMIT_CHARS = 50_000
SPOKEN_CHARS = 200
"""About what one likes to hear of an output at once."""
ERROR_CHARS = 200

_SIGNALS = 128
"""Exit codes beyond it are signals, as in shells."""


def run_code_tool(config: RunCodeConfig) -> Tool:
    """Make the tool; where no sandbox can be made (see `check_sandbox`), its calls fail."""

    @tool(
        name="run_code",
        side_effects=SideEffects.READ,
        time_limit_s=config.time_limit_s,
        untrusted=True,
    )
    async def run_code(code: str) -> ToolOutput:
        """Run a short Python program and give what it prints, for what is better computed.

        It has the standard library and an empty folder /tmp, and nothing else: no network, files,
        threads or second process. Nothing is kept from one run to the next.

        Args:
            code: the whole program; print what you want to know.
        """
        if len(code) > CODE_LIMIT_CHARS:
            raise ToolError(f"The program is longer than {CODE_LIMIT_CHARS} characters.")
        return _output(await run_sandboxed(code, config), config)

    return run_code


def _output(ended: Ended, config: RunCodeConfig) -> ToolOutput:
    """Tell what a program printed; raises ToolError, in a sentence, when it failed."""
    printed = ended.printed.strip()
    spoken = shorten(" ".join(printed.split()), SPOKEN_CHARS)
    match ended.exit_code:
        case None:
            limit = f"more than {config.output_limit_bytes} bytes, and was stopped"
            return ToolOutput(
                f"The program printed {limit}. It begins: {spoken}",
                detail=f"(It printed {limit}; this is the beginning.)\n\n{printed}",
            )
        case 0 if printed:
            return ToolOutput(f"The program printed: {spoken}", detail=printed)
        case 0:
            return ToolOutput("The program ended well and printed nothing.")
        case 1 if printed:
            last_line = harmless(printed.splitlines()[-1]).strip()
            raise ToolError(f"The program failed: {shorten(last_line, ERROR_CHARS)}")
        case code if code == _SIGNALS + signal.SIGXCPU:
            limit_s = config.processor_limit_s
            raise ToolError(f"The program computed for more than {limit_s} s and was stopped.")
        case code if code > _SIGNALS:
            raise ToolError(f"The program was ended by signal {code - _SIGNALS}.")
        case code:
            raise ToolError(f"The program ended with exit code {code}.")


__all__ = ["run_code_tool"]
