"""An agent from plain values instead of a file, and what mistakes in it look like."""

import anyio

import weft

AGENT = {
    "background": {
        "agents": {
            # A server that is not there: the next agent in the order is asked.
            "server": {
                "provider": "openai-compatible",
                "base_url": "${SERVER_URL:-http://127.0.0.1:9/v1}",
                "model": "any",
                "api_key": "${SERVER_KEY:-none}",
            },
            "local": {"provider": "local", "think_s": 0.5},
        },
        "fallback": ["server", "local"],
    },
    "tools": {"use": ["units", "time"], "home_zone": "Europe/Rome"},
    "session": {"max_hold_slots": 50},
}


async def main() -> None:
    try:
        weft.load({**AGENT, "sesion": {}, "tools": {"use": ["unit"]}})
    except weft.ConfigError as error:
        print(error)

    agent = weft.load(AGENT)
    async with agent.session(clock=weft.VirtualClock()) as session:
        await session.hear("How many kilometres are twenty six miles?")
        async for event in session.events():
            if isinstance(event, weft.events.Heard):
                print(f"heard: {event.text}")
            if isinstance(event, weft.events.Heard) or event.index > 300:
                break


if __name__ == "__main__":
    anyio.run(main)
