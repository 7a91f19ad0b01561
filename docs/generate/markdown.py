"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `python -m docs.generate`. Do not edit. -->"


def page(title: str, *parts: str) -> str:
    """Return a whole page."""
    return "\n\n".join([NOTE, f"# {title}", *(part.strip() for part in parts if part.strip())]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; empty when it has no rows."""
    lines = ["| " + " | ".join(cell(each) for each in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *lines])


def cell(text: str) -> str:
    """Return text that fits into one cell of a table."""
    return "".join(_code_cell(part) if part[:1] == "`" else part.replace("|", "\\|") for part in _parts(text))


def _code_cell(part: str) -> str:
    """Return inline code; one with a bar as HTML, because no notation for it works on GitHub and on the site alike."""
    if "|" not in part:
        return part
    content = part.strip("`").strip().replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    return f"<code>{content}</code>"


def plain(text: str) -> str:
    """Return text with angle brackets, stars and underscores escaped, except in inline code."""
    return "".join(_parts(text))


def _parts(text: str) -> list[str]:
    parts = re.split(r"(`+[^`]*`+)", " ".join(text.split()))
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r"[*]|__", lambda found: "".join(f"\\{each}" for each in found[0]), parts[index])
        parts[index] = parts[index].replace("<", "&lt;")
    return parts


def code(text: str) -> str:
    """Return text as inline code, in as many backticks as it needs."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def sentences(text: str) -> str:
    """Return a docstring as paragraphs."""
    return "\n\n".join(plain(each) for each in text.strip().split("\n\n"))
