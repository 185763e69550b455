"""An MCP server that offers the weather and dies whenever it is asked for it; needs no library."""

import json
import sys

TOOL = {
    "name": "weather",
    "description": "The weather in a city.",
    "inputSchema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
    "annotations": {"readOnlyHint": True},
}
_HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "dying", "version": "1"},
}


def main() -> None:
    """Answer line by line until the weather is asked for."""
    for line in sys.stdin:
        message = json.loads(line)
        match message["method"]:
            case "initialize":
                answer: dict[str, object] = {"result": _HELLO}
            case "tools/list":
                answer = {"result": {"tools": [TOOL]}}
            case "tools/call":
                return
            case _:
                answer = {"error": {"code": -32601, "message": "unknown method"}}
        if "id" in message:
            reply = {"jsonrpc": "2.0", "id": message["id"], **answer}
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
