"""MCP servers for the tests, each run as a program of its own."""
