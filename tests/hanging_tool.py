"""A tool that hangs in its thread, for a worker that is to end all the same."""

import time

import weft


@weft.tool(side_effects="write")
def hang() -> str:
    """Hang for ten minutes."""
    time.sleep(600)
    return "That took long."
