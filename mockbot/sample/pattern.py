"""Short strings that match a regular expression, generated from its syntax tree without randomness.

Libraries for this (exrex, rstr) choose at random or enumerate without regard to length.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")  # the standard library's own parser, which typeshed does not describe
VARIANTS = 16
"""How many choices of characters, branches and repetitions are tried."""
POOL = string.ascii_lowercase + string.digits + string.ascii_uppercase + "_-. " + string.punctuation + "\n\u00e9"
LONGEST = 10_000
"""How many characters a string may have."""


def matching(pattern: str, least: int = 0) -> Iterator[str]:
    """Yield strings in which `pattern` probably matches, with at least `least` characters if possible.

    Callers must check each string, because lookarounds and backreferences are supported only in part. Yield nothing for
    a pattern that Python cannot compile or that requires more than 10000 characters.
    """
    try:
        tree = _parser.parse(_as_python(pattern))
    except (re.error, RecursionError, OverflowError):
        return
    width = int(tree.getwidth()[0])
    if max(width, least) > LONGEST:
        return
    for choice in range(VARIANTS):
        for spare in dict.fromkeys((0, max(0, least - width))):
            writer = _Writer(choice, spare)
            text = writer.write(tree)
            yield text
            yield text.ljust(least, "a")
            if writer.seen_ahead:
                yield "".join(writer.seen_ahead).ljust(max(width, least), "a")


ESCAPE = re.compile(r"\\(?:[pP]\{\^?([^}]*)\}|.)|\(\?<(?=[A-Za-z_$])|\[|\]", re.DOTALL)
PROPERTIES = {"Lu": "A-Z", "Ll": "a-z", "N": "0-9", "P": "!,.", "S": "$+", "Z": " "}
"""Some characters of a Unicode property, by the beginning of its name; others are taken for letters."""


def _as_python(pattern: str) -> str:
    """Return an ECMA-262 pattern in the syntax of `re`, with a few characters for each Unicode property."""
    inside = False

    def replaced(found: re.Match[str]) -> str:
        nonlocal inside
        text, name = found[0], (found[1] or "").rpartition("=")[2]
        if text in ("[", "]"):
            inside = text == "["
            return text
        if text == "(?<":
            return "(?P<"
        if found[1] is None:
            return {"\\/": "/", "\\-": "\\-"}.get(text, text)
        chars = next((each for start, each in PROPERTIES.items() if name.startswith(start)), "a-zA-Z")
        if text[1] == "P":
            chars = "a-z" if chars != "a-zA-Z" else "0-9"
        return chars if inside else f"[{chars}]"

    return ESCAPE.sub(replaced, pattern)


class _Writer:
    """Writes one string, with `spare` more characters than the shortest one in the first repetition with room."""

    def __init__(self, choice: int, spare: int) -> None:
        self._choice, self._spare = choice, spare
        self._groups: dict[int, str] = {}
        self.seen_ahead: list[str] = []

    def write(self, tree: Any) -> str:
        return "".join(self._one(str(op), arg) for op, arg in tree)

    def _one(self, op: str, arg: Any) -> str:
        match op:
            case "LITERAL":
                return chr(arg)
            case "NOT_LITERAL":
                return self._pick(f"[^{re.escape(chr(arg))}]", "")
            case "ANY":
                return self._pick(".", "")
            case "IN":
                return self._pick(*_as_class(arg))
            case "BRANCH":
                return self.write(arg[1][self._choice % len(arg[1])])
            case "SUBPATTERN":
                text = self.write(arg[3])
                if arg[0] is not None:
                    self._groups[arg[0]] = text
                return text
            case "ATOMIC_GROUP":
                return self.write(arg)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*arg)
            case "GROUPREF":
                return self._groups.get(arg, "")
            case "GROUPREF_EXISTS":
                return self.write((arg[1] if arg[0] in self._groups else arg[2]) or ())
            case "ASSERT":
                self.seen_ahead.append(self.write(arg[1]))
        return ""

    def _repeated(self, least: Any, most: Any, tree: Any) -> str:
        items = [self.write(tree) for _ in range(min(int(least), LONGEST))]
        more = min(self._choice, 3)
        while len(items) < int(most) and (self._spare > 0 or more > 0):
            item = self.write(tree)
            if not item:
                break
            items.append(item)
            self._spare -= len(item)
            more -= 1
        return "".join(items)

    def _pick(self, pattern: str, own: str) -> str:
        fitting = _fitting(pattern, own)
        return fitting[self._choice % len(fitting)] if fitting else ""


CATEGORIES = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W"}


def _as_class(items: Any) -> tuple[str, str]:
    """Return a parsed character class as a pattern, and the characters that it lists."""
    inside, own = "", ""
    for op, arg in items:
        match str(op):
            case "NEGATE":
                inside += "^"
            case "LITERAL":
                inside += re.escape(chr(arg))
                own += chr(arg)
            case "RANGE":
                inside += f"{re.escape(chr(arg[0]))}-{re.escape(chr(arg[1]))}"
                own += chr(arg[0]) + chr(arg[1])
            case "CATEGORY":
                inside += CATEGORIES[str(arg).removeprefix("CATEGORY_")]
    return f"[{inside}]", own


@cache
def _fitting(pattern: str, own: str) -> str:
    return "".join(char for char in POOL + own if re.fullmatch(pattern, char))
