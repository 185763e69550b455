"""An MCP server of 2025 without any library: `plain.py JOURNAL`, a line of JSON for each message.

It is sloppy where servers are: it says nothing on what it does not know, logs to standard error,
and offers tools that cannot be used.
"""

import json
import sys
from pathlib import Path

OBJECT = {"type": "object", "properties": {}}
tools = [
    {"name": "add one", "description": "Add a tool.", "inputSchema": OBJECT},
    {"name": "wait", "description": "Wait.", "inputSchema": OBJECT},
    {"name": "lie", "description": "Answer with something else.", "inputSchema": OBJECT},
    {"name": "empty", "inputSchema": OBJECT},
    {"name": "huge", "inputSchema": {**OBJECT, "description": "x" * 100_000}},
    {"name": "wait", "description": "The same name again.", "inputSchema": OBJECT},
]
journal = Path(sys.argv[1])


def send(**message: object) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)  # noqa: T201


def answer(request_id: object, name: str) -> None:
    text = {"type": "text", "text": f"{name} is done"}
    match name:
        case "add one":
            tools.append({"name": "added", "inputSchema": OBJECT})
            send(id=request_id, result={"content": [text]})
            send(method="notifications/tools/list_changed")
        case "lie":
            send(id=request_id, result={"content": "not a list"})
        case "wait":
            journal.write_text("waiting\n")
        case "empty":
            send(id=request_id, result={"content": []})
        case _:
            send(id=request_id, result={"content": [text, {**text, "text": "twice"}]})


for line in sys.stdin:
    message = json.loads(line)
    parameters = message.get("params") or {}
    match message["method"]:
        case "initialize":
            offered = {"tools": {"listChanged": True}}
            information = {"name": "plain", "version": "1"}
            send(
                id=message["id"],
                result={
                    "protocolVersion": "2025-06-18",
                    "capabilities": offered,
                    "serverInfo": information,
                },
            )
        case "tools/list":
            send(id=message["id"], result={"tools": tools})
        case "tools/call":
            answer(message["id"], parameters["name"])
        case "notifications/cancelled":
            journal.write_text("cancelled\n")
        case method if "id" in message:
            sys.stderr.write(f"what is {method}?\n")
            send(id=message["id"], error={"code": -32601, "message": "unknown method"})
