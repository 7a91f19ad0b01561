"""HTML from values: text is escaped unless it is markup already, and bytes are shown so that each can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TypeAlias

from mockbot.wording import printable, readable

EMPTY = frozenset({"meta", "br"})
"""Elements without an end tag."""
NAMES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


class Markup(str):
    """HTML that is not escaped again."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child]"
"""A text, markup, or several of both."""


def element(name: str, /, *children: Child, **attributes: str) -> Markup:
    """Return an element; the attribute `class_` is `class`, and `http_equiv` is `http-equiv`."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    written = "".join(f' {names[key]}="{escape(printable(value))}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>" if name in EMPTY else f"<{name}{written}>{_inside(children)}</{name}>")


def _inside(children: Child) -> str:
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return escape(printable(children))
    return "".join(map(_inside, children))


def lines(text: str) -> Markup:
    """Return a text whose line ends remain, for a `pre`; all other control characters are escaped."""
    return Markup(escape(readable(text)))


def visible(data: bytes) -> Markup:
    """Return bytes as text, for a `pre`: what cannot be seen is marked, and a new line begins after each line end."""
    return Markup("".join(_marked(data.decode("utf-8", "surrogateescape"))))


def _marked(text: str) -> Iterator[str]:
    for index, each in enumerate(text):
        if each.isprintable():
            yield escape(each)
            continue
        yield element("b", NAMES.get(each) or _code(each))
        if each == "\n" or (each == "\r" and text[index + 1 : index + 2] != "\n"):
            yield "\n"


def _code(each: str) -> str:
    """Return the code of a character, or of a byte that is no part of one in UTF-8."""
    is_byte = "\udc80" <= each <= "\udcff"
    return f"\\x{ord(each) - 0xDC00:02x}" if is_byte else each.encode("unicode_escape").decode()
