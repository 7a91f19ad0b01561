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
    return plain(" ".join(text.split())).replace("|", "\\|")


def plain(text: str) -> str:
    """Return text whose angle brackets are no HTML; those in code stay."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(parts))


def code(text: str) -> str:
    """Return text as inline code, in as many backticks as it needs."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def sentences(text: str) -> str:
    """Return a docstring as paragraphs."""
    return "\n\n".join(plain(" ".join(each.split())) for each in text.strip().split("\n\n"))
