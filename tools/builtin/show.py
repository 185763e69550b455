"""Show: an agent puts a card, a table, a chart or a form on the user's screen."""

from weft.tools.components import Component
from weft.tools.tool import ToolOutput, tool


@tool
async def show(component: Component) -> ToolOutput:
    """Show something on the user's screen, beside what is said: a card, table, chart or form.

    For what is easier seen than heard: several numbers, a comparison, a list, an address. It is
    shown together with your answer, which should only name what matters most in it.

    Args:
        component: what to show, in plain text without Markdown.
    """
    return ToolOutput(f"I have put a {component.kind} on your screen.", components=(component,))


__all__ = ["show"]
