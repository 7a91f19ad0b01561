"""Texts that make an expression work hard, generated from its syntax tree: parts of it again and again, then an end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from typing import Any, Generic, TypeVar

_parser: Any = import_module("re._parser")  # the standard library's own parser, which typeshed does not describe
_compiler: Any = import_module("re._compiler")
AnyText = TypeVar("AnyText", str, bytes)

COMMON = 'a0_ \n\0é"\\'
"""Characters that are tried beside those of the expression."""
ENDS = ("", "\0", "\n")
CHOICES = 8
"""How many choices of characters and branches are tried for a part."""
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
MANY = 50
"""A part that may be repeated so often at most is not a repetition here."""


@dataclass(frozen=True, slots=True)
class Pumped(Generic[AnyText]):
    """A text that grows."""

    begin: AnyText
    again: AnyText
    end: AnyText

    def times(self, many: int) -> AnyText:
        return self.begin + self.again * many + self.end

    def __str__(self) -> str:
        return f"{self.begin!r} + {self.again!r} * n + {self.end!r}"


def pumped(pattern: re.Pattern[AnyText]) -> Iterator[Pumped[AnyText]]:
    """Yield texts for each repetition: itself, all up to it, and all from it to the one after it, again and again."""
    for begin, again in dict.fromkeys(_Attack(pattern).parts()):
        for end in ENDS:
            texts = (begin, again, end)
            if isinstance(pattern.pattern, str):
                yield Pumped(*texts)
            else:
                yield Pumped(*(each.encode("latin-1") for each in texts))


class _Attack:
    def __init__(self, pattern: re.Pattern[Any]) -> None:
        text, self._is_text = pattern.pattern, isinstance(pattern.pattern, str)
        self._tree = _parser.parse(text, pattern.flags & ~re.UNICODE if text[:2] not in ("(?", b"(?") else 0)
        self._fitting: dict[str, list[str]] = {}

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield what stands at the beginning of a text, and what follows again and again."""
        for begin, again in self._parts(self._tree, ""):
            yield begin, again
            yield "", again
            yield "", begin + again
        for choice in range(CHOICES):
            yield "", self._one(self._tree, choice)

    def _parts(self, tree: Any, begin: str) -> Iterator[tuple[str, str]]:
        items = [*tree]
        places = [place for place, (op, arg) in enumerate(items) if str(op) in REPEATS and int(arg[1]) > MANY]
        for first, then in pairwise([*places, len(items)]):
            before = begin + self._one(items[:first], 0)
            for choice in range(CHOICES):
                yield before, self._one(items[first][1][2], choice)
                yield before, self._one(items[first + 1 : then], choice)
                yield before, self._one(items[first:then], choice)
        for place, item in enumerate(items):
            for inner in _inside(item):
                yield from self._parts(inner, begin + self._one(items[:place], 0))

    def _one(self, tree: Iterable[Any], choice: int) -> str:
        """Return a text that a part probably matches, with at least one of each repetition."""
        return "".join(self._item(item, choice) for item in tree)

    def _item(self, item: Any, choice: int) -> str:
        op, arg = str(item[0]), item[1]
        if op in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            fitting = self._chars(item)
            return fitting[choice % len(fitting)] if fitting else ""
        if op == "BRANCH":
            return self._one(arg[1][choice % len(arg[1])], choice)
        if op in REPEATS:
            return self._one(arg[2], choice) * max(1, int(arg[0]))
        return "".join(self._one(inner, choice) for inner in _inside(item)) if op not in AROUND else ""

    def _chars(self, atom: Any) -> list[str]:
        """Return characters that an atom matches, one for each set of atoms that match it."""
        key = repr(atom)
        if key not in self._fitting:
            self._fitting[key] = [char for char in self._alphabet if key in self._alphabet[char]]
        return self._fitting[key]

    @cached_property
    def _alphabet(self) -> dict[str, frozenset[str]]:
        atoms = {repr(atom): self._compiled(atom) for atom in _atoms(self._tree)}
        chars = dict.fromkeys([*(char for atom in _atoms(self._tree) for char in _own(*atom)), *COMMON])
        found: dict[frozenset[str], str] = {}
        for char in chars:
            text = char if self._is_text else char.encode("latin-1")
            found.setdefault(frozenset(key for key, one in atoms.items() if one.fullmatch(text)), char)
        return {char: keys for keys, char in found.items()}

    def _compiled(self, atom: Any) -> re.Pattern[Any]:
        compiled: re.Pattern[Any] = _compiler.compile(_parser.SubPattern(self._tree.state, [atom]))
        return compiled


AROUND = ("ASSERT", "ASSERT_NOT")


def _inside(item: Any) -> list[Any]:
    op, arg = str(item[0]), item[1]
    match op:
        case "BRANCH":
            return [*arg[1]]
        case "SUBPATTERN":
            return [arg[3]]
        case "ATOMIC_GROUP":
            return [arg]
        case "ASSERT" | "ASSERT_NOT":
            return [arg[1]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return [arg[2]]
    return []


def _atoms(tree: Any) -> Iterator[Any]:
    for item in tree:
        if str(item[0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            yield item
        for inner in _inside(item):
            yield from _atoms(inner)


def _own(op: Any, arg: Any) -> Iterator[str]:
    """Yield the characters that an atom names."""
    for name, each in arg if str(op) == "IN" else [(op, arg)]:
        if str(name) in ("LITERAL", "NOT_LITERAL"):
            yield chr(each)
        elif str(name) == "RANGE":
            yield chr(each[0])
            yield chr(each[1])
