"""Patterns of documents: ECMA-262 regular expressions in Unicode mode, as JSON Schema has them.

RE2 matches a pattern in linear time where it can. A pattern with a lookaround, a backreference or a repetition of more
than 1000 is matched by the module `regex` with a time limit. `\\A`, `\\z` and `\\Z`, which ECMA-262 does not have, mean
the beginning and the end of the text, as their authors meant them.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Collection
from functools import lru_cache
from time import thread_time
from typing import Any, Literal

import re2

from mockbot.expression import apply

SECONDS = 0.1
"""CPU time for one search by the module `regex`, and for all searches together that are suspicious."""
SUSPICIOUS, SUSPICIOUS_EACH = 0.001, 1e-6
"""The seconds, altogether and for each character, beyond which a search is suspicious."""
TOGETHER = 8
"""More patterns than this are searched for together."""
LONGEST = 20_000
"""How many characters a pattern may have."""
MEMORY = 8 * 1024 * 1024
SPACES = r"\t\n\x0b\x0c\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
NO_SPACES = (
    r"\x00-\x08\x0e-\x1f\x21-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}"
    r"\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)
SETS = {
    "d": "0-9",
    "D": r"\x00-\x2f\x3a-\x{10ffff}",
    "w": "0-9A-Z_a-z",
    "W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x{10ffff}",
    "s": SPACES,
    "S": NO_SPACES,
}
ANY, NO_LINE_END = r"\x00-\x{10ffff}", r"[^\n\r\x{2028}\x{2029}]"
CATEGORIES = {
    "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd",
    "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P", "Symbol": "S", "Separator": "Z",
    "Space_Separator": "Zs", "Other": "C", "Control": "Cc", "Alphabetic": "Alphabetic", "ASCII": "ASCII",
}  # fmt: skip
"""Long names of general categories (Unicode Standard Annex 44), which RE2 knows by their short names only."""
EXAMPLES = {"Lu": "A-Z", "Ll": "a-z", "L": "A-Za-z", "N": "0-9", "Nd": "0-9", "P": "!-/", "Z": " ", "Zs": " "}
"""Some characters of a category, for making examples."""
TOKEN = re.compile(
    r"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u(?P<unit>[0-9a-fA-F]{4})|\\u\{(?P<point>[0-9a-fA-F]{1,6})\}|\\x(?P<byte>[0-9a-fA-F]{2})"
    r"|\\c(?P<control>[A-Za-z])|\\(?P<property>[pP])(?:\{\^?(?P<name>[\w=]+)\}|(?P<short>[LMNPSZC]))"
    r"|\\k<(?P<back>[^<>\]]*)>|\\(?P<number>[1-9][0-9]*)|\\(?P<escape>.)"
    r"|\(\?P?<(?P<group>[^=!<>\]][^<>\]]*)>|(?P<count>\{[0-9]+(?:,[0-9]*)?\})|(?P<other>.)",
    re.DOTALL,
)
Dialect = Literal["re2", "regex", "re"]


class Pattern:
    """A pattern; searching a text takes bounded time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._too_long = math.inf
        self._spent, self._shortest = 0.0, math.inf
        """Seconds of CPU time of all searches that took suspiciously long, and the length of the shortest such text."""
        self._linear = _linear(text)
        self._bounded = None if self._linear else _backtracking(text)

    @property
    def is_linear(self) -> bool:
        """Whether RE2 matches the pattern."""
        return self._linear is not None

    def found_in(self, text: str) -> bool:
        """Return whether the pattern matches somewhere in `text`; True if it cannot be said.

        After a search that took too long, texts of half its length and more are not searched any more; nor are texts as
        long as those that took suspiciously long, once these took too long together.
        """
        if self._linear is not None:
            return apply(self._linear.search, text) is not None
        if self._bounded is None or len(text) >= self._too_long:
            return True
        began = thread_time()
        try:
            found = self._bounded.search(text, timeout=SECONDS) is not None
        except TimeoutError:
            self._give_up(len(text) / 2)
            return True
        took = thread_time() - began
        if took > SUSPICIOUS and took > len(text) * SUSPICIOUS_EACH:
            self._spent, self._shortest = self._spent + took, min(self._shortest, len(text))
            if self._spent > SECONDS:
                self._give_up(self._shortest)
        return found

    def _give_up(self, length: float) -> None:
        """Search texts of that length and more no longer."""
        if self._too_long == math.inf:
            _log.warning("the pattern %.200r takes too long and is not validated for some long texts", self.text)
        self._too_long = min(self._too_long, length)


class Patterns:
    """Several patterns; searching a text for all of them takes about as long as for one."""

    def __init__(self, texts: Collection[str]) -> None:
        self._alone = [pattern(text) for text in texts]
        self._together: list[str] = []
        if len(self._alone) > TOGETHER:
            options = re2.Options()
            options.max_mem, options.log_errors = 8 * MEMORY, False
            self._set = re2.Set.SearchSet(options)
            self._together = [each.text for each in self._alone if each.is_linear]
            for text in self._together:
                self._set.Add(translated(text, "re2"))
            self._set.Compile()
            self._alone = [each for each in self._alone if not each.is_linear]

    def found_in(self, text: str) -> list[str]:
        """Return the patterns that match somewhere in `text`."""
        found = [each.text for each in self._alone if each.found_in(text)]
        indexes = apply(self._set.Match, text) or () if self._together else ()
        return [*found, *(self._together[index] for index in indexes)]


_log = logging.getLogger("mockbot")


@lru_cache(maxsize=4096)
def pattern(text: str) -> Pattern:
    """Return a pattern; log one warning if it cannot be matched in linear time, or not at all."""
    return Pattern(text)


@lru_cache(maxsize=256)
def patterns(texts: tuple[str, ...]) -> Patterns:
    """Return several patterns."""
    return Patterns(texts)


def _linear(text: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY, False
    try:
        return re2.compile(translated(text, "re2"), options)
    except (re2.error, ValueError):
        return None


def _backtracking(text: str) -> Any:
    import regex

    try:
        if len(text) > LONGEST:
            raise ValueError(f"it has more than {LONGEST} characters")
        compiled = regex.compile(translated(text, "regex"), regex.VERSION0)
    except (regex.error, ValueError, RecursionError, OverflowError) as error:
        _log.warning("the pattern %.200r is not validated, because it is not a regular expression: %s", text, error)
        return None
    _log.warning(
        "the pattern %.200r cannot be matched in linear time: each search ends after %s s of CPU time", text, SECONDS
    )
    return compiled


def translated(text: str, dialect: Dialect) -> str:
    """Return a pattern in the syntax of RE2, of the module `regex`, or, for making examples only, of Python."""
    return _Translation(dialect).of(text)


class _Translation:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._names: dict[str, str] = {}
        self._inside = False

    def of(self, text: str) -> str:
        result: list[str] = []
        at = 0
        while at < len(text):
            if not self._inside and text.startswith(("[]", "[^]"), at):
                everything = text[at + 1] == "^"
                result.append(self._ranges(f"[{'' if everything else '^'}{ANY}]"))
                at += 3 if everything else 2
                continue
            found = TOKEN.match(text, at)
            assert found is not None  # the last alternative matches any character
            result.append(self._one(found))
            at = found.end()
        return "".join(result)

    def _one(self, found: re.Match[str]) -> str:
        if found["high"]:
            return self._char(0x10000 + ((int(found["high"], 16) - 0xD800) << 10) + int(found["low"], 16) - 0xDC00)
        for digits in ("unit", "point", "byte"):
            if found[digits]:
                return self._char(int(found[digits], 16))
        if found["control"]:
            return self._char(ord(found["control"]) % 32)
        if found["property"]:
            return self._property(found["property"], found["name"] or found["short"])
        if found["back"] is not None:
            return f"(?P={self._names[found['back']]})" if found["back"] in self._names else "(?:)"
        if found["number"]:
            return f"(?:\\{found['number']})"
        if found["escape"]:
            return self._escape(found["escape"])
        if found["group"] and not self._inside:
            self._names[found["group"]] = f"g{len(self._names)}"
            return f"(?P<{self._names[found['group']]}>"
        if found["group"]:
            return "".join("\\[" if char == "[" else char for char in found[0])
        return found["count"] or self._plain(found["other"])

    def _plain(self, char: str) -> str:
        if self._inside:
            self._inside = char != "]"
            return "\\[" if char == "[" else f"\\{char}" if char in "&~|" else char
        match char:
            case "[":
                self._inside = True
                return "["
            case ".":
                return "." if self._dialect == "re" else self._ranges(NO_LINE_END)
            case "$":
                return r"\z" if self._dialect == "re2" else r"\Z"
            case "{" | "}" | "]":
                return f"\\{char}"
        return char

    def _escape(self, letter: str) -> str:
        if letter in SETS:
            if self._dialect == "re":
                return f"\\{letter}"
            return self._ranges(SETS[letter] if self._inside else f"[{SETS[letter]}]")
        match letter:
            case "b" if self._inside:
                return self._char(8)
            case "b" | "B" if self._dialect != "regex":
                return f"\\{letter}"
            case "b":
                return "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))"
            case "B":
                return "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))"
            case "n" | "r" | "t":
                return f"\\{letter}"
            case "v" | "f" | "0":
                return self._char({"v": 11, "f": 12, "0": 0}[letter])
            case "A" if not self._inside:
                return "^"
            case "z" | "Z" if not self._inside:
                return self._plain("$")
        return self._char(ord(letter))

    def _char(self, point: int) -> str:
        if point > 0x10FFFF:
            raise ValueError(f"there is no character {point:x}")
        char = chr(point)
        if char.isascii() and (char.isalnum() or char in " _"):
            return char
        return f"\\{char}" if char.isascii() and char.isprintable() else self._ranges(f"\\x{{{point:x}}}")

    def _property(self, letter: str, name: str) -> str:
        name = name.rpartition("=")[2]
        name = CATEGORIES.get(name, name)
        if self._dialect == "re":
            chars = EXAMPLES.get(name, "A-Za-z0-9")
            return chars if self._inside else f"[{'^' if letter == 'P' else ''}{chars}]"
        if self._dialect == "regex" and name == "Any":
            return self._ranges(ANY if self._inside else f"[{ANY}]")
        return f"\\{letter}{{{name}}}"

    def _ranges(self, text: str) -> str:
        """Write code points as the dialect does."""
        if self._dialect == "re2":
            return text
        return re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", text)
