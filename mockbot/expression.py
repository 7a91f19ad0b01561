"""Regular expressions from users: RE2 runs them, in time linear in the length of the text for every expression.

They differ from Python's (https://github.com/google/re2/wiki/Syntax):

* There is no lookaround, backreference, atomic group, possessive repetition, conditional, comment or verbose mode.
* A counted repetition is at most 1000.
* `\\d`, `\\w`, `\\s` and `\\b` are ASCII only; `\\pL` matches a letter of any script, `\\pN` a number.
* `$` matches at the end of the text only, not before a final line break; `\\z` is the same, and there is no `\\Z`.
* `(?i)` maps one character to one character: the dotless `ı` is not `i`.
* A code point is written `\\x{4e2d}`.

A lone surrogate in a text counts as U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

import re2

from mockbot.dataclass import dataclass

LONGEST = 4096
"""How many characters an expression may have."""
MEMORY = 1024 * 1024
"""Bytes for a compiled expression and its caches. RE2 then rejects a program of more than about 10,000 instructions,
which bounds the time for each character of a text."""
GROUPS = 32
"""How many groups may capture: RE2 copies their bounds at each character."""
SURROGATE = re.compile("[\ud800-\udfff]")
TOKEN = re.compile(
    r"\\Q.*?(?:\\E|\Z)|(?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*(?:\]|\\?\Z))|\\(?P<escape>.)|\(\?P?<(?P<name>\w+)>"
    r"|(?P<group>\(\?(?:<=|<!|P=|P>|[=!>#(&R|]))|\(\?(?P<flags>[a-zA-Z-]+)[:)]|[*+?}](?P<possessive>\+)",
    re.DOTALL,
)
UNSUPPORTED_GROUPS = {
    "(?=": "a lookahead",
    "(?!": "a negative lookahead",
    "(?<=": "a lookbehind",
    "(?<!": "a negative lookbehind",
    "(?P=": "a backreference",
    "(?>": "an atomic group",
    "(?(": "a conditional",
    "(?#": "a comment",
    "(?P>": "a call of a group",
    "(?&": "a call of a group",
    "(?R": "a call of a group",
    "(?|": "a branch reset",
}
ESCAPES = {
    "Z": "the end of the text is $ or \\z",
    "u": "a code point is written \\x{4e2d}",
    "U": "a code point is written \\x{1f600}",
    "N": "a code point is written \\x{1f600}",
}


class ExpressionError(ValueError):
    """The text is not a usable expression; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `names` are the names of its groups."""

    text: str
    names: tuple[str, ...]
    _compiled: Any = field(repr=False, compare=False)

    def groups(self, text: str) -> dict[str, str] | None:
        """Return the named groups of the first match in `text`, or None; a group that did not match is ""."""
        found = apply(self._compiled.search, text)
        if found is None:
            return None
        spans = ((name, found.span(self._compiled.groupindex[name])) for name in self.names)
        return {name: text[start:end] if start >= 0 else "" for name, (start, end) in spans}

    def found_in(self, text: str) -> bool:
        """Return whether the expression matches somewhere in `text`."""
        return apply(self._compiled.search, text) is not None

    def fits(self, text: str) -> bool:
        """Return whether the expression matches the whole of `text`."""
        return apply(self._compiled.fullmatch, text) is not None


def expression(text: str, dot_all: bool = False) -> Expression:
    """Compile an expression; with `dot_all`, dots also match line breaks. Raise ExpressionError if it is not usable."""
    if len(text) > LONGEST:
        raise ExpressionError(f"not a regular expression: it is too large, at most {LONGEST} characters are allowed")
    options = re2.Options()
    options.max_mem, options.log_errors, options.dot_nl = MEMORY, False, dot_all
    try:
        compiled = re2.compile(text, options)
    except UnicodeEncodeError:
        raise ExpressionError("not a regular expression: it has a lone surrogate") from None
    except re2.error as error:
        raise ExpressionError(_reason(text, error.args[0])) from None
    if compiled.groups > GROUPS:
        raise ExpressionError(
            f"not a regular expression that can be used: {compiled.groups} groups capture, at most {GROUPS} may; "
            "(?:…) groups without capturing"
        )
    names = [found["name"] for found in TOKEN.finditer(text) if found["name"]]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ExpressionError(f"not a regular expression: two groups have the name {twice}")
    return Expression(text, tuple(compiled.groupindex), compiled)


def apply(match: Callable[[str], Any], text: str) -> Any:
    """Call RE2 with a text; a lone surrogate in it counts as U+FFFD."""
    try:
        return match(text)
    except UnicodeEncodeError:
        return match(SURROGATE.sub("\ufffd", text))


def _reason(text: str, error: bytes | str) -> str:
    """Return why RE2 rejects an expression: the construct that it does not support, or RE2's own message."""
    if construct := next(_unsupported(text), None):
        return f"not a regular expression that can be used (RE2's): it has {construct}"
    message = error.decode("utf-8", "replace") if isinstance(error, bytes) else error
    if message.startswith("invalid repetition size"):
        message = f"more repetitions than 1000{message.removeprefix('invalid repetition size')}"
    if message.startswith("pattern too large"):
        message = "it is too large"
    return f"not a regular expression: {message}"


def _unsupported(text: str) -> Iterator[str]:
    """Yield the constructs of an expression that Python supports and RE2 does not."""
    for found in TOKEN.finditer(text):
        at = f"at character {found.start() + 1}"
        match found.lastgroup, found[found.lastgroup or 0]:
            case "group", group:
                yield f"{UNSUPPORTED_GROUPS[group]}, {group}, {at}"
            case "escape", number if "1" <= number <= "9":
                yield f"a backreference, \\{number}, {at}"
            case "escape", letter if letter in ESCAPES:
                yield f"\\{letter} {at}; {ESCAPES[letter]}"
            case "set", letters if inner := re.search(r"(?<!\\)(?:\\\\)*\\([uUN])", letters):
                yield f"\\{inner[1]} {at}; {ESCAPES[inner[1]]}"
            case "flags", flags if wrong := set(flags) & set("aLux"):
                yield f"the flag {min(wrong)} in {found[0]} {at}"
            case "possessive", _:
                yield f"a possessive repetition, {found[0]}, {at}"
