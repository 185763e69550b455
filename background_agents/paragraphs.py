"""A document cut into paragraphs of plain sentences, each with the headings above it. Pure."""

import hashlib
import json
import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePosixPath

from weft.background_agents.spoken import without_markdown

PARAGRAPH_LIMIT_CHARS = 2_000
"""What is longer is cut between words: nobody listens to it, and finding the ends of sentences
takes time that grows with the square of the length."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences that belong together."""

    text: str
    """Plain sentences on one line."""
    headings: tuple[str, ...]
    """What it stands under, the outermost first; the document's name where there is none."""
    document: str
    """The document's first heading, or the name of its file in words."""
    file: str
    """Path of the file inside the folder: `house/rules.md`."""

    @property
    def key(self) -> bytes:
        """The same for paragraphs that mean the same, in whatever file they stand."""
        return hashlib.sha256(json.dumps([self.headings, self.text]).encode()).digest()


def paragraphs(text: str, file: str) -> tuple[Paragraph, ...]:
    """Cut the text of a file: what ends in `.txt` at blank lines, all else as Markdown."""
    name = PurePosixPath(file)
    found = _plain_blocks(text) if name.suffix.lower() == ".txt" else _markdown_blocks(text)
    title = next((headings[0] for _, headings in found if headings), None)
    title = title or name.stem.replace("_", " ").replace("-", " ")
    return tuple(
        Paragraph(piece, headings or (title,), title, file)
        for block, headings in found
        for piece in textwrap.wrap(block, PARAGRAPH_LIMIT_CHARS, break_on_hyphens=False)
    )


def _plain_blocks(text: str) -> list[tuple[str, tuple[str, ...]]]:
    blocks = (
        without_markdown(block) for block in re.split(r"\n\s*\n", "\n".join(text.splitlines()))
    )
    return [(block, ()) for block in blocks if block]


def _markdown_blocks(markdown: str) -> list[tuple[str, tuple[str, ...]]]:
    """Cut at headings and blank lines; code and pictures are not read aloud."""
    found: list[tuple[str, tuple[str, ...]]] = []
    headings: list[str] = []
    lines: list[str] = []
    fence: str | None = None

    def end_paragraph() -> None:
        text = without_markdown("\n".join(lines))
        if text:
            found.append((text, tuple(headings)))
        lines.clear()

    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if mark:
            fence = None if fence == mark[1] else fence or mark[1]
        elif fence is None:
            heading = _HEADING.match(line)
            if heading:
                end_paragraph()
                del headings[len(heading[1]) - 1 :]
                headings.append(without_markdown(heading[2]))
            elif line.strip():
                lines.append(line)
            else:
                end_paragraph()
    end_paragraph()
    return found
